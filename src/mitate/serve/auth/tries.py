"""Wrong tries to sign in: growing waits by name and by address, kept in the database for all web processes.

A try is counted before it is judged, so that many at once are no way around the wait; a right one takes its
count back. Unknown names wait like known ones. Tries by a browser that the account was signed in with before
(`devices`) are counted by themselves, so that strangers' tries keep nobody out. After NIST SP 800-63B, 5.2.2
(throttling; at most 100 wrong tries in a row, after which there is one a day).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mitate.record.accounts import plain_login
from mitate.record.opened import Record
from mitate.record.schema import Knock, now
from mitate.serve.connections import network_of
from mitate.serve.failing import TooMany

__all__ = ["FREE", "FREE_OF_ADDRESS", "forget", "forget_name", "knock", "wait_s"]

FREE = 5
"""Wrong tries by one name before the first wait."""
FREE_OF_ADDRESS = 40
"""Wrong tries from one address in a day (UTC); a ward's phones may share one, and somebody mistypes daily."""
_IN_A_ROW = 100  # wrong tries by one name, after which it waits for days, not hours
_FIRST_S, _LONGEST_S, _DAY_S = 30.0, 3600.0, 86_400.0
_FORGOTTEN = timedelta(days=3)


def wait_s(tries: int, free: int = FREE) -> float:
    """Seconds to wait after so many wrong tries: none, then 30, 60, 120 ... up to an hour.

    After 100 by one name it is a day.
    """
    if free == FREE and tries >= _IN_A_ROW:
        return _DAY_S
    return 0.0 if tries < free else min(_LONGEST_S, _FIRST_S * 2.0 ** min(tries - free, 20))


def knock(
    record: Record,
    session: Session,
    login: str,
    address: str,
    at: datetime | None = None,
    device: str = "",
) -> None:
    """Count a try by this name from this address.

    Args:
        record: whose index hides name and address.
        session: a writing transaction, to be committed before the try is judged.
        login: as typed.
        address: of the network, such as ``192.168.1.20``.
        at: the time, for tests.
        device: what a browser that the name is known to is counted under, alone (`entering`).

    Raises:
        TooMany: the wait is not over; nothing is counted.
    """
    moment = at or now()
    session.execute(delete(Knock).where(Knock.last_at < moment - _FORGOTTEN))
    rows = []
    for key, free in _keys(record, login, address, moment, device):
        row = session.get(Knock, key, with_for_update=True) or _begun(session, key, moment)
        left = wait_s(row.tries, free) - (moment - row.last_at).total_seconds()
        if left > 0:
            raise TooMany("too many wrong tries", left)
        rows.append(row)
    for row in rows:
        row.tries += 1
        row.last_at = moment


def forget(
    record: Record,
    session: Session,
    login: str,
    address: str,
    device: str = "",
    at: datetime | None = None,
) -> None:
    """The try was right: what was counted against it starts afresh, the address takes this one back."""
    mine, *of_address = (key for key, _ in _keys(record, login, address, at or now(), device))
    session.execute(delete(Knock).where(Knock.key == mine))
    for key in of_address:
        row = session.get(Knock, key, with_for_update=True)
        if row is not None:
            row.tries = max(0, row.tries - 1)


def forget_name(record: Record, session: Session, login: str) -> None:
    """The name starts afresh: it got another secret from somebody who may give one."""
    (name, _), _ = _keys(record, login, "", now())
    session.execute(delete(Knock).where(Knock.key == name))


def _begun(session: Session, key: bytes, moment: datetime) -> Knock:
    try:
        with session.begin_nested():
            row = Knock(key=key, tries=0, last_at=moment)
            session.add(row)
        return row
    except IntegrityError:  # another process was first, on PostgreSQL
        return session.get_one(Knock, key, with_for_update=True)


def _keys(
    record: Record, login: str, address: str, moment: datetime, device: str = ""
) -> tuple[tuple[bytes, int], ...]:
    index, name = record.vault.index, plain_login(login)
    if device:
        return ((index(f"try by {name} with {device}"), FREE),)
    there = f"try from {network_of(address)} on {moment:%Y-%m-%d}"
    return (index(f"try by {name}"), FREE), (index(there), FREE_OF_ADDRESS)
