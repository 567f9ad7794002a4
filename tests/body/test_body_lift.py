"""The errors on simulated people are those that were made, and land in the rows where they belong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks import body_lift
from benchmarks.blazepose_world import blazepose_angles
from benchmarks.body_lift import PARTS, FilmError, errors_of, figures, yaw_picture
from benchmarks.simulated_people import Film, true_recording
from numpy.typing import NDArray
from tests.body.lift_tracks import bending
from tests.body.outline_scenes import back

from mitate.body.recording import ANGLES, CURVE_POINTS, JOINTS, Recording
from mitate.simulate.movement_film import FilmTruth

Array = NDArray[np.float64]
COUNT = 40


def film(turn: float = 30.0) -> Film:
    """The stick body, of which everything is known; BlazePose's own metres are the truth."""
    times = np.arange(COUNT) / 10
    track = bending(times, turn_deg=turn)
    own = blazepose_angles(track)
    rng = np.random.default_rng(3)
    angles = rng.uniform(-40, 90, (COUNT, len(ANGLES)))
    for name in ("trunk_inclination", "knee_flexion_right", "knee_flexion_left"):
        angles[:, ANGLES.index(name)] = own[name]
    truth = FilmTruth(
        times_s=times,
        angles=angles,
        joints=rng.normal(size=(COUNT, len(JOINTS), 3)),
        curve=np.stack([1.6 * back(lean) for lean in np.linspace(0, 70, COUNT)]),
        points=track.world.astype(np.float64),
        pixels=track.points.astype(np.float64),
    )
    return Film(4, 0, "forward_bend", 60, 1.6, 0.3, turn, 0.0, track, truth)


def sure(recording: Recording, *, sd: float = 1.0) -> Recording:
    return replace(recording, angle_errors=dict.fromkeys(ANGLES, np.full(len(recording), sd)))


def test_a_perfect_instrument_makes_no_errors() -> None:
    found = errors_of(film(), sure(true_recording(film())))
    assert found.angles == dict.fromkeys(PARTS, 0.0)
    assert (found.curve_laid_cm, found.lordosis, found.yaw_off, found.curve_told_cm) == (0, 0, 0, 0)
    assert found.curve_cm == pytest.approx(0.0, abs=1e-9)
    assert found.within == (1.0, 1.0)
    assert (found.person, found.yaw, found.movement, found.looseness) == (4, 30.0, "forward_bend", 0.3)


@pytest.mark.parametrize("turn", [0.0, 60.0, -140.0])
def test_blazeposes_own_angles_are_taken_as_they_are(turn: float) -> None:
    one = film(turn)
    found = errors_of(one, sure(true_recording(one))).blazepose
    assert {part: values.shape for part, values in found.items()} == {"trunk": (COUNT,), "knee": (2 * COUNT,)}
    for values in found.values():
        np.testing.assert_allclose(values, 0.0, atol=1e-9)
    # the stick body bends by what it was told to
    bend = 25.0 * (1 - np.cos(2 * np.pi * one.truth.times_s / 8.0))
    np.testing.assert_allclose(one.truth.angle("trunk_inclination"), bend, atol=1e-3)
    other = one.truth.angles - 7.0
    shifted = replace(one, truth=replace(one.truth, angles=other))
    for values in errors_of(shifted, sure(true_recording(shifted))).blazepose.values():
        np.testing.assert_allclose(values, 7.0, atol=1e-9)


def test_errors_are_those_that_were_made() -> None:
    one = film()
    perfect = true_recording(one)
    angles = {name: values + 3.0 for name, values in perfect.angles.items()}
    angles["pelvis_rotation"] = angles["pelvis_rotation"] - 360.0  # the same way
    angles["hip_flexion_left"] = perfect.angles["hip_flexion_left"] - 5.0
    ahead = perfect.curve + np.array([0.5, 0.0])
    wrong = replace(perfect, angles=angles, curve=ahead, curve_error=np.full(COUNT, 0.7))
    found = errors_of(one, sure(wrong, sd=2.0))
    for part in ("trunk", "pelvis", "lumbar", "knee"):
        assert found.angles[part] == pytest.approx(3.0)
    assert found.angles["hip"] == pytest.approx(4.0)  # half of them by 3, half by 5
    assert found.yaw_off == pytest.approx(3.0)
    assert found.within == (0.0, 13 / 14)
    assert 0.1 < found.curve_cm <= 0.5
    assert found.curve_laid_cm == pytest.approx(0.0, abs=1e-9)
    assert found.lordosis == pytest.approx(0.0, abs=1e-9)
    assert found.curve_told_cm == pytest.approx(0.7)


def test_moments_that_are_not_known_do_not_count() -> None:
    one = film()
    perfect = true_recording(one)
    gone = np.arange(COUNT) % 3 == 0
    angles = {name: np.where(gone, np.nan, values + 2.0) for name, values in perfect.angles.items()}
    curve = np.where(gone[:, None, None], np.nan, perfect.curve)
    found = errors_of(one, sure(replace(perfect, angles=angles, curve=curve)))
    assert found.angles == pytest.approx(dict.fromkeys(PARTS, 2.0))
    assert found.curve_cm == pytest.approx(0.0, abs=1e-9)
    hidden = replace(perfect, curve=np.full((COUNT, CURVE_POINTS, 2), np.nan), curve_hidden="clothes")
    found = errors_of(one, sure(replace(hidden, curve_error=np.full(COUNT, np.nan))))
    assert np.isnan([found.curve_cm, found.lordosis, found.curve_told_cm, found.curve_laid_cm]).all()


def test_a_film_of_which_frames_are_missing_is_compared_by_time() -> None:
    one = film()
    some = np.arange(3, COUNT, 4)
    perfect = sure(true_recording(one))
    names = ("joints", "curve", "curve_error", "yaw", "pitch", "roll", "view_errors")
    part = replace(
        perfect,
        times_s=perfect.times_s[some] + 2e-4,
        angles={name: values[some] for name, values in perfect.angles.items()},
        angle_errors={name: values[some] for name, values in perfect.angle_errors.items()},
        **{name: getattr(perfect, name)[some] for name in names},
    )
    found = errors_of(replace(one, track=None), part)
    assert found.angles == dict.fromkeys(PARTS, 0.0)
    assert found.blazepose == {}


def made(yaw: float, person: int, *, error: float | None = None, **other: float) -> FilmError:
    """A film whose angles are off by a thirtieth of how far it is from the front."""
    away = abs((yaw + 180) % 360 - 180) / 30 if error is None else error
    told = {"looseness": 0.0, "curve_cm": 0.4, "lordosis": 3.0, "curve_told_cm": 0.5, "curve_laid_cm": 0.3}
    told |= other
    three = np.array([6.0, 10.0, 14.0])  # 10 is the fitted constant, 4 is left
    return FilmError(
        person=person,
        yaw=yaw,
        movement="squat",
        angles=dict.fromkeys(PARTS, away),
        blazepose={"trunk": three, "knee": np.concatenate([three, three])},
        within=(0.6, 0.9),
        yaw_off=2.0,
        **told,
    )


@pytest.fixture
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_lift, "_DRAWS", 40)


ALL_ROUND = [made(float(yaw), person) for person in range(2) for yaw in range(-180, 180, 15)]


@pytest.mark.usefixtures("few_draws")
def test_rows_have_names_bars_and_numbers() -> None:
    rows = {one.name: one for one in figures(ALL_ROUND)}
    assert len(rows) == len(figures(ALL_ROUND)) == 4 * len(PARTS) + 2 * 3 + 4 * 5 + 3
    for row in rows.values():
        told = row.as_row()  # every number is finite
        assert row.n == 2
        assert "simulated, 2 people" in told["data"]
        if row.low is not None and row.high is not None:
            assert row.low <= row.value <= row.high
    for part in PARTS:
        name = f"{part}, within 60° of the {{}}, median absolute error"
        assert (rows[name.format("front")].value, rows[name.format("front")].bar) == (1.0, 5.0)
        assert rows[name.format("side")].value == pytest.approx(3.0)
        name = f"{part}, worst of nine yaws from −60° to 60° around the {{}}, median absolute error"
        assert rows[name.format("front")].value == 2.0
        assert rows[name.format("side")].value == 5.0
        assert rows[name.format("side")].met is True
        assert rows[name.format("side")].unit == "degrees"
    for part in ("trunk", "knee"):
        assert rows[f"{part} at 45°, BlazePose's own metres, median absolute error"].value == 4.0
        ours = rows[f"{part} at 45°, mitate, median absolute error"].value
        ratio = rows[f"{part} at 45°, error of mitate over BlazePose's"]
        assert (ratio.value, ratio.bar) == (ours / 4.0, 0.5)
        assert ratio.met is (ours <= 2.0)
    assert rows["angles within one standard deviation (should be 68)"].value == pytest.approx(60.0)
    assert rows["angles within 1.645 standard deviations (should be 90)"].value == pytest.approx(90.0)
    assert rows["yaw of the body, median absolute error"].value == 2.0


@pytest.mark.usefixtures("few_draws")
@pytest.mark.parametrize(
    ("yaw", "front", "side"),
    [(-7.0, True, False), (-53.0, True, True), (67.0, False, True), (93.0, False, True),
     (-120.0, False, True), (152.0, False, True), (-157.0, False, True), (159.0, False, False),
     (179.0, False, False)],
)  # fmt: skip
def test_one_bad_film_shows_in_the_rows_of_its_yaw(yaw: float, front: bool, side: bool) -> None:
    good = [made(float(at), 0, error=1.0) for at in range(-180, 180, 15)]
    bad = [made(yaw, person, error=20.0) for person in range(1, 8)]
    rows = {one.name: one.value for one in figures(good + bad)}
    worst = "trunk, worst of nine yaws from −60° to 60° around the {}, median absolute error"
    assert (rows[worst.format("front")] == 20.0) is (front or yaw == 67.0)  # the outermost bin reaches 67.5
    assert (rows[worst.format("side")] == 20.0) is side


@pytest.mark.usefixtures("few_draws")
def test_curves_are_told_by_view_and_clothes() -> None:
    nan = float("nan")
    hidden = {"curve_cm": nan, "lordosis": nan, "curve_told_cm": nan, "curve_laid_cm": nan}
    found = [
        *ALL_ROUND,
        *(made(90.0, person, looseness=0.5, curve_cm=2.4) for person in range(2, 8)),
        *(made(-90.0, person, looseness=0.0, **hidden) for person in range(8, 10)),
    ]
    rows = {one.name: one for one in figures(found)}
    side = "back curve, side view, {}, {}"
    tight, every = (rows[side.format(f"{w} clothes", "mean distance")] for w in ("tight", "all"))
    assert tight.value == pytest.approx(0.4)
    assert (tight.bar, tight.met, tight.n) == (0.6, True, 2)
    assert every.value == pytest.approx((12 * 0.4 + 6 * 2.4) / 18)
    assert every.bar is None
    assert rows[side.format("tight clothes", "share of films given")].value == pytest.approx(100 * 12 / 14)
    lumbar = rows[side.format("tight clothes", "lumbar angle, median absolute error")]
    assert (lumbar.value, lumbar.bar) == (3.0, 5.0)
    slanted = rows["back curve, 45°, tight clothes, mean distance"]
    assert slanted.value == pytest.approx(0.4)
    assert slanted.bar == 1.0
    laid = rows[side.format("tight clothes", "mean distance when laid upon each other")]
    assert laid.value == pytest.approx(0.3)
    without = figures([replace(one, curve_cm=nan) for one in ALL_ROUND])
    assert not [row for row in without if row.name.startswith("back curve")]


@pytest.mark.usefixtures("few_draws")
def test_the_same_films_give_the_same_intervals_in_any_order() -> None:
    rng = np.random.default_rng(2)
    found = [
        made(float(yaw), p, error=float(rng.uniform(0, 9))) for p in range(5) for yaw in range(0, 180, 30)
    ]
    again = [found[int(i)] for i in rng.permutation(len(found))]
    assert [row.as_row() for row in figures(found)] == [row.as_row() for row in figures(again)]


def test_errors_over_yaw_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="no pictures without matplotlib")
    yaw_picture(ALL_ROUND, tmp_path / "yaw.png")
    assert (tmp_path / "yaw.png").read_bytes().startswith(b"\x89PNG")
