"""How a person stands, sealed beside her: last estimate, alarm, model; so that lists open one row a person.

Jobs write it in the transaction in which they write what it rests on. It says on which films, model and
weights it rests (its mark), and whoever finds it missing or of an older mark works it out anew, with the same
functions as the course, so that list and course never disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import mitate
from mitate.record.models_kept import active_row
from mitate.record.opened import Record
from mitate.record.schema import Capture, Person, PersonalModelRow, Standing, Weight, now
from mitate.serve.told.course import alarm_of
from mitate.serve.told.sightings import sightings_of

__all__ = ["Alarmed", "Rests", "Stands", "rests_on", "stand_at", "standings", "work_out", "write_standing"]

_IN_PARTS = 500


@dataclass(frozen=True, slots=True)
class Alarmed:
    """An alarm that is on.

    Attributes:
        since: when it went on.
        sounded_at, capture_id: when it last sounded, and at which session.
        probability: that the excess is above `level_kg`, as known at the last session.
        level_kg, kind: of the rule: excess it asks about, and whether it is for ``dialysis`` or ``home``.
        seen_by, seen_at: the account that has seen this sounding, and when; None until somebody has.
    """

    since: datetime
    sounded_at: datetime
    capture_id: str
    probability: float
    level_kg: float
    kind: str
    seen_by: str | None = None
    seen_at: str | None = None


@dataclass(frozen=True, slots=True)
class Rests:
    """What a person's standing rests on: her films that were read, active model and weights.

    A weight that is written or deleted also takes the row of the standing away, see `mitate.record.weights`.
    """

    films: int = 0
    last_read: datetime | None = None
    model_id: str = ""
    model_at: datetime | None = None
    weights: int = 0
    last_weighed: datetime | None = None

    @property
    def mark(self) -> str:
        """Changes with what is there, and with the version of mitate."""
        parts = (self.films, self.last_read, self.model_id, self.weights, self.last_weighed)
        return "|".join([mitate.__version__, *(str(one) for one in parts)])


@dataclass(frozen=True, slots=True)
class Stands:
    """How a person stands.

    Attributes:
        mark: of what it rests on.
        at: of the last session with an estimate; None without any.
        kg, low, high: that estimate with its 90 % interval.
        dry_weight: what the kilograms are over: ``entered``, or ``estimated`` from weights after dialysis.
        alarm: if one is on.
        labelled, trained_on: of the model: weighed sessions it learned from, and whose data.
    """

    mark: str
    at: datetime | None = None
    kg: float | None = None
    low: float | None = None
    high: float | None = None
    dry_weight: str = "entered"
    alarm: Alarmed | None = None
    labelled: int = 0
    trained_on: str = ""


def rests_on(session: Session, person_id: str | None = None) -> dict[str, Rests]:
    """What standings rest on, by person; those without films and model are left out.

    Args:
        session: reading.
        person_id: only hers; None is everybody's.
    """
    films = select(Capture.person_id, func.count(), func.max(Capture.result_at)).where(
        Capture.instrument == "edema", Capture.state == "done"
    )
    models = select(PersonalModelRow.person_id, PersonalModelRow.id, PersonalModelRow.made_at).where(
        PersonalModelRow.active
    )
    weights = select(Weight.person_id, func.count(), func.max(Weight.at))
    if person_id is not None:
        films = films.where(Capture.person_id == person_id)
        models = models.where(PersonalModelRow.person_id == person_id)
        weights = weights.where(Weight.person_id == person_id)
    read = {who: (count, at) for who, count, at in session.execute(films.group_by(Capture.person_id))}
    made = {who: (row, at) for who, row, at in session.execute(models.order_by(PersonalModelRow.made_at))}
    weighed = {who: (count, at) for who, count, at in session.execute(weights.group_by(Weight.person_id))}
    return {
        who: Rests(*read.get(who, (0, None)), *made.get(who, ("", None)), *weighed.get(who, (0, None)))
        for who in read.keys() | made.keys()
    }


def work_out(record: Record, session: Session, person_id: str, rests: Rests) -> Stands:
    """How a person stands, from all of her films.

    Raises:
        MissingError: no such person.
    """
    seen, row = sightings_of(record, session, person_id), active_row(session, person_id)
    facts: dict[str, Any] = {}
    if row is not None:
        key = record.key(session, person_id)
        facts = key.open_json(row.sealed, f"personal_model.sealed {row.id}")
    labelled, trained_on = int(facts.get("n_labelled") or 0), str(facts.get("trained_on") or "")
    if not seen.captures:
        return Stands(rests.mark, labelled=labelled, trained_on=trained_on)
    told = seen.results[-1]["estimate"]
    low, high = told["interval_90"]
    known = alarm_of(seen)
    alarm = None
    if known.on:
        at = known.sounded
        alarm = Alarmed(
            seen.at[known.since],
            seen.at[at],
            seen.captures[at],
            known.probability,
            known.level_kg,
            known.kind,
        )
    return Stands(
        rests.mark,
        seen.at[-1],
        float(told["excess_kg"]),
        float(low),
        float(high),
        seen.dry_weight,
        alarm,
        labelled,
        trained_on,
    )


def write_standing(record: Record, session: Session, person_id: str) -> tuple[Stands, datetime] | None:
    """Work out how a person stands and seal it; with when it was written. None where there is nothing to say.

    Args:
        record: open.
        session: writing; what it rests on is flushed.
        person_id: whose.

    Raises:
        MissingError: no such person.
    """
    rests = rests_on(session, person_id).get(person_id)
    row = session.get(Standing, person_id)
    if rests is None:
        if row is not None:
            session.delete(row)
        return None
    stands, at = work_out(record, session, person_id, rests), now()
    sealed = record.key(session, person_id).seal_json(_plain(stands), f"standing.sealed {person_id}")
    if row is None:
        try:
            with session.begin_nested():
                session.add(Standing(person_id=person_id, at=at, sealed=sealed))
                session.flush()
        except IntegrityError:  # written at the same moment by another process
            row = session.get(Standing, person_id)
    if row is not None:
        row.at, row.sealed = at, sealed
    return stands, at


def stand_at(session: Session) -> dict[str, datetime]:
    """When each person's standing was written."""
    rows = session.execute(select(Standing.person_id, Standing.at))
    return {row.person_id: row.at for row in rows}


def standings(
    record: Record, session: Session, people: Collection[str]
) -> Iterator[tuple[str, Stands, datetime]]:
    """Of these people: how each stood when it was written, and when that was. Many are opened quickly."""
    asked = select(Standing.person_id, Standing.at, Standing.sealed, Person.wrapped_key).join(
        Person, Person.id == Standing.person_id
    )
    wanted = list(people)
    for part in (wanted[at : at + _IN_PARTS] for at in range(0, len(wanted), _IN_PARTS)):
        for row in session.execute(asked.where(Standing.person_id.in_(part))):
            key = record.vault.unwrap(row.wrapped_key, row.person_id)
            told = key.open_json(row.sealed, f"standing.sealed {row.person_id}")
            yield row.person_id, _opened(told), row.at


def _plain(stands: Stands) -> dict[str, Any]:
    told = {name: getattr(stands, name) for name in Stands.__slots__}
    alarm = stands.alarm
    told["at"] = None if stands.at is None else stands.at.isoformat()
    told["alarm"] = (
        None
        if alarm is None
        else {
            "since": alarm.since.isoformat(),
            "sounded_at": alarm.sounded_at.isoformat(),
            **{name: getattr(alarm, name) for name in ("capture_id", "probability", "level_kg", "kind")},
        }
    )
    return told


def _opened(told: dict[str, Any]) -> Stands:
    alarm, at = told["alarm"], told["at"]
    if alarm is not None:
        times = {name: datetime.fromisoformat(alarm[name]) for name in ("since", "sounded_at")}
        alarm = Alarmed(**(alarm | times))
    return Stands(**(told | {"alarm": alarm, "at": None if at is None else datetime.fromisoformat(at)}))
