"""REST: backups of the whole record, as sealed as the record itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import FileResponse

from mitate.record.audit import note
from mitate.record.backup import Backup, back_up, verify
from mitate.record.errors import MissingError
from mitate.serve.api.errors import ERRORS
from mitate.serve.api.shapes import Told
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import WEIGHTY, Admin

__all__ = ["BackupFile", "BackupName", "backup_files", "backup_path", "router"]

router = APIRouter(responses=ERRORS)

BackupName = Annotated[str, InPath(pattern=r"^mitate-[0-9-]{8,40}\.tar$", max_length=60)]


class BackupFile(Told):
    """A backup in the record's folder; size in bytes."""

    name: str
    size: int
    made_at: datetime


class BackupLooked(Told):
    """A backup that was looked through: every file is there and none is changed."""

    name: str
    made_at: datetime
    schema_version: str
    size: int
    files: int
    audit_head: str


def backup_files(service: Service) -> list[BackupFile]:
    """Those in the record's folder, newest first."""
    files = sorted((service.record.folder / "backups").glob("mitate-*.tar"), reverse=True)
    return [
        BackupFile(
            name=file.name,
            size=file.stat().st_size,
            made_at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        )
        for file in files
    ]


def backup_path(service: Service, name: str) -> Path:
    """Where it lies; MissingError where there is none of that name."""
    known = {file.name for file in (service.record.folder / "backups").glob("mitate-*.tar")}
    if name not in known:
        raise MissingError("there is no such backup", where="backup")
    return service.record.folder / "backups" / name


def _looked(made: Backup) -> BackupLooked:
    return BackupLooked(
        name=made.path.name,
        made_at=made.made_at,
        schema_version=made.version,
        size=made.size,
        files=made.files,
        audit_head=made.audit_head,
    )


@router.get("/admin/backups")
def list_backups(service: ServiceHere, who: Admin) -> list[BackupFile]:
    """Backups in the record's folder, newest first."""
    return backup_files(service)


@router.post("/admin/backups", status_code=201)
def make_backup(service: ServiceHere, who: Admin) -> BackupLooked:
    """Make one; the app runs on meanwhile. Copy it elsewhere, and the key file apart from it."""
    return _looked(back_up(service.record, who.account_id))


@router.get("/admin/backups/{name}", response_class=FileResponse, dependencies=[WEIGHTY])
def download_backup(service: ServiceHere, who: Admin, name: BackupName) -> FileResponse:
    """The file; it opens only with the passphrase or key file of then."""
    path = backup_path(service, name)
    with service.record.database.writing() as session:
        note(session, who.account_id, "backup.downloaded", name)
    return FileResponse(path, media_type="application/x-tar", filename=name)


@router.get("/admin/backups/{name}/verified")
def verify_backup(service: ServiceHere, who: Admin, name: BackupName) -> BackupLooked:
    """Look it through; 503 where it is damaged."""
    return _looked(verify(backup_path(service, name)))
