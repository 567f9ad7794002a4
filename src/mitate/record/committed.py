"""What is done once a transaction is really committed: a savepoint inside it is no end."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

__all__ = ["once_committed"]

_WAITING = "once_committed"
Waiting = list[tuple[SessionTransaction | None, Callable[[], None]]]


def once_committed(session: Session, action: Callable[[], None]) -> None:
    """Do something after the whole transaction is committed; never if it, or the savepoint around, is undone.

    SQLAlchemy tells of a released savepoint by the same event as of a commit: what must not be done too soon,
    such as deleting a file that a row still names, goes through here.

    Args:
        session: in a transaction that writes.
        action: done in the order of the calls, outside any transaction.
    """
    waiting: Waiting | None = session.info.get(_WAITING)
    if waiting is None:
        waiting = session.info[_WAITING] = []
        event.listen(session, "after_commit", _committed)
        event.listen(session, "after_soft_rollback", _undone)
    waiting.append((session.get_nested_transaction(), action))


def _committed(session: Session) -> None:
    waiting: Waiting = session.info[_WAITING]
    savepoint = session.get_nested_transaction()
    if savepoint is not None:  # what was asked for inside it now belongs to what is around it
        waiting[:] = [(savepoint.parent if at is savepoint else at, action) for at, action in waiting]
        return
    actions = [action for _, action in waiting]
    waiting.clear()
    for action in actions:
        action()


def _undone(session: Session, undone: SessionTransaction) -> None:
    waiting: Waiting = session.info[_WAITING]
    kept = [(at, action) for at, action in waiting if at is not undone] if undone.nested else []
    waiting[:] = kept
