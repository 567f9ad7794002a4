"""A cohort on disk: ``participants.tsv``, ``sessions.tsv``, ``videos/`` perhaps ``cohort.toml``."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mitate.edema.cohort_check import PARTICIPANT_COLUMNS, SESSION_COLUMNS, read_tables
from mitate.edema.participants import Cohort, Participant, Session, dry_weight
from mitate.errors import InputError
from mitate.files import write_text
from mitate.tables import Problem, unwritable

__all__ = [
    "Cohort",
    "Participant",
    "Problem",
    "Session",
    "check_cohort",
    "dry_weight",
    "read_cohort",
    "write_cohort",
]

_FACTS: dict[str, type] = {"name": str, "simulated": bool, "consent": str, "licence": str}


def _read_facts(root: Path) -> tuple[dict[str, Any], list[Problem]]:
    path = root / "cohort.toml"
    if not path.exists():
        return {}, []
    todo = 'write lines such as: name = "Our clinic" and simulated = false'
    try:
        facts = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        return {}, [Problem(path, 0, 0, "error", f"cannot be read: {error.strerror}", todo)]
    except (ValueError, RecursionError) as error:
        place = re.search(r"at line (\d+), column (\d+)", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (0, 0)
        return {}, [Problem(path, line, column, "error", "not a TOML file in UTF-8", todo)]
    problems = [
        Problem(path, 0, 0, "error", f"{name} must be {'text' if kind is str else 'true or false'}", todo)
        for name, kind in _FACTS.items()
        if name in facts and not isinstance(facts[name], kind)
    ]
    return {name: facts[name] for name in _FACTS if name in facts}, problems


def _read(root: Path) -> tuple[Cohort, list[Problem]]:
    facts, problems = _read_facts(root)
    reading = read_tables(root)
    cohort = Cohort(
        name=facts.pop("name", root.resolve().name),
        participants=tuple(participant for _, participant in reading.participants),
        sessions=tuple(session for _, session in reading.sessions),
        root=root,
        **facts,
    )
    return cohort, problems + reading.problems


def check_cohort(root: Path) -> list[Problem]:
    """Every problem of a cohort on disk, errors before warnings; an empty list is a cohort without any.

    Never raises for what a file holds.
    """
    return _read(Path(root))[1]


def read_cohort(root: Path) -> Cohort:
    """Read a cohort.

    Raises:
        InputError: naming the first error with its file and line, and how many more there are. Warnings
            do not stop reading; `check_cohort` lists them.
    """
    cohort, problems = _read(Path(root))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        first, more = errors[0], len(errors) - 1
        rest = f"; {more} more: run `mitate edema check {root}`" if more else ""
        raise InputError(first.message, where=first.where, todo=first.todo + rest)
    return cohort


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return text.getvalue()


def _writable(cohort: Cohort) -> None:
    texts = [(f"participant_id {p.participant_id!r}", p.participant_id) for p in cohort.participants]
    for session in cohort.sessions:
        texts.append((f"participant_id {session.participant_id!r}", session.participant_id))
        texts.append((f"session_id {session.session_id!r}", session.session_id))
        texts.append((f"video {session.video!r}", session.video or "-"))
    for name in _FACTS:
        if any("\ud800" <= letter <= "\udfff" for letter in str(getattr(cohort, name))):
            raise InputError(f"{name} is not text", where=cohort.root)
    for what, text in texts:
        reason = unwritable(text) if text else "is empty"
        if reason:
            raise InputError(f"{what} {reason}", where=cohort.root, todo="use plain ids and names")


def write_cohort(root: Path, cohort: Cohort) -> None:
    """Write a cohort's tables and ``cohort.toml`` into `root`; videos are the caller's to put there.

    Raises:
        InputError: an id or a path that a table cannot hold.
    """
    _writable(cohort)
    root = Path(root)
    people = [(p.participant_id, p.sex, p.age, p.dry_weight_kg) for p in cohort.participants]
    captures = [
        (
            s.participant_id,
            s.session_id,
            s.day,
            s.phase,
            s.weight_kg,
            None if s.captured_at is None else s.captured_at.isoformat(),
            s.video,
        )
        for s in cohort.sessions
    ]
    facts = {name: getattr(cohort, name) for name in _FACTS}
    # JSON's strings are TOML's, but for the delete character
    lines = (
        f"{name} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
        for name, value in facts.items()
    )
    write_text(root / "cohort.toml", "\n".join(lines) + "\n")
    write_text(root / "participants.tsv", _table(PARTICIPANT_COLUMNS, people))
    write_text(root / "sessions.tsv", _table(SESSION_COLUMNS, captures))
