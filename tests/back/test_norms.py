"""Norms: the published limits, by age where the evidence says so, and nothing that cannot be."""

from __future__ import annotations

import math
import tomllib
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mitate.back.norms as module
from mitate.abduce.language import Atom, Observation
from mitate.abduce.parse import read
from mitate.back.norms import Grade, condition, described_by, grade, measures
from mitate.back.region import REGIONS, knowledge
from mitate.errors import InputError

KNOWLEDGE = Path(module.__file__).parent / "knowledge"
BASE = read(*sorted(KNOWLEDGE.glob("*.kb")))
GRADES = ("insufficient", "moderate", "excessive")


@pytest.mark.parametrize(
    ("measure", "low", "high"),
    [
        ("peak_trunk_flexion_deg", 93, 128),
        ("peak_lumbar_flexion_deg", 39, 65),
        ("peak_pelvic_flexion_deg", 42, 75),
        ("lumbar_contribution_percent", 38, 63),
    ],
)
def test_the_forward_bend_has_the_published_centiles(measure: str, low: float, high: float) -> None:
    for value, expected in [
        (low - 0.1, "insufficient"),
        (low, "moderate"),  # small is below, large is above the centile
        (high, "moderate"),
        (high + 0.1, "excessive"),
    ]:
        assert grade(measure, value).grade == expected
    assert (grade(measure, low).low, grade(measure, low).high) == (low, high)
    assert grade(measure, low).source == "laird2019"


@pytest.mark.parametrize(
    ("measure", "below", "at"),
    [
        ("early_coupling_angle_deg", 58.9, 59),
        ("judder_phase_minima", 5, 6),
        ("judder_coupling_extrema", 14, 15),
        ("spine_pelvis_rotation_ratio", 0.49, 0.5),
        ("failed_control_tests", 1, 2),
    ],
)
def test_thresholds_that_count_from_the_limit_itself(measure: str, below: float, at: float) -> None:
    assert grade(measure, below).grade == "moderate"
    assert grade(measure, at).grade == "excessive"


@pytest.mark.parametrize(
    ("measure", "age", "low", "high"),
    [
        ("peak_lumbar_extension_deg", 16, 19, 39),
        ("peak_lumbar_extension_deg", 53, 7.5, 27.5),
        ("peak_lumbar_extension_deg", 90, -4, 16),
        ("peak_lumbar_extension_deg", 105, -4, 16),  # no farther than the people who were measured
        ("peak_lumbar_extension_deg", 8, 19, 39),
        ("lumbar_side_bend_deg", 16, 19, 39),
        ("lumbar_side_bend_deg", 90, 5, 25),
        ("lumbar_rotation_deg", 30, -3, 17),
        ("peak_lumbar_flexion_deg", 30, 39, 65),
        ("peak_lumbar_flexion_deg", 62, 39, 65),
        ("peak_lumbar_flexion_deg", 90, 27, 65),
    ],
)
def test_limits_by_age_are_a_straight_line_between_the_published_ends(
    measure: str, age: int, low: float, high: float
) -> None:
    got = grade(measure, 20, age=age)
    assert got.low == pytest.approx(low)
    assert got.high == pytest.approx(high)


@given(st.sampled_from(measures()), st.integers(0, 120), st.integers(0, 120))
def test_age_never_makes_the_same_movement_worse(measure: str, one: int, two: int) -> None:
    young, old = sorted((one, two))
    first, second = (grade(measure, 1, age=age) for age in (young, old))
    if first.low is not None and second.low is not None:
        assert second.low <= first.low
    without = grade(measure, 1)
    if without.low is not None and measure != "peak_lumbar_flexion_deg":
        assert first.low is not None
        assert without.low <= first.low + 1e-9


@given(st.sampled_from(measures()), st.floats(0, 1), st.floats(0, 1), st.none() | st.integers(0, 120))
def test_grades_rise_with_the_value(measure: str, one: float, two: float, age: int | None) -> None:
    low, high = possible(measure)
    values = sorted(low + share * (high - low) for share in (one, two))
    grades = [grade(measure, min(max(value, low), high), age=age) for value in values]
    ranks = [GRADES.index(got.grade) for got in grades]
    assert ranks == sorted(ranks)
    for got, value in zip(grades, values, strict=True):
        near = [abs(value - limit) for limit in (got.low, got.high) if limit is not None]
        wide = 0.0 if got.mdc is None else got.mdc / math.sqrt(2)
        assert got.borderline is any(gap < wide for gap in near)


def possible(measure: str) -> tuple[float, float]:
    """The range of a measure, as its refusal tells it."""
    with pytest.raises(InputError) as caught:
        grade(measure, float("nan"))
    words = str(caught.value.todo).split()
    return float(words[words.index("from") + 1]), float(words[words.index("to") + 1])


def test_borderline_is_within_the_error_of_one_measurement() -> None:
    assert grade("peak_lumbar_flexion_deg", 45).borderline  # 10 / sqrt 2 = 7.1 from 39
    assert not grade("peak_lumbar_flexion_deg", 52).borderline
    assert grade("lumbar_contribution_percent", 50) == Grade(
        "moderate", 38, 63, "%", "laird2019", 11.5, False
    )
    assert grade("straight_leg_raise_deg", 93).mdc == 5.7
    assert grade("early_coupling_angle_deg", 59).mdc is None
    assert not grade("early_coupling_angle_deg", 59).borderline


@pytest.mark.parametrize("measure", measures())
def test_impossible_values_are_refused(measure: str) -> None:
    low, high = possible(measure)
    wrong: list[object] = [math.nan, math.inf, -math.inf, low - 1, high + 1, True, None, "40", 10**400]
    for value in wrong:
        with pytest.raises(InputError, match=f"{measure}: this cannot be"):
            grade(measure, value)  # type: ignore[arg-type]


@pytest.mark.parametrize("age", [-1, 121, math.nan, True])
def test_impossible_ages_are_refused(age: float) -> None:
    with pytest.raises(InputError, match="no age in years"):
        grade("peak_lumbar_flexion_deg", 50, age=age)


def test_unknown_measures_name_the_nearest() -> None:
    for call in (lambda name: grade(name, 1.0), lambda name: condition(name, "moderate")):
        with pytest.raises(InputError, match=r"[Dd]id you mean peak_lumbar_flexion_deg"):
            call("peak_lumber_flexion_deg")
        with pytest.raises(InputError, match="there is no norm"):
            call("x" * 5000)


def test_conditions_are_those_of_the_knowledge_base() -> None:
    assert condition("peak_lumbar_flexion_deg", "excessive") == Observation(
        Atom("lumbar_flexion", ("forward_bend", "excessive"))
    )
    assert condition("lumbar_contribution_percent", "moderate") == Observation(
        Atom("lumbar_share", ("moderate",))
    )
    assert condition("straight_leg_raise_deg", "excessive") == Observation(Atom("leg_raise_high"))
    assert condition("straight_leg_raise_deg", "moderate") == Observation(Atom("leg_raise_high"), absent=True)
    assert condition("judder_phase_minima", "excessive") is None
    for region in REGIONS:
        base = knowledge(region)
        for measure, name in product(measures(region=region), module.GRADES):
            found = condition(measure, name)
            if found is None:
                continue
            predicate = base.predicates[found.atom.predicate]
            assert predicate.kind == "observation"
            for term, sort in zip(found.atom.terms, predicate.sorts, strict=True):
                assert term in base.sorts[sort].values


def test_measures_without_a_norm_are_described_by_a_source_that_exists() -> None:
    path = REGIONS["low_back"].file("norms.toml")
    named = tomllib.loads(path.read_text(encoding="utf-8"))["without_norm"]
    assert named
    assert {described_by(measure) for measure in named} <= set(BASE.sources)
    assert not set(named) & set(measures())
    with pytest.raises(InputError, match=r"nothing describes 'peak_hip_extension'.*peak_hip_extension_deg"):
        described_by("peak_hip_extension")


def test_every_norm_has_a_source_and_a_movement_that_exist() -> None:
    for region in REGIONS:
        cited = {grade(measure, 1.0).source for measure in measures(region=region)}
        assert cited <= set(knowledge(region).sources)
    by_movement = {name: measures(name) for name in BASE.sorts["movement"].values}
    assert set(by_movement["forward_bend"]) >= {"peak_lumbar_flexion_deg", "peak_pelvic_flexion_deg"}
    listed = {name for names in by_movement.values() for name in names}
    assert set(measures(region="low_back")) - listed == {
        "failed_control_tests",
        "passive_hip_extension_deg",
        "straight_leg_raise_deg",
        "knee_extension_deficit_deg",
    }
