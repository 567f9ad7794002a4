"""Pages: administration of the record: what is set, how long things are kept, its key."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from mitate.errors import MitateError
from mitate.record import settings
from mitate.record.audit import note
from mitate.record.errors import ConflictError
from mitate.record.master import KEYS, open_vault, protect, read_keys
from mitate.record.vault import Vault
from mitate.serve.auth.requests import address_of
from mitate.serve.auth.tries import forget, knock
from mitate.serve.failing import status_of
from mitate.serve.render import page
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import WEIGHTY, WEIGHTY_FORM, Admin, Who

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
Line = Annotated[str, Form(max_length=120)]
Number = Annotated[int, Form(ge=1, le=3650)]
Secret = Annotated[str, Form(max_length=1000)]
_THE_KEY = "\0the record's key"  # no name that anybody signs in by


@router.get("/admin/retention", dependencies=[WEIGHTY_FORM])
def show_retention(service: ServiceHere, request: Request, who: Admin) -> Response:
    """How long things are kept, and whom people call."""
    with service.record.database.reading() as session:
        clinic, kept = settings.get(session, "clinic"), settings.get(session, "retention")
    return page(request, "admin/retention.html", who=who, clinic=clinic, kept=kept)


@router.post("/admin/retention", dependencies=[WEIGHTY])
def set_retention(
    service: ServiceHere,
    who: Admin,
    uploads_hours: Number,
    jobs_days: Number,
    backups_days: Number,
    captures_years: Annotated[str, Form(max_length=3, pattern=r"^[0-9]*$")] = "",
) -> Response:
    """Set how long things are kept."""
    years = int(captures_years) if captures_years else None
    asked = {
        "uploads_hours": uploads_hours,
        "jobs_days": jobs_days,
        "backups_days": backups_days,
        "captures_years": years,
    }
    _put(service, who, "retention", asked)
    return RedirectResponse("/admin/retention", 303)


@router.post("/admin/clinic")
def set_clinic(
    service: ServiceHere, who: Admin, name: Line = "", call_name: Line = "", call_phone: Line = ""
) -> Response:
    """Set whom people call."""
    _put(service, who, "clinic", {"name": name, "call_name": call_name, "call_phone": call_phone})
    return RedirectResponse("/admin/retention", 303)


def _put(service: Service, who: Who, key: str, value: dict[str, Any]) -> None:
    with service.record.database.writing() as session:
        settings.put(session, key, value)
        note(session, who.account_id, f"settings.{key}", fields=sorted(value))


@router.get("/admin/key", dependencies=[WEIGHTY_FORM])
def show_key(service: ServiceHere, request: Request, who: Admin) -> Response:
    """Where the master key lies."""
    return _key(service, request, who)


def _key(service: Service, request: Request, who: Who, error: MitateError | None = None) -> Response:
    folder = service.record.folder
    keys = read_keys(folder) if (folder / KEYS).exists() else None
    status = 200 if error is None else status_of(error)
    return page(request, "admin/key.html", who=who, status=status, keys=keys, folder=folder, error=error)


def _opened(service: Service, address: str, passphrase: str) -> Vault:
    """The vault, by the passphrase where there is one; wrong ones make wait as wrong tries to sign in do."""
    record = service.record
    if read_keys(record.folder).way != "passphrase":
        return open_vault(record.folder)
    with record.database.writing() as session:
        knock(record, session, _THE_KEY, address)
    vault = open_vault(record.folder, passphrase=passphrase)
    with record.database.writing() as session:
        forget(record, session, _THE_KEY, address)
    return vault


@router.post("/admin/key", dependencies=[WEIGHTY])
def change_passphrase(
    service: ServiceHere, request: Request, who: Admin, new: Secret, again: Secret, old: Secret = ""
) -> Response:
    """Another passphrase, or one instead of a key file; nothing is sealed anew."""
    who.need_browser()
    folder = service.record.folder
    try:
        if new != again:
            raise ConflictError("the two are not the same", where="again", todo="type both again")
        if not (folder / KEYS).exists():
            raise ConflictError("this record's key is given from outside", where="key")
        vault = _opened(service, address_of(request), old)
        protect(folder, vault, passphrase=new)
    except MitateError as error:
        return _key(service, request, who, error)
    with service.record.database.writing() as session:
        note(session, who.account_id, "key.passphrase_changed")
    return RedirectResponse("/admin/key?done=yes", 303)
