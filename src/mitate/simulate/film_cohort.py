"""A cohort of simulated films on disk, in the same form as a clinic's."""

from __future__ import annotations

from concurrent.futures import Executor
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from mitate.edema.cohort import Cohort, Participant, Session, write_cohort
from mitate.simulate.claim import claim_folder
from mitate.simulate.clips import FilmPlan, simulate_clip
from mitate.simulate.face_cohort import Progress
from mitate.simulate.fluid import Visit
from mitate.simulate.head import load_head
from mitate.simulate.parallel import completed
from mitate.simulate.person import Person, PersonProfile, sample_person

__all__ = ["simulate_cohort"]

_FIRST_DAY = datetime(2025, 1, 6, 8, 30)  # a Monday; dialysis on Monday, Wednesday, Friday


@lru_cache(maxsize=1)
def _person(seed: int, index: int, profile: PersonProfile) -> Person:
    """A person's films come one after the other, and its mesh and skin are made once for them."""
    return sample_person(load_head(), seed, index, profile)


def _film_session(path: Path, index: int, visit_index: int, plan: FilmPlan) -> int:
    """One job of a cohort, in whatever process it runs."""
    import cv2

    cv2.setNumThreads(1)
    return simulate_clip(_person(plan.seed, index, plan.person), visit_index, path, plan)


def _captured_at(person: Person, visit: Visit) -> datetime:
    """A morning's dialysis of four hours: before it, and after it."""
    rng = np.random.default_rng([person.seed, person.index, 5, visit.day])
    minutes = rng.integers(-20, 20, 2)
    start = _FIRST_DAY + timedelta(days=visit.day, minutes=int(minutes[0]))
    return start if visit.phase == "pre" else start + timedelta(hours=4, minutes=30 + int(minutes[1]))


def _session(person: Person, visit: Visit) -> Session:
    """The row of a clinic's table: a scale reads to 0.1 kg."""
    name = f"d{visit.day:03d}-{visit.phase}"
    return Session(
        participant_id=person.participant_id,
        session_id=name,
        day=visit.day,
        phase="pre" if visit.phase == "pre" else "post",
        weight_kg=round(person.dry_weight_kg + visit.excess_kg, 1),
        captured_at=_captured_at(person, visit),
        video=f"videos/{person.participant_id}_{name}.mp4",
    )


def _truth(person: Person, visits: list[Visit]) -> dict[str, Any]:
    """What no clinic knows of a patient."""
    return {
        "participant_id": person.participant_id,
        "ml_per_kg": {name: round(value, 4) for name, value in person.ml_per_kg.items()},
        "sessions": [
            {
                "session_id": _session(person, visit).session_id,
                "fluid_kg": round(visit.fluid_kg, 4),
                "fat_kg": round(visit.fat_kg, 4),
                "puffiness_kg": round(visit.puffiness_kg, 4),
            }
            for visit in visits
        ],
    }


def simulate_cohort(
    root: Path,
    plan: FilmPlan,
    *,
    name: str = "simulated patients",
    workers: int = 2,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Cohort:
    """A cohort of films on disk, like a clinic's; goes on where an earlier run stopped.

    The tables are written last, so that a folder without them is not finished. ``simulation.json`` holds the
    plan, the versions that made it and what no clinic knows: fluid, fat and the pattern of swelling.

    Args:
        root: a new or empty folder, or one begun with the same plan.
        plan: what to make. The same plan gives the same pixels, whatever the number of workers.
        name: of the cohort.
        workers: processes, where no executor is given.
        executor: makes the films elsewhere; it must see the same folder.
        progress: called with films done and films in all.

    Raises:
        InputError: the folder holds something else, or cannot be written to.
        MissingExtraError: the `simulate` extra is not installed.
    """
    head = load_head()  # builds Anny's cache once, before several processes would
    people = [sample_person(head, plan.seed, plan.first + n, plan.person) for n in range(plan.participants)]
    courses = [person.course(plan.days) for person in people]
    claim_folder(root, plan, [_truth(*of) for of in zip(people, courses, strict=True)])
    for left in (root / "videos").glob(".*.partial"):  # of a run that was killed
        left.unlink()
    (root / "videos").mkdir(exist_ok=True)
    sessions = [
        _session(person, visit) for person, visits in zip(people, courses, strict=True) for visit in visits
    ]
    jobs = [
        (root / session.video, plan.first + n // (2 * plan.days), n % (2 * plan.days), plan)
        for n, session in enumerate(sessions)
        if not (root / session.video).exists()
    ]
    done = len(sessions) - len(jobs)
    if progress:
        progress(done, len(sessions))
    for _ in completed(_film_session, jobs, workers=workers, executor=executor):
        done += 1
        if progress:
            progress(done, len(sessions))
    cohort = Cohort(
        name=name,
        participants=tuple(Participant(p.participant_id, p.sex, p.age, p.dry_weight_kg) for p in people),
        sessions=tuple(sessions),
        simulated=True,
        consent="not needed: no person is shown",
        licence="CC0-1.0",
        root=root,
    )
    write_cohort(root, cohort)
    return cohort
