from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.edema.evaluate import Predictions
from mitate.edema.participants import Participant, Session
from mitate.edema.study.course import Capture, Course, Exam, Lesson, split_course
from mitate.edema.study.method import Answer
from mitate.edema.study.run import Row, joined, run_study
from mitate.errors import InputError

_COUNT: list[str] = []


@dataclass(frozen=True)
class Brightness:
    """Excess in proportion to the brightness above the reference, in kilograms a grey level."""

    slope: float = 0.1
    name: str = "brightness"
    least_days: int = 0
    process: bool = False
    killed_at: int = 0

    @property
    def signature(self) -> str:
        return f"{self.slope} {self.process}"

    def answer(self, lessons: Sequence[Lesson], exams: Sequence[Exam]) -> list[Answer]:
        _COUNT.append(self.name)
        if self.killed_at and len(_COUNT) == self.killed_at:
            raise KeyboardInterrupt
        start, level = float(lessons[0].crops.mean()), float(np.mean([one.excess_kg for one in lessons]))
        return [_answer(exam.crops, start, level, self.slope, self.process) for exam in exams]


def _answer(crops: NDArray[np.uint8], start: float, level: float, slope: float, process: bool) -> Answer:
    frames = level + slope * (crops.mean(axis=(1, 2, 3)) - start)
    mean = float(frames.mean())
    half = np.full(len(frames), 0.5)
    return Answer(
        mean,
        0.5,
        (mean - 1, mean + 1),
        frames,
        half,
        frames - 1,
        frames + 1,
        os.getpid() if process else mean,
    )


def _course(name: str, days: int, seed: int = 0, dry: float | None = 60.0) -> Course:
    rng = np.random.default_rng([seed, *name.encode()])
    captures = []
    for day in range(days):
        for phase, level in (("pre", 2.0), ("post", 0.2)):
            count = int(rng.integers(2, 5))
            crops = rng.integers(0, 255, (count, 8, 8, 3), dtype=np.uint8)
            session = Session(name, f"{day}-{phase}", day, phase, 60 + level + rng.normal(0, 0.2))  # type: ignore[arg-type]
            captures.append(Capture(session, crops))
    return Course(Participant(name, dry_weight_kg=dry), tuple(captures))


COURSES = [_course("p1", 4), _course("p2", 2), _course("p3", 7)]


def _same(first: Sequence[Row], second: Sequence[Row]) -> bool:
    def plain(row: Row) -> list[object]:
        names = Predictions.__dataclass_fields__
        parts = [getattr(part, name).tolist() for part in (row.session, row.frame) for name in names]
        return [row.method, row.days, parts, row.doubt.tolist(), row.frames_per_session.tolist()]

    return [plain(row) for row in first] == [plain(row) for row in second]


def test_a_row_holds_each_later_session_and_frame_in_order(tmp_path: Path) -> None:
    rows = run_study(COURSES, [Brightness()], tmp_path, days=(0, 1, 3))
    assert [(row.method, row.days) for row in rows] == [("brightness", k) for k in (0, 1, 3)]
    row = rows[2]
    splits = [split for course in COURSES if (split := split_course(course, 3))]
    assert [split.participant_id for split in splits] == ["p1", "p3"]  # p2 has no fourth day
    assert row.session.participant.tolist() == ["p1"] * 2 + ["p3"] * 8
    np.testing.assert_array_equal(row.session.truth_kg, np.concatenate([s.truth_kg for s in splits]))
    np.testing.assert_array_equal(row.session.is_pre, [True, False] * 5)
    assert row.frames_per_session.tolist() == [len(e.crops) for s in splits for e in s.exams]
    assert len(row.frame.truth_kg) == row.frames_per_session.sum()
    own = [a for s in splits for a in Brightness().answer(s.lessons, s.exams)]
    np.testing.assert_array_equal(row.session.excess_kg, [a.excess_kg for a in own])
    np.testing.assert_array_equal(row.frame.excess_kg, np.concatenate([a.frame_excess_kg for a in own]))
    np.testing.assert_array_equal(row.doubt, [a.doubt for a in own])


def test_what_is_on_disk_is_not_done_again_and_what_is_lost_or_damaged_is(tmp_path: Path) -> None:
    first = run_study(COURSES, [Brightness()], tmp_path)
    _COUNT.clear()
    told: list[tuple[float, float]] = []
    again = run_study(
        COURSES, [Brightness()], tmp_path, progress=lambda w, done, total, d: told.append((done, total))
    )
    assert _COUNT == []
    assert told == [(11, 11)]  # p1 after 0 to 3 days, p2 after 0 and 1, p3 after 0 to 5
    assert _same(first, again)
    files = sorted((tmp_path / "answers").rglob("*.npz"))
    files[0].unlink()
    files[3].write_bytes(files[3].read_bytes()[:100])
    assert _same(first, run_study(COURSES, [Brightness()], tmp_path))
    assert len(_COUNT) == 2


def test_a_kill_loses_one_patients_answer(tmp_path: Path) -> None:
    _COUNT.clear()
    with pytest.raises(KeyboardInterrupt):
        run_study(COURSES, [Brightness(killed_at=6)], tmp_path)
    assert len(list(tmp_path.rglob("*.npz"))) == 5
    _COUNT.clear()
    assert _same(
        run_study(COURSES, [Brightness()], tmp_path), run_study(COURSES, [Brightness()], tmp_path / "n")
    )
    assert len(_COUNT) == 6 + 11


def test_other_settings_or_other_crops_are_answered_anew_and_beside(tmp_path: Path) -> None:
    first = run_study(COURSES, [Brightness()], tmp_path)
    steeper = run_study(COURSES, [Brightness(slope=0.2)], tmp_path)
    assert not _same(first, steeper)
    capture = COURSES[0].captures[-1]
    darker = replace(
        COURSES[0], captures=(*COURSES[0].captures[:-1], replace(capture, crops=capture.crops // 2))
    )
    _COUNT.clear()
    assert not _same(first, run_study([darker, *COURSES[1:]], [Brightness()], tmp_path))
    assert len(_COUNT) == 4  # the first patient alone
    assert _same(first, run_study(COURSES, [Brightness()], tmp_path))


def test_processes_and_an_executor_give_the_same_digits(tmp_path: Path) -> None:
    inline = run_study(COURSES, [Brightness()], tmp_path / "1")
    assert _same(inline, run_study(COURSES, [Brightness()], tmp_path / "2", workers=2))
    with ThreadPoolExecutor(2) as pool:
        assert _same(inline, run_study(COURSES, [Brightness()], tmp_path / "3", executor=pool))
        (tmp_path / "4").mkdir()
        told = run_study(COURSES, [Brightness(process=True)], tmp_path / "4", executor=pool)
    assert set(told[0].doubt) == {os.getpid()}


def test_a_method_that_needs_days_has_no_row_without(tmp_path: Path) -> None:
    rows = run_study(COURSES, [Brightness(least_days=2)], tmp_path)
    assert [row.days for row in rows] == [2, 3, 5]


class Bad(Brightness):
    """Gives what no answer may be."""

    def __init__(self, spoil: str) -> None:
        super().__init__(name=f"bad {spoil}")
        object.__setattr__(self, "spoil", spoil)

    def answer(self, lessons: Sequence[Lesson], exams: Sequence[Exam]) -> list[Answer]:
        answers = super().answer(lessons, exams)
        one = answers[0]
        spoilt = {
            "count": answers[1:],
            "nan": [replace(one, excess_kg=float("nan")), *answers[1:]],
            "frame nan": [replace(one, frame_low_kg=one.frame_low_kg - np.inf), *answers[1:]],
            "chance": [replace(one, probability=1.2), *answers[1:]],
            "frames": [replace(one, frame_excess_kg=one.frame_excess_kg[1:]), *answers[1:]],
            "interval": [replace(one, interval_90=(1.0, 0.0)), *answers[1:]],
        }
        return spoilt[self.spoil]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("count", "5 answers to 6 exams"),
        ("nan", "not a finite number"),
        ("frame nan", "not a finite number"),
        ("chance", "probability"),
        ("frames", "as many frame answers"),
        ("interval", "low end"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_and_not_kept(spoil: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said) as caught:
        run_study(COURSES, [Bad(spoil)], tmp_path)
    assert caught.value.where == f"bad {spoil}, patient p1"
    assert not list(tmp_path.rglob("*.npz"))


def test_what_cannot_be_studied_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="method 'brightness' is given twice"):
        run_study(COURSES, [Brightness(), Brightness(slope=1.0)], tmp_path)
    with pytest.raises(InputError, match="patient 'p1' is given twice"):
        run_study([COURSES[0], COURSES[0]], [Brightness()], tmp_path)
    with pytest.raises(InputError, match="nobody has"):
        run_study([_course("p9", 1)], [Brightness()], tmp_path)


def test_rows_of_folds_are_joined(tmp_path: Path) -> None:
    whole = run_study(COURSES, [Brightness(), Brightness(name="other")], tmp_path, days=(0, 1))
    parts = [
        run_study(part, [Brightness(), Brightness(name="other")], tmp_path, days=(0, 1))
        for part in (COURSES[:1], COURSES[1:])
    ]
    assert _same(whole, joined(parts))
