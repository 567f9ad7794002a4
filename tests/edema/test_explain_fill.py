from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.edema.test_explain_face import MESH

from mitate.edema.explain_fill import neutral_fill, reference_fill

SIDE = 48


def faces(count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Smooth random pictures."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(60, 160, (count, 6, 6, 3))
    return np.kron(coarse, np.ones((1, 8, 8, 1))).astype(np.uint8)


def points(count: int) -> NDArray[np.float32]:
    return np.repeat(MESH[None] * SIDE, count, axis=0)


def test_a_frame_that_is_among_the_reference_is_replaced_by_itself() -> None:
    known = faces(4)
    fill = reference_fill(known[2:3], points(1), known, points(4))
    np.testing.assert_allclose(fill[0], known[2], atol=0.51)


@settings(max_examples=25)
@given(st.floats(0.6, 1.4), st.floats(-0.4, 0.4), st.floats(-0.4, 0.4))
def test_a_lamp_that_stands_elsewhere_is_followed(gain: float, across: float, down: float) -> None:
    known = faces(1)
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
    lamp = gain * np.exp(across * x + down * y)
    lit = np.clip((known + 8.0) * lamp[None, :, :, None] - 8, 0, 255)
    fill = reference_fill(np.rint(lit).astype(np.uint8), points(1), known, points(1))
    inside = (slice(None), slice(14, 40), slice(12, 36))
    assert float(np.abs(fill[inside] - lit[inside]).mean()) < 2


def test_light_is_followed_but_a_patch_is_not() -> None:
    known = faces(1)
    session = known.copy()
    session[0, 28:34, 12:18] = 250
    fill = reference_fill(session, points(1), known, points(1))
    assert float(np.abs(fill[0, 28:34, 12:18] - known[0, 28:34, 12:18]).mean()) < 30


def test_neutral_is_the_frame_without_features() -> None:
    known = faces(2)
    fill = neutral_fill(known)
    assert fill.shape == known.shape
    assert (fill.std(axis=(1, 2)) < 0.7 * known.std(axis=(1, 2))).all()
    np.testing.assert_allclose(fill.mean(axis=(1, 2)), known.mean(axis=(1, 2)), atol=8)
