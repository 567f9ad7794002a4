"""Changes of a crop that say nothing about its class."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="the train extra is not installed")

from tests.learn.face_network import patterned

from mitate.learn.face_augment import augmented


def test_changes_of_a_crop_are_small_seeded_and_within_range() -> None:
    crop = patterned(1)[0][0]
    one, same = (augmented(crop, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, same)
    rng = np.random.default_rng(0)
    many = np.stack([augmented(crop, rng) for _ in range(300)])
    assert many.dtype == np.float32
    assert many.shape == (300, *crop.shape)
    assert many.min() >= 0
    assert many.max() <= 255
    grey = np.abs(many - many.mean(axis=3, keepdims=True)).max(axis=(1, 2, 3)) < 1e-3
    assert 0.04 < grey.mean() < 0.18
    mirrored = [np.abs(x - crop[:, ::-1]).mean() < np.abs(x - crop).mean() for x in many]
    assert 0.3 < np.mean(mirrored) < 0.7
