"""Where the tables of a record are: a note in its folder, so that they are missed when they are not there.

A folder whose tables are on a server looks like a new one to whoever does not name the server: an empty
record would begin in their place. The note (``database.txt``) says where the record was last opened, without
a password; the other way round it keeps a record in a folder from being begun anew on a server.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, select

from mitate.files import write_text
from mitate.record.database import open_database, parsed, sqlite_url
from mitate.record.errors import RecordError
from mitate.record.migrate import version_of
from mitate.record.schema import Setting
from mitate.record.written import told_plainly

__all__ = ["BY", "DATABASE", "NOTE", "RESTORING", "need_place", "note_place", "noted_place"]

DATABASE = "mitate.sqlite3"
NOTE = "database.txt"
RESTORING = "restoring"
"""A file in a folder whose rows are being restored onto a server; it names the restoration."""
BY = "--database, or the environment variable MITATE_DATABASE"
_HEAD = "# Where the tables of this record are; mitate writes it, and asks it at every start."
_TELLING = ("host", "hostaddr", "port", "service")
"""What of a URL's query says where a server is; other parts may be secret."""


def noted_place(folder: Path) -> str | None:
    """What the note says: `DATABASE` for the file in the folder, or a URL without password; None without it.

    Raises:
        FullError: it may not be read.
    """
    with told_plainly(str(folder)):
        try:
            told = (folder / NOTE).read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return None
    lines = [line.strip() for line in told if line.strip() and not line.startswith("#")]
    return lines[0] if lines else None


def note_place(folder: Path, url: str | None, record: Path | None = None) -> None:
    """Write where the tables are, if the note does not say so yet.

    Args:
        folder: to write into.
        url: of the database; None for the file in the folder.
        record: where the folder will be, if not there yet.

    Raises:
        FullError: the folder cannot be written to.
    """
    place = _place(record or folder, url)
    if noted_place(folder) != place:
        with told_plainly(str(folder)):
            write_text(folder / NOTE, f"{_HEAD}\n{place}\n")


def need_place(folder: Path, url: str | None, *, may_begin: bool, by: str = BY) -> None:
    """Stand before a record that would begin anew while its tables are somewhere else; nothing is written.

    Args:
        folder: of the record; need not exist.
        url: of the database that was named; None for the file in the folder.
        may_begin: whether there may be no record yet.
        by: how another database is named.

    Raises:
        RecordError: the note or the folder's own file tells of another database than the one named, or
            there are no tables and none may begin.
    """
    noted, films = noted_place(folder), _has_films(folder)  # before the database: it is there before these
    if _place(folder, url) == DATABASE:
        _need_file(folder, noted, may_begin=may_begin and not films, by=by)
        return
    begun = (folder / RESTORING).exists() or _begun(str(url))  # one cut off is told by opening it
    if noted == DATABASE or (noted is None and not begun and _has_file(folder)):
        raise RecordError(
            f"the tables of this record are in its {DATABASE}, not in the database that was named",
            where=folder,
            todo="name no database; to move the record to a server, back it up, and restore the backup into"
            " a new folder with --database",
        )
    if begun or (noted is None and may_begin and not films):
        return
    last = "" if noted is None else f"; it was last in {noted}"
    raise RecordError(
        f"there is no record in the database that was named{last}",
        where=folder,
        todo=f"name the right one by {by}, or restore a backup into a new folder",
    )


def _need_file(folder: Path, noted: str | None, *, may_begin: bool, by: str) -> None:
    if noted is not None and noted != DATABASE:
        raise RecordError(
            "the tables of this record are in another database, which was not named",
            where=folder,
            todo=f"name it by {by}, with its password if it has one: {noted}",
        )
    if not _has_file(folder) and (noted is not None or not may_begin):
        raise RecordError(
            "there is no database in this folder",
            where=folder,
            todo=f"put its {DATABASE} back or restore a backup; if it is on a server, name that by {by}",
        )


def _place(folder: Path, url: str | None) -> str:
    """As the note says it: without password, and the same wherever the folder is moved to."""
    if url is None:
        return DATABASE
    told = parsed(url)
    if told.get_backend_name() == "sqlite":
        path = _path(told.database).absolute()
        return DATABASE if path == (folder / DATABASE).absolute() else sqlite_url(path)
    query = {name: value for name, value in told.query.items() if name in _TELLING}
    bare = URL.create(told.drivername, told.username, None, told.host, told.port, told.database, query)
    return bare.render_as_string()


def _path(database: str | None) -> Path:
    return Path((database or "").removeprefix("file:"))


def _begun(url: str) -> bool:
    """Whether there is a record in a database; a SQLite file that is not there is not made by asking."""
    told = parsed(url)
    if told.get_backend_name() == "sqlite" and not _path(told.database).exists():
        return False
    database = open_database(url)
    try:
        with told_plainly("the database"), database.engine.connect() as connection:
            if version_of(connection) is None:
                return False
            return connection.scalar(select(Setting.key).where(Setting.key == "vault")) is not None
    finally:
        database.close()


def _has_file(folder: Path) -> bool:
    return (folder / DATABASE).exists()


def _has_films(folder: Path) -> bool:
    """Whether something lies in the folder that only a record's tables make sense of."""
    with told_plainly(str(folder)):
        places = [folder / name for name in ("videos", "uploads", "backups")]
        return any(place.is_dir() and any(place.iterdir()) for place in places)
