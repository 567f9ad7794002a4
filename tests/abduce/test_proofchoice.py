"""The choice of a proof as MaxSAT, and back; `test_entail` compares its costs with an exhaustive oracle."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from mitate.abduce.dominance import prune
from mitate.abduce.etcetera import ClauseProblem, parse_clauses
from mitate.abduce.maxsat import Maxsat
from mitate.abduce.proofchoice import Encoding, alone
from mitate.abduce.prooftree import Tree, grow, index


def proofs(problem: ClauseProblem) -> Tree:
    return grow(index(problem.clauses), problem.observations, depth=4, max_goals=1000, deadline=math.inf)


def encoded(text: str) -> tuple[Encoding, Maxsat]:
    tree = proofs(parse_clauses(text))
    shared = prune(tree, looks=10**6, limit=10**6, deadline=math.inf, dominated=False)
    assert shared is not None
    encoding = Encoding(tree, shared)
    encoding.write()
    return encoding, Maxsat(encoding.clauses, encoding.cost_of, variables=encoding.last)


CLOCK = """
    (tick T1) (tick T2) (tick T3)
    (if (etc0_tick 0.1 x) (tick x))
    (if (and (clock c) (etc1_tick 0.9 c x)) (tick x))
    (if (etc0_clock 0.05 c) (clock c))
"""


def test_one_clock_for_all_ticks() -> None:
    encoding, solver = encoded(CLOCK)
    found = solver.minimise()
    assert found.true is not None
    explanation = encoding.explanation(found.true)
    assert explanation.cost == found.cost
    shared = [(str(one.literal), one.times) for one in explanation.paid if one.times > 1]
    assert shared == [("(etc0_clock ?1)", 3)]
    heads = [str(step.head) for step in explanation.steps]
    assert heads == ["(clock ?1)", "(tick T1)", "(tick T2)", "(tick T3)"]
    solver.close()


def test_every_proof_comes_once_and_in_the_order_of_cost() -> None:
    encoding, solver = encoded(CLOCK)
    costs, seen = [], set()
    while (found := solver.minimise()).true is not None:
        costs.append(found.cost)
        seen.add(frozenset(step.path for step in encoding.proof(found.true)))
        assert encoding.explanation(found.true).cost <= found.cost
        solver.add(encoding.not_again(found.true))
    solver.close()
    assert found.status == "impossible"
    assert all(a <= b for a, b in pairwise(costs))
    # Each tick by itself or by a clock, which is its own or that of a tick before it.
    assert len(seen) == len(costs) >= 2**3


def test_the_proof_that_stands_alone_may_still_share_what_is_equal() -> None:
    problem = parse_clauses("(p A) (q A) (if (etc 0.5 x) (p x)) (if (etc 0.5 x) (q x))")
    explanation = alone(proofs(problem))
    assert explanation is not None
    assert explanation.cost == 693147
    assert explanation.paid[0].times == 2


@pytest.mark.parametrize("text", ["(p x) (if (etc 0.5) (p A))", "(p A)"])
def test_there_may_be_no_proof_that_stands_alone(text: str) -> None:
    assert alone(proofs(parse_clauses(text))) is None
