from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pytest

from mitate.edema.study.course import Course, Split, split_course
from mitate.edema.study.scratch import Scratch
from mitate.errors import InputError

pytest.importorskip("torch", reason="training from scratch needs torch")

Draw = Callable[..., list[Course]]
ROW = Scratch(seeds=1, steps=60, batch=16, share=1.0, size=32)


@pytest.fixture(scope="module")
def split(world: Draw) -> Split:
    found = split_course(world(1, days=5, contrast=20.0)[0], 2)
    assert found is not None
    return found


def test_it_learns_a_signal_that_is_easy_to_see(split: Split) -> None:
    said = np.array([point.excess_kg for point in ROW.points(split.lessons, split.exams)])
    assert np.corrcoef(said, split.truth_kg)[0, 1] > 0.8


def test_it_is_deterministic_and_can_be_pickled(split: Split) -> None:
    short = Scratch(seeds=2, steps=3, size=32)
    first = short.points(split.lessons, split.exams)
    again = pickle.loads(pickle.dumps(short)).points(split.lessons, split.exams)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.frame_excess_kg, other.frame_excess_kg)
        assert one.doubt == other.doubt > 0


def test_later_exams_do_not_change_earlier_answers(split: Split) -> None:
    short = Scratch(seeds=1, steps=3, size=32)
    whole = short.points(split.lessons, split.exams)
    first = short.points(split.lessons, split.exams[:1])
    np.testing.assert_allclose(first[0].frame_excess_kg, whole[0].frame_excess_kg, rtol=1e-6)


def test_nothing_kept_is_the_middle_of_the_lessons(split: Split) -> None:
    none = Scratch(seeds=1, steps=1, share=0.0, size=32)
    for point in none.points(split.lessons, split.exams):
        middle = np.mean(
            [
                np.mean([lesson.excess_kg for lesson in split.lessons if lesson.phase == phase])
                for phase in ("pre", "post")
            ]
        )
        assert point.excess_kg == pytest.approx(float(middle))


def test_a_lone_reference_is_refused(split: Split) -> None:
    with pytest.raises(InputError, match="two labelled sessions"):
        ROW.points(split.lessons[:1], split.exams)
