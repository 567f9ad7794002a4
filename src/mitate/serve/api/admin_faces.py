"""REST: what photos of faces are compared with: look at it, install, take away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from mitate.record.face_models import FaceKind, KnownFaceModel, face_models, take_away
from mitate.serve.api.errors import ERRORS
from mitate.serve.api.shapes import Told
from mitate.serve.received import body_of
from mitate.serve.service import ServiceHere
from mitate.serve.who import Admin
from mitate.serve.work.faces import MOST_FACES_BYTES, take_faces

__all__ = ["Kind", "router"]

router = APIRouter(responses=ERRORS)

Kind = Annotated[FaceKind, Path(description="model: frequent classes; gallery: rare ones")]
_ZIP = {"type": "string", "format": "binary", "maxLength": MOST_FACES_BYTES}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "a ZIP, told by its first bytes whatever its type is said to be",
        "content": {"application/octet-stream": {"schema": _ZIP}},
    }
}


class FaceClassTold(Told):
    """A class, and of how many people and photos it was learned."""

    label: str
    people: int
    photos: int


class FaceFigureTold(Told):
    """How well it did on `n` people that it had not seen, with the 95 % interval."""

    name: str
    value: float
    low: float | None
    high: float | None
    n: int | None
    unit: str


class FaceModelTold(Told):
    """A model or gallery that is installed, and what it says of itself.

    `trained_on` is ``simulated`` or the data's name; `coverage` of its sets of classes, percent; `left_out`
    names of files that came with it and are not kept.
    """

    kind: FaceKind
    at: datetime
    id: str
    name: str
    trained_on: str
    intended_use: str
    people: int
    classes: list[FaceClassTold]
    figures: list[FaceFigureTold]
    limits: list[str]
    coverage: float | None
    own_network: bool
    left_out: list[str]


def _told(known: KnownFaceModel) -> FaceModelTold:
    card = known.card
    return FaceModelTold(kind=known.kind, at=known.at, people=card.people, **card.as_dict())


@router.get("/admin/faces")
def list_faces(service: ServiceHere, who: Admin) -> list[FaceModelTold]:
    """What is installed: at most a model and a gallery."""
    with service.record.database.reading() as session:
        return [_told(one) for one in face_models(service.record, session).values()]


@router.put("/admin/faces/{kind}", openapi_extra=_BODY)
async def put_faces(service: ServiceHere, who: Admin, kind: Kind, request: Request) -> FaceModelTold:
    """Install one: the folder that ``mitate diagnosis`` made, as ZIP. What was there before is replaced.

    It is unpacked and tried in a process of its own; what can run a program when it is opened is refused.
    """
    content = await body_of(request, MOST_FACES_BYTES)
    files = {"upload.zip": content}
    return _told(await run_in_threadpool(take_faces, service, kind, files, who.account_id, title="body"))


@router.delete("/admin/faces/{kind}", status_code=204)
def remove_faces(service: ServiceHere, who: Admin, kind: Kind) -> Response:
    """Take it away; answers that it gave stay with the photos."""
    with service.record.database.writing() as session:
        take_away(service.record, session, kind, who.account_id)
    return Response(status_code=204)
