"""Simulated people with one known cause each, who make four movements before a camera, from any angle.

A cause that a film can show is put into the movements as faults (`FAULTS_OF`); the sizes are this project's
own. Otherwise they move within the norms: simulated people vary about twice as widely as the norms' centiles
(of ten graded measures three and a half are beyond a limit in somebody without any fault), so of many drawn
the first is taken who has at most `ODD` beyond one. Everybody is filmed in the same four movements, so that
which films there are tells nothing of the cause.
The films are encoded as MP4 and read as any other; what was read and lifted is kept in a cache folder.
"""

from __future__ import annotations

import math
import pickle
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.simulated_people import Film
from mitate import video
from mitate.back import norms
from mitate.back.assess import assessed
from mitate.body.lift import LiftModel, lift
from mitate.body.read import Networks, read_poses
from mitate.body.recording import Recording
from mitate.errors import RefusalError
from mitate.files import write_bytes
from mitate.simulate.body_model import load_body
from mitate.simulate.movement_film import MovementScene, film_frames, film_truth
from mitate.simulate.movement_set import MovementPlan, draw_film
from mitate.simulate.movements import sample_motion
from mitate.simulate.mover import sample_mover

__all__ = ["FAULTS_OF", "FILMED", "PEOPLE", "SEED", "Take", "cause_of", "make_takes", "takes"]

CACHE = Path(__file__).parents[1] / "build" / "known-faults"
SEED = 606
"""Of the people: not one that any network was trained or calibrated on."""
PEOPLE = 200
FILMED = ("forward_bend", "backward_bend", "rotation", "side_bend")
_RATE_HZ = 10.0
_SIZE = (240, 424)
_TRIES = 80
ODD = 1
"""Graded measures beyond a limit before the fault is put in."""

FAULTS_OF: Mapping[str, Mapping[str, Mapping[str, float]]] = {
    "excessive_lumbar_flexion": {"forward_bend": {"lumbar_too_much": 1.0, "pelvis_too_little": 0.3}},
    "insufficient_lumbar_flexion": {"forward_bend": {"lumbar_too_little": 1.0}},
    "excessive_lumbar_extension": {"backward_bend": {"lumbar_too_much": 1.0}},
    "insufficient_lumbar_extension": {"backward_bend": {"lumbar_too_little": 1.0}},
    "excessive_lumbar_rotation": {"rotation": {"lumbar_too_much": 1.0, "pelvis_too_little": 0.6}},
    "asymmetric_lumbar_rotation(left)": {"rotation": {"one_side_less": -1.0}},
    "asymmetric_lumbar_rotation(right)": {"rotation": {"one_side_less": 1.0}},
    "restricted_hip_flexion": {"forward_bend": {"pelvis_too_little": 1.0}},
    "altered_lumbopelvic_rhythm": {"forward_bend": {"pelvis_leads": 1.0, "reversal": 1.0}},
    "instability_pattern": {"forward_bend": {"judder": 1.0}},
    "guarded_movement": {
        "forward_bend": {"stops_short": 1.0},
        "backward_bend": {"stops_short": 1.0},
        "rotation": {"stops_short": 1.0},
        "side_bend": {"stops_short": 1.0},
    },
}
"""Of each known cause the faults of each movement at full strength; a person has 0.7 to 1 of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One film as it was read.

    Attributes:
        cause: the person's known cause.
        sex: ``female`` or ``male``.
        film: the film's truth; its track without masks, None where no pose was read.
        recording: what was lifted; None where no pose was read.
        refused: reason for which `mitate back measure` refuses the film; empty where it does not.
    """

    cause: str
    sex: str
    film: Film
    recording: Recording | None
    refused: str


def cause_of(person: int) -> str:
    """The known cause of a person: each as often as every other."""
    return tuple(FAULTS_OF)[person % len(FAULTS_OF)]


@lru_cache(maxsize=4)
def ordinary(person: int) -> int:
    """Whom to draw: the first number that moves within the norms; the nearest if none does."""
    first = _TRIES * person
    odd = {}
    for number in range(first, first + _TRIES):
        odd[number] = _beyond(number)
        if odd[number] <= ODD:
            return number
    return min(odd, key=odd.__getitem__)


def _beyond(number: int) -> int:
    """Graded measures that are beyond a limit in somebody without any fault, by their true values."""
    mover = sample_mover(np.random.default_rng([SEED, number, 6, 0]), load_body())
    count = 0
    for movement in FILMED:
        rng = np.random.default_rng([SEED, number, 6, 2])
        motion = sample_motion(rng, movement, age=mover.age, sex=mover.sex, repetitions=2, rate_hz=_RATE_HZ)
        for name, value in motion.truth().items():
            if name in norms.measures(movement) and math.isfinite(value):
                count += norms.grade(name, value, age=mover.age).grade != "moderate"
    return count


def draw_take(person: int, movement: str) -> MovementScene:
    """One person making one movement, seen from an angle of their own for each film."""
    number = ordinary(person)
    rng = np.random.default_rng([SEED, person, FILMED.index(movement)])
    strength = float(np.random.default_rng([SEED, person, 90]).uniform(0.7, 1.0))
    faults = FAULTS_OF[cause_of(person)].get(movement, {})
    plan = MovementPlan(
        people=number + 1,
        seed=SEED,
        movements=(movement,),
        faults={name: value * strength for name, value in faults.items()},
        yaw=float(rng.uniform(-180, 180)),
        pitch=float(rng.uniform(-12, 12)),
        repetitions=2,
        frame_rate=_RATE_HZ,
        width=_SIZE[0],
        height=_SIZE[1],
    )
    return draw_film(plan, number, movement)


def make_takes(people: range, cache: Path = CACHE) -> None:
    """Film, read and keep; what is there already is left."""
    cache.mkdir(parents=True, exist_ok=True)
    networks, model = Networks.load(), LiftModel.load()
    for person in people:
        for movement in FILMED:
            place = _place(cache, person, movement)
            if not place.exists():
                write_bytes(place, pickle.dumps(_take(person, movement, networks, model)))


def takes(people: int = PEOPLE, cache: Path = CACHE) -> Iterator[tuple[Take, ...]]:
    """The films of each person, those that are missing made first."""
    for person in range(people):
        if not all(_place(cache, person, movement).exists() for movement in FILMED):
            make_takes(range(person, person + 1), cache)
        yield tuple(pickle.loads(_place(cache, person, movement).read_bytes()) for movement in FILMED)


def _place(cache: Path, person: int, movement: str) -> Path:
    return cache / f"{person:04d}-{movement}.pickle"


def _take(person: int, movement: str, networks: Networks, model: LiftModel) -> Take:
    scene = draw_take(person, movement)
    sex = "female" if scene.mover.sex == "F" else "male"
    track, recording, refused = None, None, ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        video.write(path, film_frames(scene), frame_rate=_RATE_HZ)
        try:
            track = read_poses(path, masks=True, networks=networks)
            recording = lift(track, height_m=scene.mover.height_m, model=model)
            assessed(track, recording, movement, age=float(scene.mover.age), sex=sex)
        except RefusalError as error:
            refused = error.reason
    film = Film(
        person=person,
        view=0,
        movement=movement,
        age=scene.mover.age,
        height_m=scene.mover.height_m,
        looseness=scene.dress.looseness,
        yaw=scene.view.yaw,
        pitch=scene.view.pitch,
        track=None if track is None else replace(track, masks=None),
        truth=film_truth(scene),
    )
    return Take(cause_of(person), sex, film, recording, refused)
