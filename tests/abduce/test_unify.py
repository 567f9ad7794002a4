"""Which literals can be equal, and that constants are kept apart."""

from __future__ import annotations

import math
from itertools import combinations, count, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.solvers import Solver

from mitate.abduce.etcetera import parse_clauses
from mitate.abduce.prooftree import Leaf, Terms, Tree, grow, index
from mitate.abduce.unify import Classes, Equalities, at_most_one, compatible, pairs

CONSTANTS, UNKNOWN = 3, 3


def terms() -> Terms:
    """Constants 0, 1, 2 and unknowns 3 to 5, of which 3 has a name."""
    made = Terms()
    for name in ("A", "B", "C", "someone"):
        made.named(name)
    for _ in range(UNKNOWN - 1):
        made.fresh()
    return made


edges = st.lists(
    st.tuples(st.integers(0, CONSTANTS + UNKNOWN - 1), st.integers(0, CONSTANTS + UNKNOWN - 1)), max_size=7
)


def assignments(equal: list[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Every way to name the individuals so that `equal` holds; unknowns may also be others than A, B, C."""
    individuals = range(CONSTANTS + UNKNOWN)
    found = []
    for unknown in product(individuals, repeat=UNKNOWN):
        names = (*range(CONSTANTS), *unknown)
        if all(names[a] == names[b] for a, b in equal):
            found.append(names)
    return found


@settings(max_examples=60, deadline=None)
@given(edges)
def test_classes_are_the_equalities_that_follow(equal: list[tuple[int, int]]) -> None:
    classes = Classes(terms())
    merged = all(classes.merge(a, b) for a, b in equal)
    names = assignments(equal)
    assert merged == bool(names)
    if merged:
        for a, b in combinations(range(CONSTANTS + UNKNOWN), 2):
            assert (classes.find(a) == classes.find(b)) == all(one[a] == one[b] for one in names)
        for term in range(CONSTANTS):
            assert classes.find(term) == term


def test_a_class_is_spoken_for_by_its_constant_then_by_a_name() -> None:
    classes = Classes(terms())
    assert classes.merge(5, 4)
    assert classes.find(5) == 4
    assert classes.merge(4, 3)
    assert classes.find(5) == 3
    assert classes.merge(3, 1)
    assert classes.find(5) == 1
    assert not classes.merge(4, 0)
    assert classes.find(4) == 1


@settings(max_examples=80, deadline=None)
@given(edges, st.data())
def test_the_clauses_allow_exactly_the_equalities_that_can_hold(
    possible: list[tuple[int, int]], data: st.DataObject
) -> None:
    fresh = count(1)
    equalities = Equalities(terms(), possible, fresh)
    chosen = data.draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []
    needed = [equalities.need(a, b) for a, b in possible]
    wanted = [equalities.need(a, b) for a, b in chosen]
    assert wanted == [needed[possible.index(pair)] for pair in chosen]  # asking again changes nothing
    with Solver(bootstrap_with=equalities.clauses) as solver:
        allowed = 0 not in wanted and solver.solve([one for one in wanted if one])
    assert allowed == bool(assignments(chosen))
    assert len(equalities.clauses) <= 3 * equalities.size  # three constants at most


@pytest.mark.parametrize("number", [0, 1, 2, 5, 6, 9])
def test_at_most_one(number: int) -> None:
    variables = list(range(1, number + 1))
    with Solver(bootstrap_with=at_most_one(variables, count(number + 1))) as solver:
        for true in product([False, True], repeat=number):
            literals = [v if is_true else -v for v, is_true in zip(variables, true, strict=True)]
            assert solver.solve(literals) == (sum(true) <= 1)


def tree(text: str, depth: int = 3) -> Tree:
    problem = parse_clauses(text)
    return grow(index(problem.clauses), problem.observations, depth=depth, max_goals=1000, deadline=math.inf)


def leaves(grown: Tree, predicate: str) -> list[Leaf]:
    return [leaf for step in grown.steps() for leaf in step.leaves if leaf.predicate == predicate]


BASE = """
    (if (etc0 0.1 e x) (p e x))
    (if (and (p e1 y) (etc1 0.5 e1 e x y)) (p e x))
    (if (and (q B) (etc2 0.5 e)) (p e B))
    (if (etc3 0.5 x) (q x))
"""


def test_literals_of_different_choices_for_one_goal_are_never_equal() -> None:
    grown = tree("(p E1 A)" + BASE, depth=2)
    above, below = leaves(grown, "etc0")
    assert not compatible(grown.terms, above, below)


def test_literals_of_different_goals_can_be_equal_if_their_terms_unify() -> None:
    grown = tree("(p E1 A) (p E1 x) (p E2 A)" + BASE, depth=1)
    one, unknown, other = leaves(grown, "etc0")
    assert compatible(grown.terms, one, unknown)
    assert not compatible(grown.terms, one, other)
    assert not compatible(grown.terms, unknown, other)


def test_what_the_heads_bind_counts() -> None:
    # etc2 binds x to B and then its e to what the other goal has; y is free.
    grown = tree("(r x A) (r y A) (if (etc1 0.5 e) (r B e)) (if (etc1 0.5 e) (r C e))", depth=1)
    first, second, third, fourth = leaves(grown, "etc1")
    assert compatible(grown.terms, first, third)
    assert compatible(grown.terms, first, fourth)
    grown = tree("(r x A) (r x A) (if (etc1 0.5 e) (r B e)) (if (etc1 0.5 e) (r C e))", depth=1)
    first, second, third, fourth = leaves(grown, "etc1")
    assert compatible(grown.terms, first, third)
    assert not compatible(grown.terms, first, fourth)
    assert not compatible(grown.terms, second, third)


def test_a_literal_below_an_equal_one_of_its_clause_is_left_out() -> None:
    grown = tree("(p x A)" + BASE, depth=3)
    upper, lower = leaves(grown, "etc1")[:2]
    assert lower.step.goal.parent is upper.step
    assert not compatible(grown.terms, upper, lower)


def test_pairs_stop_at_their_limits() -> None:
    grown = tree(" ".join(f"(p x{number} y{number})" for number in range(8)) + BASE, depth=1)
    alike = leaves(grown, "etc0")
    every = list(combinations(range(8), 2))
    assert pairs(grown.terms, alike, looks=28, limit=28, deadline=math.inf) == every
    assert pairs(grown.terms, alike, looks=27, limit=28, deadline=math.inf) is None
    assert pairs(grown.terms, alike, looks=28, limit=20, deadline=math.inf) is None
    many = alike * 20
    assert pairs(grown.terms, many, looks=10**6, limit=10**6, deadline=0.0) is None
