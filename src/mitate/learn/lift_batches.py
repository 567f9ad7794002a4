"""Batches for the lift: runs of moments out of rendered clips, mirrored, thinned out and seen from elsewhere.

Three kinds of rows: as the detector read them; with parts taken away (its own metres, the silhouette,
points); and with its points replaced by the true ones seen from a new camera, with noise, so that every
angle, distance and lens is met, and a skeleton whose points are defined a little otherwise is lifted as
well.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.body.lift_input import PATCH_SIDE, VECTOR, body_length, mirrored_vectors
from mitate.body.points import INDEX, other_side
from mitate.body.recording import ANGLES, JOINTS
from mitate.errors import InputError

__all__ = ["Clip", "LiftBatch", "TargetParts", "draw_batch", "load_clips"]

Floats = NDArray[np.float32]

_COUNT = len(INDEX)
_PICTURE = ("vectors", "patches", "seen")
_GROUPS = (  # points that another skeleton may not have
    tuple(range(11)),
    (1, 2, 3, 4, 5, 6, 9, 10),
    tuple(range(17, 23)),
    (29, 30, 31, 32),
    (0, *range(1, 11)),
)
_BIASED = 0.012  # body lengths that a point may lie elsewhere through a whole clip
_BARE, _ELSEWHERE = 0.25, 0.25  # shares of clips of points only, and of others seen from a new camera
_TILTED, _TILT_DEG = 0.12, 12.0  # share of clips whose camera does not stand upright, and by how much
_NOISE = 0.008  # body lengths, from moment to moment


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One rendered clip, or one of points only; see `mitate.simulate.lift_data`."""

    vectors: Floats
    patches: NDArray[np.uint8]
    seen: NDArray[np.bool_]
    angles: Floats
    joints: Floats
    curve: Floats
    points: Floats
    view: Floats
    looseness: float
    pictured: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class TargetParts:
    """Truth of moments (c, m, …): angles in degrees, joints, curve, pitch and roll, and which are known."""

    angles: Floats
    joints: Floats
    curve: Floats
    tilt: Floats
    known: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class LiftBatch:
    """Rows (c, m, …) and their truth."""

    vectors: Floats
    patches: NDArray[np.uint8]
    truth: TargetParts


def load_clips(folder: Path, known: dict[str, Clip] | None = None, *, least: int = 24) -> dict[str, Clip]:
    """The clips of a folder by name, those that are known already not read again.

    Args:
        least: moments that a clip must have.

    Raises:
        InputError: there are none, or a file is no clip.
    """
    clips = dict(known or {})
    for path in sorted(folder.glob("*.npz")):
        if path.name not in clips:
            clip = _read(path)
            if len(clip.seen) >= least:
                clips[path.name] = clip
    if not clips:
        raise InputError("there are no training clips", where=folder, todo="make them first")
    return clips


def _read(path: Path) -> Clip:
    try:
        with path.open("rb") as stream, np.load(stream) as file:
            fields = {name: file[name] for name in ("angles", "joints", "curve", "points", "view")}
            fields["curve"] = np.float32(0.01) * fields["curve"]
            pictured = "patches" in file
            seen = {name: file[name] for name in _PICTURE} if pictured else _nothing(len(fields["angles"]))
            return Clip(**fields, **seen, looseness=float(file["looseness"]), pictured=pictured)
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise InputError("not a training clip", where=path, todo="make it again") from error


def _nothing(moments: int) -> dict[str, np.ndarray]:
    """Of a clip of points only: no vectors and no silhouette, which take no room."""
    return {
        "vectors": np.broadcast_to(np.float32(0), (moments, VECTOR)),
        "patches": np.broadcast_to(np.uint8(0), (moments, PATCH_SIDE, PATCH_SIDE)),
        "seen": np.ones(moments, np.bool_),
    }


def draw_batch(
    rng: np.random.Generator, clips: list[Clip], count: int, moments: int, *, changed: bool = True
) -> LiftBatch:
    """Runs of moments out of randomly drawn clips.

    Args:
        changed: whether rows are mirrored, thinned out and seen from elsewhere; not for judging.
    """
    pictured = [clip for clip in clips if clip.pictured]
    bare = [clip for clip in clips if not clip.pictured] if changed else []
    rows = []
    for _ in range(count):
        group = bare if bare and (not pictured or rng.random() < _BARE) else pictured
        rows.append(_run(rng, group[int(rng.integers(len(group)))], moments, changed))
    truth = TargetParts(*(np.stack(part) for part in zip(*(row[2:] for row in rows), strict=True)))
    return LiftBatch(np.stack([row[0] for row in rows]), np.stack([row[1] for row in rows]), truth)


def _run(
    rng: np.random.Generator, clip: Clip, moments: int, changed: bool
) -> tuple[Floats, NDArray[np.uint8], Floats, Floats, Floats, Floats, NDArray[np.bool_]]:
    start = int(rng.integers(0, len(clip.seen) - moments + 1))
    part = slice(start, start + moments)
    vectors, patches = clip.vectors[part].copy(), clip.patches[part]
    angles, joints, curve = clip.angles[part], clip.joints[part], clip.curve[part]
    tilt = np.tile(clip.view[1:], (moments, 1))
    known = clip.seen[part]
    if changed:
        if not clip.pictured or rng.random() < _ELSEWHERE:
            vectors, angles, tilt = _elsewhere(rng, clip, part)
            patches, known = np.zeros_like(patches), np.ones_like(known)
        else:
            vectors, patches = _thinned(rng, vectors, patches)
            if rng.random() < _TILTED:
                vectors, patches, tilt = _tilted(vectors, patches, tilt, float(rng.normal(0, _TILT_DEG)))
        if rng.random() < 0.5:
            vectors, patches = mirrored_vectors(vectors), patches[:, :, ::-1]
            angles, joints, tilt = _mirrored_truth(angles, joints, tilt)
    return vectors, patches, angles, joints, curve, tilt, known


def _thinned(
    rng: np.random.Generator, vectors: Floats, patches: NDArray[np.uint8]
) -> tuple[Floats, NDArray[np.uint8]]:
    """Without the detector's metres; without the silhouette or some points, in another scale, by chance."""
    vectors[:, : 2 * _COUNT] *= np.float32(rng.normal(1.0, 0.015))
    noise = rng.normal(0, 0.004, vectors[:, : 2 * _COUNT].shape)
    vectors[:, : 2 * _COUNT] += (
        noise * np.repeat(vectors[:, 2 * _COUNT : 3 * _COUNT] > 0, 2, axis=1)
    ).astype(np.float32)
    vectors[:, 3 * _COUNT : 6 * _COUNT + 1] = 0.0  # as in use, see `mitate.body.lift_input.lift_input`
    if rng.random() < 0.15:
        vectors[:, 6 * _COUNT + 1] = 0.0
        patches = np.zeros_like(patches)
    if rng.random() < 0.15:
        gone = list(_GROUPS[int(rng.integers(len(_GROUPS)))])
        _forget(vectors, gone)
    return vectors, patches


def _tilted(
    vectors: Floats, patches: NDArray[np.uint8], tilt: Floats, degrees: float
) -> tuple[Floats, NDArray[np.uint8], Floats]:
    """The same picture from a camera that is rolled by so much more."""
    turn = _turn(0.0, 0.0, degrees).astype(np.float32)
    flat, deep = vectors.copy(), 3 * _COUNT
    flat[:, : 2 * _COUNT] = (flat[:, : 2 * _COUNT].reshape(-1, 2) @ turn[:2, :2].T).reshape(len(flat), -1)
    flat[:, deep : 2 * deep] = (flat[:, deep : 2 * deep].reshape(-1, 3) @ turn.T).reshape(len(flat), -1)
    flat[:, 2 * deep + 2 :] = (flat[:, 2 * deep + 2 :].reshape(-1, 2) @ turn[:2, :2].T).reshape(len(flat), -1)
    middle = (PATCH_SIDE - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), degrees, 1.0)
    turned = [cv2.warpAffine(patch, matrix, (PATCH_SIDE, PATCH_SIDE)) for patch in patches]
    return flat, np.stack(turned), tilt + np.array([0.0, degrees], np.float32)


def _forget(vectors: Floats, gone: list[int]) -> None:
    """Take points away."""
    vectors[:, 2 * _COUNT : 3 * _COUNT][:, gone] = 0.0
    vectors[:, : 2 * _COUNT].reshape(-1, _COUNT, 2)[:, gone] = 0.0


def _elsewhere(rng: np.random.Generator, clip: Clip, part: slice) -> tuple[Floats, Floats, Floats]:
    """The true points from a new camera, as a detector without metres and masks would give them."""
    yaw, pitch, roll = rng.uniform(-180, 180), np.clip(rng.normal(0, 12), -30, 30), rng.normal(0, 2)
    if rng.random() < _TILTED:
        roll = rng.normal(0, _TILT_DEG)
    distance, unit = rng.uniform(1.1, 4.0), 0.5  # standing heights
    seen = (clip.points - np.array([0, unit, 0])) @ _turn(yaw, pitch, roll).T
    depth = distance - seen[..., 2:]
    pixels = seen[..., :2] / depth * distance * [1.0, -1.0]
    pixels = pixels + rng.normal(0, _BIASED * 0.7, (1, _COUNT, 2))
    pixels = pixels + rng.normal(0, _NOISE * 0.7 * rng.uniform(0, 1.5), pixels.shape)
    visibility = np.full(pixels.shape[:2], rng.uniform(0.7, 1.0))
    length = body_length(pixels, visibility) * rng.normal(1.0, 0.015)
    hips = pixels[:, [23, 24]].mean(axis=1)
    centre = 0.5 * (hips + pixels[:, [11, 12]].mean(axis=1))
    home = np.median(hips, axis=0)
    flip = np.array([1.0, -1.0]) / length
    vectors = np.zeros((len(pixels), VECTOR), np.float32)
    vectors[:, : 2 * _COUNT] = ((pixels - hips[:, None]) * flip).reshape(len(pixels), -1)
    vectors[:, 2 * _COUNT : 3 * _COUNT] = visibility
    vectors[:, 6 * _COUNT + 2 : 6 * _COUNT + 4] = (centre - hips) * flip
    vectors[:, 6 * _COUNT + 4 :] = (hips - home) * flip
    vectors = vectors[part]
    if rng.random() < 0.6:
        _forget(vectors, list(_GROUPS[int(rng.integers(len(_GROUPS)))]))
    if rng.random() < 0.3:
        _forget(vectors, list(_GROUPS[2]))
    angles = clip.angles[part].copy()
    turned = [ANGLES.index("pelvis_rotation"), ANGLES.index("trunk_rotation")]
    angles[:, turned] += np.float32(yaw - clip.view[0])
    return vectors, angles, np.tile(np.array([pitch, roll], np.float32), (len(vectors), 1))


def _turn(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """World to camera, as `mitate.simulate.studio.View.rotation`."""
    (cy, cp, cr), (sy, sp, sr) = (f(np.deg2rad([yaw, pitch, roll])) for f in (np.cos, np.sin))
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y)


_ANGLE_SWAP = list(other_side(ANGLES))
_ANGLE_SIGN = np.array(
    [-1.0 if name.endswith(("_list", "_rotation")) else 1.0 for name in ANGLES], np.float32
)
_JOINT_SWAP = list(other_side(JOINTS))


def _mirrored_truth(angles: Floats, joints: Floats, tilt: Floats) -> tuple[Floats, Floats, Floats]:
    return (
        angles[:, _ANGLE_SWAP] * _ANGLE_SIGN,
        joints[:, _JOINT_SWAP] * np.array([-1, 1, 1], np.float32),
        tilt * np.array([1, -1], np.float32),
    )
