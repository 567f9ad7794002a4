"""Workers: each job once, whatever happens to others, to disks, to leases and to processes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from sqlite3 import OperationalError
from typing import Any

import pytest
from sqlalchemy import select
from tests.serve.jobs.conftest import FAST, Light, add, row, until

from mitate.record.errors import FullError
from mitate.record.schema import Job, now
from mitate.serve.jobs.consumer import Consumer, run_worker, start
from mitate.serve.jobs.queue import RowsOnly
from mitate.serve.service import Service


def test_a_job_is_done_once_and_told(
    service: Service, light: Light, working: Callable[..., Consumer]
) -> None:
    working()
    job = add(service, "do", "a")
    until(lambda: row(service, job).state == "done")
    done = row(service, job)
    assert (done.progress, done.stage, done.attempts, done.error) == (1.0, "", 0, None)
    assert done.finished_at is not None
    assert light.written == {"a": 1}
    assert add(service, "do", "a") == job  # handed in again: the same


def test_signals_are_left_alone(working: Callable[..., Consumer]) -> None:
    before = [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)]
    working()
    assert [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)] == before


def test_a_bad_film_fails_alone(service: Service, light: Light, working: Callable[..., Consumer]) -> None:
    bad, good = add(service, "bad", "x"), add(service, "do", "y")
    working()
    until(lambda: row(service, bad).state == "failed" and row(service, good).state == "done")
    assert light.begun.count("x") == 3
    assert light.failed == [("x", "ValueError")]
    assert row(service, bad).error == "ValueError"
    assert light.written == {"y": 1}


def test_what_nobody_rang_for_is_found(
    service: Service, light: Light, working: Callable[..., Consumer]
) -> None:
    working()
    with service.record.database.writing() as session:
        RowsOnly().add(session, "do", "quiet")
    until(lambda: light.written == {"quiet": 1})


def test_many_workers_do_each_job_once(
    service: Service, light: Light, working: Callable[..., Consumer]
) -> None:
    for number in range(40):
        add(service, "do", str(number))
    for _ in range(3):
        working(workers=3)
    until(lambda: len(light.written) == 40)
    assert set(light.written.values()) == {1}


def test_a_lease_that_ran_out_is_taken_over_and_the_late_one_writes_nothing(
    service: Service, light: Light, working: Callable[..., Consumer]
) -> None:
    job = add(service, "slow", "late")
    working()
    until(lambda: light.begun == ["late"])
    with service.record.database.writing() as session:  # as if another worker had taken it
        taken = session.get_one(Job, job)
        taken.worker, taken.lease_until = "somebody else", now() + timedelta(seconds=0.5)
    light.gate.set()
    until(lambda: row(service, job).state == "done")  # the other one never wrote: it was swept
    assert row(service, job).interrupted == 1
    assert light.written == {"late": 1}


def test_a_job_whose_worker_is_always_killed_ends(
    service: Service, light: Light, working: Callable[..., Consumer]
) -> None:
    with service.record.database.writing() as session:
        past = now() - timedelta(seconds=1)
        row_ = Job(kind="do", subject="z", state="running", worker="dead", lease_until=past, interrupted=49)
        session.add(row_)
    working()
    until(lambda: row(service, row_.id).state == "failed")
    assert light.failed == [("z", "killed")]


def test_a_job_whose_worker_was_killed_often_waits_longer(
    service: Service, light: Light, working: Callable[..., Consumer]
) -> None:
    begun = now()
    past = begun - timedelta(seconds=1)
    lost = [
        Job(kind="do", subject=f"k{n}", state="running", worker="dead", lease_until=past, interrupted=n)
        for n in (0, 1, 9)
    ]
    with service.record.database.writing() as session:
        session.add_all(lost)
    working()
    until(lambda: light.written == {"k0": 1, "k1": 1})
    until(lambda: row(service, lost[2].id).interrupted == 10)
    waits = row(service, lost[2].id).lease_until
    assert waits is not None
    assert begun + timedelta(seconds=128) <= waits <= now() + timedelta(seconds=128)


def test_progress_is_written_and_the_lease_kept(
    service: Service, light: Light, working: Callable[..., Consumer]
) -> None:
    working(replace(FAST, lease=60.0, renew=0.1))
    job = add(service, "slow", "long")
    until(lambda: row(service, job).stage == "looking")
    assert row(service, job).progress == 0.25
    ends = set()

    def renewed() -> bool:
        ends.add(row(service, job).lease_until)
        return len(ends) > 3

    until(renewed)  # though there is no news
    assert (row(service, job).state, row(service, job).interrupted) == ("running", 0)
    light.gate.set()
    until(lambda: row(service, job).state == "done")


def test_a_stop_hands_back_and_another_goes_on(
    service: Service, light: Light, working: Callable[..., Consumer]
) -> None:
    first = working(replace(FAST, grace=0.1))
    job = add(service, "slow", "handed")
    until(lambda: light.begun == ["handed"])
    first.stop()
    back = row(service, job)
    assert (back.state, back.worker, back.attempts, back.interrupted) == ("waiting", None, 0, 0)
    light.gate.set()
    working()
    until(lambda: row(service, job).state == "done")
    assert light.written == {"handed": 1}


def test_no_room_is_not_the_films_fault(service: Service, light: Light) -> None:
    full = threading.Event()
    full.set()

    def needs_room(service: Service, task: Any, report: Any) -> Any:
        def write(session: Any) -> None:
            if full.is_set():
                if len(light.begun) % 2:
                    raise OperationalError("database is locked")  # as where others wrote all the time
                raise FullError("nothing can be written", where="disk")
            light.written.update([task.subject])

        light.begun.append(task.subject)
        return write

    consumer = start(service, {"do": needs_room}, {}, pace=FAST)
    try:
        job = add(service, "do", "n")
        until(lambda: len(light.begun) > 4)
        assert row(service, job).attempts == 0
        full.clear()
        until(lambda: row(service, job).state == "done")
    finally:
        consumer.stop()
    assert light.written == {"n": 1}


def test_a_broken_bell_loses_nothing(
    service: Service, light: Light, working: Callable[..., Consumer]
) -> None:
    working()
    queue: Any = service.queue
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue, "_ring", _broken)
        job = add(service, "do", "b")
        with service.record.database.reading() as session:
            assert session.get(Job, job) is not None
    until(lambda: light.written == {"b": 1})


def test_retention_is_looked_after(service: Service, working: Callable[..., Consumer]) -> None:
    with service.record.database.writing() as session:
        session.add(Job(kind="old", subject="o", state="done", finished_at=now() - timedelta(days=1000)))
    working(replace(FAST, upkeep=(0.05, 60.0)))

    def gone() -> bool:
        with service.record.database.reading() as session:
            return not session.scalars(select(Job)).all()

    until(gone)


def test_a_worker_apart_ends_when_told(service: Service) -> None:
    stopping = threading.Event()
    stopping.set()
    run_worker(service, stopping)
    assert not list((service.record.folder / "workers").iterdir())


def _broken() -> None:
    raise OSError
