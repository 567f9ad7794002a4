"""What waits for a commit waits for the whole of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from mitate.record.committed import once_committed

Step = list["int | tuple[bool, Step]"]
STEPS: st.SearchStrategy[Step] = st.recursive(
    st.lists(st.integers(0, 99), max_size=3),
    lambda inside: st.lists(st.one_of(st.integers(0, 99), st.tuples(st.booleans(), inside)), max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", lambda one, _: setattr(one, "isolation_level", None))
    event.listen(engine, "begin", lambda one: one.exec_driver_sql("BEGIN"))
    with Session(engine) as opened:
        yield opened
    engine.dispose()


class _LeftError(Exception):
    """Undoes what is around it."""


def _walk(session: Session, steps: Step, done: list[int]) -> list[int]:
    """Do the steps; what is expected to be done once all is committed."""
    expected = []
    for step in steps:
        if isinstance(step, int):
            once_committed(session, lambda number=step: done.append(number))  # type: ignore[misc]
            expected.append(step)
            continue
        undone, inside = step
        with suppress(_LeftError), session.begin_nested():  # taken back: the test asked for it
            told = _walk(session, inside, done)
            if undone:
                raise _LeftError
            expected += told
    assert done == []
    return expected


@given(STEPS, st.booleans())
def test_all_that_is_committed_is_done_in_order_and_nothing_else(
    session: Session, steps: Step, undone: bool
) -> None:
    done: list[int] = []
    expected: list[int] = []
    try:
        with session.begin():
            expected = _walk(session, steps, done)
            if undone:
                raise _LeftError
    except _LeftError:
        expected = []
    assert done == expected


def test_the_next_transaction_does_nothing_of_the_last(session: Session) -> None:
    done: list[int] = []
    with session.begin():
        once_committed(session, lambda: done.append(1))
    with session.begin():
        once_committed(session, lambda: done.append(2))
    assert done == [1, 2]
