"""Does the coach count right? Simulated people do sets of every exercise, filmed and read by the network.

Films and what was read of them are kept in ``build/bench/coach-sets``; the coach runs anew each time. A film
is the same whenever it is made from the same exercise's file.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import share
from mitate.back.coach import Coach
from mitate.back.coached import Coached
from mitate.back.exercise import Exercise
from mitate.back.exercises import exercises, read_exercise
from mitate.body.clip import PoseTrack
from mitate.body.read import Networks, read_poses
from mitate.errors import InputError, MitateError, RefusalError
from mitate.figures import Figure

__all__ = ["FOLDER", "MadeSet", "coached", "made_sets", "make_sets", "set_figures"]

Array = NDArray[np.float64]

FOLDER = Path(__file__).parents[1] / "build/bench/coach-sets"
_SEED = 2026
_RIGHT = 98.0  # %, the bar


@dataclass(frozen=True, slots=True, eq=False)
class MadeSet:
    """A set that was filmed and read.

    Attributes:
        exercise: its name.
        number: of the set, from 0.
        truth: what is true of it, as JSON.
        times_s, points, world, visibility: as `PoseTrack`; empty where the film was refused.
        course: (n,) what the coach counts by, of the true body.
    """

    exercise: str
    number: int
    truth: dict[str, object]
    times_s: Array
    points: Array
    world: Array
    visibility: Array
    course: Array

    @property
    def count(self) -> int:
        """Repetitions that were done."""
        done = self.truth["repetitions"]
        return len(done) if isinstance(done, list) else 0


def _one(exercise: str) -> Exercise:
    folder = Path(__file__).parents[1] / "src/mitate/back/knowledge/exercises"
    return read_exercise((folder / f"{exercise}.toml").read_bytes(), exercise)


def make_sets(rounds: int, *, until_s: float = float("inf"), names: tuple[str, ...] = ()) -> int:
    """Film and read sets that are not there yet, one of each exercise a round.

    Args:
        rounds: sets of each exercise.
        until_s: of `time.time`, when to stop.
        names: of exercises; all that have repetitions to count if left out.

    Returns:
        How many were made.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    networks = Networks.load()
    made = 0
    for number in range(rounds):
        for name in names or tuple(one.name for one in exercises() if one.coach.signal):
            goal = FOLDER / f"{name}-{number:02d}.npz"
            if time.time() > until_s:
                return made
            if not goal.exists():
                _make(goal, name, number, networks)
                made += 1
    return made


def _make(goal: Path, name: str, number: int, networks: Networks) -> None:
    from mitate.simulate.exercise_sets import course_of, sample_set, write_set

    one = _one(name)
    rng = np.random.default_rng([_SEED, number, *name.encode()])
    made = sample_set(rng, one)
    film = goal.with_suffix(".mp4")
    write_set(made, film)
    refused = ""
    try:
        track: PoseTrack | None = read_poses(film, smooth=False, networks=networks)
    except RefusalError as refusal:
        track, refused = None, refusal.reason
    truth = {
        "yaw": made.view.yaw,
        "pitch": made.view.pitch,
        "age": made.mover.age,
        "refused": refused,
        "seen": 0.0 if track is None else float(track.seen.mean()),
        "repetitions": [
            {
                "start_s": r.start_s,
                "peak_s": r.peak_s,
                "end_s": r.end_s,
                "share": r.share,
                "mirrored": r.mirrored,
            }
            for r in made.repetitions
        ],
    }
    rows = 0 if track is None else len(track)
    np.savez_compressed(
        goal,
        truth=np.array(json.dumps(truth)),
        times_s=np.zeros(0) if track is None else track.times_s,
        points=np.zeros((rows, 33, 2)) if track is None else track.points,
        world=np.zeros((rows, 33, 3)) if track is None else track.world,
        visibility=np.zeros((rows, 33)) if track is None else track.visibility,
        course=course_of(one, made.rig, made.variables, made.times_s),
    )


def made_sets() -> Iterator[MadeSet]:
    """All sets that are there, in the order of their names."""
    for file in sorted(FOLDER.glob("*.npz")):
        name, _, number = file.stem.rpartition("-")
        with np.load(file) as held:
            arrays = {key: held[key] for key in ("times_s", "points", "world", "visibility", "course")}
            yield MadeSet(name, int(number), json.loads(str(held["truth"])), **arrays)


def coached(made: MadeSet, one: Exercise | None = None) -> Coached:
    """What the coach says of a set."""
    coach = Coach(one or _one(made.exercise))
    for row, time_s in enumerate(made.times_s):
        coach.feed(float(time_s), made.points[row], made.world[row], made.visibility[row])
    return coach.result()


def set_figures() -> list[Figure]:
    """Rows: share of sets counted right within one, over all exercises and over those it can watch."""
    counts: dict[str, list[tuple[int, int]]] = {}
    for made in made_sets():
        try:
            counts.setdefault(made.exercise, []).append((made.count, len(coached(made).repetitions)))
        except MitateError as error:
            raise InputError(f"{error}", where=f"{made.exercise}-{made.number:02d}") from error
    pairs = [pair for found in counts.values() for pair in found]
    if not pairs:
        return []
    data = f"simulated, {len(counts)} exercises, seed {_SEED}"
    near = sum(abs(true - found) <= 1 for true, found in pairs)
    exact = sum(true == found for true, found in pairs)
    return [
        share("Coach: sets counted right within one repetition", near, len(pairs), data, _RIGHT),
        share("Coach: sets counted exactly", exact, len(pairs), data),
    ]


if __name__ == "__main__":
    import sys

    import cv2

    cv2.setNumThreads(1)
    print(make_sets(int(sys.argv[1]), until_s=time.time() + float(sys.argv[2])))
