"""What four cameras agree on: by hand, on films that never were, and the references of the real ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks import cmu_motion
from benchmarks.blazepose_world import blazepose_angles, joint_angles
from benchmarks.four_cameras import (
    CAMERAS,
    COMPARED,
    DATA,
    agreement,
    camera_tilts,
    figures,
    levelled,
    our_angles,
    references,
)
from benchmarks.virtual_cameras import Camera, project
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.body.clip import PoseTrack
from mitate.body.points import INDEX
from mitate.body.recording import ANGLES, Recording
from mitate.body.region import matrix

here = pytest.mark.skipif(not DATA.is_dir(), reason="the shared films of Pose2Sim are not here")
recorded = pytest.mark.skipif(not cmu_motion.DATA.is_dir(), reason="the shared CMU recordings are not here")


@pytest.fixture(scope="module")
def walk() -> cmu_motion.Movement:
    return cmu_motion.load("02_01")


def knowing(movement: cmu_motion.Movement, *, roll: float = 0.0, pitch: float = 0.0) -> PoseTrack:
    """A track that faces the person, whose metres are the truth in the axes of a camera tilted so."""
    track = project(movement, Camera(movement.heading_deg))  # it looks along the world's -z
    r, p = np.radians(roll), np.radians(pitch)
    look_down = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    tilt = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    world = np.full_like(track.world, np.nan)
    for name, place in movement.points.items():
        world[:, INDEX[name]] = place @ (tilt @ look_down).T
    return replace(track, world=world)


def test_agreement_by_hand() -> None:
    still = np.zeros(5)
    found = agreement([still, still, still, still + 4.0])
    assert found is not None
    assert (found.deviation, found.farthest, found.apart) == (2.0, 3.0, 4.0)
    assert found.without_constants == 0
    assert found.instants == 5
    gone = still.copy()
    gone[:2] = np.nan
    fewer = agreement([gone, still])
    assert fewer is not None
    assert fewer.instants == 3
    assert agreement([still * np.nan, still]) is None


@given(st.lists(st.lists(st.floats(-90, 90), min_size=6, max_size=6), min_size=2, max_size=5))
@settings(max_examples=40)
def test_two_that_agree_least_are_no_nearer_than_any_is_to_the_mean(table: list[list[float]]) -> None:
    found = agreement([np.array(one) for one in table])
    assert found is not None
    assert found.farthest <= found.apart + 1e-9
    assert found.deviation <= found.apart + 1e-9
    shifted = agreement([np.array(one) + 5.0 for one in table])
    assert shifted is not None
    assert shifted.apart == pytest.approx(found.apart, abs=1e-9)


@recorded
def test_blazepose_angles_of_true_metres_are_the_angles_of_the_joints(walk: cmu_motion.Movement) -> None:
    found, truth = blazepose_angles(knowing(walk)), joint_angles(dict(walk.points))
    assert set(found) == set(truth)
    for name, angle in truth.items():
        np.testing.assert_allclose(found[name], angle, atol=1e-3)
        assert np.isfinite(angle).all()
    for side in ("right", "left"):
        np.testing.assert_allclose(
            found[f"knee_flexion_{side}"], walk.truth[f"knee_flexion_{side}"], atol=1e-3
        )
    assert np.isnan(blazepose_angles(project(walk, Camera(0.0)))["trunk_inclination"]).all()


@recorded
@pytest.mark.parametrize(("roll", "pitch"), [(26.0, 22.0), (-13.0, 18.0), (0.0, -15.0), (40.0, 0.0)])
def test_levelling_takes_roll_and_pitch_out_of_the_metres(
    walk: cmu_motion.Movement, roll: float, pitch: float
) -> None:
    tilted, level = knowing(walk, roll=roll, pitch=pitch), knowing(walk)
    known = np.isfinite(level.world)
    np.testing.assert_allclose(levelled(tilted, roll, pitch).world[known], level.world[known], atol=1e-5)
    if pitch:
        lean = blazepose_angles(tilted)["trunk_inclination"] - blazepose_angles(level)["trunk_inclination"]
        assert np.abs(lean).max() > 5


@recorded
def test_levelling_turns_points_and_regions_alike(walk: cmu_motion.Movement) -> None:
    track = project(walk, Camera(30.0))
    turned = levelled(track, 20.0, 0.0)
    hips, shoulders = INDEX["left_hip"], INDEX["left_shoulder"]
    before, after = (one.points[0, shoulders] - one.points[0, hips] for one in (track, turned))
    angle = np.degrees(np.arctan2(after[1], after[0]) - np.arctan2(before[1], before[0]))
    assert angle % 360 == pytest.approx(20.0, abs=0.01)  # clockwise
    was, now = track.regions[0], turned.regions[0]
    assert was is not None
    assert now is not None

    def inside(point: NDArray[np.float32], region: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.linalg.solve(region[:, :2], point - region[:, 2]))

    np.testing.assert_allclose(
        inside(turned.points[0, hips], matrix(now, 256)),
        inside(track.points[0, hips], matrix(was, 256)),
        atol=1e-2,
    )
    blank = replace(track, regions=(None,) * len(track))
    assert levelled(blank, 20.0, 0.0).regions == blank.regions


@here
def test_the_references_are_one_mans() -> None:
    found = references()
    centres = {name for name in found["joints"] if name.endswith(" between joint centres")}
    assert {name.removesuffix(" between joint centres") for name in centres} == set(found["joints"]) - centres
    assert set(found["joints"]) - centres < set(found["OpenSim"])
    assert set(COMPARED) < set(found["OpenSim"])
    for name in set(found["joints"]) - centres:
        angle = found["joints"][name]
        other = found["OpenSim"][name]
        assert angle.shape == other.shape == (100,)
        assert abs(float(np.median(angle - other))) < 9
        assert float(np.corrcoef(angle, other)[0, 1]) > 0.75


@here
def test_the_cameras_are_tilted_as_their_films_show() -> None:
    tilts = camera_tilts()
    assert list(tilts) == list(CAMERAS)
    assert [round(roll) for roll, _ in tilts.values()] == [-13, 3, 3, 26]
    assert [round(pitch) for _, pitch in tilts.values()] == [22, 18, 25, 22]


@here
@recorded
def test_rows_for_ours_and_for_blazepose(walk: cmu_motion.Movement) -> None:
    track = knowing(walk)
    n = len(track)
    nothing = np.full(n, np.nan)
    still = Recording(
        times_s=track.times_s,
        angles=dict.fromkeys(ANGLES, np.full(n, 10.0)),
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
    assert our_angles(still)["hip_trunk_left"][0] == 20
    rows = {row.name: row for row in figures([track] * 4, lambda _: still)}
    for name in COMPARED:
        assert rows[f"Four cameras, ours, {name}: largest less smallest"].met is True
        followed = rows[f"Four cameras, ours, {name} against OpenSim: share of the change that is followed"]
        assert followed.value == pytest.approx(0.0, abs=1e-9)  # agreeing is not enough
    least = rows["Four cameras, ours: farthest from their mean, the angle that agrees least"]
    assert (least.value, least.bar, least.met) == (0.0, 8.0, True)
    assert "Four cameras, ours, trunk_inclination against joints, cam03: median absolute error" in rows
    others = {row.name: row for row in figures([track] * 4, None)}
    assert not any("ours" in name for name in others)
    assert others["Four cameras, BlazePose's own metres, trunk_inclination: standard deviation"].bar is None
