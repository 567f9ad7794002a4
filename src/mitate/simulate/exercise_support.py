"""What a body rests on besides the floor: planes for the solver, boxes for who draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mitate.errors import InputError
from mitate.simulate.exercise_pose import Array

__all__ = ["SURFACES", "Box", "Plane", "Support", "plane_key", "usual_height"]

SURFACES = ("floor", "seat_of_chair", "back_of_chair", "wall", "step", "table", "cushion")
"""Things that a part of the body can rest on; another part of the body is the other possibility."""

_HEIGHTS: Mapping[str, tuple[float, float, float, float]] = {
    # usual height, how freely it is fitted to the pose, least, most; metres
    "seat_of_chair": (0.45, 0.02, 0.38, 0.52),
    "back_of_chair": (0.90, 0.03, 0.80, 1.00),
    "table": (0.74, 0.05, 0.62, 1.05),
    "step": (0.18, 0.02, 0.10, 0.25),
    "cushion": (0.08, 0.03, 0.03, 0.22),
}


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A surface: `normal` (3,) unit, towards the body, and `offset`, metres along it."""

    normal: Array
    offset: float


@dataclass(frozen=True, slots=True)
class Box:
    """A thing that stands in the world, for the renderer.

    Attributes:
        kind: ``chair_seat``, ``chair_back``, ``chair_leg``, ``wall``, ``step``, ``table_top``, ``table_leg``
            or ``cushion``.
        centre: metres, x to the left, y up, z ahead.
        half: half of its width (its own x), height (y) and depth (its own z), metres.
        yaw: degrees that it is turned to the left about the vertical.
    """

    kind: Literal[
        "chair_seat", "chair_back", "chair_leg", "wall", "step", "table_top", "table_leg", "cushion"
    ]
    centre: tuple[float, float, float]
    half: tuple[float, float, float]
    yaw: float = 0.0


@dataclass(frozen=True, slots=True)
class Support:
    """Everything that a motion needs besides a floor; the floor is y = 0."""

    boxes: tuple[Box, ...] = ()


def plane_key(point: str, surface: str, pose: str) -> str:
    """Which plane a contact is with: hands hold a chair's back at its top, trunks lean on its plane.

    Raises:
        InputError: there is no such surface.
    """
    if surface not in SURFACES:
        raise InputError(
            f"nothing is called {surface[:40]!r}",
            where=f"poses.contact of {pose!r}",
            todo=f"one of: {', '.join(SURFACES)}; or a part of the body",
        )
    part = point.removeprefix("left_").removeprefix("right_")
    if surface == "cushion":
        return f"cushion/{'head' if part.startswith('head') else part}"
    if surface == "back_of_chair" and part in ("hand", "forearm", "elbow"):
        return "back_of_chair/top"
    return surface


def usual_height(key: str) -> tuple[float, float, float, float] | None:
    """Usual height of a level surface, its freedom, least and most, metres; None of an upright one."""
    if key in ("wall", "back_of_chair"):
        return None
    return _HEIGHTS[key.split("/")[0]]


def boxes_of(
    planes: Mapping[str, Plane], touched: Mapping[str, Array], facing: Mapping[str, float]
) -> Support:
    """Where things stand.

    Args:
        planes: fitted planes by `plane_key`.
        touched: (n, 3) metres, where each was touched.
        facing: degrees that the person was turned to the left when each was touched first.
    """
    boxes: list[Box] = []
    for key, plane in planes.items():
        spots, yaw = touched[key], facing[key]
        middle = 0.5 * (spots.min(axis=0) + spots.max(axis=0))
        ahead = np.array([np.sin(np.deg2rad(yaw)), 0.0, np.cos(np.deg2rad(yaw))])
        half = 0.5 * np.ptp(spots, axis=0)
        if key == "seat_of_chair":
            boxes += _chair(middle + 0.06 * ahead, plane.offset, yaw, planes.get("back_of_chair"), ahead)
        elif key == "back_of_chair/top" and "seat_of_chair" not in planes:
            boxes += _chair_held(middle, plane.offset, yaw, ahead)
        elif key == "wall":
            boxes.append(_wall(plane, middle))
        elif key == "table":
            boxes.append(_table(spots, plane.offset, yaw, ahead))
        elif key == "step":
            centre = (middle[0], 0.5 * plane.offset, middle[2])
            boxes.append(Box("step", centre, (0.35, 0.5 * plane.offset, 0.08 + max(half[2], 0.13)), yaw))
        elif key.startswith("cushion"):
            centre = (middle[0], 0.5 * plane.offset, middle[2])
            size = (max(half[0], 0.15) + 0.05, 0.5 * plane.offset, max(half[2], 0.10) + 0.05)
            boxes.append(Box("cushion", centre, size, 0.0))
    return Support(tuple(boxes))


def _table(spots: Array, height: float, yaw: float, ahead: Array) -> Box:
    """A table whose near edge is just before what rests on it; only beside the body where one hand does."""
    left = np.array([ahead[2], 0.0, -ahead[0]])
    along, aside = spots @ ahead, spots @ left
    near, far = along.min() - 0.10, along.max() + 0.35
    right_end, left_end = aside.min() - 0.10, aside.max() + 0.10
    if right_end > 0.0:
        left_end += 0.35
    elif left_end < 0.0:
        right_end -= 0.35
    else:
        right_end, left_end = right_end - 0.2, left_end + 0.2
    centre = 0.5 * (near + far) * ahead + 0.5 * (right_end + left_end) * left
    half = (0.5 * (left_end - right_end), 0.02, 0.5 * (far - near))
    return Box("table_top", (float(centre[0]), height - 0.02, float(centre[2])), half, yaw)


def _wall(plane: Plane, middle: Array) -> Box:
    yaw = float(np.degrees(np.arctan2(plane.normal[0], plane.normal[2])))
    centre = plane.normal * (plane.offset - 0.05) + (middle - plane.normal * (middle @ plane.normal))
    return Box("wall", (float(centre[0]), 1.15, float(centre[2])), (1.2, 1.15, 0.05), yaw)


def _chair(middle: Array, height: float, yaw: float, back: Plane | None, ahead: Array) -> list[Box]:
    behind = middle - 0.24 * ahead
    if back is not None:
        behind = middle + (back.offset - 0.02 - middle @ back.normal) * back.normal
        middle = behind + 0.24 * ahead
    return _chair_boxes(middle, behind, height, 0.90, yaw, ahead)


def _chair_held(middle: Array, top: float, yaw: float, ahead: Array) -> list[Box]:
    """A chair whose back's top is held, its seat away from the person."""
    return _chair_boxes(middle + 0.24 * ahead, middle, 0.45, top, yaw, ahead)


def _chair_boxes(
    middle: Array, behind: Array, height: float, top: float, yaw: float, ahead: Array
) -> list[Box]:
    left = np.array([ahead[2], 0.0, -ahead[0]])
    boxes = [
        Box("chair_seat", (float(middle[0]), height - 0.02, float(middle[2])), (0.22, 0.02, 0.22), yaw),
        Box(
            "chair_back",
            (float(behind[0]), 0.5 * (top + height + 0.12), float(behind[2])),
            (0.21, 0.5 * (top - height - 0.12), 0.02),
            yaw,
        ),
    ]
    for aside in (-0.19, 0.19):
        for along in (float((behind - middle) @ ahead), 0.2):
            at = middle + aside * left + along * ahead
            tall = top if along < 0.0 else height - 0.04
            boxes.append(
                Box("chair_leg", (float(at[0]), 0.5 * tall, float(at[2])), (0.018, 0.5 * tall, 0.018), yaw)
            )
    return boxes
