"""Where the joints and the back's curve of a recording lie in the film's pictures.

A recording holds no camera. Each frame's joints are laid on the points that were seen in its picture by least
squares: first turned as the view says, with free size, turn in the picture and place (a scaled orthographic
camera), then by the affine map nearest to it that fits better, held back by a penalty because the depth of a
standing body is too small to determine one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.body.clip import PoseTrack
from mitate.body.points import INDEX
from mitate.body.recording import CURVE_POINTS, CURVE_T12, JOINTS, Recording

__all__ = ["Overlay", "overlaid"]

Array = NDArray[np.float64]

_PENALTY = 0.02  # m²; less than a body's extent in height, more than its extent in depth
_LEAST_POINTS = 4
_LEAST_VISIBILITY = 0.3
_SAME_MOMENT_S = 0.05
_OTHER = ("left_index", "right_index")  # a fingertip in space, a knuckle in the picture
_SHARED = tuple((row, INDEX[name]) for row, name in enumerate(JOINTS) if name in INDEX and name not in _OTHER)
_ROWS, _POINTS = ([pair[side] for pair in _SHARED] for side in (0, 1))
_SPINE = [JOINTS.index(name) for name in ("s1", "t12", "c7")]
_PLACES = [CURVE_POINTS - 1, CURVE_T12, 0]  # of these on the curve


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """Places in pixels of the film's upright picture, one row a moment of the recording; NaN where unknown.

    Attributes:
        joints: (n, 24, 2), in the order of `mitate.body.recording.JOINTS`.
        curve: (n, 17, 2), C7 first, S1 last.
    """

    joints: Array
    curve: Array


def overlaid(recording: Recording, track: PoseTrack) -> Overlay:
    """Lay a recording on the points of the track that it was made from."""
    joints = np.full((len(recording), len(JOINTS), 2), np.nan)
    curve = np.full((*recording.curve.shape[:2], 2), np.nan)
    for row, (frame, near) in enumerate(_moments(recording, track)):
        if not near:
            continue
        space = recording.joints[row]
        camera = _camera(
            space[_ROWS],
            track.points[frame, _POINTS].astype(np.float64),
            track.visibility[frame, _POINTS].astype(np.float64),
            float(recording.yaw[row]),
            float(recording.pitch[row]),
        )
        if camera is not None:
            joints[row] = space @ camera[:, :3].T + camera[:, 3]
            curve[row] = _curve_in_space(recording, row) @ camera[:, :3].T + camera[:, 3]
    return Overlay(joints, curve)


def _moments(recording: Recording, track: PoseTrack) -> list[tuple[int, bool]]:
    """For each moment the frame of the track nearest to it, and whether that is the same moment."""
    if not len(track):
        return [(0, False)] * len(recording)
    after = np.searchsorted(track.times_s, recording.times_s).clip(0, len(track) - 1)
    before = (after - 1).clip(0)
    times = recording.times_s
    is_before = np.abs(track.times_s[before] - times) < np.abs(track.times_s[after] - times)
    nearest = np.where(is_before, before, after)
    near = np.abs(track.times_s[nearest] - times) <= _SAME_MOMENT_S
    return [(int(frame), bool(same)) for frame, same in zip(nearest, near, strict=True)]


def _curve_in_space(recording: Recording, row: int) -> Array:
    """(17, 3) metres beside the joints.

    A curve lies in a plane; it is laid through the joints at S1, T12 and C7, which lean to a side as well.
    """
    joints = recording.joints[row, _SPINE]
    forward, up = recording.curve[row].T / 100.0
    flat = joints[0] + np.column_stack([np.zeros_like(up), up, forward])
    if not np.isfinite(joints).all():
        return np.asarray(flat, dtype=np.float64)
    places = np.arange(len(flat))
    off = joints - flat[_PLACES]
    aside = [np.interp(places, _PLACES[::-1], off[::-1, axis]) for axis in range(3)]
    return np.asarray(flat + np.column_stack(aside), dtype=np.float64)


def _camera(space: Array, seen: Array, visibility: Array, yaw: float, pitch: float) -> Array | None:
    """The map (2, 4) from metres to pixels that lays `space` (k, 3) on `seen` (k, 2); None if none can be."""
    known = np.isfinite(space).all(axis=1) & np.isfinite(seen).all(axis=1) & (visibility >= _LEAST_VISIBILITY)
    if known.sum() < _LEAST_POINTS or not (np.isfinite(yaw) and np.isfinite(pitch)):
        return None
    space, seen, weight = space[known], seen[known], visibility[known]
    weight = weight / weight.sum()
    middle, centre = weight @ space, weight @ seen
    turned = (space - middle) @ _turn(yaw, pitch).T
    away = seen - centre
    size = float(weight @ (turned**2).sum(axis=1))
    if size <= 0:
        return None
    # Turn and size in the picture at once, as one complex number.
    cos = float(weight @ (turned * away).sum(axis=1)) / size
    sin = float(weight @ (turned[:, 0] * away[:, 1] - turned[:, 1] * away[:, 0])) / size
    rigid = np.array([[cos, -sin], [sin, cos]]) @ _turn(yaw, pitch)
    left_over = away - (space - middle) @ rigid.T
    own = (space - middle) * weight[:, None]
    bent = np.linalg.solve(own.T @ (space - middle) + _PENALTY * np.eye(3), own.T @ left_over).T
    linear = rigid + bent
    return np.column_stack([linear, centre - linear @ middle])


def _turn(yaw: float, pitch: float) -> Array:
    """(2, 3): a body's left, up and forward as x and y (down) of a picture, one metre to one pixel."""
    y, p = np.radians([yaw, pitch])
    to_right = np.array([np.cos(y), 0.0, np.sin(y)])
    to_camera = np.array([-np.sin(y), 0.0, np.cos(y)])
    up = np.cos(p) * np.array([0.0, 1.0, 0.0]) - np.sin(p) * to_camera
    return np.stack([to_right, -up])
