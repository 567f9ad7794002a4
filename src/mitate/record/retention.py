"""How long things are kept: what is over its time goes, and so does what a killed process left behind.

What holds is set by the clinic (`settings`, ``retention``). Films go as soon as they were read unless the
person agreed that they are kept; the audit trail and the list of erased ids are kept for good.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from mitate.record import settings
from mitate.record.audit import note
from mitate.record.backup import clear_parts
from mitate.record.captures import capture_row, count_captures, delete_capture, forget_film
from mitate.record.consents import given
from mitate.record.erasure import compact
from mitate.record.errors import ConflictError, MissingError
from mitate.record.models_kept import forget_models_of, make_anew
from mitate.record.opened import Record
from mitate.record.schema import Capture, Challenge, Check, Erased, Job, Login, Token, Upload
from mitate.record.streams import PLAIN_PREFIX
from mitate.record.uploads import AddJob, remove_expired
from mitate.record.written import told_plainly

__all__ = ["Swept", "sweep"]

_BY = "system"
_STRAY_AFTER = timedelta(hours=1)  # nobody takes longer between a file and its row
_YEAR = timedelta(days=365.2425)
_READ = ("done", "refused", "failed")
_LAST, _LEAP, _WAIT = "last sweep", timedelta(days=60), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Swept:
    """What was over its time; numbers of what is gone.

    Attributes:
        uploads: films that were begun and never finished.
        films: kept files of films that were read, without consent to keep them.
        captures, checks: older than the years that are set.
        logins: of browsers, and challenges of passkeys.
        tokens: of programs.
        jobs: that ended long ago.
        strays: files that no row names, and copies left by a killed process.
        backups: in the record's folder; the newest always stays.
    """

    uploads: int = 0
    films: int = 0
    captures: int = 0
    checks: int = 0
    logins: int = 0
    tokens: int = 0
    jobs: int = 0
    strays: int = 0
    backups: int = 0

    @property
    def total(self) -> int:
        """Of all."""
        return sum(asdict(self).values())


def sweep(record: Record, now: datetime, add: AddJob | None = None, *, doubting: bool = False) -> Swept:
    """Remove what is over its time; meant to be called every hour or so. Doing it twice does no harm.

    Args:
        record: open.
        now: the time, with its zone.
        add: adds the jobs that make models anew, without the films that went; wake the queue afterwards.
        doubting: remove nothing that cannot be had back, for a week, where the clock says that months have
            gone by since the last sweep: more likely it was set wrong.

    Raises:
        FullError: nothing can be written.
    """
    with record.database.reading() as session:
        held = settings.get(session, "retention")
    sure = not (doubting and _is_doubtful(record, now))
    uploads = remove_expired(record, now) if sure else 0
    films = _each(record, _unconsented, lambda session, one: _forget(record, session, one))
    captures = checks = 0
    if sure and held["captures_years"] is not None:
        oldest = now - held["captures_years"] * _YEAR
        captures = _each(record, _older(Capture, oldest), partial(_delete, record, add))
        checks = _each(record, _older(Check, oldest), _delete_check)
    with record.database.writing() as session:
        logins = _gone(session, Login, Login.expires_at < now)
        logins += _gone(session, Challenge, Challenge.expires_at < now)
        past = Token.expires_at.is_not(None) & (Token.expires_at < now)
        tokens = _gone(session, Token, past) if sure else 0
        ended = Job.state.in_(("done", "failed"))
        old = func.coalesce(Job.finished_at, Job.created_at) < now - timedelta(days=held["jobs_days"])
        jobs = _gone(session, Job, ended & old)
        lately = select(Erased.person_id).where(Erased.at > now - timedelta(days=2)).limit(1)
        erased = session.scalar(lately) is not None
    strays = _strays(record, now)
    backups = _backups(record, now - timedelta(days=held["backups_days"])) if sure else 0
    swept = Swept(uploads, films, captures, checks, logins, tokens, jobs, strays, backups)
    if swept.total:
        with record.database.writing() as session:
            told = {name: number for name, number in asdict(swept).items() if number}
            note(session, _BY, "retention.swept", **told)
    if erased or (record.database.is_sqlite and swept.total):
        compact(record.database)
    return swept


def _is_doubtful(record: Record, now: datetime) -> bool:
    """Whether the clock went ahead by so much since the last sweep that a week is to be waited."""
    with record.database.writing() as session:
        known = settings.get(session, _LAST, {"at": now.isoformat(), "since": None})
        last, since = datetime.fromisoformat(known["at"]), known["since"]
        if since is None and now - last > _LEAP:
            since = now.isoformat()
        elif since is not None and not timedelta() <= now - datetime.fromisoformat(since) <= _WAIT:
            since = None  # set right again; or it was right
        settings.put(session, _LAST, {"at": now.isoformat(), "since": since})
        return since is not None


def _each(
    record: Record,
    ids: Callable[[Session], list[str]],
    remove: Callable[[Session, str], bool],
) -> int:
    """Remove one after the other, each in a transaction of its own: others get in between."""
    with record.database.reading() as session:
        found = ids(session)
    count = 0
    for one in found:
        try:
            with record.database.writing() as session:
                count += remove(session, one)
        except (MissingError, ConflictError):  # gone meanwhile, or being read: the next sweep sees it
            continue
    return count


def _unconsented(session: Session) -> list[str]:
    kept = select(Capture.id, Capture.person_id).where(Capture.video.is_not(None), Capture.state.in_(_READ))
    rows = session.execute(kept).all()
    agreed = {person for person in {row.person_id for row in rows} if given(session, person, "keep_video")}
    return [row.id for row in rows if row.person_id not in agreed]


def _forget(record: Record, session: Session, capture_id: str) -> bool:
    row = session.get(Capture, capture_id)
    if row is None or row.state not in _READ or given(session, row.person_id, "keep_video"):
        return False
    return forget_film(record, session, row)


def _older(table: type[Capture] | type[Check], oldest: datetime) -> Callable[[Session], list[str]]:
    def found(session: Session) -> list[str]:
        return list(session.scalars(select(table.id).where(table.at < oldest)))

    return found


def _delete(record: Record, add: AddJob | None, session: Session, capture_id: str) -> bool:
    """A film with what was made of it: a model that learned from it holds numbers of her face."""
    row = capture_row(session, capture_id)
    person_id, face = row.person_id, row.instrument == "edema"
    delete_capture(record, session, capture_id, _BY)
    gone = forget_models_of(record, session, person_id, capture_id) if face else 0
    if gone and add is not None and count_captures(session, person_id, "edema"):
        make_anew(add, session, person_id)
    return True


def _delete_check(session: Session, check_id: str) -> bool:
    busy = session.scalar(select(Capture.id).where(Capture.check_id == check_id).limit(1))
    row = session.get(Check, check_id)
    if row is None or row.state == "concluding" or busy is not None:  # its films are younger: it waits
        return False
    hers = Job.subject.startswith(f"{check_id}:")
    session.execute(delete(Job).where(Job.kind == "conclude_check", hers))
    session.delete(row)
    note(session, _BY, "check.deleted", row.person_id, check=check_id)
    return True


def _gone(session: Session, table: Any, which: ColumnElement[bool]) -> int:
    return int(session.execute(delete(table).where(which)).rowcount)  # type: ignore[attr-defined]


def _strays(record: Record, now: datetime) -> int:
    """Files whose rows went while their process was killed, and copies in the clear that one left."""
    uploads, videos = (sorted((record.folder / name).iterdir()) for name in ("uploads", "videos"))
    with record.database.reading() as session:  # after the listing: a row is there before its file is
        coming = set(session.scalars(select(Upload.id)))
        named = set(session.scalars(select(Capture.video)))
    count = 0
    with told_plainly(str(record.folder)):
        for path in (*uploads, *videos):
            known = path.name.partition(".")[0] in coming if path in uploads else path.name in named
            if known or not _older_than(path, now - _STRAY_AFTER):
                continue
            if path.is_dir() and path.name.startswith(PLAIN_PREFIX):
                shutil.rmtree(path, ignore_errors=True)
            elif path.is_file():
                path.unlink(missing_ok=True)
            count += 1
        return count + clear_parts(record.folder / "backups", now)


def _backups(record: Record, oldest: datetime) -> int:
    made = sorted((record.folder / "backups").glob("*.tar"), key=lambda path: path.stat().st_mtime)
    late = [path for path in made[:-1] if _older_than(path, oldest)]
    with told_plainly(str(record.folder)):
        for path in late:
            path.unlink(missing_ok=True)
    return len(late)


def _older_than(path: Any, moment: datetime) -> bool:
    try:
        return bool(path.stat().st_mtime < moment.timestamp())
    except FileNotFoundError:
        return False
