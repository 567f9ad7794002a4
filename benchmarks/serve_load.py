"""Many phones at once: ``python -m benchmarks.serve_load [PHONES]``; for a machine that does nothing else.

A real ``mitate serve`` on loopback with its real work. Each phone (50 of them by default) begins a session,
sends a 20 s clip and asks for its result; meanwhile pages are asked for five times a second, and their
answers timed. Beside it stands what the pipeline itself needs: the same clips read one after the other by the
library, in one process without a server. The clips are the simulated ones of ``examples/``, played to and fro
to 20 s and scaled to 720 x 960. The phones and the pinger are threads of one process on the same machine and
take their share of it. With fewer than 50 phones nothing is written.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import processor
from benchmarks.rows import quantile
from benchmarks.service_rows import none_of, write_rows
from mitate.figures import Figure
from mitate.record.accounts import add_account
from mitate.record.consents import give
from mitate.record.master import open_vault
from mitate.record.opened import open_record
from mitate.record.people import PersonFacts, add_person
from mitate.record.schema import Login
from mitate.serve.auth.logins import begin_login, cookie_name, hashed
from mitate.serve.settings import Settings

__all__ = ["Load", "load"]

_ROOT = Path(__file__).parents[1]
_CLIPS = _ROOT / "examples" / "two-patients" / "videos"
_SECONDS, _RATE, _SIZE, _QUALITY = 20, 15, (720, 960), 13
_PIECE = 1_000_000
_PING_S, _POLL_S, _LONGEST_S = 0.2, 2.0, 3600.0


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in."""

    person_id: str
    token: str
    csrf: str


@dataclass(slots=True)
class Load:
    """What was measured.

    Attributes:
        phones, film_mb: how many, and the mean size of their clips.
        pages_s: seconds of each answer while films came in or were read, by page.
        failed_pages: that were answered by another status than 200.
        states: of the sessions in the end; phones that gave up count as ``dropped``.
        uploaded_s: from the start to the last upload's last answer.
        result_s: from the start to the last result.
        alone_s: that the library needs for as many clips, one after the other; 0 where it was not measured.
    """

    phones: int
    film_mb: float = 0.0
    pages_s: dict[str, list[float]] = field(default_factory=dict)
    failed_pages: int = 0
    states: Counter[str] = field(default_factory=Counter)
    uploaded_s: float = 0.0
    result_s: float = 0.0
    alone_s: float = 0.0


def load(folder: Path, phones: int) -> Load:
    """Serve, send, ask, wait.

    Args:
        folder: an empty one, for the record and the clips.
        phones: how many, each of a person of its own.
    """
    films = _films(folder / "films")
    visitors = _people(folder, phones)
    found = Load(phones, statistics.mean(film.stat().st_size for film in films) / 1e6)
    found.alone_s = _alone(films, phones)
    with _served(folder) as port:
        stop, begun = threading.Event(), time.monotonic()
        pinger = threading.Thread(target=_ping, args=(port, visitors, found, stop))
        senders = [
            threading.Thread(target=_phone, args=(port, who, film, found, begun))
            for who, film in zip(visitors[1:], cycle(films), strict=False)
        ]
        for thread in (pinger, *senders):
            thread.start()
        for thread in senders:
            thread.join(_LONGEST_S)
        stop.set()
        pinger.join(30)
    found.states["dropped"] = phones - sum(found.states.values())
    return found


def _films(folder: Path) -> list[Path]:
    """The example's clips, 20 s long."""
    import cv2

    from mitate import video

    folder.mkdir()
    made = []
    for path in sorted(_CLIPS.glob("*-pre.mp4"))[:4]:
        pictures = [cv2.resize(frame.image, _SIZE) for frame in video.frames(path)]
        there_and_back = cycle([*pictures, *pictures[-2:0:-1]])
        images = (np.asarray(one, np.uint8) for one in islice(there_and_back, _SECONDS * _RATE))
        video.write(folder / path.name, images, frame_rate=_RATE, quality=_QUALITY)
        made.append(folder / path.name)
    return made


def _people(folder: Path, phones: int) -> list[Visitor]:
    """A clinician, then a person for each phone, all signed in."""
    vault = open_vault(folder / "record", key_file=folder / "key")
    record = open_record(folder / "record", vault)
    visitors = []
    with record.database.writing() as session:
        for number in range(phones + 1):
            person, roles = "", ["clinician"]
            if number:
                person, roles = (
                    add_person(record, session, PersonFacts(name=f"simulated {number}"), "-"),
                    ["person"],
                )
                give(session, person, "analyse", "-")
            login = f"visitor-{number}"
            account = add_account(
                record, session, login=login, name=login, roles=roles, secret="-", person_id=person or None
            )
            token = begin_login(session, account)
            session.flush()
            row = session.get_one(Login, hashed(token))
            visitors.append(Visitor(person, token, row.csrf))
    record.close()
    return visitors


def _alone(films: list[Path], phones: int) -> float:
    """Seconds for as many clips as there are phones, by the library in this process."""
    from mitate.edema.encoder import default_encoder
    from mitate.edema.reading import read_video
    from mitate.face.select import Networks

    encoder, networks = default_encoder(), Networks.load()
    read_video(films[0], encoder, networks=networks)  # what loads late is loaded
    begun = time.monotonic()
    for film in islice(cycle(films), phones):
        read_video(film, encoder, networks=networks)
    return time.monotonic() - begun


@contextmanager
def _served(folder: Path) -> Iterator[int]:
    """``mitate serve`` in a process of its own; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    options = ["--no-tls", "--no-browser", "--no-live", "--port", str(port)]
    where = ["--folder", str(folder / "record"), "--key-file", str(folder / "key")]
    command = [sys.executable, "-m", "mitate", "serve", *where, *options]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and server.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


class _Browser:
    """One connection that keeps its cookie."""

    def __init__(self, port: int, who: Visitor | None) -> None:
        self._port = port
        self._headers = {"Accept-Language": "en"}
        if who is not None:
            cookie = f"{cookie_name(Settings(Path()))}={who.token}"
            origin = f"http://127.0.0.1:{port}"
            self._headers |= {"Cookie": cookie, "X-CSRF-Token": who.csrf, "Origin": origin}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        told = self._headers | {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            return self._once(method, path, body, told)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._connection.close()  # it was idle too long: a browser opens another
            return self._once(method, path, body, told)

    def _once(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.headers, answer.read()


def _phone(port: int, who: Visitor, film: Path, found: Load, begun: float) -> None:
    """Begin, send, wait for the result. A phone that finds an error it cannot go on from is dropped."""
    browser, content = _Browser(port, who), film.read_bytes()
    asked: dict[str, Any] = {"instrument": "edema", "length": len(content), "content_type": "video/mp4"}
    where = f"/api/v1/people/{who.person_id}/captures"
    key = {"Idempotency_Key": f"phone-{who.person_id}", "Content_Type": "application/json"}
    status, _, told = browser.ask("POST", where, json.dumps(asked).encode(), **key)
    if status != 201:
        print(f"not begun: {status} {told[:200]!r}", file=sys.stderr)
        return
    begun_as, at = json.loads(told), 0
    tus = {"Tus_Resumable": "1.0.0", "Content_Type": "application/offset+octet-stream"}
    while at < len(content):
        piece = content[at : at + _PIECE]
        status, headers, told = browser.ask("PATCH", begun_as["upload"], piece, Upload_Offset=str(at), **tus)
        if status == 429:
            time.sleep(float(headers["Retry-After"] or 1))
            continue
        if status != 204:
            print(f"not sent: {status} {told[:200]!r}", file=sys.stderr)
            return
        at = int(headers["Upload-Offset"])
    found.uploaded_s = max(found.uploaded_s, time.monotonic() - begun)
    until = time.monotonic() + _LONGEST_S
    while time.monotonic() < until:
        status, _, told = browser.ask("GET", f"/api/v1/captures/{begun_as['id']}")
        state = json.loads(told)["state"] if status == 200 else ""
        if state in ("done", "refused", "failed"):
            found.states[state] += 1
            found.result_s = max(found.result_s, time.monotonic() - begun)
            return
        time.sleep(_POLL_S)


def _ping(port: int, visitors: list[Visitor], found: Load, stop: threading.Event) -> None:
    """Ask for a page five times a second, whether the one before was slow or not."""
    clinician, person = _Browser(port, visitors[0]), _Browser(port, visitors[1])
    pages = {"/sign-in": _Browser(port, None), "/home": person, "/api/v1/people": clinician}
    turn, due = cycle(pages.items()), time.monotonic()
    while not stop.wait(max(0.0, due - time.monotonic())):
        path, browser = next(turn)
        # From the moment it was due: a server that stands still is not let off the pings that it held up.
        begun, due = due, due + _PING_S
        status, _, _ = browser.ask("GET", path)
        found.pages_s.setdefault(path, []).append(time.monotonic() - begun)
        found.failed_pages += status != 200


def figures(found: Load) -> list[Figure]:
    """The rows."""
    n, name = found.phones, f"{found.phones} phones at once"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    data = (
        f"mitate serve on loopback, SQLite, {cores} cores ({processor()}), {n} simulated 20 s clips "
        f"of {found.film_mb:.1f} MB"
    )
    every = [one for page in found.pages_s.values() for one in page]
    dropped = n - found.states["done"] - found.states["refused"]
    rows = [
        none_of(f"{name}: sessions dropped", dropped, n, data),
        Figure(f"{name}: sessions refused", float(found.states["refused"]), "", None, None, n, data),
        none_of(f"{name}: pages not answered", found.failed_pages, len(every), data),
        quantile(f"{name}: pages meanwhile, median", every, 0.5, data),
        quantile(f"{name}: pages meanwhile, 95th of 100", every, 0.95, data, 300.0),
        Figure(f"{name}: pages meanwhile, slowest", 1000 * max(every), "ms", None, None, len(every), data),
        Figure(f"{name}: to the last upload", found.uploaded_s, "s", None, None, n, data),
        Figure(f"{name}: to the last result", found.result_s, "s", None, None, n, data),
        Figure(
            f"{name}: the library alone, one clip after the other", found.alone_s, "s", None, None, n, data
        ),
    ]
    for page, took in found.pages_s.items():
        rows.append(quantile(f"{name}: {page} meanwhile, 95th of 100", took, 0.95, data, 300.0))
    return rows


def main() -> int:
    """Load with as many phones as the command line says, or 50."""
    phones = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    folder = Path(tempfile.mkdtemp(prefix="mitate-load-"))
    try:
        found = load(folder, phones)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if phones >= 50:
        write_rows(figures(found))
    else:
        print(*figures(found), sep="\n")
    return 0 if found.states["dropped"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
