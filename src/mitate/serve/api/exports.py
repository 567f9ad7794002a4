"""REST: a person's copy of all that is kept of her, and tables for a clinic."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.record.audit import note
from mitate.record.everything import Everything, everything_of
from mitate.record.exports import Film, personal_zip, photos_csv, sessions_csv, weights_csv
from mitate.record.film_out import SealedFilm
from mitate.record.opened import Record
from mitate.record.schema import Capture
from mitate.record.streams import film_about
from mitate.record.vault import DataKey
from mitate.serve.api.errors import ERRORS
from mitate.serve.service import ServiceHere
from mitate.serve.who import SignedIn, Who, check_person

__all__ = ["router"]

router = APIRouter(tags=["exports"], responses=ERRORS)

PersonId = Annotated[str, Path(max_length=32)]
_ENDINGS = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/x-matroska": "mkv",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/heic": "heic",
}
_TABLES = {"sessions": sessions_csv, "weights": weights_csv, "photos": photos_csv}


def _taken(service: ServiceHere, who: Who, person_id: str, form: str) -> Everything:
    check_person(who, person_id)
    with service.record.database.writing() as session:
        everything = everything_of(service.record, session, person_id)
        note(session, who.account_id, "export", person_id, form=form)
    return everything


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


@router.get(
    "/people/{person_id}/export",
    response_class=StreamingResponse,
    responses={200: {"description": "A ZIP.", "content": {"application/zip": {}}}},
)
def export(person_id: PersonId, service: ServiceHere, who: SignedIn) -> StreamingResponse:
    """Everything that is kept of a person: JSON, tables, and films where she agreed to keep them."""
    everything, record = _taken(service, who, person_id, "everything"), service.record
    with record.database.reading() as session:
        films = list(_films(record, session, everything))
    return StreamingResponse(
        personal_zip(everything, films), media_type="application/zip", headers=_attached("mitate.zip")
    )


@router.get(
    "/people/{person_id}/export/{table}.csv",
    response_class=Response,
    responses={200: {"description": "A table.", "content": {"text/csv": {}}}},
)
def export_table(
    person_id: PersonId,
    table: Annotated[str, Path(pattern="^(sessions|weights|photos)$")],
    service: ServiceHere,
    who: SignedIn,
) -> Response:
    """Sessions with their results, weights, or photos of the face with theirs, as CSV (UTF-8)."""
    everything = _taken(service, who, person_id, f"{table}.csv")
    return Response(
        _TABLES[table](everything), media_type="text/csv; charset=utf-8", headers=_attached(f"{table}.csv")
    )


def _films(record: Record, session: Session, everything: Everything) -> Iterator[Film]:
    key = record.key(session, everything.person_id)
    files = dict(
        session.execute(
            select(Capture.id, Capture.video).where(Capture.person_id == everything.person_id)
        ).all()
    )
    for one in everything.captures:
        path = record.folder / "videos" / (files.get(one.id) or "")
        if one.kept and path.is_file():
            ending = _ENDINGS.get(one.facts.content_type, "webm")
            name = f"{one.at:%Y-%m-%d-%H%M}-{one.id[:8]}.{ending}"
            with SealedFilm(path, key, film_about(one.id)):
                pass  # that it does not open is told before anything is sent
            yield name, _pieces(path, key, one.id)


def _pieces(path: FilePath, key: DataKey, capture_id: str) -> Iterator[bytes]:
    with SealedFilm(path, key, film_about(capture_id)) as film:
        yield from film.read(0, film.size)
