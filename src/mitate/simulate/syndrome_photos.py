"""Photos of people with simulated syndromes, as a data set on disk."""

from __future__ import annotations

import colorsys
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.dataset import write_dataset
from mitate.diagnosis.photographs import Dataset, Photo
from mitate.files import write_bytes
from mitate.simulate.capture import Sitter, sample_conditions, sample_frames
from mitate.simulate.claim import claim_folder
from mitate.simulate.face_cohort import Progress
from mitate.simulate.fluid import Visit
from mitate.simulate.head import Head, load_head
from mitate.simulate.parallel import completed
from mitate.simulate.person import Person
from mitate.simulate.syndromes import (
    SyndromePlan,
    class_label,
    person_name,
    sample_affected,
    skin_tone,
    syndrome_signs,
)

__all__ = ["FIRST_COPY", "PlannedPhoto", "planned_photos", "simulate_syndromes", "take_photo"]

_PHOTO_STREAM, _WALL_STREAM, _CAMERA_STREAM = 103, 104, 105
_DRY = Visit(day=0, phase="post", fluid_kg=0.0, fat_kg=0.0, puffiness_kg=0.0)
_AGES = ((45, "30 to 44"), (60, "45 to 59"), (75, "60 to 74"))
_OLDEST = "75 and over"
_COPY_SHARE, _COPY_QUALITY = 0.8, 60
FIRST_COPY = 90_000
"""Number of the first name that a planted duplicate is given, within its class."""

Image = NDArray[np.uint8]
FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Source:
    """A camera: what photos of one place have in common, whatever is on them.

    Attributes:
        widths: range, in sides of the plan.
        noise: multiplies the sensor's noise.
        qualities: the part of the plan's range of JPEG qualities that it uses, from 0 to 1.
        tint: (3,) multiplies red, green and blue.
    """

    name: str
    widths: tuple[float, float]
    noise: float
    qualities: tuple[float, float]
    tint: tuple[float, float, float]


_SOURCES = (
    _Source("camera 1", (0.98, 1.15), 0.7, (0.35, 1.0), (0.98, 1.0, 1.03)),
    _Source("camera 2", (0.85, 1.02), 1.2, (0.0, 0.65), (1.04, 1.0, 0.95)),
)


@dataclass(frozen=True, slots=True)
class PlannedPhoto:
    """One photo to be taken: of whom, which one, where it goes, and what is written beside it.

    Attributes:
        number, index: the class and the number of who is on it.
        photo: which one of this person's.
        person, label: the name and the class that the table gives.
        file: where it goes, below the folder.
        copied: whether it is made from the stored photo, smaller and compressed again.
    """

    number: int
    index: int
    photo: int
    person: str
    label: str
    file: str
    copied: bool = False


def planned_photos(plan: SyndromePlan) -> list[PlannedPhoto]:
    """Every photo of a plan, class by class, then the planted duplicates."""
    people = range(plan.first_person, plan.first_person + plan.people)
    shots = [
        _shot(plan, n, (n, i), i, photo) for n in plan.numbers for i in people for photo in range(plan.photos)
    ]
    for d in range(plan.duplicates):
        number = plan.first_class + d % plan.classes
        other = plan.first_class + (d + 1) % plan.classes
        index, copied = plan.first_person + d // plan.classes, bool(d % 2)
        photo = 0 if copied else plan.photos
        shots.append(_shot(plan, number, (other, FIRST_COPY + d), index, photo, copied=copied))
    return shots


def _shot(
    plan: SyndromePlan, number: int, called: tuple[int, int], index: int, photo: int, *, copied: bool = False
) -> PlannedPhoto:
    name = person_name(plan.seed, *called)
    return PlannedPhoto(
        number, index, photo, name, class_label(called[0]), f"photos/{name}-{photo}.jpg", copied
    )


def _wall_of(plan: SyndromePlan, number: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """The wall that only this class is photographed before: its own hue, never quite alike."""
    first = float(np.random.default_rng([plan.seed, _WALL_STREAM]).random())
    hue = first + (number - plan.first_class) / plan.classes
    colour = np.array(colorsys.hsv_to_rgb(hue % 1.0, 0.55, 0.5))
    top, bottom = ((colour * np.exp(rng.normal(0.0, 0.06, 3))).astype(np.float32) for _ in range(2))
    return top, bottom


def _camera(person: Person, photo: int) -> _Source:
    rng = np.random.default_rng([person.seed, person.index, photo, _CAMERA_STREAM])
    return _SOURCES[int(rng.integers(len(_SOURCES)))]


def take_photo(person: Person, plan: SyndromePlan, number: int, photo: int) -> tuple[Image, int]:
    """One photo of a person as the camera's sensor has it, and the JPEG quality to store it at.

    Everything about it is drawn for the person and the photo's number: the class has no part in it but for
    the wall, where the plan plants that.

    Args:
        person: of `sample_affected`.
        plan: size, compression and background.
        number: the person's class.
        photo: which one.

    Returns:
        (height, width, 3) uint8 RGB, and the quality. The same arguments give the same pixels.
    """
    rng = np.random.default_rng([person.seed, person.index, photo, _PHOTO_STREAM])
    source = _camera(person, photo)
    width = round(plan.side * float(rng.uniform(*source.widths)))
    height = round(width * float(rng.uniform(1.0, 1.25)))
    between_eyes = width * float(rng.uniform(0.2, 0.25))
    room = sample_conditions(rng)
    state = sample_frames(rng, room, 1)[0]
    room = replace(
        room,
        noise=room.noise * source.noise,
        white_balance=room.white_balance * np.asarray(source.tint, np.float32),
    )
    if plan.background == "by class":
        wall = np.random.default_rng([person.seed, person.index, photo, _WALL_STREAM])
        room = replace(room, background=_wall_of(plan, number, wall))
    picture = Sitter(person, _DRY, room).picture(state, width, height, between_eyes, compress=False)
    low, high = plan.jpeg
    share = float(rng.uniform(*source.qualities))
    return picture, round(low + (high - low) * share)


def _jpeg(picture: Image, quality: int) -> bytes:
    import cv2

    setting = [int(cv2.IMWRITE_JPEG_QUALITY), quality]
    _, coded = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), setting)
    return bytes(coded)


def _copy(coded: bytes) -> bytes:
    """The same photo as someone else might have saved it: smaller and compressed again."""
    import cv2

    picture = np.asarray(cv2.imdecode(np.frombuffer(coded, np.uint8), cv2.IMREAD_COLOR), np.uint8)
    small = cv2.resize(picture, None, fx=_COPY_SHARE, fy=_COPY_SHARE, interpolation=cv2.INTER_AREA)
    return _jpeg(np.asarray(small[..., ::-1], np.uint8), _COPY_QUALITY)


def _make(root: Path, plan: SyndromePlan, shots: tuple[PlannedPhoto, ...]) -> int:
    """The photos of one person, in whatever process; returns how many."""
    import cv2

    cv2.setNumThreads(1)
    person = sample_affected(load_head(), plan, shots[0].number, shots[0].index)
    for shot in shots:
        picture, quality = take_photo(person, plan, shot.number, shot.photo)
        coded = _jpeg(picture, quality)
        write_bytes(root / shot.file, _copy(coded) if shot.copied else coded)
    return len(shots)


def _groups(person: Person, photo: int) -> dict[str, str]:
    """What results are broken down by."""
    age = next((name for below, name in _AGES if person.age < below), _OLDEST)
    return {
        "age": age,
        "sex": person.sex,
        "skin_tone": skin_tone(person.skin.lab),
        "source": _camera(person, photo).name,
    }


def _dataset(root: Path, plan: SyndromePlan, head: Head, name: str) -> Dataset:
    photos = []
    for shot in planned_photos(plan):
        person = sample_affected(head, plan, shot.number, shot.index)
        photos.append(
            Photo(
                file=root / shot.file,
                person=shot.person,
                label=shot.label,
                groups=_groups(person, shot.photo),
                consent="simulated: no person is shown",
                licence="CC0-1.0",
            )
        )
    return Dataset(name, root, tuple(photos), simulated=True)


def _truths(plan: SyndromePlan, head: Head) -> list[dict[str, Any]]:
    """What is true of each class: its signs."""
    return [
        {"label": class_label(n), "signs": {k: round(v, 4) for k, v in syndrome_signs(head, plan, n).items()}}
        for n in plan.numbers
    ]


def simulate_syndromes(
    root: Path,
    plan: SyndromePlan,
    *,
    name: str = "simulated syndromes",
    workers: int = 2,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Photos of simulated people with simulated syndromes, as a data set; goes on where a run stopped.

    The table is written last, so that a folder without it is not finished. ``simulation.json`` holds the
    plan, the versions that made it, and the signs of each class.

    Args:
        root: a new or empty folder, or one begun with the same plan.
        plan: what to make. The same plan gives the same pixels, whatever the number of workers.
        name: of the data set.
        workers: processes, where no executor is given.
        executor: makes the photos elsewhere; it must see the same folder.
        progress: called with photos done and photos in all.

    Raises:
        InputError: the folder holds something else, or cannot be written to.
        MissingExtraError: the `simulate` extra is not installed.
    """
    head = load_head()  # builds Anny's cache once, before several processes would
    claim_folder(
        root, plan, _truths(plan, head), what="simulated syndromes; no person and no disease is shown"
    )
    shots = planned_photos(plan)
    missing: dict[tuple[int, int], list[PlannedPhoto]] = {}
    for shot in shots:
        if not (root / shot.file).exists():
            missing.setdefault((shot.number, shot.index), []).append(shot)
    done = len(shots) - sum(map(len, missing.values()))
    if progress:
        progress(done, len(shots))
    jobs = [(root, plan, tuple(of_person)) for of_person in missing.values()]
    for finished in completed(_make, jobs, workers=workers, executor=executor):
        done += finished
        if progress:
            progress(done, len(shots))
    dataset = _dataset(root, plan, head, name)
    write_dataset(root, dataset)
    return dataset
