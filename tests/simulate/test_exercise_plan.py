"""A film lasts from 10 to 40 seconds, shows both sides, and its captions come when the motion does."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec

import msgspec
import pytest

from mitate.back.exercise import Exercise, Lines
from mitate.back.exercises import exercise
from mitate.simulate.exercise_figure import figure
from mitate.simulate.exercise_motion import ExerciseMotion, exercise_motion
from mitate.simulate.exercise_plan import LONGEST_S, RATE_HZ, SHORTEST_S, film_plan, sides_of


@lru_cache
def motion_of(name: str, stay: float) -> tuple[Exercise, ExerciseMotion]:
    one = exercise(name)
    poses = tuple(msgspec.structs.replace(pose, hold_s=stay) for pose in one.poses)
    one = msgspec.structs.replace(one, poses=poses)
    return one, exercise_motion(one, figure("man").shape)


@pytest.fixture(autouse=True)
def _needs_bodies() -> None:
    lacking = [name for name in ("anny", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")


def told(one: Exercise, repetitions: int, *, alternate: bool, lines: int = 3) -> Exercise:
    words = tuple(f"line {number}" for number in range(lines))
    film = msgspec.structs.replace(
        one.film, repetitions=repetitions, alternate=alternate, captions=Lines(en=words, ja=words)
    )
    return msgspec.structs.replace(one, film=film)


@pytest.mark.parametrize("repetitions", [1, 2, 3, 12])
@pytest.mark.parametrize("alternate", [False, True])
@pytest.mark.parametrize("stay", [0.4, 2.0, 30.0])
def test_a_film_is_as_long_as_it_may_be(repetitions: int, alternate: bool, stay: float) -> None:
    one, motion = motion_of("bridge", stay)
    one = told(one, repetitions, alternate=alternate)
    plan = film_plan(one, sides_of(one, motion))
    length = len(plan.shots) / RATE_HZ
    assert length == plan.times.length_s
    assert SHORTEST_S <= length <= LONGEST_S
    sides = {shot.side for shot in plan.shots}
    assert sides == ({0, 1} if alternate else {0})
    assert len(plan.times.repetitions) % len(sides) == 0
    last = len(motion.times_s) - 1
    assert all(0 <= shot.frame <= last for shot in plan.shots)
    assert len(plan.times.holds_s) == (1 if stay >= 1 else 0)
    assert all(a < b <= plan.times.repetitions[0].end_s for a, b in plan.times.holds_s)


def test_captions_go_with_ways_and_stays() -> None:
    one, motion = motion_of("bridge", 2.0)
    first, second = (pose.seconds for pose in one.poses)
    for lines, expected in (
        (2, (0.0, 4.0 + second)),
        (3, (0.0, 2.0, 4.0 + second)),
        (4, (0.0, 2.0, 2.0 + second, 4.0 + second)),
    ):
        other = told(one, 3, alternate=False, lines=lines)
        assert film_plan(other, (motion,)).times.captions_at_s == pytest.approx(expected, abs=0.05)
    assert motion.times_s[-1] == pytest.approx(4.0 + first + second, abs=0.05)


def test_who_lies_on_the_other_side_turns_over_once() -> None:
    one, motion = motion_of("clam", 0.8)
    plan = film_plan(told(one, 4, alternate=True), sides_of(one, motion))
    assert [each.side for each in plan.times.repetitions] == ["left", "left", "right", "right"]
    blended = [number for number, shot in enumerate(plan.shots) if shot.over]
    assert blended
    assert blended == list(range(blended[0], blended[0] + len(blended)))
    shares = [shot.over[2] for shot in plan.shots if shot.over]
    assert shares == sorted(shares, reverse=True)


def test_the_still_is_the_end_position() -> None:
    one, motion = motion_of("bridge", 2.0)
    still = film_plan(one, (motion,)).still
    assert motion.pose(still).joints[0, 1] > motion.pose(0).joints[0, 1] + 0.1
