"""Words on trust follow the numbers."""

from __future__ import annotations

import numpy as np
import pytest

from mitate.diagnosis.curve import CurvePoint
from mitate.diagnosis.groups import MEASURED_TONE, Group, GroupRow
from mitate.diagnosis.method import Evaluation
from mitate.diagnosis.report_trust import (
    calibration_section,
    groups_section,
    learning_section,
    saliency_section,
    sets_section,
)
from mitate.diagnosis.saliency import ClassSaliency


def plain(markup: str) -> str:
    return markup.replace("\u202f", " ").replace("\u00a0", " ")


def evaluation(said: float, right: float) -> Evaluation:
    """Two classes, 300 people: said with `said`, and right in `right` of them."""
    rng = np.random.default_rng(0)
    targets = np.arange(300) % 2
    told = np.where(rng.uniform(size=300) < right, targets, 1 - targets)
    likely = np.where(np.eye(2)[told] > 0, said, 1 - said) + rng.uniform(-0.004, 0.004, (300, 1)) * [1, -1]
    odds = np.full((300, 2), 0.5)
    odds[:30, 1], odds[30:60], odds[60:, 0] = 0.01, 0.01, 0.01
    persons = np.array([str(number) for number in range(300)])
    return Evaluation(
        "x", "transfer", "", ("a", "b"), targets, persons, targets, likely, likely, odds, (), 0.0
    )


def point(size: int, accuracy: float) -> CurvePoint:
    return CurvePoint(size, accuracy, accuracy - 0.04, accuracy + 0.04, 0.01, 3, 100)


@pytest.mark.parametrize(("said", "words"), [(0.8, "They hold: the gap"), (0.99, "They hold only roughly")])
def test_calibration_is_judged_against_chance(said: float, words: str) -> None:
    assert words in calibration_section(evaluation(said, 0.8))


def test_outcomes_are_counted() -> None:
    told = plain(sets_section(evaluation(0.8, 0.8), 0.9))
    assert "90 % (270)" in told  # one class is left
    assert "10 % (30)" in told  # none of these
    assert "0 % (0)" in told


@pytest.mark.parametrize(
    ("last", "words"), [(0.9, "The line still rises"), (0.81, "may be chance"), (0.835, "seems to rise")]
)
def test_the_learning_curve_in_words(last: float, words: str) -> None:
    assert words in learning_section([point(10, 0.8), point(20, last)], 0.2)


def test_a_single_point_is_no_curve() -> None:
    assert learning_section([point(10, 0.8)], 0.2) == ""


def test_few_people_are_not_judged_and_what_is_measured_is_said() -> None:
    rows = (
        GroupRow("dark", 12, 12, 0.5, 0.3, 0.7, 0.6, -0.4, -0.6, -0.2, True, True),
        GroupRow("light", 3, 3, 1.0, 0.3, 1.0, None, None, None, None, False, False),
    )
    told = plain(groups_section([Group("skin_tone", rows, 2, MEASURED_TONE)]))
    assert "−40 (−60 to −20), surely worse" in told
    assert "100 % (30 to 100), too few to judge" in told
    assert f"By skin tone ({MEASURED_TONE}); unknown for 2 photos" in told
    assert groups_section([]) == ""


@pytest.mark.parametrize(("around", "warned"), [(0.7, True), (0.3, False)])
def test_evidence_around_the_face_is_warned_of(around: float, warned: bool) -> None:
    parts = (("outside", around), ("nose", 0.2), ("mouth", 0.1))
    one = ClassSaliency("a", np.ones((112, 112)), None, False, 1, 0.5, parts, "occlusion", None)
    told = plain(saliency_section([one]))
    assert ("Look at what surrounds the faces" in told) == warned
    assert "Most of the evidence on the face is at nose and mouth." in told
    assert "Too few people for a mean face. From 1 person not learned from." in told
    assert "shuffled" not in told
    assert saliency_section([]) == ""


def test_of_many_classes_twelve_faces_are_shown() -> None:
    one = ClassSaliency("a", np.ones((112, 112)), None, False, 1, 0.5, (("nose", 1.0),), "occlusion", None)
    told = saliency_section([one] * 60)
    assert told.count("<img") == 12
    assert "Shown are 12 of 60 classes." in told
