"""The head from a track: bends from the side, turns and tilts by the face, and what is out of sight."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from tests.back.recordings import Array, bouts_of, curve, make, times_of

from mitate.back.course_of_neck import course_of_neck
from mitate.back.head import _HEAD, HEAD_ANGLES, Faces, with_head
from mitate.back.measure import measure
from mitate.back.movement import NECK_MOVEMENTS, find_repetitions
from mitate.back.recognise import recognise, wrong_movement
from mitate.back.region import REGIONS
from mitate.body.clip import PoseReport, PoseTrack
from mitate.body.points import INDEX
from mitate.body.recording import Recording
from mitate.errors import RefusalError

LENGTH_S, RATE = 16.0, 8.0
BODY = {  # cm, to the person's left, up, ahead; the middle between the ears is at 150
    "left_shoulder": (18.0, 125.0, 0.0), "right_shoulder": (-18.0, 125.0, 0.0),
    "left_elbow": (20.0, 95.0, 0.0), "right_elbow": (-20.0, 95.0, 0.0),
    "left_hip": (9.0, 80.0, 0.0), "right_hip": (-9.0, 80.0, 0.0),
}  # fmt: skip
TIMES = times_of(LENGTH_S, RATE)
NOTHING = np.full(len(TIMES), np.nan)


def track(
    yaw: float, *, flexion: Array | None = None, lift: Array | None = None, ahead: float = 4.0
) -> PoseTrack:
    """A person seen from `yaw` under parallel projection, the head `ahead` of the shoulders."""
    n = len(TIMES)
    points = np.full((n, 33, 2), np.nan, np.float32)
    turn = Rotation.from_euler("y", yaw, degrees=True)
    bend = np.zeros(n) if flexion is None else flexion
    raised = np.zeros(n) if lift is None else lift
    for k in range(n):
        head = Rotation.from_euler("x", bend[k], degrees=True).apply(list(_HEAD.values()))
        places = dict(zip(_HEAD, head + np.array([0.0, 150.0, ahead]), strict=True)) | dict(BODY)
        angle = np.radians(raised[k])
        for side, x in (("left", 20.0), ("right", -20.0)):
            places[f"{side}_elbow"] = (x, 125.0 - 30.0 * np.cos(angle), 30.0 * np.sin(angle))
        for name, place in places.items():
            x, y, _ = turn.apply(place)
            points[k, INDEX[name]] = 300.0 + 2.0 * x, 500.0 - 2.0 * y
    report = PoseReport(LENGTH_S, n, n, 0, {}, 0, 0.0, 0.0, 1 / RATE, height_px=340.0)
    return PoseTrack(
        Path("film.mp4"), 600, 800, TIMES, points, np.ones((n, 33), np.float32),
        np.zeros((n, 33, 3), np.float32), np.ones(n, np.float32), (None,) * n, report,
    )  # fmt: skip


def filmed(
    yaw: float, *, turned: Array = NOTHING, tilted: Array = NOTHING, **head: Array | float
) -> Recording:
    arms = head.get("lift", np.zeros(len(TIMES)))
    angles = {f"arm_elevation_{side}": np.asarray(arms) for side in ("right", "left")}
    body = make(TIMES, angles, yaw=yaw)
    return with_head(body, track(yaw, **head), Faces(turned, tilted))  # type: ignore[arg-type]


def moved(size: float) -> Array:
    return size * curve(TIMES, bouts_of(3))


def to_both_sides(left: float, right: float) -> Array:
    return curve(TIMES, bouts_of(sizes=(left, -right, left)))


@pytest.mark.parametrize("yaw", [90.0, -70.0])
@pytest.mark.parametrize("size", [25.0, 50.0])
def test_bends_are_read_from_the_side(yaw: float, size: float) -> None:
    down = measure(filmed(yaw, flexion=moved(size)), "neck_flexion").values
    assert down["neck_flexion_deg"].value == pytest.approx(size / 0.87, abs=0.08 * size + 1.5)
    up = measure(filmed(yaw, flexion=moved(-size)), "neck_extension").values
    assert up["neck_extension_deg"].value == pytest.approx(size, abs=0.08 * size + 1.5)
    assert up["neck_extension_deg"].source in {"kosmahl_aaos"}


def test_from_the_front_bends_are_refused_with_a_remedy() -> None:
    with pytest.raises(RefusalError, match="from the side") as refused:
        measure(filmed(0.0, flexion=moved(40.0)), "neck_flexion")
    assert "from the side" in (refused.value.todo or "")
    with pytest.raises(RefusalError, match="the face was not seen"):
        measure(filmed(90.0), "neck_rotation")


@pytest.mark.parametrize("yaw", [90.0, -60.0])
def test_a_head_carried_in_front_has_a_smaller_angle(yaw: float) -> None:
    def angle(ahead: float) -> float:
        found = measure(filmed(yaw, flexion=moved(30.0), ahead=ahead), "neck_flexion")
        return found.values["craniovertebral_deg"].value

    assert angle(4.0) == pytest.approx(0.82 * 80.9 + 1.0, abs=1.5)
    assert angle(16.0) < angle(8.0) - 8.0 < angle(2.0) - 16.0


def test_turns_and_tilts_are_those_of_the_face_by_side() -> None:
    turned = measure(filmed(0.0, turned=to_both_sides(45.0, 30.0)), "neck_rotation").values
    assert turned["neck_rotation_left_deg"].value == pytest.approx(45.0, abs=1.5)
    assert turned["neck_rotation_right_deg"].value == pytest.approx(30.0, abs=1.5)
    assert turned["neck_rotation_difference_deg"].value == pytest.approx(15.0, abs=2.0)
    tilted = measure(filmed(10.0, tilted=to_both_sides(20.0, 35.0)), "neck_side_bend").values
    assert tilted["neck_side_bend_right_deg"].value == pytest.approx(20.0, abs=1.5)
    assert tilted["neck_side_bend_left_deg"].value == pytest.approx(35.0, abs=1.5)


def test_a_turn_out_of_sight_is_not_measured_and_says_how_to_film_it() -> None:
    seen = to_both_sides(70.0, 40.0)
    seen[seen > 50.0] = np.nan
    found = measure(filmed(0.0, turned=seen), "neck_rotation")
    assert len(found.phases) == 3
    assert found.values["neck_rotation_right_deg"].value == pytest.approx(40.0, abs=1.5)
    lost = found.missing["neck_rotation_left_deg"]
    assert "out of the camera's sight" in lost.reason
    assert "half from the left" in lost.todo
    assert "neck_rotation_difference_deg" in found.missing


def test_a_film_of_tilts_from_far_aside_is_not_read() -> None:
    with pytest.raises(RefusalError, match="the face was not seen"):
        measure(filmed(40.0, tilted=to_both_sides(20.0, 35.0)), "neck_side_bend")


@pytest.mark.parametrize(("yaw", "near", "far"), [(90.0, "right", "left"), (-75.0, "left", "right")])
def test_the_arm_nearer_to_the_camera_is_measured(yaw: float, near: str, far: str) -> None:
    found = measure(filmed(yaw, lift=moved(150.0)), "arm_raise")
    assert found.values[f"arm_raise_{near}_deg"].value == pytest.approx(150.0, abs=3.0)
    assert f"film from the person's {far} side" in found.missing[f"arm_raise_{far}_deg"].todo
    assert "shoulder_hike_left_percent" in found.missing


def test_every_measure_has_a_source_of_the_neck_and_an_error() -> None:
    from mitate.back.region import knowledge

    for recording, movement in (
        (filmed(80.0, flexion=moved(40.0)), "neck_flexion"),
        (filmed(0.0, turned=to_both_sides(45.0, 30.0)), "neck_rotation"),
        (filmed(80.0, lift=moved(120.0)), "arm_raise"),
    ):
        for one in measure(recording, movement).values.values():
            assert one.source in knowledge("neck").sources, one.name
            assert one.error >= 0.0
            assert one.unit != "deg" or one.error <= 12.0


def test_movements_are_told_apart_within_the_region() -> None:
    turning = filmed(0.0, turned=to_both_sides(45.0, 40.0), tilted=to_both_sides(3.0, 4.0))
    best, share = recognise(turning, region="neck")[0]
    assert best == "neck_rotation"
    assert share > 0.9
    assert wrong_movement(turning, "neck_rotation") is None
    assert wrong_movement(turning, "neck_side_bend") == "neck_rotation"
    looking = filmed(90.0, flexion=moved(-55.0))
    assert wrong_movement(looking, "neck_flexion") == "neck_extension"
    assert wrong_movement(looking, "neck_extension") is None


def test_without_a_look_at_the_head_nothing_is_known() -> None:
    recording = make(TIMES, {})
    for movement in NECK_MOVEMENTS[:4]:
        assert np.isnan(course_of_neck(recording, movement)).all()
        with pytest.raises(RefusalError):
            find_repetitions(recording, movement)
    assert REGIONS["neck"].movements == NECK_MOVEMENTS


@settings(deadline=None, max_examples=3)
@given(yaw=st.sampled_from([90.0, 75.0, -80.0]), seed=st.integers(0, 1000))
def test_noise_of_points_stays_within_what_is_said(yaw: float, seed: int) -> None:
    one = track(yaw, flexion=moved(40.0))
    noisy = one.points + np.random.default_rng(seed).normal(0.0, 1.0, one.points.shape).astype(np.float32)
    object.__setattr__(one, "points", noisy)
    recording = with_head(make(TIMES, {}, yaw=yaw), one, Faces(NOTHING, NOTHING))
    assert set(recording.angles) >= set(HEAD_ANGLES)
    found = measure(recording, "neck_flexion").values["neck_flexion_deg"]
    assert found.value == pytest.approx(40.0 / 0.87, abs=3.0 * found.error)
