"""The best selection of exercises under constraints: an exact optimum by MaxSAT, not greedy.

What is wanted is put as rewards (at least so many of these) and burdens (any of these), what must hold as
time, number, and pairs that must not stand together. The optimum is found by the reasoner's own solver
(`mitate.abduce.maxsat`). Sums are bounded by sequential weight counters (Hoelldobler, Manthey, Steinke, "A
Compact Encoding of Pseudo-Boolean Constraints into SAT", KI 2012), over half-minutes for the time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from mitate.abduce.maxsat import Maxsat, Status

__all__ = ["Burden", "Reward", "Selected", "Task", "select", "worth"]


@dataclass(frozen=True, slots=True)
class Reward:
    """Counts `gain` if at least `least` of the items `of` (indices) are chosen."""

    of: tuple[int, ...]
    gain: int
    least: int = 1


@dataclass(frozen=True, slots=True)
class Burden:
    """Costs `cost` if any of the items `of` (indices) is chosen."""

    of: tuple[int, ...]
    cost: int


@dataclass(frozen=True, slots=True)
class Task:
    """What to choose from and what counts.

    Attributes:
        sizes: of each item, in half-minutes, all above 0.
        budget: half-minutes that the chosen ones may take together.
        most: items at most.
        apart: pairs of items that must not both be chosen.
        rewards, burdens: gains and costs above 0.
    """

    sizes: tuple[int, ...]
    budget: int
    most: int
    apart: tuple[tuple[int, int], ...] = ()
    rewards: tuple[Reward, ...] = ()
    burdens: tuple[Burden, ...] = ()

    def allows(self, chosen: frozenset[int]) -> bool:
        """Whether a choice keeps to time, number and pairs."""
        return (
            len(chosen) <= self.most
            and sum(self.sizes[item] for item in chosen) <= self.budget
            and not any(one in chosen and two in chosen for one, two in self.apart)
        )


@dataclass(frozen=True, slots=True)
class Selected:
    """A choice: items in the order of their indices, what it is worth, and whether nothing is worth more."""

    items: tuple[int, ...]
    worth: int
    status: Status


def worth(task: Task, chosen: frozenset[int]) -> int:
    """Gains less costs of a choice."""
    gains = sum(one.gain for one in task.rewards if len(chosen.intersection(one.of)) >= one.least)
    return gains - sum(one.cost for one in task.burdens if chosen.intersection(one.of))


def select(task: Task, *, time_limit_s: float = 5.0) -> Selected:
    """The choice that is worth most; among equals always the same one.

    Args:
        time_limit_s: after which the best so far is the answer, with status ``stopped``.
    """
    clauses, cost_of, variables = _encoded(task)
    solver = Maxsat(clauses, cost_of, variables=variables)
    try:
        found = solver.minimise(time.monotonic() + time_limit_s)
    finally:
        solver.close()
    chosen = frozenset(item for item in range(len(task.sizes)) if item + 1 in (found.true or ()))
    return Selected(tuple(sorted(chosen)), worth(task, chosen), found.status)


def _encoded(task: Task) -> tuple[list[list[int]], dict[int, int], int]:
    """Clauses, costs of literals, and the greatest variable; item i is variable i + 1."""
    items = range(1, len(task.sizes) + 1)
    fresh = count(len(items) + 1)
    clauses = [[-one - 1, -two - 1] for one, two in task.apart]
    clauses += _at_most(items, task.sizes, task.budget, fresh)
    clauses += _at_most(items, [1] * len(items), task.most, fresh)
    cost_of: dict[int, int] = {}
    for reward in task.rewards:
        if len(reward.of) >= reward.least:
            got = next(fresh)
            clauses += _at_least(got, [item + 1 for item in reward.of], reward.least, fresh)
            cost_of[-got] = reward.gain
    for burden in task.burdens:
        if len(burden.of) == 1:
            item = burden.of[0] + 1
            cost_of[item] = cost_of.get(item, 0) + burden.cost
        else:
            borne = next(fresh)
            clauses += [[-item - 1, borne] for item in burden.of]
            cost_of[borne] = burden.cost
    return clauses, cost_of, next(fresh)


def _at_most(
    items: Sequence[int], sizes: Sequence[int], budget: int, fresh: Iterator[int]
) -> list[list[int]]:
    """The sizes of the true items sum up to the budget at most."""
    clauses: list[list[int]] = []
    before: list[int] = []  # before[j]: the items so far have a sum of more than j
    for item, size in zip(items, sizes, strict=True):
        if size > budget:
            clauses.append([-item])
            continue
        if before and len(before) > budget - size:
            clauses.append([-item, -before[budget - size]])
        sums = [next(fresh) for _ in range(min(budget, len(before) + size))]
        clauses += [[-lit, sums[j]] for j, lit in enumerate(before)]
        clauses += [[-item, sums[j]] for j in range(size)]
        clauses += [[-item, -lit, sums[j + size]] for j, lit in enumerate(before) if j + size < len(sums)]
        before = sums
    return clauses


def _at_least(got: int, items: Sequence[int], least: int, fresh: Iterator[int]) -> list[list[int]]:
    """If `got`, at least so many of the items are true."""
    if least == 1:
        return [[-got, *items]]
    clauses: list[list[int]] = []
    wanted: list[int] = []  # wanted[k]: of the items so far at least k + 1 are true; only ever implied
    for item in items:
        now = [next(fresh) for _ in range(min(least, len(wanted) + 1))]
        for k, lit in enumerate(now):
            had = [wanted[k]] if k < len(wanted) else []
            clauses.append([-lit, *had, item])
            if k:
                clauses.append([-lit, *had, wanted[k - 1]])
        wanted = now
    return [*clauses, [-got, wanted[least - 1]]]
