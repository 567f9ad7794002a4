"""Pages: the week's exercises, the diary, one exercise with its film, the coach."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from mitate.errors import InputError
from mitate.record.check_films import conclude
from mitate.record.checks import OpenCheck, add_session, checks_of, put_limits
from mitate.record.errors import MissingError
from mitate.serve.pages.back_asking import check_of, noted, seen
from mitate.serve.pages.back_results import result_told, whom_to_call
from mitate.serve.pages.diary_rows import diary_rows
from mitate.serve.render import page
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import SignedIn, Who
from mitate.serve.words import Say

__all__ = ["router", "today"]

router = APIRouter(include_in_schema=False)

CheckId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Name = Annotated[str, Path(pattern="^[a-z0-9_]{2,60}$")]
Pain = Annotated[Literal["", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"], Form()]
_ENDINGS = {".mp4": "video/mp4", ".jpg": "image/jpeg", ".en.vtt": "text/vtt", ".ja.vtt": "text/vtt"}
_DAY_S = 24 * 3600
_MOST_SESSIONS = 14


def today(check: OpenCheck, language: str, day: date) -> dict[str, Any] | None:
    """The exercises of a day: each with whether it is done; None where the check has no programme.

    Returns:
        ``exercises`` (empty on a day of rest), ``all_done``, ``next_day`` (in words, after a day of rest).
    """
    plan = result_told(check, language).get("programme")
    if not plan or not plan["exercises"]:
        return None
    done = {one["exercise"] for one in check.diary if one["date"] == day.isoformat()}
    items = [
        {**one, "done": one["name"] in done} for one in plan["exercises"] if day.weekday() in one["days"]
    ]
    names = Say(language)("back.days_long").split()
    ahead = (day + timedelta(days=number) for number in range(1, 8))
    following = next((names[one.weekday()] for one in ahead if one.weekday() in plan["days"]), "")
    all_done = bool(items) and all(one["done"] for one in items)
    return {"exercises": items, "all_done": all_done, "next_day": following}


@router.get("/back/programme/{check_id}")
def programme(
    check_id: CheckId,
    request: Request,
    service: ServiceHere,
    who: SignedIn,
    saved: Literal["", "yes"] = "",
) -> Response:
    """The week, today's exercises, stop rules, the diary and how it goes on."""
    check = check_of(service, who, check_id)
    told = result_told(check, who.language)
    if not told.get("programme") or check.state != "done":
        return RedirectResponse(f"/back/result/{check_id}", 303)
    seen(service, who, check)
    plan, day = told["programme"], date.today()
    names = Say(who.language)("back.day_names").split()
    week = [
        {"name": names[number], "on": number in plan["days"], "today": number == day.weekday()}
        for number in range(7)
    ]
    return page(
        request,
        "back/programme.html",
        who=who,
        check=check,
        plan=plan,
        today=today(check, who.language, day),
        week=week,
        paper=_on_paper(plan, who.language),
        call=whom_to_call(service, check.person_id),
        ask_first=_ask_first(check, who.language),
        unasked=told.get("unasked") or [],
        steps=_steps(check, who.language, day),
        diary=diary_rows(check, who.language, _MOST_SESSIONS),
        saved=saved == "yes",
    )


def _on_paper(plan: dict[str, Any], language: str) -> list[dict[str, Any]]:
    """Every exercise of the week with its steps, and whether there is a picture of it."""
    from mitate.back.exercises import exercise

    return [
        {**one, "steps": exercise(one["name"]).steps.text(language), "film": _has_film(one["name"])}
        for one in plan["exercises"]
    ]


def _ask_first(check: OpenCheck, language: str) -> list[dict[str, str]]:
    """What is to be answered before the harder exercises, worded by the knowledge base of today."""
    from mitate.back.wishes import limits

    asked = ((check.result or {}).get("programme") or {}).get("ask_first") or []
    known = limits()
    return [
        {"limit": one["limit"], "ask": known[one["limit"]].ask.text(language)}
        for one in asked
        if one["limit"] in known
    ]


def _steps(check: OpenCheck, language: str, day: date) -> list[dict[str, str]]:
    """What comes next of each exercise that the diary tells of."""
    from mitate.back.diary import read_diary, read_ongoing
    from mitate.back.progress import next_steps

    plan = (check.result or {}).get("programme")
    done = {one["exercise"] for one in check.diary}
    if not plan or not done:
        return []
    sessions = read_diary({"sessions": [dict(one) for one in check.diary]})
    found = next_steps(read_ongoing(plan), sessions, on=day)
    return [
        {
            "title": _title(step.was.name, language),
            "verdict": step.verdict,
            "why": step.reason.say.text(language),
            "text": "" if step.text is None else step.text.text(language),
        }
        for step in found
        if step.was.name in done
    ]


def _title(name: str, language: str) -> str:
    from mitate.back.exercises import exercise

    return exercise(name).title.text(language)


@router.post("/back/programme/{check_id}")
def mark_done(
    check_id: CheckId,
    service: ServiceHere,
    who: SignedIn,
    exercise: Annotated[str, Form(pattern="^[a-z0-9_]{2,60}$")],
    pain_before: Pain = "",
    pain_after: Pain = "",
    effort: Pain = "",
    done: Annotated[int | None, Form(ge=0, le=10_000)] = None,
) -> Response:
    """An exercise that was done today, into the diary."""
    check = check_of(service, who, check_id, "write")
    entry = {
        "date": date.today().isoformat(),
        "exercise": exercise,
        "done": done,
        "pain_before": float(pain_before) if pain_before else None,
        "pain_after": float(pain_after) if pain_after else None,
        "effort": float(effort) if effort else None,
    }
    with service.record.database.writing() as session:
        add_session(service.record, session, check_id, entry)
        noted(session, who, "check.diary", check)
    return RedirectResponse(f"/back/programme/{check_id}?saved=yes", 303)


@router.post("/back/limits/{check_id}")
async def limits(check_id: CheckId, request: Request, service: ServiceHere, who: SignedIn) -> Response:
    """What must be known before harder exercises are offered; the plan is then made anew."""
    from starlette.concurrency import run_in_threadpool

    form = await request.form(max_files=0, max_fields=60)
    given = {name: str(value) for name, value in form.items() if isinstance(value, str)}
    return await run_in_threadpool(_put_limits, service, who, check_id, given)


def _put_limits(service: Service, who: Who, check_id: str, given: dict[str, str]) -> Response:
    check = check_of(service, who, check_id, "write")
    told = {
        name.removeprefix("limit_"): value == "yes" for name, value in given.items() if value in ("yes", "no")
    }
    if not told:
        return RedirectResponse(f"/back/programme/{check_id}", 303)
    with service.record.database.writing() as session:
        put_limits(service.record, session, check_id, told)
        conclude(service.record, session, check_id, service.queue.add)
        noted(session, who, "check.limits", check)
    service.queue.wake()
    return RedirectResponse(f"/back/wait/{check_id}", 303)


def _exercise(name: str) -> Any:
    from mitate.back.exercises import exercise

    try:
        return exercise(name)
    except InputError as error:
        raise MissingError("there is no such exercise", where="exercise") from error


def _planned(service: Service, who: Who, name: str) -> tuple[OpenCheck | None, dict[str, Any]]:
    """The person's last programme that has this exercise, and what it says of it."""
    if who.person_id is None:
        return None, {}
    with service.record.database.reading() as session:
        checks = checks_of(service.record, session, who.person_id, most=5)
    for check in checks:
        plan = result_told(check, who.language).get("programme") or {}
        for one in plan.get("exercises", ()):
            if one["name"] == name:
                return check, one
    return None, {}


def _has_film(name: str) -> bool:
    from mitate.back.exercises import film_file

    try:
        film_file(name)
    except InputError:
        return False
    return True


@router.get("/back/exercise/{name}")
def exercise(name: Name, request: Request, service: ServiceHere, who: SignedIn) -> Response:
    """One exercise: film, steps, dose, what to mind, harder and easier."""
    from mitate.back.plan_words import dose_in_words

    one = _exercise(name)
    check, planned = _planned(service, who, name)
    return page(
        request,
        "back/exercise.html",
        who=who,
        one=one,
        check=check,
        planned=planned,
        dose=planned.get("dose") or dose_in_words(one.dose, who.language),
        film=_has_film(name),
    )


@router.get("/back/film/{file}")
def film(
    file: Annotated[str, Path(pattern=r"^[a-z0-9_]{2,60}\.(mp4|jpg|en\.vtt|ja\.vtt)$")], who: SignedIn
) -> Response:
    """A film of an exercise, its still or its captions; in parts where the browser asks for parts."""
    from mitate.back.exercises import film_file

    name, dot, ending = file.partition(".")
    try:
        found = film_file(name, dot + ending)
    except InputError as error:
        raise MissingError("there is no such film", where="film") from error
    kind = _ENDINGS[dot + ending]
    headers = {"Cache-Control": f"private, max-age={_DAY_S}"}
    return FileResponse(str(found), media_type=kind, headers=headers)


@router.get("/back/coach/{name}")
def coach(name: Name, request: Request, service: ServiceHere, who: SignedIn) -> Response:
    """The coach for one exercise."""
    from mitate.back.coach import target_count, target_seconds
    from mitate.back.plan_words import dose_in_words

    one = _exercise(name)
    check, planned = _planned(service, who, name)
    return page(
        request,
        "back/coach.html",
        who=who,
        one=one,
        check=check,
        dose=planned.get("dose") or dose_in_words(one.dose, who.language),
        target=target_count(one) and (planned.get("target") or target_count(one)),
        target_s=target_seconds(one),
        live=service.settings.live,
        film=_has_film(name),
        day=date.today().isoformat(),
    )
