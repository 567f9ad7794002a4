"""Measures that every movement gives: ranges, speed, times, spread of repetitions; and errors of lengths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitate.back.measurement import Findings
from mitate.back.readings import Reading, Repetitions, Row, both_sides, median

__all__ = [
    "REPEATED",
    "UNSEEN_ARMS",
    "UNSEEN_BACK",
    "hips",
    "knees",
    "length_error_cm",
    "measure_course",
    "measure_ranges",
]

Array = NDArray[np.float64]

UNSEEN_BACK = "film from the side or half from behind, in clothes that show the back, hair and arms off it"
UNSEEN_ARMS = ("the arms were not seen", "film so that at least one arm stays in the picture and in front")

REPEATED = ("forward_bend", "backward_bend", "side_bend")
"""Movements whose ranges the published repeatability is of."""

_JOINT_CM, _DEPTH_CM = 2.0, 6.0  # across the picture and towards the camera; ours, no source
_TYPICAL_HEIGHT = 0.055  # one standard deviation of adults' heights, both sexes together, over their mean
_PARTS = {
    "trunk": "trunk_inclination",
    "lumbar": "lumbar_flexion",
    "pelvis": "pelvis_tilt",
    "hip_right": "hip_flexion_right",
    "hip_left": "hip_flexion_left",
    "knee_right": "knee_flexion_right",
    "knee_left": "knee_flexion_left",
}
_SPINE = ("trunk", "lumbar", "pelvis")
_LEGS_DIFFER = ("one_leg_stance",)
_FEWEST = 3  # repetitions from which a spread is told


def hips(repetitions: Repetitions) -> Reading:
    """Flexion of both hips, the one seen better counting for more."""
    return both_sides(repetitions.angles["hip_flexion_right"], repetitions.angles["hip_flexion_left"])


def knees(repetitions: Repetitions) -> Reading:
    """Flexion of both knees, the one seen better counting for more."""
    return both_sides(repetitions.angles["knee_flexion_right"], repetitions.angles["knee_flexion_left"])


def measure_ranges(repetitions: Repetitions, findings: Findings) -> None:
    """``range_trunk_deg`` and so on: how far each part moved within a repetition, sagittal plane.

    Noise widens a range: of a part that keeps still it comes out about as large as its error. In one-leg
    stance the legs do different things in turn, and have measures of their own.
    """
    for part, name in _PARTS.items():
        if part not in _SPINE and repetitions.movement in _LEGS_DIFFER:
            continue
        row = repetitions.range(repetitions.angles[name])
        findings.add(
            f"range_{part}_deg",
            row.values,
            row.errors,
            unit="deg",
            source="laird2016" if part in _SPINE else "expert",
            repeatable=part in _SPINE and repetitions.movement in REPEATED,
            unseen=unseen(repetitions, part),
        )


def unseen(repetitions: Repetitions, part: str) -> tuple[str, str]:
    """Why an angle of this part is not there, and what to do."""
    hidden = repetitions.recording.curve_hidden
    if part in ("lumbar", "thoracic") and hidden:
        return f"the curve of the back is not known: {hidden}", UNSEEN_BACK
    where = {"lumbar": "low back", "thoracic": "upper back"}.get(part, " ".join(reversed(part.split("_"))))
    were = "were" if part in ("hips", "knees") else "was"
    return f"the {where} {were} not seen where it counts", "film the whole body, with this part in view"


def measure_course(repetitions: Repetitions, findings: Findings, *, source: str = "back_to_move") -> None:
    """Speed and time of the ways there and back, degrees a second and seconds, and the spread of the peaks.

    Speeds are those of the course of the movement (`mitate.back.movement.course`): ``peak_speed_*`` the
    largest smoothed one, ``mean_speed_*`` over the whole way. A way ends, and begins, at 95 % of the peak;
    ``hold_s`` is what lies between. The course of one-leg stance is no angle, so it has times only.
    ``peak_variation_percent`` is the standard deviation of the peaks over their mean, of three or more
    repetitions (BACK-to-MOVE uses time and depth of each repetition).
    """
    count = len(repetitions)
    names = ("peak_speed_there", "mean_speed_there", "peak_speed_back", "mean_speed_back")
    speeds = {name: np.full(count, np.nan) for name in names}
    times = {name: np.full(count, np.nan) for name in ("duration_there", "duration_back", "hold")}
    size = np.full(count, np.nan)
    speed = np.abs(speed_of(repetitions.times, repetitions.smooth_course))
    for k, phase in enumerate(repetitions.phases):
        ways = dict(zip(("there", "back"), repetitions.ways(k), strict=True))
        gone = repetitions.gone(k)
        size[k] = _top(gone[ways["there"] | ways["back"]])
        for way, rows in ways.items():
            known = rows & np.isfinite(speed)
            if known.sum() < max(3, 0.7 * rows.sum()):
                continue
            lasted = float(repetitions.times[rows][-1] - repetitions.times[rows][0])
            times[f"duration_{way}"][k] = lasted
            speeds[f"peak_speed_{way}"][k] = _top(speed[known], max(1, round(0.2 / repetitions.spacing)))
            speeds[f"mean_speed_{way}"][k] = np.ptp(gone[known]) / max(lasted, repetitions.spacing)
        whole = phase.end_s - phase.start_s
        times["hold"][k] = max(0.0, whole - times["duration_there"][k] - times["duration_back"][k])
    relative = _course_error(repetitions) / np.maximum(size, 1.0)
    for name, each in speeds.items() if repetitions.movement not in _LEGS_DIFFER else ():
        noise = 0.0 if name.startswith("mean") else 5.0
        findings.add(f"{name}_deg_s", each, np.hypot(each * relative, noise), unit="deg/s", source=source)
    for name, each in times.items():
        errors = np.full(count, 0.1 + repetitions.spacing)
        findings.add(f"{name}_s", each, errors, unit="s", source=source)
    _variation(findings, size, source)


def _variation(findings: Findings, size: Array, source: str) -> None:
    known = size[np.isfinite(size)]
    name = "peak_variation_percent"
    if len(known) < _FEWEST:
        reason = f"it takes {_FEWEST} repetitions, and there are {len(known)}"
        findings.miss(name, reason, "film more repetitions in a row")
        return
    value = 100.0 * np.std(known, ddof=1) / np.mean(known)
    error = value / np.sqrt(2.0 * (len(known) - 1))
    findings.add(
        name, np.array([value]), np.array([error]), unit="%", source=source, n=len(known),
    )  # fmt: skip


def speed_of(times_s: Array, values: Array) -> Array:
    """(n,) change a second between the neighbours of each moment; NaN where one is not known."""
    if len(times_s) < 3:
        return np.full(len(times_s), np.nan)
    return np.asarray(np.gradient(values, times_s), dtype=np.float64)


def length_error_cm(repetitions: Repetitions, row: Row, *, sideways: bool) -> Array:
    """(k,) errors of a length in the person's own frame, cm.

    Across the picture a joint is taken to be off by 2 cm, towards the camera by 6 (choices of this project);
    a height that was assumed adds 5.5 % of the length.
    """
    recording, out = repetitions.recording, np.full(len(repetitions), np.nan)
    for k, phase in enumerate(repetitions.phases):
        rows = repetitions.between(phase.peak_s - 0.3, phase.peak_s + 0.3)
        yaw = np.radians(recording.yaw[rows][np.isfinite(recording.yaw[rows])])
        if not len(yaw):
            continue
        across, deep = float(np.median(np.abs(np.cos(yaw)))), float(np.median(np.abs(np.sin(yaw))))
        if not sideways:
            across, deep = deep, across
        scale = 0.0 if recording.height_known else _TYPICAL_HEIGHT * abs(row.values[k])
        out[k] = np.sqrt((_JOINT_CM * across) ** 2 + (_DEPTH_CM * deep) ** 2 + scale**2)
    return np.where(np.isfinite(row.values), out, np.nan)


def height_error_cm(repetitions: Repetitions, values: Array) -> Array:
    """(k,) errors of a height above the floor, cm: 3, and 5.5 % of it where the height was assumed."""
    scale = 0.0 if repetitions.recording.height_known else _TYPICAL_HEIGHT
    return np.hypot(3.0, scale * values)


def _course_error(repetitions: Repetitions) -> Array:
    """(k,) error of the angle that shows the movement."""
    shown = {
        "rotation": "trunk_rotation",
        "side_bend": "trunk_list",
        "one_leg_stance": "knee_flexion_right",
        "squat": "knee_flexion_right",
        "neck_flexion": "neck_flexion",
        "neck_extension": "neck_flexion",
        "neck_rotation": "neck_rotation_course",
        "neck_side_bend": "neck_side_bend",
        "arm_raise": "arm_elevation_right",
    }
    name = shown.get(repetitions.movement, "trunk_inclination")
    error = repetitions.angles[name].error
    return np.array([median(error[repetitions.between(p.start_s, p.end_s)]) for p in repetitions.phases])


def _top(values: Array, count: int = 5) -> float:
    known = np.sort(values[np.isfinite(values)])
    return float(np.median(known[-count:])) if len(known) else float("nan")
