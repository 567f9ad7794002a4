"""Jobs of a light kind, and workers that do them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mitate.record.opened import open_record
from mitate.record.schema import Job
from mitate.record.vault import Vault
from mitate.serve.jobs.consumer import Consumer, Pace, start
from mitate.serve.jobs.queue import open_queue
from mitate.serve.service import Service
from mitate.serve.settings import Settings

FAST = Pace(lease=60.0, write=0.02, renew=0.3, sweep=0.1, retry=0.02, room=0.1, grace=2.0)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """With a real bell."""
    settings = Settings(tmp_path / "record")
    record = open_record(settings.folder, Vault.new())
    queue = open_queue(settings)
    yield Service(record, queue, settings)
    record.close()
    queue.huey.storage.close()


class Light:
    """Works that note what they were given."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.written: Counter[str] = Counter()
        self.failed: list[tuple[str, str]] = []
        self.gate = threading.Event()

    def do(self, service: Service, task: Any, report: Any) -> Any:
        self.begun.append(task.subject)
        report("looking", 0.5)
        return lambda session: self.written.update([task.subject])

    def bad(self, service: Service, task: Any, report: Any) -> Any:
        self.begun.append(task.subject)
        raise ValueError("something personal")

    def slow(self, service: Service, task: Any, report: Any) -> Any:
        self.begun.append(task.subject)
        while not self.gate.wait(0.01):
            report("looking", 0.25)
        return lambda session: self.written.update([task.subject])

    def give_up(self, service: Service, session: Any, task: Any, word: str) -> None:
        self.failed.append((task.subject, word))


@pytest.fixture
def light() -> Light:
    return Light()


@pytest.fixture
def working(service: Service, light: Light) -> Iterator[Callable[..., Consumer]]:
    """Starts workers, and stops them at the end."""
    started: list[Consumer] = []

    def begin(pace: Pace = FAST, workers: int = 1, where: Service | None = None) -> Consumer:
        works = {"do": light.do, "bad": light.bad, "slow": light.slow}
        failed = dict.fromkeys(works, light.give_up)
        started.append(start(where or service, works, failed, workers, pace))
        return started[-1]

    yield begin
    light.gate.set()
    for one in started:
        one.stop()


def add(service: Service, kind: str, subject: str, person_id: str | None = None) -> str:
    with service.record.database.writing() as session:
        job_id = service.queue.add(session, kind, subject, person_id).id
    service.queue.wake()
    return job_id


def row(service: Service, job_id: str) -> Job:
    with service.record.database.reading() as session:
        return session.get_one(Job, job_id)


def until(seen: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + seconds
    while not seen():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.01)
