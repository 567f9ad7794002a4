"""Backups: the whole record in one file, made while the app runs, as sealed as the record itself.

A backup is a tar with the rows of every table as of one moment (`table_rows`), the sealed films, the wrapped
keys (``keys.json``) and, last, ``manifest.json`` with a SHA-256 of each. It is the same from SQLite and from
PostgreSQL, and can be restored onto either. It opens with the passphrase or the key file that the record had
then, and with nothing in it. The sums find damage, not malice: whoever can change a sum can change what it is
of; what is sealed does not open changed, though, and no row of the audit trail is made without the key.

Format 1, of schema 0003 and before, held SQLite's file in the place of the rows; it is read still.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, select, text

import mitate
from mitate.files import durable_folder
from mitate.record import audit
from mitate.record.audit_keys import START
from mitate.record.errors import RecordError
from mitate.record.master import KEYS, keys_alone
from mitate.record.migrate import HEAD
from mitate.record.opened import Record
from mitate.record.schema import Audit, Setting, now
from mitate.record.table_rows import write_tables
from mitate.record.whereabouts import DATABASE
from mitate.record.written import told_plainly

__all__ = ["PART", "TABLES", "Backup", "Summed", "back_up", "clear_parts", "contents", "verify"]

PART = ".part-"
"""Of folders in which backups are being made."""
TABLES = "tables"
"""Folder of the rows, a file for each table."""
_MANIFEST = "manifest.json"
_NAMES = re.compile(
    rf"{re.escape(KEYS)}|{re.escape(DATABASE)}|{TABLES}/[a-z_]+\.rows|(?:videos|uploads)/[A-Za-z0-9][\w.-]*",
    re.ASCII,
)
_PIECE = 1 << 20
_DAY_S = 86_400.0
_PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made or looked through.

    Attributes:
        path: of the file.
        made_at: when its making began.
        version: of the schema.
        size: bytes of the file.
        files: how many are in it, the manifest not counted.
        audit_head: end of the audit trail then, ``SEQ:HASH``.
    """

    path: Path
    made_at: datetime
    version: str
    size: int
    files: int
    audit_head: str


def back_up(record: Record, by: str = "system", to: Path | None = None) -> Backup:
    """Make a backup, consistent as of one moment; the app may run on meanwhile.

    Others wait with writing only while that moment is pinned: the films are linked, not copied, then.

    Args:
        record: open.
        by: account, for the audit trail.
        to: folder to put it in; by default ``backups/`` of the record. What helps is a copy elsewhere.

    Raises:
        RecordError: the database is damaged or does not answer.
        FullError: no room; nothing half-made is left.
    """
    made_at, folder = now(), to or record.folder / "backups"
    name = f"mitate-{made_at:%Y%m%d-%H%M%S-%f}.tar"
    with told_plainly(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        clear_parts(folder, made_at)
        with _part(folder) as part, _part(record.folder / "backups") as films:
            with keys_alone(record.folder):  # no rotation in between
                told = _taken(record, part, films)
            whole = part / name
            count = _write((part, films), whole, {**told, "made_at": made_at.isoformat()})
            whole.chmod(0o600)
            whole.replace(folder / name)
            durable_folder(folder)
    path = folder / name
    size = path.stat().st_size
    with record.database.writing() as session:
        audit.note(session, by, "backup.made", name, bytes=size, audit_head=told["audit_head"])
    return Backup(path, made_at, HEAD, size, count, told["audit_head"])


@contextmanager
def _part(folder: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=PART, dir=folder) as part:
        yield Path(part)


def clear_parts(folder: Path, moment: datetime) -> int:
    """Remove what the making of a backup left more than a day ago when it was killed; how many."""
    old = [path for path in folder.glob(f"{PART}*") if path.stat().st_mtime < moment.timestamp() - _DAY_S]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


def verify(path: Path) -> Backup:
    """Look a backup through: every file is there and none is changed. Nothing is opened, no key is needed.

    Raises:
        RecordError: it is damaged, or no backup of mitate.
    """
    manifest: dict[str, Any] = {}
    for name, stream in contents(path, manifest):
        if name != _MANIFEST:
            while stream.read(_PIECE):
                pass
    return Backup(
        path,
        datetime.fromisoformat(manifest["made_at"]),
        str(manifest["schema"]),
        path.stat().st_size,
        len(manifest["files"]),
        str(manifest["audit_head"]),
    )


def contents(path: Path, manifest: dict[str, Any]) -> Iterator[tuple[str, Summed]]:
    """Files of a backup in turn; each must be read to its end before the next.

    Args:
        path: of the backup.
        manifest: is filled at the end.

    Raises:
        RecordError: at the end or before, it is damaged: nothing that was read may be used.
    """
    seen: dict[str, Any] = {}
    try:
        with tarfile.open(path, "r:") as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.isfile() and not member.issparse() else None
                if stream is None or manifest:
                    raise _damaged(path, f"{member.name[:60]} does not belong there")
                if member.name == _MANIFEST:
                    manifest.update(json.loads(stream.read(64 * _PIECE)))
                elif not _NAMES.fullmatch(member.name) or member.name in seen:
                    raise _damaged(path, f"{member.name[:60]} does not belong there")
                else:
                    summed = Summed(stream, member.size)
                    yield member.name, summed
                    seen[member.name] = {"bytes": summed.count, "sha256": summed.sha256.hexdigest()}
    except FileNotFoundError as error:
        raise RecordError("there is no such backup", where=path) from error
    except (tarfile.TarError, EOFError, ValueError, TypeError, AttributeError) as error:
        raise _damaged(path, "it cannot be read") from error
    if not manifest:
        raise _damaged(path, "its end is missing")
    if manifest.get("format") not in (1, 2):
        raise RecordError("this backup is of a later version of mitate", where=path, todo="install that one")
    expected = manifest.get("files", {})
    for name in sorted({*expected, *seen}):
        if expected.get(name) != seen.get(name):
            raise _damaged(path, f"{name} is not as it was")
    rows = {f"{TABLES}/{name}.rows" for name in manifest.get("tables", ())}
    if {name for name in seen if name == DATABASE or name.startswith(f"{TABLES}/")} != (rows or {DATABASE}):
        raise _damaged(path, "it holds no record")


class Summed(io.RawIOBase):
    """A file that is summed as it is read; shorter than it says, it ends in zeros.

    An upload may be cut while it is copied (its end was torn); zeros there are cut off when it goes on.
    """

    def __init__(self, stream: IO[bytes], size: int, *, pad: bool = False) -> None:
        self._stream, self._left, self._pad = stream, size, pad
        self.sha256, self.count = sha256(), 0

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        try:
            piece = self._stream.read(wanted)
        except tarfile.ReadError:  # it ends here: shorter than the manifest says, which is told then
            piece = b""
        if len(piece) < wanted and self._pad:
            piece += bytes(wanted - len(piece))
        self._left -= len(piece)
        self.sha256.update(piece)
        self.count += len(piece)
        return piece


def _taken(record: Record, part: Path, films: Path) -> dict[str, Any]:
    """Bring all that belongs together into two folders: rows of one moment, and links to films of then.

    The films' is on the record's own disk: to copy them to another one, others would have to wait longer.
    """
    (part / TABLES).mkdir()
    with _moment(record, films) as connection:
        if record.database.is_sqlite and connection.scalar(text("PRAGMA quick_check")) != "ok":
            raise RecordError("the database is damaged", where="database", todo="restore a backup")
        tables = write_tables(connection, part / TABLES)
        last = select(Audit.seq, Audit.hash).order_by(Audit.seq.desc()).limit(1)
        end = connection.execute(last).first()
    if (record.folder / KEYS).exists():
        shutil.copyfile(record.folder / KEYS, part / KEYS)
    seq, digest = (0, START) if end is None else end
    return {"audit_head": f"{seq}:{digest}", "schema": HEAD, "tables": tables}


@contextmanager
def _moment(record: Record, films: Path) -> Iterator[Connection]:
    """A transaction that sees the database as of one moment, at which films are linked, too.

    Every transaction of ours that writes looks at the row of the master key first, and shares its lock
    (`mitate.record.opened`): on PostgreSQL nobody writes while it is locked here. SQLite has one writer.
    """
    engine, at_server = record.database.engine, not record.database.is_sqlite
    key = select(Setting.value).where(Setting.key == "vault")
    view = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if at_server else {}
    with engine.connect().execution_options(**view) as reader, reader.begin():
        with engine.connect().execution_options(writing=True) as lock, lock.begin():
            if at_server:
                lock.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE_S}s'"))
            lock.execute(key.with_for_update())
            reader.execute(key)  # its view of the database stays that of this moment
            for name in ("videos", "uploads"):
                (films / name).mkdir()
                for path in sorted((record.folder / name).iterdir()):
                    if path.is_file() and _NAMES.fullmatch(f"{name}/{path.name}"):
                        _link(path, films / name / path.name)
        yield reader


def _link(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except FileNotFoundError:  # its row is gone already
        return
    except OSError:  # a disk that knows no links
        shutil.copyfile(path, target)


def _write(parts: tuple[Path, ...], whole: Path, told: dict[str, Any]) -> int:
    made_at = datetime.fromisoformat(told["made_at"])
    files: dict[str, Any] = {}
    with whole.open("wb") as out, tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        found = {path.relative_to(part).as_posix(): path for part in parts for path in part.rglob("*")}
        for name, path in sorted(found.items()):
            if path.is_dir() or path == whole:
                continue
            with path.open("rb") as stream:
                member = _member(name, os.fstat(stream.fileno()).st_size, made_at)
                summed = Summed(stream, member.size, pad=True)
                tar.addfile(member, summed)
            files[name] = {"bytes": summed.count, "sha256": summed.sha256.hexdigest()}
        manifest = {"format": 2, "mitate": mitate.__version__, **told, "files": files}
        content = json.dumps(manifest, indent=1).encode()
        tar.addfile(_member(_MANIFEST, len(content), made_at), io.BytesIO(content))
        tar.close()
        out.flush()
        os.fsync(out.fileno())
    return len(files)


def _member(name: str, size: int, made_at: datetime) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(made_at.timestamp())
    return member


def _damaged(path: Path, why: str) -> RecordError:
    return RecordError(f"this backup is damaged: {why}", where=path, todo="take another one")
