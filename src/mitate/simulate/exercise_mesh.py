"""Simple solid things of the exercise films: rounded boxes, cylinders, ribbons; as triangles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.simulate.body_model import Floats

__all__ = ["Mesh", "box", "cylinder", "joined", "spread_over", "tube", "turned"]

_ROUNDS = 4  # rows of triangles over a rounded edge
_SIDES = 20  # of a cylinder

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles.

    Attributes:
        vertices, normals: (V, 3) metres, and of unit length.
        faces: (F, 3) int32.
        colours: (V, 3) linear RGB.
    """

    vertices: Floats
    normals: Floats
    faces: NDArray[np.int32]
    colours: Floats


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """All as one; none gives a mesh without triangles."""
    if not meshes:
        none = np.zeros((0, 3), np.float32)
        return Mesh(none, none, np.zeros((0, 3), np.int32), none)
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]).astype(
            np.int32
        ),
        np.concatenate([mesh.colours for mesh in meshes]),
    )


def _painted(
    vertices: NDArray[np.floating], normals: NDArray[np.floating], faces: NDArray[np.integer], colour: Colour
) -> Mesh:
    return Mesh(
        np.asarray(vertices, np.float32),
        np.asarray(normals, np.float32),
        np.asarray(faces, np.int32),
        np.tile(np.array(colour, np.float32), (len(vertices), 1)),
    )


def box(
    low: NDArray[np.floating], high: NDArray[np.floating], colour: Colour, rounding: float = 0.01
) -> Mesh:
    """A box between two corners (metres), its edges rounded by this radius."""
    a, b = np.asarray(low, np.float64), np.asarray(high, np.float64)
    middle, half = 0.5 * (a + b), 0.5 * (b - a)
    radius = float(min(rounding, *(0.999 * half)))
    steps = [_grid(float(h), radius) for h in half]
    parts, corners = [], []
    count = 0
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for sign in (-1.0, 1.0):
            places = np.zeros((len(steps[u]), len(steps[v]), 3))
            places[..., axis] = sign * half[axis]
            places[..., u], places[..., v] = steps[u][:, None], steps[v][None, :]
            parts.append(places.reshape(-1, 3))
            corners.append(count + _quads(len(steps[u]), len(steps[v]), flipped=sign < 0))
            count += len(parts[-1])
    cube = np.concatenate(parts)
    inner = np.clip(cube, -(half - radius), half - radius)
    normals = cube - inner
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return _painted(middle + inner + radius * normals, normals, np.concatenate(corners), colour)


def _grid(half: float, radius: float) -> NDArray[np.float64]:
    # Over the rounding the steps are even in angle.
    bend = radius * np.tan(np.linspace(0, np.pi / 4, _ROUNDS + 1))
    return np.concatenate([-(half - radius) - bend[::-1], (half - radius) + bend])


def _quads(rows: int, columns: int, *, flipped: bool) -> NDArray[np.int64]:
    at = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (part.ravel() for part in (at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]))
    order = (a, c, b, a, d, c) if flipped else (a, b, c, a, c, d)
    return np.stack(order, axis=1).reshape(-1, 3)


def cylinder(start: NDArray[np.floating], end: NDArray[np.floating], radius: float, colour: Colour) -> Mesh:
    """A round rod with flat ends from one place to another (metres)."""
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    side = tube(np.stack([a, b]), radius, colour)
    axis = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
    caps = []
    for ring, normal, step in ((side.vertices[:_SIDES], -axis, -1), (side.vertices[_SIDES:], axis, 1)):
        middle = ring.mean(axis=0, keepdims=True)
        around = np.arange(_SIDES)
        faces = np.stack([around, np.roll(around, step), np.full(_SIDES, _SIDES)], axis=1)
        caps.append(_painted(np.concatenate([ring, middle]), np.tile(normal, (_SIDES + 1, 1)), faces, colour))
    return joined([side, *caps])


def tube(line: NDArray[np.floating], radius: float, colour: Colour, *, flat: float = 1.0) -> Mesh:
    """A tube round a line.

    Args:
        line: (n, 3) metres, two or more places.
        radius: metres.
        flat: its height over its width; the width lies as level as it can.
    """
    line = np.asarray(line, np.float64)
    ahead = np.gradient(line, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    upright = np.tile([0.0, 1.0, 0.0], (len(line), 1))
    upright[np.abs(ahead[:, 1]) > 0.95] = [1.0, 0.0, 0.0]
    across = np.cross(ahead, upright)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    upright = np.cross(across, ahead)
    turn = np.linspace(0, 2 * np.pi, _SIDES, endpoint=False)
    c, s = np.cos(turn)[None, :, None], np.sin(turn)[None, :, None]
    places = line[:, None] + radius * (c * across[:, None] + flat * s * upright[:, None])
    normals = flat * c * across[:, None] + s * upright[:, None]
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    at = np.arange(len(line) * _SIDES).reshape(len(line), _SIDES)
    following = np.roll(at, -1, axis=1)
    a, b, c_, d = at[:-1].ravel(), following[:-1].ravel(), following[1:].ravel(), at[1:].ravel()
    faces = np.concatenate([np.stack([a, c_, b], 1), np.stack([a, d, c_], 1)])
    return _painted(places.reshape(-1, 3), normals.reshape(-1, 3), faces, colour)


def turned(mesh: Mesh, yaw: float, place: NDArray[np.floating]) -> Mesh:
    """A mesh turned to the left about the vertical (degrees), then moved (metres)."""
    a = np.deg2rad(yaw)
    turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]], np.float32)
    moved = np.asarray(mesh.vertices @ turn.T + np.asarray(place, np.float32), np.float32)
    return Mesh(moved, np.asarray(mesh.normals @ turn.T, np.float32), mesh.faces, mesh.colours)


def spread_over(mesh: Mesh, each_m2: float) -> Floats:
    """(n, 3) places spread evenly over a mesh, one for each so many square metres; always the same ones."""
    a, b, c = (mesh.vertices[mesh.faces[:, k]].astype(np.float64) for k in range(3))
    area = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)
    if not len(area):
        return np.zeros((0, 3), np.float32)
    rng = np.random.default_rng(3)
    count = round(float(area.sum()) / each_m2)
    face = np.searchsorted(np.cumsum(area), (np.arange(count) + 0.5) * each_m2).clip(0, len(area) - 1)
    u, v = rng.random((2, count))
    over = u + v > 1
    u[over], v[over] = 1 - u[over], 1 - v[over]
    places = a[face] + u[:, None] * (b - a)[face] + v[:, None] * (c - a)[face]
    return np.asarray(places, np.float32)
