"""Pages: what photos of faces are compared with: its card, another one in its place, and away with it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from mitate.errors import MitateError
from mitate.record.face_models import FACE_KINDS, face_models, take_away
from mitate.serve.api.admin_faces import Kind
from mitate.serve.failing import status_of
from mitate.serve.pages.clinic_shown import time_text
from mitate.serve.pages.face_cards import card_shown
from mitate.serve.received import form_of
from mitate.serve.render import page
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import Admin, Who
from mitate.serve.words import Say
from mitate.serve.work.faces import MOST_FACES_BYTES, take_faces

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_TOLD_HERE = (400, 413, 422)  # 400: weights are missing


@router.get("/admin/faces")
def show_faces(service: ServiceHere, request: Request, who: Admin, done: str = "") -> Response:
    """What is installed, and forms for another."""
    return _faces(service, request, who, done=done if done in FACE_KINDS else "")


def _faces(
    service: Service,
    request: Request,
    who: Who,
    *,
    done: str = "",
    at: str = "",
    error: MitateError | None = None,
) -> Response:
    say = Say(who.language)
    with service.record.database.reading() as session:
        known = face_models(service.record, session)
    return page(
        request,
        "admin/faces.html",
        who=who,
        status=200 if error is None else status_of(error),
        kinds=FACE_KINDS,
        cards_of={kind: card_shown(one, say) for kind, one in known.items()},
        time=lambda moment: time_text(moment, who.language),
        most_mb=MOST_FACES_BYTES // 1_000_000,
        done=done,
        at=at,
        error=error,
    )


@router.post("/admin/faces/{kind}")
async def install_faces(service: ServiceHere, request: Request, who: Admin, kind: Kind) -> Response:
    """Look files through and install them; the guard leaves the form's token to `form_of`."""
    try:
        form = await form_of(request, who, MOST_FACES_BYTES)
        await run_in_threadpool(take_faces, service, kind, form.files, who.account_id)
    except MitateError as error:
        if status_of(error) not in _TOLD_HERE:
            raise
        return await run_in_threadpool(_faces, service, request, who, at=kind, error=error)
    return RedirectResponse(f"/admin/faces?done={kind}", 303)


@router.post("/admin/faces/{kind}/remove")
def remove_faces(service: ServiceHere, who: Admin, kind: Kind) -> Response:
    """Take it away."""
    with service.record.database.writing() as session:
        take_away(service.record, session, kind, who.account_id)
    return RedirectResponse("/admin/faces", 303)
