"""Simulated dialysis patients as face crops, at training speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.edema.crops import CropSession, write_shard
from mitate.errors import InputError, RefusalError
from mitate.face.align import EDEMA_CROP_SIZE, edema_crop
from mitate.face.detect import FaceDetector
from mitate.face.landmarks import FaceMesh, roi_of_detection
from mitate.simulate.capture import (
    CaptureProfile,
    Conditions,
    FrameState,
    Sitter,
    sample_conditions,
    sample_frames,
)
from mitate.simulate.head import load_head
from mitate.simulate.parallel import completed
from mitate.simulate.person import Person, PersonProfile, sample_person

__all__ = ["CropPlan", "conditions_of", "simulate_crops", "sitter_for"]

_PEOPLE_PER_SHARD = 20
_SIDE_PER_EYES = 160 / 45.0  # side of a picture in distances between the eyes

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class CropPlan:
    """What to simulate.

    Attributes:
        participants: how many people.
        days: dialysis days each, a pre and a post session a day.
        frames: crops of a session.
        seed: of the population.
        size: side of a crop in pixels.
        first: index of the first person, so that a population can grow.
        rooms: 0, or how many rooms each frame is shown in; every frame then has a mood and a distance of its
            own too. No camera could take that: it teaches an encoder what light does.
        eyes_px: pixels between the eyes in the pictures that crops come from; a crop of 128 px has 44, one
            of 64 px has 22, and pictures of 31.5 are drawn in half the time.
        person, capture: the make-up of people and of captures.
        people: indices of the people in place of `first` and those after it; one for each of `participants`.
        days_each: dialysis days of each of them in place of `days`.
        shard: people in one shard; 0 leaves it to the module. Small shards lose less when interrupted.
    """

    participants: int
    days: int
    frames: int
    seed: int
    size: int = EDEMA_CROP_SIZE
    first: int = 0
    rooms: int = 0
    eyes_px: float = 45.0
    person: PersonProfile = field(default_factory=PersonProfile)
    capture: CaptureProfile = field(default_factory=CaptureProfile)
    people: tuple[int, ...] = ()
    days_each: tuple[int, ...] = ()
    shard: int = 0

    def roster(self) -> list[tuple[int, int]]:
        """Index and dialysis days of every person.

        Raises:
            InputError: `people` or `days_each` is not one for each participant.
        """
        people = self.people or tuple(range(self.first, self.first + self.participants))
        days = self.days_each or (self.days,) * self.participants
        if not len(people) == len(days) == self.participants:
            raise InputError("not one index and one number of days for each participant", where="plan")
        return list(zip(people, days, strict=True))


@lru_cache(maxsize=1)
def _seeing() -> tuple[FaceDetector, FaceMesh]:
    """The same detector and mesh that real clips go through, once per process."""
    return FaceDetector(), FaceMesh()


def conditions_of(person: Person, visit_index: int, capture: CaptureProfile) -> Conditions:
    """Room, camera and mood of the session number `visit_index` of a person."""
    return sample_conditions(np.random.default_rng([person.seed, person.index, 2, visit_index]), capture)


def sitter_for(person: Person, visit_index: int, days: int, capture: CaptureProfile) -> Sitter:
    """The person in the session number `visit_index` (pre, post, pre, post …) of a course of `days`."""
    visit = person.course(days)[visit_index]
    return Sitter(person, visit, conditions_of(person, visit_index, capture))


def _crop(sitter: Sitter, state: FrameState, size: int, eyes_px: float = 45.0) -> NDArray[np.uint8] | None:
    """A picture of this frame, seen as a real frame would be; None where no face is found."""
    side = round(eyes_px * _SIDE_PER_EYES)
    return _seen(sitter.picture(state, side, side, eyes_px), size)


def _seen(picture: NDArray[np.uint8], size: int) -> NDArray[np.uint8] | None:
    detector, mesh = _seeing()
    faces = detector(picture)
    if not faces:
        return None
    return edema_crop(picture, mesh(picture, roi_of_detection(faces[0])).points, size)


def session_crops(person: Person, visit_index: int, plan: CropPlan) -> NDArray[np.uint8]:
    """(frames, S, S, 3) crops of one session.

    Raises:
        RefusalError: this person's face cannot be seen by the detector.
    """
    sitter = sitter_for(person, visit_index, visit_index // 2 + 1, plan.capture)
    rng = np.random.default_rng([person.seed, person.index, 3, visit_index])
    crops: list[NDArray[np.uint8]] = []
    for _ in range(4):  # a frame without a face is drawn anew, as selection would pass it over
        missing = plan.frames - len(crops)
        states = sample_frames(rng, sitter.conditions, missing, plan.capture)
        crops += [
            crop for state in states if (crop := _crop(sitter, state, plan.size, plan.eyes_px)) is not None
        ]
        if len(crops) == plan.frames:
            return np.stack(crops)
    raise RefusalError("no face found in a simulated session", reason="no_face", where=person.participant_id)


def _many_rooms(person: Person, visit_index: int, plan: CropPlan) -> NDArray[np.uint8]:
    """(frames * rooms, S, S, 3) crops of one state of the body, every frame in other rooms.

    Raises:
        RefusalError: this person's face cannot be seen by the detector.
    """
    visit = person.course(visit_index // 2 + 1)[visit_index]
    rng = np.random.default_rng([person.seed, person.index, 4, visit_index])
    side = round(plan.eyes_px * _SIDE_PER_EYES)
    crops: list[NDArray[np.uint8]] = []
    for _ in range(4 * plan.frames):
        rooms = [sample_conditions(rng, plan.capture) for _ in range(plan.rooms)]
        (state,) = sample_frames(rng, rooms[0], 1, plan.capture)
        pictures = Sitter(person, visit, rooms[0]).pictures(state, rooms, side, side, plan.eyes_px)
        found = [crop for picture in pictures if (crop := _seen(picture, plan.size)) is not None]
        if len(found) == plan.rooms:
            crops += found
        if len(crops) == plan.frames * plan.rooms:
            return np.stack(crops)
    raise RefusalError("no face found in a simulated session", reason="no_face", where=person.participant_id)


def _shard(root: Path, plan: CropPlan, places: range, roster: list[tuple[int, int]]) -> int:
    """Simulate a few people, of these places of the whole plan, and write them; returns how many."""
    import cv2

    cv2.setNumThreads(1)
    head = load_head()
    crops: list[NDArray[np.uint8]] = []
    sessions: list[CropSession] = []
    for index, days in roster:
        person = sample_person(head, plan.seed, index, plan.person)
        for number, visit in enumerate(person.course(days)):
            try:
                taken = (_many_rooms if plan.rooms else session_crops)(person, number, plan)
            except RefusalError:
                continue  # a session that selection refuses is missing from the cohort, as in a clinic
            sessions.append(
                CropSession(
                    participant_id=person.participant_id,
                    session_id=f"d{visit.day:03d}-{visit.phase}",
                    day=visit.day,
                    phase=visit.phase,
                    excess_kg=round(visit.excess_kg, 2),
                    fluid_kg=round(visit.fluid_kg, 3),
                    sex=person.sex,
                    age=person.age,
                    first=sum(map(len, crops)),
                    count=len(taken),
                )
            )
            crops.append(taken)
    if crops:
        name = f"people-{plan.seed}-{places.start:06d}"
        write_shard(root, name, np.concatenate(crops), sessions, "simulated")
    return len(roster)


def _shards(root: Path, plan: CropPlan) -> Iterator[tuple[range, list[tuple[int, int]]]]:
    """People that are still to be made, in shards: their places in the plan, indices and days."""
    roster = plan.roster()
    step = plan.shard or _PEOPLE_PER_SHARD
    for start in range(0, len(roster), step):
        places = range(plan.first + start, plan.first + min(start + step, len(roster)))
        if not (root / f"people-{plan.seed}-{places.start:06d}.json").exists():
            yield places, roster[start : start + step]


def simulate_crops(
    root: Path,
    plan: CropPlan,
    *,
    workers: int = 2,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> float:
    """Fill a crop store with simulated people; goes on where an earlier run stopped.

    Args:
        root: folder of the store.
        plan: what to make. The same plan gives the same pixels, whatever the number of workers.
        workers: processes, where no executor is given.
        executor: runs the shards elsewhere, such as on a cluster.
        progress: called with people done and people in all.

    Returns:
        Seconds that it took.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    start = time.monotonic()
    load_head()  # builds Anny's cache once, before several processes would
    todo = list(_shards(root, plan))
    done = plan.participants - sum(len(people) for _, people in todo)
    if progress:
        progress(done, plan.participants)
    jobs = [(root, plan, places, people) for places, people in todo]
    for finished in completed(_shard, jobs, workers=workers, executor=executor):
        done += finished
        if progress:
            progress(done, plan.participants)
    return time.monotonic() - start
