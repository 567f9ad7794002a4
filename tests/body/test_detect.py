from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.body.detect import anchors
from mitate.body.read import Networks
from mitate.errors import InputError

Pixels = NDArray[np.uint8]
Pictures = Callable[[str, int], list[Pixels]]


def test_the_published_anchors() -> None:
    places = anchors()
    assert places.shape == (2254, 2)
    np.testing.assert_allclose(places[0], 0.5 / 28)
    np.testing.assert_allclose(places[2 * 28 * 28], 0.5 / 14)
    np.testing.assert_allclose(places[-6:], 6.5 / 7)
    np.testing.assert_allclose(places.mean(axis=0), 0.5, atol=1e-6)


@pytest.mark.parametrize("shape", [(480, 640), (640, 480), (300, 300), (16, 2000)])
def test_nobody_in_noise_and_in_nothing(bodies: Networks, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (*shape, 3)).astype(np.uint8)
    for picture in (noise, np.zeros_like(noise), np.full_like(noise, 200)):
        assert bodies.detector(picture, thorough=True) == []


def test_too_small_to_look_at(bodies: Networks) -> None:
    assert bodies.detector(np.zeros((8, 300, 3), np.uint8), thorough=True) == []


@pytest.mark.parametrize("wrong", [np.zeros((9, 9), np.uint8), np.zeros((99, 99, 3), np.float32)])
def test_not_a_picture(bodies: Networks, wrong: Pixels) -> None:
    with pytest.raises(InputError, match="a picture must be uint8"):
        bodies.detector(wrong)


def test_the_person_lies_where_the_person_is(bodies: Networks, pictures: Pictures) -> None:
    (picture,) = pictures("squats", 1)
    (person,) = bodies.detector(picture)
    height, width = picture.shape[:2]
    # the middle of the hips, the shoulders above it, the head above those, in a picture of one standing man
    hips, _, shoulders, _ = person.points
    assert abs(hips[0] - width / 2) < 0.1 * width
    assert person.box[1] + person.box[3] / 2 < shoulders[1] < hips[1] < 0.6 * height
    assert abs(person.region.rotation) < 15


def test_the_same_person_in_a_padded_and_in_a_scaled_picture(bodies: Networks, pictures: Pictures) -> None:
    (picture,) = pictures("squats", 1)
    height, width = picture.shape[:2]
    (one,) = bodies.detector(picture)
    padded = np.zeros((height, width + 400, 3), np.uint8)
    padded[:, 400:] = picture
    (moved,) = bodies.detector(padded)
    assert np.abs(moved.points[0] - one.points[0] - [400, 0]).max() < 0.02 * height
    (half,) = bodies.detector(np.ascontiguousarray(picture[::2, ::2]))
    assert np.abs(2 * half.points[0] + 0.5 - one.points[0]).max() < 0.01 * height


def test_two_people_side_by_side(bodies: Networks, pictures: Pictures) -> None:
    (picture,) = pictures("squats", 1)
    both = bodies.detector(np.hstack([picture, picture[:, ::-1]]))
    assert len(both) == 2
    assert both[0].region.size < 1.3 * both[1].region.size


def test_a_small_person_at_the_side_of_a_wide_picture_is_found_in_the_thorough_search(
    bodies: Networks, pictures: Pictures
) -> None:
    (picture,) = pictures("squats", 1)
    height, width = picture.shape[:2]
    wide = np.full((height, 6 * width + 900, 3), 120, np.uint8)
    wide[:, -width:] = picture
    assert bodies.detector(wide) == []
    found = bodies.detector(wide, thorough=True)
    assert found
    (alone,) = bodies.detector(picture)
    assert np.abs(found[0].points[0] - alone.points[0] - [5 * width + 900, 0]).max() < 0.05 * height
