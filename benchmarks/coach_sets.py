"""Does the coach count right? Simulated people do sets of every exercise, filmed and read by the network.

Films and what was read of them are kept in ``build/bench/coach-sets``; the coach runs anew each time. A film
is the same whenever it is made from the same exercise's file.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import share
from mitate.back.coach import Coach, watch
from mitate.back.coach_course import side_of_file
from mitate.back.coached import Coached
from mitate.back.exercise import CoachPlan, Exercise
from mitate.back.exercises import exercises, read_exercise
from mitate.body.clip import PoseTrack
from mitate.body.read import Networks, read_poses
from mitate.errors import RefusalError
from mitate.figures import Figure

__all__ = [
    "FOLDER",
    "MadeSet",
    "coached",
    "made_sets",
    "make_sets",
    "movement_figures",
    "set_figures",
    "squat_clip_figures",
]

Array = NDArray[np.float64]

FOLDER = Path(__file__).parents[1] / "build/bench/coach-sets"
_SEED = 2026
_RIGHT = 98.0  # %, the bar
_TWICE = frozenset({"arm_swing_march", "lifting_box", "marching_in_place"})
"""Exercises of which a filmed repetition has two to count: one of each leg, or up and down again."""
_SQUAT = "mini_squat_chair"
_SAGITTAL = ("forward_bend", "backward_bend")
_MOVEMENTS = {
    "forward_bend": ("trunk_lean", 20.0, False),
    "backward_bend": ("trunk_lean", 8.0, False),
    "rotation": ("trunk_turn", 10.0, True),
    "side_bend": ("trunk_side_lean", 8.0, True),
}


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
            if not goal.exists() or _is_old(goal, name):
                _make(goal, name, number, networks)
                made += 1
    return made


def _is_old(file: Path, name: str) -> bool:
    with np.load(file) as held:
        truth = json.loads(str(held["truth"]))
    return bool(truth.get("poses") != _poses_of(_one(name)))


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
        "poses": _poses_of(one),
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


def _poses_of(one: Exercise) -> str:
    """What a film rests on of an exercise's file: sets of an older one are not its any more."""
    content = msgspec.json.encode((one.poses, one.coach.view, one.dose.per_side, one.film.alternate))
    return hashlib.sha256(content).hexdigest()[:16]


def made_sets() -> Iterator[MadeSet]:
    """All sets that are there, in the order of their names; what an older file's poses show is left out."""
    for file in sorted(FOLDER.glob("*.npz")):
        name, _, number = file.stem.rpartition("-")
        with np.load(file) as held:
            arrays = {key: held[key] for key in ("times_s", "points", "world", "visibility", "course")}
            truth = json.loads(str(held["truth"]))
        if truth.get("poses") == _poses_of(_one(name)):
            yield MadeSet(name, int(number), truth, **arrays)


def coached(made: MadeSet, one: Exercise | None = None) -> Coached:
    """What the coach says of a set."""
    coach = Coach(one or _one(made.exercise))
    for row, time_s in enumerate(made.times_s):
        coach.feed(float(time_s), made.points[row], made.world[row], made.visibility[row])
    return coach.result()


def set_figures() -> list[Figure]:
    """Rows: share of sets counted right within one and exactly; sides, range and exercises that are not."""
    found = [Counted.of(made) for made in made_sets()]
    if not found:
        return []
    names = {one.exercise for one in found}
    data = f"simulated, {len(names)} exercises filmed as MP4, seed {_SEED}"
    near = sum(abs(one.true - one.counted) <= 1 for one in found)
    exact = sum(one.true == one.counted for one in found)
    worst = {one.exercise for one in found if abs(one.true - one.counted) > 1}
    rows = [
        share("Coach: sets counted right within one repetition", near, len(found), data, _RIGHT),
        share("Coach: sets counted exactly", exact, len(found), data),
        Figure(
            "Coach: exercises of which a set was miscounted", len(worst), "", None, None, len(names), data
        ),
    ]
    refused = sum(one.refused for one in found)
    rows.append(share("Coach: films of sets in which nobody was followed", refused, len(found), data))
    lying = [one for one in found if one.lying]
    if lying:
        right = sum(abs(one.true - one.counted) <= 1 for one in lying)
        rows.append(
            share("Coach: sets on the floor counted right within one repetition", right, len(lying), data)
        )
    sided = [pair for one in found for pair in one.sides]
    if sided:
        right = sum(true == told for true, told in sided)
        rows.append(share("Coach: sides of repetitions named right", right, len(sided), data))
    errors = [one.range_error for one in found if np.isfinite(one.range_error)]
    low, high = np.percentile(errors, [25, 75])
    name = "Coach: range of a set, median absolute error (interval: quartiles)"
    middle = float(np.median(errors))
    rows.append(Figure(name, middle, "% of the range", float(low), float(high), len(errors), data))
    for one in found:
        if abs(one.true - one.counted) > 1:
            print(f"  miscounted: {one.exercise}-{one.number:02d}, {one.counted} of {one.true} {one.why}")
    return rows


@dataclass(frozen=True, slots=True)
class Counted:
    """What the coach said of a set, beside what is true.

    Attributes:
        true, counted: repetitions; a repetition in which the signal rises twice, once for each leg, is two.
        refused: whether nobody was followed in the film; `why` says why.
        lying: whether the exercise is done on the floor.
        sides: (true, told) of each repetition, where all were counted and some have sides.
        range_error: % of the true range that the median range is off.
    """

    exercise: str
    number: int
    true: int
    counted: int
    refused: bool
    why: str
    lying: bool
    sides: tuple[tuple[str, str], ...]
    range_error: float

    @classmethod
    def of(cls, made: MadeSet) -> Counted:
        """Let the coach watch a set."""
        one = _one(made.exercise)
        done = coached(made, one)
        twice = made.exercise in _TWICE
        true = made.count * (2 if twice else 1)
        whole = float(np.nanpercentile(made.course, 97) - np.nanpercentile(made.course, 3))
        size = float(np.median([rep.range for rep in done.repetitions])) if done.repetitions else float("nan")
        return cls(
            exercise=made.exercise,
            number=made.number,
            true=true,
            counted=len(done.repetitions),
            refused=not len(made.times_s),
            why=str(made.truth["refused"]),
            lying=one.start not in ("standing", "sitting", "kneeling"),
            sides=_sides(one, made, done) if not twice else (),
            range_error=100 * abs(size - whole) / whole,
        )


def _sides(one: Exercise, made: MadeSet, done: Coached) -> tuple[tuple[str, str], ...]:
    described = side_of_file(one)
    told = [rep.side for rep in done.repetitions]
    done_so = made.truth["repetitions"]
    flags = [rep["mirrored"] for rep in done_so] if isinstance(done_so, list) else []
    if not described or not any(told) or len(told) != len(flags):
        return ()
    other = {"left": "right", "right": "left"}[described]
    return tuple((other if flag else described, side) for flag, side in zip(flags, told, strict=True))


def movement_figures() -> list[Figure]:
    """Rows: the films of four movements with two repetitions each (`known_faults`).

    These films are made for other benchmarks; those that are there are used, and none is made here.
    """
    from benchmarks.known_faults import CACHE, SEED

    right: list[int] = []
    near = 0
    for file in sorted(CACHE.glob("*.pickle")):
        take = pickle.loads(file.read_bytes())
        movement = file.stem.partition("-")[2]
        film = take.film
        if film.track is None or not _asked(film.yaw, side=movement in _SAGITTAL):
            continue
        count = len(watch(film.track, _movement_exercise(movement)).repetitions)
        right.append(count == 2)
        near += abs(count - 2) <= 1
    if not right:
        return []
    data = f"simulated, four movements of two repetitions, seed {SEED}, within 30° of the view asked for"
    return [
        share("Coach: two repetitions of a movement counted as two", sum(right), len(right), data),
        share("Coach: two repetitions of a movement counted within one", near, len(right), data),
    ]


def _asked(yaw: float, *, side: bool) -> bool:
    """Whether a film is from about where the coach asks for: within 30 degrees."""
    off = abs(float(np.degrees(np.arcsin(np.clip(np.sin(np.radians(yaw)), -1, 1)))))
    return off >= 60.0 if side else off <= 30.0


def _movement_exercise(movement: str) -> Exercise:
    """An exercise that is the movement."""
    signal, least, sided = _MOVEMENTS[movement]
    base = _one("sit_to_stand")
    plan = CoachPlan(signal=signal, view="side", faults=(), least=least)
    dose = msgspec.structs.replace(base.dose, per_side=sided)
    return msgspec.structs.replace(base, coach=plan, dose=dose)


def squat_clip_figures() -> list[Figure]:
    """Rows: whole squats of the real clip, counted too many or too few; none where the clip is not there."""
    from benchmarks.squats import FILM, stored_squats

    if not FILM.exists():
        return []
    known = stored_squats()
    data = f"tfjs_pose_reference, pose_squats.mp4, one person, {len(known)} whole squats, 5 frames a second"
    done = watch(FILM, _one(_SQUAT))
    apart = abs(len(done.repetitions) - len(known))
    rows = [
        Figure(
            "Coach: squats of a real clip counted too many or too few",
            apart,
            "",
            None,
            None,
            1,
            data,
            1,
            False,
        )
    ]
    if not apart:
        late = max(abs(a.peak_s - b.peak_s) for a, b in zip(done.repetitions, known, strict=True))
        rows.append(
            Figure("Coach: deepest moments of a real clip apart, at most", late, "s", None, None, 1, data)
        )
    return rows


if __name__ == "__main__":
    import sys

    import cv2

    cv2.setNumThreads(1)
    print(make_sets(int(sys.argv[1]), until_s=time.time() + float(sys.argv[2])))
