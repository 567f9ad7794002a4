from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from benchmarks.body_conditions import (
    BORDERLINE,
    Agreement,
    Filmed,
    Judged,
    agreement,
    figures,
    judged,
    kappa,
    kept_condition,
    same_condition,
)
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from mitate.back.condition import GRADES
from mitate.back.measurement import Measure, Measures, NotMeasured
from mitate.back.norms import GradeName

LUMBAR, PELVIC = "peak_lumbar_flexion_deg", "peak_pelvic_flexion_deg"


def film(person: str, true: float, read: float | None, *, view: str = "", error: float = 3.0) -> Filmed:
    values = {}
    missing = {}
    if read is None:
        missing[LUMBAR] = NotMeasured(LUMBAR, "it is hidden", "film from the side")
    else:
        values[LUMBAR] = Measure(LUMBAR, read, "deg", error, 10.0, 3, "laird2019", "forward_bend")
    return Filmed(person, {LUMBAR: true}, Measures("forward_bend", (), values, missing), 40, view)


def row(person: int, truth: int, grade: int, *, borderline: bool = False, view: str = "") -> Judged:
    return Judged(str(person), "forward_bend", LUMBAR, view, GRADES[truth], GRADES[grade], borderline)


GRADED = st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 2))


@given(st.lists(GRADED, min_size=1, max_size=40))
def test_kappa_is_that_of_scikit_learn(graded: list[tuple[int, int, int]]) -> None:
    rows = [row(*one) for one in graded]
    found = agreement(rows, "nearest")
    true, read = [one.truth for one in rows], [one.grade for one in rows]
    if len({*true, *read}) == 1:
        assert found.value is None
        return
    assert found.value == pytest.approx(cohen_kappa_score(true, read, labels=list(GRADES)))
    assert (found.n, found.people) == (len(rows), len({one.person for one in rows}))


def test_kappa_of_several_tables_at_once() -> None:
    tables = np.random.default_rng(1).integers(0, 9, (7, 3, 3)).astype(float)
    assert kappa(tables).tolist() == [float(kappa(table)) for table in tables]
    assert np.isnan(kappa(np.zeros((3, 3))))


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    # 30 people of 6 films each, whose readings are wrong together or not at all
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, (4000, 6))
    wrong = rng.random(4000) < 0.2
    read = np.where(wrong[:, None], (truth + 1) % 3, truth)
    whole = cohen_kappa_score(truth.ravel(), read.ravel())
    held = []
    for some in np.split(np.arange(3000), 100):
        rows = [row(int(p), int(t), int(r)) for p in some for t, r in zip(truth[p], read[p], strict=True)]
        found = agreement(rows, "nearest")
        assert found.low is not None
        assert found.high is not None
        held.append(found.low <= whole <= found.high)
    assert 0.85 <= np.mean(held) <= 1.0


def test_films_are_judged_against_the_truth() -> None:
    (right,) = judged([film("a", 72, 71)])
    assert (right.truth, right.grade, right.borderline) == ("excessive", "excessive", False)
    (near,) = judged([film("a", 66, 64)])
    assert (near.truth, near.grade, near.borderline) == ("excessive", "moderate", True)
    (lost,) = judged([film("a", 66, None)])
    assert lost.grade is None
    other = film("a", 66, 64)
    assert judged([Filmed("a", {PELVIC: 60.0}, other.measures)]) == ()


def test_borderline_is_counted_in_two_ways() -> None:
    films = [film("a", 72, 73), film("b", 66, 64), film("c", 50, 50), film("d", 50, None)]
    rows = judged(films)
    assert agreement(rows, "nearest").n == 3
    left_out = agreement(rows, "left out")
    assert (left_out.value, left_out.n, left_out.people) == (1.0, 2, 2)
    nearest = agreement(rows, "nearest").value
    assert nearest is not None
    assert nearest < 1


def test_the_same_condition_from_two_angles() -> None:
    rows = judged(
        [
            *(film("a", 70, value, view=view) for view, value in (("side", 71.0), ("oblique", 74.0))),
            *(film("b", 66, value, view=view) for view, value in (("side", 64.0), ("oblique", 70.0))),
            *(film("c", 66, value, view=view) for view, value in (("side", 64.0), ("oblique", None))),
            film("d", 66, 70, view="side"),
        ]
    )
    nearest, left_out = same_condition(rows, "nearest"), same_condition(rows, "left out")
    assert (nearest.value, nearest.n, nearest.people) == (0.5, 2, 2)
    assert (left_out.value, left_out.n) == (1.0, 1)
    assert same_condition([], "nearest") == Agreement(None, None, None, 0, 0)


def test_with_the_first_film_known_a_grade_changes_only_past_the_error() -> None:
    rows = judged(
        [
            *(film("a", 66, value, view=view) for view, value in (("side", 64.0), ("oblique", 67.0))),
            *(film("b", 66, value, view=view) for view, value in (("side", 64.0), ("oblique", 69.0))),
            *(film("c", 66, value, view=view) for view, value in (("side", None), ("oblique", 69.0))),
        ]
    )
    assert [one.after for one in rows] == [None, "moderate", None, "excessive", None, None]
    kept = kept_condition(rows)
    assert (kept.value, kept.n, kept.people) == (0.5, 2, 2)
    assert same_condition(rows, "nearest").value == 0
    other_take = [*rows, *judged([film("a", 66, 64.0)])]
    assert kept_condition(other_take).n == 2


def test_figures() -> None:
    rng = np.random.default_rng(2)
    films = []
    for person, view in product(range(30), ("side", "oblique")):
        true = 30 + 1.5 * person
        films.append(film(str(person), true, float(true + rng.normal(0, 3)), view=view))
    made = {figure.name: figure for figure in figures(judged(films), "made up")}
    for told in BORDERLINE.values():
        whole, own = made[f"conditions, kappa, {told}"], made[f"conditions, kappa, {LUMBAR}, {told}"]
        assert whole.value == own.value
        assert (whole.bar, own.bar) == (0.8, None)
        assert whole.low is not None
        assert whole.low <= whole.value
        assert made[f"conditions, same from two angles, {told}"].unit == "%"
    near, far = (made[f"conditions, kappa, {told}"].value for told in BORDERLINE.values())
    assert near <= far
    assert made["conditions, measurable"].value == 100
    assert 0 < made["conditions, borderline"].value < 60
    assert [figure.as_row() for figure in made.values()]


def test_one_grade_alone_has_no_kappa() -> None:
    grades: list[GradeName] = ["moderate"] * 4
    rows = [Judged(str(i), "forward_bend", LUMBAR, "", grade, grade, False) for i, grade in enumerate(grades)]
    assert agreement(rows, "nearest") == Agreement(None, None, None, 4, 4)
    assert [figure.name for figure in figures(rows, "made up")] == [
        "conditions, measurable",
        "conditions, borderline",
    ]
