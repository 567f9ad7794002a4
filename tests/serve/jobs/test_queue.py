"""Jobs handed in: once each, on SQLite and PostgreSQL, whatever the bell does."""

from __future__ import annotations

import io
import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from mitate.record.opened import open_record
from mitate.record.vault import Vault
from mitate.serve.jobs.queue import BellTrouble, JobQueue, RowsOnly, open_queue
from mitate.serve.service import Service
from mitate.serve.settings import Settings


def test_at_the_same_moment_it_is_one_job(tmp_path: Path, database_url: str) -> None:
    record, ready = open_record(tmp_path / "record", Vault.new(), database_url), Barrier(4)

    def hand_in(_number: int) -> str:
        ready.wait(120)
        with record.database.writing() as session:
            return RowsOnly().add(session, "do", "one").id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(hand_in, range(4)))) == 1
    record.close()


def test_a_bell_that_does_not_ring_is_said_and_no_error(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("disk is full")

    assert isinstance(service.queue, JobQueue)
    monkeypatch.setattr(service.queue, "_ring", broken)
    with caplog.at_level(logging.WARNING):
        service.queue.wake()
    assert "OperationalError" in caplog.text


def test_a_bell_out_of_reach_is_a_line_and_not_a_traceback_each_time(tmp_path: Path) -> None:
    redis = pytest.importorskip("redis")
    written = io.StringIO()
    handler, log = logging.StreamHandler(written), logging.getLogger("huey.consumer.Worker")
    handler.addFilter(BellTrouble())
    log.addHandler(handler)
    closed = open_queue(Settings(folder=tmp_path, redis_url="redis://127.0.0.1:1/0")).huey
    try:
        for _ in range(3):
            try:
                closed.dequeue()
            except redis.exceptions.ConnectionError:
                log.exception("Error reading from queue")
        try:
            raise ValueError("a bug")
        except ValueError:
            log.exception("Unhandled error during execution")
    finally:
        log.removeHandler(handler)
    first, rest = written.getvalue().split("\n", 1)
    assert first.startswith("the bell of the jobs is out of reach (ConnectionError)")
    assert rest.startswith("Unhandled error during execution\nTraceback")  # a bug is told whole
