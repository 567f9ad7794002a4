"""The same man from four calibrated cameras, against joints that another system triangulated from all four.

Those joints (OpenPose through Pose2Sim) are no truth: projected back they lie 8 to 21 px from their own 2-D
points. They do know left from right, and where a joint is to within a few centimetres.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.body.points import INDEX
from mitate.body.read import Networks, read_poses

PARTS = ("Hip", "Knee", "Ankle", "Shoulder", "Elbow", "Wrist")
SIDES = {"L": "left", "R": "right"}


def _joints(path: Path) -> tuple[list[str], NDArray[np.float64]]:
    """Names, and metres (n, joints, 3) in the axes of the calibration."""
    lines = path.read_text(encoding="utf-8").splitlines()
    names = [name for name in lines[3].split("\t")[2:] if name]
    rows = [line.split("\t")[2 : 2 + 3 * len(names)] for line in lines[5:] if line.strip()]
    places = np.array([[float(value or "nan") for value in row] for row in rows])
    return names, places.reshape(len(rows), len(names), 3)[..., [2, 0, 1]]


def _projected(places: NDArray[np.float64], calibration: Path, serial: str) -> NDArray[np.float64]:
    """Pixels of one camera, its small lens distortion left out."""
    cameras = ElementTree.parse(calibration).getroot().iter("camera")
    camera = next(one for one in cameras if one.get("serial") == serial)
    outer, inner = (next(camera.iter(tag)).attrib for tag in ("transform", "intrinsic"))
    turn = np.array([[float(outer[f"r{a}{b}"]) for b in (1, 2, 3)] for a in (1, 2, 3)])
    at = np.array([float(outer[axis]) for axis in "xyz"]) / 1000
    seen = (places - at) @ turn.T * [1, -1, -1]
    focal = np.array([float(inner[f"focalLength{axis}"]) for axis in "UV"]) / 64
    middle = np.array([float(inner[f"centerPoint{axis}"]) for axis in "UV"]) / 64
    return np.asarray(focal * seen[..., :2] / seen[..., 2:] + middle)


@pytest.mark.parametrize("serial", ["cam01", "cam02", "cam03", "cam04"])
def test_agrees_with_joints_seen_by_four_cameras(
    serial: str, bodies: Networks, real_film: Callable[[str], Path]
) -> None:
    """Measured: median 0.05 of the torso's length in three cameras, 0.11 in the third, behind the man."""
    film = real_film("balance").with_name(f"{serial}.mp4")
    root = film.parents[1]
    names, places = _joints(root / "opensim_ik/Balancing_for_IK.trc")
    pixels = _projected(places, root / "calibration/Calib.qca.txt", serial)
    track = read_poses(film, networks=bodies)
    count = min(len(track), len(pixels))

    def apart(mirrored: bool) -> NDArray[np.float64]:
        sides = {"L": "right", "R": "left"} if mirrored else SIDES
        ours = [INDEX[f"{sides[side]}_{part.lower()}"] for side in SIDES for part in PARTS]
        theirs = [names.index(f"{side}{part}") for side in SIDES for part in PARTS]
        return np.asarray(np.linalg.norm(track.points[:count, ours] - pixels[:count, theirs], axis=2))

    hips = (pixels[:, names.index("LHip")] + pixels[:, names.index("RHip")]) / 2
    torso = float(np.median(np.linalg.norm(hips - pixels[:, names.index("Neck")], axis=1)))
    assert float(np.nanmedian(apart(mirrored=False))) < (0.13 if serial == "cam03" else 0.07) * torso
    own, other = (np.nanmedian(apart(mirrored), axis=1) for mirrored in (False, True))
    assert (own < other).all()  # left is left in every frame
