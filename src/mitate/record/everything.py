"""All that the record holds of one person, in one document: for her own copy, for a clinic, for FHIR."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import mitate
from mitate.edema.results import INTENDED_USE
from mitate.record.captures import KnownCapture, captures_of
from mitate.record.consents import GivenOrNot, history
from mitate.record.opened import Record
from mitate.record.people import PersonFacts, get_person
from mitate.record.schema import Check, Feedback, PersonalModelRow, now
from mitate.record.weights import KnownWeight, weights_of

__all__ = ["Everything", "KnownCheck", "everything_of"]


@dataclass(frozen=True, slots=True)
class KnownCheck:
    """A back check as it is kept: what was told, and what came of it."""

    id: str
    at: datetime
    state: str
    told: dict[str, Any]
    result: dict[str, Any] | None
    result_at: datetime | None


@dataclass(frozen=True, slots=True)
class Everything:
    """One person's things.

    Attributes:
        person_id, facts: who.
        weights, consents, captures, checks: in order of time.
        models: what is told of each personal model, without the model itself.
        feedback: corrections of causes.
        made_at: when this was put together.
    """

    person_id: str
    facts: PersonFacts
    weights: tuple[KnownWeight, ...]
    consents: tuple[GivenOrNot, ...]
    captures: tuple[KnownCapture, ...]
    checks: tuple[KnownCheck, ...]
    models: tuple[dict[str, Any], ...]
    feedback: tuple[dict[str, Any], ...]
    made_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """For JSON; times as ISO 8601."""
        told: dict[str, Any] = _plain(
            {
                "kind": "mitate person",
                "mitate": mitate.__version__,
                "made_at": self.made_at,
                "intended_use": INTENDED_USE,
                "id": self.person_id,
                "person": asdict(self.facts),
                "weights": [asdict(one) for one in self.weights],
                "consents": [asdict(one) for one in self.consents],
                "captures": [asdict(one) for one in self.captures],
                "checks": [asdict(one) for one in self.checks],
                "models": list(self.models),
                "feedback": list(self.feedback),
            }
        )
        return told


def everything_of(record: Record, session: Session, person_id: str) -> Everything:
    """Everything kept of a person, opened.

    Raises:
        MissingError: no such person.
    """
    facts, key = get_person(record, session, person_id), record.key(session, person_id)
    checks = session.scalars(select(Check).where(Check.person_id == person_id).order_by(Check.at))
    models = session.scalars(
        select(PersonalModelRow)
        .where(PersonalModelRow.person_id == person_id)
        .order_by(PersonalModelRow.made_at)
    )
    corrections = session.scalars(
        select(Feedback).where(Feedback.person_id == person_id).order_by(Feedback.at)
    )
    return Everything(
        person_id=person_id,
        facts=facts,
        weights=tuple(sorted(weights_of(record, session, person_id), key=lambda one: one.at)),
        consents=tuple(sorted(history(session, person_id), key=lambda one: one.at)),
        captures=tuple(sorted(captures_of(record, session, person_id), key=lambda one: one.at)),
        checks=tuple(
            KnownCheck(
                row.id,
                row.at,
                row.state,
                key.open_json(row.sealed, f"check.sealed {row.id}"),
                None if row.result is None else key.open_json(row.result, f"check.result {row.id}"),
                row.result_at,
            )
            for row in checks
        ),
        models=tuple(
            {
                "id": row.id,
                "made_at": row.made_at,
                "active": row.active,
                **key.open_json(row.sealed, f"personal_model.sealed {row.id}"),
            }
            for row in models
        ),
        feedback=tuple(
            {
                "id": row.id,
                "check": row.check_id,
                "at": row.at,
                **key.open_json(row.sealed, f"feedback.sealed {row.id}"),
            }
            for row in corrections
        ),
        made_at=now(),
    )


def _plain(value: Any) -> Any:
    """Times and dates as ISO 8601, tuples as lists."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
