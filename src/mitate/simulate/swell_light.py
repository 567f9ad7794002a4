"""The light on a photographed face as low spherical harmonics, and how a tilted surface changes its shade.

Nine coefficients describe how a matt convex surface is lit to within a few per cent (Ramamoorthi and
Hanrahan, "On the relationship between radiance and irradiance", JOSA A 18, 2001; Basri and Jacobs, PAMI 25,
2003). They are fitted to the brightness of the skin at the points of the face mesh, robustly, since beards,
spots, glasses and cast shadows are none of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.simulate.swell_mesh import POINTS, FaceSurface, shapes

__all__ = ["GAMMA", "Light", "fit_light", "harmonics"]

Array = NDArray[np.float64]

GAMMA = 2.2
_ROUNDS = 12
_HUBER = 1.345  # in robust standard deviations (Huber 1964: 95 % efficient)
_RIDGE = np.array([0.0] + [0.02] * 3 + [0.1] * 5)  # of the skin points, against what shape alone can tell
_FLOOR = 0.25  # of the mean shade: deep shadow is not made darker or lighter by a quotient of small numbers
_MOST = np.log(1.5)
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def harmonics(normals: Array) -> Array:
    """(n, 9) real spherical harmonics of orders 0 to 2 at unit normals (n, 3), each of about unit size."""
    x, y, z = normals.T
    return np.stack(
        [np.ones_like(x), x, y, z, x * y, y * z, 0.5 * (3 * z * z - 1), x * z, 0.5 * (x * x - y * y)], axis=1
    )


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """The light on one face.

    Attributes:
        coefficients: (9,) of `harmonics`; the mean shade of the skin is 1.
        points: how many points of skin it rests on.
    """

    coefficients: Array
    points: int

    def shade(self, normals: Array) -> Array:
        """(n,) how bright skin with these normals is, at least a quarter of the mean."""
        return np.asarray(np.maximum(harmonics(normals) @ self.coefficients, _FLOOR))

    def log_change(self, before: Array, after: Array) -> Array:
        """(n,) logarithm of the quotient of the shades after and before, within ± log 1.5."""
        return np.asarray(np.clip(np.log(self.shade(after) / self.shade(before)), -_MOST, _MOST))


def _is_skin() -> NDArray[np.bool_]:
    """(468,) whether a point is likely to be bare skin: not an eye, a brow, a lip or a nostril."""
    x, y, _ = shapes().mesh_mm[:POINTS].T
    eyes = ((np.abs(x) - 31) / 19) ** 2 + (y / 12) ** 2 < 1
    brows = (np.abs(np.abs(x) - 34) < 26) & (np.abs(y - 19) < 11)
    mouth = (x / 29) ** 2 + ((y + 71) / 14) ** 2 < 1
    nostrils = (np.abs(x) < 13) & (np.abs(y + 45) < 6)
    return np.asarray(~(eyes | brows | mouth | nostrils))


def _brightness(image: NDArray[np.uint8], at: Array, blur_px: float) -> Array:
    """(n,) linear luminance at pixel positions (n, 2), a little blurred."""
    low = np.floor(at.min(axis=0) - 4 * blur_px).astype(int).clip(0)
    high = np.ceil(at.max(axis=0) + 4 * blur_px).astype(int) + 1
    part = image[low[1] : high[1], low[0] : high[0]].astype(np.float32) / 255
    grey = np.asarray(part**GAMMA @ _LUMINANCE.astype(np.float32), np.float32)
    soft = cv2.GaussianBlur(grey, (0, 0), max(blur_px, 0.3))
    place = (at - low).astype(np.float32)[:, None, :]
    read = cv2.remap(soft, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read[:, 0], np.float64)


def fit_light(image: NDArray[np.uint8], mesh: NDArray[np.floating], surface: FaceSurface) -> Light:
    """The light that explains the brightness of this face's skin best.

    Args:
        image: (H, W, 3) uint8 RGB.
        mesh: (468, 3) pixels.
        surface: of the same mesh.
    """
    normals = surface.normals[:POINTS]
    inside = np.logical_and(mesh[:, :2] >= 0, mesh[:, :2] < np.array(image.shape[1::-1])).all(axis=1)
    used = _is_skin() & inside & (normals[:, 2] > 0.15)
    if used.sum() < 50:
        return Light(np.array([1.0] + [0.0] * 8), 0)  # next to nothing to learn from: even light
    seen = _brightness(image, np.asarray(mesh[used, :2], np.float64), 1.5 / surface.mm_per_px)
    y = seen / max(float(np.median(seen)), 1e-4)
    x = harmonics(normals[used])
    weight: Array = np.ones(len(y))
    coefficients: Array = np.zeros(9)
    for _ in range(_ROUNDS):
        system = (x * weight[:, None]).T @ x + np.diag(_RIDGE * len(y))
        coefficients = np.asarray(np.linalg.solve(system, x.T @ (weight * y)))
        residual = np.abs(y - x @ coefficients)
        spread = 1.4826 * float(np.median(residual)) + 1e-6
        weight = np.asarray(np.minimum(1.0, _HUBER * spread / np.maximum(residual, 1e-12)))
    return Light(coefficients, int(used.sum()))
