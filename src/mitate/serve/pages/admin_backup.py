"""Pages: backups made, listed, looked through and downloaded."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from mitate.record.backup import Backup, back_up, verify
from mitate.record.errors import RecordError
from mitate.serve.api.admin_backups import BackupName, backup_files, backup_path, download_backup
from mitate.serve.failing import status_of
from mitate.serve.render import page
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import WEIGHTY, Admin, Who

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/admin/backup")
def show_backups(service: ServiceHere, request: Request, who: Admin) -> Response:
    """Those that there are, and how to restore one."""
    return _backups(service, request, who)


def _backups(
    service: Service,
    request: Request,
    who: Who,
    error: RecordError | None = None,
    looked: Backup | None = None,
) -> Response:
    return page(
        request,
        "admin/backup.html",
        who=who,
        status=200 if error is None else status_of(error),
        files=backup_files(service),
        on_server=not service.record.database.is_sqlite,
        error=error,
        looked=looked,
    )


@router.post("/admin/backup")
def make_backup(service: ServiceHere, request: Request, who: Admin) -> Response:
    """Make one."""
    try:
        back_up(service.record, who.account_id)
    except RecordError as error:
        return _backups(service, request, who, error)
    return RedirectResponse("/admin/backup", 303)


@router.get("/admin/backup/{name}", dependencies=[WEIGHTY])
def download(service: ServiceHere, who: Admin, name: BackupName) -> Response:
    """The file, for the page's link: a browser that is to be confirmed first is led there, and back here."""
    return download_backup(service, who, name)


@router.post("/admin/backup/{name}/verify")
def verify_backup(service: ServiceHere, request: Request, who: Admin, name: BackupName) -> Response:
    """Look one through."""
    path = backup_path(service, name)
    try:
        return _backups(service, request, who, looked=verify(path))
    except RecordError as error:
        return _backups(service, request, who, error)
