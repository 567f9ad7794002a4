"""The state of the whole at a glance: version, disk, database, queue, certificate. Nothing of any person."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select, text

import mitate
from mitate.record.migrate import HEAD
from mitate.record.opened import DATABASE, Record
from mitate.record.schema import Account, Job, Person, now
from mitate.serve.service import Service

__all__ = ["Overview", "overview"]

_LITTLE_BYTES = 2_000_000_000
_SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Overview:
    """What an administrator sees first.

    Attributes:
        version, schema: of the program and of its tables.
        database: ``sqlite`` or ``postgresql``.
        database_bytes: of its file or on the server.
        films_bytes: of what waits to be read and what is kept.
        disk_free_bytes, disk_bytes: of the disk that the record lies on.
        people, accounts: how many.
        jobs: how many by state.
        oldest_waiting_s: since the oldest waiting job was handed in; None where none waits.
        certificate_until: of the authority that phones were told to trust; None without one of ours.
        warnings: stable words: disk_low, jobs_failed, certificate_soon.
    """

    version: str
    schema: str
    database: str
    database_bytes: int
    films_bytes: int
    disk_free_bytes: int
    disk_bytes: int
    people: int
    accounts: int
    jobs: dict[str, int]
    oldest_waiting_s: float | None
    certificate_until: datetime | None
    warnings: tuple[str, ...]


def overview(service: Service) -> Overview:
    """Look at it now."""
    record, moment = service.record, now()
    disk = shutil.disk_usage(record.folder)
    with record.database.reading() as session:
        people = session.scalar(select(func.count()).select_from(Person)) or 0
        accounts = session.scalar(select(func.count()).select_from(Account)) or 0
        counted = session.execute(select(Job.state, func.count()).group_by(Job.state))
        jobs = {str(row[0]): int(row[1]) for row in counted}
        oldest = session.scalar(select(func.min(Job.created_at)).where(Job.state == "waiting"))
    until = _certificate_until(service.settings.authority)
    warnings = (
        ("disk_low", disk.free < _LITTLE_BYTES),
        ("jobs_failed", jobs.get("failed", 0) > 0),
        ("certificate_soon", until is not None and (until - moment).days < _SOON_DAYS),
    )
    return Overview(
        version=mitate.__version__,
        schema=HEAD,
        database="sqlite" if record.database.is_sqlite else "postgresql",
        database_bytes=_database_bytes(record),
        films_bytes=_bytes_under(record.folder / "uploads") + _bytes_under(record.folder / "videos"),
        disk_free_bytes=disk.free,
        disk_bytes=disk.total,
        people=people,
        accounts=accounts,
        jobs=jobs,
        oldest_waiting_s=None if oldest is None else max(0.0, (moment - oldest).total_seconds()),
        certificate_until=until,
        warnings=tuple(word for word, holds in warnings if holds),
    )


def _database_bytes(record: Record) -> int:
    if record.database.is_sqlite:
        return sum(path.stat().st_size for path in record.folder.glob(f"{DATABASE}*"))
    with record.database.reading() as session:
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def _bytes_under(folder: Path) -> int:
    total = 0
    for path in folder.glob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue  # read and deleted meanwhile
    return total


def _certificate_until(authority: Path | None) -> datetime | None:
    if authority is None or not authority.exists():
        return None
    from cryptography import x509

    certificate = x509.load_pem_x509_certificate(authority.read_bytes())
    return certificate.not_valid_after_utc.astimezone(UTC)
