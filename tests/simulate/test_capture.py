from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.face.detect import FaceDetector
from mitate.face.landmarks import FaceMesh, Mesh, roi_of_detection
from mitate.face.pose_of_head import HeadAngles, head_angles
from mitate.simulate.capture import (
    CaptureProfile,
    FrameState,
    Sitter,
    rotation,
    sample_conditions,
    sample_frames,
    without_light,
)
from mitate.simulate.fluid import Visit
from mitate.simulate.person import Person

See = Callable[[FrameState], Mesh]
STILL = FrameState(0.0, 0.0, 0.0, {}, (0.0, 0.0), (0.0, 0.0), 0.0, 5)


@pytest.fixture(scope="module")
def sitter(person: Person) -> Sitter:
    conditions = sample_conditions(np.random.default_rng(3), CaptureProfile(light=0.3))
    return Sitter(person, Visit(0, "post", 0.2, 0.0, 0.0), replace(conditions, distance_m=0.7))


@pytest.fixture(scope="module")
def mesh_of(weights_ready: None, sitter: Sitter) -> See:
    detector, mesh = FaceDetector(), FaceMesh()

    def see(state: FrameState) -> Mesh:
        picture = sitter.picture(state, 320, 400, 100.0)
        return mesh(picture, roi_of_detection(detector(picture)[0]))

    return see


def test_rotation_is_one_and_its_signs_are_anatomical() -> None:
    for angles in ((15, 0, 0), (0, 15, 0), (0, 0, 15), (20, -10, 5)):
        turn = rotation(*angles)
        assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-6)
        assert np.linalg.det(turn) == pytest.approx(1)
    nose = np.array([0, 0, 1])
    assert (rotation(15, 0, 0) @ nose)[0] > 0.2  # to the person's left
    assert (rotation(0, 15, 0) @ nose)[1] > 0.2  # up
    crown = np.array([0, 1, 0])
    assert (rotation(0, 0, 15) @ crown)[0] < -0.2  # to the right shoulder


@pytest.mark.parametrize(
    ("axis", "degrees"), [(a, d) for a in ("yaw", "pitch", "roll") for d in (-15.0, 15.0)]
)
def test_a_turned_head_is_measured_as_turned(mesh_of: See, axis: str, degrees: float) -> None:
    def angles(state: FrameState) -> HeadAngles:
        return head_angles(mesh_of(state).points)

    straight, turned = angles(STILL), angles(replace(STILL, **{axis: degrees}))  # type: ignore[arg-type]
    change = getattr(turned, axis) - getattr(straight, axis)
    assert change == pytest.approx(degrees, abs=6 if axis == "pitch" else 4)
    for other in {"yaw", "pitch", "roll"} - {axis}:
        assert abs(getattr(turned, other) - getattr(straight, other)) < 6


def test_detector_and_mesh_find_the_face_where_it_was_put(mesh_of: See) -> None:
    points = mesh_of(STILL).points
    right, left = points[[33, 133], :2].mean(axis=0), points[[362, 263], :2].mean(axis=0)
    assert left[0] - right[0] == pytest.approx(100, abs=8)
    assert 0.5 * (left[0] + right[0]) == pytest.approx(160, abs=6)


def test_closed_eyes_are_seen_closed(mesh_of: See) -> None:
    def opening(state: FrameState) -> float:
        points = mesh_of(state).points
        return float(points[145, 1] - points[159, 1])

    shut = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}
    assert opening(replace(STILL, actions=shut)) < 0.6 * opening(STILL)


def test_the_same_arguments_give_the_same_pixels(sitter: Sitter) -> None:
    def picture(seed: int, compress: bool = True) -> NDArray[np.uint8]:
        return sitter.picture(replace(STILL, seed=seed), 96, 128, 30.0, compress=compress)

    assert picture(1).shape == (128, 96, 3)
    assert np.array_equal(picture(1), picture(1))
    assert not np.array_equal(picture(1), picture(2))  # sensor noise
    assert not np.array_equal(picture(1), picture(1, compress=False))


def test_less_light_is_darker(sitter: Sitter) -> None:
    dim = Sitter(sitter.person, Visit(0, "post", 0.2, 0.0, 0.0), without_light(sitter.conditions, 0.1))
    bright, dark = (s.picture(STILL, 96, 128, 30.0).mean() for s in (sitter, dim))
    assert dark < 0.5 * bright


def test_shoulders_stay_when_the_head_turns(sitter: Sitter) -> None:
    head = sitter.person.head
    cloth = np.unique(head.faces[head.material == 3])
    straight, turned = sitter.vertices(STILL), sitter.vertices(replace(STILL, yaw=30.0))
    assert np.array_equal(straight[cloth], turned[cloth])
    skin = np.setdiff1d(np.arange(len(straight)), cloth)
    apart = np.linalg.norm(straight[skin][::50, None] - straight[skin][None, ::50], axis=2)
    still_apart = np.linalg.norm(turned[skin][::50, None] - turned[skin][None, ::50], axis=2)
    assert still_apart == pytest.approx(apart, abs=1e-5)  # a head is rigid


def test_conditions_and_frames_depend_on_the_seed_only() -> None:
    def drawn(seed: int) -> list[FrameState]:
        rng = np.random.default_rng(seed)
        return sample_frames(rng, sample_conditions(rng), 4)

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_a_profile_without_spread_gives_one_room_and_a_still_head() -> None:
    profile = CaptureProfile(light=0.0, pose_deg=0.0, expression=0.0, blur_px=0.0)
    rooms = [sample_conditions(np.random.default_rng(k), profile) for k in range(3)]
    assert len({room.light.key for room in rooms}) == 1
    assert len({room.exposure for room in rooms}) == 1
    frames = sample_frames(np.random.default_rng(0), rooms[0], 5, profile)
    assert {(f.yaw, f.pitch, f.roll, f.blur) for f in frames} == {(0.0, 0.0, 0.0, 0.0)}


def test_blinking_is_asked_for() -> None:
    rng = np.random.default_rng(0)
    frames = sample_frames(rng, sample_conditions(rng), 300, blink_share=0.3)
    assert np.mean([f.actions["eyeBlinkLeft"] > 0.5 for f in frames]) == pytest.approx(0.3, abs=0.08)
