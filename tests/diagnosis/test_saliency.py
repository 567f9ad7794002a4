"""Evidence and occlusion point to the same place, and to another one when the model is shuffled."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.diagnosis.canonical import MIRRORED, SIDE
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.linear import LinearHead, fit_linear
from mitate.diagnosis.photographs import Photo
from mitate.diagnosis.saliency import (
    CELLS,
    ClassSaliency,
    cell_evidence,
    class_saliency,
    evidence_maps,
    held_out_rows,
    layer_saliency,
    occlusion_map,
    occlusion_saliency,
    shuffled,
)
from mitate.errors import InputError

Array = NDArray[np.float64]
CHANNELS = 3
MARK = (32, 72)


def cells_of(crops: NDArray[np.uint8]) -> Array:
    """(n, 3·7·7) mean colour of each of 7×7 cells, channel by channel: a layer like a network's last map."""
    blocks = crops.reshape(len(crops), CELLS, SIDE // CELLS, CELLS, SIDE // CELLS, 3).mean(axis=(2, 4))
    return np.asarray(blocks.transpose(0, 3, 1, 2).reshape(len(crops), -1), np.float64)


def marked_faces(people: int = 12, *, seed: int = 0) -> Faces:
    """Two classes on noise; ``marked`` has a bright mark on one cheek, ``plain`` has none."""
    rng = np.random.default_rng(seed)
    mesh = np.stack([rng.uniform(14, 55, 468), rng.uniform(25, 110, 468)], axis=1)
    mesh[248:] = np.array([SIDE - 1, 0]) + mesh[MIRRORED[248:]] * np.array([-1, 1])
    mesh[np.arange(468) == MIRRORED, 0] = (SIDE - 1) / 2
    crops, photos = [], []
    for number in range(2 * people):
        label = "marked" if number < people else "plain"
        crop = rng.normal(110, 12, (SIDE, SIDE, 3))
        if label == "marked":
            cv2.circle(crop, MARK, 9, (190.0, 190.0, 190.0), -1)
        crops.append(np.clip(crop, 0, 255))
        photos.append(Photo(Path(f"{number}.png"), f"p{number}", label))
    count = len(photos)
    return Faces(
        photos=tuple(photos),
        crops=np.array(crops, np.uint8),
        mesh=np.repeat(mesh[None], count, axis=0).astype(np.float32),
        backgrounds=np.zeros((count, 64, 64, 3), np.uint8),
        thumbnails=np.zeros((count, 16, 16, 3), np.uint8),
        facts=np.zeros((count, 1), np.float32),
        quality=np.ones(count, np.float32),
        digests=tuple(str(number) for number in range(count)),
        left_out=(),
        trained_on="simulated",
    )


def top(one: Array) -> tuple[int, int]:
    """x, y of the highest place of a map."""
    y, x = np.unravel_index(int(one.argmax()), one.shape)
    return int(x), int(y)


@given(st.integers(0, 1000), st.booleans())
def test_the_evidence_of_all_cells_is_the_score(seed: int, unit: bool) -> None:
    rng = np.random.default_rng(seed)
    width = CHANNELS * CELLS**2
    head = LinearHead(rng.normal(size=width), rng.normal(size=(4, width)), rng.normal(size=4), unit)
    row = rng.normal(size=(1, width))
    for label in range(4):
        cells = cell_evidence(head, row, np.array([label]))
        assert cells.sum() == pytest.approx(head.scores(row)[0, label] - head.bias[label])


def test_the_mark_is_where_the_evidence_is() -> None:
    faces = marked_faces()
    found = {one.label: one for one in layer_saliency(faces, cells_of(faces.crops))}
    for name in ("marked", "plain"):  # that it is missing is what speaks for the plain ones
        assert np.hypot(*np.subtract(top(found[name].map), MARK)) < 12
    for one in found.values():
        assert isinstance(one, ClassSaliency)
        assert one.map.max() == pytest.approx(1.0)
        assert one.persons == 3
        assert one.of_class
        assert one.face is not None
        assert sum(share for _, share in one.parts) == pytest.approx(1.0)


def test_shuffled_weights_give_another_map() -> None:
    faces = marked_faces()
    for one in layer_saliency(faces, cells_of(faces.crops)):
        assert one.shuffled is not None
        assert abs(one.shuffled) < 0.6


def test_shuffling_keeps_the_weights() -> None:
    rng = np.random.default_rng(0)
    head = LinearHead(rng.normal(size=98), rng.normal(size=(2, 98)), rng.normal(size=2), True)
    assert np.allclose(np.sort(shuffled(head).weights, axis=1), np.sort(head.weights, axis=1))
    assert not np.allclose(shuffled(head).weights, head.weights)


def test_occlusion_agrees_with_the_evidence() -> None:
    faces = marked_faces()
    rows = cells_of(faces.crops)
    aside = held_out_rows(faces)
    learn = np.setdiff1d(np.arange(len(faces)), aside)
    head = fit_linear(rows[learn], faces.targets[learn], 2, 1.0)
    for row in aside[:2]:
        covered = occlusion_map(lambda crops: head.scores(cells_of(crops)), faces.crops[row], 0)
        exact = evidence_maps(head, rows[[row]], np.array([0]))[0]
        assert np.hypot(*np.subtract(top(covered), top(exact))) < 15
        assert np.corrcoef(covered.ravel(), exact.ravel())[0, 1] > 0.5


def test_what_the_model_does_not_look_at_does_not_matter() -> None:
    crop = marked_faces().crops[0]

    def scores(crops: NDArray[np.uint8]) -> Array:
        middle = crops[:, 66:78, 26:38].mean(axis=(1, 2, 3))
        return np.stack([middle, -middle], axis=1)

    covered = occlusion_map(scores, crop, 0, fill=np.full_like(crop, 110))
    assert np.hypot(*np.subtract(top(covered), MARK)) < 12
    assert covered[100, 105] < 0.05 * covered.max()


def test_mirroring_makes_the_map_symmetric() -> None:
    faces = marked_faces()
    one = layer_saliency(faces, cells_of(faces.crops), mirrored=True)[0]
    assert np.allclose(one.map, one.map[:, ::-1])


@settings(max_examples=10)
@given(st.integers(1, 30), st.integers(0, 100))
def test_most_people_stay_to_learn_from(people: int, seed: int) -> None:
    faces = marked_faces(people)
    aside = held_out_rows(faces, seed=seed)
    for target in range(2):
        kept = np.count_nonzero(faces.targets[aside] == target)
        assert kept <= min(6, max(people // 4, 1))
        assert kept < people


def test_of_few_people_no_face_is_shown() -> None:
    faces = marked_faces(4)
    rows = held_out_rows(faces)
    found = class_saliency(faces, rows, lambda at, _: np.ones((len(at), SIDE, SIDE)), method="occlusion")
    assert [one.face for one in found] == [None, None]


def test_a_class_of_few_people_is_shown_on_the_face_of_all() -> None:
    faces = marked_faces(6)
    rows = held_out_rows(faces)
    found = class_saliency(faces, rows, lambda at, _: np.ones((len(at), SIDE, SIDE)), method="occlusion")
    assert all(one.face is not None and not one.of_class for one in found)
    assert found[0].shuffled is None


def test_values_that_are_no_map_are_refused() -> None:
    head = LinearHead(np.zeros(50), np.zeros((2, 50)), np.zeros(2), True)
    with pytest.raises(InputError, match="cells"):
        evidence_maps(head, np.zeros((1, 50)), np.array([0]))


def test_a_crop_of_another_size_is_refused() -> None:
    with pytest.raises(InputError, match="112 px"):
        occlusion_map(lambda crops: np.zeros((len(crops), 2)), np.zeros((96, 96, 3), np.uint8), 0)


def test_occlusion_of_a_data_set_finds_the_mark() -> None:
    faces = marked_faces()
    rows = cells_of(faces.crops)
    aside = held_out_rows(faces, most=2)
    learn = np.setdiff1d(np.arange(len(faces)), aside)
    head = fit_linear(rows[learn], faces.targets[learn], 2, 1.0)
    found = occlusion_saliency(faces, aside, lambda crops: head.scores(cells_of(crops)), grid=7)
    assert [one.method for one in found] == ["occlusion", "occlusion"]
    assert found[0].persons == 2
    assert np.hypot(*np.subtract(top(found[0].map), MARK)) < 15
