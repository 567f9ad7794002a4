from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.body.detect import Person, PersonDetector
from mitate.body.read import Networks
from mitate.body.track import Missed, PoseTracker, Seen

Pixels = NDArray[np.uint8]
Pictures = Callable[[str, int], list[Pixels]]


class CountingDetector(PersonDetector):
    """The real detector, counting how often it looks."""

    looks = 0

    def __call__(self, image: Pixels, *, thorough: bool = False) -> list[Person]:
        self.looks += 1
        return super().__call__(image, thorough=thorough)


@pytest.fixture
def tracker(bodies: Networks) -> PoseTracker:
    return PoseTracker(bodies.detector, bodies.pose)


def test_one_detection_and_then_tracking(bodies: Networks, pictures: Pictures) -> None:
    detector = CountingDetector()
    tracker = PoseTracker(detector, bodies.pose)
    seen = [tracker(picture, i / 30) for i, picture in enumerate(pictures("exercise", 29))]
    assert [isinstance(one, Seen) and one.detected for one in seen] == [True] + [False] * 28
    assert detector.looks == 1


def test_looks_around_once_a_second(bodies: Networks, pictures: Pictures) -> None:
    detector = CountingDetector()
    tracker = PoseTracker(detector, bodies.pose)
    seen = [tracker(picture, 0.5 * i) for i, picture in enumerate(pictures("exercise", 9))]
    assert detector.looks == 1 + 4
    assert [one.company for one in seen if isinstance(one, Seen)] == [False, None] * 4 + [False]


def test_tracking_agrees_with_detecting_anew(
    bodies: Networks, tracker: PoseTracker, pictures: Pictures
) -> None:
    apart = []
    for i, picture in enumerate(pictures("squats", 40)):
        tracked = tracker(picture, i / 5)
        anew = PoseTracker(bodies.detector, bodies.pose)(picture, 0.0)
        assert isinstance(tracked, Seen)
        assert isinstance(anew, Seen)
        apart.append(np.linalg.norm(tracked.pose.points - anew.pose.points, axis=1))
    assert float(np.median(apart)) < 2.0  # px of a body 450 px tall
    assert float(np.percentile(apart, 95)) < 10.0


def test_two_people_of_like_size_are_nobodys_film(tracker: PoseTracker, pictures: Pictures) -> None:
    (picture,) = pictures("squats", 1)
    assert tracker(np.hstack([picture, picture[:, ::-1]]), 0.0) == Missed("several_people")


def test_somebody_small_behind_is_let_be(tracker: PoseTracker, pictures: Pictures) -> None:
    (picture,) = pictures("squats", 1)
    height, width = picture.shape[:2]
    wide = np.full((height, 2 * width, 3), 120, np.uint8)
    wide[:, :width] = picture
    small = picture[::2, ::2]
    wide[: small.shape[0], -small.shape[1] :] = small
    seen = tracker(wide, 0.0)
    assert isinstance(seen, Seen)
    assert seen.company is False
    assert seen.pose.points[:, 0].max() < width


def test_somebody_who_comes_in_is_company_but_not_followed(tracker: PoseTracker, pictures: Pictures) -> None:
    (picture,) = pictures("squats", 1)
    width = picture.shape[1]
    alone = np.hstack([picture, np.full_like(picture, 120)])
    together = np.hstack([picture, picture[:, ::-1]])
    assert isinstance(tracker(alone, 0.0), Seen)
    later = tracker(together, 2.0)
    assert isinstance(later, Seen)
    assert later.company is True
    assert later.pose.points[:, 0].max() < width


def test_lost_and_found_again_in_the_same_place(tracker: PoseTracker, pictures: Pictures) -> None:
    first, second = pictures("squats", 2)
    assert isinstance(tracker(first, 0.0), Seen)
    assert tracker(np.full_like(first, 90), 0.2) == Missed("no_person")
    again = tracker(second, 0.4)
    assert isinstance(again, Seen)
    assert again.detected
    assert not again.elsewhere


def test_somebody_far_from_the_lost_one_is_not_taken_at_once(
    tracker: PoseTracker, pictures: Pictures
) -> None:
    first, second = pictures("squats", 2)
    empty = np.full_like(first, 90)
    left, right = np.hstack([first, empty, empty, empty]), np.hstack([empty, empty, empty, second])
    assert isinstance(tracker(left, 0.0), Seen)
    assert tracker(right, 0.2) == Missed("no_person")
    assert tracker(right, 0.4) == Missed("no_person")
    much_later = tracker(right, 3.0)
    assert isinstance(much_later, Seen)
    assert much_later.elsewhere


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_any_way_up(quarters: int, bodies: Networks, pictures: Pictures) -> None:
    (picture,) = pictures("squats", 1)
    upright = PoseTracker(bodies.detector, bodies.pose)(picture, 0.0)
    turned = PoseTracker(bodies.detector, bodies.pose)(np.ascontiguousarray(np.rot90(picture, quarters)), 0.0)
    assert isinstance(upright, Seen)
    assert isinstance(turned, Seen)
    height, width = picture.shape[:2]
    x, y = turned.pose.points.T
    back = {1: (width - 1 - y, x), 2: (width - 1 - x, height - 1 - y), 3: (y, height - 1 - x)}[quarters]
    apart = np.linalg.norm(np.stack(back, axis=1) - upright.pose.points, axis=1)
    assert float(np.median(apart)) < 0.01 * upright.pose.region.size
