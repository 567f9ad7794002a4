"""REST: consents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path

from mitate.record.consents import KINDS, ConsentKind, give, history, take_back
from mitate.record.errors import MissingError
from mitate.record.schema import Person
from mitate.serve.api.errors import ERRORS
from mitate.serve.api.noting import note_reading
from mitate.serve.api.shapes import Given, PersonId, Told
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import SignedIn, check_person

__all__ = ["router"]

router = APIRouter(tags=["consents"], responses=ERRORS)


class ConsentGiven(Given):
    """Whether a person agrees."""

    given: bool


class ConsentTold(Told):
    """A consent that was given or taken back."""

    kind: ConsentKind
    given: bool
    at: datetime
    by: str
    text_version: str


class StandingTold(Told):
    """What a person agrees to now.

    That films are looked at; that films and photos are kept; that a photo of the face is compared with known
    conditions; that research uses what is kept.
    """

    analyse: bool
    keep_video: bool
    photos: bool
    research: bool


class ConsentsTold(Told):
    """What stands, and all that was ever said, the oldest first."""

    standing: StandingTold
    history: list[ConsentTold]


@router.get("/people/{person}/consents")
def get_consents(service: ServiceHere, who: SignedIn, person: PersonId) -> ConsentsTold:
    """What a person has agreed to."""
    check_person(who, person)
    told = _told(service, person)
    note_reading(service, who, "consents.read", person)
    return told


@router.put("/people/{person}/consents/{kind}")
def put_consent(
    service: ServiceHere,
    who: SignedIn,
    person: PersonId,
    kind: Annotated[ConsentKind, Path()],
    said: ConsentGiven,
) -> ConsentsTold:
    """Give a consent, or take it back: without keep_video the films that were kept are deleted at once."""
    check_person(who, person, "write")
    with service.record.database.writing() as session:
        if said.given:
            give(session, person, kind, who.account_id)
        else:
            take_back(service.record, session, person, kind, who.account_id)
    return _told(service, person)


def _told(service: Service, person: str) -> ConsentsTold:
    with service.record.database.reading() as session:
        if session.get(Person, person) is None:
            raise MissingError("there is no such person", where="person")
        known = history(session, person)
    last = {one.kind: one.given for one in known}
    return ConsentsTold(
        standing=StandingTold(**{kind: last.get(kind, False) for kind in KINDS}),
        history=[
            ConsentTold(kind=one.kind, given=one.given, at=one.at, by=one.by, text_version=one.text_version)
            for one in known
        ],
    )
