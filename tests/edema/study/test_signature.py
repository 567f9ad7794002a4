from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.edema.study.course import Exam, Lesson, Split
from mitate.edema.study.method import Answer, Method
from mitate.edema.study.signature import crops_digest, digest_of, method_digest, task_digest

CROPS = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)
SPLIT = Split(
    "p",
    (Lesson(CROPS, "post", 0, 0.2), Lesson(CROPS + 1, "pre", 0, 2.0)),
    (Exam(CROPS + 2, 1), Exam(CROPS + 3, 1)),
    np.array([2.0, 0.1]),
    np.array([True, False]),
    60.0,
)


@dataclass(frozen=True)
class Named:
    name: str = "row"
    least_days: int = 0
    weights: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    root: Path = Path("nowhere")

    def answer(self, lessons: Sequence[Lesson], exams: Sequence[Exam]) -> list[Answer]:
        raise NotImplementedError


class Open:
    """Not a dataclass; with something kept for speed."""

    least_days = 0

    def __init__(self, scale: float, name: str = "row") -> None:
        self.scale, self.name, self._kept = scale, name, object()

    def answer(self, lessons: Sequence[Lesson], exams: Sequence[Exam]) -> list[Answer]:
        raise NotImplementedError


class Signed(Open):
    signature = "version 3"


def test_settings_count_and_what_is_kept_for_speed_does_not() -> None:
    assert method_digest(Open(1.0)) == method_digest(Open(1.0))
    others: list[Method] = [
        Open(2.0),
        Open(1.0, "other"),
        Named(),
        Named(weights=np.ones(3)),
        Named(weights=np.zeros(4)),
    ]
    assert len({method_digest(method) for method in (Open(1.0), *others)}) == 6
    assert method_digest(Signed(1.0)) == method_digest(Signed(2.0)) != method_digest(Signed(1.0, "b"))


def test_files_count_by_what_is_in_them_not_by_where_they_are(tmp_path: Path) -> None:
    for name, text in (("a", "one"), ("b", "one"), ("c", "two")):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "sub" / "card.json").write_text(text, encoding="utf-8")
    first, same, other = (method_digest(Named(root=tmp_path / name)) for name in "abc")
    assert first == same != other
    assert digest_of(tmp_path / "a" / "sub" / "card.json") != digest_of(tmp_path / "c" / "sub" / "card.json")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(first=VALUES, second=VALUES)
def test_equal_settings_and_no_others_have_equal_digests(first: object, second: object) -> None:
    if digest_of(first) == digest_of(second):
        assert first == second
    if repr(first) == repr(second):
        assert digest_of(first) == digest_of(second)


def test_the_order_of_a_mapping_and_a_set_does_not_count() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    assert digest_of({"b", "a", "c"}) == digest_of({"c", "b", "a"})
    assert digest_of(math.sqrt) != digest_of(math.exp)
    assert digest_of(range(3)) != digest_of(range(4))


def test_another_process_finds_the_same() -> None:
    code = "from mitate.edema.study.signature import digest_of as of; print(of({'a', 'b'}, 0.1, {'k': (1,)}))"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == digest_of({"a", "b"}, 0.1, {"k": (1,)})


def test_all_that_a_method_is_shown_counts() -> None:
    lessons, exams = SPLIT.lessons, SPLIT.exams
    tasks = [
        SPLIT,
        _split(lessons=(lessons[1], lessons[0])),
        _split(lessons=(Lesson(CROPS, "post", 0, 0.2 + 1e-15), lessons[1])),
        _split(lessons=(Lesson(CROPS, "other", 0, 0.2), lessons[1])),
        _split(lessons=(Lesson(CROPS, "post", 1, 0.2), lessons[1])),
        _split(exams=exams[:1]),
        _split(exams=(Exam(CROPS + 2, 2), exams[1])),
        _split(exams=(Exam(CROPS + 9, 1), exams[1])),
    ]
    assert len({task_digest("m", task, {}) for task in tasks}) == len(tasks)
    assert task_digest("m", SPLIT, {}) != task_digest("n", SPLIT, {})


def test_what_it_is_not_shown_does_not() -> None:
    hidden = Split("q", SPLIT.lessons, SPLIT.exams, np.array([9.0, 9.0]), np.array([False, False]), 55.0)
    assert task_digest("m", hidden, {}) == task_digest("m", SPLIT, {})
    digests = {id(exam.crops): crops_digest(exam.crops) for exam in SPLIT.exams}
    assert task_digest("m", SPLIT, digests) == task_digest("m", SPLIT, {})


def _split(lessons: tuple[Lesson, ...] = SPLIT.lessons, exams: tuple[Exam, ...] = SPLIT.exams) -> Split:
    return Split("p", lessons, exams, SPLIT.truth_kg, SPLIT.is_pre, SPLIT.dry_weight_kg)


@pytest.mark.parametrize("change", [lambda c: c[:1], lambda c: c.reshape(2, 4, 12, 1), lambda c: c ^ 1])
def test_crops_count_with_their_shape(change: object) -> None:
    assert callable(change)
    assert crops_digest(change(CROPS)) != crops_digest(CROPS)
