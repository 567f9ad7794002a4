from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.edema.explain_face import NAMES, OUTSIDE, labels_of, points_in_crops, to_face
from mitate.errors import InputError
from mitate.face.align import edema_crop
from mitate.face.detect import FaceDetector
from mitate.face.landmarks import roi_of_detection
from mitate.face.select import Networks

MESH: NDArray[np.float32] = np.array(
    json.loads((Path(__file__).parent / "mesh_points.json").read_text()), np.float32
)
"""(468, 2) mean mesh of simulated faces in the unit square of the edema crop."""


@pytest.mark.parametrize("side", [32, 64, 96])
def test_every_part_is_there_and_right_is_on_the_left_of_the_picture(side: int) -> None:
    labels = labels_of(MESH * side, side)
    assert labels.shape == (side, side)
    assert set(np.unique(labels)) == set(range(len(NAMES)))
    columns = np.arange(side)[None, :] * np.ones((side, 1))
    for part in ("cheek", "upper lid", "lower lid", "eye"):
        right, left = (columns[labels == NAMES.index(f"{part} {one}")].mean() for one in ("right", "left"))
        assert right < side / 2 < left
        assert right + left == pytest.approx(side - 1, abs=0.06 * side)
    rows = np.arange(side)[:, None] * np.ones((1, side))
    order = ("forehead", "upper lid right", "lower lid right", "lips", "jaw", "neck")
    heights = [rows[labels == NAMES.index(name)].mean() for name in order]
    assert heights == sorted(heights)
    assert labels[0, 0] == labels[-1, -1] == OUTSIDE


def test_the_surroundings_of_the_outline_belong_to_the_part_they_border_on() -> None:
    labels = labels_of(MESH * 96, 96)
    x, y = (MESH[234] * 96).astype(int)  # the right end of the outline
    assert labels[y, x - 2] == NAMES.index("cheek right")
    assert labels[y, x - 8] == OUTSIDE


def test_points_that_cannot_be_drawn_are_refused() -> None:
    with pytest.raises(InputError, match="468"):
        labels_of(MESH[:5], 64)
    with pytest.raises(InputError, match="finite"):
        labels_of(np.full((468, 2), np.nan), 64)
    with pytest.raises(InputError, match="outside the crop"):
        labels_of(MESH * 64 + 1000, 64)


@settings(max_examples=15)
@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-5, 5))
def test_maps_are_brought_where_the_face_is(dx: float, dy: float, value: float) -> None:
    target = MESH * 64
    moved = target + np.array([dx, dy], np.float32)
    still = to_face(np.full((1, 64, 64), value), moved[None], target)
    np.testing.assert_allclose(still, value, atol=1e-6)
    y, x = np.mgrid[:64, :64].astype(float)
    brought = to_face(np.stack([np.stack([x, y], axis=-1)]), moved[None], target)
    at = np.rint(target[[1, 61, 291, 152]]).astype(int)
    for column, row in at:
        np.testing.assert_allclose(brought[0, row, column], [column + dx, row + dy], atol=0.1)


def test_the_mesh_of_a_crop_is_that_of_its_picture(portrait: object, networks: Networks) -> None:
    picture = portrait("person_a_1")  # type: ignore[operator]
    face = FaceDetector()(picture)[0]
    mesh = networks.mesh(picture, roi_of_detection(face)).points
    for size in (64, 96):
        found = points_in_crops(edema_crop(picture, mesh, size)[None], networks.mesh)[0] / size
        again = edema_crop(picture, mesh, 96)
        assert again.shape == (96, 96, 3)
        eyes = found[[33, 263]]
        np.testing.assert_allclose(eyes, [[0.244, 0.33], [0.756, 0.33]], atol=0.04)
