"""Ten thousand malformed requests and uploads against a real server: nothing breaks, leaks or grows.

One of the people in the record, with eight browsers, sends what no page of ours sends: raw bytes instead of
HTTP, impossible headers and bodies, the other person's id in every place where an id may stand, uploads at
odds with their protocol, and films with changed, cut or made-up bytes, which the sandbox reads. A clinician
sends spoilt photos of faces, an administrator spoilt models of faces, and looks at a damaged backup. No
answer to the eight or to the administrator may hold the other person's name or weight, none may be 5xx (but
507, and 503 of the damaged backup) or stay out, the server must be the same process at the end, and the
memory of it and its children bounded.
"""

from __future__ import annotations

import json
import os
import platform
import random
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from sqlalchemy import update

from benchmarks.serve_attacks import (
    DAMAGED,
    HUNG_UP,
    MARKS,
    NOT_SENT,
    SILENT,
    WAYS,
    Attacker,
    Found,
    send,
    spoilt,
)
from benchmarks.serve_staff import CLINIC, KEEPER, OWN, send_model, send_photo, valid_model
from benchmarks.served import Browser, Served, ends, memory_mb, served
from mitate.figures import Figure, write_figures
from mitate.record.accounts import account_of, add_account
from mitate.record.checks import begin
from mitate.record.consents import give
from mitate.record.database import open_database, sqlite_url
from mitate.record.master import open_vault
from mitate.record.opened import DATABASE, open_record
from mitate.record.people import PersonFacts, add_person
from mitate.record.schema import Login, now
from mitate.record.weights import NewWeight, add_weight
from mitate.serve.auth.confirming import TO_FILL_IN
from mitate.serve.auth.logins import begin_login, cookie_name, hashed
from mitate.serve.settings import Settings

__all__ = ["main"]

OUT = Path("docs/benchmarks/service.json")
FILM = Path("examples/two-patients/videos/sim-460-0000_d000-pre.mp4")
PHOTO = Path("examples/diagnosis/photos")
REQUESTS, FILMS, PHOTOS, BROWSERS, SEED = 10_000, 150, 60, 8, 20261122
_NAMES = {HUNG_UP: "hung up", SILENT: "no answer"}
_RIGHT = "503 is right of the damaged backup, and 507 of a full disk"
_SPARED = {("DELETE", "/api/v1/people/{person}"), ("DELETE", "/api/v1/admin/faces/{kind}")}
"""Of the staff's operations: without these two there would be nothing left to look at."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is in the record before anything ill is sent.

    Attributes:
        me, other: whose account is used, and who must not be seen.
        patient: of the clinician, who may see everybody.
        checks: of `me` and of `other`.
        tokens: of browsers with an account's name: ``me`` of the eight, ``clinician``, ``admin``.
    """

    me: str
    other: str
    patient: str
    checks: tuple[str, str]
    tokens: tuple[tuple[str, str], ...]


def _prepared(folder: Path) -> Prepared:
    """Three people, one's eight browsers, a clinician's and an administrator's."""
    vault = open_vault(folder, key_file=folder.with_name(f"{folder.name}.key"))
    record = open_record(folder, vault)
    with record.database.writing() as session:
        other = add_person(
            record, session, PersonFacts("Zwiebelfisch", number="0471-55501", note="71.234"), "system"
        )
        give(session, other, "analyse", "system")
        add_weight(record, session, other, NewWeight(now(), 71.234), "system")
        me = add_person(record, session, PersonFacts("Somebody", number="1"), "system")
        patient = add_person(record, session, PersonFacts("Anybody", number="2"), "system")
        for person, kind in ((me, "analyse"), (patient, "analyse"), (patient, "photos")):
            give(session, person, kind, "system")  # type: ignore[arg-type]
    with record.database.writing() as session:
        checks = begin(record, session, me).id, begin(record, session, other).id
        accounts = [
            add_account(
                record, session, login=role, name="Somebody", roles=(role,), secret="-", person_id=person
            ).id
            for role, person in (("person", me), ("clinician", None), ("admin", None))
        ]
    mine, *staff = accounts
    tokens = []
    for name, account in (*[("me", mine)] * BROWSERS, *zip(("clinician", "admin"), staff, strict=True)):
        with record.database.writing() as session:
            tokens.append((name, begin_login(session, account_of(session, account))))
    record.close()
    return Prepared(me, other, patient, checks, tuple(tokens))


def _attackers(running: Served, folder: Path, ready: Prepared, found: Found) -> list[Attacker]:
    """The eight browsers, then the clinician, then the administrator."""
    cookie = cookie_name(Settings(folder))
    vault = open_vault(folder, key_file=folder.with_name(f"{folder.name}.key"))
    record = open_record(folder, vault)
    paths: tuple[tuple[str, str], ...] = ()
    made = []
    for number, (name, token) in enumerate(ready.tokens):
        with record.database.reading() as session:
            login = session.get(Login, hashed(token))
        browser = Browser(running.origin, csrf="" if login is None else login.csrf)
        if not paths:
            asked = browser.ask("GET", "/api/v1/openapi.json", headers={"Cookie": f"{cookie}={token}"})
            schema = json.loads(asked[1])
            paths = tuple((method.upper(), path) for path, ways in schema["paths"].items() for method in ways)
        me, other = (ready.me, ready.other) if name != "clinician" else (ready.patient, ready.patient)
        attacker = Attacker(
            running.origin,
            browser,
            f"{cookie}={token}",
            me,
            other,
            paths,
            random.Random(SEED + number),
            found,
        )
        attacker.known = {"check_id": ready.checks, "kind": ("model", "gallery", "analyse"), "person": (me,)}
        if name != "me":
            attacker.blind = name == "admin"
            attacker.paths = tuple(one for one in paths if one not in _SPARED)
        made.append(attacker)
    record.close()
    return made


def _furnish(keeper: Attacker, folder: Path, model: bytes) -> None:
    """Install the whole model, make a backup and a damaged copy of it, and let the keeper know its name.

    Raises:
        RuntimeError: one of these did not work.
    """
    keeper.ask("PUT", "/api/v1/admin/faces/model", model)
    told = keeper.last, json.loads(keeper.ask("POST", "/api/v1/admin/backups") or b"{}")
    if told[0] != 200 or keeper.last != 201:
        raise RuntimeError(f"neither model nor backup: {told}")
    whole = folder / "backups" / told[1]["name"]
    damaged = whole.with_name(DAMAGED)
    content = bytearray(whole.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    keeper.known["name"] = (whole.name, damaged.name)


def _watch(pid: int, folder: Path, found: Found, stop: threading.Event) -> None:
    """See how much memory it takes; and keep weighty steps open for longer than they would be."""
    database, confirmed = open_database(sqlite_url(folder / DATABASE)), time.monotonic()
    while not stop.wait(1.0):
        found.most_mb = max(found.most_mb, memory_mb(pid))
        if time.monotonic() - confirmed > TO_FILL_IN.total_seconds() / 2:
            with database.writing() as session:
                session.execute(update(Login).values(confirmed_at=now()))
            confirmed = time.monotonic()
    database.close()


def study(
    requests: int = REQUESTS, films: int = FILMS, photos: int = PHOTOS
) -> tuple[Found, dict[str, int], float]:
    """Ask it all; what was found, how the films ended, and seconds of a page afterwards."""
    found, stop, model = Found(), threading.Event(), valid_model(random.Random(SEED))
    with tempfile.TemporaryDirectory() as place:
        folder, log = Path(place) / "record", Path(place) / "log"
        ready = _prepared(folder)
        with served(folder, log=log) as running:
            *attackers, clinician, keeper = _attackers(running, folder, ready, found)
            watch = threading.Thread(target=_watch, args=(running.pid, folder, found, stop))
            watch.start()
            try:
                _furnish(keeper, folder, model)
                _films(attackers, films)
                _faces(clinician, keeper, photos, model)
                _requests((*attackers, clinician, keeper), requests)
                ended = ends(folder)
                begun = time.monotonic()
                attackers[0].ask("GET", "/home")
                last = time.monotonic() - begun
                if attackers[0].last != 200:
                    found.broken.append(f"a page right afterwards: {attackers[0].last}")
                if not Path(f"/proc/{running.pid}").exists():
                    found.broken.append("the server ended")
            finally:
                stop.set()
                watch.join()
        _read_log(log.read_text("utf-8", errors="replace"), ready, found)
    return found, ended, last


def _read_log(log: str, ready: Prepared, found: Found) -> None:
    """What the server said of itself: errors that nobody caught, and what belongs to somebody."""
    found.uncaught += log.count("Traceback (most recent call last)")
    personal = (
        *(mark.decode() for mark in MARKS),
        "Somebody",
        "Anybody",
        ready.me,
        ready.other,
        ready.patient,
    )
    found.lines += len(log.splitlines())
    found.logged += [line for line in log.splitlines() if any(one in line for one in personal)]


def _films(attackers: Sequence[Attacker], films: int) -> None:
    whole = FILM.read_bytes()
    for number in range(films):
        attacker = attackers[number % len(attackers)]
        send(attacker, *spoilt(whole, attacker.rng))
        time.sleep(0.2)


def _faces(clinician: Attacker, keeper: Attacker, photos: int, model: bytes) -> None:
    """Spoilt photos, and half as many spoilt models; what was sent of photos is known from then on."""
    whole = min(PHOTO.glob("*.jpg")).read_bytes()
    for number in range(photos):
        send_photo(clinician, whole)
        if number % 2:
            send_model(keeper, model)
    told = json.loads(clinician.ask("GET", f"/api/v1/people/{clinician.me}/photos"))
    clinician.known["photo"] = tuple(one["id"] for one in told["photos"])


def _requests(attackers: Sequence[Attacker], requests: int) -> None:
    staff = (*WAYS[1:4], *CLINIC), (*WAYS[1:4], *KEEPER)
    ways = (*[(*WAYS, *OWN)] * (len(attackers) - 2), *staff)
    found, turn = attackers[0].found, cycle(zip(attackers, ways, strict=True))
    while found.asked < requests:
        attacker, mine = next(turn)
        attacker.rng.choice(mine)(attacker)


def main() -> int:
    """Ask, and write the figures."""
    found, ended, last = study()
    asked = found.asked
    told = ", ".join(f"{number} {state}" for state, number in sorted(ended.items()))
    statuses = ", ".join(
        f"{_NAMES.get(status, status)}: {number}"
        for status, number in sorted(found.statuses.items())
        if status != NOT_SENT
    )
    data = f"loopback, {os.cpu_count()} cores, Python {platform.python_version()}, seed {SEED}"
    logged = f"{data}; a log of {found.lines} lines"  # an empty one would say nothing
    rows = (
        (
            "malformed requests and uploads",
            float(asked),
            "requests",
            10_000.0,
            True,
            f"{data}; answers {statuses}",
        ),
        (
            "answers 5xx or a server that ended",
            float(len(found.broken)),
            "",
            0.0,
            False,
            f"{data}; so do no answers count; {_RIGHT}",
        ),
        ("answers that held another person's data", float(len(found.leaks)), "", 0.0, False, data),
        (
            "spoilt films whose job was not brought to an end",
            float(ended["jobs not done"]),
            "",
            0.0,
            False,
            f"{data}; {told}",
        ),
        ("memory of the server and all its children, most", round(found.most_mb), "MB", 3000.0, False, data),
        ("a page right afterwards", round(last, 3), "s", 0.3, False, data),
        ("tracebacks in the server's log meanwhile", float(found.uncaught), "", 0.0, False, logged),
        (
            "lines of its log that hold a name, a number, a weight or an id of a person",
            float(len(found.logged)),
            "",
            0.0,
            False,
            logged,
        ),
    )
    figures = [
        Figure(name, value, unit, None, None, asked, told, bar=bar, at_least=least)
        for name, value, unit, bar, least, told in rows
    ]
    write_figures(OUT, figures)
    for one in (*found.broken[:20], *found.leaks[:20], *found.logged[:20]):
        print(one, file=sys.stderr)
    for figure in figures:
        print(f"{figure.name}: {figure.value:g} {figure.unit} (bar {figure.bar:g})  {figure.data}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
