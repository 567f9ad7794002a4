"""The curve of the back set right by the outline that the camera sees.

The network's curve is laid into the silhouette where its view says, and the outline is looked for along the
curve's normals on the back's side. How far the outline lies off is, up to noise, the curve's own error seen
from there, plus that of where it was laid, plus what skin and cloth add at this view: a linear Gaussian model
(Rasmussen and Williams, "Gaussian processes for machine learning", 2006, appendix A.2), whose numbers
were learned on simulated people that the network had not seen. Points that fit badly, as where an arm is
before the back, count less (Huber, Ann Math Stat 1964;35:73-101).

Lengths are in hundredths of a standing height.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.body.lift_input import PATCH_SIDE, PATCH_SPAN, LiftInput
from mitate.body.lift_output import Lifted
from mitate.body.recording import ANGLES, CURVE_POINTS, JOINTS

__all__ = [
    "EDGES_DEG",
    "MOST_FROM_SIDE_DEG",
    "OutlineModel",
    "Seen",
    "from_side",
    "outline_of",
    "with_outline",
]

Array = NDArray[np.float64]

EDGES_DEG: tuple[float, ...] = (0.0, 15.0, 30.0, 45.0, 60.0)
"""Degrees from the side between which the model has numbers of its own."""

MOST_FROM_SIDE_DEG = EDGES_DEG[-1]

_REACH = 6.0  # pixels of the silhouette's square, to either side of the curve
_STEPS = 97
_PLACED = 5.0  # standard deviation of where the curve is laid
_HUBER = 1.5
_ROUNDS = 3
_LEAST_POINTS = 6
_INSIDE = 127.0
_TURN = ANGLES.index("pelvis_rotation")


@dataclass(frozen=True, slots=True, eq=False)
class OutlineModel:
    """What was learned, by view.

    Attributes:
        bias: (4, 17) by how much the outline lies outside the curve.
        sd: (4, 17) how much that varies besides.
        modes: (m, 34) how the network's curves go wrong, one standard deviation each.
    """

    bias: Array
    sd: Array
    modes: Array

    @classmethod
    def of(cls, card: Mapping[str, Any]) -> OutlineModel:
        """From the network's card."""
        return cls(*(np.asarray(card["outline"][name], np.float64) for name in ("bias", "sd", "modes")))


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The outline beside one curve.

    Attributes:
        offset: (17,) how far outside the curve it lies; NaN where none was found.
        normal: (17, 2) unit, in the picture, x right and y up, towards the back.
        onto: (2, 2) from the curve's forward and up to the picture's right and up.
    """

    offset: Array
    normal: Array
    onto: Array


def from_side(turn_deg: float) -> float:
    """Degrees between a body's turn against the camera and the nearer side view."""
    return float(abs(abs((turn_deg + 180.0) % 360.0 - 180.0) - 90.0))


def body_lengths(joints: Array) -> float:
    """The clip's body length (see `body_length` of the lift's input) over the standing height."""

    def at(name: str) -> Array:
        return joints[:, JOINTS.index(name)]

    def middle(name: str) -> Array:
        return (at(f"left_{name}") + at(f"right_{name}")) / 2

    def legs(name: str) -> Array:
        return np.concatenate([at(f"left_{name}"), at(f"right_{name}")])

    pairs = (
        (middle("shoulder"), middle("hip")),
        (legs("hip"), legs("knee")),
        (legs("knee"), legs("ankle")),
    )
    return float(sum(np.nanpercentile(np.linalg.norm(a - b, axis=1), 90.0) for a, b in pairs))


def outline_of(
    patch: NDArray[np.uint8],
    centre: Array,
    size: float,
    curve: Array,
    s1: Array,
    view: tuple[float, float, float],
) -> Seen:
    """Look for the outline beside one curve.

    Args:
        patch: (64, 64) the silhouette's square.
        centre: (2,) its middle from the middle of the hips, body lengths, right and up.
        size: body length over standing height.
        curve: (17, 2) forward and up from S1.
        s1: (3,) S1 from the middle of the hips, in the body's axes (left, up, forward).
        view: turn of the pelvis, pitch and roll, degrees.
    """
    axes = _camera_axes(view)  # rows: where left, up and forward go in the picture
    onto = np.stack([axes[2], axes[1]], axis=1)
    places = curve @ onto.T + s1 @ axes - 100.0 * size * centre
    unit = PATCH_SIDE / (100.0 * PATCH_SPAN * size)  # pixels in a hundredth of a height
    pixels = (PATCH_SIDE - 1) / 2 + unit * places * [1.0, -1.0]
    along = np.gradient(places, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    normal = np.stack([along[:, 1], -along[:, 0]], axis=1)
    # The back's side is the same along the whole curve, also where a deep bend turns it upwards or forward.
    normal *= np.sign(np.linalg.det(onto)) or 1.0
    steps = np.linspace(-_REACH, _REACH, _STEPS)
    x = pixels[:, :1] + steps * normal[:, :1]
    y = pixels[:, 1:] - steps * normal[:, 1:]
    profile = cv2.remap(
        patch.astype(np.float32),
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,  # the square's edge is no outline
    )
    return Seen(_crossing(profile, steps) / unit, normal, onto)


def _crossing(profile: NDArray[np.float32], steps: Array) -> Array:
    """(17,) where each profile leaves the body nearest to the curve; NaN where it does not."""
    leaves = (profile[:, :-1] > _INSIDE) & (profile[:, 1:] <= _INSIDE)
    distance = np.where(leaves, np.abs(steps[:-1]), np.inf)
    place = distance.argmin(axis=1)
    rows = np.arange(len(profile))
    before, after = profile[rows, place], profile[rows, place + 1]
    share = (before - _INSIDE) / np.maximum(before - after, 1e-6)
    found = steps[place] + share * (steps[1] - steps[0])
    return np.where(np.isfinite(distance.min(axis=1)), found, np.nan)


def _camera_axes(view: tuple[float, float, float]) -> Array:
    """(3, 2): the body's left, up and forward in the picture, right and up."""
    turn, pitch, roll = np.radians(view)
    left = np.array([np.cos(turn), 0.0, -np.sin(turn)])
    ahead = np.array([np.sin(turn), 0.0, np.cos(turn)])
    bodies = np.stack([left, [0.0, 1.0, 0.0], ahead])
    nod = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    tilt = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return np.asarray((bodies @ (tilt @ nod).T)[:, :2])


def looked_at(lifted: Lifted, given: LiftInput, row: int, size: float) -> Seen:
    """The outline beside the curve of one row."""
    joints = 100.0 * lifted.joints[row]
    hips = (joints[JOINTS.index("left_hip")] + joints[JOINTS.index("right_hip")]) / 2
    view = (float(lifted.angles[row, _TURN]), float(lifted.pitch[row]), float(lifted.roll[row]))
    centre = given.vectors[row, -4:-2].astype(np.float64)
    s1 = joints[JOINTS.index("s1")] - hips
    return outline_of(given.patches[row], centre, size, lifted.curve[row], s1, view)


def with_outline(lifted: Lifted, given: LiftInput, model: OutlineModel) -> tuple[Array, Array]:
    """The curves (n, 17, 2) set right, and their expected error (n,) over what it was before.

    Rows without a silhouette, or more than 60 degrees from the side, stay as they are, with a share of 1.
    """
    curve, share = lifted.curve.copy(), np.ones(len(lifted.curve))
    rows = np.flatnonzero(given.seen & (given.vectors[:, -5] > 0.5))
    if not rows.size:
        return curve, share
    size = body_lengths(lifted.joints[rows])
    for row in (int(one) for one in rows):
        away = from_side(float(lifted.angles[row, _TURN]))
        if away >= MOST_FROM_SIDE_DEG:
            continue
        seen = looked_at(lifted, given, row, size)
        change, share[row] = _update(seen, away, model)
        curve[row] += change - change[-1]  # S1 stays the origin
    return curve, share


def _update(seen: Seen, away: float, model: OutlineModel) -> tuple[Array, float]:
    """The likely error of one curve (17, 2), and the share of its expected size that is left."""
    middles = (np.array(EDGES_DEG[1:]) + EDGES_DEG[:-1]) / 2
    bias, sd = (
        np.array([np.interp(away, middles, table[:, i]) for i in range(CURVE_POINTS)])
        for table in (model.bias, model.sd)
    )
    used = np.isfinite(seen.offset)
    if used.sum() < _LEAST_POINTS:
        return np.zeros((CURVE_POINTS, 2)), 1.0
    modes = model.modes.reshape(len(model.modes), CURVE_POINTS, 2)
    shape = np.einsum("ij,mij->im", seen.normal @ seen.onto, modes)  # what each mode moves along the normal
    design = np.hstack([shape, _PLACED * seen.normal])[used]
    off, noise = (seen.offset - bias)[used], sd[used]
    weight = np.ones(len(off))
    for _ in range(_ROUNDS):
        scaled = design * (weight / noise**2)[:, None]
        precision = np.eye(design.shape[1]) + design.T @ scaled
        amount = np.linalg.solve(precision, scaled.T @ off)
        strange = np.abs(off - design @ amount) / noise
        weight = np.minimum(1.0, _HUBER / np.maximum(strange, 1e-9))
    count = len(modes)
    left = np.linalg.inv(precision)[:count, :count]
    flat = model.modes
    before = float((flat**2).sum())
    after = float(np.einsum("mi,mn,ni->", flat, left, flat))
    return np.einsum("m,mij->ij", amount[:count], modes), float(np.sqrt(after / before))
