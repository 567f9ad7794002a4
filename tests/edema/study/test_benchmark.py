from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.edema.crops import CropSession, CropStore, open_crops, write_shard
from mitate.edema.participants import Cohort, Participant, Session
from mitate.edema.study.bars import Roles
from mitate.edema.study.benchmark import (
    FIGURES,
    REPORT,
    RowLearner,
    benchmark_cohort,
    benchmark_simulated,
    claim_benchmark,
    report_benchmark,
)
from mitate.edema.study.calibrated import calibrate
from mitate.edema.study.course import LABELLED_DAYS, Course
from mitate.edema.study.courses import courses_of_store
from mitate.edema.study.method import Method
from mitate.edema.study.run import Progress
from mitate.edema.study.simple import patient_mean
from mitate.errors import InputError

Draw = Callable[..., list[Course]]


@dataclass(frozen=True)
class Means:
    """The patient's mean in the place of every row."""

    def methods(self, people: CropStore, folder: Path, progress: Progress) -> Sequence[Method]:
        mean = patient_mean(people)
        learned = courses_of_store(people)
        named = (replace(mean, name=name) for name in (Roles().scratch, Roles().shipped))
        return [calibrate(one, learned, LABELLED_DAYS) for one in named]


def _cohort(courses: Sequence[Course], root: Path) -> tuple[Cohort, CropStore]:
    rows: list[CropSession] = []
    crops: list[NDArray[np.uint8]] = []
    sessions: list[Session] = []
    for course in courses:
        for capture in course.captures:
            s, first = capture.session, sum(map(len, crops))
            excess = (s.weight_kg or 0) - 60
            rows.append(
                CropSession(
                    s.participant_id,
                    s.session_id,
                    s.day,
                    s.phase,
                    excess,
                    None,
                    "F",
                    70,
                    first,
                    len(capture.crops),
                )
            )
            crops.append(capture.crops)
            sessions.append(s)
    write_shard(root, "all", np.concatenate(crops), rows, "a clinic")
    people = tuple(Participant(c.participant.participant_id, "F", 70, 60.0) for c in courses)
    return Cohort("a clinic", people, tuple(sessions)), open_crops(root)


def test_a_cohort_ends_in_a_report_with_its_tables(world: Draw, tmp_path: Path) -> None:
    cohort, store = _cohort(world(9, days=4, frames=2), tmp_path / "crops")
    out = tmp_path / "out"
    claim_benchmark(out, {"cohort": cohort.name})
    told: list[tuple[str, float, float]] = []
    found, courses = benchmark_cohort(
        cohort, store, out, Means(), progress=lambda what, done, total, word: told.append((what, done, total))
    )
    assert told[-1][0] == "answers"
    assert told[-1][1] == told[-1][2]
    said = {
        "data": "a clinic, 9 patients",
        "simulated": False,
        "facts": {"patients": "a clinic"},
        "resamples": 20,
    }
    figures = report_benchmark(out, found, courses, **said)  # type: ignore[arg-type]
    page = (out / REPORT).read_text(encoding="utf-8")
    assert "SIMULATED" not in page
    rows = json.loads((out / FIGURES).read_text(encoding="utf-8"))
    assert [row["name"] for row in rows] == [figure.name for figure in figures]
    assert any(row["name"] == "MAE, mitate, 3 labelled days, session" and row["n"] == 9 for row in rows)
    with (out / "answers.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file))) > 9
    before = {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()}
    found, courses = benchmark_cohort(cohort, store, out, Means())
    report_benchmark(out, found, courses, **said)  # type: ignore[arg-type]
    assert before == {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()}


def test_a_former_reports_figures_do_not_stay(world: Draw, tmp_path: Path) -> None:
    cohort, store = _cohort(world(8, days=2, frames=1), tmp_path / "crops")
    found, courses = benchmark_cohort(cohort, store, tmp_path / "out", Means())
    said = {"data": "a clinic", "simulated": False, "facts": {}, "notes": ("A note.",), "resamples": 20}
    shipped = [row for row in found if row.method == Roles().shipped]
    both = [len(report_benchmark(tmp_path / "out", rows, courses, **said)) for rows in (found, shipped)]  # type: ignore[arg-type]
    assert both[1] < both[0]
    assert len(json.loads((tmp_path / "out" / FIGURES).read_text(encoding="utf-8"))) == both[1]


def test_a_folder_is_one_benchmarks(tmp_path: Path) -> None:
    out = tmp_path / "out"
    claim_benchmark(out, {"cohort": None, "frames": 8})
    claim_benchmark(out, {"cohort": None, "frames": 8})
    before = (out / "benchmark.json").read_bytes()
    with pytest.raises(InputError, match="begun here with other settings"):
        claim_benchmark(out, {"cohort": None, "frames": 9})
    assert (out / "benchmark.json").read_bytes() == before
    other = tmp_path / "other"
    other.mkdir()
    claim_benchmark(other, {})
    (tmp_path / "file").write_text("x", encoding="utf-8")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "letter.txt").write_text("dear", encoding="utf-8")
    for place in (tmp_path / "file", foreign):
        with pytest.raises(InputError, match="holds something else"):
            claim_benchmark(place, {})
    with pytest.raises(InputError, match="cannot be written to"):
        claim_benchmark(tmp_path / "file" / "below", {})
    assert [p.name for p in foreign.iterdir()] == ["letter.txt"]


def test_nobody_is_both_learned_from_and_tested(world: Draw, tmp_path: Path) -> None:
    _, store = _cohort(world(4, days=2, frames=1), tmp_path / "crops")
    some, others = store.only(store.participants[:2]), store.only(store.participants[2:])
    for test, learners in ((store, None), (some, store.only(store.participants[1:3]))):
        with pytest.raises(InputError, match="both learned from and tested"):
            benchmark_simulated(test, others, learners, tmp_path / "out", RowLearner())
    assert not (tmp_path / "out").exists()
