"""Proofs as text and JSON: every step rests on what came before, and is said, in two languages."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.abduce.answer import Explanation
from mitate.abduce.language import Atom
from mitate.abduce.parse import parse
from mitate.abduce.proof import explanation_as_dict, in_words, proof_text
from mitate.abduce.sample import complete_situation, draw
from mitate.abduce.solve import Reasoner

KB = parse("""
title "Backs" / "腰"
source roach "Roach 2015, Table 2" at "https://example.org/roach"
source laird "Laird 2019"
sort side "side" / "側" = left "left" / "左", right "right" / "右"
sort grade "grade" = low "too little" / "不足", mid "as expected" / "適度", high "too much" / "過剰"
given old "is old" / "高齢"
hypothesis sits "sits for long" / "長く座る" prior 0.3 source laird
cause bends "the low back bends too much" / "腰が曲がりすぎる" prior 0.01 source laird
cause tight(side) "the {1} hip is tight" / "{1}の股関節が硬い" prior 0.02 source roach
prior pl: tight(left) 0.04 source laird
derived loaded "the discs are loaded" / "椎間板に負荷がかかる"
observation pain "has pain" / "痛い" unexplained 0.001 source laird
observation worse "is worse sitting" / "座ると悪化" unexplained 0.2 source laird
observation bend(grade) "bends {1}" / "曲がりが{1}" one of grade unexplained 0.1 source laird
unexplained bend(mid) 0.8 source roach
observation ache(side) "aches on the {1}" / "{1}が痛む" unexplained 0.05 source roach
observation must "must be explained"
rule r1: sits => bends 0.2 source laird
rule r2: bends => loaded source laird
rule r3: loaded => pain 0.9 source laird
rule r4: loaded and old => worse 0.75 source laird, roach
rule r5: bends => bend(high) 0.6 source laird
rule r6: tight(S) => ache(S) 0.5 source roach
rule r7: tight(_) => must source roach
given: old
observe pain
observe worse
observe bend(mid)
observe ache(right)
""")


def best(text: str = "") -> Explanation:
    kb = KB if not text else parse(text)
    return Reasoner(kb).explain(kb.situation, k=1).explanations[0]


def test_the_text_says_causes_reasons_failures_and_sources() -> None:
    text = proof_text(KB, best())
    assert text.splitlines() == [
        "Causes",
        "  the low back bends too much",
        "    because sits for long: in about 2 of 10 (rule r1) [laird]",
        "      sits for long: assumed; true in general in about 3 of 10 [laird]",
        "What this explains",
        "  because the discs are loaded",
        "      the discs are loaded",
        "        because the low back bends too much: always (rule r2) [laird]",
        "    has pain: in about 9 of 10 (rule r3) [laird]",
        "  because the discs are loaded and is old",
        "      is old: given",
        "    is worse sitting: in about 75 of 100 (rule r4) [laird, roach]",
        "Left unexplained, with how often each is seen for no reason in these rules",
        "  aches on the right: in about 5 of 100 [roach]",
        "Needing no cause, as most have it",
        "  bends as expected",
        "Expected, but not so",
        "  because the low back bends too much",
        "    bends too much: in about 6 of 10 (rule r5) [laird]",
        f"Cost {best().cost / 1e6:.2f} nats: "
        "assumptions, rules used, failed expectations, what is unexplained.",
        "Sources",
        "  [laird] Laird 2019",
        "  [roach] Roach 2015, Table 2 https://example.org/roach",
    ]


def test_the_same_in_japanese_has_no_english_words_of_its_own() -> None:
    text = proof_text(KB, best(), "ja")
    assert "腰が曲がりすぎる" in text
    assert "理由: 長く座る: 約10例中2例（規則 r1） [laird]" in text
    assert not {"because", "Causes", "unexplained"} & set(text.replace("\n", " ").split())


def test_nothing_to_assume_and_an_unfinished_search_are_said() -> None:
    kb = parse('source s "x"\nobservation o "an o" unexplained 0.2 source s\nobserve o')
    one = Reasoner(kb).explain(kb.situation).explanations[0]
    assert "none needs to be assumed" in proof_text(kb, one)
    stopped = Explanation(1, (), (), (Atom("o"),), (), frozenset(), (), False)
    assert "The search was stopped" in proof_text(kb, stopped)


def test_a_prior_for_some_instances_cites_its_own_source() -> None:
    kb = KB
    reasoner = Reasoner(kb)
    for side, source in (("left", "laird"), ("right", "roach")):
        one = reasoner.best_with(kb.situation, include=(Atom("tight", (side,)),))
        assert one is not None
        lines = proof_text(kb, one).splitlines()
        line = next(line for line in lines if f"the {side} hip is tight: assumed" in line)
        assert line.endswith(f"[{source}]")


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, "always"),
        (0.999, "in nearly every case"),
        (0.8, "in about 8 of 10"),
        (0.25, "in about 25 of 100"),
        (0.04, "in about 4 of 100"),
        (0.001, "in about 1 of 1,000"),
        (0.00001, "in fewer than 1 of 10,000"),
    ],
)
def test_probabilities_are_natural_frequencies(probability: float, words: str) -> None:
    assert in_words(probability) == words


@given(st.floats(0.0001, 0.99))
def test_frequencies_are_near_the_probability(probability: float) -> None:
    _, _, n, _, of = in_words(probability).split()
    assert int(n) / int(of.replace(",", "")) == pytest.approx(probability, rel=0.051, abs=5e-5)
    assert int(n) >= 1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_each_step_rests_on_steps_before_it_and_on_a_rule(seed: int) -> None:
    rng = np.random.default_rng(seed)
    situation = complete_situation(draw(KB, rng, given=(Atom("old"),)), KB, keep=0.8, rng=rng)
    for one in Reasoner(KB).explain(situation, k=3).explanations:
        proved: set[Atom] = set()
        for step in one.steps:
            assert proved.issuperset(step.body)
            proved.add(step.head)
            if step.rule is None:
                assert step.chance is not None or step.head in situation.given
            elif step.rule.probability < 1:
                assert step.chance in one.assumed
        present = {o.atom for o in situation.observations if not o.absent}
        assert present - set(one.unexplained) <= proved
        text = proof_text(KB, one)
        for atom in proved:
            assert KB.label(atom) in text


def test_json_holds_the_whole_proof() -> None:
    one = best()
    loaded = json.loads(json.dumps(explanation_as_dict(KB, one, "ja"), ensure_ascii=False))
    assert loaded["cost_nats"] == one.cost / 1e6
    assert loaded["causes"] == [{"atom": "bends", "label": "腰が曲がりすぎる"}]
    assert [step["atom"] for step in loaded["proof"]] == [str(step.head) for step in one.steps]
    assert loaded["failed"][0]["rule"] == "r5"
    assumed = next(step for step in loaded["proof"] if step["assumed"])
    assert assumed["probability"] == 0.3
    assert assumed["sources"] == ["laird"]
    assert {item["atom"] for item in loaded["unexplained"]} == {"bend(mid)", "ache(right)"}
