"""REST: photos of a face, compared with what is installed. For clinicians; never for the person herself.

A model for research must tell nobody at home of a disease: who looks at herself finds nothing here, also
where one account has every role. It is in the full copy of her record (`exports`), which is hers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from mitate.record.captures import PHOTO, KnownCapture, captures_of, count_captures, delete_capture
from mitate.record.errors import DeniedError, MissingError
from mitate.record.film_out import SealedFilm
from mitate.record.photos import MOST_BYTES, NewPhoto, add_photo, get_photo
from mitate.record.streams import film_about
from mitate.serve.api.errors import ERRORS
from mitate.serve.api.noting import note_reading
from mitate.serve.api.shapes import ID, Most, PersonId, Skip, Time, Told
from mitate.serve.api.words import WordsTold, words_told
from mitate.serve.jobs.times import progress_of
from mitate.serve.received import body_of
from mitate.serve.service import Service, ServiceHere
from mitate.serve.told.photo import photo_told
from mitate.serve.who import Clinician, Who, check_person
from mitate.serve.words import Say

__all__ = ["PhotoId", "check_photos", "router"]

router = APIRouter(tags=["photos"], responses=ERRORS)

PhotoId = Annotated[str, Path(pattern=ID, description="of a photo")]
State = Literal["waiting", "reading", "done", "refused", "failed"]
Outcome = Literal["one", "several", "none_of_these", "cannot_tell"]
_KINDS = ("image/jpeg", "image/png", "image/heic")
_PICTURE = {"type": "string", "format": "binary", "maxLength": MOST_BYTES}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "JPEG, PNG or HEIC, told by its first bytes whatever its type is said to be",
        "content": {"application/octet-stream": {"schema": _PICTURE}},
    }
}


class PhotoShort(Told):
    """A photo in a list.

    `outcome` of the model, None without one or where the photo was refused; `left` the classes of the
    prediction set; `kept` whether the photo itself is still there.
    """

    id: str
    person_id: str
    at: datetime
    state: State
    outcome: Outcome | None
    left: list[str]
    kept: bool


class PhotoWhole(PhotoShort):
    """A photo, how far its reading is, and what came of it.

    `told` says the result in words; `result` is the same as the library gives it: ``diagnosis``, ``matches``
    of the gallery, ``refusal``, and what is wrong with the photo.
    """

    stage: str
    progress: float
    seconds_left: float | None
    told: WordsTold | None
    doubts: list[str]
    intended_use: str
    result: dict[str, Any] | None
    result_at: datetime | None


class PhotosTold(Told):
    """A page of a person's photos, the newest first, and how many there are in all."""

    photos: list[PhotoShort]
    total: int


def check_photos(who: Who, person_id: str, purpose: Literal["read", "write"] = "read") -> None:
    """Let a clinician go on to a person's photos, unless she is that person.

    Raises:
        MissingError: not her business, told as if there were no such person.
        DeniedError: she is the person herself.
    """
    check_person(who, person_id, purpose)
    if who.person_id == person_id:
        raise DeniedError(
            "what a photo of one's own face looks like is not told here: this is research, not a diagnosis",
            where="account",
            todo="talk to your clinic; your full export holds it",
        )


def _short(one: KnownCapture) -> dict[str, Any]:
    found = (one.result or {}).get("diagnosis") or {}
    return {
        "id": one.id,
        "person_id": one.person_id,
        "at": one.at,
        "state": one.state,
        "outcome": found.get("outcome"),
        "left": list(found.get("set", ())),
        "kept": one.kept,
    }


def _whole(service: Service, known: KnownCapture, language: str) -> PhotoWhole:
    from mitate.diagnosis.results import INTENDED_USE

    with service.record.database.reading() as session:
        far = progress_of(session, known.id)
    told = photo_told(known, Say(language))
    return PhotoWhole(
        **_short(known),
        stage="" if far is None else far.stage,
        progress=0.0 if far is None else far.progress,
        seconds_left=None if far is None else far.seconds_left,
        told=None if told is None else words_told(told.told),
        doubts=[] if told is None else list(told.doubts),
        intended_use=INTENDED_USE,
        result=known.result,
        result_at=known.result_at,
    )


@router.post("/people/{person}/photos", status_code=201, openapi_extra=_BODY)
async def post_photo(
    service: ServiceHere,
    who: Clinician,
    person: PersonId,
    request: Request,
    at: Annotated[Time | None, Query(description="when it was taken; else now")] = None,
) -> PhotoWhole:
    """Send a photo (JPEG, PNG or HEIC as the body). It is read in seconds and then deleted, unless kept.

    The person must have agreed to ``analyse`` and ``photos``, and a model or gallery must be installed.
    """
    check_photos(who, person, "write")
    content = await body_of(request, MOST_BYTES)
    photo = NewPhoto(content, who.account_id, at)
    capture = await run_in_threadpool(add_photo, service.record, person, photo, service.queue.add)
    await run_in_threadpool(service.queue.wake)
    return await run_in_threadpool(_of, service, who, capture)


def _of(service: Service, who: Who, photo: str) -> PhotoWhole:
    with service.record.database.reading() as session:
        known = get_photo(service.record, session, photo)
    return _whole(service, known, who.language)


@router.get("/people/{person}/photos")
def get_photos(
    service: ServiceHere, who: Clinician, person: PersonId, skip: Skip = 0, most: Most = 50
) -> PhotosTold:
    """A person's photos of the face and what came of each."""
    check_photos(who, person)
    with service.record.database.reading() as session:
        known = captures_of(service.record, session, person, instrument=PHOTO, skip=skip, most=most)
        total = count_captures(session, person, PHOTO)
    note_reading(service, who, "photos.read", person)
    return PhotosTold(photos=[PhotoShort(**_short(one)) for one in known], total=total)


@router.get("/photos/{photo}")
def get_one(service: ServiceHere, who: Clinician, photo: PhotoId) -> PhotoWhole:
    """A photo, how far its reading is, and what came of it."""
    known = _checked(service, who, photo)
    if known.state in ("done", "refused", "failed"):  # until then pages ask every second or two
        note_reading(service, who, "photo.read", known.person_id, capture=photo)
    return _whole(service, known, who.language)


@router.delete("/photos/{photo}", status_code=204)
def delete_one(service: ServiceHere, who: Clinician, photo: PhotoId) -> Response:
    """Delete a photo with what came of it."""
    _checked(service, who, photo, "write")
    with service.record.database.writing() as session:
        delete_capture(service.record, session, photo, who.account_id)
    return Response(status_code=204)


@router.get(
    "/photos/{photo}/picture",
    response_class=StreamingResponse,
    responses={200: {"description": "the photo", "content": {kind: {} for kind in _KINDS}}},
)
def get_picture(service: ServiceHere, who: Clinician, photo: PhotoId) -> Response:
    """The photo itself, where it is kept; opened as it is sent."""
    record, known = service.record, _checked(service, who, photo)
    if not known.kept:
        raise MissingError("this photo is not kept", where="photo")
    note_reading(service, who, "photo.seen", known.person_id, capture=photo)
    with record.database.reading() as session:
        key = record.key(session, known.person_id)
    film = SealedFilm(record.folder / "videos" / f"{photo}.film", key, film_about(photo))
    kind = known.facts.content_type
    headers = {"Cache-Control": "no-store", "Content-Disposition": "inline", "Content-Length": str(film.size)}
    return StreamingResponse(_pieces(film), media_type=kind if kind in _KINDS else None, headers=headers)


def _pieces(film: SealedFilm) -> Iterator[bytes]:
    with film:
        yield from film.read(0, film.size)


def _checked(
    service: Service, who: Who, photo: str, purpose: Literal["read", "write"] = "read"
) -> KnownCapture:
    with service.record.database.reading() as session:
        known = get_photo(service.record, session, photo)
    check_photos(who, known.person_id, purpose)
    return known
