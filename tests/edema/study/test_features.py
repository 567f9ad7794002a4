from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.edema.encoder import Encoder
from mitate.edema.study.features import EncoderFeatures, forget, seen


class Counting:
    """The mean colour, and how often it was asked for."""

    key = "mean colour"

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.calls += 1
        return np.asarray(crops.mean(axis=(1, 2), dtype=np.float32))


@pytest.fixture
def crops() -> NDArray[np.uint8]:
    forget()
    return np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype(np.uint8)


def test_equal_crops_are_computed_once_wherever_they_lie(crops: NDArray[np.uint8]) -> None:
    features = Counting()
    first = seen(features, crops)
    again = seen(features, crops.copy())
    assert features.calls == 1
    assert again is first


def test_other_crops_are_computed_anew(crops: NDArray[np.uint8]) -> None:
    features = Counting()
    seen(features, crops)
    other = crops.copy()
    other[0, 0, 0, 0] ^= 1
    changed = seen(features, other)
    assert features.calls == 2
    np.testing.assert_array_equal(changed, other.mean(axis=(1, 2), dtype=np.float32))
    seen(features, crops[:2])
    assert features.calls == 3


def test_what_is_remembered_cannot_be_written_to(crops: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="read-only"):
        seen(Counting(), crops)[0] = 0


def test_an_encoder_reads_crops_of_any_side_and_can_be_pickled(
    tiny_encoder: Encoder, crops: NDArray[np.uint8]
) -> None:
    features = EncoderFeatures(tiny_encoder.root)
    np.testing.assert_array_equal(features(crops), tiny_encoder.embed(crops))
    large = crops.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(features(large), tiny_encoder.embed(crops), atol=1e-3)
    copied = pickle.loads(pickle.dumps(features))
    assert copied.key == features.key
    np.testing.assert_array_equal(copied(crops), features(crops))
