"""Clips such as the lift learns from, made of the stick body of the body's tests: nothing was rendered."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tests.body.lift_tracks import bending

from mitate.body.lift_input import VECTOR, body_length, lift_input
from mitate.body.points import INDEX, POINTS
from mitate.body.recording import ANGLES, CURVE_POINTS, JOINTS
from mitate.files import write_bytes
from mitate.learn.lift_batches import Clip

Floats = NDArray[np.float32]
COUNT = len(POINTS)
HEIGHT_M = 1.65


def about(axis: str, degrees: float) -> NDArray[np.float64]:
    """(3, 3) right-handed turn about an axis."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    rows = {
        "x": [[1, 0, 0], [0, c, -s], [0, s, c]],
        "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
        "z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
    }
    return np.array(rows[axis], np.float64)


def seen_from(points: NDArray[np.floating], view: tuple[float, float, float], distance: float) -> Floats:
    """Rows (n, VECTOR) of places alone, of points (n, 33, 3) in standing heights; the camera 0.5 high."""
    yaw, pitch, roll = view
    to_camera = about("z", roll) @ about("x", pitch) @ about("y", yaw)
    x, y, z = np.moveaxis((points - np.array([0, 0.5, 0])) @ to_camera.T, 2, 0)
    pixels = np.stack([x, -y], axis=2) / (distance - z)[..., None]
    length = body_length(pixels, np.ones(pixels.shape[:2]))
    hips = pixels[:, [INDEX["left_hip"], INDEX["right_hip"]]].mean(axis=1, keepdims=True)
    shoulders = pixels[:, [INDEX["left_shoulder"], INDEX["right_shoulder"]]].mean(axis=1, keepdims=True)
    up = np.array([1, -1]) / length
    rows = np.zeros((len(points), VECTOR), np.float32)
    rows[:, : 2 * COUNT] = ((pixels - hips) * up).reshape(len(points), -1)
    rows[:, 2 * COUNT : 3 * COUNT] = 1.0
    rows[:, -4:-2] = ((0.5 * (hips + shoulders) - hips) * up)[:, 0]
    rows[:, -2:] = ((hips - np.median(hips, axis=0)) * up)[:, 0]
    return rows


def clip(seed: int, moments: int = 30) -> Clip:
    """A body that bends, with a truth of its own; the trunk's angle follows from how it bends."""
    rng = np.random.default_rng(seed)
    times = np.arange(moments) / 10
    yaw, every = float(rng.uniform(-180, 180)), float(rng.uniform(2.5, 5.0))
    track = bending(times, turn_deg=yaw, every_s=every)
    upright = bending(times, turn_deg=0.0, masks=False, every_s=every)
    given = lift_input(track)
    bend = 25 * (1 - np.cos(2 * np.pi * times / every))
    angles = np.zeros((moments, len(ANGLES)), np.float32)
    angles[:, ANGLES.index("trunk_inclination")] = bend
    angles[:, ANGLES.index("lumbar_flexion")] = 0.6 * bend
    angles[:, ANGLES.index("hip_flexion_right")] = 0.4 * bend
    angles[:, ANGLES.index("pelvis_rotation")] = angles[:, ANGLES.index("trunk_rotation")] = yaw
    angles[:, ANGLES.index("trunk_list")] = rng.normal(0, 5)
    along = np.linspace(1, 0, CURVE_POINTS)
    lean = np.radians(bend)[:, None] * along
    curve = 0.3 * along[:, None] * np.stack([np.sin(lean), np.cos(lean)], axis=2)
    curve[..., 0] += rng.normal(0, 0.02) * np.sin(np.pi * along)
    points = (upright.world + np.array([0, 0.9, 0])) / HEIGHT_M
    places = rng.normal(0, 0.2, (len(JOINTS), 3)) + 0.01 * bend[:, None, None]
    return Clip(
        vectors=given.vectors,
        patches=given.patches,
        seen=given.seen,
        angles=angles,
        joints=places.astype(np.float32),
        curve=curve.astype(np.float32),
        points=points.astype(np.float32),
        view=np.array([yaw, 3.0, -1.0], np.float32),
        looseness=0.0,
    )


def write(path: Path, made: Clip, **other: NDArray[np.generic]) -> None:
    """A clip as a file, its curve in hundredths of a height."""
    fields = {name: np.asarray(getattr(made, name)) for name in Clip.__dataclass_fields__}
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **{**fields, "curve": 100 * made.curve, **other})
    write_bytes(path, packed.getvalue())
