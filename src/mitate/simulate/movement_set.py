"""Films of simulated people who move, with all that is true of them beside each film.

A person is drawn once and makes every movement, in the same clothes and in one room; what differs between
their films is the movement and, unless it is told, how far they are turned from the camera.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from mitate import video
from mitate.errors import InputError
from mitate.files import write_text
from mitate.simulate.body_model import load_body
from mitate.simulate.claim import claim_folder
from mitate.simulate.movement_faults import FAULTS, MOVEMENTS, NECK_MOVEMENTS, faults_of, sample_faults
from mitate.simulate.movement_film import MovementScene, film_frames, film_truth, sample_scene
from mitate.simulate.movement_labels import labels_of, table_of_truth
from mitate.simulate.movement_play import POSITIVE_SIDE
from mitate.simulate.movements import sample_motion
from mitate.simulate.mover import sample_mover
from mitate.simulate.parallel import completed
from mitate.simulate.posing import pose_body
from mitate.simulate.studio import project

__all__ = [
    "CLINICAL",
    "FILMED",
    "MovementPlan",
    "draw_film",
    "film_name",
    "simulate_movements",
    "write_film",
]

CLINICAL: tuple[str, ...] = tuple(name for name in MOVEMENTS if name != "free")
"""The movements of the low back, which are filmed where none are named."""

FILMED: tuple[str, ...] = (*CLINICAL, *NECK_MOVEMENTS)
"""All movements that can be asked for."""

_QUALITY = 20  # x264's constant rate factor: small files in which nothing is smeared
_INSIDE = 0.94  # of the half picture that the whole body is to stay in
_LOOKED_AT = 24  # moments of a film at which that is looked after
_EVERY = 29  # of the body's vertices

Progress = Callable[[float, int], None]


@dataclass(frozen=True, slots=True)
class MovementPlan:
    """Which films to make.

    Attributes:
        people: how many; each makes every movement.
        seed: of the population.
        movements: some of `FILMED`.
        faults: strength by name (`mitate.simulate.movement_faults`), put into those of the movements that can
            have it.
        random_faults: none, one or two faults by chance in each film instead.
        yaw: degrees that people are turned from the camera, to their left; drawn from −90 to 90 if left out.
        pitch: degrees that the camera looks down on the middle of the body; a few, drawn, if left out.
        age: years, 18 to 100; drawn from 20 to 90 if left out.
        loose: how wide the clothes are, 0 to 1; drawn if left out.
        repetitions: of each movement, both sides together; drawn if left out.
        frame_rate, width, height: of every film; sides in pixels, even.

    Raises:
        InputError: something that no film can have.
    """

    people: int
    seed: int
    movements: tuple[str, ...] = CLINICAL
    faults: Mapping[str, float] = field(default_factory=dict)
    random_faults: bool = False
    yaw: float | None = None
    pitch: float | None = None
    age: float | None = None
    loose: float | None = None
    repetitions: int | None = None
    frame_rate: float = 30.0
    width: int = 720
    height: int = 1280

    def __post_init__(self) -> None:
        for name in self.movements:
            if name not in FILMED:
                raise InputError(
                    f"there is no movement {name[:40]!r}",
                    where="movement",
                    todo=f"one of {', '.join(FILMED)}",
                )
        if not self.movements or len(set(self.movements)) < len(self.movements):
            raise InputError("name each movement once", where="movement")
        self._check_numbers()
        self._check_faults()
        sides = (self.width, self.height)
        if any(side % 2 or not 64 <= side <= 4096 for side in sides):
            raise InputError(
                f"a film of {sides[0]}×{sides[1]} pixels", where="size", todo="use even sides from 64 to 4096"
            )

    def _check_numbers(self) -> None:
        fewest = 2 if any(name in POSITIVE_SIDE for name in self.movements) else 1
        ranges: dict[str, tuple[float | None, float, float]] = {
            "people": (self.people, 1, 1e6),
            "seed": (self.seed, 0, math.inf),
            "yaw": (self.yaw, -180, 180),
            "pitch": (self.pitch, -45, 45),
            "age": (self.age, 18, 100),
            "loose": (self.loose, 0, 1),
            "repetitions": (self.repetitions, fewest, 30),
            "frame-rate": (self.frame_rate, 1, 240),
        }
        for name, (value, low, high) in ranges.items():
            if value is not None and not low <= value <= high:
                raise InputError(f"{value:g} is out of range", where=name, todo=f"give {low:g} to {high:g}")

    def _check_faults(self) -> None:
        if self.faults and self.random_faults:
            raise InputError("faults are either named or drawn", where="fault", todo="leave one of them out")
        possible = [name for name in FAULTS if any(name in faults_of(one) for one in self.movements)]
        for name, strength in self.faults.items():
            if name not in possible:
                asked = "none of these movements" if len(self.movements) > 1 else self.movements[0]
                what = "can have" if len(self.movements) > 1 else "cannot have"
                raise InputError(
                    f"{asked} {what} the fault {name[:40]!r}",
                    where="fault",
                    todo=f"there can be: {', '.join(possible)}",
                )
            low = -1.0 if FAULTS[name].signed else 0.0
            if not low <= strength <= 1.0:
                raise InputError(f"{name}={strength:g} is out of range", where="fault", todo=f"{low:g} to 1")

    def films(self) -> list[tuple[int, str]]:
        """Person and movement of every film."""
        return [(person, movement) for person in range(self.people) for movement in self.movements]


def film_name(person: int, movement: str) -> str:
    """The name of a film and of the files beside it, without their endings."""
    return f"person-{person:04d}_{movement}"


def draw_film(plan: MovementPlan, person: int, movement: str) -> MovementScene:
    """Person, movement, clothes, room and camera of one film; the whole body stays in the picture.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """

    def chance(*of: int) -> np.random.Generator:
        return np.random.default_rng([plan.seed, person, 6, *of])

    number = FILMED.index(movement)
    ages = (20.0, 90.0) if plan.age is None else (plan.age, plan.age)
    mover = sample_mover(chance(0), load_body(), age=ages)
    faults = {name: value for name, value in plan.faults.items() if name in faults_of(movement)}
    if plan.random_faults:
        faults = sample_faults(chance(1, number), movement)
    motion = sample_motion(
        chance(2),
        movement,
        age=mover.age,
        sex=mover.sex,
        faults=faults,
        repetitions=plan.repetitions,
        rate_hz=plan.frame_rate,
    )
    yaw = float(chance(3, number).uniform(-90, 90)) if plan.yaw is None else plan.yaw
    scene = sample_scene(
        chance(4),
        mover,
        motion,
        yaw=yaw,
        pitch=plan.pitch,
        looseness=plan.loose,
        size=(plan.width, plan.height),
    )
    return replace(scene, view=replace(scene.view, focal_px=scene.view.focal_px * _zoom(scene)))


def _zoom(scene: MovementScene) -> float:
    """By how much the lens must be wider so that nothing of the body leaves the picture."""
    middle = 0.5 * (np.array([scene.view.width, scene.view.height]) - 1)
    moments = np.linspace(0, len(scene.motion) - 1, min(_LOOKED_AT, len(scene.motion))).astype(int)
    farthest = 0.0
    for moment in moments:
        posed = pose_body(scene.mover.shape, scene.motion.at(int(moment)))
        places = np.concatenate([posed.vertices[::_EVERY], posed.points, posed.tips])
        away = np.abs(project(places, scene.view, scene.mover.height_m) - middle) / middle
        farthest = max(farthest, float(away.max()))
    return min(1.0, _INSIDE / farthest)


def write_film(
    root: Path,
    plan: MovementPlan,
    person: int,
    movement: str,
    progress: Callable[[float], None] | None = None,
) -> Path:
    """Make one film with its truth; the JSON comes last, so that a film with one is whole.

    Args:
        progress: called with the share of the film that is done.

    Returns:
        The JSON's path.

    Raises:
        InputError: the folder cannot be written.
        MissingExtraError: the `simulate` extra is not installed.
    """
    scene = draw_film(plan, person, movement)
    truth = film_truth(scene)
    name = film_name(person, movement)
    beside = root / f"{name}.json"

    def pictures() -> Any:
        for number, picture in enumerate(film_frames(scene)):
            if progress is not None:
                progress(number / len(scene.motion))
            yield picture

    try:
        video.write(root / f"{name}.mp4", pictures(), frame_rate=plan.frame_rate, quality=_QUALITY)
        write_text(root / f"{name}.tsv", table_of_truth(truth))
        write_text(beside, json.dumps(labels_of(scene, truth, name), indent=1) + "\n")
    except OSError as error:
        raise InputError(f"cannot be written to ({error.strerror})", where=root) from error
    return beside


def _film(root: Path, plan: MovementPlan, person: int, movement: str) -> Path:
    """One job, in whatever process it runs."""
    import cv2

    cv2.setNumThreads(1)
    return write_film(root, plan, person, movement)


def simulate_movements(
    root: Path,
    plan: MovementPlan,
    *,
    workers: int = 2,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> int:
    """Make the films of a plan; goes on where an earlier run stopped.

    The table ``films.tsv`` is written last, so that a folder without it is not finished.

    Args:
        root: a new or empty folder, or one begun with the same plan.
        plan: what to make. The same plan gives the same pixels, whatever the number of workers.
        workers: processes, where no executor is given; 1 makes the films in this one.
        executor: makes the films elsewhere; it must see the same folder.
        progress: called with films done, the share of one as well, and films in all.

    Returns:
        The number of films.

    Raises:
        InputError: the folder holds something else, or cannot be written to.
        MissingExtraError: the `simulate` extra is not installed.
    """
    films = plan.films()
    load_body()  # builds Anny's cache once, before several processes would
    claim_folder(root, plan, what="films of simulated people who move; no person is shown")
    write_text(root / "README.md", _README)
    for left in root.glob(".*.partial"):  # of a run that was killed
        left.unlink()
    jobs = [(root, plan, *film) for film in films if not (root / f"{film_name(*film)}.json").exists()]
    done = len(films) - len(jobs)

    def say(more: float = 0.0) -> None:
        if progress is not None:
            progress(done + more, len(films))

    say()
    if executor is None and min(workers, len(jobs)) == 1:
        for job in jobs:
            write_film(*job, progress=say)
            done += 1
            say()
    else:
        for _ in completed(_film, jobs, workers=workers, executor=executor):
            done += 1
            say()
    write_text(root / "films.tsv", _table_of_films(root, films))
    return len(films)


def _table_of_films(root: Path, films: list[tuple[int, str]]) -> str:
    head = ("film", "person", "movement", "age", "sex", "height_m", "loose", "yaw", "pitch", "faults")
    lines = ["\t".join(head)]
    for person, movement in films:
        told = json.loads((root / f"{film_name(person, movement)}.json").read_text(encoding="utf-8"))
        who, view = told["person"], told["view"]
        faults = " ".join(f"{name}={value:.2f}" for name, value in told["faults"].items())
        row = (told["film"], f"person-{person:04d}", movement, who["age"], who["sex"], who["height_m"])
        lines.append("\t".join(map(str, (*row, who["loose"], view["yaw"], view["pitch"], faults))))
    return "\n".join(lines) + "\n"


_README = """# Films of simulated people who move

**No person is shown.** The people are the body model Anny, moved by a program, drawn without real clothes or
soft tissue. Every figure obtained from these films is a figure about simulated people.

- `films.tsv`: one row a film; it is written last, so a folder without it is not finished.
- `person-0000_forward_bend.mp4`: a film. The `.json` of the same name says who moves, which faults were put
  in (0 is none, 1 a clear case), where the camera stood, when each repetition began, was deepest and ended,
  and what is true of the movement (`truth`, in degrees, cm or per cent as the name ends).
- The `.tsv` of the same name has one row a picture: time, joint angles, the curve of the back from C7
  (`curve0`) to S1 (`curve16`) in cm forward and up from S1, joints in metres (x to the person's left, y up
  from the floor, z forward as the pelvis faces), and where the camera sees the 33 points of the pose, pixels.
- `simulation.json`: the plan, and the versions that made it. The same of both give the same pixels.

Angles: bending forward is positive, sideways to the person's right, turning to their left. `view.yaw` is how
far the person stands turned from the camera, to their left; rotations in the table count from the camera.

Made by `mitate simulate movements`. CC0-1.0.
"""
