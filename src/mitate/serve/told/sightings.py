"""A person's sessions as a course: what the alarm and the smoothed curve are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.record.captures import CaptureFacts
from mitate.record.models_kept import active_row
from mitate.record.opened import Record
from mitate.record.schema import Capture
from mitate.record.vault import DataKey
from mitate.record.weights import KnownWeight, weights_of

if TYPE_CHECKING:
    from mitate.edema.sightings import Course

__all__ = ["Sightings", "sightings_of"]

_NEAR_H = 3.0


@dataclass(frozen=True, slots=True)
class Sightings:
    """What is known of a person's sessions, the oldest first.

    Attributes:
        captures: of the sessions that have an estimate.
        results: of the same (``estimate`` and the rest).
        at, contexts: of the same.
        weighed_kg: excess by the scales, where both weight and dry weight are known.
        common_kg: sd of the error that all estimates share; None where no model tells.
        dry_weight: what kilograms are over: ``entered``, or ``estimated`` from weights after dialysis.
    """

    captures: tuple[str, ...]
    results: tuple[dict[str, Any], ...]
    at: tuple[datetime, ...]
    contexts: tuple[str, ...]
    weighed_kg: tuple[float | None, ...]
    common_kg: float | None
    dry_weight: str = "entered"

    @property
    def mark(self) -> tuple[Any, ...]:
        """Changes with anything that the course depends on."""
        numbers = tuple((one["estimate"]["excess_kg"], one["estimate"]["sd_kg"]) for one in self.results)
        return self.captures, numbers, self.at, self.contexts, self.weighed_kg, self.common_kg

    def course(self) -> Course:
        """For `mitate.edema.trend` and `mitate.edema.alarm`."""
        from mitate.edema.course_model import CONTEXTS
        from mitate.edema.sightings import Course, Sighting

        known = {str(context): context for context in CONTEXTS}
        return Course(
            tuple(
                Sighting(
                    at,
                    float(one["estimate"]["excess_kg"]),
                    float(one["estimate"]["sd_kg"]),
                    known.get(context, "other"),
                    weighed,
                )
                for at, one, context, weighed in zip(
                    self.at, self.results, self.contexts, self.weighed_kg, strict=True
                )
            ),
            self.common_kg,
        )


def sightings_of(record: Record, session: Session, person_id: str) -> Sightings:
    """The sessions of a person that have an estimate.

    Raises:
        MissingError: no such person.
    """
    key = record.key(session, person_id)
    weights = weights_of(record, session, person_id)
    rows = session.scalars(
        select(Capture)
        .where(Capture.person_id == person_id, Capture.instrument == "edema", Capture.state == "done")
        .order_by(Capture.at, Capture.id)
    )
    found: list[tuple[str, dict[str, Any], datetime, str, float | None]] = []
    for row in rows:
        told = {} if row.result is None else key.open_json(row.result, f"capture.result {row.id}")
        if told.get("estimate") is None:
            continue
        facts = CaptureFacts.of(key.open_json(row.sealed, f"capture.sealed {row.id}"))
        found.append((row.id, told, row.at, facts.context, _weighed(weights, row.at, facts)))
    return Sightings(
        captures=tuple(one[0] for one in found),
        results=tuple(one[1] for one in found),
        at=tuple(one[2] for one in found),
        contexts=tuple(one[3] for one in found),
        weighed_kg=tuple(one[4] for one in found),
        common_kg=_common(session, key, person_id),
        dry_weight=(found[-1][1].get("dry_weight") if found else None) or "entered",
    )


def _common(session: Session, key: DataKey, person_id: str) -> float | None:
    row = active_row(session, person_id)
    if row is None:
        return None
    return float(key.open_json(row.sealed, f"personal_model.sealed {row.id}")["common_kg"])


def _weighed(weights: list[KnownWeight], at: datetime, facts: CaptureFacts) -> float | None:
    """Excess by the scales: the weight of the session less the dry weight that counted on its day."""
    here = at.astimezone().date()
    dry = [one.kg for one in weights if one.kind == "dry" and one.at.astimezone().date() <= here]
    if not dry:
        return None
    weight = facts.weight_kg
    if weight is None:
        other = {"pre": "post", "post": "pre"}.get(facts.context)
        near = [
            one
            for one in reversed(weights)  # of the same time the last counts
            if one.kind == "weight"
            and one.context != other
            and abs((one.at - at).total_seconds()) <= 3600 * _NEAR_H
        ]
        weight = min(near, key=lambda one: abs(one.at - at)).kg if near else None
    return None if weight is None else weight - dry[-1]
