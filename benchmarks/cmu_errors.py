"""How far the lift's angles lie from CMU's, for every virtual camera around a recorded movement.

Angles between joint centres (the line from hips to shoulders, thighs against it, knees) mean the same on both
skeletons. Those of segments do not: CMU's back is three rigid pieces with a rest of its own, and from points
alone nobody sees where between hips and shoulders a back bends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.blazepose_world import joint_angles
from benchmarks.cmu_motion import TRIALS, Movement
from benchmarks.virtual_cameras import Camera, detector_noise, project
from mitate.body.clip import PoseTrack
from mitate.body.recording import Recording
from mitate.figures import Figure

__all__ = ["Errors", "at_times", "errors", "figures", "slope"]

Array = NDArray[np.float64]
Lift = Callable[[PoseTrack], Recording]
BAR_DEG = 5.0
_CENTRES = "between joint centres, "
_JOINTS = tuple(f"{s}_{part}" for s in ("left", "right") for part in ("shoulder", "hip", "knee", "ankle"))


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """Ours minus the truth, degrees, by angle: (views, n), NaN where we do not know."""

    movement: Movement
    views: Sequence[Camera]
    raw: Mapping[str, Array]
    truth: Mapping[str, Array]

    def from_standing(self, name: str) -> Array:
        """As `raw`, each view's median error of the upright moments taken off: the error of a change."""
        error = self.raw[name]
        upright = error[:, self.movement.standing]
        rest = [np.median(one[np.isfinite(one)]) if np.isfinite(one).any() else np.nan for one in upright]
        return np.asarray(error - np.array(rest)[:, None])


def errors(movement: Movement, lift: Lift, views: Sequence[Camera], *, seed: int | None = None) -> Errors:
    """Lift the movement from every view and compare; with a seed, `detector_noise` lies on the points."""
    found: dict[str, list[Array]] = {name: [] for name in movement.truth}
    centres = {f"{_CENTRES}{name}": angle for name, angle in joint_angles(dict(movement.points)).items()}
    found |= {name: [] for name in centres}
    for place, camera in enumerate(views):
        track = project(movement, camera)
        if seed is not None:
            track = detector_noise(track, np.random.default_rng((seed, place)))
        recording = lift(track)
        for name, truth in movement.truth.items():
            ours = at_times(recording, name, movement.times_s)
            found[name].append((ours - truth + 180.0) % 360.0 - 180.0)
        lifted = joint_angles({name: recording.joint(name) for name in _JOINTS})
        for name, truth in centres.items():
            ours = lifted[name.removeprefix(_CENTRES)]
            ours = np.interp(movement.times_s, recording.times_s, ours, left=np.nan, right=np.nan)
            found[name].append((ours - truth + 180.0) % 360.0 - 180.0)
    raw = {name: np.stack(rows) for name, rows in found.items()}
    return Errors(movement, views, raw, {**movement.truth, **centres})


def at_times(recording: Recording, name: str, times_s: Array) -> Array:
    """One angle of a recording at other times (n,); NaN next to where it is not known."""
    return np.interp(times_s, recording.times_s, recording.angles[name], left=np.nan, right=np.nan)


def figures(found: Errors, *, noisy: bool, yaws: bool) -> list[Figure]:
    """Rows: all angles and each of them over all views, and, if asked for, all angles at every yaw."""
    name = found.movement.name
    what = f"CMU {name}{', with detector noise' if noisy else ''}"
    frames = len(found.movement.times_s)
    data = f"cmu_mocap_sample, {name} ({TRIALS[name]}), one person, {frames} moments"
    around = f"{data}, {len(found.views)} virtual cameras all around, pitch -15 to 15°, 2.5 to 4 m"
    title = "median absolute error"
    everything = np.stack([error for name, error in found.raw.items() if name in found.movement.truth])
    centres = np.stack([error for name, error in found.raw.items() if name.startswith(_CENTRES)])
    known = 100 * float(np.isfinite(everything).mean())
    rows = [
        Figure(f"{what}: angles known", known, "%", None, None, 1, around),
        _row(f"{what}: {title}, all angles and views", everything, around, BAR_DEG),
        _row(f"{what}: {title}, trunk, hips and knees between joint centres", centres, around, BAR_DEG),
        _row(
            f"{what}: {title} of the change from the upright moments, all angles and views",
            np.stack([found.from_standing(angle) for angle in found.movement.truth]),
            around,
            BAR_DEG,
        ),
    ]
    for angle, error in found.raw.items():
        rows.append(_row(f"{what}, {angle}: {title}", error, around, BAR_DEG))
        rows.append(
            _row(
                f"{what}, {angle}: {title} of the change from the upright moments",
                found.from_standing(angle),
                around,
                BAR_DEG,
            )
        )
        known_errors = error[np.isfinite(error)]
        if len(known_errors):
            constant = float(np.median(known_errors))
            rows.append(Figure(f"{what}, {angle}: constant", constant, "degrees", None, None, 1, around))
        truth = np.broadcast_to(found.truth[angle], error.shape)
        followed = slope(truth, truth + error)
        if followed is not None:
            label = f"{what}, {angle}: share of the change that is followed"
            rows.append(Figure(label, followed, "", None, None, 1, around))
    for yaw in sorted({camera.yaw for camera in found.views}) if yaws else ():
        at = [place for place, camera in enumerate(found.views) if camera.yaw == yaw]
        label = f"{what}, yaw {yaw:+.0f}°: {title}, all angles"
        rows.append(_row(label, everything[:, at], f"{data}, {len(at)} virtual cameras", BAR_DEG))
    return [row for row in rows if row is not None]


def slope(truth: Array, ours: Array) -> float | None:
    """How much ours changes where the truth changes by 1 (least squares): 0 for who always says the same.

    None where fewer than two moments are known, or the truth does not change.
    """
    known = np.isfinite(truth) & np.isfinite(ours)
    if known.sum() < 2 or np.ptp(truth[known]) == 0:
        return None
    x, y = truth[known] - truth[known].mean(), ours[known] - ours[known].mean()
    return float((x * y).sum() / (x * x).sum())


def _row(name: str, error: Array, data: str, bar: float | None = None) -> Figure | None:
    values = np.abs(error[np.isfinite(error)])
    if not len(values):
        return None
    return Figure(name, float(np.median(values)), "degrees", None, None, 1, data, bar, at_least=False)
