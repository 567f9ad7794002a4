"""REST: administration of the record: audit trail, what is set, backups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from mitate.record import settings
from mitate.record.audit import note, verify
from mitate.record.trail import Asked, as_csv, rows_of
from mitate.serve.api.errors import ERRORS
from mitate.serve.api.shapes import Given, Told
from mitate.serve.service import Service, ServiceHere
from mitate.serve.trail_asked import RowsAsked
from mitate.serve.who import WEIGHTY, Admin

__all__ = ["router"]

router = APIRouter(responses=ERRORS)

Line = Annotated[str, Field(max_length=120)]


class AuditShown(Told):
    """One row of the trail."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


class Verdict(Told):
    """Whether the chain of hashes is whole; `head` is worth writing down elsewhere.

    Rows from `keyed_from` on are under the record's key; null where none is.
    """

    ok: bool
    rows: int
    head: str
    broken_at: int | None
    why: str
    keyed_from: int | None


class Clinic(Given):
    """Whom people call when something is wrong; what is left out stays."""

    name: Line | None = None
    call_name: Line | None = None
    call_phone: Line | None = None


class ClinicShown(Told):
    """Whom people call."""

    name: str
    call_name: str
    call_phone: str


class Retention(Given):
    """How long things are kept; what is left out stays."""

    uploads_hours: Annotated[int, Field(ge=1, le=2160, strict=True)] | None = None
    captures_years: Annotated[int, Field(ge=1, le=100, strict=True)] | None = None
    jobs_days: Annotated[int, Field(ge=1, le=3650, strict=True)] | None = None
    backups_days: Annotated[int, Field(ge=1, le=3650, strict=True)] | None = None


class RetentionShown(Told):
    """How long things are kept; None is until the person is erased."""

    uploads_hours: int
    captures_years: int | None
    jobs_days: int
    backups_days: int


@router.get("/admin/audit")
def show_audit(
    service: ServiceHere,
    who: Admin,
    asked: RowsAsked,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    most: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AuditShown]:
    """Rows of the audit trail, newest first, of numbers under `before`; days are UTC, `until` included."""
    with service.record.database.reading() as session:
        rows = rows_of(session, asked, before, most)
        return [AuditShown.model_validate(row, from_attributes=True) for row in rows]


@router.get("/admin/audit/verified")
def verify_audit(service: ServiceHere, who: Admin) -> Verdict:
    """Compute the whole chain anew."""
    with service.record.database.reading() as session:
        found = verify(session)
    return Verdict(
        ok=found.ok,
        rows=found.rows,
        head=found.head,
        broken_at=found.broken_at,
        why=found.why,
        keyed_from=found.keyed_from,
    )


@router.get("/admin/audit.csv", response_class=StreamingResponse)
def audit_csv(service: ServiceHere, who: Admin, asked: RowsAsked) -> StreamingResponse:
    """The rows as a table; days are UTC, `until` included."""
    with service.record.database.writing() as session:
        note(session, who.account_id, "audit.exported")
    return StreamingResponse(
        _pieces(service, asked),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
    )


def _pieces(service: Service, asked: Asked) -> Iterator[str]:
    with service.record.database.reading() as session:
        yield from as_csv(session, asked)


@router.get("/admin/clinic")
def show_clinic(service: ServiceHere, who: Admin) -> ClinicShown:
    """Whom people call."""
    with service.record.database.reading() as session:
        return ClinicShown(**settings.get(session, "clinic"))


@router.put("/admin/clinic")
def set_clinic(service: ServiceHere, who: Admin, clinic: Clinic) -> ClinicShown:
    """Set whom people call."""
    return ClinicShown(**_put(service, who.account_id, "clinic", clinic.model_dump(exclude_none=True)))


@router.get("/admin/retention")
def show_retention(service: ServiceHere, who: Admin) -> RetentionShown:
    """How long things are kept."""
    with service.record.database.reading() as session:
        return RetentionShown(**settings.get(session, "retention"))


@router.put("/admin/retention", dependencies=[WEIGHTY])
def set_retention(service: ServiceHere, who: Admin, retention: Retention) -> RetentionShown:
    """Set how long things are kept; null for `captures_years` is until the person is erased."""
    given = retention.model_dump(exclude_unset=True)
    kept = {key: value for key, value in given.items() if value is not None or key == "captures_years"}
    return RetentionShown(**_put(service, who.account_id, "retention", kept))


def _put(service: Service, by: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
    with service.record.database.writing() as session:
        settings.put(session, key, value)
        note(session, by, f"settings.{key}", fields=sorted(value))
        return settings.get(session, key)
