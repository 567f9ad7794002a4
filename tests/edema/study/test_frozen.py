from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate import weights
from mitate.edema.crops import CropStore
from mitate.edema.study.course import Course, split_course
from mitate.edema.study.frozen import NetworkFeatures, enlarged, make_frozen, people_of, taught
from mitate.errors import InputError

Draw = Callable[..., list[Course]]


class Blocks:
    """Means of 8 x 8 blocks."""

    key = "blocks"

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        n, side = len(crops), crops.shape[1] // 8
        parts = crops.reshape(n, side, 8, side, 8, 3).astype(np.float32)
        return np.asarray(parts.mean(axis=(2, 4)).reshape(n, -1))


def silent(what: str, done: float, total: float, detail: str) -> None:
    """Where nobody watches."""


def test_enlarging_keeps_flat_pictures_and_shape() -> None:
    crops = np.full((2, 64, 64, 3), 90, np.uint8)
    for side in (32, 64, 112):
        assert enlarged(crops, side).shape == (2, side, side, 3)
        assert (enlarged(crops, side) == 90).all()


def test_people_are_seen_with_their_labels_and_few_frames(population: CropStore) -> None:
    people = people_of(population, Blocks(), silent, "looking")
    assert [p.participant_id for p in people] == list(population.participants)
    own = population.only(population.participants[:1]).sessions
    assert [s.excess_kg for s in people[0].sessions] == pytest.approx([s.excess_kg for s in own])
    assert people[0].sessions[0].embeddings.shape == (5, 48)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("frozen") / "row"


def test_a_row_is_read_again_from_its_folder(population: CropStore, folder: Path, world: Draw) -> None:
    few = population.only(population.participants[:8])
    first = taught(Blocks(), few, folder, name="blocks")
    again = taught(Blocks(), few, folder, name="blocks")
    split = split_course(world(1)[0], 1)
    assert split is not None
    for one, other in zip(
        first.answer(split.lessons, split.exams), again.answer(split.lessons, split.exams), strict=True
    ):
        assert one.excess_kg == other.excess_kg
        assert one.interval_90 == other.interval_90


def test_a_prior_of_other_features_is_refused(population: CropStore, folder: Path, tmp_path: Path) -> None:
    taught(Blocks(), population.only(population.participants[:8]), folder, name="blocks")
    with pytest.raises(InputError, match="other features"):
        taught(NetworkFeatures("sface", 112), population, folder, name="faces")
    with pytest.raises(InputError, match="no frozen network"):
        make_frozen("a network of dreams", population, tmp_path / "other")


@pytest.mark.parametrize(
    ("weight", "side", "width"), [("sface", 112, 128), ("efficientnet_lite0", 224, 1280)]
)
def test_networks_see_crops_of_any_side(weight: str, side: int, width: int) -> None:
    if weights.check(weights.find(weight)).state != "ok":
        pytest.skip(f"{weight} is not installed")
    features = NetworkFeatures(weight, side)
    crops = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype(np.uint8)
    rows = features(crops)
    assert rows.shape == (3, width)
    assert rows.dtype == np.float32
    copied = pickle.loads(pickle.dumps(features))
    np.testing.assert_allclose(copied(crops[:1]), rows[:1], rtol=1e-3, atol=1e-3)
    assert copied.key == features.key
