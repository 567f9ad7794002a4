"""How the clinic's pages write numbers, times and ages; and what several of them share."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from mitate.record.audit import note
from mitate.serve.render import page
from mitate.serve.service import Service
from mitate.serve.who import Who

__all__ = ["clinic_page", "day_text", "kg", "lately_text", "noted", "see_other", "span", "time_text"]

_MINUS = "\u2212"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def kg(value: float | None, *, sign: bool = False) -> str:
    """Kilograms with one digit and a true minus; a dash where there are none."""
    if value is None:
        return "–"
    text = f"{value:{'+' if sign else ''}.1f}".replace("-", _MINUS)
    return "0.0" if text.strip(f"+{_MINUS}") == "0.0" else text


def span(low: float | None, high: float | None, language: str) -> str:
    """An interval of kilograms, as it can be read aloud; dots between numbers are not read at all."""
    if low is None or high is None:
        return "–"
    return f"{kg(low)}〜{kg(high)}" if language == "ja" else f"{kg(low)} to {kg(high)}"


def day_text(at: datetime | date | None, language: str) -> str:
    """A day in the clinic's own zone."""
    if at is None:
        return "–"
    day = at.astimezone() if isinstance(at, datetime) else at
    if language == "ja":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def time_text(at: datetime | None, language: str) -> str:
    """A day and time of day in the clinic's own zone."""
    if at is None:
        return "–"
    here = at.astimezone()
    return f"{day_text(here, language)} {here:%H:%M}"


def lately_text(at: datetime, language: str) -> str:
    """The same without the year where it is this one: lists are narrow."""
    here = at.astimezone()
    if here.year != datetime.now().astimezone().year:
        return time_text(at, language)
    day = f"{here.month}月{here.day}日" if language == "ja" else f"{here.day} {_MONTHS[here.month - 1]}"
    return f"{day} {here:%H:%M}"


def clinic_page(request: Request, template: str, who: Who, **context: Any) -> HTMLResponse:
    """A page for clinicians, with the ways of writing numbers."""
    language = who.language
    return page(
        request,
        f"clinic/{template}",
        who=who,
        kg=kg,
        span=partial(span, language=language),
        day=lambda at: day_text(at, language),
        time=lambda at: time_text(at, language),
        lately=lambda at: lately_text(at, language),
        iso_time=lambda at: time_text(datetime.fromisoformat(at), language),
        **context,
    )


def noted(service: Service, who: Who, action: str, person_id: str, **detail: Any) -> None:
    """Note in the audit what a clinician opened."""
    with service.record.database.writing() as session:
        note(session, who.account_id, action, person_id, **detail)


def see_other(path: str) -> RedirectResponse:
    """On to a page after a form."""
    return RedirectResponse(path, 303)
