"""Posterior of the causes: Bayes by hand where that is exact, shares and limits elsewhere."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.abduce.answer import Answer, Explanation
from mitate.abduce.language import Atom, Situation
from mitate.abduce.maxsat import Status
from mitate.abduce.parse import parse
from mitate.abduce.posterior import posterior
from mitate.abduce.solve import Reasoner

A, B, C = Atom("a"), Atom("b"), Atom("c")


def explanation(cost: float, *causes: Atom) -> Explanation:
    return Explanation(round(cost * 1e6), (), (), (), causes, frozenset(causes), (), True)


def answer(*explanations: Explanation, status: Status = "optimal") -> Answer:
    return Answer(Situation(), explanations, status, 0, 0.0)


def test_two_rival_causes_are_bayes_by_hand() -> None:
    kb = parse("""
        source s "a study"
        cause a "a" prior 0.1 source s
        cause b "b" prior 0.3 source s
        exclude x: a, b source s
        observation pain "pain" source s
        observation stiff "stiff" unexplained 0.2 source s
        rule r1: a => pain 0.9 source s
        rule r2: b => pain 0.4 source s
        rule r3: a => stiff 0.7 source s
        observe pain
        observe not stiff
    """)
    got = posterior(Reasoner(kb).explain(kb.situation, k=5), k=5)
    # Joint probabilities of each cause with what was seen: prior, pain, no stiffness.
    a, b = 0.1 * 0.9 * 0.3, 0.3 * 0.4
    assert got.causes[A] == pytest.approx(a / (a + b), abs=1e-5)
    assert got.causes[B] == pytest.approx(b / (a + b), abs=1e-5)
    assert got.log_mass == pytest.approx(math.log(a + b), abs=1e-5)
    assert list(got.causes) == [B, A]
    assert got.complete
    assert not got.stopped


def test_a_cause_has_the_share_of_all_explanations_that_hold_it() -> None:
    got = posterior(answer(explanation(1, A, B), explanation(2, A, C), explanation(3)))
    weights = [math.exp(-1), math.exp(-2), math.exp(-3)]
    assert got.causes[A] == pytest.approx((weights[0] + weights[1]) / sum(weights))
    assert got.causes[C] == pytest.approx(weights[1] / sum(weights))
    assert [share for _, share in got.sets] == pytest.approx([w / sum(weights) for w in weights])
    assert got.complete


@given(st.lists(st.floats(0, 2000), min_size=1, max_size=8))
def test_shares_add_up_whatever_the_costs(costs: list[float]) -> None:
    atoms = [Atom(f"c{n}") for n in range(len(costs))]
    got = posterior(answer(*(explanation(c, a) for c, a in zip(costs, atoms, strict=True))))
    assert sum(share for _, share in got.sets) == pytest.approx(1.0)
    assert all(0 <= share <= 1 for share in got.causes.values())
    assert list(got.causes.values()) == sorted(got.causes.values(), reverse=True)


def test_nothing_explained_is_an_empty_posterior() -> None:
    got = posterior(answer(status="impossible"))
    assert got.causes == {}
    assert got.log_mass == -math.inf
    assert json.loads(json.dumps(got.as_dict()))["log_mass_nats"] is None


def test_limits_are_said_in_both_languages() -> None:
    whole = posterior(answer(explanation(1, A)), k=2)
    cut = posterior(answer(explanation(1, A), explanation(2, B), status="stopped"), k=2)
    assert whole.complete
    assert not cut.complete
    assert "no other explanation" in whole.limits()[0]
    assert "unknown" in cut.limits()[0]
    assert len(cut.limits()) == len(whole.limits()) + 1 == len(cut.limits("ja"))
    assert "2件" in cut.limits("ja")[0]
    assert json.loads(json.dumps(cut.as_dict()))["stopped"] is True
