"""The folder of a measured film: the result, pictures, and files for OpenSim, pose tools and the reasoner.

OpenSim's files are in its own ground (x forward, y up, z to the right). A recording turns with the pelvis and
does not know where in the room a person stands: the markers turn with the pelvis since the film's start and
stay above the middle of the hips. Of a limb's rotation about itself nothing is said, as a camera does not see
it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mitate.body.clip import PoseTrack
from mitate.body.coco import CocoFrame, write_coco
from mitate.body.opensim import Markers, write_mot, write_trc
from mitate.body.recording import JOINTS, Recording
from mitate.errors import InputError
from mitate.files import new_folder, write_text

if TYPE_CHECKING:
    from mitate.back.assess import Assessment

__all__ = ["FILES", "coordinates", "markers", "refuse_existing", "write_results"]

Array = NDArray[np.float64]

FILES: tuple[str, ...] = (
    "result.json",
    "observations.json",
    "annotated.mp4",
    "angles.png",
    "back.png",
    "measures.png",
    "joints.trc",
    "angles.mot",
    "keypoints.json",
)
"""What `write_results` writes."""


def refuse_existing(folder: Path) -> None:
    """Refuse to write over anything.

    Raises:
        InputError: `folder` is a file, or a folder with something in it.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise InputError(
            "this already exists", where=folder, todo="give the name of a new folder, or move it away"
        )


def write_results(
    result: Assessment,
    folder: Path,
    document: dict[str, Any],
    *,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write every file of `FILES`; the folder appears whole or not at all.

    Args:
        result: of one film, which is read again for the annotated one.
        folder: new or empty.
        document: the result as JSON knows it.
        progress: called with the share of the annotated film that is done, 0 to 1.

    Raises:
        InputError: the folder has something in it, or the film can no longer be read.
        OSError: the folder cannot be written.
    """
    from mitate.back.film import write_film
    from mitate.back.plots import angle_picture, curve_picture, measure_picture

    refuse_existing(folder)
    recording, track, movement, phases = result.recording, result.track, result.movement, result.phases
    with new_folder(folder) as part:
        _write_json(part / "result.json", document)
        _write_json(part / "observations.json", document["observations"])
        angle_picture(part / "angles.png", recording, movement, phases)
        curve_picture(part / "back.png", recording, movement, phases)
        measure_picture(part / "measures.png", result.conditions, movement, trained_on=result.trained_on)
        write_trc(part / "joints.trc", markers(recording))
        write_mot(part / "angles.mot", recording.times_s, coordinates(recording))
        write_coco(part / "keypoints.json", _poses(track))
        write_film(part / "annotated.mp4", track, recording, movement, phases, progress=progress)


def markers(recording: Recording) -> Markers:
    """The joints as OpenSim's markers, metres; a moment that was not seen has none."""
    turn = np.radians(_heading(recording))[:, None]
    left, up, forward = np.moveaxis(recording.joints, 2, 0)
    ahead = forward * np.cos(turn) - left * np.sin(turn)
    to_left = forward * np.sin(turn) + left * np.cos(turn)
    return Markers(JOINTS, recording.times_s, np.stack([ahead, up, -to_left], axis=2), _rate(recording))


def coordinates(recording: Recording) -> dict[str, Array]:
    """The angles by the names and signs of OpenSim's gait models, degrees; NaN where not known."""
    angles = recording.angles
    return {
        "pelvis_tilt": -angles["pelvis_tilt"],
        "pelvis_list": angles["pelvis_list"],
        "pelvis_rotation": _heading(recording),
        "hip_flexion_r": angles["hip_flexion_right"],
        "knee_angle_r": angles["knee_flexion_right"],
        "hip_flexion_l": angles["hip_flexion_left"],
        "knee_angle_l": angles["knee_flexion_left"],
        "lumbar_extension": -angles["lumbar_flexion"],
        "lumbar_bending": angles["trunk_list"] - angles["pelvis_list"],
        "lumbar_rotation": _within(angles["trunk_rotation"] - angles["pelvis_rotation"]),
    }


def _heading(recording: Recording) -> Array:
    """(n,) degrees by which the pelvis is turned to the person's left of where it first faced."""
    turned = recording.angles["pelvis_rotation"]
    known = turned[np.isfinite(turned)]
    return _within(turned - (known[0] if known.size else 0.0))


def _within(angle: Array) -> Array:
    """Degrees between −180 and 180."""
    return np.asarray((angle + 180.0) % 360.0 - 180.0, dtype=np.float64)


def _rate(recording: Recording) -> float:
    return 1 / float(np.median(np.diff(recording.times_s))) if len(recording) > 1 else 1.0


def _poses(track: PoseTrack) -> list[CocoFrame]:
    """One frame of the film each, named by the film and its time as a media fragment."""
    return [
        CocoFrame(
            f"{track.path.name}#t={time:.3f}",
            track.width,
            track.height,
            track.points[row],
            float(track.score[row]),
        )
        for row, time in enumerate(track.times_s)
    ]


def _write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")
