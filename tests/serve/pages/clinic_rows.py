"""Rows for the clinic's pages: sessions, models and a back check, shaped as the jobs write them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from mitate.record.opened import Record
from mitate.record.schema import Account, Audit, Capture, Check, PersonalModelRow, Weight, new_id, now
from mitate.serve.service import Service

USE = "Research use. Not a medical device; not for diagnosis or for setting a dry weight."


@lru_cache(maxsize=1)
def back_result() -> dict[str, Any]:
    """What ``conclude_check`` wrote for the simulated forward bend in ``examples/films``, cut short."""
    told: dict[str, Any] = json.loads((Path(__file__).parent / "back_check.json").read_text("utf-8"))
    return told


def estimate(kg: float, sd: float = 0.35, frames: int = 24) -> dict[str, Any]:
    """An estimate as `mitate.edema.results.Estimate.as_dict` tells it."""
    spread = [kg + 0.5 * ((7 * i) % 11 - 5) / 5 for i in range(frames)]
    return {
        "excess_kg": kg, "sd_kg": sd, "interval_90": [kg - 1.645 * sd, kg + 1.645 * sd],
        "edema_probability": min(0.98, max(0.02, 0.5 + 0.3 * (kg - 1.0))), "threshold_kg": 1.0,
        "frame_excess_kg": spread, "frame_probability": [0.5] * frames,
        "frame_interval_90": [[one - 0.8, one + 0.8] for one in spread],
        "n_frames": frames, "n_labelled": 3, "unfamiliarity": 1.1, "participant_id": "", "quality": 0.82,
        "model_id": "ab12cd34", "trained_on": "simulated", "notes": ["learned from simulated swelling only"],
        "intended_use": USE,
    }  # fmt: skip


def add_session(
    record: Record,
    person_id: str,
    *,
    days_ago: float,
    kg: float | None = None,
    context: str = "post",
    state: str = "done",
    refusal: dict[str, Any] | None = None,
    weight_kg: float | None = None,
    model: str | None = None,
) -> str:
    """A film of the face with what came of it."""
    capture_id, at = new_id(), now() - timedelta(days=days_ago)
    result: dict[str, Any] = {
        "kind": "edema", "estimate": None if kg is None else estimate(kg), "change": None, "refusal": refusal,
        "warnings": [], "n_frames": 24 if refusal is None else 0, "quality": 0.82, "seconds": 3.1,
        "model": model,
    }  # fmt: skip
    with record.database.writing() as session:
        key = record.key(session, person_id)
        told = {"context": context, "weight_kg": weight_kg, "content_type": "video/mp4", "by": "0" * 32}
        session.add(
            Capture(
                id=capture_id,
                person_id=person_id,
                instrument="edema",
                at=at,
                state=state,
                sealed=key.seal_json(told, f"capture.sealed {capture_id}"),
                result=key.seal_json(result, f"capture.result {capture_id}"),
                result_at=at,
            )
        )
    return capture_id


def add_weight(
    record: Record,
    person_id: str,
    kg: float,
    *,
    days_ago: float,
    kind: str = "weight",
    context: str = "other",
) -> str:
    """A weighing or a dry weight."""
    weight_id = new_id()
    with record.database.writing() as session:
        told = {"kind": kind, "kg": kg, "context": context, "source": "entered"}
        sealed = record.key(session, person_id).seal_json(told, f"weight.sealed {weight_id}")
        at = now() - timedelta(days=days_ago)
        session.add(Weight(id=weight_id, person_id=person_id, at=at, sealed=sealed))
    return weight_id


def add_model(record: Record, person_id: str, sessions: list[str], **told: Any) -> str:
    """A personal model with what is told of it; its bytes mean nothing."""
    row_id = new_id()
    facts = {
        "model_id": "ab12cd34", "n_labelled": len(sessions), "trained_on": "simulated", "sessions": sessions,
        "left_out": [], "dry_weight": "entered", "common_kg": 0.25, "reference": sessions[0],
        "quality": {
            "n": 7, "mae_kg": 0.46, "mae_low_kg": 0.31, "mae_high_kg": 0.62, "bias_kg": 0.05,
            "coverage_90": 0.857, "guess_mae_kg": 0.81,
        }, **told,
    }  # fmt: skip
    with record.database.writing() as session:
        key = record.key(session, person_id)
        session.add(
            PersonalModelRow(
                id=row_id,
                person_id=person_id,
                model=key.seal(b"model", f"personal_model.model {row_id}"),
                sealed=key.seal_json(facts, f"personal_model.sealed {row_id}"),
            )
        )
    return row_id


def add_check(record: Record, person_id: str, result: dict[str, Any] | None, *, films: int = 1) -> str:
    """A back check; open without a result."""
    check_id = new_id()
    said = [
        {"kind": "question", "key": key, "question": name, "several": False, "text": text, "value": value}
        for key, name, text, value in (
            ("worse_sitting", "q_worse_sitting", "Is it worse when you sit for a long time?", True),
            ("worse_standing", "q_worse_standing", "Is it worse when you stand for a long time?", False),
            (
                "pain_side(_)",
                "q_pain_side",
                "Does it hurt on the left of your low back, on the right, or on both sides?",
                "left",
            ),
            (
                "worse_driving",
                "q_worse_driving",
                "Is it worse when you drive, or ride in a car, for a while?",
                None,
            ),
        )
    ]
    told = {
        "region": "low_back", "language": "en", "start": {"region": "low_back", "person": {}}, "said": said,
        "stopped": False, "ended": "enough", "skipped": {}, "diary": [], "revision": 1,
    }  # fmt: skip
    with record.database.writing() as session:
        key = record.key(session, person_id)
        session.add(
            Check(
                id=check_id,
                person_id=person_id,
                at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
                state="open" if result is None else "done",
                sealed=key.seal_json(told, f"check.sealed {check_id}"),
                result=None if result is None else key.seal_json(result, f"check.result {check_id}"),
            )
        )
        session.flush()
        for _ in range(films):
            film = new_id()
            said_of_it = {"movement": "forward_bend", "content_type": "video/mp4", "by": "0" * 32}
            session.add(
                Capture(
                    id=film,
                    person_id=person_id,
                    check_id=check_id,
                    instrument="back",
                    state="done",
                    sealed=key.seal_json(said_of_it, f"capture.sealed {film}"),
                )
            )
    return check_id


def rename(record: Record, account_id: str, name: str) -> None:
    """Give an account another name."""
    with record.database.writing() as session:
        row = session.get(Account, account_id)
        if row is not None:
            told = {"login": account_id, "name": name}
            row.sealed = record.vault.clinic.seal_json(told, f"account.sealed {account_id}")


def noted(service: Service) -> list[Audit]:
    """The audit trail, the oldest row first."""
    with service.record.database.reading() as session:
        return list(session.scalars(select(Audit).order_by(Audit.seq)))
