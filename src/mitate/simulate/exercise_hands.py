"""Hands made flat: the body model's thumbs stand in the way of a palm that is to lie on something."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mitate.simulate.body_model import BodyModel, BodyShape
from mitate.simulate.posing import about_y

__all__ = ["flat_hands"]

_OPENED = 32.0  # degrees that a thumb is turned out, into the plane of the palm
_THUMB = ("finger1-1", "finger1-2", "finger1-3")


def flat_hands(shape: BodyShape, to_hand: dict[str, NDArray[np.float64]]) -> BodyShape:
    """The same person with the thumbs beside the palms.

    Args:
        to_hand: side → (3, 3) from the world at rest to the hand's own frame: x to the person's left
            while the arm hangs with the palm to the thigh, y from the fingers to the wrist, z to the thumb.
    """
    skin = shape.vertices.astype(np.float64)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        share = _thumb_share(shape.model, side)
        inside = (skin - shape.joints[f"{side}_hand"]) @ to_hand[side].T
        edge = (share > 0.2) & (share < 0.8)
        base = inside[edge].mean(axis=0)
        turned = (inside - base) @ about_y(sign * _OPENED).T + base
        moved = inside + share[:, None] * (turned - inside)
        skin = moved @ to_hand[side] + shape.joints[f"{side}_hand"]
    return replace(shape, vertices=skin.astype(np.float32))


def _thumb_share(model: BodyModel, side: str) -> NDArray[np.float64]:
    """(V,) how much of each vertex moves with the thumb, by Anny's own weights of its bones."""
    anny = model._anny  # the body model's segments end at the hand
    labels = list(anny.bone_labels)
    bones = [labels.index(f"{bone}.{side[0].upper()}") for bone in _THUMB]
    weights = anny.vertex_bone_weights.numpy()
    of_thumb = np.isin(anny.vertex_bone_indices.numpy(), bones)
    return np.asarray((weights * of_thumb).sum(axis=1) / weights.sum(axis=1), np.float64)
