"""Backs whose outline is known, drawn as the lift sees them: nothing a camera saw."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from mitate.body.lift_input import MASKED, VECTOR, LiftInput
from mitate.body.lift_output import Lifted
from mitate.body.outline import OutlineModel
from mitate.body.recording import ANGLES, CURVE_POINTS, JOINTS

Array = NDArray[np.float64]
View = tuple[float, float, float]

SIDE = 64
SIZE = 0.78  # body length over standing height
S1 = np.array([0.0, 3.0, -7.0])  # left, up, forward of the middle of the hips
PIXEL = 100 * 0.64 * SIZE / SIDE  # hundredths of a height
_FINE = 8
_THICK = 13.0


def back(lean: float, bend: float = 18.0) -> Array:
    """A curve that leans forward by `lean` on average, hollow low and round high by `bend`, C7 first.

    (An arc of one circle could slide along itself without anybody seeing it.)
    """
    place = np.linspace(1, 0, 8 * (CURVE_POINTS - 1))
    angle = np.radians(lean + bend * np.cos(2 * np.pi * place))
    steps = 30.0 / len(angle) * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    up = np.concatenate([np.cumsum(steps[::-1], axis=0)[::-1], np.zeros((1, 2))])
    return np.asarray(up[::8], np.float64)


def towards_back(curve: Array) -> Array:
    """(17, 2) the curve's unit normals away from the belly, forward and up."""
    along = np.gradient(curve, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return np.stack([along[:, 1], -along[:, 0]], axis=1)  # standing, down is (0, -1) and the back (-1, 0)


def seen(places: Array, view: View) -> Array:
    """Places (..., 3), left, up and forward as the pelvis faces, in the picture (..., 2), right and up."""
    turn = Rotation.from_euler("yxz", view, degrees=True)
    return np.asarray(turn.apply(places.reshape(-1, 3))[:, :2].reshape(*places.shape[:-1], 2))


def laid(curve: Array, view: View, s1: Array = S1) -> Array:
    """Where a curve lies in the picture, hundredths of a height from the middle of the hips."""
    forward, up = curve.T
    return seen(s1 + np.stack([0 * up, up, forward], axis=1), view)


def centre_of(curve: Array, view: View, s1: Array = S1) -> Array:
    """A middle for the silhouette's square, in body lengths."""
    return np.asarray(np.round(laid(curve, view, s1).mean(axis=0) / (100 * SIZE) + 0.01, 3))


def silhouette(places: Array, offset: Array | float, view: View, centre: Array) -> NDArray[np.uint8]:
    """A body whose back lies `offset` (17,) outside of `places` in the picture, goes on straight beyond its
    ends, and is thicker than anybody looks for an edge."""
    out = towards_back(places)  # as if forward were to the picture's right
    out *= np.sign(np.sin(np.radians(view[0])))
    edge = places + np.broadcast_to(offset, CURVE_POINTS)[:, None] * out
    ends = [edge[:1] + 9 * _unit(edge[0] - edge[1]), edge[-1:] + 9 * _unit(edge[-1] - edge[-2])]
    edge = np.concatenate([ends[0], edge, ends[1]])
    inner = edge - _THICK * np.concatenate([out[:1], out, out[-1:]])
    picture = np.zeros((SIDE * _FINE, SIDE * _FINE), np.uint8)
    for i in range(len(edge) - 1):
        corners = np.stack([edge[i], edge[i + 1], inner[i + 1], inner[i]])
        _fill(picture, corners, centre)
    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def with_arm(patch: NDArray[np.uint8], places: Array, view: View, centre: Array) -> NDArray[np.uint8]:
    """The same with an elbow that reaches out behind the middle of the back."""
    out = towards_back(places)[7] * np.sign(np.sin(np.radians(view[0])))
    along = _unit(places[8] - places[6])
    middle = places[7] + 2.0 * out
    ends = [middle + a * 3.0 * along + b * 4.0 * out for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    picture = np.zeros((SIDE * _FINE, SIDE * _FINE), np.uint8)
    _fill(picture, np.stack(ends), centre)
    arm = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(np.maximum(patch, arm), np.uint8)


def _unit(vector: Array) -> Array:
    return np.asarray(vector / np.linalg.norm(vector))


def _fill(picture: NDArray[np.uint8], corners: Array, centre: Array) -> None:
    pixels = (SIDE - 1) / 2 + (corners - 100 * SIZE * centre) * [1, -1] / PIXEL
    fine = _FINE * (pixels + 0.5) - 0.5
    cv2.fillConvexPoly(picture, np.round(fine * 64).astype(np.int32), 255, cv2.LINE_8, 6)


def told(curves: Array, view: View, s1: Array = S1) -> Lifted:
    """The network's answer: these curves (n, 17, 2), laid where they are."""
    count = len(curves)
    angles = np.zeros((count, len(ANGLES)))
    angles[:, ANGLES.index("pelvis_rotation")] = view[0]
    joints = np.zeros((len(JOINTS), 3))
    for side, sign in (("left", 1), ("right", -1)):
        for name, up in (("shoulder", 0.3), ("hip", 0.0), ("knee", -0.24), ("ankle", -0.48)):
            joints[JOINTS.index(f"{side}_{name}")] = [0.1 * sign, up, 0.0]
    joints[JOINTS.index("s1")] = s1 / 100
    return Lifted(
        angles=angles,
        angle_sd=np.ones_like(angles),
        pitch=np.full(count, view[1]),
        roll=np.full(count, view[2]),
        joints=np.tile(joints, (count, 1, 1)),
        curve=curves.copy(),
        curve_error=np.ones(count),
    )


def given(patches: list[NDArray[np.uint8]], centres: list[Array]) -> LiftInput:
    """What the network was given besides."""
    vectors = np.zeros((len(patches), VECTOR), np.float32)
    vectors[:, MASKED] = 1.0
    vectors[:, MASKED + 1 : MASKED + 3] = centres
    count = len(patches)
    return LiftInput(np.arange(count) / 10, vectors, np.stack(patches), np.ones(count, bool), 1.0)


def model(modes: Array, *, bias: float = 1.5, sd: float = 0.2) -> OutlineModel:
    """The same bias and noise for every point and view; modes (m, 17, 2)."""
    table = np.ones((4, CURVE_POINTS))
    return OutlineModel(bias * table, sd * table, modes.reshape(len(modes), -1))


def modes_of(curve: Array) -> Array:
    """(3, 17, 2) smooth ways to be wrong across the curve, none of them at S1."""
    place = np.linspace(1, 0, CURVE_POINTS)
    sizes = np.stack([2.0 * place, 1.0 * np.sin(np.pi * place), 0.5 * np.sin(2 * np.pi * place)])
    return np.asarray(sizes[:, :, None] * towards_back(curve))
