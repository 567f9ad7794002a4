"""Planted leaks are found, honest photos are let alone, and both are said in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.diagnosis.leaks import find_leaks, holm, permutation_p
from mitate.diagnosis.linear import LinearSvm
from mitate.diagnosis.method import Evaluation
from mitate.diagnosis.nested import Truth, evaluate
from mitate.errors import InputError

LABELS = ("a", "b", "c", "d", "e")


def answers(
    share: float, *, people: int = 20, photos: int = 2, seed: int = 0, name: str = "row"
) -> Evaluation:
    """Five classes; `share` of the people is told right for sure, and of the others one of five by chance."""
    rng = np.random.default_rng(seed)
    count = len(LABELS) * people
    classes = np.repeat(np.arange(len(LABELS)), people)
    told = np.where(rng.uniform(size=count) < share, classes, rng.integers(0, len(LABELS), count))
    fold = rng.permuted(np.tile(np.arange(count) % 5, 1))
    return Evaluation(
        method="row",
        kind="leak",
        what="",
        labels=LABELS,
        targets=np.repeat(classes, photos),
        persons=np.repeat(np.array([f"p{number}" for number in range(count)]), photos),
        fold=np.repeat(fold, photos),
        scores=np.eye(len(LABELS))[np.repeat(told, photos)],
        probabilities=None,
        p_values=None,
        chosen=(),
        seconds=0.0,
    )


def rows(background: float, thumbnail: float, file: float, seed: int = 0) -> dict[str, Evaluation]:
    return {
        "background": answers(background, seed=seed),
        "thumbnail": answers(thumbnail, seed=seed + 1),
        "file": answers(file, seed=seed + 2),
    }


def test_a_planted_background_is_certain_and_named() -> None:
    found = find_leaks(rows(0.95, 0.9, 0.0), answers(0.95, seed=9))
    background, file, thumbnail = found.leaks
    assert (background.level, thumbnail.level, file.level) == ("certain", "suspected", "none")
    assert background.what_it_means.startswith("The background alone")
    assert "tells the classes apart" in background.what_it_means
    assert "same place" in background.todo
    assert "the background tells the classes apart as well" in thumbnail.what_it_means
    assert background.low > background.chance == pytest.approx(0.2)
    assert background.low <= background.accuracy <= background.high
    assert file.todo == ""
    assert found.worst == "certain"


def test_a_planted_file_format_is_certain() -> None:
    found = find_leaks({"file": answers(0.9)}, answers(0.9, seed=3))
    assert found.leaks[0].level == "certain"
    assert "format" in found.leaks[0].what_it_means


def test_what_the_transfer_gains_is_over_the_strongest_row() -> None:
    found = find_leaks(rows(0.3, 0.5, 0.0), answers(0.98, seed=9))
    assert found.gain is not None
    assert found.gain.over == "thumbnail"
    assert 0 < found.gain.low < found.gain.gain < found.gain.high


def test_small_pictures_that_see_a_little_of_the_face_are_no_leak() -> None:
    leak = find_leaks(rows(0.0, 0.3, 0.0, seed=5), answers(0.98, seed=9)).leaks[2]
    assert leak.p_value < 0.05
    assert leak.level == "none"
    assert "far behind the whole face" in leak.what_it_means


@pytest.mark.parametrize("transfer", [None, 0.85])
def test_small_pictures_that_come_close_are_suspected(transfer: float | None) -> None:
    best = None if transfer is None else answers(transfer, seed=9)
    found = find_leaks(rows(0.0, 0.7, 0.0, seed=5), best)
    assert found.leaks[2].level == "suspected"
    assert "cut close" in found.leaks[2].what_it_means
    assert (found.gain is None) == (best is None)


def test_honest_photos_seldom_raise_an_alarm() -> None:
    alarms = sum(find_leaks(rows(0.0, 0.0, 0.0, seed=10 * seed)).worst != "none" for seed in range(12))
    assert alarms <= 3  # 0.6 expected at 5 %; more than 3 has a chance of 0.2 %


def test_p_values_of_guessing_are_spread_evenly() -> None:
    found = np.array([permutation_p(answers(0.0, seed=seed), rounds=200, seed=seed) for seed in range(60)])
    assert np.mean(found <= 0.25) == pytest.approx(0.25, abs=0.15)
    assert np.mean(found <= 0.5) == pytest.approx(0.5, abs=0.2)


def test_photos_of_one_person_are_no_more_evidence_than_one() -> None:
    few, many = (permutation_p(answers(0.12, people=6, photos=count)) for count in (1, 50))
    assert few == pytest.approx(many)


def test_unequal_classes_do_not_fool_it() -> None:
    always_first = answers(0.0)
    scores = np.zeros_like(always_first.scores)
    scores[:, 0] = 1.0
    keep = np.flatnonzero((always_first.targets == 0) | (np.arange(len(scores)) % 10 == 0))
    skewed = Evaluation(
        "row",
        "leak",
        "",
        LABELS,
        always_first.targets[keep],
        always_first.persons[keep],
        always_first.fold[keep],
        scores[keep],
        None,
        None,
        (),
        0.0,
    )
    assert skewed.right.mean() > 0.6  # by telling the most frequent class
    leak = find_leaks({"background": skewed}).leaks[0]
    assert leak.level == "none"
    assert leak.accuracy == pytest.approx(0.2)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_between_the_raw_value_and_bonferroni(values: list[float]) -> None:
    raw = np.array(values)
    corrected: NDArray[np.float64] = holm(raw)
    assert (corrected >= raw).all()
    assert (corrected <= np.minimum(raw * len(raw), 1.0) + 1e-12).all()
    assert np.array_equal(np.argsort(raw, kind="stable"), np.lexsort((np.arange(len(raw)), raw)))
    assert (np.diff(corrected[np.argsort(raw, kind="stable")]) >= 0).all()


def test_holm_of_a_known_case() -> None:
    assert holm(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])


def test_other_photos_are_refused() -> None:
    with pytest.raises(InputError, match="different photos"):
        find_leaks({"file": answers(0.0)}, answers(0.9, people=19))


def test_a_row_of_another_name_is_refused() -> None:
    with pytest.raises(InputError, match="'pixels' is no leak row"):
        find_leaks({"pixels": answers(0.0)})


@pytest.mark.parametrize("planted", [True, False])
def test_a_background_of_its_own_for_each_class_is_found_from_the_pictures(planted: bool) -> None:
    rng = np.random.default_rng(0)
    targets = np.repeat(np.arange(3), 12)
    pictures = rng.normal(0.5, 0.1, (36, 16, 16, 3))
    if planted:  # red, green or blue walls, hardly seen
        pictures[np.arange(36), :, :, targets] += 0.08
    persons = np.array([f"p{number}" for number in range(36)])
    method = LinearSvm(
        "background", "leak", "", {"background": pictures.reshape(36, -1)}, targets, persons, 3, costs=(1.0,)
    )
    row = evaluate(method, Truth(("a", "b", "c"), targets, persons))
    (leak,) = find_leaks({"background": row}).leaks
    assert leak.level == ("certain" if planted else "none")
