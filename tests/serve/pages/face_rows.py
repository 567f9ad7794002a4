"""Films of the face in a record: as uploads and jobs would have left them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mitate.record.schema import Capture, Job, new_id, now
from mitate.serve.service import Service


def estimate(kg: float, give: float = 0.5, **facts: Any) -> dict[str, Any]:
    """An estimate as the work seals it."""
    return {
        "excess_kg": kg, "sd_kg": give / 1.645, "interval_90": [kg - give, kg + give], "n_frames": 58,
        "edema_probability": 0.9, "threshold_kg": 1.0, "n_labelled": 14, "unfamiliarity": 1.0, "notes": [],
        "participant_id": "p", "model_id": "m", "trained_on": "simulated", "quality": 0.7, **facts,
    }  # fmt: skip


def add_film(
    service: Service,
    person_id: str,
    state: str,
    *,
    at: datetime | None = None,
    context: str = "pre",
    kg: float | None = None,
    weight_kg: float | None = None,
    reason: str | None = None,
    progress: float = 0.4,
) -> str:
    """A film in a state: ``done`` with an estimate of `kg`, ``refused`` for a reason, or on its way."""
    capture_id, when = new_id(), at or now() - timedelta(minutes=5)
    facts = {"context": context, "weight_kg": weight_kg, "content_type": "video/webm", "by": ""}
    refusal = None
    if reason is not None:
        refusal = {"kind": "RefusalError", "what": "too dark", "where": None, "todo": None, "reason": reason}
    result: dict[str, Any] = {
        "kind": "edema", "estimate": None if kg is None else estimate(kg), "change": None,
        "refusal": refusal, "warnings": [], "n_frames": 58, "quality": 0.7, "seconds": 30.0, "model": None,
    }  # fmt: skip
    over = state in ("done", "refused")
    with service.record.database.writing() as session:
        key = service.record.key(session, person_id)
        session.add(
            Capture(
                id=capture_id,
                person_id=person_id,
                instrument="edema",
                at=when,
                state=state,
                sealed=key.seal_json(facts, f"capture.sealed {capture_id}"),
                result=key.seal_json(result, f"capture.result {capture_id}") if over else None,
                result_at=when if over else None,
            )
        )
        session.flush()
        if state in ("waiting", "reading"):
            running = "running" if state == "reading" else "waiting"
            session.add(
                Job(kind="read_face", subject=capture_id, person_id=person_id, state=running, stage="reading",
                    progress=progress, started_at=now())
            )  # fmt: skip
    return capture_id
