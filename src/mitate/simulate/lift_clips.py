"""Training clips for a lift, many at a time; goes on where an earlier run stopped."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

from mitate.body.read import Networks
from mitate.errors import InputError
from mitate.simulate.body_model import load_body
from mitate.simulate.lift_data import make_clips
from mitate.simulate.parallel import completed

__all__ = ["simulate_lift_clips"]

_AT_A_TIME = 8  # people of a job: the detector is loaded once for them


def _some(out: Path, seed: int, indices: range) -> int:
    """One job, in whatever process it runs."""
    import cv2

    cv2.setNumThreads(1)
    make_clips(out, seed, indices)
    return len(indices)


def simulate_lift_clips(
    out: Path,
    people: int,
    seed: int,
    *,
    workers: int = 2,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Clips of simulated people, as the detector reads them, with the truth.

    Args:
        out: folder; a clip that is there is kept. Other seeds, or more people, may be added to it.
        people: how many; each is another person in one clip.
        seed: of the population.
        workers: processes, where no executor is given.
        executor: makes the clips elsewhere; it must see the same folder.
        progress: called with people done and people in all.

    Returns:
        How many clips of this seed there are; the detector does not find everybody.

    Raises:
        InputError: the folder cannot be written to.
        MissingExtraError: the `simulate` extra is not installed.
        WeightsError: weights are not installed.
    """
    Networks.load()
    load_body()  # builds Anny's cache once, before several processes would
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be written to ({error.strerror})", where=out) from error
    left = [index for index in range(people) if not (out / f"{seed}-{index:05d}.npz").exists()]
    done = people - len(left)
    if progress is not None:
        progress(done, people)
    size = max(1, min(_AT_A_TIME, len(left) // workers))
    jobs = []
    for start in range(0, people, size):
        indices = range(start, min(start + size, people))
        if any(index in indices for index in left):
            jobs.append((out, seed, indices))
    done = people - sum(len(job[2]) for job in jobs)
    for made in completed(_some, jobs, workers=workers, executor=executor):
        done += made
        if progress is not None:
            progress(done, people)
    return sum((out / f"{seed}-{index:05d}.npz").exists() for index in range(people))
