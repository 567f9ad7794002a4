"""Films of a back check: which movements are wanted, which were filmed, and handing it in to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record.checks import OpenCheck, locked, put
from mitate.record.errors import ConflictError
from mitate.record.opened import Record
from mitate.record.schema import Capture, Check, Job

__all__ = [
    "BASICS",
    "Adds",
    "Film",
    "Wanted",
    "conclude",
    "conclude_again",
    "films_of",
    "is_asked",
    "skip",
    "wanted",
]

BASICS = {"low_back": ("forward_bend", "backward_bend", "rotation")}
"""Movements that a check should have, as `mitate.back.check` says; of other regions all."""
_ON_THE_WAY = ("uploading", "waiting", "reading")
_SKIPS = ("cannot", "not_now")


class Adds(Protocol):
    """`mitate.serve.service.Queue.add`: hands in a job in the transaction of what it belongs to."""

    def __call__(self, session: Session, kind: str, subject: str, person_id: str | None = None) -> Job:
        """The job."""


@dataclass(frozen=True, slots=True)
class Film:
    """A film of a movement: the last one of it that counts.

    Attributes:
        state: of the capture.
        refusal: what is wrong with it and what to do (`MitateError.as_dict`), where it was refused.
    """

    movement: str
    capture_id: str
    state: str
    refusal: Mapping[str, Any] | None = None

    @property
    def on_the_way(self) -> bool:
        """Whether it has still to come or to be read."""
        return self.state in _ON_THE_WAY


@dataclass(frozen=True, slots=True)
class Wanted:
    """A movement and where it stands.

    Attributes:
        basic: whether a check should have it.
        film: that was made of it, or None.
        skipped: ``cannot``, ``not_now``, or empty.
    """

    movement: str
    basic: bool
    film: Film | None
    skipped: str

    @property
    def open(self) -> bool:
        """Whether it has still to be filmed, or filmed again."""
        usable = self.film is not None and self.film.state not in ("refused", "failed")
        return not usable and not self.skipped


def skip(record: Record, session: Session, check_id: str, movement: str, why: str | None) -> OpenCheck:
    """Say that a movement is not to be filmed (``cannot``, ``not_now``), or with None that it is after all.

    Raises:
        InputError: no movement of the check's region, or another reason.
    """
    from mitate.back.region import REGIONS

    row, check = locked(record, session, check_id)
    if movement not in REGIONS[check.region].movements or (why is not None and why not in _SKIPS):
        raise InputError("this is no movement of this check", where="movement", todo="see its list")
    others = {name: said for name, said in check.skipped.items() if name != movement}
    return put(record, session, row, check, skipped=others if why is None else {**others, movement: why})


def films_of(record: Record, session: Session, check: OpenCheck) -> tuple[Film, ...]:
    """Of each movement that was filmed the last film, but a read one before a refused one."""
    key = record.key(session, check.person_id)
    found: dict[str, Film] = {}
    captures = select(Capture).where(Capture.check_id == check.id).order_by(Capture.at, Capture.id)
    for capture in session.scalars(captures):
        movement = key.open_json(capture.sealed, f"capture.sealed {capture.id}").get("movement")
        before = found.get(str(movement))
        lost = capture.state in ("refused", "failed", "uploading")
        if not movement or (before is not None and before.state == "done" and lost):
            continue
        refusal = None
        if capture.state == "refused" and capture.result is not None:
            refusal = key.open_json(capture.result, f"capture.result {capture.id}").get("refusal")
        found[movement] = Film(movement, capture.id, capture.state, refusal)
    return tuple(found.values())


def wanted(record: Record, session: Session, check: OpenCheck) -> tuple[Wanted, ...]:
    """Every movement of the check's region in the order in which to ask for it, and where it stands."""
    from mitate.back.region import REGIONS

    films = {film.movement: film for film in films_of(record, session, check)}
    movements = REGIONS[check.region].movements
    basics = BASICS.get(check.region, movements)
    skipped = check.skipped
    return tuple(Wanted(name, name in basics, films.get(name), skipped.get(name, "")) for name in movements)


def conclude(record: Record, session: Session, check_id: str, add: Adds) -> OpenCheck:
    """Hand the check in to be judged; again after more was said or filmed.

    Args:
        record, session, check_id: of the check, in a transaction that writes.
        add: of the queue; wake it after the transaction.

    Raises:
        ConflictError: films are still to be read, or nothing was said or filmed.
    """
    row, check = locked(record, session, check_id)
    if check.state == "concluding":
        return check
    films = films_of(record, session, check)
    if any(film.on_the_way and film.state != "uploading" for film in films):
        raise ConflictError(
            "films of this check are still to be read", where="check", todo="wait until they are read"
        )
    if not check.told["said"] and not any(film.state == "done" for film in films):
        raise ConflictError(
            "there is nothing to judge from yet",
            where="check",
            todo="answer questions, or film a movement",
        )
    return conclude_again(record, session, row, check, add)


def conclude_again(record: Record, session: Session, row: Check, check: OpenCheck, add: Adds) -> OpenCheck:
    """Have a check judged from what stands there now; who judges it from what stood there before is too late.

    Args:
        record, session: in a transaction that writes.
        row, check: of `mitate.record.checks.locked`.
        add: of the queue; wake it after the transaction.
    """
    revision = int(check.told.get("revision", 0)) + 1
    add(session, "conclude_check", f"{check.id}:{revision}", row.person_id)
    return put(record, session, row, check, revision=revision, state="concluding")


def is_asked(check: OpenCheck, revision: str) -> bool:
    """Whether a check still waits for this revision's judgement: nobody answered or handed it in since."""
    return check.state == "concluding" and revision in ("", str(check.told.get("revision", 0)))
