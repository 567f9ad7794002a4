"""Growing all proofs of some literals."""

from __future__ import annotations

import math
import time

import pytest

from mitate.abduce.etcetera import parse_clauses
from mitate.abduce.prooftree import Tree, grow, index, micro_nats

WEATHER = """
    (if (and (rain e1 y) (etc1 0.5 e1 e x y)) (wet e x))
    (if (etc0_wet 0.1 e x) (wet e x))
    (if (etc0_rain 0.2 e x) (rain e x))
    (if (and (flood e1) (etc2 0.9 e1 e)) (rain e Town))
    (if (and (wet e1 x) (etc3 0.5 e1 e)) (flood e))
"""


def proofs(
    text: str, depth: int = 3, max_goals: int = 1000, deadline: float = math.inf, bound: float = math.inf
) -> Tree:
    problem = parse_clauses(text)
    return grow(
        index(problem.clauses),
        problem.observations,
        depth=depth,
        max_goals=max_goals,
        deadline=deadline,
        bound=bound,
    )


def test_costs_are_whole_micro_nats() -> None:
    assert [micro_nats(p) for p in (1.0, 0.5, 0.1)] == [0, 693147, 2302585]


def test_variables_of_a_body_are_fresh_unknowns() -> None:
    tree = proofs("(wet E1 Roof)" + WEATHER, depth=2)
    (root,) = tree.roots
    rain = root.steps[0].children[0]
    assert all(not tree.terms.is_constant(term) for term in rain.terms)
    assert rain.steps[0].equal == []
    assert len(rain.steps) == 1  # a flood would need a depth of four
    assert tree.depth == 2
    assert not tree.complete


def test_a_head_binds_the_unknowns_of_its_goal() -> None:
    tree = proofs("(wet E1 Roof)" + WEATHER, depth=4)
    rain = tree.roots[0].steps[0].children[0]
    town = tree.terms.named("Town")
    assert rain.steps[1].equal == [(town, rain.terms[1])]


def test_different_constants_and_other_numbers_of_terms_do_not_match() -> None:
    base = "(if (etc1 0.5 e) (rain e Town))"
    assert proofs("(rain E1 Town)" + base).roots[0].steps
    assert not proofs("(rain E1 Village)" + base).roots[0].steps
    assert not proofs("(rain E1)" + base).roots[0].steps
    repeated = "(if (etc1 0.5 e x) (like e x x))"
    assert not proofs("(like E A B)" + repeated).roots[0].steps
    tree = proofs("(like E A b)" + repeated)
    assert tree.roots[0].steps[0].equal == [(tree.terms.named("A"), tree.terms.named("b"))]


def test_a_literal_is_not_proved_from_itself() -> None:
    tree = proofs(
        "(p A) (if (and (q x) (etc1 0.5 x)) (p x)) (if (p x) (q x)) (if (etc0 0.5 x) (p x))", depth=9
    )
    assert [len(step.children) for step in tree.roots[0].steps] == [0]
    assert tree.complete


def test_complete_says_that_nothing_was_cut_off() -> None:
    chain = "(p A) (if (and (q x) (etc1 0.5 x)) (p x)) (if (etc0 0.5 x) (q x))"
    assert not proofs(chain, depth=1).complete
    assert not proofs(chain, depth=1).roots[0].steps
    assert proofs(chain, depth=2).complete
    assert proofs(chain, depth=2, bound=1.0).roots[0].steps == []
    assert proofs(chain, depth=2, bound=2 * 693147).roots[0].steps


def test_the_cheapest_proof_that_stands_alone() -> None:
    tree = proofs("(wet E1 Roof) (wet E2 Roof)" + WEATHER)
    assert tree.roots[0].solo == micro_nats(0.5) + micro_nats(0.2)  # and not 0.1, and Town binds
    assert tree.solo() == 2 * tree.roots[0].solo


@pytest.mark.parametrize("limit", [10, 100, 400])
def test_a_level_too_many_is_taken_back_whole(limit: int) -> None:
    text = "(p A A)" + "".join(
        f"(if (and (p x z) (p z y) (etc{number} 0.9 x y z)) (p x y))" for number in range(3)
    )
    text += "(if (etc0 0.1 x y) (p x y))"
    tree = proofs(text, depth=20, max_goals=limit)
    whole = proofs(text, depth=tree.depth, max_goals=10**6)
    assert tree.depth < 20
    assert not tree.complete
    assert len(tree.goals) + len(tree.steps()) <= limit
    assert [goal.path for goal in tree.goals] == [goal.path for goal in whole.goals]


def test_no_time_no_levels() -> None:
    tree = proofs("(wet E1 Roof)" + WEATHER, deadline=time.monotonic())
    assert (tree.depth, tree.complete, tree.steps()) == (0, False, [])
