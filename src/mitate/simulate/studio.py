"""A posed body to a picture: dress, room, camera around the person, ray casting with Embree."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.errors import MissingExtraError
from mitate.simulate.body_model import SEGMENTS, BodyModel, BodyShape, Floats
from mitate.simulate.posing import Posed, about_x, about_y, about_z

__all__ = ["Dress", "Room", "View", "project", "render_body", "sample_dress", "sample_room", "sample_view"]

_SKIN_TONES = np.array(  # linear RGB, from light to dark
    [[0.78, 0.55, 0.44], [0.65, 0.42, 0.31], [0.52, 0.31, 0.21], [0.33, 0.18, 0.11], [0.15, 0.08, 0.05]]
)


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera stands.

    Attributes:
        yaw: degrees that the person's standing heading is turned from the camera, to their left.
        pitch: degrees that the camera looks down on the middle of the body.
        roll: degrees that the camera is tilted; positive leans the picture's top to the right.
        distance_m: from the middle of the body.
        focal_px: of the picture.
        width, height: pixels.
        aim: metres right and up of the middle of the body that the camera looks at.
    """

    yaw: float
    pitch: float
    roll: float
    distance_m: float
    focal_px: float
    width: int
    height: int
    aim: tuple[float, float] = (0.0, 0.0)

    def rotation(self) -> NDArray[np.float64]:
        """(3, 3): from the person's world to the camera's, x right, y up, z towards the camera."""
        return np.asarray(about_z(self.roll) @ about_x(self.pitch) @ about_y(self.yaw))


@dataclass(frozen=True, slots=True, eq=False)
class Dress:
    """What a person wears, and their skin and hair.

    Attributes:
        colour: (V, 3) linear RGB.
        off_skin: (V,) metres that cloth and hair stand off the skin.
        looseness: 0 (bare or tight) to 1 (wide).
    """

    colour: Floats
    off_skin: Floats
    looseness: float


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """Background and light.

    Attributes:
        background: (height, width, 3) linear RGB.
        light: (3,) unit, from the person to the lamp, in the camera's world.
        key, ambient: strengths.
        noise: of the sensor, share of full scale.
        blur_px: of focus and compression.
    """

    background: Floats
    light: NDArray[np.float64]
    key: float
    ambient: float
    noise: float
    blur_px: float


def sample_dress(rng: np.random.Generator, shape: BodyShape, *, looseness: float | None = None) -> Dress:
    """Draw clothes, skin and hair.

    Args:
        looseness: 0 to 1; drawn if left out (two in three people wear tight clothes, as they are asked to).
    """
    model = shape.model
    loose = looseness if looseness is not None else (0.0 if rng.random() < 0.66 else float(rng.uniform(0, 1)))
    height = shape.vertices[:, 1] / shape.stature_m
    at = _parts(model, height, short_sleeves=rng.random() < 0.6, shorts=rng.random() < 0.35)
    tone = rng.uniform(0, len(_SKIN_TONES) - 1)
    low = int(min(tone, len(_SKIN_TONES) - 2))
    skin = _SKIN_TONES[low] + (tone - low) * (_SKIN_TONES[low + 1] - _SKIN_TONES[low])
    colours = {
        "skin": skin,
        "shirt": skin if rng.random() < 0.2 else _cloth(rng),
        "trousers": _cloth(rng),
        "shoes": _cloth(rng),
        "hair": np.array([0.5, 0.48, 0.45]) if rng.random() < 0.4 else rng.uniform(0.01, 0.2) * np.ones(3),
    }
    colour = np.stack([colours[part] for part in ("skin", "shirt", "trousers", "shoes", "hair")])[at]
    colour = colour * (1 + 0.12 * _ripples(rng, shape.vertices, 25.0))[:, None].clip(0.5, 1.5)
    folds = 0.5 + 0.5 * _ripples(rng, shape.vertices, 12.0)
    tight = rng.uniform(0.002, 0.006)
    stands_off = np.where(np.isin(at, (1, 2)), tight + loose * 0.035 * folds.clip(0, 1.5), 0.0)
    stands_off = np.where(at == 4, rng.uniform(0.005, 0.03), stands_off)
    return Dress(colour.astype(np.float32), stands_off.astype(np.float32), float(loose))


def _cloth(rng: np.random.Generator) -> NDArray[np.float64]:
    return np.asarray((rng.uniform(0.02, 0.8) + rng.normal(0, 0.12, 3)).clip(0.01, 0.9))


def _parts(model: BodyModel, height: Floats, *, short_sleeves: bool, shorts: bool) -> NDArray[np.int64]:
    """Of each vertex: 0 skin, 1 shirt, 2 trousers, 3 shoes, 4 hair."""
    names = np.array(SEGMENTS)[model.owner]
    parts = np.zeros(len(names), np.int64)
    shirt = ["sacral", "lumbar", "t12", "chest", *(f"{s}_{p}" for s in ("left", "right") for p in _SLEEVE)]
    parts[np.isin(names, shirt)] = 1
    forearms = np.isin(names, ["left_forearm", "right_forearm"])
    parts[forearms] = 0 if short_sleeves else 1
    legs = np.isin(names, ["pelvis", "left_thigh", "right_thigh"])
    shanks = np.isin(names, ["left_shank", "right_shank"])
    parts[legs] = 2
    parts[shanks] = 0 if shorts else 2
    parts[np.isin(names, ["left_foot", "right_foot"])] = 3
    rest = model.template
    head = names == "head"
    hair = head & ((rest[:, 2] < rest[head][:, 2].mean() - 0.01) | (height > 0.965))
    parts[hair & (height > 0.90)] = 4
    return parts


_SLEEVE = ("clavicle", "upper_arm")


def _ripples(rng: np.random.Generator, points: Floats, per_metre: float) -> NDArray[np.float64]:
    """A smooth random field over the body, about unit size."""
    waves = rng.normal(0, per_metre, (6, 3))
    phase = rng.uniform(0, 2 * np.pi, 6)
    return np.asarray(np.sin(points @ waves.T + phase).mean(axis=1) * 1.7)


def sample_view(
    rng: np.random.Generator,
    stature_m: float,
    *,
    yaw: float,
    pitch: float | None = None,
    width: int = 288,
    height: int = 384,
) -> View:
    """Draw a camera that has the whole body in its picture.

    Args:
        yaw: degrees, see `View`.
        pitch: degrees; drawn within ±18 if left out.
    """
    distance = float(rng.uniform(1.8, 5.0))
    share = float(rng.uniform(0.55, 0.8))
    return View(
        yaw=yaw,
        pitch=float(np.clip(rng.normal(0, 8), -18, 18)) if pitch is None else pitch,
        roll=float(rng.normal(0, 1.5)),
        distance_m=distance,
        focal_px=share * height * distance / stature_m,
        width=width,
        height=height,
        aim=(float(rng.normal(0, 0.08)), float(rng.normal(0, 0.08))),
    )


def sample_room(rng: np.random.Generator, width: int, height: int) -> Room:
    """Draw a wall, a floor, some things on the wall, and a light."""
    wall, floor = _cloth(rng), _cloth(rng)
    picture = np.tile(wall, (height, width, 1))
    horizon = int(height * rng.uniform(0.6, 0.85))
    picture[horizon:] = floor
    for _ in range(int(rng.integers(0, 9))):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        size = rng.integers(10, [width // 2, height // 2])
        shade = _cloth(rng) * 0.6 + 0.4 * wall
        if rng.random() < 0.8:
            cv2.rectangle(picture, (x, y), (x + int(size[0]), y + int(size[1])), shade.tolist(), -1)
        else:
            cv2.circle(picture, (x, y), int(size[0]) // 2, shade.tolist(), -1)
    ramp = 1 + 0.3 * rng.normal() * np.linspace(-1, 1, width)[None, :, None]
    picture = cv2.GaussianBlur(picture * ramp, (0, 0), float(rng.uniform(0.6, 2.5)))
    direction = np.array([rng.normal(0, 0.7), rng.uniform(0.2, 1.2), rng.uniform(0.2, 1.0)])
    return Room(
        background=np.asarray(picture.clip(0, 1), np.float32),
        light=direction / np.linalg.norm(direction),
        key=float(rng.uniform(0.4, 1.0)),
        ambient=float(rng.uniform(0.2, 0.5)),
        noise=float(rng.uniform(0.003, 0.02)),
        blur_px=float(rng.uniform(0.3, 0.9)),
    )


def _camera_space(points: NDArray[np.floating], view: View, middle: float) -> NDArray[np.float64]:
    """World points in the camera's frame: x right, y up, z towards the camera, which is at 0."""
    turned = (np.asarray(points, np.float64) - np.array([0.0, middle, 0.0])) @ view.rotation().T
    return np.asarray(turned - np.array([view.aim[0], view.aim[1], view.distance_m]))


def project(points: NDArray[np.floating], view: View, stature_m: float) -> NDArray[np.float64]:
    """World points (..., 3) in metres to the picture (..., 2), pixels, x right and y down."""
    seen = _camera_space(points, view, 0.5 * stature_m)
    depth = -seen[..., 2]
    x = (view.width - 1) / 2 + view.focal_px * seen[..., 0] / depth
    y = (view.height - 1) / 2 - view.focal_px * seen[..., 1] / depth
    return np.stack([x, y], axis=-1)


def render_body(
    posed: Posed, model: BodyModel, dress: Dress, view: View, room: Room, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """One picture as a camera would store it, (height, width, 3) uint8 RGB.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene
    except ImportError as error:
        raise MissingExtraError("embreex", "simulate") from error
    normals = model.normals(posed.vertices)
    skin = posed.vertices + dress.off_skin[:, None] * normals
    seen = _camera_space(skin, view, 0.5 * posed.stature_m).astype(np.float32)
    normals = normals @ view.rotation().T.astype(np.float32)
    scene = EmbreeScene()
    TriangleMesh(scene, np.ascontiguousarray(seen), model.faces)
    rows, columns = _window(seen, view)
    directions = _directions(view)[rows, columns].reshape(-1, 3)
    hit = scene.run(np.zeros_like(directions), directions, output=True)
    found = np.flatnonzero(hit["primID"] >= 0)
    corners = model.faces[hit["primID"][found]]
    u, v = hit["u"][found], hit["v"][found]
    weight = np.stack([1 - u - v, u, v], axis=1).astype(np.float32)
    normal = np.einsum("nk,nkc->nc", weight, normals[corners])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    colour = np.einsum("nk,nkc->nc", weight, dress.colour[corners])
    facing = ((normal @ room.light.astype(np.float32) + 0.3) / 1.3).clip(0)
    received = room.ambient * (0.75 + 0.25 * normal[:, 1]) + room.key * facing
    picture = room.background.copy()
    window = picture[rows, columns].reshape(-1, 3)
    window[found] = colour * received[:, None]
    picture[rows, columns] = window.reshape(picture[rows, columns].shape)
    picture = cv2.GaussianBlur(picture, (0, 0), room.blur_px)
    picture = picture + room.noise * rng.standard_normal(picture.shape, dtype=np.float32)
    return np.asarray(255 * picture.clip(0, 1) ** (1 / 2.2) + 0.5).astype(np.uint8)


def _window(seen: Floats, view: View) -> tuple[slice, slice]:
    """Rows and columns of the picture that the body can cover."""
    depth = np.maximum(-seen[:, 2], 0.1)
    x = (view.width - 1) / 2 + view.focal_px * seen[:, 0] / depth
    y = (view.height - 1) / 2 - view.focal_px * seen[:, 1] / depth
    return (
        slice(max(0, int(y.min()) - 1), min(view.height, int(y.max()) + 2)),
        slice(max(0, int(x.min()) - 1), min(view.width, int(x.max()) + 2)),
    )


def _directions(view: View) -> Floats:
    """(height, width, 3) directions of the pixels' rays."""
    rays = np.empty((view.height, view.width, 3), np.float32)
    rays[..., 0] = (np.arange(view.width) - (view.width - 1) / 2) / view.focal_px
    rays[..., 1] = (((view.height - 1) / 2 - np.arange(view.height)) / view.focal_px)[:, None]
    rays[..., 2] = -1.0
    return rays
