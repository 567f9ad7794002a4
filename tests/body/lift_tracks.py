"""Tracks of a body made of sticks that bends, turns and is filmed with a silhouette: nothing a camera saw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.body.clip import PoseReport, PoseTrack
from mitate.body.points import INDEX, MIRRORED, POINTS
from mitate.body.region import Region, matrix

WIDTH, HEIGHT = 640, 480
Array = NDArray[np.float64]

_PLACES = {
    "shoulder": (0.18, 0.5, 0.0),
    "elbow": (0.22, 0.22, 0.0),
    "wrist": (0.24, -0.02, 0.0),
    "pinky": (0.25, -0.1, 0.02),
    "index": (0.25, -0.1, 0.02),
    "thumb": (0.25, -0.1, 0.02),
    "hip": (0.1, 0.0, 0.0),
    "knee": (0.1, -0.42, 0.0),
    "ankle": (0.1, -0.82, 0.0),
    "heel": (0.1, -0.86, -0.05),
    "foot_index": (0.12, -0.88, 0.15),
    "ear": (0.07, 0.7, 0.0),
}
_PIXELS_PER_M = 240.0
_MIDDLE = (320.0, 230.0)
_TRUNK = ("left_shoulder", "right_shoulder", "right_hip", "left_hip")


def place(name: str) -> tuple[float, float, float]:
    """Metres from the middle of the hips, upright and facing the camera; the person's left at +x."""
    side = 1 if "left" in name else -1 if "right" in name else 0
    part = name.replace("left_", "").replace("right_", "")
    if part in _PLACES:
        x, y, z = _PLACES[part]
        return side * x, y, z
    return 0.03 * side, 0.68, 0.1  # the face


def bending(
    times_s: Array, *, turn_deg: float | Array = 60.0, masks: bool = True, every_s: float = 8.0
) -> PoseTrack:
    """A body that bends forward by up to 50 degrees once in `every_s`, turned to its left by `turn_deg`."""
    count = len(times_s)
    local = np.tile([place(name) for name in POINTS], (count, 1, 1))
    bend = np.radians(25.0) * (1 - np.cos(2 * np.pi * times_s / every_s))[:, None]
    upper = [INDEX[name] for name in POINTS if place(name)[1] > -0.15 and "hip" not in name]
    _, y, z = np.moveaxis(local[:, upper], 2, 0)
    local[:, upper, 1], local[:, upper, 2] = y * np.cos(bend), z + y * np.sin(bend)
    turn = np.broadcast_to(np.radians(turn_deg), (count,))[:, None]
    x, y, z = np.moveaxis(local, 2, 0)
    world = np.stack(
        [x * np.cos(turn) + z * np.sin(turn), y, z * np.cos(turn) - x * np.sin(turn)], axis=2
    ).astype(np.float32)
    points = (_PIXELS_PER_M * world[..., :2] * [1, -1] + _MIDDLE).astype(np.float32)
    regions = tuple(Region((_MIDDLE[0], _MIDDLE[1]), 460.0, 5.0) for _ in range(count))
    drawn = [_outline(points[i], regions[i]) for i in range(count)] if masks and count else None
    return PoseTrack(
        path=Path("film.mp4"),
        width=WIDTH,
        height=HEIGHT,
        times_s=times_s,
        points=points,
        visibility=np.full((count, len(POINTS)), 0.95, np.float32),
        world=world,
        score=np.ones(count, np.float32),
        regions=regions,
        report=PoseReport(1.0, count, 0, 0, {}, 0, 0.0, 0.0, 0.1),
        masks=None if drawn is None else np.stack(drawn),
    )


def _outline(points: NDArray[np.float32], region: Region) -> NDArray[np.uint8]:
    """A head and a trunk as a mask of its region."""
    turn, shift = np.split(np.linalg.inv(np.vstack([matrix(region, 256), [0, 0, 1]]))[:2], [2], axis=1)
    inside = points.astype(np.float64) @ turn.T + shift.T
    mask = np.zeros((256, 256), np.uint8)
    corners = np.stack([inside[INDEX[name]] for name in _TRUNK])
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 255)
    cv2.polylines(mask, [np.round(corners).astype(np.int32)], True, 255, 24)
    cv2.circle(mask, tuple(int(v) for v in np.round(inside[INDEX["left_ear"]])), 12, 255, -1)
    return mask


def rows(track: PoseTrack, part: slice | NDArray[np.integer]) -> PoseTrack:
    """Some of its frames."""
    chosen = np.arange(len(track))[part]
    return replace(
        track,
        times_s=track.times_s[chosen],
        points=track.points[chosen],
        visibility=track.visibility[chosen],
        world=track.world[chosen],
        score=track.score[chosen],
        regions=tuple(track.regions[int(i)] for i in chosen),
        masks=None if track.masks is None else track.masks[chosen],
    )


def missing(track: PoseTrack, gone: NDArray[np.bool_]) -> PoseTrack:
    """The same track with the person not found in some frames."""
    points, world = track.points.copy(), track.world.copy()
    visibility, score = track.visibility.copy(), track.score.copy()
    points[gone], world[gone], visibility[gone], score[gone] = np.nan, np.nan, 0.0, 0.0
    regions = tuple(None if lost else region for region, lost in zip(track.regions, gone, strict=True))
    masks = None if track.masks is None else np.where(gone[:, None, None], np.uint8(0), track.masks)
    return replace(
        track,
        points=points,
        world=world,
        visibility=visibility,
        score=score,
        regions=regions,
        masks=masks,
    )


def mirrored(track: PoseTrack) -> PoseTrack:
    """The track of the same film seen in a mirror."""
    other = list(MIRRORED)
    points = track.points[:, other] * np.array([-1, 1], np.float32)
    points[..., 0] += track.width - 1
    return replace(
        track,
        points=points,
        visibility=track.visibility[:, other],
        world=track.world[:, other] * np.array([-1, 1, 1], np.float32),
        regions=tuple(
            None
            if region is None
            else Region((track.width - 1 - region.centre[0], region.centre[1]), region.size, -region.rotation)
            for region in track.regions
        ),
        masks=None if track.masks is None else np.ascontiguousarray(track.masks[:, :, ::-1]),
    )
