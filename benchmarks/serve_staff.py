"""What a clinic's own people send who mean ill or have damaged files: for the study of malformed requests.

A clinician sends photos of faces, an administrator models and galleries of faces and what belongs to backups;
whoever has a check writes into its diary and asks for the key of films that wait on a phone.
"""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from benchmarks.serve_attacks import ODD, Ask, Attacker

__all__ = ["CLINIC", "KEEPER", "OWN", "send_model", "send_photo", "spoil", "valid_model"]

_CLINIC_PAGES = (
    "/clinic",
    "/clinic?sort={p}&at=-1",
    "/clinic/new",
    "/clinic/import",
    "/clinic/people/{person}",
    "/clinic/people/{person}/edit",
    "/clinic/people/{person}/photos",
    "/clinic/people/{person}/photos?at=99999999999",
    "/clinic/people/{person}/weights",
    "/clinic/people/{person}/course",
    "/clinic/people/{person}/consent",
    "/clinic/people/{person}/film",
    "/clinic/people/{person}/export",
    "/clinic/photos/{photo}",
    "/clinic/photos/{photo}/delete",
    "/clinic/alarms/{person}/{capture}/seen",
    "/clinic/checks/{check_id}",
    "/clinic/checks/{check_id}/feedback",
)
_KEEPERS_PAGES = (
    "/admin",
    "/admin/people",
    "/admin/people/{p}",
    "/admin/audit?skip=x",
    "/admin/backup",
    "/admin/backup/{name}",
    "/admin/backup/{name}/verify",
    "/admin/backup/..%2f..%2f{name}/verify",
    "/admin/faces",
    "/admin/faces/{kind}",
    "/admin/retention",
    "/admin/clinic",
    "/admin/key",
    "/admin/tokens",
    "/admin/tokens/{p}/revoke",
    "/confirm",
    "/confirm?then=%2f%2fx",
)
_FIELDS = ("name", "secret", "old", "new", "again", "kind", "given", "kg", "at", "days", "q", "language")


def spoil(content: bytes, rng: random.Random) -> bytes:
    """A file with changed, cut, doubled or made-up bytes, its first ones mostly as they were."""
    changed = bytearray(content)
    way = rng.randrange(5)
    if way == 0:
        for _ in range(rng.randint(1, 100)):
            changed[rng.randrange(16, len(changed))] = rng.randrange(256)
    elif way == 1:
        del changed[rng.randint(16, len(changed)) :]
    elif way == 2:
        changed[16:] = rng.randbytes(rng.randint(10, 100_000))
    elif way == 3:
        at = rng.randrange(16, len(changed))
        changed[at:at] = changed[: rng.randrange(1, len(changed))]
    else:
        return rng.randbytes(rng.randint(0, 5000))
    return bytes(changed)


def _first_bytes(rng: random.Random) -> bytes:
    """Announces a photo, and is none: HEIC without boxes, a PNG of 60,000 x 60,000, a JPEG of one marker."""
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xea\x60\x00\x00\xea\x60\x08\x02\x00\x00\x00"
    starts = (b"\x00\x00\x00\x18ftypheic", b"\xff\xd8\xff\xe1\xff\xff", png)
    return rng.choice(starts) + rng.randbytes(rng.randint(0, 3000))


def send_photo(attacker: Attacker, photo: bytes) -> None:
    """A spoilt photo of somebody, by the API or as a form would."""
    rng = attacker.rng
    content = _first_bytes(rng) if rng.random() < 0.3 else spoil(photo, rng)
    if rng.random() < 0.7:
        at = rng.choice(("", "", "?at=2026-01-05T09:00:00%2B09:00", "?at=9999-12-31T23:59:59-12:00", "?at=x"))
        attacker.ask("POST", attacker.path("/api/v1/people/{person}/photos") + at, content)
    else:
        _form(attacker, attacker.path("/clinic/people/{person}/photos"), {"photo.jpg": content})


def valid_model(rng: random.Random) -> bytes:
    """A model of faces as ZIP that is whole: of made-up people, by a network that averages colours."""
    from tests.diagnosis.small_model import small_model

    from mitate.diagnosis.model_files import save_model

    with TemporaryDirectory() as place:
        save_model(small_model(Path(place)), Path(place) / "model")
        files = {path.name: path.read_bytes() for path in sorted((Path(place) / "model").iterdir())}
    return _zipped(files, rng)


def send_model(attacker: Attacker, whole: bytes) -> None:
    """A model or gallery at odds with itself, by the API or as a form would."""
    rng = attacker.rng
    content = _odd_model(whole, rng)
    kind = attacker.path(rng.choice(("{kind}", "{kind}", "{p}")))
    if rng.random() < 0.7:
        attacker.ask("PUT", f"/api/v1/admin/faces/{kind}", content)
    else:
        _form(attacker, f"/admin/faces/{kind}", {rng.choice(("m.zip", "model.json", "../m.npz")): content})


def _odd_model(whole: bytes, rng: random.Random) -> bytes:
    """A whole ZIP with one file in it changed, with others beside them, or not a whole one."""
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(files))
    way = rng.randrange(6)
    if way == 0:
        return spoil(whole, rng)
    if way == 1:
        files[name] = spoil(files[name], rng)
    elif way == 2:
        del files[name]
    elif way == 3:
        card = json.loads(files["model.json"])
        card[rng.choice(sorted(card))] = rng.choice((None, -1, 1e308, [], {}, *ODD[:12]))
        files["model.json"] = json.dumps(card).encode()
    elif way == 4:
        files[rng.choice(("../../x.json", "a.pkl", "/etc/passwd", "x" * 300, "gallery.json"))] = b"{}"
    else:
        files["zeros.npz"] = bytes(rng.choice((1000, 300_000_000)))  # a hundredth of it as ZIP
    return _zipped(files, rng)


def _zipped(files: dict[str, bytes], rng: random.Random) -> bytes:
    out = io.BytesIO()
    below = rng.choice(("", "our-model/"))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files.items():
            archive.writestr(f"{below}{name}", content)
    return out.getvalue()


def _form(attacker: Attacker, path: str, files: dict[str, bytes]) -> None:
    """``multipart/form-data`` as a page sends it, now and then without its end or its token."""
    rng, edge = attacker.rng, "x" * 20
    pieces = [f'--{edge}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{attacker.browser.csrf}\r\n']
    if rng.random() < 0.1:
        pieces = []
    body = "".join(pieces).encode()
    for name, content in files.items():
        head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    if rng.random() < 0.8:
        body += f"--{edge}--\r\n".encode()
    told = rng.choice((edge, edge, edge, "y" * 20, ""))
    attacker.ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={told}"})


def _diary(attacker: Attacker) -> None:
    """Entries into a diary, one's own and the other's, with odd values."""
    rng = attacker.rng
    odd: tuple[Any, ...] = (*ODD, -1, 11, 1e309, None, [], {"set": "x"}, True, "2026-02-30", "9999-12-31")
    good: dict[str, Any] = {
        "date": "2026-11-23",
        "exercise": rng.choice(("bridge", "no_such", "x")),
        "done": 3.0,
    }
    faults = {f"fault_{n}": 0.5 for n in range(rng.choice((1, 20, 200)))}
    good["coach"] = {
        "set": rng.randbytes(16).hex(),
        "repetitions": rng.choice((3, -1, 10**9)),
        "faults": faults,
    }
    for _ in range(rng.randint(0, 2)):
        good[rng.choice(("date", "exercise", "done", "pain_after", "effort", "stop_sign", "coach"))] = (
            rng.choice(odd)
        )
    path = attacker.path("/api/v1/checks/{check_id}/diary")
    attacker.ask("POST", path, json.dumps(good).encode(), {"Content-Type": "application/json"})


def _key(attacker: Attacker) -> None:
    """Keys of films that wait on a phone: the other's must never come."""
    whose = attacker.rng.choice((attacker.other, attacker.me, attacker.path("{p}")))
    content = attacker.ask("GET", f"/api/v1/people/{whose}/device-key")
    if attacker.blind and attacker.last == 200 and (whose != attacker.me or b'"key"' not in content):
        attacker.found.leaks.append("the key of films that wait")


def _pages(pages: tuple[str, ...]) -> Ask:
    def page(attacker: Attacker) -> None:
        """A page of the clinic, or a form of it with odd fields and the right token."""
        rng = attacker.rng
        path = attacker.path(rng.choice(pages))
        if rng.random() < 0.5:
            attacker.ask("GET", path)
            return
        chosen = rng.sample(_FIELDS, rng.randint(0, 6))
        values = {name: rng.choice((*ODD[:9], *ODD[11:], rng.randbytes(6).hex())) for name in chosen}
        body = urlencode({name: value.encode("utf-8", "replace") for name, value in values.items()}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        attacker.ask("POST", path, body, kind)

    return page


def _verified(attacker: Attacker) -> None:
    """Backups by their names, whole and damaged."""
    name = attacker.path("{name}")
    way: Callable[[], bytes] = attacker.rng.choice(
        (
            lambda: attacker.ask("GET", f"/api/v1/admin/backups/{name}/verified"),
            lambda: attacker.ask("GET", f"/api/v1/admin/backups/{name}"),
            lambda: attacker.ask("POST", f"/admin/backup/{name}/verify"),
        )
    )
    way()


OWN: tuple[Ask, ...] = (_diary, _key)
"""Further ways of whoever uses the app."""
CLINIC: tuple[Ask, ...] = (_pages(_CLINIC_PAGES), _diary, _key)
"""Of a clinician, beside photos and the API."""
KEEPER: tuple[Ask, ...] = (_pages(_KEEPERS_PAGES), _verified, _key)
"""Of an administrator, beside models of faces and the API."""
