"""REST: films and what came of them. They begin in `uploads`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse
from sqlalchemy.orm import Session

from mitate.record.captures import (
    FILMS,
    KnownCapture,
    captures_of,
    count_captures,
    delete_capture,
    film_row,
    get_capture,
)
from mitate.record.containers import CONTENT_TYPES
from mitate.record.errors import MissingError
from mitate.record.film_out import SealedFilm
from mitate.record.models_kept import forget_models_of, make_anew
from mitate.record.streams import film_about
from mitate.record.uploads import abandon
from mitate.serve.api.errors import ERRORS, ErrorAnswer
from mitate.serve.api.noting import note_reading
from mitate.serve.api.shapes import CaptureId, Most, PersonId, Skip, Told
from mitate.serve.api.words import WordsTold, words_told
from mitate.serve.jobs.times import progress_of
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import SignedIn, Who, check_person

__all__ = ["router"]

router = APIRouter(tags=["captures"], responses=ERRORS)

State = Literal["uploading", "waiting", "reading", "done", "refused", "failed"]
Instrument = Literal["edema", "back"]
_ENDED = ("done", "refused", "failed")
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


class CaptureShort(Told):
    """A film in a list."""

    id: str
    person_id: str
    check_id: str | None
    instrument: Instrument
    at: datetime
    state: State
    context: str
    weight_kg: float | None
    movement: str | None
    kept: bool


class CaptureTold(CaptureShort):
    """A film, how far its reading is, and what came of it.

    `stage` is a stable word; `progress` the share that is done; `seconds_left` is None while it is not known.
    `told` says the result in words; `result` is the same as the library gives it.
    """

    stage: str
    progress: float
    seconds_left: float | None
    told: WordsTold | None
    result: dict[str, Any] | None
    result_at: datetime | None


class CapturesTold(Told):
    """A page of a person's films, the newest first, and how many there are in all."""

    captures: list[CaptureShort]
    total: int


def _short(one: KnownCapture) -> dict[str, Any]:
    return {
        "id": one.id,
        "person_id": one.person_id,
        "check_id": one.check_id,
        "instrument": one.instrument,
        "at": one.at,
        "state": one.state,
        "context": one.facts.context,
        "weight_kg": one.facts.weight_kg,
        "movement": one.facts.movement,
        "kept": one.kept,
    }


@router.get("/people/{person}/captures")
def get_captures(
    service: ServiceHere,
    who: SignedIn,
    person: PersonId,
    instrument: Annotated[Instrument | None, Query(description="of this instrument only")] = None,
    skip: Skip = 0,
    most: Most = 50,
) -> CapturesTold:
    """A person's films."""
    check_person(who, person)
    asked = instrument or FILMS  # photos of the face have routes of their own, which are not the person's
    with service.record.database.reading() as session:
        known = captures_of(
            service.record, session, person, instrument=asked, skip=skip, most=most, results=False
        )
        total = count_captures(session, person, asked)
    note_reading(service, who, "captures.read", person)
    return CapturesTold(captures=[CaptureShort(**_short(one)) for one in known], total=total)


@router.get("/captures/{capture}")
def get_one(service: ServiceHere, who: SignedIn, capture: CaptureId) -> CaptureTold:
    """A film, how far its reading is, and what came of it."""
    with service.record.database.reading() as session:
        check_person(who, film_row(session, capture).person_id)
        known = get_capture(service.record, session, capture)
        told = _words(service, session, who, known)
        far = progress_of(session, capture)
    asking = "" if known.state in _ENDED else capture  # until it has ended pages ask every second or two
    note_reading(service, who, "capture.read", known.person_id, once=asking, capture=capture)
    return CaptureTold(
        **_short(known),
        stage="" if far is None else far.stage,
        progress=0.0 if far is None else far.progress,
        seconds_left=None if far is None else far.seconds_left,
        told=told,
        result=known.result,
        result_at=known.result_at,
    )


@router.delete("/captures/{capture}", status_code=204)
def delete_one(service: ServiceHere, who: SignedIn, capture: CaptureId) -> Response:
    """Delete a film with all that was made of it; the person's model is then made anew without it."""
    record = service.record
    with record.database.reading() as session:
        row = film_row(session, capture)
        check_person(who, row.person_id, "write")
    if row.state == "uploading":
        abandon(record, capture)
        note_reading(service, who, "capture.abandoned", row.person_id, capture=capture)
        return Response(status_code=204)
    with record.database.writing() as session:
        delete_capture(record, session, capture, who.account_id)
        if forget_models_of(record, session, row.person_id, capture) and count_captures(
            session, row.person_id, "edema"
        ):
            make_anew(service.queue.add, session, row.person_id)
    service.queue.wake()
    return Response(status_code=204)


@router.get(
    "/captures/{capture}/film",
    response_class=StreamingResponse,
    responses={
        200: {"description": "the film", "content": {name: {} for name in CONTENT_TYPES}},
        206: {"description": "a part of it", "content": {name: {} for name in CONTENT_TYPES}},
        416: {"description": "there is no such part", "model": ErrorAnswer},
    },
)
def get_film(
    service: ServiceHere,
    who: SignedIn,
    capture: CaptureId,
    range: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """The film itself, where it is kept; opened as it is sent, whole or in one part (RFC 9110, 14)."""
    record = service.record
    with record.database.reading() as session:
        row = film_row(session, capture)
        check_person(who, row.person_id)
        known = get_capture(record, session, capture)
        if not known.kept or row.video is None:
            raise MissingError("this film is not kept", where="capture")
        film = SealedFilm(
            record.folder / "videos" / row.video, record.key(session, row.person_id), film_about(capture)
        )
    try:
        part = _part(range, film.size)
        note_reading(service, who, "film.seen", row.person_id, once=capture, capture=capture)
    except BaseException:
        film.close()
        raise
    kind = known.facts.content_type
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "no-store", "Content-Disposition": "inline"}
    if part is not None and part[0] >= part[1]:
        film.close()
        return _no_such_part(film.size)
    start, stop = part or (0, film.size)
    headers["Content-Length"] = str(stop - start)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{film.size}"
    return StreamingResponse(
        _pieces(film, start, stop),
        status_code=200 if part is None else 206,
        media_type=kind if kind in CONTENT_TYPES else "application/octet-stream",
        headers=headers,
    )


def _words(service: Service, session: Session, who: Who, known: KnownCapture) -> WordsTold | None:
    if known.state not in _ENDED:
        return None
    from mitate.serve.told.captured import told_of

    return words_told(told_of(service.record, session, known, who.language))


def _part(told: str | None, size: int) -> tuple[int, int] | None:
    """From the first byte to before the last of a single range; None where the whole is sent.

    What is no range, or several of them, may be answered by the whole (RFC 9110, 14.2).
    """
    found = None if told is None else _RANGE.fullmatch(told.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size
    start, last = int(found[1]), int(found[2]) if found[2] else size - 1
    if found[2] and last < start:
        return None
    return start, min(last + 1, size)


def _pieces(film: SealedFilm, start: int, stop: int) -> Iterator[bytes]:
    with film:
        yield from film.read(start, stop)


def _no_such_part(size: int) -> Response:
    told = {"kind": "InputError", "what": "the film has no such part", "where": "Range", "todo": None}
    return JSONResponse({"error": told}, 416, {"Content-Range": f"bytes */{size}"})
