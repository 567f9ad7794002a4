"""How every patient stands: last estimate, alarm, model; as it was sealed when it was worked out.

The alarm is that of `mitate.edema.alarm`: by each session and all before it, never by those after. Jobs write
how somebody stands (`mitate.serve.told.standing`); here it is opened, and remembered until it is written
anew. What is missing or rests on something older is worked out by the request where it is little, else by a
thread meanwhile, and pages say how many are still to come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock, Thread

from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mitate.record.audit import note
from mitate.record.errors import ConflictError, MissingError
from mitate.record.opened import Record
from mitate.record.people import KnownPerson
from mitate.record.schema import Capture, Person, now
from mitate.serve.told.standing import Alarmed, Rests, Stands, rests_on, stand_at, standings, write_standing

__all__ = ["Alarmed", "Patient", "States", "mark_seen", "patients", "states_of"]


_OLD_DAYS = 7  # without a film, "no alarm" says nothing of today
_AT_ONCE = 40
"""Patients that a request works out itself."""


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient in the list.

    Attributes:
        known: who.
        last_at, last_state: of the last film of the face.
        kg, low, high: the last estimate over `dry_weight` with its 90 % interval.
        estimated_at: of that session.
        alarm: if one is on.
        model_at, labelled: when the model was made, from how many labelled sessions.
        trained_on: of the model.
        pending: nothing of this is known yet: it is being worked out.
        dry_weight: what kilograms are over: ``entered``, or ``estimated`` from weights after dialysis.
    """

    known: KnownPerson
    last_at: datetime | None = None
    last_state: str = ""
    kg: float | None = None
    low: float | None = None
    high: float | None = None
    estimated_at: datetime | None = None
    alarm: Alarmed | None = None
    model_at: datetime | None = None
    labelled: int = 0
    trained_on: str = ""
    pending: bool = False
    dry_weight: str = "entered"

    @property
    def attention(self) -> int:
        """The lower, the sooner somebody should look.

        An alarm that nobody has seen, one that was seen, a film that was refused or failed, sessions without
        a model, all others.
        """
        if self.alarm is not None:
            return 0 if self.alarm.seen_by is None else 1
        if self.last_state in ("refused", "failed"):
            return 2
        return 3 if self.last_at is not None and self.model_at is None else 4

    @property
    def standing(self) -> str:
        """The same in a word: ``alarm``, ``seen``, ``look``, ``no_model``, ``calm`` or ``nothing``."""
        if self.attention < 4:
            return ("alarm", "seen", "look", "no_model")[self.attention]
        return "calm" if self.kg is not None else "nothing"

    @property
    def old_days(self) -> int:
        """Days since the last estimate, once it says little about today; 0 before, and without one."""
        days = 0 if self.estimated_at is None else (now() - self.estimated_at).days
        return days if days >= _OLD_DAYS else 0


class States:
    """What was opened before, by person; safe for several threads."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[datetime, Stands]] = {}
        self._lock, self._busy = Lock(), Lock()

    def get(self, person_id: str, written: datetime) -> Stands | None:
        """How a person stands, if it was not written anew since."""
        with self._lock:
            kept = self._kept.get(person_id)
        return kept[1] if kept is not None and kept[0] == written else None

    def put(self, person_id: str, stands: Stands, written: datetime) -> None:
        """Remember it."""
        with self._lock:
            self._kept[person_id] = (written, stands)

    def refresh(self, record: Record, person_id: str) -> Stands | None:
        """Work it out anew and seal it; None where there is nothing to say any more."""
        with record.database.writing() as session:
            if session.get(Person, person_id) is None:
                return None
            found = write_standing(record, session, person_id)
        if found is None:
            return None
        self.put(person_id, *found)
        return found[0]

    def work_out(self, record: Record, people: list[str]) -> None:
        """Work these people out in a thread of its own, unless one is at it already."""
        if self._busy.acquire(blocking=False):
            Thread(target=self._work, args=(record, people), name="clinic states", daemon=True).start()

    def _work(self, record: Record, people: list[str]) -> None:
        try:
            for person_id in people:
                self.refresh(record, person_id)
        finally:
            self._busy.release()

    def only(self, people: set[str]) -> None:
        """Forget those who are gone."""
        with self._lock:
            for person_id in self._kept.keys() - people:
                del self._kept[person_id]


_MAKING = Lock()


def states_of(app: FastAPI) -> States:
    """The app's own."""
    with _MAKING:
        if not hasattr(app.state, "clinic_states"):
            app.state.clinic_states = States()
        states: States = app.state.clinic_states
    return states


def patients(
    record: Record,
    session: Session,
    people: list[KnownPerson],
    states: States,
    *,
    at_once: int | None = None,
) -> list[Patient]:
    """How each of these people stands, in the same order.

    Of those of whom something is new, a few are worked out here; where there are many they are `pending`, and
    known a little later.
    """
    rests, last = rests_on(session, people[0].id if len(people) == 1 else None), _last_films(session)
    some = [one.id for one in people if one.id in rests]  # of all others there is nothing to work out
    found = _opened(record, session, some, states)
    stale = [one for one in some if one not in found or found[one].mark != rests[one].mark]
    pending: set[str] = set()
    if len(stale) > (_AT_ONCE if at_once is None else at_once):
        states.work_out(record, stale)
        pending = set(stale)
    else:
        for person_id in stale:
            anew = states.refresh(record, person_id)
            if anew is not None:
                found[person_id] = anew
    stand = {one: stands for one, stands in found.items() if one not in pending}
    return [
        _patient(
            record,
            session,
            replace(_filmed(known, last), pending=known.id in pending),
            stand.get(known.id),
            rests.get(known.id),
        )
        for known in people
    ]


def _opened(record: Record, session: Session, people: list[str], states: States) -> dict[str, Stands]:
    """How these people stood when it was last written, opened only where it is not remembered."""
    written, found = stand_at(session), {}
    for person_id in people:
        at = written.get(person_id)
        kept = None if at is None else states.get(person_id, at)
        if kept is not None:
            found[person_id] = kept
    missing = [one for one in people if one not in found and one in written]
    for person_id, stands, at in standings(record, session, missing):
        states.put(person_id, stands, at)
        found[person_id] = stands
    return found


def _filmed(known: KnownPerson, last: dict[str, tuple[datetime, str]]) -> Patient:
    at, state = last.get(known.id, (None, ""))
    return Patient(known, at, state)


def _patient(
    record: Record, session: Session, one: Patient, stands: Stands | None, rests: Rests | None
) -> Patient:
    if stands is None:
        return one
    alarm = stands.alarm
    if alarm is not None:  # whether it was seen is written to the session
        alarm = _with_seen(record, session, one.known.id, alarm)
    return replace(
        one,
        kg=stands.kg,
        low=stands.low,
        high=stands.high,
        estimated_at=stands.at,
        alarm=alarm,
        model_at=None if rests is None else rests.model_at,
        labelled=stands.labelled,
        trained_on=stands.trained_on,
        dry_weight=stands.dry_weight,
    )


def _last_films(session: Session) -> dict[str, tuple[datetime, str]]:
    """Of each person the last film of the face and its state."""
    newest = (
        select(Capture.person_id, func.max(Capture.at).label("at"))
        .where(Capture.instrument == "edema")
        .group_by(Capture.person_id)
        .subquery()
    )
    rows = session.execute(
        select(Capture.person_id, Capture.at, Capture.state).join(
            newest, (newest.c.person_id == Capture.person_id) & (newest.c.at == Capture.at)
        )
    )
    return {person: (at, state) for person, at, state in rows}


def _with_seen(record: Record, session: Session, person_id: str, alarm: Alarmed) -> Alarmed:
    row = session.get(Capture, alarm.capture_id)
    if row is None:
        return alarm
    told = record.key(session, person_id).open_json(row.sealed, f"capture.sealed {row.id}")
    seen = told.get("alarm_seen")
    return alarm if not seen else replace(alarm, seen_by=seen["by"], seen_at=seen["at"])


def mark_seen(
    record: Record, session: Session, person_id: str, capture_id: str, by: str, at: datetime
) -> None:
    """Write to the session at which an alarm sounded that somebody has seen it; the first one stays.

    Raises:
        MissingError: no such session of this person.
        ConflictError: it is no session of the face.
    """
    row = session.get(Capture, capture_id)
    if row is None or row.person_id != person_id:
        raise MissingError("there is no such film", where="capture")
    if row.instrument != "edema":
        raise ConflictError("no alarm comes from this film", where="capture")
    key = record.key(session, person_id)
    told = key.open_json(row.sealed, f"capture.sealed {row.id}")
    if told.get("alarm_seen"):
        return
    told["alarm_seen"] = {"by": by, "at": at.isoformat()}
    row.sealed = key.seal_json(told, f"capture.sealed {row.id}")
    note(session, by, "alarm.seen", person_id, capture=capture_id)
