"""Pages: photos of a patient's face for a clinician: a new one, the earlier ones, and what came of each."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from mitate.errors import InputError, MitateError
from mitate.record import consents
from mitate.record.captures import PHOTO, captures_of, count_captures, delete_capture
from mitate.record.face_models import face_models
from mitate.record.people import get_person
from mitate.record.photos import MOST_BYTES, NewPhoto, add_photo, get_photo
from mitate.serve.api.photos import PhotoId, check_photos
from mitate.serve.api.shapes import PersonId
from mitate.serve.failing import status_of
from mitate.serve.jobs.times import progress_of
from mitate.serve.pages.clinic_person import person_page
from mitate.serve.pages.clinic_shown import clinic_page, noted, see_other
from mitate.serve.pages.face_cards import card_shown
from mitate.serve.received import form_of
from mitate.serve.service import Service, ServiceHere
from mitate.serve.told.photo import photo_told, short_answer
from mitate.serve.who import Clinician, Who
from mitate.serve.words import Say

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

A_PAGE = 20
_TOLD_HERE = (409, 413, 422, 507)  # on the page itself, where the photo can be sent again


@router.get("/clinic/people/{person}/photos", response_class=HTMLResponse)
def show_photos(
    request: Request,
    person: PersonId,
    service: ServiceHere,
    who: Clinician,
    at: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """Earlier photos, a new one, and what photos are compared with."""
    check_photos(who, person)
    return _photos(request, service, who, person, at)


def _photos(
    request: Request,
    service: Service,
    who: Who,
    person: str,
    at: int = 1,
    error: MitateError | None = None,
) -> Response:
    say, record = Say(who.language), service.record
    with record.database.reading() as session:
        total = count_captures(session, person, PHOTO)
        pages = max(1, -(-total // A_PAGE))
        at = min(at, pages)
        photos = captures_of(record, session, person, instrument=PHOTO, skip=(at - 1) * A_PAGE, most=A_PAGE)
        installed = face_models(record, session)
        agreed = all(consents.given(session, person, kind) for kind in ("analyse", "photos"))
    answer = person_page(
        request,
        "photos.html",
        service,
        who,
        person,
        "photos",
        photos=[(one, short_answer(one, say)) for one in photos],
        total=total,
        at=at,
        pages=pages,
        installed=[card_shown(one, say) for one in installed.values()],
        agreed=agreed,
        most_mb=MOST_BYTES // 1_000_000,
        error=error,
    )
    answer.status_code = 200 if error is None else status_of(error)
    return answer


@router.post("/clinic/people/{person}/photos")
async def send_photo(request: Request, person: PersonId, service: ServiceHere, who: Clinician) -> Response:
    """Take a photo in; the guard leaves the form's token to `form_of`."""
    check_photos(who, person, "write")
    try:
        form = await form_of(request, who, MOST_BYTES)
        content = next(iter(form.files.values()), b"")
        if not content:
            raise InputError("no photo was chosen", where="photo", todo="choose a photo, then send it")
        photo = NewPhoto(content, who.account_id)
        capture = await run_in_threadpool(add_photo, service.record, person, photo, service.queue.add)
    except MitateError as error:
        if status_of(error) not in _TOLD_HERE:
            raise
        return await run_in_threadpool(_photos, request, service, who, person, 1, error)
    await run_in_threadpool(service.queue.wake)
    return see_other(f"/clinic/photos/{capture}")


@router.get("/clinic/photos/{photo}", response_class=HTMLResponse)
def show_photo(request: Request, photo: PhotoId, service: ServiceHere, who: Clinician) -> Response:
    """One photo: words first, then the classes, the nearest, and what speaks against trusting it."""
    record = service.record
    with record.database.reading() as session:
        known = get_photo(record, session, photo)
        check_photos(who, known.person_id)
        facts = get_person(record, session, known.person_id)
        far = progress_of(session, photo)
    noted(service, who, "photo.read", known.person_id, capture=photo)
    shown = photo_told(known, Say(who.language))
    return clinic_page(
        request, "photo.html", who, one=known, facts=facts, far=far, shown=shown, result=known.result or {}
    )


@router.post("/clinic/photos/{photo}/delete")
def remove_photo(photo: PhotoId, service: ServiceHere, who: Clinician) -> RedirectResponse:
    """Delete a photo and its answer."""
    with service.record.database.reading() as session:
        known = get_photo(service.record, session, photo)
    check_photos(who, known.person_id, "write")
    with service.record.database.writing() as session:
        delete_capture(service.record, session, photo, who.account_id)
    return see_other(f"/clinic/people/{known.person_id}/photos")
