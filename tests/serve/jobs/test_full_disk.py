"""A disk that is full or read-only, while a film comes and while a job writes: told plainly, nothing lost."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.serve_light import read_light
from tests.serve.api.test_uploads import FILM, TUS, begin, film_of, send
from tests.serve.conftest import SignedIn, add_person
from tests.serve.jobs.conftest import FAST, until

from mitate.record.opened import open_record
from mitate.record.schema import Capture
from mitate.record.vault import Vault
from mitate.serve.jobs.consumer import start
from mitate.serve.jobs.queue import open_queue
from mitate.serve.service import Service
from mitate.serve.settings import Settings


class Disk:
    """A small file system that can be filled and made read-only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self) -> None:
        """To the last byte."""
        with (self.path / "ballast").open("ab", buffering=0) as ballast:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        ballast.write(bytes(size))
                except OSError:
                    continue

    def free(self) -> None:
        (self.path / "ballast").unlink()

    def remount(self, how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", self.path], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Of 40 MB; skipped where one cannot be mounted."""
    path = tmp_path / "small"
    path.mkdir()
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    command: list[str | Path] = ["mount", "-t", "tmpfs", "-o", "size=40m", "none", path]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    yield Disk(path)
    subprocess.run(["umount", "-l", path], check=True)


@pytest.fixture
def service(disk: Disk) -> Iterator[Service]:
    settings = Settings(disk.path / "record", origin="http://testserver", live=False)
    record = open_record(settings.folder, Vault.new())
    queue = open_queue(settings)
    yield Service(record, queue, settings)
    record.close()
    queue.huey.storage.close()


@pytest.fixture
def hers(service: Service, sign_in: Callable[..., SignedIn]) -> SignedIn:
    return sign_in("person", person_id=add_person(service))


def state(service: Service, capture_id: str) -> str:
    with service.record.database.reading() as session:
        return session.get_one(Capture, capture_id).state


def test_a_full_disk_is_told_and_the_film_goes_on(disk: Disk, service: Service, hers: SignedIn) -> None:
    assert begin(hers, length=30_000_000).status_code == 507  # it would not fit: told before it is sent
    told = begin(hers).json()
    assert send(hers, told["upload"], 0, FILM[:400_000]).status_code == 204
    disk.fill()
    full = send(hers, told["upload"], 400_000, FILM[400_000:])
    assert full.status_code == 507
    assert "full" in full.json()["error"]["what"]
    assert full.json()["error"]["todo"]
    assert hers.client.head(told["upload"], headers=TUS).headers["Upload-Offset"] == "400000"
    assert begin(hers).status_code == 507
    disk.free()
    at = int(hers.client.head(told["upload"], headers=TUS).headers["Upload-Offset"])
    assert send(hers, told["upload"], at, FILM[at:]).status_code == 204
    assert film_of(service, told["id"]) == FILM


def test_a_read_only_disk_is_told_and_the_film_goes_on(disk: Disk, service: Service, hers: SignedIn) -> None:
    told = begin(hers).json()
    assert send(hers, told["upload"], 0, FILM[:400_000]).status_code == 204
    _let_go(service)
    disk.remount("ro")
    refused = send(hers, told["upload"], 400_000, FILM[400_000:])
    disk.remount("rw")
    assert refused.status_code == 507
    assert "read-only" in refused.json()["error"]["what"]
    assert send(hers, told["upload"], 400_000, FILM[400_000:]).status_code == 204
    assert film_of(service, told["id"]) == FILM


def test_a_job_waits_for_room_and_is_done_once(disk: Disk, service: Service, hers: SignedIn) -> None:
    told = begin(hers).json()
    at_work, go_on, tries = threading.Event(), threading.Event(), []

    def work(service: Service, task: Any, report: Any) -> Any:
        tries.append(task.subject)
        at_work.set()
        go_on.wait(120)
        return read_light(service, task, report)

    consumer = start(service, {"read_face": work}, {}, pace=FAST)
    try:
        assert send(hers, told["upload"], 0, FILM).status_code == 204
        assert at_work.wait(120)
        disk.fill()
        go_on.set()
        until(lambda: len(tries) > 1 or bool(consumer._owed))  # it found no room
        assert state(service, told["id"]) == "waiting"
        disk.free()
        until(lambda: state(service, told["id"]) == "done")
    finally:
        consumer.stop()
    with service.record.database.reading() as session:
        capture = session.get_one(Capture, told["id"])
        assert capture.result is not None


def _let_go(service: Service) -> None:
    """Close all files that are open for writing, as a system does that remounts after an error."""
    service.record.database.close()
    queue: Any = service.queue
    queue.huey.storage.close()
