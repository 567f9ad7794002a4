"""A made-up face: foundation, blush and lip colour, which change what skin reflects and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.simulate.person import Person
from mitate.simulate.skin import lab_to_linear

__all__ = ["Makeup", "made_up", "sample_makeup"]

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Makeup:
    """What is put on in one session.

    Attributes:
        cover: of the foundation in [0, 1]; at 1 nothing of the skin is left to see.
        foundation: what it differs from the skin's tone, L*, a*, b*.
        blush: strength on the cheeks in [0, 1].
        lips: strength in [0, 1].
        lip_lab: colour of the lips.
    """

    cover: float
    foundation: tuple[float, float, float]
    blush: float
    lips: float
    lip_lab: tuple[float, float, float]


def sample_makeup(rng: np.random.Generator) -> Makeup:
    """Draw one session's make-up."""
    return Makeup(
        cover=float(rng.uniform(0.35, 0.75)),
        foundation=(float(rng.normal(3, 2)), float(rng.normal(-1, 1)), float(rng.normal(-1, 2))),
        blush=float(rng.uniform(0.1, 0.6)),
        lips=float(rng.uniform(0.3, 0.9)),
        lip_lab=(float(rng.uniform(34, 48)), float(rng.uniform(30, 48)), float(rng.uniform(8, 22))),
    )


def made_up(person: Person, makeup: Makeup | None) -> FloatArray:
    """The person's texture, (rows, columns, 3) linear RGB, with what was put on it; as it is where None."""
    if makeup is None:
        return person.texture
    masks, positions = person.head.masks, person.head.positions
    x, y, _ = np.moveaxis(positions, -1, 0)
    lips = masks["lips"]
    face = masks["face"] * (1 - lips)
    tone = np.asarray(person.skin.lab) + np.asarray(makeup.foundation)
    coat = lab_to_linear(np.array([np.clip(tone[0], 5, 95), *tone[1:]], np.float32))
    texture = _over(person.texture, coat, makeup.cover * face)
    # on the cheekbones, wider than a flush and towards the temples
    cheeks = np.exp(-(((np.abs(x) - 0.048) / 0.018) ** 2) - ((y + 0.032) / 0.014) ** 2) * face
    rouge = lab_to_linear(np.array([0.8 * tone[0], tone[1] + 22, 0.8 * tone[2]], np.float32))
    texture = _over(texture, rouge, makeup.blush * cheeks)
    return _over(texture, lab_to_linear(np.asarray(makeup.lip_lab, np.float32)), makeup.lips * lips)


def _over(texture: FloatArray, colour: FloatArray, share: FloatArray) -> FloatArray:
    return np.asarray(texture * (1 - share[..., None]) + share[..., None] * colour, np.float32)
