"""REST: the course of excess weight over days, and whose alarm sounds."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request

from mitate.record.people import all_people
from mitate.serve.api.errors import ERRORS
from mitate.serve.api.noting import note_reading
from mitate.serve.api.shapes import PersonId, Told
from mitate.serve.api.words import WordsTold, words_told
from mitate.serve.service import ServiceHere
from mitate.serve.who import Clinician, SignedIn, check_person

__all__ = ["router"]

router = APIRouter(tags=["course"], responses=ERRORS)


class SessionTold(Told):
    """One session: kg over the dry weight as seen, with the 90 % interval, and as weighed if it was."""

    at: datetime
    kg: float
    low: float
    high: float
    context: str
    weighed_kg: float | None
    capture_id: str


class GridTold(Told):
    """The course at one time: kilograms over the dry weight with the 90 % interval."""

    at: datetime
    kg: float
    low: float
    high: float


class CourseTold(Told):
    """A person's course; without any estimate, only `person_id` says something.

    `dry_weight` says what kilograms are over: ``entered``, a dry weight that the clinic entered, or
    ``estimated``, the mean of the weights after dialysis where none was entered.
    """

    person_id: str
    sessions: list[SessionTold]
    grid: list[GridTold]
    alarm_level_kg: float | None  # None: no level is asked for
    alarm_on: bool
    alarm_sounded: list[datetime]
    told: WordsTold | None
    dry_weight: Literal["entered", "estimated"] | None = None


class AlarmTold(Told):
    """A person whose alarm is on, from when, and what it rests on.

    `probability` is that the excess is above `level_kg`, as known at the last session; kilograms are of the
    last estimate, over what `dry_weight` says, with its 90 % interval; `capture_id` is the session at which
    it last sounded.
    """

    person_id: str
    name: str
    number: str
    since: datetime
    sounded_at: datetime
    capture_id: str
    probability: float
    level_kg: float
    kg: float | None
    low: float | None
    high: float | None
    seen_by: str | None
    dry_weight: Literal["entered", "estimated"] = "entered"


class AlarmsTold(Told):
    """Alarms that are on, first those that nobody has seen, then the likeliest; of how many people."""

    alarms: list[AlarmTold]
    people: int


@router.get("/people/{person}/course")
def get_course(service: ServiceHere, who: SignedIn, person: PersonId) -> CourseTold:
    """A person's course over days."""
    from mitate.serve.told.course import course_of

    check_person(who, person)
    with service.record.database.reading() as session:
        service.record.key(session, person)
        course = course_of(service.record, session, person, who.language)
    note_reading(service, who, "course.read", person)
    if course is None:
        return CourseTold(
            person_id=person,
            sessions=[],
            grid=[],
            alarm_level_kg=None,
            alarm_on=False,
            alarm_sounded=[],
            told=None,
        )
    return CourseTold(
        person_id=person,
        sessions=[SessionTold.model_validate(one) for one in course.sessions],
        grid=[GridTold.model_validate(one) for one in course.grid],
        alarm_level_kg=course.alarm_level_kg if math.isfinite(course.alarm_level_kg) else None,
        alarm_on=course.alarm_on,
        alarm_sounded=list(course.alarm_sounded),
        told=words_told(course.words),
        dry_weight="estimated" if course.dry_weight == "estimated" else "entered",
    )


@router.get("/alarms")
def get_alarms(request: Request, service: ServiceHere, who: Clinician) -> AlarmsTold:
    """Everybody whose alarm is on."""
    from mitate.serve.pages.clinic_states import patients, states_of

    with service.record.database.reading() as session:
        people = all_people(service.record, session, counts=False)
        found = patients(service.record, session, people, states_of(request.app))
    alarms = [
        AlarmTold(
            person_id=one.known.id,
            name=one.known.facts.name,
            number=one.known.facts.number,
            since=one.alarm.since,
            sounded_at=one.alarm.sounded_at,
            capture_id=one.alarm.capture_id,
            probability=one.alarm.probability,
            level_kg=one.alarm.level_kg,
            kg=one.kg,
            low=one.low,
            high=one.high,
            seen_by=one.alarm.seen_by,
            dry_weight="estimated" if one.dry_weight == "estimated" else "entered",
        )
        for one in found
        if one.alarm is not None
    ]
    note_reading(service, who, "alarms.read", number=len(alarms))
    alarms.sort(key=lambda one: (one.seen_by is not None, -one.probability, one.person_id))
    return AlarmsTold(alarms=alarms, people=len(people))
