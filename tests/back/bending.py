"""A made-up person who bends: a recording as the lift would give it, and the points that a camera saw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.back.movement import Phase
from mitate.body.clip import PoseReport, PoseTrack
from mitate.body.points import INDEX, POINTS
from mitate.body.recording import ANGLES, CURVE_T12, JOINTS, Recording

__all__ = ["bent_curve", "project", "recorded", "repetitions", "seen_by", "write_clip"]

Array = NDArray[np.float64]
POINTS_OF_CURVE = 17
LENGTH_CM = 48.0  # S1 to C7


def repetitions(count: int = 3, *, seconds: float = 2.0, rest: float = 0.5) -> tuple[Phase, ...]:
    """So many repetitions, each with a rest before it."""
    starts = [rest + number * (seconds + rest) for number in range(count)]
    return tuple(Phase(start, start + seconds / 2, start + seconds) for start in starts)


def _depth(times: Array, phases: tuple[Phase, ...]) -> Array:
    """0 standing to 1 at each peak, smoothly."""
    depth = np.zeros_like(times)
    for phase in phases:
        inside = (times - phase.start_s) / (phase.end_s - phase.start_s)
        depth += np.where((inside > 0) & (inside < 1), np.sin(np.pi * inside.clip(0, 1)) ** 2, 0.0)
    return depth


def bent_curve(pelvis: float, lumbar: float, thoracic: float) -> Array:
    """(17, 2) cm, forward and up, C7 first: a spine with a lordosis and a kyphosis, bent by these degrees."""
    place = np.arange(POINTS_OF_CURVE - 1) / (POINTS_OF_CURVE - 1)  # of each piece, from S1 up
    edge = 1 - CURVE_T12 / (POINTS_OF_CURVE - 1)
    low, high = np.clip(place / edge, 0, 1), np.clip((place - edge) / (1 - edge), 0, 1)
    rest = 14 * np.cos(np.pi * low) - 14 + 36 * high + 6
    angle = np.radians(pelvis + rest + lumbar * low + thoracic * high)
    steps = LENGTH_CM / (POINTS_OF_CURVE - 1) * np.column_stack([np.sin(angle), np.cos(angle)])
    return np.flip(np.vstack([np.zeros(2), np.cumsum(steps, axis=0)]), axis=0).copy()


def recorded(
    times: Array,
    phases: tuple[Phase, ...],
    *,
    yaw: float = 90.0,
    pitch: float = 5.0,
    curve_hidden: str = "",
) -> Recording:
    """A forward bend of 52 degrees in the low back and 58 in the pelvis, as one camera shows it."""
    depth = _depth(times, phases)
    pelvis, lumbar, thoracic = 58 * depth, 52 * depth, 12 * depth
    n = len(times)
    angles = {name: np.zeros(n) for name in ANGLES}
    angles |= {
        "trunk_inclination": pelvis + lumbar,
        "pelvis_tilt": pelvis,
        "lumbar_flexion": lumbar,
        "thoracic_flexion": thoracic,
        "hip_flexion_right": pelvis + 5,
        "hip_flexion_left": pelvis + 5,
        "arm_elevation_right": 0.5 * (pelvis + lumbar),
        "arm_elevation_left": 0.5 * (pelvis + lumbar),
    }
    curves = np.stack([bent_curve(*row) for row in zip(pelvis, lumbar, thoracic, strict=True)])
    joints = np.stack([_joints(c, p, p + lb) for c, p, lb in zip(curves, pelvis, lumbar, strict=True)])
    steady = np.ones(n)
    return Recording(
        times_s=times,
        angles=angles,
        angle_errors=dict.fromkeys(ANGLES, 3.5 * steady),
        joints=joints,
        curve=np.full_like(curves, np.nan) if curve_hidden else curves,
        curve_error=0.7 * steady,
        curve_hidden=curve_hidden,
        yaw=yaw * steady,
        pitch=pitch * steady,
        roll=0 * steady,
        view_errors=4 * steady,
        height_m=1.65,
        height_known=False,
    )


def _joints(curve: Array, pelvis: float, trunk: float) -> Array:
    """(24, 3) metres; x left, y up, z forward."""
    turn, at = np.radians(pelvis), dict[str, tuple[float, float, float]]()
    hips = np.array([0.88, 0.0])  # up, forward
    s1 = hips + np.array([[0.08, 0.1], [-0.1, 0.08]]) @ [np.cos(turn), np.sin(turn)]
    spine = s1 + curve[:, ::-1] / 100
    lean = np.radians(trunk)
    forward = np.array([-np.sin(lean), np.cos(lean)])
    shoulder = spine[0] + 0.07 * forward - 0.07 * np.array([np.cos(lean), np.sin(lean)])
    head = spine[0] + 0.10 * forward + 0.14 * np.array([np.cos(lean), np.sin(lean)])
    nose = head + 0.1 * forward
    at["nose"] = (0.0, *nose)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        arm = [shoulder + drop * np.array([-1, 0.02]) for drop in (0.0, 0.28, 0.52, 0.6)]
        places = {"ear": (0.07, head), "shoulder": (0.17, arm[0]), "elbow": (0.2, arm[1])}
        places |= {"wrist": (0.2, arm[2]), "index": (0.2, arm[3]), "hip": (0.09, hips)}
        places |= {name: (0.1, np.array(place)) for name, place in
                   {"knee": (0.47, 0.02), "ankle": (0.08, 0.0), "heel": (0.03, -0.05),
                    "foot_index": (0.02, 0.15)}.items()}  # fmt: skip
        for name, (aside, (up, ahead)) in places.items():
            at[f"{side}_{name}"] = (sign * aside, float(up), float(ahead))
    for name, index in (("s1", -1), ("t12", CURVE_T12), ("c7", 0)):
        at[name] = (0.0, *spine[index])
    return np.array([at[name] for name in JOINTS], dtype=np.float64)


def seen_by(
    recording: Recording, path: Path, *, width: int = 360, height: int = 640, distance_m: float = 3.5
) -> PoseTrack:
    """The points that a camera at the recording's yaw and pitch sees, in perspective."""
    n = len(recording)
    points = np.full((n, len(POINTS), 2), np.nan, np.float32)
    for row in range(n):
        places = project(recording, row, recording.joints[row], width, height, distance_m)
        for name, place in zip(JOINTS, places, strict=True):
            if name in INDEX:
                points[row, INDEX[name]] = place
    known = np.isfinite(points).all(axis=2)
    return PoseTrack(
        path=path,
        width=width,
        height=height,
        times_s=recording.times_s,
        points=points,
        visibility=np.where(known, 0.95, 0.0).astype(np.float32),
        world=np.zeros((n, len(POINTS), 3), np.float32),
        score=np.ones(n, np.float32),
        regions=(None,) * n,
        report=PoseReport(float(recording.times_s[-1]), n, n, 0, {}, 0, 0.0, 0.0,
                          float(np.median(np.diff(recording.times_s)))),
    )  # fmt: skip


def project(
    recording: Recording, row: int, space: Array, width: int, height: int, distance_m: float = 3.5
) -> Array:
    """Pixels (k, 2) of points (k, 3) of one moment, for a camera that looks at the middle of the body."""
    yaw, pitch = np.radians([recording.yaw[row], recording.pitch[row]])
    x, y, z = (space - [0.0, 0.85, 0.0]).T
    right, towards = x * np.cos(yaw) + z * np.sin(yaw), z * np.cos(yaw) - x * np.sin(yaw)
    up, near = y * np.cos(pitch) - towards * np.sin(pitch), y * np.sin(pitch) + towards * np.cos(pitch)
    scale = 0.42 * min(height, 1.4 * width) * distance_m / (distance_m - near)
    return np.column_stack([width / 2 + scale * right, height / 2 - scale * up])


def write_clip(path: Path, track: PoseTrack, *, grey: int = 150) -> None:
    """A clip of the track's size and times that shows an even grey wall."""
    rate = (len(track) - 1) / float(np.ptp(track.times_s))

    def pictures() -> list[NDArray[np.uint8]]:
        return [np.full((track.height, track.width, 3), grey, np.uint8) for _ in range(len(track))]

    video.write(path, pictures(), frame_rate=rate, times_s=[float(t) for t in track.times_s])
