"""Seconds left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from mitate.record.opened import open_record
from mitate.record.schema import Job, now
from mitate.record.vault import Vault
from mitate.serve.jobs import times
from mitate.serve.service import Service


def test_an_estimate_follows_what_jobs_take(service: Service) -> None:
    with service.record.database.writing() as session:
        for _ in range(30):
            times.learn(session, "read_face", 12.0)
        session.add(Job(kind="read_face", subject="a", created_at=now()))
        session.add(Job(kind="read_face", subject="b", created_at=now() + timedelta(seconds=1)))
    with service.record.database.reading() as session:
        a, b = times.progress_of(session, "a"), times.progress_of(session, "b")
        assert a is not None
        assert b is not None
        assert (a.seconds_left, b.seconds_left) == (12.0, 24.0)
        assert times.progress_of(session, "c") is None


def test_at_work_the_pace_counts(service: Service) -> None:
    begun = now() - timedelta(seconds=10)
    job = Job(kind="x", subject="a", state="running", started_at=begun, progress=0.5)
    with service.record.database.reading() as session:
        left = times.seconds_left(session, job)
        assert left is not None
        assert 9.9 < left < 12
        job.progress = 0.0
        left = times.seconds_left(session, job)
        assert left is not None
        assert 18 < left <= times.GUESS_S - 9.9
        job.state = "done"
        assert times.seconds_left(session, job) is None


def test_two_first_estimates_at_once_are_no_error(tmp_path: Path, postgres_url: str) -> None:
    record = open_record(tmp_path / "record", Vault.new(), postgres_url)
    with ThreadPoolExecutor(1) as pool, record.database.writing() as session:
        times.learn(session, "read_face", 10.0)

        def other() -> None:
            with record.database.writing() as theirs:
                times.learn(theirs, "read_face", 20.0)

        later = pool.submit(other)  # waits for this transaction
        session.commit()
        later.result(120)
    record.close()
