"""A thousand kills: ``python -m benchmarks.serve_kills [KILLS [MINUTES]]``; a quarter of an hour.

A real server process (the app's own routes of uploads and jobs under uvicorn on loopback, jobs in threads of
it) is killed by SIGKILL with its whole process group at random moments: at its start, while films come in,
while jobs read them, while what came of them is written. Phones begin films, send them by tus, and go on
where they were. In the end every film whose last byte was answered for must have been read once, with the
right bytes.

The work is light (SHA-256 of the decrypted film), so that it is the app that is tried and not the networks.
A kill takes a process, not what it gave to the system: what a power cut does is not tried here.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select

from benchmarks.serve_light import DONE, WRONG, Phone, Place, port_of, prepare, serve, warm_app
from benchmarks.service_rows import none_of, write_rows
from mitate.figures import Figure
from mitate.record import audit
from mitate.record.opened import DATABASE, open_record
from mitate.record.schema import Audit, Capture, Job

__all__ = ["Outcome", "study"]

_PHONES = 4
_LIFE_S = (0.0, 0.4)
_SETTLE_S = 900.0


@dataclass(slots=True)
class Outcome:
    """What was found after all kills.

    Attributes:
        kills: of the server.
        moments: how many of them fell on a start, on films coming in, on jobs at work.
        accepted: films whose last byte was answered for.
        lost, twice, other_bytes, failed: how many of those were never read, read more than once into the
            record, read with other bytes, or given up.
        waiting: jobs that were not done when the study stopped waiting for them; its figures are then void.
        kept: sealed films that were read, and whose server was killed before it had deleted them: they are
            for the sweep of retention.
        integrity: what SQLite says of its own file.
        odd: answers to phones that were neither the wanted ones nor 409, 423 or 503.
        audit: rows of the audit trail that verify; -1 where the chain is broken.
        seconds: the study took.
    """

    kills: int
    moments: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    lost: int = 0
    twice: int = 0
    other_bytes: int = 0
    failed: int = 0
    waiting: int = 0
    kept: int = 0
    odd: int = 0
    integrity: str = ""
    audit: int = 0
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing was lost, doubled or damaged."""
        wrong = self.lost + self.twice + self.other_bytes + self.failed + self.waiting + self.odd
        return wrong == 0 and self.integrity == "ok" and self.audit > 0 and self.accepted > 0


def study(
    folder: Path,
    kills: int,
    seed: int = 8_2026,
    told: Callable[[int], None] | None = None,
    most_s: float = 3600.0,
) -> Outcome:
    """Kill a server again and again while phones send films to it.

    Args:
        folder: an empty one, for the record and the phones' notes.
        kills: how many.
        seed: of the moments.
        told: called with the number of kills so far.
        most_s: after so long no more kills are made; the outcome says how many there were.
    """
    begun, rng = time.monotonic(), random.Random(seed)
    warm_app()
    place, outcome = prepare(folder, _PHONES), Outcome(kills)
    phones = _apart(lambda: Phone.many(place, _PHONES, seed))
    try:
        for number in range(kills):
            server = _apart(lambda: serve(place))
            answered = _live(place, rng.uniform(*_LIFE_S), quick=rng.random() < 0.1)
            outcome.moments[_moment(place) if answered else "start"] += 1
            _kill(server)
            if told is not None:
                told(number + 1)
            if time.monotonic() - begun > most_s:
                outcome.kills = number + 1
                break
        (place.folder / DONE).touch()  # no new films
        server = _apart(lambda: serve(place))
        os.waitpid(phones, 0)
        phones = 0
        _settle(place)
        _kill(server)
    finally:
        if phones:
            _kill(phones)
    _judge(place, outcome)
    outcome.seconds = time.monotonic() - begun
    return outcome


def _apart(work: Callable[[], None]) -> int:
    """A process group of its own; forked, so that its start is quick. Its number."""
    if child := os.fork():
        return child
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_WRONLY)
        if not os.environ.get("MITATE_LOUD"):
            os.dup2(null, 1)
            os.dup2(null, 2)
        work()
    finally:
        os._exit(0)


def _kill(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:  # before it had its group
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _live(place: Place, seconds: float, *, quick: bool) -> bool:
    """Let a server live from its first answer on, or now and then not until then; whether it answered."""
    before, until = port_of(place), time.monotonic() + 20
    if quick:
        time.sleep(seconds / 4)
        return port_of(place) != before
    while port_of(place) == before and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(seconds)
    return True


def _moment(place: Place) -> str:
    """On what a kill falls, as the record tells it the moment before."""
    with sqlite3.connect(f"file:{place.record / DATABASE}?mode=ro", uri=True) as there:
        at_work = there.execute("SELECT count(*) FROM job WHERE state = 'running'").fetchone()[0]
    there.close()
    if at_work:
        return "job"
    return "upload" if any((place.record / "uploads").iterdir()) else "between"


def _settle(place: Place) -> None:
    """Wait until no job is left."""
    until = time.monotonic() + _SETTLE_S
    while time.monotonic() < until:
        with sqlite3.connect(f"file:{place.record / DATABASE}?mode=ro", uri=True) as there:
            left = there.execute("SELECT count(*) FROM job WHERE state IN ('waiting', 'running')").fetchone()[
                0
            ]
        there.close()
        if not left:
            return
        time.sleep(0.1)


def _judge(place: Place, outcome: Outcome) -> None:
    """Compare what phones were told with what the record has."""
    told = {}
    for path in place.folder.glob("told-*.jsonl"):
        for line in path.read_text().splitlines():
            said = json.loads(line)
            told[said["capture"]] = said["sha256"]
    outcome.accepted = len(told)
    outcome.odd = len(list(place.folder.glob(f"{WRONG}*")))
    record = open_record(place.record, place.vault)
    with record.database.reading() as session:
        read = Counter(session.scalars(select(Audit.subject).where(Audit.action == "test.read")))
        states = {row.id: row for row in session.scalars(select(Capture))}
        jobs = Counter(session.scalars(select(Job.state)))
        outcome.failed, outcome.waiting = jobs["failed"], jobs["waiting"] + jobs["running"]
        for capture_id, digest in told.items():
            row = states.get(capture_id)
            if row is None or row.state != "done" or row.result is None or not read[capture_id]:
                outcome.lost += 1
                continue
            outcome.twice += read[capture_id] != 1
            key = record.key(session, row.person_id)
            result = key.open_json(row.result, f"capture.result {capture_id}")
            outcome.other_bytes += result["sha256"] != digest
        verified = audit.verify(session)
        outcome.audit = verified.rows if verified.ok else -1
    outcome.kept = len(list((place.record / "videos").iterdir()))
    record.close()
    there = sqlite3.connect(place.record / DATABASE)
    outcome.integrity = str(there.execute("PRAGMA integrity_check").fetchone()[0])
    there.close()


def figures(found: Outcome) -> list[Figure]:
    """The rows."""
    data = f"{found.kills} kills (SIGKILL) of a server on loopback, SQLite, {_PHONES} phones, light work"
    n = found.accepted
    job, coming, starting = (found.moments[name] for name in ("job", "upload", "start"))
    of = f"{data}; {job} with a job at work, {coming} others while films came in, {starting} at the start"
    return [
        Figure("kills survived", float(found.kills), "", None, None, found.kills, of, 1000.0),
        Figure("kills: accepted sessions", float(n), "", None, None, n, of),
        none_of("kills: accepted sessions that were lost", found.lost, n, of),
        none_of("kills: accepted sessions that were done twice", found.twice, n, of),
        none_of("kills: accepted sessions with other bytes", found.other_bytes, n, of),
        none_of("kills: jobs given up", found.failed, n, of),
        Figure(
            "kills: films left for the sweep after they were read", float(found.kept), "", None, None, n, of
        ),
        Figure("kills: answers that no phone expects", float(found.odd), "", None, None, n, of, 0.0, False),
        none_of("kills: databases that SQLite finds damaged", int(found.integrity != "ok"), 1, of),
        none_of("kills: breaks in the audit chain", int(found.audit < 0), max(1, found.audit), of),
    ]


def _tell(kills: int) -> None:
    if kills % 50 == 0:
        print(kills, end=" ", flush=True)


def main() -> int:
    """Kill as often as the command line says, or a thousand times."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    most_s = 60 * float(sys.argv[2]) if len(sys.argv) > 2 else 3600.0
    with tempfile.TemporaryDirectory(prefix="mitate-kills-") as folder:
        found = study(Path(folder), kills, told=_tell, most_s=most_s)
    print(f"\n{found}", sha256(repr(found).encode()).hexdigest()[:8])
    if kills >= 1000 and not found.waiting:
        write_rows(figures(found))
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
