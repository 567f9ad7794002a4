"""Where the head is turned in a film of the neck, and how far the arm beside the camera is raised.

Turns and tilts are read by the face mesh (`mitate.face`), which sees a face up to about 50 degrees from the
camera; how far a turn goes beyond that is not said. Bending forwards and back is read from the side: eleven
points of the head (nose, eyes, ears, mouth) are laid over a rigid head under weak perspective by least
squares. The line from the shoulder to the ear gives the craniovertebral angle. The errors were measured on
simulated people filmed at 400 by 700 pixels (docs/neck.md); on real ones they are not known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from mitate import video
from mitate.body.clip import PoseTrack
from mitate.body.points import INDEX
from mitate.body.recording import Recording
from mitate.face.landmarks import FaceMesh, Roi, roi_of_mesh
from mitate.face.pose_of_head import head_angles

__all__ = ["HEAD_ANGLES", "Faces", "read_faces", "with_head"]

Array = NDArray[np.float64]

HEAD_ANGLES = (
    "neck_flexion",
    "neck_rotation",
    "neck_side_bend",
    "neck_rotation_course",
    "neck_side_bend_course",
    "craniovertebral",
    "arm_lift_right",
    "arm_lift_left",
)
"""What `with_head` adds, degrees: chin down, to the left, to the right; a turn as far as it was seen."""

# Of the head, cm from the middle between the ears: to the person's left, up, ahead. The means of the body
# model Anny's adults, made symmetrical; the fit has a scale, so that only the proportions count.
_HEAD = {
    "nose": (0.0, -2.8, 12.7),
    "left_eye_inner": (1.6, 0.4, 9.6),
    "left_eye": (2.9, 0.6, 9.75),
    "left_eye_outer": (4.3, 0.55, 9.25),
    "right_eye_inner": (-1.6, 0.4, 9.6),
    "right_eye": (-2.9, 0.6, 9.75),
    "right_eye_outer": (-4.3, 0.55, 9.25),
    "left_ear": (8.0, 0.0, 0.0),
    "right_ear": (-8.0, 0.0, 0.0),
    "mouth_left": (1.3, -4.6, 11.5),
    "mouth_right": (-1.3, -4.6, 11.5),
}
_POINTS = [INDEX[name] for name in _HEAD]
_TEMPLATE = np.array(list(_HEAD.values()))
_EYES = (INDEX["left_eye"], INDEX["right_eye"])

_CLOSE_CM = 0.8  # of the points from the head that is laid over them: near enough
_SPACING_S = 0.09  # between looks at the face
_MOST_SIDE = 1280
_ROI = 0.19  # of the standing height in the picture: the square that is searched for the face
_SURE_FACE, _FARTHEST_DEG = 0.5, 52.0
_TURNED_DEG, _TILTED_DEG = 25.0, 8.0  # a face lost beyond this was lost by turning, or by tilting
_BEYOND_DEG = 6.0  # by how much farther it is then drawn, for the course only
_SIDE_ON = 0.64  # sine of the yaw from which a film is one from the side: 40 degrees
_SIDE_ON_ARM = 0.85  # and for arms: 58 degrees
_FROM_FRONT = (
    0.43  # sine of the yaw up to which tilts are read: 25 degrees; a tilted face further aside is lost
)
_BEGIN_S = 0.5  # of a film, in which the head is at rest
_LONGEST_S = 0.25  # between looks at the face that are joined by a line
_CVA, _CVA_AT_0 = 0.82, 1.0
"""From the line between shoulder and ear to the craniovertebral angle: a line through 19 simulated films."""
_ERRORS = {"neck_rotation": (5.5, 0.1), "neck_side_bend": (4.5, 0.15), "neck_flexion": (4.5, 0.17)}
"""Standard deviation: so many degrees, and this share of the angle, `_MOST_ERROR` at most."""
_MOST_ERROR = 11.5
_CVA_ERROR, _ARM_ERROR = 5.5, 9.0


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """The face at each moment of a track: (n,) degrees towards the camera, NaN where it was not seen.

    ``yaw`` to the person's left, ``roll`` to their right shoulder, as in `mitate.face.pose_of_head`.
    """

    yaw: Array
    roll: Array


def read_faces(
    path: str | Path, track: PoseTrack, *, progress: Callable[[float], None] | None = None
) -> Faces:
    """Read the face in a film whose body was read before.

    Args:
        path: the film of the track.
        track: of the whole film.
        progress: called with the share that has been read, 0 to 1.

    Raises:
        InputError: the film cannot be read.
        WeightsError: the weights of the face mesh are not installed.
    """
    mesh, height = FaceMesh(), track.report.height_px or 0.6 * _MOST_SIDE
    scale = max(1.0, max(track.width, track.height) / _MOST_SIDE)
    times, found = [], []
    roi: Roi | None = None
    for frame in video.frames(path, spacing_s=_SPACING_S, max_side=_MOST_SIDE):
        row = int(np.abs(track.times_s - frame.time_s).argmin())
        points = track.points[row].astype(np.float64) / scale
        times.append(frame.time_s)
        angles, roi = _face(mesh, frame.image, roi, points, _ROI * height)
        found.append(angles)
        if progress is not None and track.report.duration_s:
            progress(min(1.0, frame.time_s / track.report.duration_s))
    seen = np.array(found, dtype=np.float64).reshape(-1, 2)
    yaw, roll = (_joined(track.times_s, np.array(times), seen[:, i]) for i in (0, 1))
    return Faces(yaw, roll)


def _face(
    mesh: FaceMesh, image: NDArray[np.uint8], last: Roi | None, points: Array, side: float
) -> tuple[tuple[float, float], Roi | None]:
    """Yaw and roll of the face of one picture, NaN where none is sure, and where to look in the next one."""
    tries = [] if last is None else [last]
    middle = points[_POINTS]
    if np.isfinite(middle).all():
        left, right = points[_EYES[0]], points[_EYES[1]]
        turn = float(np.degrees(np.arctan2(left[1] - right[1], left[0] - right[0])))
        centre = tuple(float(value) for value in 0.5 * (middle[:7].mean(axis=0) + middle[9:].mean(axis=0)))
        tries += [Roi((centre[0], centre[1]), side, angle) for angle in (turn, 0.0)]
    for start in tries:
        roi = start
        for _ in range(2):
            seen = mesh(image, roi)
            roi = roi_of_mesh(seen)
        if seen.score >= _SURE_FACE:
            angles = head_angles(seen.points)
            inside = abs(angles.yaw) <= _FARTHEST_DEG
            return (angles.yaw if inside else np.nan, angles.roll if inside else np.nan), roi
    return (np.nan, np.nan), None


def _joined(times_s: Array, at: Array, values: Array) -> Array:
    """(n,) values at the track's times, on lines between looks that are near to each other."""
    out = np.full(len(times_s), np.nan)
    known = np.isfinite(values)
    if not known.any():
        return out
    near = np.abs(times_s[:, None] - at[None, known]).min(axis=1) <= _LONGEST_S / 2
    out[near] = np.interp(times_s[near], at[known], values[known])
    return out


def with_head(recording: Recording, track: PoseTrack, faces: Faces) -> Recording:
    """The recording with what the neck's measures need (`HEAD_ANGLES`), NaN where the film does not tell.

    Args:
        recording, track, faces: of the same film.
    """
    yaw = _median(recording.yaw)
    aside = abs(np.sin(np.radians(yaw))) if np.isfinite(yaw) else 0.0
    nothing = np.full(len(track), np.nan)
    tilt = faces.roll if aside <= _FROM_FRONT else nothing
    flexion = _pitches(track) if aside >= _SIDE_ON else nothing
    angles = {
        "neck_flexion": flexion,
        "neck_rotation": faces.yaw,
        "neck_side_bend": tilt,
        "neck_rotation_course": _as_far_as_seen(faces.yaw, track.seen, _TURNED_DEG),
        "neck_side_bend_course": _as_far_as_seen(tilt, track.seen, _TILTED_DEG),
        "craniovertebral": _craniovertebral(track, aside) if aside >= _SIDE_ON else nothing,
    }
    lifts = _arm_lifts(track, aside) if aside >= _SIDE_ON_ARM else {}
    near = "left" if yaw < 0 else "right"
    angles |= {
        f"arm_lift_{side}": lifts[side] if lifts and side == near else nothing for side in ("right", "left")
    }
    errors = {name: _error_of(name, values) for name, values in angles.items()}
    return replace(
        recording,
        angles={**recording.angles, **angles},
        angle_errors={**recording.angle_errors, **errors},
    )


def _median(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _error_of(name: str, values: Array) -> Array:
    """(n,) one standard deviation of what has gone from the film's own middle, or of the angle itself."""
    name = name.removesuffix("_course")
    if name in _ERRORS:
        own, share = _ERRORS[name]
        rest = 0.0 if name == "neck_flexion" else _median(values)
        return np.minimum(np.hypot(own, share * np.abs(values - rest)), _MOST_ERROR)
    return np.where(np.isfinite(values), _CVA_ERROR if name == "craniovertebral" else _ARM_ERROR, np.nan)


def _as_far_as_seen(yaw: Array, seen: NDArray[np.bool_], least_deg: float) -> Array:
    """A turn or tilt whose end was out of sight: held a little beyond where the face was lost, on that side.

    Only where the face is lost and found again on the same side, or the film ends: a course, no measure.
    """
    out, rest = yaw.copy(), _median(yaw)
    known = np.flatnonzero(np.isfinite(yaw))
    if not known.size:
        return out
    for before, after in zip(known, [*known[1:], None], strict=True):
        gap = slice(before + 1, after)
        if after is None or after - before <= 1:
            continue
        ends = yaw[before] - rest, yaw[after] - rest
        if ends[0] * ends[1] > 0 and min(map(abs, ends)) >= least_deg:
            farthest = max(ends, key=abs)
            out[gap] = np.where(seen[gap], rest + farthest + np.sign(farthest) * _BEYOND_DEG, np.nan)
    return out


def _pitches(track: PoseTrack) -> Array:
    """(n,) degrees that the chin is farther down than when the film began; NaN where it was not seen."""
    out = np.full(len(track), np.nan)
    rotations: list[Rotation | None] = []
    last: Rotation | None = None
    for points, visibility in zip(track.points, track.visibility, strict=True):
        last = _head(points[_POINTS].astype(np.float64), visibility[_POINTS].astype(np.float64), last)
        rotations.append(last)
    known = [k for k, one in enumerate(rotations) if one is not None]
    if not known:
        return out
    middle = Rotation.concatenate([one for one in rotations if one is not None]).mean()
    for k in known:
        one = rotations[k]
        if one is not None:
            out[k] = (middle.inv() * one).as_euler("XZY", degrees=True)[0]
    begun = track.times_s <= track.times_s[known[0]] + _BEGIN_S
    return out - _median(out[begun])


def _head(points: Array, visibility: Array, last: Rotation | None) -> Rotation | None:
    """How the head is turned before the camera (x right, y up, z towards it); None where it is not known."""
    known = np.isfinite(points).all(axis=1)
    if known.sum() < 6:
        return None
    weights = np.sqrt(np.clip(visibility[known], 0.05, 1.0))[:, None]
    seen, head = points[known] * (1.0, -1.0), _TEMPLATE[known]
    seen, head = (
        seen - np.average(seen, axis=0, weights=weights[:, 0] ** 2),
        head - np.average(head, axis=0, weights=weights[:, 0] ** 2),
    )
    affine = np.linalg.lstsq(head * weights, seen * weights, rcond=None)[0].T
    left, sizes, right = np.linalg.svd(affine, full_matrices=False)
    rows, size = left @ right, max(float(sizes.mean()), 1e-3)
    flat = Rotation.from_matrix(np.vstack([rows, np.cross(rows[0], rows[1])]))

    def off(guess: Array) -> Array:
        turned = head @ Rotation.from_rotvec(guess[:3]).as_matrix().T
        return np.asarray(((np.exp(guess[3]) * turned[:, :2] - seen) * weights).ravel())

    fits = []
    for start in (flat,) if last is None else (last, flat):
        fits.append(least_squares(off, [*start.as_rotvec(), np.log(size)], method="lm", max_nfev=200))
        if fits[-1].cost <= known.sum() * (_CLOSE_CM * size) ** 2:
            break  # a frame is like the one before it
    return Rotation.from_rotvec(min(fits, key=lambda fit: float(fit.cost)).x[:3])


def _middle(track: PoseTrack, name: str) -> Array:
    """(n, 2) between the left and the right point of this name; y up."""
    both = track.points[:, [INDEX[f"left_{name}"], INDEX[f"right_{name}"]]].astype(np.float64)
    return np.asarray(both.mean(axis=1) * (1.0, -1.0))


def _ahead(track: PoseTrack) -> float:
    """1 where the person looks to the right of the picture, −1 to the left."""
    nose = track.points[:, INDEX["nose"], 0].astype(np.float64)
    return 1.0 if _median(nose - _middle(track, "ear")[:, 0]) >= 0 else -1.0


def _craniovertebral(track: PoseTrack, aside: float) -> Array:
    """(n,) degrees of the line from C7 to the ear above the level, from that of the shoulder to the ear."""
    line = _middle(track, "ear") - _middle(track, "shoulder")
    return np.asarray(
        _CVA * np.degrees(np.arctan2(line[:, 1], line[:, 0] * _ahead(track) / aside)) + _CVA_AT_0
    )


def _arm_lifts(track: PoseTrack, aside: float) -> dict[str, Array]:
    """(n,) degrees of each upper arm from the trunk's downward line, as seen from the side; 0 hangs."""
    trunk = _middle(track, "shoulder") - _middle(track, "hip")
    ahead = _ahead(track) / aside
    lean = np.degrees(np.arctan2(-trunk[:, 0] * ahead, trunk[:, 1]))
    out = {}
    for side in ("right", "left"):
        shoulder, elbow = (track.points[:, INDEX[f"{side}_{name}"]] for name in ("shoulder", "elbow"))
        arm = (elbow - shoulder).astype(np.float64) * (1.0, -1.0)
        angle = np.degrees(np.arctan2(arm[:, 0] * ahead, -arm[:, 1])) - lean
        out[side] = (angle + 90.0) % 360.0 - 90.0
    return out
