"""A clinic's own patients: every one is tested once, by rows that learned from the people of the other folds.

What a fold learns goes into a folder of its own, named by what it was learned from, so that a run goes on
where it was interrupted and a fold of other weights, crops or settings is never taken for this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from mitate.edema.crops import CropStore
from mitate.edema.participants import Cohort, Participant
from mitate.edema.population import labelled_people
from mitate.edema.protocol import Split, folds
from mitate.edema.study.course import LABELLED_DAYS, Course, split_course
from mitate.edema.study.courses import courses_of_cohort
from mitate.edema.study.method import Method
from mitate.edema.study.run import Progress, Row, joined, run_study
from mitate.edema.study.signature import crops_digest, digest_of
from mitate.errors import InputError

__all__ = [
    "FEWEST_PEOPLE",
    "Fold",
    "Learner",
    "cohort_splits",
    "make_folds",
    "refuse_few",
    "study_cohort",
]

FEWEST_PEOPLE = 8  # one fold less than that leaves too few to train an encoder and its prior


class Learner(Protocol):
    """What learns rows from people; its public attributes are the settings that a fold's folder goes by."""

    def methods(self, people: CropStore, folder: Path, progress: Progress) -> Sequence[Method]:
        """Rows learned from these people alone.

        Args:
            people: those of the other folds.
            folder: to keep in what was learned, and to go on from after an interruption.
            progress: called with what, done, all, and a word on it.
        """


@dataclass(frozen=True, slots=True)
class Fold:
    """Who is tested by what was learned from whom.

    Attributes:
        split: learned from, and tested.
        folder: what was learned.
        methods: the rows.
    """

    split: Split
    folder: Path
    methods: tuple[Method, ...]


def study_cohort(
    cohort: Cohort,
    store: CropStore,
    learner: Learner,
    folder: Path,
    *,
    count: int = 5,
    seed: int = 0,
    days: Sequence[int] = LABELLED_DAYS,
    frames: int | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Row]:
    """The protocol on a cohort: learn from the other folds, transfer to each patient, test his later days.

    Args:
        cohort: the tables.
        store: crops of its videos.
        learner: makes the rows of a fold.
        folder: where all is kept.
        count: folds, at most as many as there are people.
        seed: of the dealing.
        days, workers, executor, progress: as for `run_study`.
        frames: of a session at most, in the tests; all if None.

    Raises:
        InputError: too few people, or nobody with two days.
    """
    courses = courses_of_cohort(cohort, store, frames=frames)
    splits = cohort_splits(cohort, store, courses, count=count, seed=seed)
    made = make_folds(store, splits, learner, folder, progress=progress)
    parts = []
    for fold in made:
        tested = [c for c in courses if c.participant.participant_id in fold.split.test and _testable(c)]
        if tested:
            parts.append(
                run_study(
                    tested,
                    fold.methods,
                    folder,
                    days=days,
                    workers=workers,
                    executor=executor,
                    progress=progress,
                )
            )
    return joined(parts)


def refuse_few(people: int, what: str, cohort: Cohort) -> None:
    """Raise `InputError` where fewer than `FEWEST_PEOPLE` have two weighed sessions that are `what`."""
    if people < FEWEST_PEOPLE:
        raise InputError(
            f"the protocol needs at least {FEWEST_PEOPLE} participants with two weighed and {what} sessions; "
            f"found {people}",
            where=cohort.root,
            todo="add participants, or estimate single ones with mitate edema personalise",
        )


def cohort_splits(
    cohort: Cohort, store: CropStore, courses: Sequence[Course], *, count: int = 5, seed: int = 0
) -> list[Split]:
    """Folds of the people with two weighed sessions, of both sexes as evenly as can be.

    Raises:
        InputError: fewer than `FEWEST_PEOPLE` of them, or nobody with a weighed session on a second day.
    """
    known = set(labelled_people(store))
    people: list[Participant] = [p for p in cohort.participants if p.participant_id in known]
    refuse_few(len(people), "usable", cohort)
    if not any(_testable(course) for course in courses):
        raise InputError(
            "nobody has a weighed session on a day after his first, so that nothing can be tested",
            where=cohort.root / "sessions.tsv",
            todo="add later days, with a weighed pre and post session each",
        )
    return folds(people, min(count, len(people)), seed=seed, by_sex=True)


def make_folds(
    store: CropStore,
    splits: Sequence[Split],
    learner: Learner,
    folder: Path,
    *,
    progress: Progress | None = None,
) -> list[Fold]:
    """Learn the rows of every fold, or find them where an earlier run left them.

    Args:
        store: crops with labels.
        splits: who is learned from and who is tested.
        learner: makes the rows.
        folder: below which ``folds/`` keeps what was learned.
        progress: called with what, done, all, and a word on it.
    """
    say = progress or (lambda what, done, total, detail: None)
    digests = {(s.participant_id, s.session_id): crops_digest(store.crops(s)) for s in store.sessions}
    settings = digest_of(learner)
    made = []
    for number, split in enumerate(splits, 1):
        people = store.only(split.train)
        learned = [
            {**asdict(s), "first": 0, "crops": digests[s.participant_id, s.session_id]}
            for s in people.sessions
        ]
        place = folder / "folds" / f"{number}-{digest_of(settings, learned)[:16]}"
        place.mkdir(parents=True, exist_ok=True)

        def told(what: str, done: float, total: float, detail: str, number: int = number) -> None:
            say(f"fold {number} of {len(splits)}: {what}", done, total, detail)

        made.append(Fold(split, place, tuple(learner.methods(people, place, told))))
    return made


def _testable(course: Course) -> bool:
    return split_course(course, 0) is not None
