"""Personal models as they are kept, and the job that makes the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.record.made import put_capture, put_model

from mitate.record.errors import MissingError
from mitate.record.models_kept import (
    active_model,
    forget_models_of,
    learn_anew,
    models_of,
    next_revision,
    waiting_model,
)
from mitate.record.opened import Record
from mitate.record.schema import Job
from mitate.record.weights import NewWeight
from mitate.serve.jobs.queue import RowsOnly

BY = "0" * 32


def test_the_newest_first_and_one_of_them_active(record: Record, people: list[str]) -> None:
    before, here = put_model(record, people[0], active=False), put_model(record, people[0], n_labelled=9)
    put_model(record, people[1])
    with record.database.reading() as session:
        assert [one.id for one in models_of(record, session, people[0])] == [here, before]
        active = active_model(record, session, people[0])
        assert active is not None
        assert (active.id, active.facts["n_labelled"]) == (here, 9)
        with pytest.raises(MissingError):
            models_of(record, session, "0" * 32)


def test_models_that_learned_from_a_film_go_with_it(record: Record, people: list[str]) -> None:
    put_model(record, people[0], sessions=["a", "b"])
    put_model(record, people[0], reference="a")
    stays = put_model(record, people[0], sessions=["b"], reference="b")
    with record.database.writing() as session:
        assert forget_models_of(record, session, people[0], "a") == 2
        assert [one.id for one in models_of(record, session, people[0])] == [stays]
        assert forget_models_of(record, session, people[0], "a") == 0


def test_revisions_never_meet(record: Record, people: list[str]) -> None:
    subjects = []
    for state in ("done", "failed", "running", "waiting"):
        with record.database.writing() as session:
            subject = next_revision(session, people[0])
            session.add(Job(kind="make_model", subject=subject, person_id=people[0], state=state))
            subjects.append(subject)
    assert subjects == [f"{people[0]}:{number}" for number in range(1, 5)]
    with record.database.reading() as session:
        waiting = waiting_model(session, people[0])
        assert waiting is not None
        assert waiting.subject == subjects[3]
        assert waiting_model(session, people[1]) is None


def test_a_running_job_counts_only_where_asked(record: Record, people: list[str]) -> None:
    with record.database.writing() as session:
        session.add(Job(kind="make_model", subject="a", person_id=people[0], state="running"))
    with record.database.reading() as session:
        assert waiting_model(session, people[0]) is None
        assert waiting_model(session, people[0], running=True) is not None


def test_weights_ask_for_a_model_only_where_they_concern_a_film_that_was_read(
    record: Record, people: list[str]
) -> None:
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    put_capture(record, people[0], at=at, read=True)
    put_capture(record, people[1], at=at)
    add = RowsOnly().add

    def after(hours: float) -> NewWeight:
        return NewWeight(at + timedelta(hours=hours), 66.0)

    dry = NewWeight(at - timedelta(days=9), 63.0, "dry")
    with record.database.writing() as session:
        for person, weights in (
            (people[0], []),
            (people[0], [after(-3.1), after(3.1)]),
            (people[1], [after(0)]),
            (people[1], [dry]),
        ):
            assert learn_anew(add, session, person, weights) is None
        first = learn_anew(add, session, people[0], [after(216), after(2.9)])
        assert first is not None
        assert learn_anew(add, session, people[0], [dry]) is first
        first.state = "running"
        again = learn_anew(add, session, people[0], [dry])
        assert again is not None
        assert again.subject == f"{people[0]}:2"
