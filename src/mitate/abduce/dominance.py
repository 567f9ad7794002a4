"""Leaves out of a tree of proofs the steps that no best explanation needs.

A goal can always be proved by its cheapest proof that stands alone. Another step for it is of use only if
etcetera literals below it are shared with other parts of the tree: whatever of its cost cannot be shared must
be less than the proof that stands alone costs. (If it is not, put the latter in its place and go on paying
what is shared: the whole costs no more.) And a step is of no use if all that must be paid with it, the
etcetera literals on the way to it and what cannot be shared elsewhere, costs more than a known explanation.
Each step that goes takes its literals from others that could share them, so this is repeated until nothing
changes.
"""

from __future__ import annotations

import math
import time

from mitate.abduce.prooftree import Leaf, Tree
from mitate.abduce.unify import Pair, pairs

__all__ = ["Shared", "prune"]

Shared = tuple[list[Leaf], list[Pair]]
"""The leaves of a tree, the deepest first, and which pairs of them can be equal in one proof."""


def prune(
    tree: Tree, *, looks: int, limit: int, deadline: float, bound: float = math.inf, dominated: bool = True
) -> Shared | None:
    """Prunes `tree` in place and tells which of its etcetera literals can be shared.

    Args:
        looks, limit: how many pairs of literals may be looked at, and found.
        deadline: the value of `time.monotonic` at which to give up.
        bound: micro-nats; explanations that cost more are of no interest.
        dominated: whether to prune; without it (for second best explanations) only the pairs are found.

    Returns:
        None if a limit or the deadline was met. A root may be left without steps: nothing costs less than
        `bound`.
    """
    leaves = _leaves(tree)
    found = pairs(tree.terms, leaves, looks=looks, limit=limit, deadline=deadline)
    if found is None:
        return None
    while dominated and time.monotonic() < deadline:
        sharing = {id(leaves[place]) for pair in found for place in pair}
        if not _drop(tree, sharing, bound):
            break
        kept = {id(leaf): place for place, leaf in enumerate(_leaves(tree))}
        places = [kept.get(id(leaf)) for leaf in leaves]
        found = [
            (a, b) for a, b in ((places[a], places[b]) for a, b in found) if a is not None and b is not None
        ]
        leaves = _leaves(tree)
    return leaves, found


def _leaves(tree: Tree) -> list[Leaf]:
    steps = sorted(tree.steps(), key=lambda step: -len(step.path))
    return [leaf for step in steps for leaf in step.leaves]


def _drop(tree: Tree, sharing: set[int], bound: float) -> bool:
    """Drops steps that are of no use, once over; whether there were any."""
    if not all(goal.steps for goal in tree.roots):
        return False
    least: dict[int, float] = {}  # of a goal or a step: its cost if all that can be shared is paid elsewhere
    before = sum(len(goal.steps) for goal in tree.goals)
    for goal in reversed(tree.goals):
        alone = next((step for step in goal.steps if step.solo == goal.solo), None)
        for step in goal.steps:
            own = sum(leaf.cost for leaf in step.leaves if id(leaf) not in sharing)
            least[id(step)] = own + sum(least[id(child)] for child in step.children)
        goal.steps = [step for step in goal.steps if step is alone or least[id(step)] < goal.solo]
        least[id(goal)] = min((least[id(step)] for step in goal.steps), default=math.inf)
    _drop_dear(tree, least, bound)
    tree.drop_unprovable()
    return sum(len(goal.steps) for goal in tree.goals) < before


def _drop_dear(tree: Tree, least: dict[int, float], bound: float) -> None:
    """Drops steps with which every explanation costs more than `bound`."""
    total = sum(least[id(goal)] for goal in tree.roots)
    beside = {id(goal): total - least[id(goal)] for goal in tree.roots}  # what must be paid off the way
    for goal in tree.goals:
        if id(goal) not in beside:
            goal.steps = []
            continue
        kept = []
        for step in goal.steps:
            below = sum(least[id(child)] for child in step.children)
            if step.path_cost + beside[id(goal)] + below <= bound:
                kept.append(step)
                for child in step.children:
                    beside[id(child)] = beside[id(goal)] + below - least[id(child)]
        goal.steps = kept
