"""Are the squats of a real clip found? Against the knees in the poses that are stored beside it.

The clip (data folder tfjs_pose_reference) has five frames a second and ends in the depth of its third squat,
which is not whole and must not be counted. The stored poses are BlazePose's, as TensorFlow.js ran it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.blazepose_world import joint_angles
from mitate.back.movement import Phase, find_repetitions
from mitate.body.points import INDEX
from mitate.body.recording import Recording
from mitate.errors import RefusalError
from mitate.figures import Figure

__all__ = ["FILM", "figures", "stored_knees", "stored_squats"]

Array = NDArray[np.float64]

FILM = Path(__file__).parents[2] / "shared/data/tfjs_pose_reference/pose-detection/test_data/pose_squats.mp4"
_RATE = 5.0
_STANDING_DEG, _DEEP_DEG = 30.0, 60.0  # the stored knees stand at 15 to 20 and go to 100


def stored_knees() -> Array:
    """(65,) degrees, the mean of both knees in the stored poses."""
    stored = np.array(json.loads(FILM.with_name("pose_squats_3d.full.json").read_text(encoding="utf-8")))
    places = stored * [1.0, -1.0, -1.0]  # y grew downwards, and z away from the camera
    angles = joint_angles({name: places[:, place] for name, place in INDEX.items()})
    return np.asarray((angles["knee_flexion_right"] + angles["knee_flexion_left"]) / 2)


def stored_squats() -> tuple[Phase, ...]:
    """Every run of bent knees that goes deep, begins after standing and ends in standing."""
    knees = stored_knees()
    bent = np.concatenate([[False], knees > _STANDING_DEG, [False]])
    edges = np.flatnonzero(bent[1:] != bent[:-1]).reshape(-1, 2)
    return tuple(
        Phase(float(first / _RATE), float(first + np.argmax(knees[first:stop])) / _RATE, float(stop / _RATE))
        for first, stop in edges
        if first > 0 and stop < len(knees) and knees[first:stop].max() > _DEEP_DEG
    )


def figures(recording: Recording) -> list[Figure]:
    """Rows: squats miscounted, how far apart the deepest moments and the knees are."""
    known = stored_squats()
    data = f"tfjs_pose_reference, pose_squats.mp4, one person, {len(known)} whole squats, 5 frames a second"
    try:
        found = find_repetitions(recording, "squat")
    except RefusalError as refusal:
        print(f"  {refusal}")
        found = ()
    miscounted = float(abs(len(found) - len(known)))
    rows = [
        Figure(
            "Squat clip: squats counted too many or too few", miscounted, "", None, None, 1, data, 0.0, False
        )
    ]
    if len(found) == len(known):
        apart = max(abs(ours.peak_s - theirs.peak_s) for ours, theirs in zip(found, known, strict=True))
        rows.append(Figure("Squat clip: deepest moments apart, at most", apart, "s", None, None, 1, data))
    ours = (recording.angles["knee_flexion_right"] + recording.angles["knee_flexion_left"]) / 2
    count = min(len(ours), len(stored_knees()))
    error = np.abs(ours[:count] - stored_knees()[:count])
    if np.isfinite(error).any():
        median = float(np.nanmedian(error))
        name = "Squat clip: knees from the stored ones, median absolute difference"
        rows.append(Figure(name, median, "degrees", None, None, 1, data))
    return rows
