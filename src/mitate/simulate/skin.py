"""Painting a simulated person's skin on the head's cylinder texture: tone, hair, brows, lips, spots."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.simulate.head import TEXTURE_SHAPE, Head

__all__ = ["Skin", "SkinShift", "ita_deg", "lab_to_linear", "paint_skin", "sample_skin"]

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Skin:
    """Colours and marks of one person. Lab colours in CIE L*a*b* (D65).

    Attributes:
        lab: skin tone; the individual typology angle atan((L−50)/b) of Chardon et al. (1991) follows from it.
        hair_lab: hair and brows.
        hairline_m: height of the hairline above the eyes; a large value is a bald top.
        brow: thickness (m), height above the eyes (m), strength in [0, 1].
        redness: extra a* on cheeks, nose and ears.
        spots: number of age spots.
        beard: shadow of a shaved beard in [0, 1].
        iris_lab: colour of the iris.
        seed: of the marks.
    """

    lab: tuple[float, float, float]
    hair_lab: tuple[float, float, float]
    hairline_m: float
    brow: tuple[float, float, float]
    redness: float
    spots: int
    beard: float
    iris_lab: tuple[float, float, float]
    seed: int


@dataclass(frozen=True, slots=True)
class SkinShift:
    """How one population's skins differ from another's: the same people, other colours and marks.

    Attributes:
        lightness: added to L*.
        spread: multiplies how far L* is from 62.
        own_lab: sd of what is drawn anew on top, L*, a*, b*.
        warmth: added to a* and b*.
        redness: multiplies the flush of cheeks, nose and ears.
        spots: multiplies the number of age spots.
    """

    lightness: float = -3.0
    spread: float = 1.3
    own_lab: tuple[float, float, float] = (4.0, 1.2, 2.0)
    warmth: tuple[float, float] = (0.8, -1.0)
    redness: float = 1.3
    spots: float = 1.6

    def __call__(self, skin: Skin, rng: np.random.Generator) -> Skin:
        """This person's skin in the other population.

        Args:
            skin: in the first.
            rng: of its own.
        """
        moved = np.array(skin.lab) + rng.normal(0.0, self.own_lab) + np.array([self.lightness, *self.warmth])
        moved[0] += (self.spread - 1) * (skin.lab[0] - 62)
        low, high = (26.0, 4.0, 6.0), (82.0, 20.0, 28.0)
        lightness, red, yellow = (float(value) for value in np.clip(moved, low, high))
        return replace(
            skin,
            lab=(lightness, red, yellow),
            redness=float(np.clip(self.redness * skin.redness, 0, 14)),
            spots=round(self.spots * skin.spots),
        )


def ita_deg(lab: tuple[float, float, float]) -> float:
    """Individual typology angle, degrees: above 55 very light, below -30 dark (Chardon et al. 1991)."""
    return float(np.degrees(np.arctan2(lab[0] - 50, lab[2])))


def lab_to_linear(lab: NDArray[np.floating]) -> FloatArray:
    """CIE L*a*b* (D65) to linear RGB in [0, 1]; any leading shape."""
    shaped = np.asarray(lab, dtype=np.float32).reshape(1, -1, 3)
    return np.asarray(cv2.cvtColor(shaped, cv2.COLOR_Lab2LRGB).reshape(np.shape(lab)).clip(0.001, 1.0))


def sample_skin(rng: np.random.Generator, male: bool, years: float, asian: float) -> Skin:
    """Draw a person's colours: tones from very light to dark, greyer hair with age."""
    lightness = float(np.clip(rng.normal(65 if asian > 0.5 else 60, 6 if asian > 0.5 else 12), 30, 78))
    grey = float(np.clip((years - 45) / 40 + rng.normal(0, 0.25), 0, 1))
    bald = male and rng.random() < np.clip((years - 40) / 60, 0, 0.6)
    return Skin(
        lab=(lightness, float(rng.normal(11, 2)), float(np.clip(rng.normal(17, 3), 8, 26))),
        hair_lab=(12 + 62 * grey + float(rng.normal(0, 4)), 3 * (1 - grey), 6 * (1 - grey)),
        hairline_m=float(rng.normal(0.2, 0.02))
        if bald
        else float(np.clip(rng.normal(0.066, 0.009), 0.045, 0.09)),
        brow=(
            float(rng.uniform(0.0018, 0.0042)),
            float(rng.normal(0.021, 0.0015)),
            float(rng.uniform(0.3, 0.9)),
        ),
        redness=float(np.clip(rng.normal(4, 2.5), 0, 10)),
        spots=int(rng.poisson(max(0.0, (years - 45) / 4))),
        beard=float(rng.uniform(0, 0.5)) if male else 0.0,
        iris_lab=(float(rng.uniform(15, 45 if asian < 0.5 else 24)), 5.0, 12.0),
        seed=int(rng.integers(2**31)),
    )


def _noise(rng: np.random.Generator, cells: int) -> FloatArray:
    """Smooth noise of unit scale over the texture, about `cells` bumps around the head."""
    rows, columns = TEXTURE_SHAPE
    coarse = rng.standard_normal((max(2, cells * rows // columns), cells)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC))


def _hair_mask(positions: FloatArray, skin: Skin, noise: FloatArray) -> FloatArray:
    """Hair above the hairline and, behind the temples, down to the nape; 0 to 1."""
    x, y, z = np.moveaxis(positions, -1, 0)
    above = (y - skin.hairline_m - 0.15 * np.abs(x) + 0.004 * noise) / 0.004
    behind = (
        -z - 0.088 + 0.5 * np.clip(-y - 0.01, 0, None) + 0.15 * np.clip(y, 0, 0.05) + 0.004 * noise
    ) / 0.005
    return np.asarray(1 / (1 + np.exp(-np.maximum(above, behind).clip(-30, 30))))


def _brow_mask(positions: FloatArray, skin: Skin, noise: FloatArray) -> FloatArray:
    """Two arches above the eyes; 0 to 1."""
    x, y, z = np.moveaxis(positions, -1, 0)
    thickness, height, strength = skin.brow
    along = (np.abs(x) - 0.034) / 0.023
    arch = height + 0.005 * (1 - along**2) - 0.002 * np.clip(along, 0, None)
    across = np.exp(-(((y - arch) / thickness) ** 2)) * np.exp(
        -(np.clip(np.abs(along) - 0.75, 0, None) ** 2) * 40
    )
    return np.asarray((strength * across * (z > -0.04) * (1 + 0.3 * noise)).clip(0, 1))


def _add_spots(lab: FloatArray, rng: np.random.Generator, count: int) -> None:
    """Age spots on the face, in place; each is drawn in its own small window."""
    rows, columns = TEXTURE_SHAPE
    for _ in range(count):
        row, column = rng.normal(0.6, 0.13) * rows, rng.normal(0.5, 0.09) * columns
        radius, depth = rng.uniform(2, 7), rng.uniform(3, 11)
        top, left = (int(max(0, at - 3 * radius)) for at in (row, column))
        window = lab[top : int(row + 3 * radius), left : int(column + 3 * radius)]
        r, c = np.ogrid[: window.shape[0], : window.shape[1]]
        spot = np.exp(-((r + top - row) ** 2 + (c + left - column) ** 2) / radius**2)
        window += spot[..., None] * np.array([-depth, 1, 2])


def paint_skin(head: Head, skin: Skin) -> FloatArray:
    """The skin's texture, (rows, columns, 3) linear RGB in [0, 1]. The same skin gives the same pixels."""
    rng = np.random.default_rng(skin.seed)
    positions = head.positions
    x, y, z = np.moveaxis(positions, -1, 0)
    lab = np.empty((*TEXTURE_SHAPE, 3), dtype=np.float32)
    lab[:] = skin.lab
    mottle = 0.6 * _noise(rng, 40) + 0.4 * _noise(rng, 110)
    lab[..., 0] += 1.3 * mottle + 0.9 * _noise(rng, 380)
    flush = np.exp(-(((np.abs(x) - 0.042) / 0.022) ** 2) - ((y + 0.04) / 0.022) ** 2)
    flush += np.exp(-((x / 0.014) ** 2) - ((y + 0.04) / 0.02) ** 2) * (z > 0)
    lab[..., 1] += skin.redness * (flush + head.masks["ears"]) + 0.9 * _noise(rng, 60)
    lids = head.masks["eyelids"]
    lab += lids[..., None] * np.array([-6, 3, -1], np.float32)
    _add_spots(lab, rng, skin.spots)
    shaved = np.exp(-(np.clip((y + 0.055) / 0.02, 0, None) ** 2)) * (y < 0.0) * (z > -0.09)
    lab[..., 0] -= 9 * skin.beard * shaved * (1 - head.masks["lips"])
    lips = head.masks["lips"][..., None]
    lip_lab = np.array([0.78 * skin.lab[0], skin.lab[1] + 11, 0.8 * skin.lab[2]], np.float32)
    lab = lab * (1 - lips) + lips * (lip_lab + 1.2 * _noise(rng, 300)[..., None])
    strands = _noise(rng, 400)
    for mask in (_brow_mask(positions, skin, strands), _hair_mask(positions, skin, strands)):
        colour = np.asarray(skin.hair_lab, np.float32) + 4 * strands[..., None] * np.array(
            [1, 0, 0], np.float32
        )
        lab = lab * (1 - mask[..., None]) + mask[..., None] * colour
    lab[..., 0] = lab[..., 0].clip(4, 96)
    return lab_to_linear(lab)
