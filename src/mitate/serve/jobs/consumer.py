"""Doing jobs: threads that answer the bell, claim, work, and write what came of it once.

One thread more keeps the leases, writes progress, looks for jobs whose worker was killed and rings where jobs
wait. What a kill interrupts is done again; only the holder of the lease writes; the table is the truth.
"""

from __future__ import annotations

import logging
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import OperationalError

from mitate.errors import MitateError
from mitate.record import retention, uploads
from mitate.record.errors import FullError
from mitate.record.schema import now
from mitate.serve.jobs import claims, times
from mitate.serve.jobs.alive import Alive, clean, is_gone
from mitate.serve.jobs.claims import Claim
from mitate.serve.jobs.queue import JobQueue, open_queue
from mitate.serve.service import Service
from mitate.serve.work.kinds import FAILED, WORK, Failed, Work

__all__ = ["Consumer", "Pace", "run_worker", "start"]

_MOST_WORKERS = 4  # each child holds some hundred MB
_AWAY = (OperationalError, sqlite3.OperationalError)  # the latter: no turn to write came
_LOG = logging.getLogger("mitate.serve.jobs")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things are done, in seconds, and how often they are tried.

    Attributes:
        lease: a worker not heard of for so long is thought dead.
        write: between two writings of progress.
        renew: between two renewals of a lease without progress.
        sweep: between two looks for what was forgotten.
        retry: before a job that went wrong is tried again, times its attempts.
        room: before a job is tried again that found no room on the disk.
        attempts: that may go wrong.
        interruptions: kills that a job may survive; one that takes its machine down ends there.
        longest: between two tries of a job that was interrupted more than twice; it doubles up to there, so
            that one that takes its machine down does so rarely.
        upkeep: before retention is looked after, and then every so often.
        grace: that a stop waits for jobs, before it hands them back.
    """

    lease: float = claims.LEASE_S
    write: float = 1.0
    renew: float = 15.0
    sweep: float = 5.0
    retry: float = 2.0
    room: float = 10.0
    attempts: int = 3
    interruptions: int = 50
    longest: float = 3600.0
    upkeep: tuple[float, float] = (60.0, 3600.0)
    grace: float = 8.0


class _StoppedError(Exception):
    """The worker stops, or somebody else has the job now."""


@dataclass(slots=True)
class _Run:
    """A claim at work in this process."""

    held: Claim
    stage: str = ""
    progress: float = 0.0
    changed: bool = False
    renewed: float = field(default_factory=time.monotonic)
    stopped: bool = False

    def report(self, stage: str, share: float) -> None:
        """What work is given to say how far it is."""
        if self.stopped:
            raise _StoppedError
        self.changed = self.changed or (stage, share) != (self.stage, self.progress)
        self.stage, self.progress = stage, share


class Consumer:
    """Workers of one process."""

    def __init__(
        self,
        service: Service,
        works: Mapping[str, Work] | None = None,
        failed: Mapping[str, Failed] | None = None,
        workers: int = 1,
        pace: Pace | None = None,
    ) -> None:
        """Use `start`."""
        self._service, self._database = service, service.record.database
        self._works, self._failed = works or WORK, failed if failed is not None else FAILED
        self._workers, self._pace = workers, pace or Pace()
        self._queue = service.queue if isinstance(service.queue, JobQueue) else open_queue(service.settings)
        self._alive = Alive(service.record.folder)
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}
        self._owed: list[Callable[[], None]] = []  # writings that found no room
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="jobs-keeper", daemon=True)
        self._tidier = threading.Thread(target=self._tidy, name="jobs-tidier", daemon=True)
        self._bell = _bell(self._queue, workers)

    def start(self) -> None:
        """Start the threads."""
        self._queue.answer = self._look
        self._keeper.start()
        self._tidier.start()
        self._bell.start()

    def stop(self) -> None:
        """Take no more jobs, wait for those at work a while, hand back what is not done by then."""
        self._stopping.set()
        self._bell.stop_flag.set()
        until = time.monotonic() + self._pace.grace
        while self._runs and time.monotonic() < until:
            time.sleep(0.02)
        for run in self._at_work():
            run.stopped = True
            self._write(lambda run=run: self._hand_back(run.held))  # type: ignore[misc]
        self._queue.answer = None
        self._keeper.join(2.0)
        for _, thread in self._bell.worker_threads:
            thread.join(2.0)
        if not self._owed:
            self._alive.close()

    def _look(self) -> None:
        """Do jobs until none is left."""
        while not self._stopping.is_set():
            word = f"{self._alive.name}:{secrets.token_hex(4)}"
            try:
                with self._database.writing() as session:
                    held = claims.claim(session, word, self._works, self._pace.lease)
            except MitateError as error:  # no room, or the database is away: the sweep comes again
                _LOG.warning("no job can be claimed: %s", type(error).__name__)
                return
            if held is None:
                return
            run = _Run(held)
            with self._lock:
                self._runs[held.word] = run
            try:
                self._work(run)
            finally:
                with self._lock:
                    self._runs.pop(held.word, None)

    def _work(self, run: _Run) -> None:
        held, begun = run.held, time.monotonic()
        try:
            finish = self._works[held.task.kind](self._service, held.task, run.report)
            with self._database.writing() as session:
                if not claims.finish(session, held):
                    return  # somebody else has it: nothing of ours is written
                times.learn(session, held.task.kind, time.monotonic() - begun)
                finish(session)
        except _StoppedError:
            self._write(lambda: self._hand_back(held))
        except Exception as error:
            # Whatever one film does, the others go on. The message may hold something personal.
            word = type(error).__name__
            if isinstance(error, FullError) or isinstance(error.__cause__, _AWAY):
                _LOG.warning("a job waits for room, or for the database: %s", word)  # not the film's fault
                self._write(lambda: self._hand_back(held, self._pace.room))
                return
            _LOG.warning("a job went wrong: %s: %s", held.task.kind, word)
            self._write(lambda: self._went_wrong(held, word))

    def _went_wrong(self, held: Claim, word: str) -> None:
        with self._database.writing() as session:
            if held.attempts + 1 < self._pace.attempts:
                after = now() + timedelta(seconds=self._pace.retry * (held.attempts + 1))
                claims.hand_back(session, held, error=word, not_before=after)
            elif claims.give_up(session, held, word):
                self._tell_failed(session, held, word)

    def _tell_failed(self, session: object, held: Claim, word: str) -> None:
        if (told := self._failed.get(held.task.kind)) is not None:
            told(self._service, session, held.task, word)  # type: ignore[arg-type]

    def _hand_back(self, held: Claim, after_s: float = 0.0) -> None:
        with self._database.writing() as session:
            not_before = now() + timedelta(seconds=after_s) if after_s else None
            claims.hand_back(session, held, not_before=not_before)

    def _write(self, write: Callable[[], None]) -> None:
        """Write something about a job, now or when there is room again."""
        try:
            write()
        except MitateError as error:
            _LOG.warning("something about a job cannot be written yet: %s", type(error).__name__)
            with self._lock:
                self._owed.append(write)

    def _keep(self) -> None:
        """The keeper's life: leases, progress, and now and then the sweep."""
        swept = float("-inf")
        while not self._stopping.is_set() or self._runs:
            try:
                self._renew()
                if time.monotonic() - swept >= self._pace.sweep:
                    self._sweep(first=swept < 0)
                    swept = time.monotonic()
            except MitateError as error:
                _LOG.warning("jobs cannot be looked after: %s", type(error).__name__)
                swept = time.monotonic()
            except Exception as error:  # the keeper must not die of a bug
                _LOG.error("a bug in looking after jobs: %s", type(error).__name__)
                swept = time.monotonic()
            self._stopping.wait(self._pace.write) if not self._stopping.is_set() else time.sleep(0.05)

    def _renew(self) -> None:
        mine = time.monotonic()
        due = [r for r in self._at_work() if r.changed or mine - r.renewed >= self._pace.renew]
        if not due:
            return
        with self._database.writing() as session:
            for run in due:
                run.changed, run.renewed = False, mine
                if not claims.renew(session, run.held, run.stage, run.progress, self._pace.lease):
                    run.stopped = True

    def _sweep(self, *, first: bool) -> None:
        with self._lock:
            owed, self._owed = self._owed, []
        for write in owed:
            self._write(write)
        if first and uploads.settle(self._service.record, self._queue.add):
            _LOG.info("uploads that were whole wait for their jobs now")
        folder = self._service.record.folder
        with self._database.reading() as session:
            held = claims.running(session)
            waiting = claims.claimable(session, self._works)
        for other, until in held:
            dead = claims.is_over(until) or is_gone(folder, other.word.partition(":")[0])
            if dead and other.word not in self._runs:
                self._take_back(other)
                waiting += 1
        if first:
            clean(folder)
        if waiting and len(self._runs) < self._workers:
            self._queue.wake()

    def _take_back(self, lost: Claim) -> None:
        with self._database.writing() as session:
            if lost.interrupted + 1 < self._pace.interruptions:
                again = lost.interrupted - 1  # the third time, after a second
                wait = min(2.0 ** min(again - 1, 20), self._pace.longest) if again > 0 else 0.0
                after = now() + timedelta(seconds=wait) if wait else None
                claims.hand_back(session, lost, killed=True, not_before=after)
            elif claims.give_up(session, lost, "killed"):
                self._tell_failed(session, lost, "killed")

    def _tidy(self) -> None:
        """The tidier's life: what is over its time goes, every hour."""
        first, every = self._pace.upkeep
        wait = first
        while not self._stopping.wait(wait):
            wait = every
            try:
                retention.sweep(self._service.record, now(), self._queue.add, doubting=True)
            except MitateError as error:
                _LOG.warning("retention waits: %s", type(error).__name__)
            except Exception as error:  # as the keeper
                _LOG.error("a bug in retention: %s", type(error).__name__)

    def _at_work(self) -> list[_Run]:
        with self._lock:
            return list(self._runs.values())


def start(
    service: Service,
    works: Mapping[str, Work] | None = None,
    failed: Mapping[str, Failed] | None = None,
    workers: int | None = None,
    pace: Pace | None = None,
) -> Consumer:
    """Begin to do jobs in threads of this process; signals are left to whoever runs it.

    Args:
        service: its queue's bell is answered.
        works, failed: by kind; by default all that there are.
        workers: jobs at a time; None is one for each core that this process may use, at most 4. The heavy
            part of each is in a process of its own, at low priority, with one thread.
        pace: how often what is done.

    Returns:
        To be stopped with `Consumer.stop`.
    """
    consumer = Consumer(service, works, failed, workers or min(_MOST_WORKERS, _cores()), pace)
    consumer.start()
    return consumer


def run_worker(
    service: Service,
    stopping: threading.Event | None = None,
    workers: int | None = None,
    ready: Callable[[], None] | None = None,
) -> None:
    """Do jobs in a process apart from the web, until SIGTERM or SIGINT, or until `stopping` is set.

    `ready` is called once jobs are done and a signal would be heard.
    """
    import signal

    stopping = stopping or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopping.set())
    consumer = start(service, workers=workers)
    try:
        if ready is not None:
            ready()
        while not stopping.wait(1.0):
            pass
    finally:
        consumer.stop()


def _cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _bell(queue: JobQueue, workers: int) -> Any:
    """Huey's consumer without its signal handlers: in the web process they are not its own to set."""
    from huey.consumer import Consumer as HueyConsumer

    class Bell(HueyConsumer):  # type: ignore[misc]
        def _set_signal_handlers(self) -> None:
            pass

    return Bell(queue.huey, workers=workers, periodic=False, max_delay=0.5, scheduler_interval=60)
