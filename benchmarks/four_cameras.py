"""One man filmed by four cameras at once: how far do the angles from each film agree, and with a reference?

Two references, and neither is the truth, for there was no marker on him. Both stand on the same joint
centres, which OpenPose saw in the four films and Pose2Sim triangulated:

- *joints*: angles from the joint centres alone. The line of the trunk is that from hips to shoulders, a
  hip is the thigh against that line.
- *OpenSim*: inverse kinematics of a full-body model on the same joints. Nothing but that model's own
  stiffness tells the pelvis from the lumbar spine there, so that its hips can be degrees off while its trunk
  is right. Its trunk lies up to 6 degrees (standard deviation) from that of the joints alone.

No phone on a stand sees people so: the cameras look down by 18 to 25 degrees, two of them are rolled by 13
and 26, and the man leans to his side by 45 degrees as he balances. A camera that knows where down is, as a
phone does, can take its roll off: `levelled` does so with the calibration, and is a row of its own.

Angles of two bodies differ by where their zero lies, one constant an angle that all four cameras share: it
does not touch the agreement between cameras, and errors are given with it and without. Cameras also agree
on who always says the same, so it is given too how much of the reference's change is followed.

Data: the demonstration of Pose2Sim (data folder pose2sim_demo). Every frame of the four films is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from benchmarks.blazepose_world import blazepose_angles, joint_angles
from benchmarks.cmu_errors import slope
from mitate.body.clip import PoseTrack
from mitate.body.frames import OPENSIM_GROUND
from mitate.body.kinematics import pelvis_angles, rotation_zxy
from mitate.body.opensim import Motion, read_mot, read_trc
from mitate.body.read import Networks, read_poses
from mitate.body.recording import Recording
from mitate.body.region import Region
from mitate.figures import Figure

__all__ = [
    "CAMERAS",
    "DATA",
    "Agreement",
    "agreement",
    "camera_tilts",
    "figures",
    "levelled",
    "our_angles",
    "read_films",
    "reference_of_joints",
    "reference_of_opensim",
    "references",
]

Array = NDArray[np.float64]

DATA = Path(__file__).parents[2] / "shared" / "data" / "pose2sim_demo"
CAMERAS = ("cam01", "cam02", "cam03", "cam04")
BAR_DEG = 8.0
COMPARED = (
    "trunk_inclination",
    "hip_flexion_right",
    "hip_flexion_left",
    "knee_flexion_right",
    "knee_flexion_left",
)
"""What the four cameras are to agree on."""

_SIDES = ("right", "left")
_JOINTS = tuple(f"{s}_{part}" for s in _SIDES for part in ("shoulder", "hip", "knee", "ankle"))
_SPINE = ("L5_S1", "L4_L5", "L3_L4", "L2_L3", "L1_L2", "L1_T12")
_SPINE_PARTS = ("Flex_Ext", "Lat_Bending", "axial_rotation")


def read_films(networks: Networks) -> list[PoseTrack]:
    """The four films, with masks, cut to the frames that all of them have.

    Raises:
        InputError, RefusalError: a film cannot be read.
    """
    return [read_poses(DATA / "videos" / f"{name}.mp4", masks=True, networks=networks) for name in CAMERAS]


def camera_tilts() -> dict[str, tuple[float, float]]:
    """Name of a camera → roll (positive: the picture's top leans to the right) and pitch (down), degrees."""
    found = {}
    for camera in ElementTree.parse(DATA / "calibration" / "Calib.qca.txt").getroot().iter("camera"):
        turn = next(camera.iter("transform")).attrib
        # The third axis of the calibration is up; a row is an axis of the camera: right, up, backwards.
        right, up, back = (float(turn[f"r{row}3"]) for row in (1, 2, 3))
        roll, pitch = np.degrees(np.arctan2(-right, up)), np.degrees(np.arcsin(back))
        found[str(camera.get("serial"))] = (float(roll), float(pitch))
    return found


def levelled(track: PoseTrack, roll: float, pitch: float) -> PoseTrack:
    """The track as a camera without roll would have seen it; the network's metres also without pitch.

    Points and regions are turned about the picture's middle, so that they may leave it; pixels cannot show
    what a camera without pitch would have seen, and keep theirs.
    """
    middle = (np.array([track.width, track.height]) - 1) / 2

    def turned(places: Array) -> Array:
        cos, sin = np.cos(np.radians(roll)), np.sin(np.radians(roll))
        return np.asarray((places - middle) @ np.array([[cos, sin], [-sin, cos]]) + middle)

    def region(one: Region | None) -> Region | None:
        if one is None:
            return None
        x, y = turned(np.array(one.centre))
        return Region((float(x), float(y)), one.size, one.rotation + roll)

    r, p = np.radians(roll), np.radians(pitch)
    unroll = np.array([[np.cos(r), np.sin(r), 0], [-np.sin(r), np.cos(r), 0], [0, 0, 1]])
    unpitch = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    return replace(
        track,
        points=turned(track.points.astype(np.float64)).astype(np.float32),
        world=(track.world.astype(np.float64) @ (unpitch @ unroll).T).astype(np.float32),
        regions=tuple(region(one) for one in track.regions),
    )


def our_angles(recording: Recording) -> dict[str, Array]:
    """What the lift says, and the thigh against the trunk (`joint_angles`): hip and lumbar flexion in one."""
    found = {name: recording.angles[name] for name in COMPARED}
    for side in _SIDES:
        both = recording.angles[f"hip_flexion_{side}"] + recording.angles["lumbar_flexion"]
        found[f"hip_trunk_{side}"] = np.asarray(both)
    centres = joint_angles({name: recording.joint(name) for name in _JOINTS})
    return {**found, **{f"{name} between joint centres": angle for name, angle in centres.items()}}


def reference_of_joints() -> dict[str, Array]:
    """Angles (n,) from the joint centres that Pose2Sim triangulated."""
    markers = read_trc(DATA / "opensim_ik" / "Balancing_for_IK.trc")
    found = joint_angles(
        {
            f"{side}_{part}": markers.of(f"{side[0].upper()}{part.capitalize()}")
            for side in _SIDES
            for part in ("hip", "knee", "ankle", "shoulder")
        }
    )
    return {**found, **{f"{name} between joint centres": angle for name, angle in found.items()}}


def reference_of_opensim(motion: Motion | None = None) -> dict[str, Array]:
    """Angles (n,) of the inverse kinematics, in our signs: the trunk is the model's torso, on six joints."""
    table = motion or read_mot(DATA / "opensim_ik" / "balancing_ik.mot")
    torso = rotation_zxy(*(table.of(f"pelvis_{part}") for part in ("tilt", "list", "rotation")))
    flexion = np.zeros(len(table.time))
    for joint in _SPINE:
        torso = torso @ rotation_zxy(*(table.of(f"{joint}_{part}") for part in _SPINE_PARTS))
        flexion = flexion - table.of(f"{joint}_Flex_Ext")
    found = {"trunk_inclination": pelvis_angles(torso, OPENSIM_GROUND).tilt}
    for side in _SIDES:
        found[f"hip_flexion_{side}"] = table.of(f"hip_flexion_{side[0]}")
        found[f"hip_trunk_{side}"] = np.asarray(found[f"hip_flexion_{side}"] + flexion)
        found[f"knee_flexion_{side}"] = table.of(f"knee_angle_{side[0]}")
    return found


def references() -> dict[str, dict[str, Array]]:
    """Both, by the name that their rows bear."""
    return {"joints": reference_of_joints(), "OpenSim": reference_of_opensim()}


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far four cameras agree on one angle, degrees; medians over instants.

    Attributes:
        deviation: the standard deviation of the four (of a sample: over n - 1).
        farthest: the largest distance of one of them from their mean.
        apart: the largest less the smallest: the two cameras that agree least.
        without_constants: `deviation`, each camera's own constant taken off.
        instants: with all four cameras.
    """

    deviation: float
    farthest: float
    apart: float
    without_constants: float
    instants: int


def agreement(angles: Sequence[Array]) -> Agreement | None:
    """Of one angle, (n,) from each camera at the same instants; None if no instant has all of them."""
    table = np.stack([np.asarray(one, dtype=np.float64) for one in angles])
    table = table[:, np.isfinite(table).all(axis=0)]
    if not table.shape[1]:
        return None
    away = table - table.mean(axis=0)
    steady = away - np.median(away, axis=1, keepdims=True)
    return Agreement(
        deviation=float(np.median(table.std(axis=0, ddof=1))),
        farthest=float(np.median(np.abs(away).max(axis=0))),
        apart=float(np.median(np.ptp(table, axis=0))),
        without_constants=float(np.median(steady.std(axis=0, ddof=1))),
        instants=table.shape[1],
    )


def figures(tracks: Sequence[PoseTrack], lift: Callable[[PoseTrack], Recording] | None) -> list[Figure]:
    """All rows: ours, if there is a lift, and BlazePose's own beside them; each also from levelled tracks."""
    tilts = camera_tilts()
    level = [levelled(track, *tilts[name]) for track, name in zip(tracks, CAMERAS, strict=True)]
    known, rows = references(), []
    ways: dict[str, list[dict[str, Array]]] = {}
    if lift is not None:
        ways["ours"] = [our_angles(lift(track)) for track in tracks]
        ways["ours, camera's roll known"] = [our_angles(lift(track)) for track in level]
    ways["BlazePose's own metres"] = [blazepose_angles(track) for track in tracks]
    ways["BlazePose's own metres, camera's roll and pitch known"] = [
        blazepose_angles(track) for track in level
    ]
    for way, found in ways.items():
        count = min(len(next(iter(one.values()))) for one in found)
        cut = [{name: angle[:count] for name, angle in one.items()} for one in found]
        rows += _agreements(way, cut, BAR_DEG if way == "ours" else None)
        for reference, truth in known.items():
            rows += _errors(way, cut, reference, truth, each_camera=way == "ours")
    return rows


def _agreements(way: str, found: Sequence[Mapping[str, Array]], bar: float | None) -> list[Figure]:
    rows, worst = [], 0.0
    for name in found[0]:
        result = agreement([one[name] for one in found])
        if result is None:
            continue
        data = f"pose2sim_demo, one man, four cameras, {result.instants} instants, median over them"
        for what, value, goal in (
            ("standard deviation", result.deviation, bar),
            ("farthest from their mean", result.farthest, bar),
            ("largest less smallest", result.apart, bar),
            ("standard deviation, each camera's constant taken off", result.without_constants, None),
        ):
            wanted = goal if name in COMPARED else None
            title = f"Four cameras, {way}, {name}: {what}"
            rows.append(Figure(title, value, "degrees", None, None, 1, data, wanted, at_least=False))
        worst = max(worst, result.farthest if name in COMPARED else 0.0)
    if rows:
        title = f"Four cameras, {way}: farthest from their mean, the angle that agrees least"
        data = f"pose2sim_demo, of {', '.join(name for name in COMPARED if name in found[0])}"
        rows.insert(0, Figure(title, worst, "degrees", None, None, 1, data, bar, at_least=False))
    return rows


def _errors(
    way: str,
    found: Sequence[Mapping[str, Array]],
    reference: str,
    truth: Mapping[str, Array],
    *,
    each_camera: bool,
) -> list[Figure]:
    """Median absolute error per angle, of all cameras and of each, with the angle's constant and without."""
    rows = []
    for name in found[0]:
        if name not in truth:
            continue
        count = min(len(truth[name]), len(found[0][name]))
        error = np.stack([one[name][:count] - truth[name][:count] for one in found])
        if not np.isfinite(error).any():
            continue
        constant = float(np.nanmedian(error))
        data = f"pose2sim_demo, one man, {count} instants, reference: {_REFERENCES[reference]}"
        title = f"Four cameras, {way}, {name} against {reference}"
        rows.append(Figure(f"{title}: constant", constant, "degrees", None, None, 1, data))
        followed = slope(np.broadcast_to(truth[name][:count], error.shape), error + truth[name][:count])
        if followed is not None:
            label = f"{title}: share of the change that is followed"
            rows.append(Figure(label, followed, "", None, None, 1, data))
        each = dict(zip(CAMERAS, error, strict=True)) if each_camera else {}
        for camera, one in {"all cameras": error, **each}.items():
            for what, values in (("", one), (", constant taken off", one - constant)):
                if np.isfinite(values).any():
                    value = float(np.nanmedian(np.abs(values)))
                    label = f"{title}, {camera}{what}: median absolute error"
                    rows.append(Figure(label, value, "degrees", None, None, 1, data))
    return rows


_REFERENCES = {
    "joints": "joint centres triangulated from the same four films (OpenPose, Pose2Sim)",
    "OpenSim": "inverse kinematics made from those joint centres, no result of its authors",
}
