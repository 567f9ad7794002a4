"""Any pose that joints allow, smoothly; and a body thinned to its points stands as the whole body does."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from mitate.simulate.body_model import BodyShape, load_body
from mitate.simulate.movements import DOF, LIMITS
from mitate.simulate.mover import sample_mover
from mitate.simulate.posing import pose_body, truth_of
from mitate.simulate.wild import _RANGES, thinned, wild_motion

SEEDS = range(120)


def ranges(name: str) -> tuple[float, float]:
    return _RANGES[name.removesuffix("_left").removesuffix("_right")]


def test_every_joint_stays_in_its_range() -> None:
    lows, highs = dict.fromkeys(DOF, 0.0), dict.fromkeys(DOF, 0.0)
    for seed in SEEDS:
        motion = wild_motion(np.random.default_rng(seed), age=50)
        assert set(motion.dof) == set(DOF)
        for name, values in motion.dof.items():
            lows[name], highs[name] = min(lows[name], values.min()), max(highs[name], values.max())
    for name in DOF:
        low, high = ranges(name)
        assert low - 1e-9 <= lows[name], name
        assert highs[name] <= high + 1e-9, name
        assert LIMITS[name][0] <= low < high <= LIMITS[name][1], name
        assert highs[name] - lows[name] > 0.6 * (high - low), name  # and they are used


def test_joints_move_smoothly() -> None:
    for seed in SEEDS:
        motion = wild_motion(np.random.default_rng(seed), age=50, seconds=4.0, rate_hz=100.0)
        for name, values in motion.dof.items():
            assert np.abs(np.diff(values)).max() * 100 < 550, name  # degrees a second, as knees in a run
            assert np.abs(np.diff(values, 2)).max() < 2.0, name


def test_the_same_chance_is_the_same_motion() -> None:
    one, same, other = (wild_motion(np.random.default_rng(seed), age=33) for seed in (4, 4, 5))
    for name in DOF:
        assert np.array_equal(one.dof[name], same.dof[name])
    assert any(not np.array_equal(one.dof[name], other.dof[name]) for name in DOF)
    assert (one.movement, one.age, one.repetitions) == ("free", 33, ())


@pytest.mark.parametrize(("seconds", "rate_hz"), [(4.0, 10.0), (1.5, 30.0)])
def test_times_are_as_asked(seconds: float, rate_hz: float) -> None:
    motion = wild_motion(np.random.default_rng(1), age=33, seconds=seconds, rate_hz=rate_hz)
    assert len(motion) == round(seconds * rate_hz)
    assert np.allclose(np.diff(motion.times_s), 1 / rate_hz)
    assert {len(values) for values in motion.dof.values()} == {len(motion)}


@pytest.fixture(scope="module")
def shape() -> BodyShape:
    lacking = [name for name in ("anny", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")
    return sample_mover(np.random.default_rng(17), load_body()).shape


def test_a_thinned_body_has_the_points_and_the_back_of_the_whole(shape: BodyShape) -> None:
    thin = thinned(shape)
    assert len(thin.vertices) < 0.2 * len(shape.vertices)
    assert thin.stature_m == shape.stature_m
    for seed in range(12):
        motion = wild_motion(np.random.default_rng(seed), age=50)
        for moment in ({}, motion.at(0), motion.at(25)):
            whole, small = pose_body(shape, moment), pose_body(thin, moment)
            assert np.abs(whole.points - small.points).max() < 1e-5  # on the same floor, too
            assert np.abs(whole.curve - small.curve).max() < 1e-5
            assert np.abs(whole.tips - small.tips).max() < 1e-5
            true, kept = truth_of(whole), truth_of(small)
            assert np.abs(true.joints - kept.joints).max() < 1e-5
            assert true.angles == pytest.approx(kept.angles, abs=1e-6)
