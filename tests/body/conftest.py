"""The body's networks, real films where they are, and a body made of lines that moves as a person does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate import video
from mitate.body.points import INDEX, POINTS
from mitate.body.read import Networks

SHARED = Path(__file__).parents[2] / "../shared/data"
FILMS = {
    "squats": "tfjs_pose_reference/pose-detection/test_data/pose_squats.mp4",
    "exercise": "tfjs_pose_reference/pose-detection/test_data/pose_1.mp4",
    "balance": "pose2sim_demo/videos/cam02.mp4",
    "two_people": "sports2d_demo/Sports2D/Demo/demo.mp4",
}
Pixels = NDArray[np.uint8]


@pytest.fixture(scope="session")
def bodies(weights_ready: None) -> Networks:
    return Networks.load()


@pytest.fixture(scope="session")
def real_film() -> Callable[[str], Path]:
    """One of the shared films by a short name."""

    def find(name: str) -> Path:
        path = SHARED / FILMS[name]
        if not path.is_file():
            pytest.skip(f"the shared film {FILMS[name]} is not here")
        return path

    return find


@pytest.fixture(scope="session")
def pictures(real_film: Callable[[str], Path]) -> Callable[[str, int], list[Pixels]]:
    """The first pictures of one of the shared films, RGB, both sides even."""

    def read(name: str, count: int) -> list[Pixels]:
        frames = video.frames(real_film(name), max_side=640)
        return [frame.image for frame, _ in zip(frames, range(count), strict=False)]

    return read


@pytest.fixture(scope="session")
def walker() -> Callable[..., tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]]:
    """A body that walks and turns: points in px (n, 33, 2), metres (n, 33, 3) and times of n frames."""

    def walk(
        count: int, *, yaw_deg: float, speed: float, rate: float = 30.0
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
        times = np.arange(count) / rate
        local = np.zeros((count, len(POINTS), 3))
        for name, place in _STANDING.items():
            local[:, INDEX[name]] = place
        for side, sign in (("left", 1.0), ("right", -1.0)):
            swing = sign * np.sin(2 * np.pi * speed * times)
            for name, reach in (("wrist", -0.25), ("elbow", -0.1), ("knee", 0.15), ("ankle", 0.3)):
                local[:, INDEX[f"{side}_{name}"], 2] += reach * swing
        turn = np.radians(yaw_deg) + 0.3 * np.sin(2 * np.pi * 0.2 * times)
        x, y, z = np.moveaxis(local, 2, 0)
        cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
        world = np.stack([x * cos + z * sin, y, z * cos - x * sin], axis=2)
        points = 300.0 * world[..., :2] * [1, -1] + [320, 300]
        return points.astype(np.float32), world.astype(np.float32), times

    return walk


def _standing() -> dict[str, tuple[float, float, float]]:
    """Metres from the middle of the hips: x to the picture's right, y up, z to the camera; facing it."""
    half = {
        "shoulder": (0.18, 0.5, 0.0),
        "elbow": (0.22, 0.22, 0.0),
        "wrist": (0.24, -0.02, 0.0),
        "hip": (0.1, 0.0, 0.0),
        "knee": (0.1, -0.42, 0.0),
        "ankle": (0.1, -0.82, 0.0),
        "heel": (0.1, -0.86, -0.05),
        "foot_index": (0.12, -0.88, 0.15),
        "ear": (0.07, 0.7, 0.0),
    }
    places = {f"{side}_{name}": (s * x, y, z) for side, s in (("left", 1), ("right", -1))
              for name, (x, y, z) in half.items()}  # fmt: skip
    for name in POINTS:
        side = 1 if "left" in name else -1 if "right" in name else 0
        if any(part in name for part in ("eye", "mouth", "nose")):
            places[name] = (0.03 * side, 0.68, 0.1)
        elif any(part in name for part in ("pinky", "index", "thumb")) and "foot" not in name:
            places[name] = (0.25 * side, -0.1, 0.02)
    return places


_STANDING = _standing()
