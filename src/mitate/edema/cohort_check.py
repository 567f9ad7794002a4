"""From the rows of a cohort's tables to participants and sessions, with every problem on the way."""

from __future__ import annotations

import itertools
import re
import statistics
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from mitate.edema.participants import Participant, Session
from mitate.edema.sessions import Phase
from mitate.tables import Problem, Row, parse_number, parse_time, read_table, unwritable

__all__ = ["PARTICIPANT_COLUMNS", "SESSION_COLUMNS", "WEIGHT_LIMITS_KG", "Reading", "read_tables"]

PARTICIPANT_COLUMNS = ("participant_id", "sex", "age", "dry_weight_kg")
SESSION_COLUMNS = ("participant_id", "session_id", "day", "phase", "weight_kg", "captured_at", "video")
WEIGHT_LIMITS_KG = (20.0, 350.0)

_UNUSUAL_EXCESS_KG, _IMPLAUSIBLE_EXCESS_KG = 8.0, 20.0
_SEXES = {"f": "F", "female": "F", "女": "F", "女性": "F", "m": "M", "male": "M", "男": "M", "男性": "M"}
_SEXES |= {"other": "other", "": ""}
_PHASES: dict[str, Phase] = {"pre": "pre", "before": "pre", "前": "pre", "透析前": "pre"}
_PHASES |= {"post": "post", "after": "post", "後": "post", "透析後": "post", "other": "other", "": "other"}


@dataclass(slots=True)
class Reading:
    """What was read so far: rows stay beside what was made of them, so that problems can point at them."""

    root: Path
    participants: list[tuple[Row, Participant]] = field(default_factory=list)
    sessions: list[tuple[Row, Session]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def error(self, row: Row, column: str, message: str, todo: str) -> None:
        """Note an error at a cell."""
        self.problems.append(row.problem(column, message, todo))

    def warn(self, row: Row, column: str, message: str, todo: str) -> None:
        """Note a warning at a cell."""
        self.problems.append(row.problem(column, message, todo, "warning"))


def _word(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


def _number(reading: Reading, row: Row, column: str, limits: tuple[float, float], unit: str) -> float | None:
    text = row.cells[column]
    if not text or _word(text) in ("na", "n/a", "nan", "-"):
        return None
    value = parse_number(text)
    if isinstance(value, str):
        reading.error(row, column, f"{column}: {value}", "correct it, or leave it empty if it is not known")
        return None
    if not limits[0] <= value <= limits[1]:
        message = f"{column}: {value:g} {unit} is outside {limits[0]:g} to {limits[1]:g} {unit}"
        reading.error(row, column, message, "correct it, or leave it empty if it is not known")
        return None
    return value


def _id(reading: Reading, row: Row, column: str) -> str | None:
    text = row.cells[column]
    reason = "is empty" if not text else unwritable(text)
    if reason:
        reading.error(row, column, f"{column} {reason}", "give every row a plain id")
        return None
    return text


def _read_participants(reading: Reading) -> None:
    path = reading.root / "participants.tsv"
    table = read_table(path, PARTICIPANT_COLUMNS)
    reading.problems += table.problems
    seen: dict[str, int] = {}
    for row in table.rows:
        name = _id(reading, row, "participant_id")
        sex = _SEXES.get(_word(row.cells["sex"]))
        if sex is None:
            reading.warn(
                row, "sex", f"sex {row.cells['sex']!r} is not F, M or other", "it is taken as not told"
            )
        age = _number(reading, row, "age", (0, 120), "years")
        dry = _number(reading, row, "dry_weight_kg", WEIGHT_LIMITS_KG, "kg")
        if name is None:
            continue
        if name in seen:
            message = f"participant {name!r} stands already in line {seen[name]}"
            reading.error(row, "participant_id", message, "give each participant one row")
            continue
        seen[name] = row.line
        reading.participants.append((row, Participant(name, sex or "", age, dry)))
    if not table.rows and not table.problems:
        reading.problems.append(Problem(path, 2, 0, "error", "no participants", "add a row for each"))


def _video(reading: Reading, row: Row) -> str:
    """The video's path below the root, or "" when there is none or it must not be used."""
    text = row.cells["video"]
    if not text:
        reading.warn(row, "video", "no video", "the session only counts for its weight")
        return ""
    name = text.replace("\\", "/")
    parts = name.split("/")
    inside = "give a path below the cohort's folder, such as videos/p01_d1_pre.mp4"
    if unwritable(text) or name.startswith("/") or ".." in parts or re.match("[A-Za-z]:", name):
        reading.error(row, "video", f"the video {text!r} is not a path below the cohort's folder", inside)
        return ""
    try:
        path = (reading.root / name).resolve()
        if not path.is_relative_to(reading.root.resolve()):
            reading.error(
                row, "video", f"the video {text!r} is a link that leaves the cohort's folder", inside
            )
            return ""
        there = path.is_file()
    except (OSError, RuntimeError, ValueError):  # too long, a loop of links, not encodable: not a file
        there = False
    if not there:
        reading.error(row, "video", f"the video {text!r} does not exist", "add the file or correct the name")
        return ""
    return name


def _day(reading: Reading, row: Row) -> int | None:
    value = parse_number(row.cells["day"])
    if isinstance(value, str) or value != int(min(max(value, -1), 1_000_000)) or value < 0:
        message = f"day {row.cells['day']!r} is not a whole number from 0 on"
        reading.error(row, "day", message, "number each participant's days in order")
        return None
    return int(value)


def _session(reading: Reading, row: Row) -> Session | None:
    participant, name = _id(reading, row, "participant_id"), _id(reading, row, "session_id")
    day = _day(reading, row)
    phase = _PHASES.get(_word(row.cells["phase"]))
    if phase is None:
        reading.error(row, "phase", f"phase {row.cells['phase']!r} is unknown", "write pre, post or other")
    weight = _number(reading, row, "weight_kg", WEIGHT_LIMITS_KG, "kg")
    time: datetime | None = None
    if row.cells["captured_at"]:
        parsed = parse_time(row.cells["captured_at"])
        if isinstance(parsed, str):
            reading.error(
                row, "captured_at", f"captured_at: {parsed}", "write it as ISO 8601, or leave it empty"
            )
        else:
            time = parsed
    video = _video(reading, row)
    if participant is None or name is None or day is None or phase is None:
        return None
    return Session(participant, name, day, phase, weight, time, video)


def _read_sessions(reading: Reading) -> None:
    path = reading.root / "sessions.tsv"
    table = read_table(path, SESSION_COLUMNS)
    reading.problems += table.problems
    known = {participant.participant_id for _, participant in reading.participants}
    names: dict[tuple[str, str], int] = {}
    videos: dict[str, int] = {}
    for row in table.rows:
        session = _session(reading, row)
        if session is None:
            continue
        if session.participant_id not in known:
            message = f"participant {session.participant_id!r} is not in participants.tsv"
            reading.error(row, "participant_id", message, "add the participant or correct the id")
        key = (session.participant_id, session.session_id)
        if key in names:
            message = f"session {key[1]!r} of {key[0]!r} stands already in line {names[key]}"
            reading.error(row, "session_id", message, "give each session its own id")
            continue
        names[key] = row.line
        if session.video and videos.setdefault(session.video, row.line) != row.line:
            message = f"the video {session.video!r} is already the one of line {videos[session.video]}"
            reading.error(row, "video", message, "each session needs its own video")
        reading.sessions.append((row, session))
    if not table.rows and not table.problems:
        reading.problems.append(Problem(path, 2, 0, "error", "no sessions", "add a row for each capture"))


def _later(first: datetime, second: datetime) -> bool:
    """Whether `first` is after `second`; by the clock on the wall unless both name their time zone."""
    if first.tzinfo is None or second.tzinfo is None:
        return first.replace(tzinfo=None) > second.replace(tzinfo=None)
    return first > second


_ORDER: dict[Phase, int] = {"pre": 0, "other": 0, "post": 1}


def _check_times(reading: Reading, own: list[tuple[Row, Session]]) -> None:
    timed = [(row, s, s.captured_at) for row, s in own if s.captured_at is not None]
    timed.sort(key=lambda item: (item[1].day, _ORDER[item[1].phase]))
    for (earlier, first, then), (row, second, now) in itertools.pairwise(timed):
        after = (second.day, _ORDER[second.phase]) > (first.day, _ORDER[first.phase])
        if after and _later(then, now):
            message = (
                f"day {second.day} {second.phase} was captured before day {first.day} {first.phase} "
                f"in line {earlier.line}"
            )
            reading.error(row, "captured_at", message, "correct the days or the dates")


def _check_days(reading: Reading, own: list[tuple[Row, Session]]) -> None:
    days: dict[int, dict[str, tuple[Row, Session]]] = defaultdict(dict)
    for row, session in own:
        if session.phase != "other" and session.phase in days[session.day]:
            line = days[session.day][session.phase][0].line
            message = f"day {session.day} has a {session.phase} session already in line {line}"
            reading.error(row, "phase", message, "number the days, or mark this one as other")
            continue
        days[session.day][session.phase] = (row, session)
    for day, phases in days.items():
        if "pre" in phases and "post" not in phases:
            message = (
                f"day {day} of {phases['pre'][1].participant_id!r} has a pre session and no post session"
            )
            reading.error(
                phases["pre"][0], "phase", message, "add its post session, or mark this one as other"
            )
        elif "post" in phases and "pre" in phases:
            before, after = phases["pre"][1].weight_kg, phases["post"][1].weight_kg
            if before is not None and after is not None and after > before:
                message = f"heavier after dialysis ({after:g} kg) than before ({before:g} kg)"
                reading.warn(phases["post"][0], "weight_kg", message, "check that the two are not exchanged")


def _check_dry_weight(reading: Reading, row: Row, dry: float | None, own: list[tuple[Row, Session]]) -> None:
    weights = [session.weight_kg for _, session in own if session.weight_kg is not None]
    if dry is None or not weights:
        return
    typical = statistics.median(weights)
    if abs(typical - dry) > _UNUSUAL_EXCESS_KG:
        severity: Literal["error", "warning"] = (
            "error" if abs(typical - dry) > _IMPLAUSIBLE_EXCESS_KG else "warning"
        )
        message = (
            f"dry weight {dry:g} kg is {abs(typical - dry):.1f} kg from the typical weight {typical:g} kg"
        )
        reading.problems.append(row.problem("dry_weight_kg", message, "check both weights", severity))


def _ordered(problems: list[Problem]) -> Iterator[Problem]:
    yield from sorted(problems, key=lambda p: (p.severity == "warning", p.file.name, p.line, p.column))


def read_tables(root: Path) -> Reading:
    """Read and check both tables of a cohort. Never raises: errors come first among the problems."""
    reading = Reading(root)
    _read_participants(reading)
    _read_sessions(reading)
    by_person: dict[str, list[tuple[Row, Session]]] = defaultdict(list)
    for row, session in reading.sessions:
        by_person[session.participant_id].append((row, session))
    for row, participant in reading.participants:
        own = by_person.get(participant.participant_id, [])
        if not own:
            message = f"participant {participant.participant_id!r} has no sessions"
            reading.warn(row, "participant_id", message, "add some, or remove the row")
        _check_dry_weight(reading, row, participant.dry_weight_kg, own)
    for own in by_person.values():
        _check_days(reading, own)
        _check_times(reading, own)
    reading.problems = list(_ordered(reading.problems))
    return reading
