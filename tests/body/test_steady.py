from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.body.scenery import HEIGHT, PERSON, WIDTH, Motion, film, plain, room, seen, with_person

from mitate import video
from mitate.body.pose2d import Pose
from mitate.body.read import Networks, read_poses
from mitate.body.steady import CameraMotion, CameraWatch
from mitate.video import Frame

STILL = (0.0, 0.0, 0.0, 1.0)


def _hand(time_s: float) -> tuple[float, float, float, float]:
    """A hand's tremor and sway: a twentieth of the person's height, and a degree and a half."""
    x = 9 * np.sin(2 * np.pi * 1.3 * time_s) + 3 * np.sin(2 * np.pi * 6 * time_s)
    y = 7 * np.cos(2 * np.pi * 0.9 * time_s)
    return float(x), float(y), 0.75 * float(np.sin(2 * np.pi * 0.4 * time_s)), 1.0


MOTIONS: dict[str, tuple[str, Motion]] = {
    "on a stand": ("steady", lambda _: STILL),
    "in a hand": ("shaking", _hand),
    "panned": ("moving", lambda t: (40 * t - 80, 0.0, 0.0, 1.0)),
    "tilted up": ("moving", lambda t: (0.0, 40 * t - 80, 0.0, 1.0)),
    "zoomed": ("moving", lambda t: (0.0, 0.0, 0.0, 1.0 + 0.08 * t)),
    "turned over": ("moving", lambda t: (0.0, 0.0, 3.0 * t, 1.0)),
    "walked along": ("moving", lambda t: (30 * t - 60, 5 * np.sin(11 * t), np.sin(6 * t), 1.0 + 0.03 * t)),
}


def _watched(frames: Iterable[tuple[Frame, Pose]], length_s: float = 4.0) -> CameraMotion:
    watch = CameraWatch(length_s)
    for frame, pose in frames:
        watch(frame.image, frame.time_s, pose)
    return watch.motion()


@pytest.mark.parametrize("name", list(MOTIONS))
def test_kinds_of_motion_of_a_camera(name: str, tmp_path: Path) -> None:
    """Through a real film: what a codec does to the background is no motion."""
    kind, motion = MOTIONS[name]
    drawn = list(film(motion))
    video.write(tmp_path / "film.mp4", [frame.image for frame, _ in drawn], frame_rate=15)
    read = video.frames(tmp_path / "film.mp4")
    found = _watched(zip(read, [pose for _, pose in drawn], strict=True))
    assert found.kind == kind
    assert found.cuts == 0
    assert found.compared == found.tried
    moments = [motion(frame.time_s) for frame, _ in drawn][::3]  # every fifth of a second
    x, y, turn, zoom = np.array(moments).T
    assert found.turn_deg == pytest.approx(float(np.ptp(turn)), abs=0.3)
    assert found.zoom == pytest.approx(float(zoom.max() / zoom.min()), abs=0.01)
    apart = np.hypot(x[:, None] - x, y[:, None] - y).max() / PERSON
    if name != "walked along":  # where the shift depends on what is shifted
        assert found.shift == pytest.approx(float(apart), abs=0.012)


def test_how_fast_a_panned_camera_moves() -> None:
    found = _watched(film(lambda t: (30 * t, 0.0, 0.0, 1.0), length_s=2.0), 2.0)
    assert found.shift_per_s == pytest.approx(30 / PERSON, rel=0.05)


def test_a_bare_wall_leaves_it_unknown() -> None:
    found = _watched(film(lambda t: (40 * t, 0.0, 0.0, 1.0), wall=plain()))
    assert found.kind == "unknown"
    assert found.compared == 0


def test_one_picture_leaves_it_unknown() -> None:
    assert _watched(film(lambda _: STILL, length_s=0.1), 0.0) == CameraMotion("unknown")
    assert CameraWatch(0.0).motion().kind == "unknown"
    assert CameraWatch(0.0).light is None


def test_another_camera_in_the_middle_of_a_film() -> None:
    first, second = (list(film(lambda _: STILL, wall=room(seed))) for seed in (0, 1))
    found = _watched(first[:30] + second[30:])
    assert found.kind == "moving"
    assert found.cuts == 1
    assert found.told() == "changes altogether"


def test_somebody_who_walks_past_the_camera_does_not_move_it() -> None:
    def passed_by() -> Iterable[tuple[Frame, Pose]]:
        coat = room(5)[:HEIGHT]
        for frame, pose in film(lambda _: STILL, length_s=8.0):
            at = int(900 * (frame.time_s - 4.0))
            if -400 < at < WIDTH:
                frame.image[:, max(0, at) : at + 400] = coat[:, : min(WIDTH, at + 400) - max(0, at)]
            yield frame, pose

    found = _watched(passed_by(), 8.0)
    assert found.kind == "steady"
    assert found.cuts == 0


def test_the_hand_that_ends_a_film() -> None:
    """Four seconds on a stand, then the camera is taken away."""

    def taken(time_s: float) -> tuple[float, float, float, float]:
        since = max(0.0, time_s - 4.0)
        return 120 * since, 0.0, 8 * since, 1.0

    found = _watched(film(taken, length_s=5.0), 5.0)
    assert found.kind == "moving"
    times = [moment.time_s for moment in found.moments]
    assert times == sorted(times)
    assert found.between(0.0, 3.9).kind == "steady"
    assert found.between(1.0, 1.1).kind == "steady"
    late = found.between(4.0, 5.0)
    assert late.kind == "moving"
    assert late.turn_deg == pytest.approx(found.turn_deg, abs=0.3)
    assert found.between(0.0, 5.0) == found
    assert CameraMotion("unknown").between(0.0, 1.0) == CameraMotion("unknown")


def test_lettering_in_every_picture_does_not_hide_a_pan() -> None:
    def lettered() -> Iterable[tuple[Frame, Pose]]:
        for frame, pose in film(lambda t: (40 * t - 80, 0.0, 0.0, 1.0)):
            for row in (30, HEIGHT - 20):
                cv2.putText(
                    frame.image, "2026-03-14 09:26:53 ROOM 2", (5, row), cv2.FONT_HERSHEY_SIMPLEX, 0.8,
                    (255, 255, 255), 2,
                )  # fmt: skip
            yield frame, pose

    assert _watched(lettered()).kind == "moving"


@pytest.mark.parametrize(("length_s", "rate"), [(1800.0, 0.5), (60.0, 5.0)])
def test_few_pictures_of_a_long_film_are_compared(length_s: float, rate: float) -> None:
    picture, pose = with_person(seen(room(), STILL), (WIDTH / 2, HEIGHT / 2))
    watch = CameraWatch(length_s)
    for i in range(int(length_s * rate)):
        watch(picture, i / rate, pose)
    assert watch.motion().kind == "steady"
    assert 19 <= watch.motion().tried <= 40


def test_in_words_and_for_json() -> None:
    motion = CameraMotion("moving", shift=0.404, turn_deg=3.2, zoom=1.1, compared=39, tried=40)
    told = "shifts by 40 % of the person's height, turns by 3° and changes in size by 10 %"
    assert motion.told() == told
    assert CameraMotion("shaking", shift_per_s=0.11).told() == "moves by 11 % of the person's height a second"
    assert json.loads(json.dumps(motion.as_dict()))["shift"] == 0.404
    assert "moments" not in motion.as_dict()


@pytest.mark.parametrize("name", ["exercise", "squats", "balance"])
def test_real_films_from_a_stand(name: str, bodies: Networks, real_film: Callable[[str], Path]) -> None:
    """The four cameras of pose2sim_demo and both films of tfjs_pose_reference: at most 0.1 % and 0.03°."""
    camera = read_poses(real_film(name), networks=bodies).report.camera
    assert camera.kind == "steady"
    assert camera.compared == camera.tried
    assert camera.shift < 0.005
    assert camera.turn_deg < 0.1
    assert camera.zoom < 1.002


@pytest.mark.parametrize(
    ("kind", "turn_deg", "pan"), [("steady", 0.0, 0.0), ("shaking", 3.0, 0.0), ("moving", 1.0, 0.4)]
)
def test_a_real_film_from_a_camera_that_is_turned_and_panned(
    kind: str,
    turn_deg: float,
    pan: float,
    bodies: Networks,
    pictures: Callable[[str, int], list[video.RGBImage]],
    tmp_path: Path,
) -> None:
    """A still picture of a room with a person, seen through a window that moves; the person with it."""
    shown = pictures("exercise", 60)
    side = shown[0].shape[0]
    moved = []
    for i, picture in enumerate(shown):
        share = i / len(shown) - 0.5
        turn = cv2.getRotationMatrix2D((side / 2, side / 2), turn_deg * share, 0.9)
        turn[0, 2] += pan * 200 * share
        moved.append(
            np.asarray(cv2.warpAffine(picture, turn, (side, side), borderMode=cv2.BORDER_REFLECT), np.uint8)
        )
    video.write(tmp_path / "film.mp4", moved, frame_rate=30)
    camera = read_poses(tmp_path / "film.mp4", networks=bodies).report.camera
    assert camera.kind == kind
    assert camera.turn_deg == pytest.approx(turn_deg, abs=0.4)
