from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mitate.body.region import Region, crop, matrix, region_around, spread_mask

REGIONS = st.builds(
    Region,
    st.tuples(st.floats(100, 500), st.floats(100, 380)),
    st.floats(60, 900),
    st.floats(-180, 180),
)


@given(REGIONS)
def test_the_top_of_the_body_lies_in_the_middle_of_the_crops_upper_half(region: Region) -> None:
    angle = np.radians(region.rotation)
    centre = np.array(region.centre)
    top = centre + region.size / 2.5 * np.array([np.sin(angle), -np.cos(angle)])
    again = region_around(centre, top)
    np.testing.assert_allclose(again.centre, region.centre)
    np.testing.assert_allclose(again.size, region.size)
    to_crop = cv2.invertAffineTransform(matrix(again, 256))
    np.testing.assert_allclose(to_crop[:, :2] @ top + to_crop[:, 2], [127.5, 127.5 - 256 / 2.5], atol=1e-6)


def test_a_body_that_has_fallen_on_one_point_still_has_a_region() -> None:
    assert region_around(np.zeros(2), np.zeros(2)).size > 0


@given(REGIONS)
def test_a_crop_shows_what_is_there_whatever_is_reduced(region: Region) -> None:
    y, x = np.mgrid[0:480, 0:640]
    image = np.stack([x / 3, y / 2, np.full_like(x, 200)], axis=-1).astype(np.uint8)
    seen = crop(image, region, 64).astype(np.float64)
    v, u = np.mgrid[4:60, 4:60]
    to_image = matrix(region, 64)
    px, py = (to_image[:, :2] @ np.stack([u.ravel(), v.ravel()]) + to_image[:, 2:]).reshape(2, 56, 56)
    margin = 2 * region.size / 64 + 2
    inside = (px > margin) & (px < 639 - margin) & (py > margin) & (py < 479 - margin)
    there = np.stack([px / 3, py / 2], axis=-1)[inside]
    assert np.abs(seen[4:60, 4:60, :2][inside] - there).max(initial=0) < 2.5


def test_beyond_the_picture_is_black() -> None:
    image = np.full((50, 50, 3), 255, np.uint8)
    assert not crop(image, Region((500.0, 500.0), 100.0, 30.0), 32).any()
    seen = crop(image, Region((0.0, 0.0), 100.0, 0.0), 32)
    assert not seen[:14, :14].any()
    assert (seen[18:28, 18:28] == 255).all()


@given(REGIONS)
def test_a_mask_goes_back_where_its_crop_came_from(region: Region) -> None:
    disc = np.zeros((480, 640, 3), np.uint8)
    cv2.circle(disc, (320, 240), 90, (255, 255, 255), -1)
    back = spread_mask(crop(disc, region, 256)[..., 0], region, (480, 640))
    shown = spread_mask(np.full((256, 256), 255, np.uint8), region, (480, 640)) == 255
    edge = cv2.dilate(disc[..., 0], np.ones((13, 13))) != cv2.erode(disc[..., 0], np.ones((13, 13)))
    kept = shown & ~edge
    np.testing.assert_array_equal(back[kept] > 127, disc[..., 0][kept] > 127)


def test_a_region_in_a_larger_picture_shows_the_same() -> None:
    region = Region((99.5, 49.5), 80.0, 25.0)
    large = region.scaled(2.0)
    assert large == Region((199.5, 99.5), 160.0, 25.0)
