"""A posed head to a picture: ray casting with Embree, shading in numpy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.errors import MissingExtraError
from mitate.simulate.head import CLOTH, EYE, MOUTH, SKIN, TEXTURE_SHAPE, Head, eyeball_centre

__all__ = ["Camera", "Lamp", "Light", "Look", "Surface", "cast", "eye_directions", "lit", "render"]

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera that looks along −z at the point `target`.

    Attributes:
        width, height: pixels.
        pixels_per_metre: at the distance of the target.
        distance_m: from the target; perspective is stronger when near.
        target: (x, y) metres, what the centre of the picture looks at, in the world of the head.
    """

    width: int
    height: int
    pixels_per_metre: float
    distance_m: float
    target: tuple[float, float] = (0.0, 0.0)

    def rays(self) -> tuple[FloatArray, FloatArray]:
        """Origin (3,) and unit directions (height·width, 3), row by row."""
        origin = np.array([*self.target, self.distance_m], dtype=np.float32)
        return origin, _directions(self.width, self.height, self.pixels_per_metre * self.distance_m)


@lru_cache(maxsize=4)
def _directions(width: int, height: int, focal: float) -> FloatArray:
    """(height·width, 3) unit directions; a session asks for the same ones at every frame."""
    directions = np.empty((height, width, 3), dtype=np.float32)
    directions[..., 0] = (np.arange(width) - (width - 1) / 2) / focal
    directions[..., 1] = (((height - 1) / 2 - np.arange(height)) / focal)[:, None]
    directions[..., 2] = -1.0
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    return directions.reshape(-1, 3)


@dataclass(frozen=True, slots=True)
class Lamp:
    """A wide source beside the main light; it casts no shadow.

    Attributes:
        direction: (3,) unit, from the face to the lamp.
        strength: as `Light.key`.
        colour: (3,) RGB.
        wrap: softness, as `Light.wrap`.
    """

    direction: NDArray[np.floating]
    strength: float
    colour: NDArray[np.floating]
    wrap: float


@dataclass(frozen=True, slots=True)
class Light:
    """A room: one main light, a soft fill, and an ambient that differs above and below.

    Attributes:
        direction: (3,) unit, from the face to the main light.
        key, fill: strengths.
        fill_direction: (3,) unit.
        above, below: (3,) RGB of the ambient.
        key_colour: (3,) RGB.
        wrap: softness of the main light in [0, 1]; 0 is a point, 1 a bright sky.
        shine: strength of the skin's reflection.
        lamps: more sources.
    """

    direction: NDArray[np.floating]
    key: float
    fill: float
    fill_direction: NDArray[np.floating]
    above: NDArray[np.floating]
    below: NDArray[np.floating]
    key_colour: NDArray[np.floating]
    wrap: float
    shine: float
    lamps: tuple[Lamp, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What is painted on a person's surfaces.

    Attributes:
        texture: (rows, columns, 3) linear RGB of the skin.
        eye_directions: (V, 3) unit, from the eye's centre, for the iris.
        iris: (3,) linear RGB.
        cloth: (3,) linear RGB.
    """

    texture: FloatArray
    eye_directions: FloatArray
    iris: FloatArray
    cloth: FloatArray


def eye_directions(head: Head, neutral: FloatArray) -> FloatArray:
    """(V, 3) unit vectors from each eye's centre to its vertices, zero elsewhere."""
    directions = np.zeros_like(neutral)
    for eye in head.eyes:
        offset = neutral[eye] - eyeball_centre(neutral[eye])
        directions[eye] = offset / np.linalg.norm(offset, axis=1, keepdims=True)
    return directions


def vertex_normals(head: Head, vertices: FloatArray) -> FloatArray:
    """(V, 3) unit normals, weighted by area."""
    a, b, c = (vertices[head.faces[:, i]] for i in range(3))
    normals = np.asarray(head.incidence @ np.cross(b - a, c - a))
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))


def _texture_at(texture: FloatArray, uv: FloatArray) -> FloatArray:
    """Bilinear look-up of (n, 2) coordinates, (n, 3)."""
    rows, columns = TEXTURE_SHAPE
    width = 1024  # OpenCV wants the points as a picture, neither side above 32,767
    height = -(-len(uv) // width)
    flat = np.zeros((height * width, 2), dtype=np.float32)
    flat[: len(uv)] = uv * np.array([columns, rows], dtype=np.float32) - 0.5
    at = flat.reshape(height, width, 2)
    sampled = cv2.remap(texture, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled.reshape(-1, 3)[: len(uv)])


def _albedo(
    head: Head, look: Look, face: NDArray[np.int32], weight: FloatArray, gaze: FloatArray
) -> FloatArray:
    """Surface colour at each hit, (n, 3)."""
    corners = head.faces[face]
    colour = _texture_at(look.texture, np.einsum("nk,nkc->nc", weight, head.uv[corners]))
    material = head.material[face]
    colour[material == MOUTH] = (0.22, 0.06, 0.05)
    colour[material == CLOTH] = look.cloth
    eye = np.flatnonzero(material == EYE)
    if len(eye):
        direction = np.einsum("nk,nkc->nc", weight[eye], look.eye_directions[corners[eye]])
        cosine = direction @ gaze / np.maximum(np.linalg.norm(direction, axis=1), 1e-6)
        angle = np.arccos(cosine.clip(-1, 1))[:, None]
        iris = 1 / (1 + np.exp((angle - 0.48) / 0.03))
        pupil = 1 / (1 + np.exp((angle - 0.18) / 0.02))
        white = np.array([0.62, 0.58, 0.55], dtype=np.float32)
        colour[eye] = (white * (1 - iris) + look.iris * iris) * (1 - pupil)
    return colour


def _shade(
    normal: FloatArray, view: FloatArray, albedo: FloatArray, material: NDArray[np.int8], light: Light
) -> FloatArray:
    """Diffuse light that wraps around soft tissue, plus a broad reflection (Blinn–Phong)."""

    def wrapped(direction: NDArray[np.floating], wrap: float = light.wrap) -> FloatArray:
        cosine = normal @ direction.astype(np.float32)
        share = ((cosine + wrap) / (1 + wrap)).clip(0)[:, None] ** (1 + wrap)
        return share.astype(np.float32, copy=False)

    up = (0.5 + 0.5 * normal[:, 1])[:, None]
    ambient = up * light.above.astype(np.float32) + (1 - up) * light.below.astype(np.float32)
    received = ambient + light.key * wrapped(light.direction) * light.key_colour.astype(np.float32)
    received = received + light.fill * wrapped(light.fill_direction)
    for lamp in light.lamps:
        received = received + lamp.strength * wrapped(lamp.direction, lamp.wrap) * lamp.colour.astype(
            np.float32
        )
    half = light.direction - view
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    facing = np.einsum("nc,nc->n", normal, half).clip(0)
    broad, sharp = facing**12, facing**90
    gloss = np.where(material == SKIN, 0.5 * broad + 0.25 * sharp, np.where(material == EYE, 6 * sharp, 0.0))
    shine = (light.shine * light.key * gloss)[:, None] * light.key_colour.astype(np.float32)
    return np.asarray(albedo * received + shine, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """What every pixel of one view sees, before any light falls on it: it can be lit as often as wanted.

    Attributes:
        width, height: pixels of the picture.
        found: (n,) which pixels, row by row, see the head.
        view: (n, 3) unit, from the camera to each point.
        points: (n, 3) metres, a little off the skin, where shadows are asked for.
        normal: (n, 3) unit.
        albedo: (n, 3) linear RGB.
        material: (n,) as in `Head.material`.
        scene: Embree's, for shadows.
    """

    width: int
    height: int
    found: NDArray[np.intp]
    view: FloatArray
    points: FloatArray
    normal: FloatArray
    albedo: FloatArray
    material: NDArray[np.int8]
    scene: Any


def _shadow(surface: Surface, light: Light) -> FloatArray:
    """(n, 1) how much of the main light something keeps from each point."""
    towards = np.broadcast_to(light.direction.astype(np.float32), surface.points.shape).copy()
    blocked = surface.scene.run(surface.points, towards, query="OCCLUDED") >= 0
    return np.asarray((0.85 * (1 - light.wrap)) * blocked.astype(np.float32)[:, None])


def cast(
    head: Head, vertices: FloatArray, look: Look, camera: Camera, *, gaze: FloatArray | None = None
) -> Surface:
    """Find what every pixel sees: the slow part of a picture, and the one that no light changes.

    Args:
        head: the model.
        vertices: (V, 3) metres, posed.
        look: the person's surfaces.
        camera: the view.
        gaze: (3,) unit, where the eyes look, in the resting head's frame; straight ahead if left out.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene
    except ImportError as error:
        raise MissingExtraError("embreex", "simulate") from error
    scene = EmbreeScene()
    TriangleMesh(scene, np.ascontiguousarray(vertices, dtype=np.float32), head.faces)
    origin, directions = camera.rays()
    hit = scene.run(np.broadcast_to(origin, directions.shape).copy(), directions, output=True)
    found = np.flatnonzero(hit["primID"] >= 0)
    face = hit["primID"][found]
    u, v = hit["u"][found], hit["v"][found]
    weight = np.stack([1 - u - v, u, v], axis=1).astype(np.float32)
    normals = vertex_normals(head, vertices)
    normal = np.einsum("nk,nkc->nc", weight, normals[head.faces[face]])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    ahead = np.array([0, 0, 1], dtype=np.float32) if gaze is None else gaze
    view = directions[found]
    points = origin + view * hit["tfar"][found][:, None] + 0.002 * normal
    return Surface(
        width=camera.width,
        height=camera.height,
        found=found,
        view=view,
        points=points.astype(np.float32),
        normal=normal,
        albedo=_albedo(head, look, face, weight, ahead),
        material=head.material[face],
        scene=scene,
    )


def lit(surface: Surface, light: Light, background: FloatArray, *, shadows: bool = True) -> FloatArray:
    """One picture of a surface in one room.

    Args:
        surface: from `cast`.
        light: the room.
        background: (height, width, 3) linear RGB.
        shadows: cast the main light's shadow.

    Returns:
        (height, width, 3) float32 linear RGB, not clipped.
    """
    image = background.reshape(-1, 3).copy()
    if len(surface.found):
        seen = (surface.normal, surface.view, surface.albedo, surface.material)
        colour = _shade(*seen, light)
        if shadows:
            # what lies in the shadow sees the same room with its main light off
            dark = _shade(*seen, replace(light, key=0.0))
            share = _shadow(surface, light)
            colour = colour * (1 - share) + dark * share
        image[surface.found] = colour
    return image.reshape(surface.height, surface.width, 3)


def render(
    head: Head,
    vertices: FloatArray,
    look: Look,
    camera: Camera,
    light: Light,
    background: FloatArray,
    *,
    gaze: FloatArray | None = None,
    shadows: bool = True,
) -> FloatArray:
    """Draw one picture: `cast`, then `lit`.

    Args:
        head, vertices, look, camera, gaze: as for `cast`.
        light, background, shadows: as for `lit`.

    Returns:
        (height, width, 3) float32 linear RGB, not clipped.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    return lit(cast(head, vertices, look, camera, gaze=gaze), light, background, shadows=shadows)
