"""Pages of the back check up to its result: start, interview, which movements, one movement, waiting."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from mitate.errors import InputError
from mitate.record import consents
from mitate.record.check_films import Wanted, skip, wanted
from mitate.record.checks import OpenCheck, begin, checks_of
from mitate.record.errors import ConflictError, MissingError
from mitate.serve.pages import back_plan, back_results
from mitate.serve.pages.back_asking import (
    Asked,
    answered,
    asked,
    check_of,
    hand_in,
    noted,
    read_value,
    resumed,
    seen,
    stopped,
    taken_back,
)
from mitate.serve.pages.back_figures import FRONT, VIEW_OF
from mitate.serve.pages.back_results import result_told, whom_to_call
from mitate.serve.render import page
from mitate.serve.service import Service, ServiceHere
from mitate.serve.told.refused import refusal_told
from mitate.serve.who import SignedIn, Who
from mitate.serve.words import Say as Words

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
router.include_router(back_results.router)
router.include_router(back_plan.router)

CheckId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Movement = Annotated[str, Path(pattern="^[a-z_]{3,30}$")]
_MOST_EARLIER = 8


def next_page(check: OpenCheck) -> str:
    """Where a person goes on with a check."""
    if check.state == "done":
        return f"/back/result/{check.id}"
    if check.state in ("concluding", "failed"):
        return f"/back/wait/{check.id}"
    if check.told["ended"] == "red_flag" or not check.told["ended"]:
        return f"/back/interview/{check.id}"
    return f"/back/movements/{check.id}"


def day_of(at: datetime, language: str) -> str:
    """A day in words, in the clinic's own time."""
    from mitate.back.check_words import Say

    return Say(language).day(at.astimezone().date())


@router.get("/back")
def home(request: Request, service: ServiceHere, who: SignedIn) -> Response:
    """Start, go on, today's exercises, earlier checks."""
    if who.person_id is None:
        return page(request, "back/nobody.html", who=who)
    with service.record.database.reading() as session:
        agreed = consents.given(session, who.person_id, "analyse")
        checks = checks_of(service.record, session, who.person_id, most=_MOST_EARLIER)
    unfinished = next((one for one in checks if one.state != "done" and one.told["said"]), None)
    done = next((one for one in checks if one.state == "done"), None)
    if unfinished is not None and done is not None and unfinished.at < done.at:
        unfinished = None  # a later check took its place
    rows = [_row(one, who.language) for one in checks if one.told["said"] or one.state != "open"]
    return page(
        request,
        "back/home.html",
        who=who,
        agreed=agreed,
        unfinished=unfinished,
        unfinished_day="" if unfinished is None else day_of(unfinished.at, who.language),
        on_to="" if unfinished is None else next_page(unfinished),
        today=None if done is None else back_plan.today(done, who.language, date.today()),
        done=done,
        rows=rows,
    )


def _row(check: OpenCheck, language: str) -> dict[str, Any]:
    told = result_told(check, language)
    if told.get("stop"):
        words = ""
        state = "red_flag"
    else:
        verdict = told.get("verdict") or {}
        words = verdict.get("words", "")
        state = check.state
    return {
        "day": day_of(check.at, language),
        "words": words,
        "state": state,
        "href": next_page(check),
        "since": bool(told.get("since")),
    }


@router.post("/back/start")
def start(
    service: ServiceHere,
    who: SignedIn,
    region: Annotated[Literal["low_back", "neck"], Form()] = "low_back",
    agree: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Begin a check, with the consent that the page asked for."""
    if who.person_id is None:
        raise MissingError("there is no such person", where="person")
    who.need("write:people")
    with service.record.database.writing() as session:
        if agree == "yes":
            consents.give(session, who.person_id, "analyse", who.account_id)
        check = begin(service.record, session, who.person_id, region=region, language=who.language)
    return RedirectResponse(f"/back/interview/{check.id}", 303)


@router.get("/back/interview/{check_id}")
def interview(check_id: CheckId, request: Request, service: ServiceHere, who: SignedIn) -> Response:
    """The question that is open; where a red flag ended it, what to do now; else how it goes on."""
    check = check_of(service, who, check_id)
    seen(service, who, check)
    return _question(request, service, who, check, asked(check.interview(who.language)))


def _question(
    request: Request, service: Service, who: Who, check: OpenCheck, now: Asked, error: str = ""
) -> Response:
    status = 422 if error else 200
    if now.ended == "red_flag":
        call = whom_to_call(service, check.person_id)
        return page(request, "back/stop.html", who=who, check=check, stops=now.stops, call=call)
    if now.item is None:
        return page(request, "back/enough.html", who=who, check=check, ended=now.ended)
    from mitate.back.triage import red_flags

    flags = now.item.kind == "red_flag"
    count = sum(row["kind"] == "red_flag" for row in check.told["said"])
    return page(
        request,
        "back/interview.html",
        who=who,
        status=status,
        check=check,
        item=now.item,
        safety=flags,
        number=(count if flags else len(check.told["said"]) - count) + 1,
        most=len(red_flags(check.region)),
        error=error,
    )


@router.post("/back/interview/{check_id}")
def answer(
    check_id: CheckId,
    request: Request,
    service: ServiceHere,
    who: SignedIn,
    key: Annotated[str, Form(max_length=120)],
    answer: Annotated[list[Annotated[str, Form(max_length=60)]], Form(max_length=30)] = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """Answer a question, and on to the next; what cannot be is asked again with the reason."""
    check = check_of(service, who, check_id, "write")
    now = asked(check.interview(who.language))
    if now.item is None or now.item.key != key:  # sent twice, or from an old page
        return RedirectResponse(f"/back/interview/{check_id}", 303)
    try:
        value = read_value(now.item, answer)
    except InputError:
        return _question(request, service, who, check, now, "chosen_wrong")
    try:
        answered(service, who, check, key, value)
    except ConflictError:  # answered meanwhile in another window: the page shows what is open now
        return RedirectResponse(f"/back/interview/{check_id}", 303)
    except InputError:
        return _question(request, service, who, check, now, "does_not_fit")
    return RedirectResponse(f"/back/interview/{check_id}", 303)


@router.post("/back/interview/{check_id}/back")
def back_one(check_id: CheckId, service: ServiceHere, who: SignedIn) -> Response:
    """The last answer taken back."""
    check = check_of(service, who, check_id, "write")
    if check.told["said"]:
        taken_back(service, who, check)
    return RedirectResponse(f"/back/interview/{check_id}", 303)


@router.post("/back/interview/{check_id}/stop")
def stop(check_id: CheckId, service: ServiceHere, who: SignedIn) -> Response:
    """No more questions."""
    check = check_of(service, who, check_id, "write")
    if check.told["ended"] in ("", "stopped"):
        stopped(service, who, check)
    return RedirectResponse(f"/back/movements/{check_id}", 303)


@router.post("/back/interview/{check_id}/more")
def more(check_id: CheckId, service: ServiceHere, who: SignedIn) -> Response:
    """More questions after all."""
    resumed(service, who, check_of(service, who, check_id, "write"))
    return RedirectResponse(f"/back/interview/{check_id}", 303)


@router.get("/back/movements/{check_id}")
def movements(check_id: CheckId, request: Request, service: ServiceHere, who: SignedIn) -> Response:
    """Which movements to film."""
    check = check_of(service, who, check_id)
    seen(service, who, check)
    with service.record.database.reading() as session:
        every = wanted(service.record, session, check)
    shown = [_shown(one, who.language) for one in every]
    following = next((one for one in shown if one["basic"] and one["open"]), None)
    return page(
        request,
        "back/movements.html",
        who=who,
        check=check,
        following=following,
        basics=[one for one in shown if one["basic"]],
        others=[one for one in shown if not one["basic"]],
        nothing=not check.told["said"] and not any(one["state"] == "done" for one in shown),
    )


def _shown(one: Wanted, language: str) -> dict[str, Any]:
    from mitate.back.check_words import Say

    say = Say(language)
    film = one.film
    if film is not None and not (one.skipped and film.state in ("refused", "failed")):
        state = film.state
    else:
        state = "skipped" if one.skipped else "wanted"
    refusal = None if film is None else film.refusal
    refused = None if refusal is None else refusal_told(refusal, "back", Words(language))
    return {
        "name": one.movement,
        "title": say.movement(one.movement),
        "basic": one.basic,
        "open": one.open,
        "state": state,
        "what": refused.headline if refused else "",
        "todo": refused.advice[0] if refused else "",
        "view": VIEW_OF[one.movement],
        "front": one.movement in FRONT,
        "capture": "" if film is None else film.capture_id,
    }


@router.post("/back/movements/{check_id}")
def leave_out(
    check_id: CheckId,
    service: ServiceHere,
    who: SignedIn,
    movement: Annotated[str, Form(pattern="^[a-z_]{3,30}$")],
    why: Annotated[Literal["cannot", "not_now", "after_all"], Form()],
) -> Response:
    """A movement that is not filmed, or is after all."""
    check = check_of(service, who, check_id, "write")
    with service.record.database.writing() as session:
        skip(service.record, session, check_id, movement, None if why == "after_all" else why)
        noted(session, who, "check.skipped", check)
    return RedirectResponse(f"/back/movements/{check_id}", 303)


@router.get("/back/move/{check_id}/{movement}")
def move(
    check_id: CheckId, movement: Movement, request: Request, service: ServiceHere, who: SignedIn
) -> Response:
    """One movement before the camera."""
    check = check_of(service, who, check_id)
    seen(service, who, check)
    with service.record.database.reading() as session:
        every = {one.movement: one for one in wanted(service.record, session, check)}
    if movement not in every:
        raise MissingError("there is no such movement in this check", where="movement")
    return page(
        request,
        "back/move.html",
        who=who,
        check=check,
        one=_shown(every[movement], who.language),
        most_s=int(service.settings.most_film_s),
        live=service.settings.live,
    )


@router.get("/back/wait/{check_id}")
def wait(check_id: CheckId, request: Request, service: ServiceHere, who: SignedIn) -> Response:
    """How far films and reasoning are; on to the result where it is there."""
    check = check_of(service, who, check_id)
    if check.state == "done":
        return RedirectResponse(f"/back/result/{check_id}", 303)
    seen(service, who, check)
    with service.record.database.reading() as session:
        every = wanted(service.record, session, check)
    shown = [_shown(one, who.language) for one in every if one.film is not None]
    busy = any(one["state"] in ("waiting", "reading", "uploading") for one in shown)
    return page(request, "back/wait.html", who=who, check=check, films=shown, busy=busy)


@router.post("/back/conclude/{check_id}")
def conclude(check_id: CheckId, service: ServiceHere, who: SignedIn) -> Response:
    """Hand the check in; while films are still to be read, wait for them first."""
    check = check_of(service, who, check_id, "write")
    try:
        hand_in(service, who, check)
    except ConflictError as error:
        if error.where != "check":
            raise
        with service.record.database.reading() as session:
            filmed = [one for one in wanted(service.record, session, check) if one.film is not None]
        if not filmed:
            return RedirectResponse(f"/back/movements/{check_id}", 303)
    return RedirectResponse(f"/back/wait/{check_id}", 303)
