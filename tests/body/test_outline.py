from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from scipy.stats import multivariate_normal
from tests.body import outline_scenes as scenes

from mitate.body.outline import (
    EDGES_DEG,
    OutlineModel,
    Seen,
    _update,
    body_lengths,
    from_side,
    outline_of,
    with_outline,
)
from mitate.body.recording import CURVE_POINTS, JOINTS
from mitate.body.spine import curve_distance

Array = NDArray[np.float64]
VIEWS = [(90.0, 0.0, 0.0), (-90.0, 0.0, 0.0), (62.0, 10.0, -4.0), (-130.0, -14.0, 6.0), (40.0, 5.0, 0.0)]


def looked(curve: Array, offset: Array | float, view: scenes.View) -> tuple[Seen, Array]:
    centre = scenes.centre_of(curve, view)
    patch = scenes.silhouette(scenes.laid(curve, view), offset, view, centre)
    return outline_of(patch, centre, scenes.SIZE, curve, scenes.S1, view), centre


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("lean", [-10.0, 30.0, 75.0, 125.0])
def test_the_outline_is_found_to_a_part_of_a_pixel(view: scenes.View, lean: float) -> None:
    curve = scenes.back(lean)
    for offset in (-1.5, 0.0, 2.5):
        seen, _ = looked(curve, offset, view)
        np.testing.assert_allclose(seen.offset, offset, atol=0.25 * scenes.PIXEL)
    np.testing.assert_allclose(np.linalg.norm(seen.normal, axis=1), 1.0)
    # away from the belly all along, however deep the bend, which the picture shows foreshortened
    belly = curve - 3.0 * scenes.towards_back(curve)
    inwards = scenes.laid(belly, view) - scenes.laid(curve, view)
    assert ((inwards * seen.normal).sum(axis=1) < 0).all()
    np.testing.assert_allclose(curve @ seen.onto.T, scenes.laid(curve, view, np.zeros(3)), atol=1e-9)


def test_a_wavy_outline_is_found_point_by_point() -> None:
    wave = 1.0 + np.cos(np.linspace(0, 2 * np.pi, CURVE_POINTS))
    for view in VIEWS[:2]:
        np.testing.assert_allclose(looked(scenes.back(20.0), wave, view)[0].offset, wave, atol=0.35)


@settings(max_examples=10, deadline=None)
@given(
    turn=st.floats(31, 149),
    pitch=st.floats(-20, 20),
    roll=st.floats(-8, 8),
    lean=st.floats(-10, 130),
    aside=st.floats(-5, 5),
)
def test_a_mirrored_picture_shows_the_same_outline(
    turn: float, pitch: float, roll: float, lean: float, aside: float
) -> None:
    curve, view, s1 = scenes.back(lean), (turn, pitch, roll), scenes.S1 + np.array([aside, 0, 0])
    centre = scenes.centre_of(curve, view, s1)
    patch = scenes.silhouette(scenes.laid(curve, view, s1), 1.0, view, centre)
    seen = outline_of(patch, centre, scenes.SIZE, curve, s1, view)
    turned = outline_of(
        np.ascontiguousarray(patch[:, ::-1]),
        centre * [-1, 1],
        scenes.SIZE,
        curve,
        s1 * [-1, 1, 1],
        (-turn, pitch, -roll),
    )
    np.testing.assert_allclose(turned.offset, seen.offset, atol=1e-2)
    np.testing.assert_allclose(turned.normal, seen.normal * [-1, 1], atol=1e-9)


@pytest.mark.parametrize("value", [0, 255])
def test_where_nothing_ends_there_is_no_outline(value: int) -> None:
    curve = scenes.back(10.0)
    for view in VIEWS:
        centre = scenes.centre_of(curve, view)
        patch = np.full((64, 64), value, np.uint8)
        assert np.isnan(outline_of(patch, centre, scenes.SIZE, curve, scenes.S1, view).offset).all()
        # a curve that lies at the square's edge does not take that for the outline
        edge = outline_of(patch, centre + 0.3, scenes.SIZE, curve, scenes.S1, view)
        assert np.isnan(edge.offset).all()


def test_angles_from_the_side() -> None:
    assert [from_side(turn) for turn in (0, 90, -90, 180, 60, -120, 270, 450, -100)] == [
        90, 0, 0, 90, 30, 30, 0, 0, 10,
    ]  # fmt: skip


@given(turn=st.floats(-1000, 1000))
def test_angles_from_the_side_know_no_left_or_front(turn: float) -> None:
    away = from_side(turn)
    assert 0 <= away <= 90
    for other in (-turn, 180 - turn, turn + 360):
        assert from_side(other) == pytest.approx(away, abs=1e-6)


def test_the_body_length_is_that_of_trunk_and_both_legs() -> None:
    joints = scenes.told(scenes.back(0.0)[None].repeat(5, axis=0), VIEWS[0]).joints
    assert body_lengths(joints) == pytest.approx(scenes.SIZE)
    longer = joints.copy()
    for joint in ("left_ankle", "left_knee"):
        longer[:, JOINTS.index(joint), 1] *= 1.1
    mirrored = longer.copy()
    pairs = [name.removeprefix("left_") for name in JOINTS if name.startswith("left_")]
    for name in pairs:
        ends = [JOINTS.index(f"left_{name}"), JOINTS.index(f"right_{name}")]
        mirrored[:, ends] = longer[:, ends[::-1]] * [-1, 1, 1]
    assert body_lengths(mirrored) == pytest.approx(body_lengths(longer))
    assert body_lengths(longer) > scenes.SIZE
    joints[1:3] = np.nan
    assert body_lengths(joints) == pytest.approx(scenes.SIZE)


def corrected(
    wrong: Array,
    true: Array,
    modes: Array,
    view: scenes.View = (90.0, 0.0, 0.0),
    *,
    arm: bool = False,
    beside: tuple[float, float] = (0.0, 0.0),
) -> tuple[Array, float]:
    """The curve after, where the silhouette is drawn of the true one, and the share that is left."""
    centre = scenes.centre_of(true, view)
    places = scenes.laid(true, view) + beside
    patch = scenes.silhouette(places, 1.5, view, centre)
    patch = scenes.with_arm(patch, places, view, centre) if arm else patch
    curve, share = with_outline(
        scenes.told(wrong[None], view), scenes.given([patch], [centre]), scenes.model(modes)
    )
    return curve[0], float(share[0])


def off(curve: Array, true: Array) -> float:
    return float(curve_distance(curve[None], true[None])[0])


@pytest.mark.parametrize("view", [*VIEWS[:2], (65.0, 8.0, 3.0), (-115.0, -8.0, -3.0)])
@pytest.mark.parametrize(("lean", "mode"), [(5.0, 0), (5.0, 1), (60.0, 1), (120.0, 0), (120.0, 1)])
def test_a_wrong_curve_is_set_right(view: scenes.View, lean: float, mode: int) -> None:
    wrong = scenes.back(lean)
    modes = scenes.modes_of(wrong)
    for sign in (-1.3, 1.3):
        true = wrong + sign * modes[mode]
        after, share = corrected(wrong, true, modes, view)
        assert off(wrong, true) > 0.7
        assert off(after, true) < 0.35
        assert 0 < share < 0.5
        np.testing.assert_array_equal(after[-1], 0.0)


def test_an_arm_in_front_of_the_back_hardly_matters() -> None:
    wrong = scenes.back(5.0)
    modes = scenes.modes_of(wrong)
    for sign in (-1.3, 0.0, 1.3):
        true = wrong + sign * modes[1]
        after, _ = corrected(wrong, true, modes, arm=True)
        assert off(after, true) < 0.5
        assert off(after, true) < off(wrong, true) + 0.4


@pytest.mark.parametrize("beside", [(2.0, 0.0), (-2.0, 0.0), (0.5, 2.0)])
def test_a_curve_that_was_only_laid_wrongly_stays_much_as_it_is(beside: tuple[float, float]) -> None:
    wrong = scenes.back(5.0)
    after, _ = corrected(wrong, wrong, scenes.modes_of(wrong), beside=beside)
    assert off(after, wrong) < 0.4


@pytest.mark.parametrize(
    ("turn", "kind"),
    [(0.0, ""), (29.0, ""), (-151.0, ""), (180.0, ""), (90.0, "no mask"), (90.0, "unseen"), (90.0, "blank"),
     (90.0, "few")],
)  # fmt: skip
def test_what_shows_no_outline_stays_as_it_was(turn: float, kind: str) -> None:
    view = (turn, 0.0, 0.0)
    wrong = scenes.back(0.0, 10.0)
    modes = scenes.modes_of(wrong)
    true = wrong + 1.5 * modes[1]
    side = (90.0, 0.0, 0.0)
    centre = scenes.centre_of(true, side)
    patch = scenes.silhouette(scenes.laid(true, side), 1.5, side, centre)
    if kind == "blank":
        patch[:] = 0
    elif kind == "few":
        patch[20:] = 0
    given_ = scenes.given([patch, patch], [centre, centre])
    if kind == "no mask":
        given_.vectors[:, -5] = 0.0
    seen = np.array([kind != "unseen", False])
    lifted = scenes.told(np.stack([wrong, np.full_like(wrong, np.nan)]), view)
    curve, share = with_outline(lifted, replace(given_, seen=seen), scenes.model(modes))
    np.testing.assert_array_equal(curve, lifted.curve)
    np.testing.assert_array_equal(share, 1.0)
    assert curve is not lifted.curve


def test_the_few_points_are_few_and_not_none() -> None:
    curve, view = scenes.back(0.0, 10.0), (90.0, 0.0, 0.0)
    centre = scenes.centre_of(curve, view)
    patch = scenes.silhouette(scenes.laid(curve, view), 1.5, view, centre)
    patch[20:] = 0
    found = np.isfinite(outline_of(patch, centre, scenes.SIZE, curve, scenes.S1, view).offset)
    assert 0 < found.sum() < 6


def test_each_row_is_set_right_by_its_own_picture() -> None:
    view = (90.0, 0.0, 0.0)
    wrong = scenes.back(10.0)
    modes = scenes.modes_of(wrong)
    trues = [wrong + amount * modes[1] for amount in (-1.5, 0.0, 1.5)]
    centres = [scenes.centre_of(true, view) for true in trues]
    patches = [
        scenes.silhouette(scenes.laid(true, view), 1.5, view, centre)
        for true, centre in zip(trues, centres, strict=True)
    ]
    lifted = scenes.told(np.stack([wrong] * 3), view)
    curve, share = with_outline(lifted, scenes.given(patches, centres), scenes.model(modes))
    assert (curve_distance(curve, np.stack(trues)) < 0.3).all()
    assert ((share > 0) & (share < 1)).all()
    np.testing.assert_array_equal(lifted.curve, np.stack([wrong] * 3))  # what was given is not changed


NORMAL = scenes.towards_back(scenes.back(20.0))


def beside(offset: Array) -> Seen:
    return Seen(offset, NORMAL, np.eye(2))


def drawn_model(seed: int, modes: int = 4) -> OutlineModel:
    rng = np.random.default_rng(seed)
    return OutlineModel(
        rng.normal(2, 0.5, (4, CURVE_POINTS)),
        rng.uniform(0.3, 1.5, (4, CURVE_POINTS)),
        rng.normal(0, 1, (modes, 2 * CURVE_POINTS)),
    )


@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**31),
    off_=hnp.arrays(np.float64, CURVE_POINTS, elements=st.floats(-0.35, 0.35)),
    gone=st.sets(st.integers(0, CURVE_POINTS - 1), max_size=11),
)
def test_without_strange_points_it_is_the_linear_gaussian_posterior(
    seed: int, off_: Array, gone: set[int]
) -> None:
    model, away = drawn_model(seed), 7.5
    noise = model.sd[0]
    offset = model.bias[0] + noise * off_  # all of them together are less than 1.5 deviations off
    offset[list(gone)] = np.nan
    change, share = _update(beside(offset), away, model)
    # by conditioning the joint distribution of everything, in the other form of the same equations
    used = np.isfinite(offset)
    modes = model.modes.T
    design = np.zeros((CURVE_POINTS, 2 * CURVE_POINTS))
    for i in range(CURVE_POINTS):
        design[i, 2 * i : 2 * i + 2] = NORMAL[i]
    prior = modes @ modes.T
    outline = design @ prior @ design.T + 25.0 * NORMAL @ NORMAL.T + np.diag(noise**2)
    gain = (prior @ design.T)[:, used] @ np.linalg.inv(outline[np.ix_(used, used)])
    np.testing.assert_allclose(change.ravel(), gain @ (noise * off_)[used], atol=1e-8)
    after = prior - gain @ (prior @ design.T)[:, used].T
    assert share == pytest.approx(np.sqrt(np.trace(after) / np.trace(prior)), abs=1e-8)


def test_the_posterior_is_the_likeliest_of_all() -> None:
    model = drawn_model(3, 2)
    rng = np.random.default_rng(1)
    offset = model.bias[0] + 0.3 * model.sd[0] * rng.uniform(-1, 1, CURVE_POINTS)
    change, _ = _update(beside(offset), 0.0, model)
    fields = model.modes.reshape(2, CURVE_POINTS, 2)
    amounts = np.asarray(np.linalg.lstsq(model.modes.T, change.ravel(), rcond=None)[0], np.float64)
    cover = 25.0 * NORMAL @ NORMAL.T + np.diag(model.sd[0] ** 2)

    def likely(a: Array) -> float:
        moved = (np.einsum("m,mij->ij", a, fields) * NORMAL).sum(axis=1)
        fits = multivariate_normal(model.bias[0] + moved, cover).logpdf(offset)
        return float(fits + multivariate_normal(np.zeros(2)).logpdf(a))

    for step in 0.05 * rng.normal(size=(50, 2)):
        assert likely(amounts) > likely(amounts + step)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**31),
    order=st.permutations(range(CURVE_POINTS)),
    away=st.floats(0, 59.9),
)
def test_the_share_falls_with_every_point_that_is_seen(seed: int, order: list[int], away: float) -> None:
    model = drawn_model(seed)
    middles = (np.array(EDGES_DEG[1:]) + EDGES_DEG[:-1]) / 2
    expected = np.array([np.interp(away, middles, column) for column in model.bias.T])
    shares = []
    for count in range(CURVE_POINTS + 1):
        offset = np.full(CURVE_POINTS, np.nan)
        offset[order[:count]] = expected[order[:count]]
        change, share = _update(beside(offset), away, model)
        np.testing.assert_allclose(change, 0.0, atol=1e-9)  # nothing but the bias was seen
        shares.append(share)
    assert shares[:6] == [1.0] * 6
    assert all(0 < share <= 1 for share in shares)
    assert (np.diff(shares) <= 1e-12).all()
    assert shares[-1] < shares[5]


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**31),
    offset=hnp.arrays(np.float64, CURVE_POINTS, elements=st.floats(-8, 8) | st.just(np.nan)),
    away=st.floats(0, 60),
)
def test_whatever_is_seen_the_answer_is_a_number(seed: int, offset: Array, away: float) -> None:
    change, share = _update(beside(offset), away, drawn_model(seed))
    assert np.isfinite(change).all()
    assert 0 < share <= 1
