"""The pictures of the exercise films: a room drawn once for each camera, the figure cast anew each time.

Rays are cast by Embree; where an outline runs through a pixel, several are. What hides the room's even light
darkens the skin in folds (rays again) and the floor under the figure (`mitate.simulate.exercise_light`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.simulate.body_model import Floats
from mitate.simulate.exercise_camera import Camera
from mitate.simulate.exercise_figure import Figure, colours
from mitate.simulate.exercise_light import (
    Surface,
    blend,
    lit,
    look_up,
    open_scene,
    sampled,
    shade,
    shaded_corners,
    stored,
    weights_of,
)
from mitate.simulate.exercise_mesh import Mesh, joined, spread_over

__all__ = ["Room", "Studio"]

_FLOOR = np.array([0.56, 0.52, 0.47], np.float32)  # linear RGB
_WALL = np.array([0.80, 0.79, 0.765], np.float32)
_FLOOR_ENDS_M = (1.2, 3.6)  # behind the figure the floor begins to go over into the wall, and is wall

_OCCLUSION_RAYS = 10
_OCCLUSION_M = 0.45
_WITHIN = np.array([[-0.375, -0.125], [0.125, -0.375], [0.375, 0.125], [-0.125, 0.375]], np.float32)
_OUTLINE_M = 0.02  # a step in depth that is an outline
_HELD_M2 = 2e-4  # that a vertex of a held thing stands for, in shadows
_STILL_M2 = 5e-5  # that each place on chair and mat stands for
_BEFORE_WALL_M = 0.003
_CELL = 8  # pixels; rays are cast in cells with vertices and two cells about them
_ALONG_EDGE = 40
_SAME_LIGHT_M = 0.03  # a body that has moved by less has the same light in its folds


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """What does not move.

    Attributes:
        things: chair, mat and so on.
        surfaces: on which shadows fall; the floor is the first.
        middle: (3,) metres, about which the figure moves.
    """

    things: Mesh
    surfaces: tuple[Surface, ...]
    middle: Floats


class Studio:
    """Takes pictures of one figure in one room through fixed cameras.

    Args:
        figure: who.
        tint: (V,) the highlight.
        room: where.
        cameras: a picture from each.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """

    def __init__(self, figure: Figure, tint: Floats, room: Room, cameras: Sequence[Camera]) -> None:
        self._figure = figure
        self._room = room
        self._fields = figure.fields.copy()
        self._fields[:, -1] = tint
        self._area = _areas(figure.shape.vertices, figure.shape.model.faces)
        sphere = np.random.default_rng(5).normal(size=(len(tint) * _OCCLUSION_RAYS, 3)).astype(np.float32)
        self._sphere = sphere / np.linalg.norm(sphere, axis=1, keepdims=True)
        floor = np.array([[-9, 0, -9], [-9, 0, 9], [9, 0, 9], [9, 0, -9]], np.float32)
        things = room.things
        quad = np.array([[0, 1, 2], [0, 2, 3]], np.int32) + len(things.vertices)
        self._still = np.concatenate([things.vertices, floor]), np.concatenate([things.faces, quad])
        self._light: tuple[Floats, Floats] | None = None  # of a body (V, 3): what reaches it (V,)
        self._sets = [_Set(room, camera) for camera in cameras]

    def pictures(self, vertices: Floats, held: Sequence[Mesh] = ()) -> list[NDArray[np.uint8]]:
        """One picture (height, width, 3) RGB from each camera.

        Args:
            vertices: (V, 3) metres, the skin of the posed body.
            held: what moves with the figure: a stick, a band.
        """
        worn, normals = self._figure.dressed(vertices)
        extra = joined(held)
        both = np.concatenate([worn, extra.vertices])
        faces = self._figure.shape.model.faces
        faces = np.concatenate([faces, extra.faces + len(worn)]).astype(np.int32)
        scene = open_scene((both, faces), self._still)
        whole = _Whole(
            both,
            np.concatenate([normals, extra.normals]),
            faces,
            np.concatenate([self._lit(scene, worn, normals), np.full(len(extra.vertices), 0.9, np.float32)]),
            self._fields,
            extra.colours,
        )
        area = np.concatenate([self._area, np.full(len(extra.vertices), _HELD_M2, np.float32)])
        shades = [shade(one, both, area, self._room.middle) for one in self._room.surfaces]
        return [one.picture(scene, whole, shades) for one in self._sets]

    def _lit(self, scene: Any, worn: Floats, normals: Floats) -> Floats:
        """(V,) share of the room's even light that reaches the figure."""
        if self._light is not None and np.abs(worn - self._light[0]).max() < _SAME_LIGHT_M:
            return self._light[1]
        rays = np.repeat(normals, _OCCLUSION_RAYS, axis=0) + 0.98 * self._sphere
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        starts = np.repeat(worn + 0.006 * normals, _OCCLUSION_RAYS, axis=0)
        reach = np.full(len(rays), _OCCLUSION_M, np.float32)
        hidden = scene.run(starts, rays, reach, query="OCCLUDED") != -1
        light = 1 - hidden.reshape(-1, _OCCLUSION_RAYS).mean(axis=1, dtype=np.float32)
        for _ in range(3):
            light = self._figure.spread @ light
        light = np.asarray(0.2 + 0.8 * light, np.float32)
        self._light = worn, light
        return light


def _areas(vertices: Floats, faces: NDArray[np.int32]) -> Floats:
    """(V,) square metres of surface that belong to each vertex."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    third = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 6
    return np.bincount(faces.ravel(), np.repeat(third, 3), len(vertices)).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Whole:
    """Figure and held things as one mesh; the figure's vertices are the first."""

    vertices: Floats
    normals: Floats
    faces: NDArray[np.int32]
    light: Floats
    fields: Floats
    colours: Floats

    def outlined(self) -> Floats:
        """(n, 3) places all over it: its vertices, and places on the edges of held things."""
        long = self.faces[self.faces[:, 0] >= len(self.fields)]
        ends = self.vertices[long[:, [0, 1, 2]].ravel()], self.vertices[long[:, [1, 2, 0]].ravel()]
        share = np.linspace(0, 1, _ALONG_EDGE, dtype=np.float32)[:, None, None]
        return np.concatenate([self.vertices, (ends[0] + share * (ends[1] - ends[0])).reshape(-1, 3)])

    def seen(self, weights: Floats, corners: NDArray[np.int32], to_world: Floats) -> Floats:
        """Linear RGB (n, 3) of places in triangles."""
        figure = len(self.fields)
        normal = blend(weights, self.normals, corners)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
        light = blend(weights, self.light[:, None], corners)[:, 0]
        colour = np.empty((len(corners), 3), np.float32)
        own = corners[:, 0] < figure
        colour[own] = colours(blend(weights[own], self.fields, corners[own]))
        if not own.all():
            colour[~own] = self.colours[corners[~own, 0] - figure]
        return lit(colour, normal, light, to_world)


class _Set:
    """One camera's picture of the empty room, and where shadows fall in it."""

    def __init__(self, room: Room, camera: Camera) -> None:
        self._camera = camera
        self._room = room
        size = camera.height, camera.width
        rows, columns = np.mgrid[: camera.height, : camera.width]
        self._centres = np.stack([columns, rows], axis=-1).astype(np.float32)
        things = room.things
        scene = open_scene((things.vertices, things.faces)) if len(things.faces) else None
        spots = spread_over(things, _STILL_M2)
        still = shade(room.surfaces[0], spots, np.full(len(spots), _STILL_M2, np.float32), room.middle)
        self._linear = np.zeros((*size, 3), np.float32)
        for shift in (*_WITHIN, np.zeros(2, np.float32)):
            colour, place, normal = (
                part.reshape(*size, 3) for part in self._empty(scene, (self._centres + shift).reshape(-1, 2))
            )
            maps = [look_up(one, place, normal, room.middle) for one in room.surfaces]
            if shift.any():
                self._linear += colour * sampled(still, maps[0]) / len(_WITHIN)
        self._maps = maps
        self._bytes = stored(self._linear)

    def _empty(self, scene: Any, pixels: Floats) -> tuple[Floats, Floats, Floats]:
        """Colour, place and normal of what is seen of the empty room, each (n, 3)."""
        room, camera = self._room, self._camera
        rays = camera.rays(pixels)
        starts = self._starts(rays)
        far = np.where(rays[:, 1] < -1e-3, -camera.place[1] / np.minimum(rays[:, 1], -1e-3), 60.0).clip(0, 60)
        place = camera.place + far[:, None] * rays
        level = camera.turn[2] * np.array([1, 0, 1], np.float32)
        behind = (room.middle - place) @ (level / np.linalg.norm(level))
        t = ((behind - _FLOOR_ENDS_M[0]) / (_FLOOR_ENDS_M[1] - _FLOOR_ENDS_M[0])).clip(0, 1)
        colour = np.asarray(_FLOOR + (t * t * (3 - 2 * t))[:, None] * (_WALL - _FLOOR), np.float32)
        normal = np.tile(np.array([0, 1, 0], np.float32), (len(rays), 1))
        if scene is not None:
            hit = scene.run(starts, rays, output=True)
            ahead = np.linalg.norm(starts - camera.place, axis=1)
            seen = np.flatnonzero((hit["primID"] >= 0) & (hit["tfar"] + ahead < far))
            corners, weights = room.things.faces[hit["primID"][seen]], weights_of(hit, seen)
            normal[seen] = blend(weights, room.things.normals, corners)
            plain = blend(weights, room.things.colours, corners)
            colour[seen] = lit(plain, normal[seen], np.ones(len(seen), np.float32), camera.turn)
            place[seen] = starts[seen] + hit["tfar"][seen, None] * rays[seen]
        return colour, np.asarray(place, np.float32), normal

    def picture(self, scene: Any, whole: _Whole, shades: Sequence[Floats]) -> NDArray[np.uint8]:
        """The room with the figure in it, (height, width, 3) RGB."""
        surfaces, middle = self._room.surfaces, self._room.middle
        dark = [shaded_corners(one, left, middle) for one, left in zip(surfaces, shades, strict=True)]
        changed = self._window(np.concatenate([whole.vertices, *dark]))
        room = self._linear[changed].copy()
        if not room.size:
            return self._bytes.copy()
        for (x, y), left in zip(self._maps, shades, strict=True):
            room *= sampled(left, (x[changed], y[changed]))
        centres = self._centres[changed]
        seen = room.copy()
        far = np.full(seen.shape[:2], 99.0, np.float32)
        at = np.flatnonzero(self._near(whole)[changed])
        found, depth, colour = self._cast(scene, whole, centres.reshape(-1, 2)[at])
        seen.reshape(-1, 3)[at[found]] = colour
        far.reshape(-1)[at[found]] = depth
        self._refine(scene, whole, centres, room, seen, _outline(far))
        picture = self._bytes.copy()
        picture[changed] = stored(seen)
        return picture

    def _refine(
        self, scene: Any, whole: _Whole, centres: Floats, room: Floats, seen: Floats, edge: NDArray[np.bool_]
    ) -> None:
        """Makes each pixel on an outline the mean of several rays."""
        several = np.repeat(room[edge], len(_WITHIN), axis=0)
        pixels = np.repeat(centres[edge], len(_WITHIN), axis=0) + np.tile(_WITHIN, (int(edge.sum()), 1))
        found, _, colour = self._cast(scene, whole, pixels)
        several[found] = colour
        seen[edge] = several.reshape(-1, len(_WITHIN), 3).mean(axis=1)

    def _near(self, whole: _Whole) -> NDArray[np.bool_]:
        """(height, width) pixels that the figure or what it holds can cover: those near their vertices."""
        height, width = self._camera.height, self._camera.width
        cells = np.zeros((height // _CELL + 1, width // _CELL + 1), np.uint8)
        x, y = (self._camera.project(whole.outlined()) / _CELL).astype(np.int64).T
        inside = (x >= 0) & (y >= 0) & (x < cells.shape[1]) & (y < cells.shape[0])
        cells[y[inside], x[inside]] = 1
        wide = cv2.dilate(cells, np.ones((5, 5), np.uint8)).astype(bool)
        return np.asarray(wide.repeat(_CELL, axis=0).repeat(_CELL, axis=1)[:height, :width])

    def _window(self, points: Floats) -> tuple[slice, slice]:
        """Rows and columns of the rectangle of the picture that these points (n, 3) lie in."""
        at = self._camera.project(points)
        (x, y), (right, low) = at.min(axis=0).astype(int) - 2, at.max(axis=0).astype(int) + 3
        height, width = self._camera.height, self._camera.width
        left, top = min(max(0, x), width), min(max(0, y), height)
        return slice(top, min(max(top, low), height)), slice(left, min(max(left, right), width))

    def _starts(self, rays: Floats) -> Floats:
        """(n, 3) metres, where rays begin: at the camera, or at the face of a wall that stands before it."""
        place = self._camera.place
        starts = np.tile(place, (len(rays), 1))
        for wall in self._room.surfaces:
            behind = wall.sign * (wall.at - place[wall.axis]) + _BEFORE_WALL_M
            if wall.axis == 1 or behind <= _BEFORE_WALL_M:
                continue
            into = wall.sign * rays[:, wall.axis]
            on_way = np.flatnonzero(into > 1e-3)
            starts[on_way] = place + (behind / into[on_way])[:, None] * rays[on_way]
        return starts

    def _cast(self, scene: Any, whole: _Whole, pixels: Floats) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Which places of the picture see the figure, how far off (m), and in what linear RGB."""
        if not len(pixels):
            none = np.zeros(0, np.float32)
            return np.zeros(0, np.int64), none, none.reshape(0, 3)
        rays = self._camera.rays(pixels)
        hit = scene.run(self._starts(rays), rays, output=True)
        found = np.flatnonzero((hit["primID"] >= 0) & (hit["geomID"] == 0))
        corners = whole.faces[hit["primID"][found]]
        colour = whole.seen(weights_of(hit, found), corners, self._camera.turn)
        return found, np.asarray(hit["tfar"][found], np.float32), colour


def _outline(depth: Floats) -> NDArray[np.bool_]:
    """Where depth (h, w) steps between neighbours, on both sides of the step."""
    found = np.zeros(depth.shape, bool)
    for a, b in (
        ((slice(1, None), slice(None)), (slice(None, -1), slice(None))),
        ((slice(None), slice(1, None)), (slice(None), slice(None, -1))),
    ):
        step = np.abs(depth[a] - depth[b]) > _OUTLINE_M
        found[a] |= step
        found[b] |= step
    return found
