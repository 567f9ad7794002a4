"""The house's joint angles against OpenSim's own, on marker data published with OpenSim's results.

Three comparisons, from strict to practical, each of `mitate.body.gait_model.body_coordinates` with the
inverse kinematics that OpenSim published (data folder opensim_reference):

- *definitions*: on the positions of the model's own markers that OpenSim wrote beside the angles. A segment
  is turned by its three markers (Kabsch). Where these stand on the segment is in the scaled model, which is
  not with the data, so one constant rotation a segment is fitted on every other frame, and the angles are
  compared on the frames between. Nothing but the definitions can then differ: a wrong order or sign stays.
- *anatomy*: on the same markers with nothing fitted to OpenSim: the pelvis from ASISs and sacrum; hips, knees
  and ankles at the centres about which the markers move (Ehrig RM et al., J Biomech 2006;39:2798-2809); the
  knee's axis as the one that is fixed in thigh and shank. What differs is where a joint's zero lies.
- *recorded*: as the first, on the markers as they were recorded. Skin moves, so that a segment's markers turn
  otherwise than OpenSim's chain of segments, which weighs all markers of the body at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.body.frames import (
    Array,
    fit_rotation,
    limb,
    mean_rotation,
    pelvis_from_spines,
    relative,
)
from mitate.body.gait_model import KneeSign, body_coordinates, hip_rotation_of, lumbar_rotation_of
from mitate.body.kinematics import Side, rotation_zxy
from mitate.body.opensim import Markers, Motion, read_mot, read_trc

__all__ = ["DATA", "Difference", "Trial", "anatomy", "definitions", "model_markers", "recorded_trials"]

DATA = Path(__file__).parents[2] / "shared" / "data" / "opensim_reference"
_KNEE: KneeSign = "flexion negative"
_SIDES: tuple[Side, ...] = ("right", "left")
_CLUSTERS = {
    "pelvis": ("R.ASIS", "L.ASIS", "V.Sacral"),
    "thorax": ("Sternum", "R.Acromium", "L.Acromium"),
    **{
        f"{segment} {side}": tuple(f"{side[0].upper()}.{name}" for name in names)
        for side in _SIDES
        for segment, names in {
            "thigh": ("Thigh.Upper", "Thigh.Front", "Thigh.Rear"),
            "shank": ("Shank.Upper", "Shank.Front", "Shank.Rear"),
            "foot": ("Heel", "Midfoot.Sup", "Toe.Tip"),
        }.items()
    },
}


@dataclass(frozen=True, slots=True)
class Trial:
    """Markers of one recording, on the times of OpenSim's angles for it."""

    name: str
    markers: Markers
    angles: Motion

    def cluster(self, segment: str) -> Array:
        """The markers (n, 3, 3) of a segment: frames, markers, coordinates."""
        places = [int(np.argmin(np.abs(self.markers.time - second))) for second in self.angles.time]
        return np.stack([self.markers.of(name)[places] for name in _CLUSTERS[segment]], axis=1)


@dataclass(frozen=True, slots=True)
class Difference:
    """One coordinate, ours minus OpenSim's, degrees: root mean square, mean, and what is left without it."""

    rms: float
    mean: float
    rest: float
    frames: int


def model_markers() -> Trial:
    """The running of Hamner's subject 02, with the model's markers as OpenSim placed them."""
    folder = DATA / "Pipelines" / "Hamner" / "outputReference" / "ResultsIK"
    table = read_mot(folder / "ik_model_marker_locations.sto")
    names = tuple(name.removesuffix("_tx") for name in table.columns if name.endswith("_tx"))
    positions = table.values.reshape(len(table.time), len(names), 3)
    angles = read_mot(folder / "subject02_running_ik.mot")
    return Trial("Hamner subject02 running", Markers(names, table.time, positions, 60.0), angles)


def recorded_trials() -> list[Trial]:
    """Every recording of which OpenSim's angles are published."""
    root = DATA / "Pipelines"
    hamner, gait, plane = root / "Hamner", root / "Gait2354_Simbody", root / "Gait10dof18musc"
    return [
        Trial(name, read_trc(markers), read_mot(angles))
        for name, markers, angles in (
            (
                "Hamner running",
                hamner / "subject02_running.trc",
                hamner / "outputReference/ResultsIK/subject02_running_ik.mot",
            ),
            (
                "Gait2354 walking",
                gait / "subject01_walk1.trc",
                gait / "OutputReference/subject01_walk1_ik.mot",
            ),
            (
                "Gait10dof18musc walking",
                plane / "ExperimentalData/subject01_walk.trc",
                plane / "OutputReference/IK/subject01_walk_IK.mot",
            ),
        )
    ]


def definitions(trial: Trial) -> dict[str, Difference]:
    """Segments by their markers, each with one rotation fitted on every other frame; the rest is compared."""
    frames, fitted = {}, np.arange(len(trial.angles.time)) % 2 == 0
    for segment, truth in _segments(trial.angles).items():
        markers = trial.cluster(segment)
        turned = fit_rotation(markers[0], markers)
        frames[segment] = turned @ mean_rotation(relative(turned, truth)[fitted])
    found = body_coordinates(
        frames["pelvis"],
        thorax=frames["thorax"],
        thighs={side: frames[f"thigh {side}"] for side in _SIDES},
        shanks={side: frames[f"shank {side}"] for side in _SIDES},
        knee=_KNEE,
    )
    return _compare(found, trial.angles, ~fitted)


def anatomy(trial: Trial) -> dict[str, Difference]:
    """Frames from anatomical points and functional joint centres; nothing is taken from OpenSim's angles."""
    right, left, sacrum = np.moveaxis(trial.cluster("pelvis"), 1, 0)
    pelvis = pelvis_from_spines(right, left, sacrum)
    thighs, shanks = {}, {}
    for side in _SIDES:
        pelvic, thigh, shank, foot = (
            trial.cluster(name) for name in ("pelvis", f"thigh {side}", f"shank {side}", f"foot {side}")
        )
        hip, ankle = _centre(pelvic, thigh), _centre(shank, foot)
        axis = _hinge(thigh, shank)
        axis = axis * np.sign((axis * pelvis[..., 2]).sum(axis=-1).mean())
        # A hinge has no one centre: take its point nearest to the line from hip to ankle.
        knee = _nearest_on(_centre(thigh, shank, least=0.02), axis, hip, ankle)
        thighs[side], shanks[side] = limb(hip, knee, axis), limb(knee, ankle, axis)
    found = body_coordinates(pelvis, thighs=thighs, shanks=shanks, knee=_KNEE)
    return _compare(found, trial.angles, np.ones(len(pelvis), dtype=bool))


def _segments(angles: Motion) -> dict[str, Array]:
    """The frames that OpenSim's angles describe; coordinates that a model has not are zero in it."""

    def of(name: str) -> Array:
        return angles.of(name) if name in angles.columns else np.zeros(len(angles.time))

    def three(joint: str, names: tuple[str, str, str], end: str = "") -> tuple[Array, Array, Array]:
        first, second, third = (of(f"{joint}_{name}{end}") for name in names)
        return first, second, third

    pelvis = rotation_zxy(*three("pelvis", ("tilt", "list", "rotation")))
    lumbar = lumbar_rotation_of(*three("lumbar", ("extension", "bending", "rotation")))
    found = {"pelvis": pelvis, "thorax": pelvis @ lumbar}
    for side in _SIDES:
        end = f"_{side[0]}"
        hip = hip_rotation_of(*three("hip", ("flexion", "adduction", "rotation"), end), side)
        found[f"thigh {side}"] = pelvis @ hip
        found[f"shank {side}"] = pelvis @ hip @ rotation_zxy(of(f"knee_angle{end}"), 0, 0)
    return found


def _compare(found: dict[str, Array], angles: Motion, frames: NDArray[np.bool_]) -> dict[str, Difference]:
    differences = {}
    for name, ours in found.items():
        if name in angles.columns:
            error = (ours - angles.of(name))[frames]
            rms, mean = float(np.sqrt(np.mean(error**2))), float(error.mean())
            differences[name] = Difference(rms, mean, float(error.std()), len(error))
    return differences


def _centre(one: Array, other: Array, least: float | None = None) -> Array:
    """The point (n, 3) that best keeps its place in both clusters (SCoRE).

    Args:
        least: below this share of the largest singular value a direction is left free, as along a hinge.
    """
    a, b = fit_rotation(one[0], one), fit_rotation(other[0], other)
    system = np.concatenate([a, -b], axis=-1).reshape(-1, 6)
    places = np.linalg.lstsq(system, (other - one).mean(axis=1).reshape(-1), rcond=least)[0]
    return np.asarray((one.mean(axis=1) + a @ places[:3] + other.mean(axis=1) + b @ places[3:]) / 2)


def _hinge(one: Array, other: Array) -> Array:
    """The direction (n, 3) that keeps still in both clusters best."""
    a, b = fit_rotation(one[0], one), fit_rotation(other[0], other)
    _, _, rows = np.linalg.svd(np.concatenate([a, -b], axis=-1).reshape(-1, 6), full_matrices=False)
    return np.asarray(a @ (rows[-1, :3] / np.linalg.norm(rows[-1, :3])))


def _nearest_on(point: Array, axis: Array, low: Array, high: Array) -> Array:
    """The place on the line through `point` along `axis` that is nearest to the line from `low` to `high`."""
    along = (high - low) / np.linalg.norm(high - low, axis=-1, keepdims=True)

    def aside(vectors: Array) -> Array:
        return np.asarray(vectors - (vectors * along).sum(axis=-1, keepdims=True) * along)

    across, away = aside(axis), aside(point - low)
    steps = (across * away).sum(axis=-1) / (across * across).sum(axis=-1)
    return np.asarray(point - axis * steps.mean())
