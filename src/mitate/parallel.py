"""One function over many jobs, on this machine's processes or on whatever executor is given."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

__all__ = ["completed"]

T = TypeVar("T")


def _quiet() -> None:
    """In a worker: Ctrl-C is the parent's affair, which lets the jobs at hand be finished."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def completed(
    function: Callable[..., T],
    jobs: Iterable[tuple[object, ...]],
    *,
    workers: int,
    executor: Executor | None = None,
) -> Iterator[T]:
    """Results of `function` for each job, in the order in which they are done.

    Args:
        function: of a module, so that other processes find it.
        jobs: its positional arguments.
        workers: processes to start where no executor is given; they end with the iteration.
        executor: runs the jobs elsewhere, such as on a cluster; it is left running.
    """
    jobs = list(jobs)
    if not jobs:
        return
    # Forking a process in which torch has started threads can hang.
    own = (
        ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_quiet)
        if executor is None
        else None
    )
    pool = executor or own
    try:
        for future in as_completed([pool.submit(function, *job) for job in jobs] if pool else []):
            yield future.result()
    finally:
        if own is not None:
            own.shutdown(cancel_futures=True)
