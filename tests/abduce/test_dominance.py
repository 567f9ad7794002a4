"""Leaving out what no best explanation needs."""

from __future__ import annotations

import math

from mitate.abduce.dominance import Shared, prune
from mitate.abduce.etcetera import parse_clauses
from mitate.abduce.prooftree import Tree, grow, index

ANIMALS = """
    (if (etc0_chicken 0.001 x) (chicken x))
    (if (etc0_egg 0.002 x) (egg x))
    (if (and (hen x) (etc1_egg 0.1 x y)) (egg y))
    (if (and (hen x) (etc1_chicken 0.9 x)) (chicken x))
    (if (etc0_hen 0.0005 x) (hen x))
"""


def thinned(text: str, bound: float = math.inf, *, dominated: bool = True) -> tuple[Tree, Shared]:
    problem = parse_clauses(text + ANIMALS)
    tree = grow(index(problem.clauses), problem.observations, depth=4, max_goals=1000, deadline=math.inf)
    shared = prune(tree, looks=10**6, limit=10**6, deadline=math.inf, bound=bound, dominated=dominated)
    assert shared is not None
    return tree, shared


def names(tree: Tree) -> list[str]:
    return [leaf.predicate for step in tree.steps() for leaf in step.leaves]


def test_a_hen_for_an_egg_alone_is_of_no_use() -> None:
    tree, (leaves, found) = thinned("(egg E)")
    assert names(tree) == ["etc0_egg"]
    assert [leaf.predicate for leaf in leaves] == ["etc0_egg"]
    assert found == []


def test_a_hen_that_can_be_shared_stays() -> None:
    tree, (leaves, found) = thinned("(egg E) (chicken C)")
    assert sorted(names(tree)) == [
        "etc0_chicken",
        "etc0_egg",
        "etc0_hen",
        "etc0_hen",
        "etc1_chicken",
        "etc1_egg",
    ]
    assert [(leaves[a].predicate, leaves[b].predicate) for a, b in found] == [("etc0_hen", "etc0_hen")]


def test_without_pruning_only_pairs_are_found() -> None:
    tree, (leaves, _) = thinned("(egg E)", dominated=False)
    assert len(names(tree)) == len(leaves) == 3


def test_steps_dearer_than_a_known_explanation_go() -> None:
    best = sum(round(-math.log(probability) * 1e6) for probability in (0.0005, 0.1, 0.9))
    tree, _ = thinned("(egg E) (chicken C)", bound=best)
    assert {"etc0_hen", "etc1_chicken", "etc1_egg"} <= set(names(tree))
    tree, _ = thinned("(egg E) (chicken C)", bound=best - 1)
    assert not all(goal.steps for goal in tree.roots)


def test_deepest_literals_come_first() -> None:
    _, (leaves, _) = thinned("(egg E) (chicken C)")
    depths = [len(leaf.step.path) for leaf in leaves]
    assert depths == sorted(depths, reverse=True)


def test_limits() -> None:
    problem = parse_clauses("(egg E) (egg x)" + ANIMALS)
    tree = grow(index(problem.clauses), problem.observations, depth=4, max_goals=1000, deadline=math.inf)
    assert prune(tree, looks=0, limit=10, deadline=math.inf) is None
    assert prune(tree, looks=10, limit=0, deadline=math.inf) is None
