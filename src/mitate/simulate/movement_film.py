"""A simulated person's movement before a camera: the film, and what is true of every frame of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.body.recording import ANGLES
from mitate.simulate.movements import Motion
from mitate.simulate.mover import Mover
from mitate.simulate.posing import Posed, Truth, pose_body, truth_of
from mitate.simulate.studio import (
    Dress,
    Room,
    View,
    project,
    render_body,
    sample_dress,
    sample_room,
    sample_view,
)

__all__ = ["FilmTruth", "MovementScene", "film_frames", "film_truth", "sample_scene"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MovementScene:
    """Who moves how, dressed how, seen from where."""

    mover: Mover
    motion: Motion
    dress: Dress
    view: View
    room: Room
    noise_seed: int


@dataclass(frozen=True, slots=True, eq=False)
class FilmTruth:
    """What is true of every frame, in the terms of `mitate.body.recording`.

    Attributes:
        times_s: (n,) seconds.
        angles: (n, 14) degrees, in the order of `ANGLES`; rotations against the camera, not wrapped.
        joints: (n, 24, 3) metres.
        curve: (n, 17, 2) cm.
        points: (n, 33, 3) metres, BlazePose's points in the person's world.
        pixels: (n, 33, 2), where the camera sees them.
    """

    times_s: Array
    angles: Array
    joints: Array
    curve: Array
    points: Array
    pixels: Array

    def angle(self, name: str) -> Array:
        """(n,) degrees, one of `ANGLES`."""
        return self.angles[:, ANGLES.index(name)]


def sample_scene(
    rng: np.random.Generator,
    mover: Mover,
    motion: Motion,
    *,
    yaw: float,
    pitch: float | None = None,
    looseness: float | None = None,
    size: tuple[int, int] = (288, 384),
) -> MovementScene:
    """Draw dress, room and camera for a movement.

    Args:
        yaw, pitch: degrees, see `mitate.simulate.studio.View`; a pitch left out is drawn.
        looseness: of the clothes, 0 to 1; drawn if left out.
        size: width and height of the picture, pixels.
    """
    width, height = size
    view = sample_view(rng, mover.height_m, yaw=yaw, pitch=pitch, width=width, height=height)
    return MovementScene(
        mover=mover,
        motion=motion,
        dress=sample_dress(rng, mover.shape, looseness=looseness),
        view=view,
        room=sample_room(rng, width, height),
        noise_seed=int(rng.integers(2**31)),
    )


def poses(scene: MovementScene) -> Iterator[Posed]:
    """The posed body of each moment."""
    for frame in range(len(scene.motion)):
        yield pose_body(scene.mover.shape, scene.motion.at(frame))


def film_frames(scene: MovementScene) -> Iterator[NDArray[np.uint8]]:
    """The pictures (height, width, 3) uint8 RGB, one a moment.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    rng = np.random.default_rng(scene.noise_seed)
    model = scene.mover.shape.model
    for posed in poses(scene):
        yield render_body(posed, model, scene.dress, scene.view, scene.room, rng)


def film_truth(scene: MovementScene) -> FilmTruth:
    """What is true of every frame."""
    found: list[tuple[Truth, Posed]] = [(truth_of(posed), posed) for posed in poses(scene)]
    angles = np.array([[truth.angles[name] for name in ANGLES] for truth, _ in found])
    turned = [ANGLES.index("pelvis_rotation"), ANGLES.index("trunk_rotation")]
    angles[:, turned] += scene.view.yaw
    points = np.stack([posed.points for _, posed in found]).astype(np.float64)
    return FilmTruth(
        times_s=scene.motion.times_s,
        angles=angles,
        joints=np.stack([truth.joints for truth, _ in found]),
        curve=np.stack([truth.curve for truth, _ in found]),
        points=points,
        pixels=project(points, scene.view, scene.mover.height_m),
    )
