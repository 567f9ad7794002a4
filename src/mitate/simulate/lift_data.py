"""Training films for the lift: rendered, read back by the real detector, and kept as small arrays.

Each clip is another person, dressed and filmed in another way, encoded as a film and read by
`mitate.body.read.read_poses`, so that the lift learns from the errors that the detector really makes.
"""

from __future__ import annotations

import io
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from mitate import video
from mitate.body.lift_input import lift_input
from mitate.body.read import Networks, read_poses
from mitate.body.recording import ANGLES
from mitate.errors import RefusalError
from mitate.files import write_bytes
from mitate.simulate.body_model import load_body
from mitate.simulate.movement_film import MovementScene, film_frames, film_truth, sample_scene
from mitate.simulate.movements import MOVEMENTS, sample_faults, sample_motion
from mitate.simulate.mover import sample_mover
from mitate.simulate.posing import pose_body, truth_of
from mitate.simulate.wild import thinned, wild_motion

__all__ = ["POINTS_EACH", "RATE_HZ", "draw_scene", "make_clip", "make_clips"]

RATE_HZ = 10.0
"""Frames a second of the training films: the lift looks at moments a tenth of a second apart."""

POINTS_EACH = 5
"""Clips of points only for each pictured one."""

_MOST_FRAMES = 40
_FREE_SHARE = 0.35


def draw_scene(seed: int, index: int) -> MovementScene:
    """Clip number `index` of the population `seed`: person, movement, faults, dress, camera."""
    rng = np.random.default_rng([seed, index, 4])
    mover = sample_mover(rng, load_body())
    clinical = [name for name in MOVEMENTS if name != "free"]
    movement = "free" if rng.random() < _FREE_SHARE else str(rng.choice(clinical))
    faults = sample_faults(rng, movement) if movement != "free" and rng.random() < 0.5 else None
    motion = sample_motion(
        rng, movement, age=mover.age, faults=faults, rate_hz=RATE_HZ, speed=float(rng.uniform(1.0, 2.0))
    )
    start = int(rng.integers(0, max(1, len(motion) - _MOST_FRAMES)))
    part = slice(start, start + _MOST_FRAMES)
    times = motion.times_s[part] - motion.times_s[start]
    dof = {name: values[part] for name, values in motion.dof.items()}
    motion = replace(motion, times_s=times, dof=dof, repetitions=())  # those of the whole are not this part's
    return sample_scene(rng, mover, motion, yaw=float(rng.uniform(-180, 180)))


def make_clip(scene: MovementScene, networks: Networks) -> dict[str, np.ndarray] | None:
    """What one clip teaches; None where the detector does not find the person.

    Returns:
        vectors (n, VECTOR), patches (n, 64, 64), seen (n,), and the truth: angles (n, 14) degrees, joints
        (n, 24, 3) and points (n, 33, 3) in standing heights, curve (n, 17, 2) in hundredths of them, and
        the view (3,) in degrees.
    """
    truth = film_truth(scene)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        video.write(path, film_frames(scene), frame_rate=RATE_HZ)
        try:
            track = read_poses(path, masks=True, networks=networks)
        except RefusalError:
            return None
    rows = np.round(track.times_s * RATE_HZ).astype(int)
    given = lift_input(track)
    height = scene.mover.height_m
    return {
        "vectors": given.vectors,
        "patches": given.patches,
        "seen": given.seen,
        "angles": truth.angles[rows].astype(np.float32),
        "joints": (truth.joints[rows] / height).astype(np.float32),
        "curve": (truth.curve[rows] / height).astype(np.float32),
        "points": (truth.points[rows] / height).astype(np.float32),
        "view": np.array([scene.view.yaw, scene.view.pitch, scene.view.roll], np.float32),
        "looseness": np.float32(scene.dress.looseness),
        "age": np.float32(scene.mover.age),
        "movement": np.array(scene.motion.movement),
    }


def make_points(seed: int, index: int) -> dict[str, np.ndarray]:
    """What a clip without pictures teaches: a person in any pose (`mitate.simulate.wild`), as points."""
    rng = np.random.default_rng([seed, index, 9])
    mover = sample_mover(rng, load_body())
    motion = wild_motion(rng, age=mover.age, rate_hz=RATE_HZ)
    shape, height = thinned(mover.shape), mover.height_m
    posed = [pose_body(shape, motion.at(frame)) for frame in range(len(motion))]
    truths = [truth_of(one) for one in posed]
    return {
        "angles": np.array([[one.angles[name] for name in ANGLES] for one in truths], np.float32),
        "joints": np.stack([one.joints / height for one in truths]).astype(np.float32),
        "curve": np.stack([one.curve / height for one in truths]).astype(np.float32),
        "points": np.stack([one.points / height for one in posed]).astype(np.float32),
        "view": np.zeros(3, np.float32),
        "looseness": np.array(0.0, np.float32),
        "age": np.array(mover.age, np.float32),
        "movement": np.array("wild"),
    }


def make_clips(out: Path, seed: int, indices: range) -> None:
    """Clips into files of a folder, and `POINTS_EACH` of points only beside each; it goes on if stopped."""
    out.mkdir(parents=True, exist_ok=True)
    networks = Networks.load()
    for index in indices:
        path = out / f"{seed}-{index:05d}.npz"
        if path.exists():
            continue
        for one in range(index * POINTS_EACH, (index + 1) * POINTS_EACH):
            bare = out / f"{seed}-points-{one:06d}.npz"
            if not bare.exists():  # the detector may not find the person, so that this comes up again
                _write(bare, make_points(seed, one))
        clip = make_clip(draw_scene(seed, index), networks)
        if clip is not None:
            _write(path, clip)


def _write(path: Path, clip: dict[str, np.ndarray]) -> None:
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **clip)
    write_bytes(path, packed.getvalue())
