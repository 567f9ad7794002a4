"""Rules for one case: what a reading that may be wrong does to causes that expect something else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.abduce.language import Atom
from mitate.abduce.parse import read_texts
from mitate.back.cause import explain_case, knowledge
from mitate.back.observations import case_of
from mitate.back.softened import Reading, softened_rules

BASE = read_texts(
    (
        (
            "small.kb",
            """
title "small"
convention expert "judgement" at most 1000
sort grade "grade" = little "l", usual "u", much "m"
sort side "side" = left "l", right "r"
cause stiff "stiff" prior 0.1 source expert
cause weak(side) "weak {1}" prior 0.1 source expert
observation bend(grade) "bend {1}" one of grade unexplained 0.1 source expert
unexplained bend(usual) 0.8 source expert
observation less(side) "less {1}" unexplained 0.2 source expert
rule r1: stiff => bend(little) 0.9 source expert
rule r2: weak(Side) => less(Side) 0.6 source expert
""",
        ),
    )
)
BEND, LESS = Atom("bend", ("usual",)), Atom("less", ("left",))


def _probabilities(readings: list[Reading]) -> tuple[float, float]:
    first, second = softened_rules(BASE, readings).rules[-2:]
    assert (first.name, second.name) == ("r1", "r2")
    return first.probability, second.probability


def test_nothing_unsure_is_the_base_itself() -> None:
    assert softened_rules(BASE, ()) is BASE


def test_of_one_value_of_several_the_rule_for_another_is_weakened_by_bayes() -> None:
    sure = 0.8
    bend, less = _probabilities([Reading(BEND, False, sure)])
    odds = (1 - sure) / sure
    usual = 0.8 + 0.1 * odds + 0.1 * odds  # how probable the reading is without any cause, over that if true
    with_cause = 0.9 * odds + 0.1 * usual
    assert 1 - bend == pytest.approx(with_cause / usual)
    assert less == 0.6


def test_of_an_absent_sign_the_rule_for_it_is_weakened_by_bayes() -> None:
    sure = 0.9
    _, less = _probabilities([Reading(LESS, True, sure)])
    odds = (1 - sure) / sure
    usual = 0.8 + 0.2 * odds
    assert 1 - less == pytest.approx((0.6 * odds + 0.4 * usual) / usual)


def test_a_value_told_to_be_surely_not_so_is_held_against_its_cause() -> None:
    little = Atom("bend", ("little",))
    alone, _ = _probabilities([Reading(BEND, False, 0.7)])
    besides, _ = _probabilities([Reading(BEND, False, 0.7), Reading(little, True, 0.99)])
    assert alone < besides < 0.9


@settings(max_examples=60, deadline=None)
@given(st.floats(0.5, 0.999), st.floats(0.5, 0.999), st.booleans())
def test_the_surer_a_reading_the_more_it_counts(one: float, other: float, absent: bool) -> None:
    low, high = sorted((one, other))
    atom = LESS if absent else BEND
    less_sure = _probabilities([Reading(atom, absent, low)])
    surer = _probabilities([Reading(atom, absent, high)])
    assert all(a <= b + 1e-12 for a, b in zip(less_sure, surer, strict=True))
    assert surer[0] <= 0.9
    assert surer[1] <= 0.6


def test_a_reading_that_may_well_be_wrong_rules_no_cause_out() -> None:
    answers = {"hard_to_bend": True, "stiff_in_morning": True, "worse_bending": True}

    def share(sure: float) -> float:
        bend = {"lumbar_flexion": {"is": "moderate", "sure": sure}}
        document = {"conditions": {"forward_bend": bend}, "answers": answers}
        result = explain_case(case_of(document, knowledge()), k=6)
        assert result.posterior is not None
        return result.posterior.causes.get(Atom("insufficient_lumbar_flexion"), 0.0)

    assert share(0.999) < share(0.8) < share(0.55)
