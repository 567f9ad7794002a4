"""CMU's movements and the virtual cameras around them: angles, what a camera sees, how errors are told."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import cmu_errors
from benchmarks.cmu_motion import DATA, TRIALS, Movement, load
from benchmarks.virtual_cameras import Camera, cameras, detector_noise, project
from numpy.typing import NDArray

from mitate.body.clip import PoseTrack
from mitate.body.lift_input import lift_input
from mitate.body.points import INDEX
from mitate.body.recording import ANGLES, Recording

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared CMU recordings are not here")
Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def bend() -> Movement:
    return load("02_06")


def recording(track: PoseTrack, angles: dict[str, Array]) -> Recording:
    """What a lift would say that knows these angles."""
    n = len(track)
    nothing = np.full(n, np.nan)
    return Recording(
        times_s=track.times_s,
        angles={name: angles.get(name, nothing) for name in ANGLES},
        angle_errors=dict.fromkeys(ANGLES, nothing),
        joints=np.full((n, 24, 3), np.nan),
        curve=np.full((n, 17, 2), np.nan),
        curve_error=nothing,
        curve_hidden="none",
        yaw=nothing,
        pitch=nothing,
        roll=nothing,
        view_errors=nothing,
        height_m=1.7,
        height_known=True,
    )


@pytest.mark.parametrize("name", list(TRIALS))
def test_a_movement_is_in_the_houses_terms(name: str) -> None:
    movement = load(name)
    assert set(movement.truth) < set(ANGLES)
    assert len(movement.truth) == 7
    assert 0.15 < movement.standing.mean() < 0.6
    lowest = min(float(place[:, 1].min()) for place in movement.points.values())
    assert -0.02 < lowest < 0.05
    assert all(np.isfinite(place).all() for place in movement.points.values())
    ears, shoulders = (
        (movement.points[f"left_{part}"] + movement.points[f"right_{part}"]) / 2
        for part in ("ear", "shoulder")
    )
    assert 0.15 < float(np.median(np.linalg.norm(ears - shoulders, axis=1))) < 0.27
    across = movement.points["left_hip"] - movement.points["right_hip"]
    np.testing.assert_allclose(np.linalg.norm(across, axis=1), 0.184, atol=0.002)


def test_the_bend_and_the_walk_are_what_they_are(bend: Movement) -> None:
    assert bend.truth["trunk_inclination"].max() == pytest.approx(95, abs=1)
    assert bend.truth["lumbar_flexion"].max() == pytest.approx(67, abs=1)
    sagittal = bend.truth["pelvis_tilt"] + bend.truth["lumbar_flexion"] - bend.truth["trunk_inclination"]
    assert np.median(np.abs(sagittal)) < 1
    walk = load("02_01")
    assert np.abs(walk.truth["trunk_inclination"]).max() < 9
    assert 60 < walk.truth["knee_flexion_left"].max() < 80
    hips = (walk.points["left_hip"] + walk.points["right_hip"]) / 2
    assert np.ptp(hips[:, [0, 2]], axis=0).max() < 0.3  # on the spot


def test_who_faces_the_camera_has_his_left_on_the_pictures_right(bend: Movement) -> None:
    def across(yaw: float) -> float:
        points = project(bend, Camera(yaw)).points
        return float(np.median(points[:, INDEX["left_hip"], 0] - points[:, INDEX["right_hip"], 0]))

    def ahead(yaw: float) -> float:
        points = project(bend, Camera(yaw)).points
        feet = points[:, INDEX["left_foot_index"], 0] - points[:, INDEX["left_heel"], 0]
        return float(np.median(feet))

    assert across(0) > 50
    assert across(180) < -50
    assert ahead(90) > 50  # turned to his left, he looks to the picture's right
    assert ahead(-90) < -50


def test_a_camera_keeps_lengths_and_looks_down(bend: Movement) -> None:
    camera = Camera(0.0, 0.0, 3.0)
    places = np.array([[0.0, 0.95, 0.0], [0.5, 0.95, 0.0], [0.0, 1.45, 0.0], [0.0, 0.95, -4.0]])
    middle = np.array([0.0, 0.95, 0.0])
    seen = camera.see(places, middle, 0.0)
    np.testing.assert_allclose(seen[0], [539.5, 959.5, 3.0])
    np.testing.assert_allclose(seen[1], [539.5 + 250, 959.5, 3.0])
    np.testing.assert_allclose(seen[2], [539.5, 959.5 - 250, 3.0])
    assert np.isnan(camera.see(np.array([0.0, 0.95, 4.0]), middle, 0.0)).all()
    from_above = Camera(0.0, 15.0).see(places, middle, 0.0)
    assert from_above[3, 1] < from_above[0, 1]  # what lies behind is higher in the picture


def test_all_cameras_see_all_of_him(bend: Movement) -> None:
    views = cameras()
    assert len(views) == 72
    assert {view.yaw for view in views} == set(range(-180, 180, 15))
    assert {view.distance_m for view in views} == {2.5, 3.0, 3.5, 4.0}
    for view in views[::5]:
        track = project(bend, view)
        assert np.isfinite(track.points[:, INDEX["left_ankle"]]).all()
        assert np.isnan(track.points[:, INDEX["mouth_left"]]).all()
        assert (track.visibility[:, INDEX["mouth_left"]] == 0).all()
        assert all(region is not None for region in track.regions)
        assert lift_input(track).seen.all()


def test_noise_is_of_the_size_that_it_says(bend: Movement) -> None:
    track = project(bend, Camera(30.0))
    noisy = detector_noise(track, np.random.default_rng(1))
    away = np.linalg.norm(noisy.points - track.points, axis=2)
    pairs = [[INDEX[f"{side}_{part}"] for side in ("left", "right")] for part in ("shoulder", "hip")]
    ends = [track.points[:, pair].mean(axis=1) for pair in pairs]
    torso = np.percentile(np.linalg.norm(ends[0] - ends[1], axis=1), 90)
    assert np.nanmedian(away) / torso == pytest.approx(0.03, abs=0.004)
    known = np.isfinite(track.points)
    np.testing.assert_array_equal(np.isfinite(noisy.points), known)
    again = detector_noise(track, np.random.default_rng(1))
    np.testing.assert_array_equal(noisy.points, again.points)


def test_who_knows_the_truth_has_no_error(bend: Movement) -> None:
    views = [Camera(-60.0), Camera(45.0, 15.0)]
    exact = cmu_errors.errors(bend, lambda track: recording(track, dict(bend.truth)), views)
    rows = {row.name: row for row in cmu_errors.figures(exact, noisy=False, yaws=True)}
    assert rows["CMU 02_06: median absolute error, all angles and views"].value < 1e-9
    assert rows["CMU 02_06, yaw +45°: median absolute error, all angles"].met is True
    assert rows["CMU 02_06: angles known"].value == 100
    followed = [row.value for name, row in rows.items() if name.endswith("followed")]
    np.testing.assert_allclose(followed, 1.0)


def test_a_constant_is_no_error_of_change_and_saying_always_the_same_follows_nothing(bend: Movement) -> None:
    shifted = {name: angle + 7.0 for name, angle in bend.truth.items()}
    found = cmu_errors.errors(bend, lambda track: recording(track, shifted), [Camera(0.0)], seed=3)
    rows = {row.name: row for row in cmu_errors.figures(found, noisy=True, yaws=False)}
    trunk = "CMU 02_06, with detector noise, trunk_inclination"
    assert rows[f"{trunk}: median absolute error"].value == pytest.approx(7.0)
    assert rows[f"{trunk}: median absolute error"].met is False
    assert rows[f"{trunk}: median absolute error of the change from the upright moments"].value < 1e-9
    assert rows[f"{trunk}: constant"].value == pytest.approx(7.0)
    still = {name: np.full(len(bend.times_s), 20.0) for name in bend.truth}
    found = cmu_errors.errors(bend, lambda track: recording(track, still), [Camera(0.0)])
    rows = {row.name: row for row in cmu_errors.figures(found, noisy=False, yaws=False)}
    name = "CMU 02_06, trunk_inclination: share of the change that is followed"
    assert rows[name].value == pytest.approx(0.0, abs=1e-9)


def test_what_is_not_known_is_told_and_not_reckoned(bend: Movement) -> None:
    half = {name: angle.copy() for name, angle in bend.truth.items()}
    for angle in half.values():
        angle[: len(angle) // 2] = np.nan
    found = cmu_errors.errors(bend, lambda track: recording(track, half), [Camera(0.0)])
    rows = {row.name: row for row in cmu_errors.figures(found, noisy=False, yaws=False)}
    assert rows["CMU 02_06: angles known"].value == pytest.approx(50, abs=0.5)
    found = cmu_errors.errors(bend, lambda track: recording(track, {}), [Camera(0.0)])
    assert [row.name for row in cmu_errors.figures(found, noisy=False, yaws=True)] == [
        "CMU 02_06: angles known"
    ]


def test_slope_needs_a_change() -> None:
    ten = np.arange(10.0)
    assert cmu_errors.slope(ten, 0.5 * ten + 3) == pytest.approx(0.5)
    assert cmu_errors.slope(np.ones(10), ten) is None
    assert cmu_errors.slope(np.full(10, np.nan), ten) is None
