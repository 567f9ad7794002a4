"""Pages: one session for a clinician: its estimate, the spread of single frames, or why it was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from mitate.record.captures import count_captures, delete_capture, film_row, get_capture
from mitate.record.models_kept import forget_models_of, make_anew
from mitate.record.people import get_person
from mitate.record.uploads import abandon
from mitate.serve.jobs.times import progress_of
from mitate.serve.pages.clinic_shown import clinic_page, kg, noted, see_other
from mitate.serve.service import ServiceHere
from mitate.serve.told.captured import told_of
from mitate.serve.who import Clinician, check_person

__all__ = ["Spread", "router", "spread_of"]

router = APIRouter(include_in_schema=False)

CaptureId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 640.0, 44.0, 12.0, 12.0, 150.0
_STEPS_KG = (0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Spread:
    """Estimates from single frames as places in a drawing of 640 by 176.

    Attributes:
        frames: (x, y, top, bottom) of each frame and its 90 % interval.
        top, bottom, whole: y of the whole film's interval and estimate.
        ticks: (y, kilograms) of the scale.
    """

    frames: tuple[tuple[float, float, float, float], ...]
    top: float
    bottom: float
    whole: float
    ticks: tuple[tuple[float, str], ...]


def spread_of(estimate: dict[str, Any]) -> Spread | None:
    """How the estimates of single frames spread about that of the film; None without frames."""
    values, spans = estimate.get("frame_excess_kg") or [], estimate.get("frame_interval_90") or []
    if not values:
        return None
    low, high = estimate["interval_90"]
    spans = spans if len(spans) == len(values) else [[one, one] for one in values]
    least = min(low, 0.0, *(span[0] for span in spans)) - 0.1
    most = max(high, *(span[1] for span in spans)) + 0.1

    def y(value: float) -> float:
        return float(round(_BOTTOM - (value - least) / (most - least) * (_BOTTOM - _TOP), 1))

    step = next((one for one in _STEPS_KG if (most - least) / one <= 6), _STEPS_KG[-1])
    first = int(least // step) + 1
    ticks = tuple((y(n * step), kg(n * step)) for n in range(first, int(most // step) + 1))
    gap = (_WIDTH - _LEFT - _RIGHT) / len(values)
    frames = tuple(
        (round(_LEFT + (place + 0.5) * gap, 1), y(value), y(span[1]), y(span[0]))
        for place, (value, span) in enumerate(zip(values, spans, strict=True))
    )
    return Spread(frames, y(high), y(low), y(estimate["excess_kg"]), ticks)


@router.get("/clinic/captures/{capture_id}", response_class=HTMLResponse)
def show_capture(
    request: Request, capture_id: CaptureId, service: ServiceHere, who: Clinician
) -> HTMLResponse:
    """One session or film."""
    record = service.record
    with record.database.reading() as session:
        row = film_row(session, capture_id)
        check_person(who, row.person_id)
        known = get_capture(record, session, capture_id)
        facts = get_person(record, session, known.person_id)
        told = told_of(record, session, known, who.language)
        far = progress_of(session, capture_id)
    noted(service, who, "capture.read", known.person_id, capture=capture_id)
    estimate = (known.result or {}).get("estimate")
    return clinic_page(
        request,
        "capture.html",
        who,
        one=known,
        facts=facts,
        told=told,
        far=far,
        result=known.result or {},
        estimate=estimate,
        spread=None if estimate is None else spread_of(estimate),
        movement=_movement(known.facts.movement, who.language),
    )


def _movement(name: str | None, language: str) -> str:
    from mitate.back.check_words import Say

    return Say(language).movement(name) if name else ""


@router.post("/clinic/captures/{capture_id}/delete")
def remove_capture(capture_id: CaptureId, service: ServiceHere, who: Clinician) -> RedirectResponse:
    """Delete a session; a model that learned from it is made anew without it."""
    record = service.record
    with record.database.reading() as session:
        row = film_row(session, capture_id)
        person_id, state = row.person_id, row.state
    check_person(who, person_id, "write")
    if state == "uploading":
        abandon(record, capture_id)
        noted(service, who, "capture.abandoned", person_id, capture=capture_id)
        return see_other(f"/clinic/people/{person_id}")
    with record.database.writing() as session:
        delete_capture(record, session, capture_id, who.account_id)
        learned = forget_models_of(record, session, person_id, capture_id)
        if learned and count_captures(session, person_id, "edema"):
            make_anew(service.queue.add, session, person_id)
    service.queue.wake()
    return see_other(f"/clinic/people/{person_id}")
