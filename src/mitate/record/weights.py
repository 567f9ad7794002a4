"""Weights: as weighed, and the dry weights that were set; dates are of the clinic's own time zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, Literal

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record.audit import note
from mitate.record.errors import MissingError
from mitate.record.opened import Record
from mitate.record.schema import Standing, Weight, new_id, now
from mitate.record.vault import DataKey

__all__ = [
    "KG",
    "KnownWeight",
    "NewWeight",
    "add_weight",
    "delete_weight",
    "dry_weight_on",
    "far_off",
    "get_weight",
    "put_weights",
    "weight_near",
    "weights_of",
]

KG = (20.0, 350.0)
"""What a weight in kilograms can be; as for cohorts on disk."""
_EARLIEST = date(1990, 1, 1)
_FAR = 0.15
"""Share of a weight beyond which another is asked about: more than fluid brings between two dialyses, less
than what two digits that changed places do."""
_NEAREST = 5
_CONTEXTS = ("pre", "post", "other")

Kind = Literal["weight", "dry"]
Context = Literal["pre", "post", "other"]


@dataclass(frozen=True, slots=True)
class NewWeight:
    """A weight to write down.

    Attributes:
        at: when, with its zone; a dry weight counts from that day on.
        kg: kilograms.
        kind: ``weight`` as weighed, or ``dry`` as set by a clinician.
        context: before (pre) or after (post) dialysis, or other.
        source: ``entered`` by somebody, ``csv`` or ``cohort``.

    Raises:
        InputError: a weight or a day that cannot be.
    """

    at: datetime
    kg: float
    kind: Kind = "weight"
    context: Context = "other"
    source: Literal["entered", "csv", "cohort"] = "entered"

    def __post_init__(self) -> None:
        low, high = KG
        if not low <= self.kg <= high:  # NaN is refused too
            raise InputError(
                f"a weight of {self.kg:g} kg cannot be",
                where="kg",
                todo=f"give kilograms, {low:g} to {high:g}; 665 may be 66.5",
            )
        if self.at.tzinfo is None:
            raise InputError(
                "the time has no zone", where="at", todo="write it such as 2026-11-22T09:30+09:00"
            )
        if self.at.date() < _EARLIEST or self.at > now() + timedelta(days=1):
            raise InputError(f"a weight of {self.at.date()} cannot be", where="at", todo="see the date")
        if self.kind not in ("weight", "dry"):
            raise InputError(f"{self.kind!r} is no kind", where="kind", todo="give weight or dry")
        if self.context not in _CONTEXTS:
            raise InputError(
                f"{self.context!r} is no context", where="context", todo=f"give {' or '.join(_CONTEXTS)}"
            )


@dataclass(frozen=True, slots=True)
class KnownWeight:
    """A weight of the record; fields as `NewWeight`, who wrote it down and when, if known.

    Of two of the same time the one that was written down last counts: it corrects the other.
    """

    id: str
    person_id: str
    at: datetime
    kg: float
    kind: Kind
    context: Context
    source: str
    by: str = ""
    written_at: str = ""  # ISO 8601, UTC


def add_weight(record: Record, session: Session, person_id: str, weight: NewWeight, by: str) -> str:
    """Write a weight down; its id.

    Raises:
        MissingError: no such person.
    """
    [weight_id] = put_weights(record.key(session, person_id), session, person_id, [weight], by)
    note(session, by, "weight.added", person_id, kind=weight.kind)
    return weight_id


def far_off(known: Iterable[tuple[datetime, float]], at: datetime, kg: float) -> float | None:
    """What somebody weighs about then, where a new weight is far from it: 36.6 may have been 63.6.

    Args:
        known: her other weights, weighed and dry, in any order: when, and kilograms.
        at, kg: the new one.

    Returns:
        kilograms, the median of the five nearest in time; None where the new weight is within 15 % of it, or
        nothing is known.
    """
    nearest = sorted(known, key=lambda one: abs(one[0] - at))[:_NEAREST]
    if not nearest:
        return None
    usual = median(other for _, other in nearest)
    return usual if abs(kg - usual) > _FAR * usual else None


def put_weights(
    key: DataKey, session: Session, person_id: str, weights: Iterable[NewWeight], by: str = ""
) -> list[str]:
    """As `add_weight`, for many at once: the key is given, and the caller notes it."""
    rows = [_row_of(key, person_id, weight, by) for weight in weights]
    if rows:
        session.execute(insert(Weight), rows)
        _course_changes(session, person_id)
    return [str(row["id"]) for row in rows]


def _row_of(key: DataKey, person_id: str, weight: NewWeight, by: str) -> dict[str, Any]:
    weight_id = new_id()
    told = {
        "kind": weight.kind, "kg": weight.kg, "context": weight.context, "source": weight.source, "by": by,
        "written_at": now().isoformat(timespec="microseconds"),
    }  # fmt: skip
    sealed = key.seal_json(told, f"weight.sealed {weight_id}")
    return {"id": weight_id, "person_id": person_id, "at": weight.at, "sealed": sealed}


def weights_of(
    record: Record,
    session: Session,
    person_id: str,
    *,
    kind: Kind | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[KnownWeight]:
    """A person's weights, the oldest first (of the same time, as they were written down), those from `since`
    to `until` if given.

    Raises:
        MissingError: no such person.
    """
    key = record.key(session, person_id)
    asked = select(Weight).where(Weight.person_id == person_id).order_by(Weight.at, Weight.id)
    if since is not None:
        asked = asked.where(Weight.at >= since)
    if until is not None:
        asked = asked.where(Weight.at <= until)
    opened = sorted((_opened(key, row) for row in session.scalars(asked)), key=_order)
    return [one for one in opened if kind is None or one.kind == kind]


def get_weight(record: Record, session: Session, weight_id: str) -> KnownWeight:
    """One weight.

    Raises:
        MissingError: no such weight.
    """
    row = _row(session, weight_id)
    return _opened(record.key(session, row.person_id), row)


def delete_weight(session: Session, weight_id: str, by: str) -> None:
    """Delete a weight.

    Raises:
        MissingError: no such weight.
    """
    row = _row(session, weight_id)
    person_id = row.person_id
    session.delete(row)
    session.flush()
    _course_changes(session, person_id)
    note(session, by, "weight.deleted", person_id)


def dry_weight_on(record: Record, session: Session, person_id: str, day: date) -> float | None:
    """The dry weight in kg that counted on a day: the last that was set on or before it; None if none was.

    Raises:
        MissingError: no such person.
    """
    until = datetime.combine(day, datetime.max.time()).astimezone()  # the clinic's zone
    known = weights_of(record, session, person_id, kind="dry", until=until)
    return known[-1].kg if known else None


def weight_near(
    record: Record,
    session: Session,
    person_id: str,
    at: datetime,
    hours: float = 3.0,
    context: str = "other",
) -> KnownWeight | None:
    """The weighing nearest to a time, at most `hours` before or after it, or None.

    Args:
        record: open.
        session: reading.
        person_id: whose.
        at: with its zone.
        hours: most that may lie between.
        context: of what it is for: a weighing after dialysis is none for a film before it, nor the reverse.

    Raises:
        MissingError: no such person.
    """
    span = timedelta(hours=hours)
    known = weights_of(record, session, person_id, kind="weight", since=at - span, until=at + span)
    other = {"pre": "post", "post": "pre"}.get(context)
    return min(
        (one for one in reversed(known) if one.context != other),
        key=lambda one: abs(one.at - at),
        default=None,
    )


def _course_changes(session: Session, person_id: str) -> None:
    """What was worked out of a person's course rests on her weights: it is to be worked out anew."""
    session.execute(delete(Standing).where(Standing.person_id == person_id))


def _row(session: Session, weight_id: str) -> Weight:
    row = session.get(Weight, weight_id)
    if row is None:
        raise MissingError("there is no such weight", where="weight")
    return row


def _order(one: KnownWeight) -> tuple[datetime, str, str]:
    return one.at, one.written_at, one.id


def _opened(key: DataKey, row: Weight) -> KnownWeight:
    told = key.open_json(row.sealed, f"weight.sealed {row.id}")
    return KnownWeight(
        row.id,
        row.person_id,
        row.at,
        float(told["kg"]),
        told["kind"],
        told.get("context", "other"),
        told.get("source", "entered"),
        told.get("by", ""),
        told.get("written_at", ""),
    )
