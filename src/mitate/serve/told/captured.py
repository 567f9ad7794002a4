"""What came of a film, in plain words."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mitate.record.captures import KnownCapture, get_capture
from mitate.record.opened import Record
from mitate.record.schema import Capture
from mitate.record.weights import weights_of
from mitate.serve.told.back import movement_told
from mitate.serve.told.call import call_of
from mitate.serve.told.course import alarm_after
from mitate.serve.told.edema import edema_told
from mitate.serve.told.refused import refusal_told
from mitate.serve.told.types import Told
from mitate.serve.words import Say

__all__ = ["told_of"]


def told_of(
    record: Record, session: Session, capture: Capture | KnownCapture | str, language: str
) -> Told | None:
    """What to say of a film; None until it was read.

    Args:
        record, session: to read from.
        capture: a film, its row, or its id.
        language: ``en`` or ``ja``.

    Raises:
        MissingError: no such film.
    """
    if not isinstance(capture, KnownCapture):
        capture = get_capture(record, session, capture if isinstance(capture, str) else capture.id)
    say, result = Say(language), capture.result or {}
    if capture.state == "failed":
        call = call_of(record, session, capture.person_id, language)
        advice = (say("told.failed_do"), say("told.unwell"))
        return Told(say("told.failed"), (say("told.nothing_judged"),), advice, call, "unsure")
    if capture.state not in ("done", "refused") or not result:
        return None
    if result.get("refusal") is not None:
        return refusal_told(result["refusal"], capture.instrument, say)
    if capture.instrument == "back":
        return movement_told(result, say)
    on, call, entered = False, "", True
    if result.get("estimate") is not None:
        on = alarm_after(record, session, capture.person_id, capture.id)
        call = call_of(record, session, capture.person_id, language) if on else ""
    else:
        entered = bool(weights_of(record, session, capture.person_id, kind="dry"))
    weighed = capture.facts.weight_kg is not None
    return edema_told(
        result, capture.facts.context, on, call, say, dry_entered=entered, weighed=weighed, at=capture.at
    )
