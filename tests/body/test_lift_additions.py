"""What the lift adds to its network: the mirror image, the outline, and hands that are not seen."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from tests.body.lift_tracks import bending

from mitate.body.clip import PoseTrack
from mitate.body.lift import LiftModel, _without_hidden_hands, lift
from mitate.body.lift_input import lift_input, mirrored_vectors
from mitate.body.lift_output import mirrored_answer
from mitate.body.points import INDEX
from mitate.body.recording import ANGLES, JOINTS

COMMITTED = Path(str(resources.files("mitate.weights"))) / "lift"


@pytest.fixture(scope="module")
def model() -> LiftModel:
    if not (COMMITTED / "card.json").is_file():
        pytest.skip("the lift's network is not committed yet")
    return LiftModel.load()


@pytest.fixture(scope="module")
def sure(model: LiftModel) -> LiftModel:
    """The same network, said to be so good that it always shows its curve."""
    return replace(model, card={**model.card, "curve_factor": 1e-4})


@pytest.fixture(scope="module")
def track() -> PoseTrack:
    return bending(np.arange(45) / 30)


def test_an_answer_to_the_mirror_image_is_the_mirrored_answer(track: PoseTrack, model: LiftModel) -> None:
    given_ = lift_input(track)
    vectors, patches = mirrored_vectors(given_.vectors), np.ascontiguousarray(given_.patches[:, :, ::-1])
    other = model.answers(replace(given_, vectors=vectors, patches=patches))
    np.testing.assert_allclose(mirrored_answer(other), model.answers(given_), rtol=1e-4, atol=1e-4)


def test_an_outline_that_counts_for_nothing_leaves_the_curve(track: PoseTrack, sure: LiftModel) -> None:
    outline = sure.card["outline"]
    nothing = {**outline, "sd": (1e5 * np.array(outline["sd"])).tolist()}
    blind = replace(sure, card={**sure.card, "outline": nothing})
    side = bending(np.arange(20) / 10, turn_deg=80.0)
    without, usual = lift(side, height_m=1.6, model=blind), lift(side, height_m=1.6, model=sure)
    assert (usual.curve_error <= without.curve_error + 1e-12).all()
    assert usual.curve_error.mean() < without.curve_error.mean()
    for name in ANGLES:
        np.testing.assert_array_equal(usual.angles[name], without.angles[name])
    front = bending(np.arange(20) / 10, turn_deg=0.0)
    np.testing.assert_array_equal(
        lift(front, height_m=1.6, model=blind).curve, lift(front, height_m=1.6, model=sure).curve
    )


@given(
    wrist=hnp.arrays(np.float32, (6, 2), elements=st.floats(0, 1, width=32)),
    finger=hnp.arrays(np.float32, (6, 2), elements=st.floats(0, 1, width=32)),
)
@settings(max_examples=30)
def test_fingers_are_known_where_wrist_or_hand_is_seen(
    wrist: NDArray[np.float32], finger: NDArray[np.float32]
) -> None:
    still = bending(np.zeros(6), masks=False)
    visibility = still.visibility.copy()
    for i, side in enumerate(("left", "right")):
        visibility[:, INDEX[f"{side}_wrist"]], visibility[:, INDEX[f"{side}_index"]] = (
            wrist[:, i],
            finger[:, i],
        )
    joints = _without_hidden_hands(np.ones((6, len(JOINTS), 3)), replace(still, visibility=visibility))
    tips = [JOINTS.index(f"{side}_index") for side in ("left", "right")]
    expected = (wrist >= 0.3) | (finger >= 0.3)
    np.testing.assert_array_equal(np.isfinite(joints[:, tips]), np.repeat(expected[..., None], 3, axis=2))
    assert np.isfinite(np.delete(joints, tips, axis=1)).all()
