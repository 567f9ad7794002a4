"""Several films read at once, each in a process of its own as far as there are cores.

A film that cannot be used does not end the others: what is wrong with it comes back in its place.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from mitate import video
from mitate.back.assess import Assessment, assess
from mitate.back.change import Before
from mitate.back.stills import Still, write_stills
from mitate.body.read import Networks
from mitate.errors import InputError, MitateError, RefusalError
from mitate.plain import plain

__all__ = ["FilmJob", "WatchedFilm", "check_files", "watch_films"]

_MOST_WORKERS = 4
"""Processes at most: each holds its own networks and one film's masks, about 600 MB."""
_POLL_S = 0.2
_own = threading.local()


@dataclass(frozen=True, slots=True)
class FilmJob:
    """One film to read.

    Attributes:
        movement: one of `mitate.back.movement.MOVEMENTS`.
        path: of the film.
        age, sex, height_m: of the person, as `mitate.back.assess.assess` takes them.
        before: the measures of an earlier film of the same movement.
        pictures: an existing folder for the stills; None: none are made.
        details: a new folder for everything that ``mitate back measure --out`` writes; None: nothing.
    """

    movement: str
    path: Path
    age: float | None = None
    sex: str | None = None
    height_m: float | None = None
    before: Before | None = None
    pictures: Path | None = None
    details: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class WatchedFilm:
    """What came of one film: an assessment, or why there is none.

    Attributes:
        assessment: without the masks of its track; None where the film was refused.
        refusal: what is wrong with the film and what to do; None where it was read.
        seconds: that it took.
    """

    movement: str
    path: Path
    assessment: Assessment | None
    refusal: MitateError | None
    stills: tuple[Still, ...] = ()
    seconds: float = 0.0


def check_files(jobs: Sequence[FilmJob]) -> None:
    """Look at the head of every film, before minutes are spent on the first.

    Raises:
        InputError: a file is not there, or is no film.
    """
    for job in jobs:
        if video.probe(job.path).kind == "photo":
            raise InputError(
                "this is a photo, and a movement takes time",
                where=job.path,
                todo="film it, from standing to standing",
            )


def watch_films(
    jobs: Sequence[FilmJob],
    *,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> tuple[WatchedFilm, ...]:
    """Read and measure films, in the order of `jobs`.

    Args:
        workers: processes; None: one a core, at most four and no more than films. With one, all is done here.
        progress: called with the share of everything that is done, 0 to 1.
        meanwhile: called once while other processes read, for what this one can prepare.

    Raises:
        WeightsError: weights are not installed.
    """
    count = min(len(jobs), _cores() if workers is None else workers, _MOST_WORKERS)
    if count > 1:
        return _in_processes(jobs, count, progress, meanwhile)
    if meanwhile is not None:
        meanwhile()
    found = []
    for number, job in enumerate(jobs):
        found.append(_watched(job, _part_of(progress, number, len(jobs))))
    return tuple(found)


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _part_of(progress: Callable[[float], None] | None, number: int, count: int) -> Callable[[float], None]:
    def tell(share: float) -> None:
        if progress is not None:
            progress((number + share) / count)

    return tell


def _in_processes(
    jobs: Sequence[FilmJob],
    count: int,
    progress: Callable[[float], None] | None,
    meanwhile: Callable[[], object] | None,
) -> tuple[WatchedFilm, ...]:
    context = get_context("spawn")  # a fork would copy threads of the networks' libraries half-way
    shares, stopped = context.Array("d", len(jobs)), context.Event()
    pool = ProcessPoolExecutor(count, context, initializer=_begin, initargs=(shares, stopped))
    try:
        with _interruption_ignored():  # and by the processes that begin now, from their first line on
            futures = [pool.submit(_in_worker, job, number) for number, job in enumerate(jobs)]
        if meanwhile is not None:
            meanwhile()
        pending: set[Future[WatchedFilm]] = set(futures)
        while pending:
            _, pending = wait(pending, timeout=_POLL_S)
            if progress is not None:
                progress(float(sum(shares[:])) / len(jobs))
        return tuple(_result(future, job) for future, job in zip(futures, jobs, strict=True))
    finally:
        stopped.set()  # interrupted: the processes end at their next picture
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interruption_ignored() -> Iterator[None]:
    """Ctrl-C does nothing meanwhile; processes that are started inherit that, and their parent stops them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


def _result(future: Future[WatchedFilm], job: FilmJob) -> WatchedFilm:
    """What a process found; where it died, such as for want of memory, the film is read here."""
    try:
        return future.result()
    except BrokenProcessPool:
        return _watched(job, lambda share: None)


def _begin(shares: Any, stopped: Any) -> None:
    """Prepare a process: one thread for numbers and pictures."""
    import cv2
    from threadpoolctl import threadpool_limits

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it is not inherited
    cv2.setNumThreads(1)
    threadpool_limits(1)
    _own.shares, _own.stopped = shares, stopped


class _StoppedError(Exception):
    """The parent was interrupted; nobody waits for the film any more."""


def _in_worker(job: FilmJob, number: int) -> WatchedFilm:
    def tell(share: float) -> None:
        if _own.stopped.is_set():
            raise _StoppedError
        _own.shares[number] = share

    return _watched(job, tell)


def _watched(job: FilmJob, tell: Callable[[float], None]) -> WatchedFilm:
    begun = time.perf_counter()
    reading = 0.5 if job.details else 0.97
    if not hasattr(_own, "networks"):
        _own.networks = Networks.load()
    try:
        assessment = assess(
            job.path,
            job.movement,
            age=job.age,
            sex=job.sex,
            height_m=job.height_m,
            before=job.before,
            networks=_own.networks,
            progress=lambda share: tell(reading * share),
        )
        stills = () if job.pictures is None else write_stills(assessment, job.pictures)
        if job.details is not None:
            _write_details(assessment, job.details, lambda share: tell(reading + (1 - reading) * share))
    except (RefusalError, InputError) as error:
        tell(1.0)
        return WatchedFilm(job.movement, job.path, None, error, seconds=time.perf_counter() - begun)
    tell(1.0)
    seconds = time.perf_counter() - begun
    return WatchedFilm(job.movement, job.path, _light(assessment), None, stills, seconds)


def _light(one: Assessment) -> Assessment:
    """Without masks, and with mappings that can go from process to process."""
    measures = replace(
        one.measures,
        values=dict(one.measures.values),
        missing=dict(one.measures.missing),
        series=dict(one.measures.series),
    )
    recording = replace(
        one.recording, angles=dict(one.recording.angles), angle_errors=dict(one.recording.angle_errors)
    )
    track = replace(one.track, masks=None, extras=None)
    return replace(one, measures=measures, recording=recording, track=track)


def _write_details(one: Assessment, folder: Path, tell: Callable[[float], None]) -> None:
    from mitate.back.outputs import write_results

    write_results(one, folder, plain(one.as_dict()), progress=tell)
