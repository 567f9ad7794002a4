from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.body.lift_output import (
    ANGLE_UNIT_DEG,
    BENDS,
    LOG_ERROR,
    LOG_SD,
    TURNS,
    WIDTH,
    Lifted,
    mirrored_answer,
    parts_of,
    split,
)
from mitate.body.recording import ANGLES, CURVE_POINTS, JOINTS


def _laid_out(lifted: Lifted) -> NDArray[np.float64]:
    """The answer that `split` takes apart into this, written from the description of the parts."""
    bends, turns = [ANGLES.index(n) for n in BENDS], [ANGLES.index(n) for n in TURNS]
    turned = np.radians(lifted.angles[:, turns])
    values = {
        "bends": lifted.angles[:, bends] / ANGLE_UNIT_DEG,
        "bend_log_sd": np.log(lifted.angle_sd[:, bends] / ANGLE_UNIT_DEG),
        "turns": 3.0 * np.stack([np.sin(turned), np.cos(turned)], axis=-1),  # length says nothing
        "turn_log_sd": np.log(lifted.angle_sd[:, turns] / ANGLE_UNIT_DEG),
        "view": np.stack([lifted.pitch, lifted.roll], axis=-1) / ANGLE_UNIT_DEG,
        "joints": lifted.joints,
        "curve": lifted.curve / 100,
        "curve_log_error": np.log(lifted.curve_error[:, None] / 100),
    }
    answer = np.full((len(lifted.angles), WIDTH), np.nan)
    for name, (where, shape) in parts_of().items():
        assert values[name].shape[1:] == shape
        answer[:, where] = values[name].reshape(len(answer), math.prod(shape))
    return answer


def _lifted(seed: int, count: int) -> Lifted:
    rng = np.random.default_rng(seed)
    return Lifted(
        angles=rng.uniform(-179, 179, (count, len(ANGLES))),
        angle_sd=ANGLE_UNIT_DEG * np.exp(rng.uniform(*LOG_SD, (count, len(ANGLES)))),
        pitch=rng.normal(0, 20, count),
        roll=rng.normal(0, 5, count),
        joints=rng.normal(0, 0.5, (count, len(JOINTS), 3)),
        curve=rng.normal(0, 20, (count, CURVE_POINTS, 2)),
        curve_error=100 * np.exp(rng.uniform(*LOG_ERROR, count)),
    )


def test_the_parts_fill_an_answer_without_overlapping() -> None:
    taken = np.concatenate([np.arange(WIDTH)[where] for where, _ in parts_of().values()])
    np.testing.assert_array_equal(taken, np.arange(WIDTH))
    assert set(BENDS) | set(TURNS) == set(ANGLES)
    assert not set(BENDS) & set(TURNS)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31), count=st.integers(0, 5))
def test_what_is_laid_out_is_taken_apart_again(seed: int, count: int) -> None:
    lifted = _lifted(seed, count)
    again = split(_laid_out(lifted))
    for name in Lifted.__dataclass_fields__:
        np.testing.assert_allclose(getattr(again, name), getattr(lifted, name), rtol=1e-9, atol=1e-9)


@settings(max_examples=30)
@given(size=st.floats(1, 1e6))
def test_errors_stay_within_what_was_learned(size: float) -> None:
    for sign in (-1, 1):
        lifted = split(np.full((1, WIDTH), sign * size))
        sd = lifted.angle_sd / ANGLE_UNIT_DEG
        assert np.exp(LOG_SD[0]) * 0.999 <= sd.min() <= sd.max() <= np.exp(LOG_SD[1]) * 1.001
        assert 100 * np.exp(LOG_ERROR[0]) * 0.999 <= lifted.curve_error[0] <= 100 * np.exp(LOG_ERROR[1])


def test_an_unknown_moment_stays_unknown_and_alone() -> None:
    answer = _laid_out(_lifted(1, 3))
    answer[1] = np.nan
    lifted = split(answer)
    for name in Lifted.__dataclass_fields__:
        known = np.isfinite(getattr(lifted, name).reshape(3, -1))
        np.testing.assert_array_equal(known.all(axis=1), [True, False, True])
        assert not known[1].any()


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31), count=st.integers(0, 5))
def test_the_mirror_of_a_mirror_is_what_was_there(seed: int, count: int) -> None:
    answer = np.random.default_rng(seed).normal(size=(count, WIDTH)).astype(np.float32)
    before = answer.copy()
    np.testing.assert_array_equal(mirrored_answer(mirrored_answer(answer)), answer)
    np.testing.assert_array_equal(answer, before)
    kept = np.sort(np.abs(mirrored_answer(answer)), axis=1)
    np.testing.assert_array_equal(kept, np.sort(np.abs(answer), axis=1))


def test_in_a_mirror_left_is_right() -> None:
    lifted = _lifted(4, 3)
    turned = split(mirrored_answer(_laid_out(lifted).astype(np.float32)))
    other = {"left": "right", "right": "left"}

    def swapped(name: str) -> str:
        return "_".join(other.get(word, word) for word in name.split("_"))

    for i, name in enumerate(ANGLES):
        there = ANGLES.index(swapped(name))
        sign = -1 if name.endswith(("_list", "_rotation")) else 1
        np.testing.assert_allclose(turned.angles[:, i], sign * lifted.angles[:, there], rtol=1e-4, atol=1e-3)
        np.testing.assert_allclose(turned.angle_sd[:, i], lifted.angle_sd[:, there], rtol=1e-4)
    for i, name in enumerate(JOINTS):
        expected = lifted.joints[:, JOINTS.index(swapped(name))] * [-1, 1, 1]
        np.testing.assert_allclose(turned.joints[:, i], expected, rtol=1e-5)
    np.testing.assert_allclose(turned.pitch, lifted.pitch, rtol=1e-5)
    np.testing.assert_allclose(turned.roll, -lifted.roll, rtol=1e-5)
    for name in ("curve", "curve_error"):
        np.testing.assert_allclose(getattr(turned, name), getattr(lifted, name), rtol=1e-4)


def test_an_answer_is_mirrored_as_the_truth_that_it_learns_from() -> None:
    pytest.importorskip("torch", reason="the train extra is not installed")
    from mitate.learn.lift_batches import _mirrored_truth

    lifted = _lifted(5, 6)
    tilt = np.stack([lifted.pitch, lifted.roll], axis=1).astype(np.float32)
    angles, joints, turned = _mirrored_truth(
        lifted.angles.astype(np.float32), lifted.joints.astype(np.float32), tilt
    )
    found = split(mirrored_answer(_laid_out(lifted).astype(np.float32)))
    off = (found.angles - angles + 180) % 360 - 180
    np.testing.assert_allclose(off, 0.0, atol=1e-3)
    np.testing.assert_allclose(found.joints, joints, rtol=1e-5)
    np.testing.assert_allclose(np.stack([found.pitch, found.roll], axis=1), turned, rtol=1e-5)
