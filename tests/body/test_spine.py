from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from mitate.body.spine import bend_between, curve_distance, inclinations, lumbar_share, posture, rhythm
from mitate.errors import InputError

Array = NDArray[np.float64]
LUMBAR, THORACIC = 18.0, 30.0


def arcs(s1: float, t12: float, c7: float, pieces: int = 12) -> tuple[Array, int]:
    """Two circular arcs with these inclinations at S1, T12 and C7, C7 first; and the index of T12."""

    def arc(low: float, high: float, length: float) -> Array:
        edges = np.linspace(low, high, pieces + 1)
        middle = np.radians((edges[:-1] + edges[1:]) / 2)
        return np.stack([np.sin(middle), np.cos(middle)], axis=-1) * length / pieces

    steps = np.concatenate([arc(s1, t12, LUMBAR), arc(t12, c7, THORACIC)])
    up = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    return up[::-1], pieces


def close(value: object, expected: float, tolerance: float = 1e-9) -> bool:
    return bool(np.allclose(np.asarray(value, dtype=float), expected, atol=tolerance))


def test_arcs_are_measured_exactly_away_from_their_joint() -> None:
    curve, t12 = arcs(20, -15, 25)
    found = posture(curve, t12)
    assert close(found.pelvic_inclination, 20)
    # Where two arcs meet, the inclination turns round within the two pieces beside the joint.
    assert abs(float(found.t12_inclination) + 15) < 2
    fine = posture(arcs(20, -15, 25, 400)[0], 400)
    assert close(fine.t12_inclination, -15, 0.05)
    assert close(fine.lordosis, 35, 0.05)
    assert close(fine.kyphosis, 40, 0.05)
    assert -15 < float(fine.trunk_inclination) < 25


def test_one_circle_is_exact_at_any_resolution() -> None:
    length = LUMBAR + THORACIC
    curve, t12 = arcs(10, 10 + 60 * LUMBAR / length, 70, 4)
    found = posture(curve, t12)
    assert close(found.t12_inclination, 10 + 60 * LUMBAR / length)
    assert close(found.lordosis, -60 * LUMBAR / length)  # flexed, so below nothing
    assert close(found.kyphosis, 60 * THORACIC / length)
    assert close(found.trunk_inclination, 40, 1)


@pytest.mark.parametrize("turn", [0, 60, 110, 170])
def test_turning_the_whole_person_changes_inclinations_only(turn: float) -> None:
    curve, t12 = arcs(20, -15, 25)
    a = np.radians(turn)
    # Forward is a turn from up to forward.
    turned = curve @ np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    before, after = posture(curve, t12), posture(turned, t12)
    assert close(after.kyphosis, float(before.kyphosis))
    assert close(after.lordosis, float(before.lordosis))
    for part in ("pelvic_inclination", "t12_inclination", "trunk_inclination"):
        difference = float(getattr(after, part) - getattr(before, part)) - turn
        assert close(difference - 360 * round(difference / 360), 0)


@given(
    s1=st.floats(-20, 50),
    t12=st.floats(-40, 120),
    c7=st.floats(-40, 200),
    size=st.floats(0.001, 1000),
)
def test_neither_size_nor_place_matters(s1: float, t12: float, c7: float, size: float) -> None:
    curve, index = arcs(s1, t12, c7)
    first, second = posture(curve, index), posture(size * curve + np.array([3.0, -2.0]) * size, index)
    for part in ("kyphosis", "lordosis", "pelvic_inclination", "t12_inclination", "trunk_inclination"):
        assert close(getattr(second, part), float(getattr(first, part)), 1e-6)
    assert close(first.kyphosis, c7 - t12, abs(c7 - t12) / 12 + abs(s1 - t12) / 12 + 1e-9)


def test_a_bend_in_the_low_back_lies_low_and_is_lumbar() -> None:
    standing, t12 = arcs(15, -10, 25, 60)
    bent, _ = arcs(65, 90, 125, 60)  # the pelvis by 50, the lumbar part by 50, the thorax kept
    found = bend_between(standing, bent, t12)
    assert close(found.pelvis, 50, 0.1)
    assert close(found.trunk, 100, 1.0)
    assert close(found.lumbar, 50, 1.0)
    assert close(found.thoracic, 0, 1.0)
    assert close(found.place, LUMBAR / 2 / (LUMBAR + THORACIC), 0.01)
    assert close(lumbar_share(found.trunk, found.lumbar), 50, 1)
    assert found.profile.shape == (119,)
    assert close(found.profile.sum(), 50 * 59.5 / 60 + 0, 0.6)


def test_a_bend_in_the_upper_back_lies_high() -> None:
    standing, t12 = arcs(15, -10, 25, 60)
    bent, _ = arcs(15, -10, 65, 60)
    found = bend_between(standing, bent, t12)
    assert close(found.place, (LUMBAR + THORACIC / 2) / (LUMBAR + THORACIC), 0.01)
    assert close(found.thoracic, 40, 0.5)
    assert np.isnan(float(bend_between(standing, standing, t12).place))


def test_over_time_and_with_gaps() -> None:
    a, t12 = arcs(15, -10, 25)
    film = np.stack([a, a, a])
    film[1, 2] = np.nan
    film[2, -1] = np.inf
    found = posture(film, t12)
    assert found.kyphosis.shape == (3,)
    assert np.isfinite([found.kyphosis[0], found.pelvic_inclination[1], found.lordosis[1]]).all()
    assert np.isnan([found.kyphosis[1], found.pelvic_inclination[2], found.trunk_inclination[2]]).all()
    assert np.isfinite(found.trunk_inclination[1])  # both of its ends are known
    angle, place = inclinations(a)
    assert place[0] > place[-1] > 0
    assert len(angle) == len(a) - 1


def test_points_upon_each_other_have_no_direction() -> None:
    assert np.isnan(posture(np.zeros((9, 2)), 4).kyphosis)
    assert np.isnan(posture(np.zeros((9, 2)), 4).trunk_inclination)


def test_shares_and_rhythm() -> None:
    trunk = np.linspace(0, 110, 500)
    # Early three quarters of each degree are lumbar, then half, then a quarter, and nothing beyond 90.
    lumbar = np.interp(trunk, [0, 30, 60, 90, 110], [0, 22.5, 37.5, 45, 45])
    found = rhythm(trunk, lumbar)
    assert close(found.early, 75, 0.5)
    assert close(found.middle, 50, 0.5)
    assert close(found.late, 25, 0.5)
    assert close(found.whole, 50, 0.5)
    short = rhythm(trunk[trunk < 70], lumbar[trunk < 70])
    assert close(short.middle, 50, 0.5)
    assert np.isnan([short.late, short.whole]).all()
    own = rhythm(trunk / 2, lumbar / 2, edges=(0, 15, 30, 45))
    assert close(own.early, 75, 0.5)
    assert np.isnan(lumbar_share(3.0, 2.0))
    assert close(lumbar_share([111.0], [52.0]), 46.8, 0.1)


def test_rhythm_of_films_that_begin_late_or_have_gaps() -> None:
    trunk = np.linspace(3, 100, 300)
    lumbar = trunk / 2
    trunk[50], lumbar[80] = np.nan, np.inf
    assert close(rhythm(trunk, lumbar).early, 50)
    assert np.isnan(rhythm(trunk + 20, lumbar).early)
    crowded = rhythm([4.0, 50.0], [2.0, 25.0], edges=(0, 1, 2, 40))
    assert np.isnan(crowded.early)
    assert close(crowded.whole, 50)
    empty = rhythm(np.full(5, np.nan), np.zeros(5))
    assert np.isnan([empty.early, empty.whole]).all()


def test_what_cannot_be_a_curve() -> None:
    curve, t12 = arcs(15, -10, 25)
    with pytest.raises(InputError, match="three or more points"):
        inclinations(np.zeros((2, 2)))
    with pytest.raises(InputError, match="two coordinates"):
        inclinations(np.zeros((5, 3)))
    with pytest.raises(InputError, match="fewer than two pieces"):
        posture(curve, 1)
    with pytest.raises(InputError, match="25 and 24 points"):
        bend_between(curve, curve[1:], t12)
    with pytest.raises(InputError, match="differ in length"):
        rhythm([1.0, 2.0], [1.0])
    with pytest.raises(InputError, match="must grow"):
        rhythm([1.0, 2.0], [1.0, 2.0], edges=(0, 30, 30, 90))


def lines(count: int) -> st.SearchStrategy[Array]:
    return hnp.arrays(np.float64, (3, count, 2), elements=st.floats(-50, 50).map(lambda v: round(v, 3)))


def nearest(point: Array, line: Array) -> float:
    """To a line of points that lie closely, by looking at each."""
    share = np.linspace(0, 1, 1001)[:, None]
    closely = np.concatenate([a + share * (b - a) for a, b in pairwise(line)])
    return float(np.linalg.norm(closely - point, axis=1).min())


@settings(max_examples=10, deadline=None)
@given(found=lines(4), true=lines(5))
def test_the_distance_is_that_to_the_nearest_place(found: Array, true: Array) -> None:
    expected = [np.mean([nearest(p, line) for p in some]) for some, line in zip(found, true, strict=True)]
    np.testing.assert_allclose(curve_distance(found, true), expected, atol=0.1)


@settings(max_examples=30)
@given(
    found=lines(4),
    true=lines(5),
    turn=st.floats(-180, 180),
    scale=st.floats(0.01, 100),
    shift=st.floats(-100, 100),
)
def test_the_distance_moves_turns_and_grows_with_both(
    found: Array, true: Array, turn: float, scale: float, shift: float
) -> None:
    a = np.radians(turn)
    there = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    moved = curve_distance(found @ there.T + [shift, -shift], true @ there.T + [shift, -shift])
    np.testing.assert_allclose(moved, scale * curve_distance(found, true), rtol=1e-6, atol=1e-6 * scale)


@pytest.mark.parametrize("bend", [0.0, 40.0, 120.0])
def test_a_curve_is_not_off_itself_wherever_its_points_are(bend: float) -> None:
    curve = np.stack([arcs(10, -20, 30)[0], arcs(10 + bend, bend, bend + 20)[0]])
    np.testing.assert_allclose(curve_distance(curve, curve), 0.0, atol=1e-9)
    between = (0.3 * curve[:, :-1] + 0.7 * curve[:, 1:])[:, ::3]
    np.testing.assert_allclose(curve_distance(between, curve), 0.0, atol=1e-9)
    doubled = np.repeat(curve, 2, axis=1)  # points upon each other
    np.testing.assert_allclose(curve_distance(doubled, doubled), 0.0, atol=1e-9)


def test_a_straight_line_beside_another() -> None:
    line = np.stack([np.zeros(9), np.linspace(8, 0, 9)], axis=1)[None]
    np.testing.assert_allclose(curve_distance(line + np.array([3.0, 0.0]), line), 3.0)
    # along itself only what sticks out counts
    np.testing.assert_allclose(curve_distance(line + np.array([0.0, 2.0]), line), (2 + 1) / 9)
    everywhere_one_place = np.tile([[3.0, 4.0]], (1, 9, 1))
    assert close(curve_distance(np.zeros((1, 9, 2)), everywhere_one_place), 5.0)


def test_the_distance_of_an_unknown_curve_is_not_known() -> None:
    curve = np.stack([arcs(10, -20, 30)[0]] * 3)
    gap = curve.copy()
    gap[1] = np.nan
    np.testing.assert_array_equal(np.isnan(curve_distance(gap, curve)), [False, True, False])
    np.testing.assert_array_equal(np.isnan(curve_distance(curve, gap)), [False, True, False])
    assert curve_distance(curve[:0], curve[:0]).shape == (0,)
    with pytest.raises(InputError, match="two coordinates"):
        curve_distance(np.zeros((1, 5, 3)), curve[:1])
