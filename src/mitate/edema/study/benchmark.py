"""The whole benchmark in one folder: rows learned, patients tested, report written; resumable throughout."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mitate.edema.crops import CropStore
from mitate.edema.encoder import default_encoder
from mitate.edema.participants import Cohort
from mitate.edema.population import labelled_people, renew_prior
from mitate.edema.pretrain import split_people
from mitate.edema.protocol import guard
from mitate.edema.study.cohort_folds import Learner, study_cohort
from mitate.edema.study.course import Course, groups_of
from mitate.edema.study.courses import courses_of_cohort, courses_of_store
from mitate.edema.study.findings import Extras
from mitate.edema.study.method import Method
from mitate.edema.study.report import write_report
from mitate.edema.study.rows import rows
from mitate.edema.study.run import Progress, Row, run_study
from mitate.edema.study.signature import digest_of
from mitate.edema.study.trained import SHIPPED_ROW, train_rows
from mitate.errors import InputError
from mitate.figures import Figure, write_figures
from mitate.files import write_text

if TYPE_CHECKING:
    from mitate.learn.pretrain_settings import PretrainSettings

__all__ = [
    "FIGURES",
    "REPORT",
    "RowLearner",
    "benchmark_cohort",
    "benchmark_simulated",
    "claim_benchmark",
    "report_benchmark",
]

REPORT, FIGURES = "report.html", "figures.json"
_CLAIM = "benchmark.json"
_WHAT = "mitate edema benchmark"


def claim_benchmark(out: Path, settings: Mapping[str, object]) -> None:
    """Make the folder this benchmark's, or go on in one that was begun with the same settings.

    Raises:
        InputError: it holds something else, a benchmark with other settings, or cannot be written to.
    """
    path = out / _CLAIM
    text = json.dumps({"what": _WHAT, **settings}, indent=1, ensure_ascii=False) + "\n"
    if path.is_file():
        if path.read_text(encoding="utf-8", errors="replace") != text:
            raise InputError(
                "a benchmark was begun here with other settings",
                where=path,
                todo="repeat the settings in that file, or name another folder with --out",
            )
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(
            "this folder holds something else", where=out, todo="name a new or empty folder with --out"
        )
    try:
        write_text(path, text)
    except OSError as error:
        raise InputError(f"cannot be written to ({error.strerror})", where=out) from error


@dataclass(frozen=True, slots=True)
class RowLearner:
    """Learns every row of the table from people, for one fold of a cohort or for simulated patients.

    Attributes:
        settings: how encoders are trained; None trains none and takes the encoder that comes along, as it is
            and with a prior of these people.
        sface_epochs: of SFace, fine-tuned; None leaves that row out.
    """

    settings: PretrainSettings | None = None
    sface_epochs: int | None = None

    def methods(self, people: CropStore, folder: Path, progress: Progress) -> Sequence[Method]:
        """As `cohort_folds.Learner.methods`."""
        shipped = default_encoder()
        if self.settings is None:
            renewed = folder / "renewed"
            if not renewed.exists():
                renew_prior(shipped, people, renewed, progress=progress)
            encoders = {f"{SHIPPED_ROW}, prior of this cohort": renewed, SHIPPED_ROW: shipped.root}
            return rows(encoders, people, folder / "rows", quick=True, progress=progress)
        learners, kept = split_people(labelled_people(people), self.settings.seed)
        return self.from_two(people.only(learners), people.only(kept), folder, progress)

    def from_two(
        self, learners: CropStore | None, others: CropStore, folder: Path, progress: Progress
    ) -> Sequence[Method]:
        """Rows whose networks are trained on `learners` and whose priors are taught by `others`.

        Args:
            learners: None trains no network.
            others: other people, also to calibrate by.
            folder: where all is kept.
            progress: called with what, done, all, and a word on it.
        """
        encoders: dict[str, Path] = {}
        if learners is not None and self.settings is not None:
            encoders = train_rows(
                learners,
                others,
                folder / "encoders",
                self.settings,
                sface_epochs=self.sface_epochs,
                progress=lambda row: (
                    lambda what, done, total, detail: progress(f"{row}: {what}", done, total, detail)
                ),
            )
        encoders[SHIPPED_ROW] = default_encoder().root
        quick = learners is None
        return rows(encoders, others, folder / "rows", quick=quick, finetune=SHIPPED_ROW, progress=progress)


def benchmark_simulated(
    test: CropStore,
    others: CropStore,
    learners: CropStore | None,
    out: Path,
    learner: RowLearner,
    *,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> tuple[list[Row], list[Course]]:
    """Every row, learned once on other simulated people, on simulated patients.

    Args:
        test: the patients.
        others: people who teach priors and calibrate.
        learners: people who train networks; None leaves the rows out that need it.
        out: where all is kept.
        learner: how.
        workers, executor, progress: as for `run_study`.

    Raises:
        InputError: somebody is in two of the stores, or a store holds too few people.
    """
    say = progress or _silent
    _apart(test, others, learners)
    # what was learned is kept under the name of what it was learned from
    parts = [store.sessions for store in (others, learners) if store is not None]
    place = out / "learned" / digest_of(learner, parts)[:16]
    methods = learner.from_two(learners, others, place, say)
    courses = courses_of_store(test)
    return run_study(courses, methods, out, workers=workers, executor=executor, progress=progress), courses


def _apart(test: CropStore, others: CropStore, learners: CropStore | None) -> None:
    guard(test.participants, others.participants)
    if learners is not None:
        guard(learners.participants, test.participants)
        guard(learners.participants, others.participants)


def benchmark_cohort(
    cohort: Cohort,
    store: CropStore,
    out: Path,
    learner: Learner,
    *,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> tuple[list[Row], list[Course]]:
    """Every row on every patient of a cohort, learned on the patients of the other folds.

    Args:
        cohort: the tables.
        store: crops of its videos.
        out: where all is kept.
        learner: how.
        workers, executor, progress: as for `run_study`.

    Raises:
        InputError: too few people, or nobody with two days.
    """
    found = study_cohort(cohort, store, learner, out, workers=workers, executor=executor, progress=progress)
    return found, courses_of_cohort(cohort, store)


def report_benchmark(
    out: Path,
    found: Sequence[Row],
    courses: Sequence[Course],
    *,
    data: str,
    simulated: bool,
    facts: Mapping[str, str],
    notes: Sequence[str] = (),
    resamples: int = 2000,
) -> list[Figure]:
    """Write the report, the tables and ``figures.json`` into `out`.

    Args:
        out: folder.
        found: the rows.
        courses: of all patients, for the groups.
        data: on what it was measured.
        simulated: whether the patients are.
        facts: how it was made, name → words.
        notes: what to know before reading anything.
        resamples: of the intervals.
    """
    tested = {name for row in found for name in row.session.participant}
    known = [course for course in courses if course.participant.participant_id in tested]
    extras = Extras(notes=tuple(notes), facts=facts)
    figures = write_report(
        out,
        found,
        data=data,
        simulated=simulated,
        groups=groups_of(known),
        extras=extras,
        resamples=resamples,
    )
    (out / FIGURES).unlink(missing_ok=True)  # of a former report; figures of rows that are gone would stay
    write_figures(out / FIGURES, figures)
    return figures


def _silent(what: str, done: float, total: float, detail: str) -> None:
    """Where nobody watches."""
