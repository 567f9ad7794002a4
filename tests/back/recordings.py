"""Recordings made of smooth curves of angles, with known truth, noise and gaps: nothing a camera saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mitate.body.recording import ANGLES, JOINTS, Recording
from mitate.simulate.movement_truth import arm_elevation
from mitate.simulate.movements import Motion

Array = NDArray[np.float64]

STANDING: Mapping[str, tuple[float, float, float]] = {
    "nose": (0.0, 1.58, 0.1),
    **{f"{s}_ear": (x * 0.07, 1.58, 0.0) for s, x in (("left", 1), ("right", -1))},
    **{f"{s}_shoulder": (x * 0.18, 1.4, 0.0) for s, x in (("left", 1), ("right", -1))},
    **{f"{s}_elbow": (x * 0.22, 1.1, 0.0) for s, x in (("left", 1), ("right", -1))},
    **{f"{s}_wrist": (x * 0.23, 0.86, 0.02) for s, x in (("left", 1), ("right", -1))},
    **{f"{s}_index": (x * 0.23, 0.68, 0.03) for s, x in (("left", 1), ("right", -1))},
    **{f"{s}_hip": (x * 0.09, 0.9, 0.0) for s, x in (("left", 1), ("right", -1))},
    **{f"{s}_knee": (x * 0.09, 0.48, 0.0) for s, x in (("left", 1), ("right", -1))},
    **{f"{s}_ankle": (x * 0.09, 0.08, 0.0) for s, x in (("left", 1), ("right", -1))},
    **{f"{s}_heel": (x * 0.09, 0.02, -0.05) for s, x in (("left", 1), ("right", -1))},
    **{f"{s}_foot_index": (x * 0.09, 0.02, 0.15) for s, x in (("left", 1), ("right", -1))},
    "s1": (0.0, 0.98, -0.1),
    "t12": (0.0, 1.17, -0.1),
    "c7": (0.0, 1.48, -0.08),
}
"""Metres, as the joints of a recording."""


@dataclass(frozen=True)
class Bout:
    """One repetition of a curve: seconds there, held and back, and how far it goes (its sign is its side)."""

    start: float
    size: float = 1.0
    there: float = 1.6
    hold: float = 0.6
    back: float = 1.6

    @property
    def peak(self) -> float:
        return self.start + self.there + self.hold / 2

    @property
    def end(self) -> float:
        return self.start + self.there + self.hold + self.back


def times_of(length_s: float, rate: float = 30.0) -> Array:
    return np.arange(round(length_s * rate)) / rate


def minimum_jerk(share: Array) -> Array:
    x = np.clip(share, 0.0, 1.0)
    return np.asarray(x**3 * (10 - 15 * x + 6 * x**2))


def curve(times: Array, bouts: Iterable[Bout]) -> Array:
    """The sum of bouts, each from rest to rest."""
    total = np.zeros(len(times))
    for bout in bouts:
        there = minimum_jerk((times - bout.start) / bout.there)
        back = minimum_jerk((times - bout.start - bout.there - bout.hold) / bout.back)
        total += bout.size * (there - back)
    return total


def bouts_of(count: int = 3, *, sizes: Iterable[float] | None = None, rest: float = 0.8) -> tuple[Bout, ...]:
    sizes = tuple(sizes) if sizes is not None else (1.0,) * count
    each = Bout(0.0)
    step = each.end + rest
    return tuple(Bout(1.0 + k * step, size) for k, size in enumerate(sizes))


def make(
    times: Array,
    angles: Mapping[str, Array],
    *,
    noise: float = 0.0,
    error: float | Mapping[str, float] = 3.0,
    seed: int = 0,
    joints: Mapping[str, Array] | None = None,
    yaw: float = 80.0,
    height_known: bool = True,
    curve_hidden: str = "",
) -> Recording:
    """A recording of these angles (the others zero) and joints (the others standing), seen from `yaw`."""
    rng = np.random.default_rng(seed)
    n = len(times)
    whole = {name: np.array(angles.get(name, np.zeros(n)), dtype=np.float64) for name in ANGLES}
    noisy = {name: value + rng.normal(0.0, noise, n) if noise else value for name, value in whole.items()}
    each = (
        dict.fromkeys(ANGLES, error)
        if isinstance(error, int | float)
        else {**dict.fromkeys(ANGLES, 3.0), **error}
    )
    places = np.array([STANDING[name] for name in JOINTS])[None].repeat(n, axis=0)
    for name, place in (joints or {}).items():
        places[:, JOINTS.index(name)] = place
    return Recording(
        times_s=times,
        angles=noisy,
        angle_errors={name: np.full(n, each[name]) for name in ANGLES},
        joints=places,
        curve=np.full((n, 17, 2), np.nan),
        curve_error=np.full(n, np.nan),
        curve_hidden=curve_hidden,
        yaw=np.full(n, yaw),
        pitch=np.zeros(n),
        roll=np.zeros(n),
        view_errors=np.full(n, 5.0),
        height_m=1.7,
        height_known=height_known,
    )


def forward_bend(
    times: Array,
    bouts: Iterable[Bout],
    *,
    pelvis: float = 59.0,
    lumbar: float = 52.0,
    knees: float = 5.0,
    lead: float = 0.0,
) -> dict[str, Array]:
    """Angles of a forward bend; `lead` lets the low back run ahead of the pelvis, there and back."""
    gone = curve(times, bouts)
    ahead = gone + lead * gone * (1 - gone)
    return {
        "pelvis_tilt": pelvis * gone,
        "lumbar_flexion": lumbar * ahead,
        "trunk_inclination": pelvis * gone + lumbar * ahead,
        "thoracic_flexion": 8 * gone,
        **{f"hip_flexion_{s}": (pelvis + 8) * gone for s in ("right", "left")},
        **{f"knee_flexion_{s}": knees * gone for s in ("right", "left")},
    }


def waiters_bow(
    times: Array, bouts: Iterable[Bout], *, hips: float = 60.0, lumbar: float = 4.0
) -> dict[str, Array]:
    return forward_bend(times, bouts, pelvis=hips - 8, lumbar=lumbar, knees=3.0)


def backward_bend(
    times: Array, bouts: Iterable[Bout], *, pelvis: float = 12.0, lumbar: float = 25.0, arms: float = 172.0
) -> dict[str, Array]:
    gone = curve(times, bouts)
    return {
        "pelvis_tilt": -pelvis * gone,
        "lumbar_flexion": -lumbar * gone,
        "trunk_inclination": -(pelvis + lumbar) * gone,
        "thoracic_flexion": -8 * gone,
        **{f"hip_flexion_{s}": -(pelvis + 6) * gone for s in ("right", "left")},
        **{f"arm_elevation_{s}": np.full(len(times), arms) for s in ("right", "left")},
    }


def rotation(
    times: Array, bouts: Iterable[Bout], *, pelvis: float = 55.0, ratio: float = 0.42
) -> dict[str, Array]:
    gone = curve(times, bouts)
    return {"pelvis_rotation": pelvis * gone, "trunk_rotation": pelvis * (1 + ratio) * gone}


def side_bend(
    times: Array, bouts: Iterable[Bout], *, pelvis: float = 5.0, lumbar: float = 25.0
) -> dict[str, Array]:
    gone = curve(times, bouts)
    return {"pelvis_list": pelvis * gone, "trunk_list": (pelvis + lumbar) * gone}


def one_leg_stance(
    times: Array, bouts: Iterable[Bout], *, lift: float = 55.0, drop: float = 4.0
) -> dict[str, Array]:
    """Positive bouts stand on the right leg."""
    gone = curve(times, bouts)
    left, right = np.maximum(gone, 0.0), np.maximum(-gone, 0.0)
    return {
        "hip_flexion_left": lift * left,
        "hip_flexion_right": lift * right,
        "knee_flexion_left": (lift + 18) * left,
        "knee_flexion_right": (lift + 18) * right,
        "pelvis_list": -drop * gone,
    }


def squat(
    times: Array, bouts: Iterable[Bout], *, deep: float = 85.0, tilt: float = 25.0, lumbar: float = 10.0
) -> dict[str, Array]:
    gone = curve(times, bouts)
    return {
        "pelvis_tilt": tilt * gone,
        "lumbar_flexion": lumbar * gone,
        "trunk_inclination": (tilt + lumbar) * gone,
        **{f"hip_flexion_{s}": (deep + tilt) * gone for s in ("right", "left")},
        **{f"knee_flexion_{s}": (deep + 25) * gone for s in ("right", "left")},
    }


def swayed_feet(shift_m: Array, side: str = "both") -> dict[str, Array]:
    """Joints of feet on the floor under hips that move by `shift_m` to the person's left."""
    sides = ("left", "right") if side == "both" else (side,)
    out = {}
    for s in sides:
        for part in ("ankle", "heel", "foot_index"):
            x, y, z = STANDING[f"{s}_{part}"]
            out[f"{s}_{part}"] = np.stack(
                [x - shift_m, np.full_like(shift_m, y), np.full_like(shift_m, z)], axis=1
            )
    return out


def mirrored(recording: Recording) -> Recording:
    """The same film through a mirror: left and right change places."""

    def swap(values: Mapping[str, Array]) -> dict[str, Array]:
        out = {}
        for name in ANGLES:
            other = _other(name)
            out[name] = -values[other] if name.endswith(("_list", "_rotation")) else values[other]
        return out

    order = [JOINTS.index(_other(name)) for name in JOINTS]
    errors = {name: recording.angle_errors[_other(name)] for name in ANGLES}
    return replace(
        recording,
        angles=swap(recording.angles),
        angle_errors=errors,
        joints=recording.joints[:, order] * np.array([-1.0, 1.0, 1.0]),
        yaw=-recording.yaw,
    )


def _other(name: str) -> str:
    pairs = {"left": "right", "right": "left"}
    return "_".join(pairs.get(word, word) for word in name.split("_"))


def without(recording: Recording, begin_s: float, end_s: float, names: Iterable[str] = ANGLES) -> Recording:
    """The same recording with nothing known from `begin_s` to `end_s`."""
    hidden = (recording.times_s >= begin_s) & (recording.times_s <= end_s)
    angles = {
        name: np.where(hidden & (name in set(names)), np.nan, v) for name, v in recording.angles.items()
    }
    return replace(recording, angles=angles)


def shifted(recording: Recording, angles: Mapping[str, float], seconds: float = 0.0) -> Recording:
    """The same recording with constants added to angles, and a later clock."""
    moved = {name: values + angles.get(name, 0.0) for name, values in recording.angles.items()}
    return replace(recording, angles=moved, times_s=recording.times_s + seconds)


def cut(recording: Recording, begin_s: float, end_s: float) -> Recording:
    """Only the rows from `begin_s` to `end_s`."""
    keep = (recording.times_s >= begin_s) & (recording.times_s <= end_s)
    return replace(
        recording,
        times_s=recording.times_s[keep],
        angles={name: values[keep] for name, values in recording.angles.items()},
        angle_errors={name: values[keep] for name, values in recording.angle_errors.items()},
        **{name: getattr(recording, name)[keep]
           for name in ("joints", "curve", "curve_error", "yaw", "pitch", "roll", "view_errors")},
    )  # fmt: skip


MAKERS: Mapping[str, Callable[[Array, Iterable[Bout]], dict[str, Array]]] = {
    "forward_bend": forward_bend,
    "backward_bend": backward_bend,
    "rotation": rotation,
    "side_bend": side_bend,
    "waiters_bow": waiters_bow,
    "one_leg_stance": one_leg_stance,
    "squat": squat,
}
"""Angles of every movement."""

SIDED = ("rotation", "side_bend", "one_leg_stance")
SIZES = {name: (1.0, -1.0, 1.0, -1.0) if name in SIDED else (1.0, 1.0, 1.0) for name in MAKERS}
"""Sizes and sides of the repetitions of an ordinary film."""


def ordinary(
    movement: str, *, rate: float = 30.0, noise: float = 0.0, seed: int = 0, error: float = 3.0
) -> tuple[Recording, tuple[Bout, ...]]:
    """An ordinary film of a movement, and its repetitions."""
    bouts = bouts_of(sizes=SIZES[movement])
    times = times_of(bouts[-1].end + 1.2, rate)
    maker = MAKERS[movement]
    return make(times, maker(times, bouts), noise=noise, seed=seed, error=error), bouts


def of_motion(motion: Motion, *, noise: float = 0.0, error: float = 3.0, seed: int = 0) -> Recording:
    """A simulated person's movement as a recording would hold it; its joints stand still."""
    dof = motion.dof
    angles = {name: dof[name] for name in ANGLES if name in dof}
    angles["trunk_inclination"] = dof["pelvis_tilt"] + dof["lumbar_flexion"]
    angles["trunk_list"] = dof["pelvis_list"] + dof["lumbar_bending"]
    turns = ("pelvis_rotation", "lumbar_rotation", "thoracic_rotation")
    angles["trunk_rotation"] = np.sum([dof[name] for name in turns], axis=0)
    for side in ("right", "left"):
        angles[f"hip_flexion_{side}"] = dof["pelvis_tilt"] + dof[f"thigh_inclination_{side}"]
        angles[f"arm_elevation_{side}"] = arm_elevation(dof, side)
    return make(motion.times_s, angles, noise=noise, error=error, seed=seed)
