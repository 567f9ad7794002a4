"""Consents: what a person agreed to, and what taking one back does at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record.audit import note
from mitate.record.captures import forget_films, forget_stills
from mitate.record.errors import ConflictError, MissingError
from mitate.record.locks import lock_word
from mitate.record.opened import Record
from mitate.record.schema import Consent, Person, now

__all__ = [
    "KINDS",
    "ConsentKind",
    "GivenOrNot",
    "give",
    "given",
    "given_still",
    "history",
    "need",
    "take_back",
]

ConsentKind = Literal["analyse", "keep_video", "photos", "research"]
KINDS: tuple[ConsentKind, ...] = ("analyse", "keep_video", "photos", "research")
TEXT_VERSION = "2"
"""Of the words that are agreed to. 1: of films; 2: `photos`, and `keep_video` is of films and photos."""


@dataclass(frozen=True, slots=True)
class GivenOrNot:
    """A consent that was given or taken back.

    Attributes:
        kind: analyse (films may be looked at), keep_video (films and photos are kept after), photos (a photo
            of the face may be compared with known conditions), research.
        given: or taken back.
        at: when, UTC.
        by: the account that wrote it down.
        text_version: of the words that were agreed to.
    """

    id: str
    kind: ConsentKind
    given: bool
    at: datetime
    by: str
    text_version: str


def given(session: Session, person_id: str, kind: ConsentKind) -> bool:
    """Whether a person's consent stands: the last word counts, and silence is no consent."""
    return _last(session, person_id, kind)


def given_still(session: Session, person_id: str, kind: ConsentKind) -> bool:
    """`given` for a transaction that writes what the consent allows: until it ends nobody takes it back.

    So what was written is there for whoever takes it back next, to be removed.
    """
    lock_word(session, f"consents {person_id}")
    return _last(session, person_id, kind)


def need(session: Session, person_id: str, kind: ConsentKind = "analyse") -> None:
    """Stand before what needs a consent.

    Raises:
        ConflictError: it was not given, or was taken back.
    """
    if not given(session, person_id, kind):
        raise ConflictError(
            "the person has not agreed to this",
            where=f"consent {kind}",
            todo="ask her, and write it down first",
        )


def give(session: Session, person_id: str, kind: ConsentKind, by: str) -> None:
    """Write down that a person agreed; nothing is added where she has already.

    Raises:
        MissingError: no such person.
        InputError: no such consent.
    """
    _say(session, person_id, kind, by, agreed=True)


def take_back(record: Record, session: Session, person_id: str, kind: ConsentKind, by: str) -> int:
    """Write down that a person takes a consent back; how many kept films went with it.

    Without keep_video her kept films are deleted, and stills of them in results; without analyse no film
    is begun (`need`).

    Raises:
        MissingError, InputError: as `give`.
    """
    _say(session, person_id, kind, by, agreed=False)
    if kind != "keep_video":
        return 0
    forget_stills(record, session, person_id)
    return forget_films(record, session, person_id, by)


def history(session: Session, person_id: str) -> list[GivenOrNot]:
    """All that was ever given or taken back, the oldest first."""
    rows = session.scalars(
        select(Consent).where(Consent.person_id == person_id).order_by(Consent.at, Consent.id)
    )
    return [GivenOrNot(r.id, _kind(r.kind), r.given, r.at, r.by, r.text_version) for r in rows]


def _kind(text: str) -> ConsentKind:
    for kind in KINDS:
        if text == kind:
            return kind
    raise InputError(f"there is no consent {text!r}", where="kind", todo=f"give one of {', '.join(KINDS)}")


def _last(session: Session, person_id: str, kind: str) -> bool:
    asked = (
        select(Consent.given)
        .where(Consent.person_id == person_id, Consent.kind == kind)
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(1)
    )
    return bool(session.scalar(asked))


def _say(session: Session, person_id: str, kind: str, by: str, *, agreed: bool) -> None:
    if session.get(Person, person_id) is None:
        raise MissingError("there is no such person", where="person")
    lock_word(session, f"consents {person_id}")
    if _last(session, person_id, _kind(kind)) == agreed:
        return
    asked = select(func.max(Consent.at)).where(Consent.person_id == person_id, Consent.kind == kind)
    before, at = session.scalar(asked), now()
    if before is not None:  # the last word counts, also where the clock was set back in between
        at = max(at, before + timedelta(microseconds=1))
    session.add(
        Consent(person_id=person_id, kind=kind, given=agreed, at=at, by=by, text_version=TEXT_VERSION)
    )
    session.flush()
    note(session, by, "consent.given" if agreed else "consent.taken_back", person_id, kind=kind)
