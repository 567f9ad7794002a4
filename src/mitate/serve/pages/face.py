"""Pages: "Check my face", from what will happen to the course over days."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from mitate.record import consents
from mitate.record.captures import KnownCapture, get_capture
from mitate.record.errors import MissingError
from mitate.serve.api.noting import note_reading
from mitate.serve.pages.course_picture import course_picture
from mitate.serve.pages.face_facts import CONTEXTS, LENGTHS_S, FaceFacts, read_weight
from mitate.serve.pages.face_form import FilmMissing, take_form
from mitate.serve.pages.face_told import FilmTold, day_and_time, film_told, how_sure, is_simulated, more_lines
from mitate.serve.pages.home import whom_to_call
from mitate.serve.render import page
from mitate.serve.service import Service, ServiceHere
from mitate.serve.told.course import course_of
from mitate.serve.told.numbers import over_words
from mitate.serve.told.types import CourseView
from mitate.serve.who import SignedIn, Who, check_person
from mitate.serve.words import Say

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
Id = Annotated[str, InPath(pattern="^[0-9a-f]{32}$")]


def _me(who: Who) -> str:
    """The person who looks at herself."""
    if who.person_id is None:
        raise MissingError("this account is nobody's own", where="person", todo="see /clinic")
    check_person(who, who.person_id, "write")
    return who.person_id


def _agreed(service: Service, person_id: str) -> bool:
    with service.record.database.reading() as session:
        return consents.given(session, person_id, "analyse")


@router.get("/face")
def start(service: ServiceHere, who: SignedIn, request: Request) -> Response:
    """What will happen and what is needed; before that, the person's agreement."""
    person_id = _me(who)
    if not _agreed(service, person_id):
        return page(request, "face/consent.html", who=who)
    return _start(request, who, person_id, FaceFacts.of(request))


def _start(
    request: Request,
    who: Who,
    person_id: str,
    facts: FaceFacts | None,
    *,
    weight: str | None = None,
    wrong: tuple[str, ...] = (),
) -> Response:
    known = facts or FaceFacts()
    shown = weight if weight is not None else "" if known.weight_kg is None else f"{known.weight_kg:g}"
    return page(
        request,
        "face/start.html",
        who=who,
        status=422 if wrong else 200,
        person=person_id,
        context=known.context if facts is not None else "",
        contexts=CONTEXTS,
        weight=shown,
        wrong=wrong,
        seconds=known.seconds,
        lengths=LENGTHS_S,
    )


@router.post("/face/consent")
def agree(
    service: ServiceHere,
    who: SignedIn,
    request: Request,
    analyse: Annotated[str, Form(max_length=5)] = "",
    keep_video: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """The person agrees that her films are looked at, and perhaps that they are kept."""
    person_id = _me(who)
    if analyse != "yes":
        return page(request, "face/consent.html", who=who, status=422, missing=True)
    with service.record.database.writing() as session:
        consents.give(session, person_id, "analyse", who.account_id)
        if keep_video == "yes":
            consents.give(session, person_id, "keep_video", who.account_id)
    return RedirectResponse("/face", 303)


@router.post("/face")
def told(
    service: ServiceHere,
    who: SignedIn,
    request: Request,
    context: Annotated[str, Form(max_length=10)] = "",
    weight: Annotated[str, Form(max_length=20)] = "",
    seconds: Annotated[int, Form()] = LENGTHS_S[0],
    way: Annotated[str, Form(max_length=10)] = "record",
) -> Response:
    """What the person said; on to the camera, or to a film that is there already."""
    person_id = _me(who)
    said = read_weight(weight)
    wrong = ("context",) * (context not in CONTEXTS) + ("weight",) * said.wrong
    length = seconds if seconds in LENGTHS_S else LENGTHS_S[0]
    if wrong:
        known = FaceFacts(context, None, length) if context in CONTEXTS else None
        return _start(request, who, person_id, known, weight=weight, wrong=wrong)
    answer = RedirectResponse("/face/upload" if way == "upload" else "/face/record", 303)
    FaceFacts(context, said.kg, length).keep(answer, secure=service.settings.secure)
    return answer


@router.get("/face/record")
def record(service: ServiceHere, who: SignedIn, request: Request) -> Response:
    """The camera. What is kept on the device of an earlier try is taken up again there."""
    return _filmed(service, who, request, "face/record.html")


@router.get("/face/upload")
def upload(service: ServiceHere, who: SignedIn, request: Request) -> Response:
    """A film that is there already."""
    return _filmed(service, who, request, "face/upload.html")


@router.post("/face/upload")
async def upload_plainly(service: ServiceHere, who: SignedIn, request: Request) -> Response:
    """A film that a plain form sends; the guard leaves its token to `take_form`."""
    person_id = _me(who)
    facts = FaceFacts.of(request) or FaceFacts()  # said more than an hour ago: the film counts all the same
    try:
        capture = await take_form(service, who, person_id, facts, request)
    except FilmMissing:
        return await run_in_threadpool(_filmed, service, who, request, "face/upload.html", missing=True)
    return RedirectResponse(f"/face/wait/{capture}", 303)


def _filmed(
    service: Service, who: Who, request: Request, template: str, *, missing: bool = False
) -> Response:
    person_id, facts = _me(who), FaceFacts.of(request)
    if facts is None or not _agreed(service, person_id):
        return RedirectResponse("/face", 303)
    live = service.settings.live and service.live is not None
    return page(
        request,
        template,
        who=who,
        status=422 if missing else 200,
        missing=missing,
        facts={
            "person": person_id,
            "seconds": facts.seconds,
            "facts": facts.for_upload(),
            "live": "/api/v1/live/face" if live else None,
        },
        most_mb=service.settings.most_film_mb,
    )


def _film(service: Service, who: Who, capture_id: str) -> tuple[KnownCapture, FilmTold]:
    with service.record.database.reading() as session:
        film = get_capture(service.record, session, capture_id)
        check_person(who, film.person_id)
        if film.instrument != "edema":
            raise MissingError("there is no such film", where="capture")
        told = film_told(service.record, session, film, who.language)
    asking = capture_id if told.on_its_way else ""
    note_reading(service, who, "capture.read", film.person_id, once=asking, capture=capture_id)
    return film, told


@router.get("/face/wait/{capture}")
def wait(capture: Id, service: ServiceHere, who: SignedIn, request: Request) -> Response:
    """How far the work on a film is; it goes on whether anybody waits or not."""
    _, told = _film(service, who, capture)
    if not told.on_its_way and told.state != "uploading":
        return RedirectResponse(f"/face/result/{capture}", 303)
    return page(request, "face/wait.html", who=who, film=told)


@router.get("/face/result/{capture}")
def result(capture: Id, service: ServiceHere, who: SignedIn, request: Request) -> Response:
    """What came of a film, words first."""
    film, told = _film(service, who, capture)
    if told.on_its_way or told.state == "uploading":
        return RedirectResponse(f"/face/wait/{capture}", 303)
    with service.record.database.reading() as session:
        call = whom_to_call(service.record, session, film.person_id)
    say = Say(who.language)
    return page(
        request,
        "face/result.html",
        who=who,
        film=told,
        facts=film.facts,
        call=call,
        sure=how_sure(told, say, 1),
        simulated=is_simulated(told.told, say),
    )


@router.get("/face/course")
def course(service: ServiceHere, who: SignedIn, request: Request) -> Response:
    """The course over days: words, the picture, and the same as a table."""
    person_id = _me(who)
    with service.record.database.reading() as session:
        view = course_of(service.record, session, person_id, who.language)
        call = whom_to_call(service.record, session, person_id)
    say = Say(who.language)
    return page(
        request,
        "face/course.html",
        who=who,
        view=view,
        chart=None if view is None else course_picture(view, say),
        rows=[] if view is None else _rows(view, say),
        over_kg=over_words("face.course_kg", None if view is None else view.dry_weight),
        call=call,
        sure=[] if view is None else more_lines(view.words, say, 2),
        simulated=view is not None and is_simulated(view.words, say),
    )


def _rows(view: CourseView, say: Say) -> list[dict[str, str]]:
    """The course as a table, the newest first."""

    def kg(value: float) -> str:
        return f"{value:+.1f}".replace("-", "−")

    return [
        {
            "capture_id": one.capture_id,
            "at": day_and_time(one.at, say.language),
            "kg": say("face.kg", kg=kg(one.kg)),
            "span": say("face.kg_range", low=kg(one.low), high=kg(one.high)),
            "weighed": "" if one.weighed_kg is None else say("face.kg", kg=kg(one.weighed_kg)),
        }
        for one in reversed(view.sessions)
    ]
