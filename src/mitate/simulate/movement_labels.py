"""What is known of a film of a simulated person who moves, because it is simulated."""

from __future__ import annotations

import io
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.body.points import POINTS
from mitate.body.recording import ANGLES, CURVE_POINTS, JOINTS
from mitate.simulate.movement_film import FilmTruth, MovementScene

__all__ = ["labels_of", "table_of_truth", "truths_of"]


def truths_of(scene: MovementScene, truth: FilmTruth) -> dict[str, float]:
    """What is true of the whole movement, by the names of the measures (`mitate.back.measure`).

    The angles follow from the motion (`mitate.simulate.movement_truth`); the height of the lower index finger
    above the floor in the deepest moment of a forward bend, the median of repetitions, is of the posed body.
    """
    found = scene.motion.truth()
    if scene.motion.movement == "forward_bend":
        tips = truth.joints[:, [JOINTS.index("left_index"), JOINTS.index("right_index")], 1].min(axis=1)
        lowest = []
        for phase in scene.motion.repetitions:
            within = np.flatnonzero((truth.times_s >= phase.start_s) & (truth.times_s <= phase.end_s))
            lowest.append(tips[within[np.argmax(truth.angle("trunk_inclination")[within])]])
        found["fingertips_to_floor_cm"] = 100.0 * float(np.median(lowest))
    return found


def table_of_truth(truth: FilmTruth) -> str:
    """What is true of every picture, as tab-separated text with a head: one row a picture."""
    count = len(truth.times_s)
    parts: list[tuple[list[str], NDArray[np.float64], int]] = [
        (["time_s"], truth.times_s, 4),
        ([f"{name}_deg" for name in ANGLES], truth.angles, 2),
        ([f"curve{k}_{way}_cm" for k in range(CURVE_POINTS) for way in ("forward", "up")], truth.curve, 2),
        ([f"{name}_{axis}_m" for name in JOINTS for axis in "xyz"], truth.joints, 4),
        ([f"{name}_{axis}_px" for name in POINTS for axis in "xy"], truth.pixels, 1),
    ]
    out = io.StringIO()
    out.write("\t".join(name for names, _, _ in parts for name in names) + "\n")
    columns = [(values.reshape(count, -1), digits) for _, values, digits in parts]
    for row in range(count):
        out.write("\t".join(f"{x:.{digits}f}" for values, digits in columns for x in values[row]) + "\n")
    return out.getvalue()


def labels_of(scene: MovementScene, truth: FilmTruth, name: str) -> dict[str, Any]:
    """What is known of one film, as JSON knows it.

    Args:
        name: of the film and of the table beside it, without their endings.
    """
    view, motion = scene.view, scene.motion
    return {
        "what": "a film of a simulated person; no person is shown",
        "simulated": True,
        "model": "Anny",
        "versions": {name: version(name) for name in ("mitate", "anny")},
        "film": f"{name}.mp4",
        "pictures": len(motion),
        "truth_of_each_picture": f"{name}.tsv",
        "person": {
            "age": scene.mover.age,
            "sex": scene.mover.sex,
            "height_m": round(scene.mover.height_m, 3),
            "loose": round(scene.dress.looseness, 3),
        },
        "movement": motion.movement,
        "faults": dict(motion.faults),
        "repetitions": [
            {
                "start_s": round(phase.start_s, 3),
                "peak_s": round(phase.peak_s, 3),
                "end_s": round(phase.end_s, 3),
                "side": phase.side,
            }
            for phase in motion.repetitions
        ],
        "view": {
            "yaw": round(view.yaw, 2),
            "pitch": round(view.pitch, 2),
            "roll": round(view.roll, 2),
            "distance_m": round(view.distance_m, 3),
            "focal_px": round(view.focal_px, 2),
        },
        "truth": {name: round(value, 3) for name, value in truths_of(scene, truth).items()},
    }
