"""Light of the exercise films: an even room, one soft lamp, and the shadows where something rests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.errors import MissingExtraError
from mitate.simulate.body_model import Floats

__all__ = [
    "Surface",
    "blend",
    "lit",
    "look_up",
    "open_scene",
    "sampled",
    "shade",
    "shaded_corners",
    "stored",
    "weights_of",
]

_SKY = np.array([0.60, 0.61, 0.62], np.float32)
_GROUND = np.array([0.40, 0.385, 0.37], np.float32)
_KEY = np.array([0.66, 0.64, 0.61], np.float32)
_WRAP = 0.25  # by how much the lamp's light reaches round
_LAMP = np.array([-0.45, 0.75, 0.62], np.float32) / np.float32(np.linalg.norm([-0.45, 0.75, 0.62]))

_LEVELS = 4096
_GAMMA = (255 * np.linspace(0, 1, _LEVELS) ** (1 / 2.2) + 0.5).astype(np.uint8)

_TEXEL_M = 0.02
_REACH_M = 2.6  # half the side of the square on which shadows are drawn
_SHADOWS = ((0.035, 0.022, 0.8), (0.22, 0.13, 0.45))  # height (m) over which it fades, blur (m), strength
_OUTSIDE = -1e3
_DARKENED = 0.996  # of the light left, below which a shadow is seen
_HIGHEST_M = 1.2  # above a surface, of what throws a shadow on it


@dataclass(frozen=True, slots=True)
class Surface:
    """A level or upright face that shadows fall on.

    Attributes:
        axis: 0, 1 or 2: what it is square to.
        sign: which way it faces along the axis.
        at: metres along the axis.
    """

    axis: int
    sign: float
    at: float

    @property
    def along(self) -> tuple[int, int]:
        """The two other axes."""
        return (1, 2) if self.axis == 0 else (0, 2) if self.axis == 1 else (0, 1)

    def has(self, places: Floats, normals: Floats) -> NDArray[np.bool_]:
        """Which of these places (..., 3) with these normals lie on it."""
        near = np.abs(places[..., self.axis] - self.at) < 0.004
        return np.asarray(near & (self.sign * normals[..., self.axis] > 0.9))


def open_scene(*meshes: tuple[Floats, NDArray[np.int32]]) -> Any:
    """An Embree scene of meshes (vertices, faces), numbered in this order without the empty ones.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene
    except ImportError as error:
        raise MissingExtraError("embreex", "simulate") from error
    scene = EmbreeScene()
    for vertices, faces in meshes:
        if len(faces):
            TriangleMesh(
                scene, np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.int32)
            )
    return scene


def weights_of(hit: dict[str, NDArray[Any]], rows: NDArray[np.int64]) -> Floats:
    """(n, 3) shares of the three corners in what these rays have hit."""
    u, v = hit["u"][rows], hit["v"][rows]
    return np.stack([1 - u - v, u, v], axis=1).astype(np.float32)


def blend(weights: Floats, values: Floats, corners: NDArray[np.int32]) -> Floats:
    """What vertices have (V, k), at places in triangles (n, 3) by the corners' shares: (n, k)."""
    found = weights[:, :1] * values[corners[:, 0]]
    found += weights[:, 1:2] * values[corners[:, 1]]
    found += weights[:, 2:] * values[corners[:, 2]]
    return np.asarray(found, np.float32)


def lit(colour: Floats, normal: Floats, light: Floats, to_world: Floats) -> Floats:
    """Linear RGB (n, 3) of a matt surface.

    Args:
        colour: (n, 3) linear RGB. normal: (n, 3) unit.
        light: (n,) share of the room's even light that reaches it.
        to_world: (3, 3) of the camera, whose upper left the lamp is at.
    """
    up = 0.5 + 0.5 * normal[:, 1:2]
    facing = ((normal @ (_LAMP @ to_world) + _WRAP) / (1 + _WRAP)).clip(0)
    received = (_GROUND + up * (_SKY - _GROUND)) * light[:, None]
    received = received + _KEY * (facing * (0.45 + 0.55 * light))[:, None]
    return np.asarray(colour * received, np.float32)


def stored(picture: Floats) -> NDArray[np.uint8]:
    """Linear RGB as bytes."""
    return np.asarray(_GAMMA[(picture * (_LEVELS - 1)).clip(0, _LEVELS - 1).astype(np.uint16)])


def shade(surface: Surface, points: Floats, area: Floats, middle: Floats) -> Floats:
    """What things leave of the light on a surface: a square picture about `middle`, 0 to 1.

    Args:
        points: (n, 3) metres, of the things.
        area: (n,) square metres that each stands for.
    """
    side = int(2 * _REACH_M / _TEXEL_M)
    above = surface.sign * (points[:, surface.axis] - surface.at)
    near = np.flatnonzero((above > -0.03) & (above < _HIGHEST_M))
    columns, rows = (
        ((points[near, k] - middle[k] + _REACH_M) / _TEXEL_M).astype(np.int64).clip(0, side - 1)
        for k in surface.along
    )
    left = np.ones((side, side), np.float32)
    for fade, blur, strength in _SHADOWS:
        weight = area[near] * np.exp(-above[near].clip(0) / fade) / _TEXEL_M**2
        cover = np.bincount(rows * side + columns, weight, side * side).reshape(side, side)
        # What lies between the vertices is filled before the cover is cut off at whole.
        filled = cv2.GaussianBlur(cover.astype(np.float32), (0, 0), 1.0).clip(0, 1)
        left *= 1 - strength * cv2.GaussianBlur(filled, (0, 0), blur / _TEXEL_M)
    return left


def look_up(surface: Surface, places: Floats, normals: Floats, middle: Floats) -> tuple[Floats, Floats]:
    """Where a picture's places (h, w, 3) lie in a surface's `shade`: columns and rows, each (h, w).

    What is not of the surface lies outside.
    """
    on = surface.has(places, normals)
    u, v = ((places[..., k] - middle[k] + _REACH_M) / _TEXEL_M - 0.5 for k in surface.along)
    return np.where(on, u, _OUTSIDE).astype(np.float32), np.where(on, v, _OUTSIDE).astype(np.float32)


def sampled(left: Floats, at: tuple[Floats, Floats]) -> Floats:
    """(h, w, 1) of a `shade` where `look_up` says."""
    found = cv2.remap(left, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=1.0)
    return np.asarray(found[..., None])


def shaded_corners(surface: Surface, left: Floats, middle: Floats) -> Floats:
    """(n, 3) metres: corners of the rectangle of a surface in which a `shade` darkens it."""
    dark = left < _DARKENED
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    if not len(rows):
        return np.zeros((0, 3), np.float32)
    corners = np.empty((4, 3), np.float32)
    corners[:, surface.axis] = surface.at
    u, v = surface.along
    corners[:, u] = middle[u] - _REACH_M + _TEXEL_M * np.array([columns[0], columns[-1] + 1] * 2)
    corners[:, v] = middle[v] - _REACH_M + _TEXEL_M * np.repeat([rows[0], rows[-1] + 1], 2)
    return corners
