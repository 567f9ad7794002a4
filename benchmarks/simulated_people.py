"""Simulated people that no network has learned from, filmed from two angles each, and read by the detector.

Every person makes one clinical movement, with a fault or without, and is filmed twice from drawn angles all
the way round, in two rooms, looking up or down by up to 15 degrees. The films are encoded and read by
`mitate.body.read.read_poses`; what it read is kept in a cache folder, so that it is lifted anew in no time.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mitate import video
from mitate.body.clip import PoseTrack
from mitate.body.read import Networks, read_poses
from mitate.body.recording import ANGLES, Recording
from mitate.errors import RefusalError
from mitate.files import write_bytes
from mitate.simulate.body_model import load_body
from mitate.simulate.movement_film import (
    FilmTruth,
    MovementScene,
    film_frames,
    film_truth,
    sample_scene,
)
from mitate.simulate.movements import MOVEMENTS, sample_faults, sample_motion
from mitate.simulate.mover import sample_mover

__all__ = ["CACHE", "PEOPLE", "SEED", "Film", "films", "make_films", "true_recording"]

CACHE = Path(__file__).parents[1] / "build" / "simulated-people"
SEED = 7
"""Of the people: not one that any network was trained or calibrated on."""

PEOPLE = 260
_RATE_HZ = 10.0
_CLINICAL = tuple(name for name in MOVEMENTS if name != "free")


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """One film as it was read.

    Attributes:
        person: number of the person. view: 0 or 1.
        movement, age, height_m, looseness: what was filmed; looseness of the clothes, 0 tight to 1 wide.
        yaw, pitch: degrees of the camera.
        track: what the detector saw; None where it refused.
        truth: what is true of every frame of the film.
    """

    person: int
    view: int
    movement: str
    age: int
    height_m: float
    looseness: float
    yaw: float
    pitch: float
    track: PoseTrack | None
    truth: FilmTruth


def draw_scene(person: int, view: int) -> MovementScene:
    """Person `person` from the angle `view`; both views show the same take."""
    rng = np.random.default_rng([SEED, person, 0])
    mover = sample_mover(rng, load_body())
    movement = _CLINICAL[person % len(_CLINICAL)]
    sided = movement in ("rotation", "side_bend", "one_leg_stance")
    faults = sample_faults(rng, movement) if rng.random() < 0.6 else None
    motion = sample_motion(
        rng,
        movement,
        age=mover.age,
        faults=faults,
        repetitions=2 if sided else 1,
        rate_hz=_RATE_HZ,
        speed=float(rng.uniform(1.2, 1.8)),
    )
    # Two views of one person are apart, and over all people they go all the way round in steps.
    first = 15.0 * (person % 24) - 180.0
    yaw = first + (0.0 if view == 0 else 15.0 * float(rng.integers(2, 23)))
    yaw = (yaw + float(np.random.default_rng([SEED, person, 1 + view]).uniform(-7, 7)) + 180.0) % 360 - 180.0
    filmed = np.random.default_rng([SEED, person, 10 + view])
    pitch = float(filmed.uniform(-15, 15))
    looseness = 0.0 if person % 3 else float(np.random.default_rng([SEED, person, 5]).uniform(0.1, 1.0))
    return sample_scene(filmed, mover, motion, yaw=yaw, pitch=pitch, looseness=looseness)


def make_films(indices: range, cache: Path = CACHE) -> None:
    """Film, read and keep the people of `indices`; what is there already is left."""
    cache.mkdir(parents=True, exist_ok=True)
    networks = Networks.load()
    for person in indices:
        for view in (0, 1):
            path = _place(cache, person, view)
            if not path.exists():
                write_bytes(path, pickle.dumps(_film(person, view, networks)))


def films(people: int = PEOPLE, cache: Path = CACHE) -> Iterator[Film]:
    """The films, those that are missing made first."""
    for person in range(people):
        make_films(range(person, person + 1), cache) if not _place(cache, person, 1).exists() else None
        for view in (0, 1):
            found: Film = pickle.loads(_place(cache, person, view).read_bytes())
            yield found


def _place(cache: Path, person: int, view: int) -> Path:
    return cache / f"{person:04d}-{view}.pickle"


def _film(person: int, view: int, networks: Networks) -> Film:
    scene = draw_scene(person, view)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        video.write(path, film_frames(scene), frame_rate=_RATE_HZ)
        try:
            track = read_poses(path, masks=True, networks=networks)
        except RefusalError:
            track = None
    return Film(
        person=person,
        view=view,
        movement=scene.motion.movement,
        age=scene.mover.age,
        height_m=scene.mover.height_m,
        looseness=scene.dress.looseness,
        yaw=scene.view.yaw,
        pitch=scene.view.pitch,
        track=track,
        truth=film_truth(scene),
    )


def true_recording(film: Film) -> Recording:
    """What a perfect instrument would have recorded of a film."""
    truth, count = film.truth, len(film.truth.times_s)
    nothing = np.zeros(count)
    return Recording(
        times_s=truth.times_s,
        angles={name: truth.angles[:, i] for i, name in enumerate(ANGLES)},
        angle_errors=dict.fromkeys(ANGLES, nothing),
        joints=truth.joints,
        curve=truth.curve,
        curve_error=nothing,
        curve_hidden="",
        yaw=truth.angle("pelvis_rotation"),
        pitch=np.full(count, film.pitch),
        roll=nothing,
        view_errors=nothing,
        height_m=film.height_m,
        height_known=True,
    )
