"""What the coach can watch: one number a moment by name, from the points of a body in space.

Every signal is a pure function of a `mitate.back.skeleton.Skeleton`. Angles are in degrees and anatomical:
flexion is positive, sideways is to the person's right, turning to their left. What is not seen is NaN.
Signals that no single moment tells (tempo, hold, sway) are named here and computed for each repetition.

The curve of the low back is not in 33 points: `lumbar_flexion` and `back_rounding` are known only where a
`Recording` with angles of the spine is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mitate.abduce.names import did_you_mean
from mitate.back.skeleton import UP, Skeleton, angle, dot, from_pose, unit, weighted
from mitate.body.clip import PoseTrack
from mitate.body.recording import Recording
from mitate.errors import InputError

__all__ = ["OF_REPETITION", "OF_SPINE", "SIGNALS", "Signal", "checked_signal", "of_pair", "signals_of"]

Array = NDArray[np.float64]

_SIDES = ("left", "right")
_WIDE_ENOUGH = 0.35  # of the hips' line that must lie across the picture to say what is inward


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing to watch.

    Attributes:
        name: in exercises' files.
        unit: ``deg``, ``%`` or ``s``.
        of: from a skeleton to (n,); None where it is not told by the points of single moments.
        positive: the side, ``left`` or ``right``, of positive values; empty where signs are no sides.
        circular: whether it jumps by 360 degrees.
        from_start: whether only its change since the start of a repetition means something.
        pair: the same of the person's left and right, where it is of both.
    """

    name: str
    unit: str
    of: Callable[[Skeleton], Array] | None = None
    positive: str = ""
    circular: bool = False
    from_start: bool = False
    pair: tuple[str, str] | None = None


def _both(one: Callable[[Skeleton, str], Array], *parts: str) -> Callable[[Skeleton], Array]:
    """The mean of both sides, each as much as it is seen."""

    def of(body: Skeleton) -> Array:
        return weighted([one(body, side) for side in _SIDES], [body.trust(side, *parts) for side in _SIDES])

    return of


def _side(one: Callable[[Skeleton, str], Array], side: str) -> Callable[[Skeleton], Array]:
    return lambda body: one(body, side)


def _apart(one: Callable[[Skeleton, str], Array]) -> Callable[[Skeleton], Array]:
    return lambda body: np.abs(one(body, "left") - one(body, "right"))


def _degrees(sine: Array, cosine: Array) -> Array:
    return np.asarray(np.degrees(np.arctan2(sine, cosine)))


def _trunk_lean(body: Skeleton) -> Array:
    """Forward, backward or sideways alike."""
    return angle(body.along, np.broadcast_to(UP, body.along.shape))


def _trunk_side_lean(body: Skeleton) -> Array:
    level = body.left * [1.0, 0.0, 1.0]
    to_left = dot(body.along, unit(level))
    return _degrees(-to_left, np.sqrt(np.maximum(1.0 - to_left**2, 0.0)))


def _hip_flexion(body: Skeleton, side: str) -> Array:
    thigh = body.point(f"{side}_knee") - body.point(f"{side}_hip")
    bent = _degrees(dot(thigh, body.ahead), -dot(thigh, body.along))
    return np.where(bent < -100.0, bent + 360.0, bent)


def _knee_flexion(body: Skeleton, side: str) -> Array:
    hip, knee, ankle = (body.point(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
    return angle(knee - hip, ankle - knee)


def _shoulder(body: Skeleton, side: str) -> Array:
    return angle(body.point(f"{side}_elbow") - body.point(f"{side}_shoulder"), -body.along)


def _elbow(body: Skeleton, side: str) -> Array:
    shoulder, elbow, wrist = (body.point(f"{side}_{part}") for part in ("shoulder", "elbow", "wrist"))
    return angle(elbow - shoulder, wrist - elbow)


def _ankle(body: Skeleton, side: str) -> Array:
    shank = body.point(f"{side}_knee") - body.point(f"{side}_ankle")
    return 90.0 - angle(shank, body.point(f"{side}_foot_index") - body.point(f"{side}_heel"))


def _heel_lift(body: Skeleton, side: str) -> Array:
    heel, toes = body.point(f"{side}_heel"), body.point(f"{side}_foot_index")
    return 100.0 * (heel - toes)[:, 1] / body.leg


def _hip_height(body: Skeleton) -> Array:
    height = [(body.middle("hip") - body.point(f"{side}_ankle"))[:, 1] for side in _SIDES]
    mean = weighted(height, [body.trust(side, "ankle") for side in _SIDES])
    return np.asarray(100.0 * mean / body.leg)


def _thighs(body: Skeleton) -> tuple[Array, Array]:
    left, right = (unit(body.point(f"{side}_knee") - body.point(f"{side}_hip")) for side in _SIDES)
    return left, right


def _hip_abduction(body: Skeleton) -> Array:
    """Only what opens to the sides counts: a leg that goes forward is not abducted."""
    left, right = _thighs(body)
    sine = np.clip(0.5 * dot(left - right, body.left), -1.0, 1.0)
    return np.asarray(2.0 * np.degrees(np.arcsin(sine)))


def _thigh_turn(body: Skeleton) -> Array:
    """How far both knees roll to the left of the pelvis's middle."""
    left, right = _thighs(body)
    both = unit(left + right)
    aside = dot(both, body.left)
    return _degrees(aside, np.sqrt(np.maximum(1.0 - aside**2, 0.0)))


def _knee_inward(body: Skeleton) -> Array:
    hips = body.line("hip")
    width = np.linalg.norm(hips, axis=1)
    across = hips / width[:, None]
    wide = np.hypot(across[:, 0], across[:, 1]) >= _WIDE_ENOUGH
    inward = dot(body.line("ankle") - body.line("knee"), across)
    return np.where(wide, 100.0 * inward / width, np.nan)


def _tilt(line: Array) -> Array:
    """How far the left end is above the right one: leaning to the right."""
    return _degrees(line[:, 1], np.hypot(line[:, 0], line[:, 2]))


def _pelvis_turn(body: Skeleton) -> Array:
    line = body.line("hip")
    return _degrees(-line[:, 2], line[:, 0])


def _about_trunk(body: Skeleton, line: Array) -> Array:
    """Turn of a line to the left against the hips, about the trunk's axis."""
    hips = body.line("hip")
    flat = hips - dot(hips, body.along)[:, None] * body.along
    ahead = np.cross(flat, body.along)
    return _degrees(-dot(line, ahead), dot(line, flat))


def _trunk_turn(body: Skeleton) -> Array:
    return _about_trunk(body, body.line("shoulder"))


def _body_line(body: Skeleton) -> Array:
    hip = body.middle("hip")
    return angle(body.middle("shoulder") - hip, body.middle("ankle") - hip)


def _hip_sag(body: Skeleton) -> Array:
    shoulder, hip, ankle = (body.middle(part) for part in ("shoulder", "hip", "ankle"))
    length = np.linalg.norm(shoulder - ankle, axis=1)
    along = unit(ankle - shoulder)
    off = (hip - shoulder) - dot(hip - shoulder, along)[:, None] * along
    return np.asarray(-100.0 * off[:, 1] / length)


def _ears(body: Skeleton) -> Array:
    return body.middle("ear") - body.middle("shoulder")


def _head_turn(body: Skeleton) -> Array:
    shoulders, ears = body.line("shoulder"), body.line("ear")
    flat = unit(shoulders - dot(shoulders, body.along)[:, None] * body.along)
    return _degrees(-dot(ears, np.cross(flat, body.along)), dot(ears, flat))


def _head_side_lean(body: Skeleton) -> Array:
    ears = unit(body.line("ear"))
    return np.asarray(np.degrees(np.arcsin(np.clip(dot(ears, body.along), -1.0, 1.0))))


def _head_nod(body: Skeleton) -> Array:
    face = body.point("nose") - body.middle("ear")
    face = face - dot(face, unit(body.line("ear")))[:, None] * unit(body.line("ear"))
    return _degrees(-dot(face, body.along), dot(face, body.ahead))


def _head_forward(body: Skeleton) -> Array:
    return 100.0 * dot(_ears(body), body.ahead) / body.shoulders


def _shoulder_hike(body: Skeleton) -> Array:
    return -100.0 * dot(_ears(body), body.along) / body.shoulders


def _sided(
    name: str, one: Callable[[Skeleton, str], Array], *parts: str, difference: str = ""
) -> tuple[Signal, ...]:
    pair = (f"{name}_left", f"{name}_right")
    found = [Signal(name, "deg", _both(one, *parts), pair=pair)]
    found += [Signal(f"{name}_{side}", "deg", _side(one, side), pair=pair) for side in _SIDES]
    if difference:
        found.append(Signal(difference, "deg", _apart(one), pair=pair))
    return tuple(found)


_ALL = (
    Signal("trunk_lean", "deg", _trunk_lean),
    Signal("trunk_side_lean", "deg", _trunk_side_lean, positive="right"),
    *_sided("hip_flexion", _hip_flexion, "hip", "knee", difference="hip_flexion_difference"),
    *_sided("knee_flexion", _knee_flexion, "hip", "knee", "ankle", difference="knee_difference"),
    *_sided("shoulder_elevation", _shoulder, "shoulder", "elbow", difference="shoulder_difference"),
    *_sided("elbow_flexion", _elbow, "shoulder", "elbow", "wrist"),
    Signal("ankle_flexion", "deg", _both(_ankle, "knee", "ankle", "heel", "foot_index")),
    Signal("heel_lift", "%", _both(_heel_lift, "heel", "foot_index")),
    Signal("hip_height", "%", _hip_height),
    Signal("hip_abduction", "deg", _hip_abduction),
    Signal("thigh_turn", "deg", _thigh_turn, positive="left"),
    Signal("knee_inward", "%", _knee_inward),
    Signal("pelvis_list", "deg", lambda body: _tilt(body.line("hip")), positive="right"),
    Signal("pelvis_turn", "deg", _pelvis_turn, positive="left", circular=True, from_start=True),
    Signal("trunk_turn", "deg", _trunk_turn, positive="left"),
    Signal("body_line", "deg", _body_line),
    Signal("hip_sag", "%", _hip_sag),
    Signal("lumbar_flexion", "deg"),
    Signal("back_rounding", "deg"),
    Signal("head_turn", "deg", _head_turn, positive="left"),
    Signal("head_side_lean", "deg", _head_side_lean, positive="right"),
    Signal("head_nod", "deg", _head_nod),
    Signal("head_forward", "%", _head_forward),
    Signal("shoulder_hike", "%", _shoulder_hike, from_start=True),
    Signal("tempo_out_s", "s"),
    Signal("tempo_back_s", "s"),
    Signal("hold_s", "s"),
    Signal("sway", "%"),
)

SIGNALS: Mapping[str, Signal] = MappingProxyType({one.name: one for one in _ALL})
"""Every signal by its name."""

OF_REPETITION = ("tempo_out_s", "tempo_back_s", "hold_s", "sway")
"""Signals of a whole repetition."""

OF_SPINE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"lumbar_flexion": ("lumbar_flexion",), "back_rounding": ("lumbar_flexion", "thoracic_flexion")}
)
"""Signals of the spine's shape: which angles of a `Recording` they are the sum of."""


def checked_signal(name: str) -> Signal:
    """The signal of this name.

    Raises:
        InputError: there is none, with the nearest one.
    """
    if name not in SIGNALS:
        raise InputError(
            f"there is no signal {name[:40]!r}", where="signal", todo=did_you_mean(name, SIGNALS)
        )
    return SIGNALS[name]


def of_pair(name: str) -> str:
    """The same signal of the other side; the name itself where it has no sides.

    >>> of_pair("knee_flexion_left")
    'knee_flexion_right'
    """
    for side, other in (("_left", "_right"), ("_right", "_left")):
        if name.endswith(side):
            return name.removesuffix(side) + other
    return name


def signals_of(
    track: PoseTrack, recording: Recording | None = None, *, roll_deg: float = 0.0
) -> dict[str, Array]:
    """Every signal of single moments: name → (n,), NaN where it is not seen.

    Args:
        track: the poses of a clip.
        recording: of the same clip, for the signals of the spine.
        roll_deg: of the camera (`mitate.back.skeleton.from_pose`).
    """
    body = from_pose(track.points, track.world, track.visibility, roll_deg=roll_deg)
    found = {name: one.of(body) for name, one in SIGNALS.items() if one.of is not None}
    for name, angles in OF_SPINE.items():
        found[name] = np.full(len(track), np.nan)
        if recording is not None:
            total = np.sum([recording.angles[part] for part in angles], axis=0)
            found[name] = np.interp(track.times_s, recording.times_s, total)
    return found
