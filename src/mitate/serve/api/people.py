"""REST: people."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from mitate.record.csv_in import apply, read_csv
from mitate.record.erasure import erase
from mitate.record.errors import ConflictError
from mitate.record.people import (
    KnownPerson,
    PersonFacts,
    add_person,
    age_on,
    all_people,
    change_person,
    counted,
    find_people,
    get_person,
    known_person,
)
from mitate.serve.api.errors import ERRORS
from mitate.serve.api.noting import note_reading
from mitate.serve.api.shapes import Day, Given, Most, PersonId, Skip, TableBody, Told
from mitate.serve.api.tables import ImportTold, LeaveOut, Preview, imported
from mitate.serve.service import ServiceHere
from mitate.serve.who import WEIGHTY, Clinician, SignedIn, check_person

__all__ = ["router"]

router = APIRouter(tags=["people"], responses=ERRORS)

Name = Annotated[str, Field(min_length=1, max_length=120)]
Height = Annotated[float, Field(ge=50, le=250)]


class PersonGiven(Given):
    """A person to add; heights in centimetres."""

    name: Name
    number: str = Field(default="", max_length=40)
    sex: Literal["female", "male"] | None = None
    birth_date: Day | None = None
    height_cm: Height | None = None
    language: Literal["en", "ja"] = "en"
    kind: Literal["dialysis", "home"] = "dialysis"
    call_name: str = Field(default="", max_length=80)
    call_phone: str = Field(default="", max_length=40)
    note: str = Field(default="", max_length=2000)
    simulated: bool = False


class PersonChanges(Given):
    """Facts to change; what is left out stays."""

    name: Name = ""
    number: str = Field(default="", max_length=40)
    sex: Literal["female", "male"] | None = None
    birth_date: Day | None = None
    height_cm: Height | None = None
    language: Literal["en", "ja"] = "en"
    kind: Literal["dialysis", "home"] = "dialysis"
    call_name: str = Field(default="", max_length=80)
    call_phone: str = Field(default="", max_length=40)
    note: str = Field(default="", max_length=2000)


class PersonTold(Told):
    """A person, with how many films and back checks there are of her."""

    id: str
    created_at: datetime
    name: str
    number: str
    sex: Literal["female", "male"] | None
    birth_date: date | None
    age: int | None
    height_cm: float | None
    language: Literal["en", "ja"]
    kind: Literal["dialysis", "home"]
    call_name: str
    call_phone: str
    note: str
    simulated: bool
    last_capture: datetime | None
    captures: int
    checks: int


class PeopleTold(Told):
    """A page of people, and how many there are of them in all."""

    people: list[PersonTold]
    total: int


class Confirmed(Given):
    """That a person is really to be erased: her number, or her name where she has none."""

    confirm: str = Field(min_length=1, max_length=120)


class ErasedTold(Told):
    """What erasing a person did.

    `compacted` is false where her erased rows may still lie in free pages of the database, unreadable without
    her key, until the next sweep; `backups` were made before and hold her still, sealed.
    """

    person_id: str
    at: datetime
    films: int
    compacted: bool
    left: list[str]
    backups: list[str]


def _told(one: KnownPerson) -> PersonTold:
    facts = {field.name: getattr(one.facts, field.name) for field in fields(PersonFacts)}
    return PersonTold(
        **facts,
        id=one.id,
        created_at=one.created_at,
        age=age_on(one.facts, date.today()),
        last_capture=one.last_capture,
        captures=one.captures,
        checks=one.checks,
    )


@router.get("/people")
def get_people(
    service: ServiceHere,
    who: Clinician,
    q: Annotated[str, Query(max_length=120, description="words of the name or the number")] = "",
    skip: Skip = 0,
    most: Most = 50,
) -> PeopleTold:
    """Everybody, by name, or those whose name or number has all words of `q`."""
    with service.record.database.reading() as session:
        people = all_people(service.record, session, counts=False)
        found = find_people(people, q) if q.strip() else people
        page = counted(session, found[skip : skip + most])
    note_reading(service, who, "people.listed", searched=bool(q.strip()), number=len(found))
    return PeopleTold(people=[_told(one) for one in page], total=len(found))


@router.post("/people", status_code=201)
def post_person(service: ServiceHere, who: Clinician, given: PersonGiven) -> PersonTold:
    """Add a person."""
    record, facts = service.record, PersonFacts(**given.model_dump())
    with record.database.writing() as session:
        person_id = add_person(record, session, facts, who.account_id)
        return _told(known_person(record, session, person_id))


@router.post("/people/import")
def post_people_table(
    service: ServiceHere,
    who: Clinician,
    table: TableBody,
    preview: Preview = True,
    leave_out: LeaveOut = False,
) -> ImportTold:
    """Look at a table of people, or with ``preview=false`` add them: all or none."""
    if preview:
        with service.record.database.reading() as session:
            return imported(read_csv(service.record, session, table, "people"), None)
    with service.record.database.writing() as session:
        found = read_csv(service.record, session, table, "people")
        applied = apply(service.record, session, found, who.account_id, leave_out_refused=leave_out)
    return imported(found, applied)


@router.get("/people/{person}")
def get_one(service: ServiceHere, who: SignedIn, person: PersonId) -> PersonTold:
    """One person."""
    check_person(who, person)
    with service.record.database.reading() as session:
        known = known_person(service.record, session, person)
    note_reading(service, who, "person.read", person)
    return _told(known)


@router.patch("/people/{person}")
def patch_person(service: ServiceHere, who: Clinician, person: PersonId, given: PersonChanges) -> PersonTold:
    """Change what is known of a person."""
    check_person(who, person, "write")
    check_person(who, person)  # the answer tells all of it
    record = service.record
    with record.database.writing() as session:
        change_person(record, session, person, who.account_id, **given.model_dump(exclude_unset=True))
        return _told(known_person(record, session, person))


@router.delete("/people/{person}", dependencies=[WEIGHTY])
def delete_person(service: ServiceHere, who: Clinician, person: PersonId, given: Confirmed) -> ErasedTold:
    """Erase a person: her key, and with it all that was sealed; nothing brings her back."""
    check_person(who, person, "write")
    with service.record.database.reading() as session:
        facts = get_person(service.record, session, person)
    if given.confirm.strip() != (facts.number or facts.name):
        raise ConflictError(
            "this is not her number, or her name where she has none",
            where="confirm",
            todo="write it exactly as it stands there",
        )
    done = erase(service.record, person, who.account_id)
    return ErasedTold.model_validate(done)
