"""A drawn room with a drawn person in front of it, seen by a camera that moves as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.body.pose2d import Pose
from mitate.body.region import Region
from mitate.video import Frame

Pixels = NDArray[np.uint8]
Motion = Callable[[float], tuple[float, float, float, float]]
"""Seconds → shift right and down in px, turn in degrees, zoom: where the room lies in the picture."""

WIDTH, HEIGHT = 480, 640
PERSON = 300.0  # px from head to feet
_WIDE, _HIGH = 2 * WIDTH, 2 * HEIGHT


def room(seed: int = 0) -> Pixels:
    """A wall with shelves and pictures, grainy, twice the size of the picture; RGB."""
    rng = np.random.default_rng(seed)
    wall = cv2.resize(rng.integers(60, 200, (24, 18, 3)).astype(np.uint8), (_WIDE, _HIGH))
    for _ in range(150):
        x, y = rng.integers(0, [_WIDE, _HIGH])
        w, h = rng.integers(15, 90, 2)
        colour = [int(value) for value in rng.integers(0, 255, 3)]
        cv2.rectangle(wall, (int(x), int(y)), (int(x + w), int(y + h)), colour, -1)
    return np.asarray(np.clip(wall + rng.normal(0, 3, wall.shape), 0, 255), np.uint8)


def plain(seed: int = 0) -> Pixels:
    """A bare grey wall with a camera's noise."""
    noise = np.random.default_rng(seed).normal(0, 2, (_HIGH, _WIDE, 3))
    return np.clip(150 + noise, 0, 255).astype(np.uint8)


def matrix(shift_x: float, shift_y: float, turn_deg: float, zoom: float) -> NDArray[np.float64]:
    """2x3, from pixels of the room to those of the picture; turned and zoomed about the picture's middle."""
    c, s = zoom * np.cos(np.radians(turn_deg)), zoom * np.sin(np.radians(turn_deg))
    turn = np.array([[c, -s], [s, c]])
    place = np.array([WIDTH / 2 + shift_x, HEIGHT / 2 + shift_y])
    return np.column_stack([turn, place - turn @ [_WIDE / 2, _HIGH / 2]])


def seen(wall: Pixels, motion: tuple[float, float, float, float]) -> Pixels:
    """The room alone."""
    flags = cv2.INTER_AREA
    return np.asarray(cv2.warpAffine(wall, matrix(*motion), (WIDTH, HEIGHT), flags=flags), np.uint8)


def with_person(picture: Pixels, centre: tuple[float, float], seed: int = 9) -> tuple[Pixels, Pose]:
    """Someone in a checked coat in front, and the pose that a network would give: its region and its mask."""
    rng = np.random.default_rng(seed)
    coat = cv2.resize(rng.integers(0, 255, (16, 6, 3)).astype(np.uint8), (110, int(PERSON)))
    x, y = (round(value) for value in centre)
    shape = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(shape, (x, y), (55, int(PERSON / 2)), 0, 0, 360, 255, -1)
    cloth = np.zeros_like(picture)
    left, top = x - 55, y - int(PERSON / 2)
    cloth[max(top, 0) : top + int(PERSON), left : left + 110] = coat[max(-top, 0) :]
    image = np.where(shape[..., None] > 0, cloth, picture)
    region = Region((float(x), float(y)), 1.4 * PERSON, 0.0)
    side = region.size / 256
    to_picture = np.array([[side, 0, x - 127.5 * side], [0, side, y - 127.5 * side]])
    mask = cv2.warpAffine(shape, to_picture, (256, 256), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    nowhere = np.zeros((33, 3), np.float32)
    sure = np.ones(33, np.float32)
    pose = Pose(nowhere[:, :2], sure, sure, nowhere, 1.0, region, region, np.asarray(mask, np.uint8))
    return image, pose


def film(
    motion: Motion, *, wall: Pixels | None = None, length_s: float = 4.0, rate: float = 15.0
) -> Iterator[tuple[Frame, Pose]]:
    """The person sways and bobs while the camera moves."""
    behind = room() if wall is None else wall
    for i in range(int(length_s * rate)):
        time_s = i / rate
        sway = (WIDTH / 2 + 40 * np.sin(2 * time_s), HEIGHT / 2 + 15 * np.sin(5 * time_s))
        image, pose = with_person(seen(behind, motion(time_s)), sway)
        yield Frame(image, time_s, i), pose
