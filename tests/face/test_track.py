from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.face.detect import Detection, FaceDetector
from mitate.face.pose_of_head import head_angles
from mitate.face.select import Networks
from mitate.face.track import FaceTracker, Missed, Seen

Image = NDArray[np.uint8]
Film = Callable[..., Iterator[Image]]


class CountingDetector(FaceDetector):
    """The real detector, counting how often it looks."""

    looks = 0

    def __call__(self, image: Image, *, thorough: bool = True) -> list[Detection]:
        self.looks += 1
        return super().__call__(image, thorough=thorough)


def test_one_detection_and_then_tracking(
    networks: Networks, portrait: Callable[[str], Image], film: Film
) -> None:
    detector = CountingDetector()
    tracker = FaceTracker(detector, networks.mesh)
    seen = [tracker(frame, 0.1 * i) for i, frame in enumerate(film(portrait("person_b_1"), 30))]
    assert [isinstance(one, Seen) and one.detected for one in seen] == [True] + [False] * 29
    assert detector.looks == 4  # upright and three turns, once
    assert all(isinstance(one, Seen) and one.mesh.score > 0.99 for one in seen)


def test_the_track_agrees_with_detecting_anew(
    networks: Networks, portrait: Callable[[str], Image], film: Film
) -> None:
    tracker = FaceTracker(networks.detector, networks.mesh)
    for i, frame in enumerate(film(portrait("person_a_2"), 12)):
        tracked, (face,) = tracker(frame, 0.6 * i), networks.detector(frame)
        assert isinstance(tracked, Seen)
        nose = tracked.mesh.points[1, :2]
        assert np.linalg.norm(nose - face.points[2]) < 0.15 * face.box[2]


def test_looks_again_for_others_every_few_seconds(
    networks: Networks, portrait: Callable[[str], Image], film: Film
) -> None:
    detector = CountingDetector()
    tracker = FaceTracker(detector, networks.mesh)
    for i, frame in enumerate(film(portrait("person_b_1"), 25)):
        tracker(frame, 1.0 * i)
    assert detector.looks == 4 + 4


def test_two_equal_faces_are_nobodys_clip(
    networks: Networks, portrait: Callable[[str], Image], film: Film
) -> None:
    a, b = (next(film(portrait(stem), 1))[:, 120:520] for stem in ("person_a_2", "person_b_1"))
    seen = FaceTracker(networks.detector, networks.mesh)(np.hstack([a, b]), 0.0)
    assert seen == Missed("several_faces")


def test_a_small_face_behind_is_let_be(
    networks: Networks, portrait: Callable[[str], Image], film: Film
) -> None:
    picture = next(film(portrait("person_a_2"), 1)).copy()
    picture[20:140, 10:110] = next(film(portrait("person_b_1"), 1, scale=0.3))[180:300, 270:370]
    assert len(networks.detector(picture)) == 2
    seen = FaceTracker(networks.detector, networks.mesh)(picture, 0.0)
    assert isinstance(seen, Seen)
    assert seen.mesh.points[:, 0].mean() > 200


@pytest.mark.parametrize("stem", ["person_a_1", "person_b_1", "person_b_2", "impostor_1"])
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_any_way_up(stem: str, quarters: int, networks: Networks, portrait: Callable[[str], Image]) -> None:
    turned = np.ascontiguousarray(np.rot90(portrait(stem), quarters))
    seen = FaceTracker(networks.detector, networks.mesh)(turned, 0.0)
    assert isinstance(seen, Seen)
    angles = head_angles(seen.mesh.points)
    assert angles.off_frontal < 15
    assert abs((angles.roll - 90 * quarters + 180) % 360 - 180) < 12


def test_lost_and_found_again(networks: Networks, portrait: Callable[[str], Image], film: Film) -> None:
    tracker = FaceTracker(networks.detector, networks.mesh)
    frames = list(film(portrait("person_b_1"), 2))
    away = np.full_like(frames[0], 90)
    elsewhere = np.roll(frames[1], 200, axis=1)
    assert isinstance(tracker(frames[0], 0.0), Seen)
    assert tracker(away, 0.6) == Missed("no_face")
    again = tracker(elsewhere, 1.2)
    assert isinstance(again, Seen)
    assert again.detected
