"""What cannot pay for itself: atoms that no best explanation holds, found before anything is encoded.

An atom is worth at most what it saves: for each observation that it helps to explain, the cost of leaving
that one unexplained less the cost of the rule; for each atom that it helps to derive, what that one is worth
less the cost of the rule. Where this is no more than the atom itself costs (to assume or to derive it, and
the rules that were expected to fire in its wake and did not), leaving it out is never worse. It stays so when
further answers are asked for, as those only forbid sets of causes.
"""

from __future__ import annotations

import math
from collections.abc import Collection

from mitate.abduce.ground import Grounder, Instance
from mitate.abduce.relevant import Problem

__all__ = ["drop_worthless"]


def drop_worthless(grounder: Grounder, problem: Problem, leaves: Collection[int]) -> None:
    """Takes out of a problem without circles the atoms that cannot pay for themselves, and what needs them.

    Args:
        grounder: whose deadline counts.
        problem: is changed.
        leaves: the observed atoms that stand in no body.

    Raises:
        OutOfTime: the grounder's deadline passed.
    """
    dropped = _worthless(grounder, problem, leaves)
    if not dropped:
        return
    problem.possible -= dropped
    for atom in dropped:
        problem.proving.pop(atom, None)
        problem.assumable.pop(atom, None)
    for atom, instances in problem.proving.items():
        problem.proving[atom] = [i for i in instances if dropped.isdisjoint(i.body)]
    problem.failing = [i for i in problem.failing if dropped.isdisjoint(i.body)]
    problem.forced = [i for i in problem.forced if dropped.isdisjoint(i.body)]


def _worthless(grounder: Grounder, problem: Problem, leaves: Collection[int]) -> set[int]:
    using: dict[int, list[Instance]] = {}
    for instances in problem.proving.values():
        grounder.tick()
        for instance in instances:
            for atom in dict.fromkeys(instance.body):
                using.setdefault(atom, []).append(instance)
    expected: dict[int, int] = {}
    for instance in problem.failing:
        if len(instance.body) == 1:
            expected[instance.body[0]] = expected.get(instance.body[0], 0) + instance.cost_false
    worth: dict[int, float] = {}
    wanted = set(problem.wanted)
    dropped: set[int] = set()
    for atom in _users_first(grounder, problem, using, leaves):
        gain = 0.0
        for instance in using.get(atom, ()):
            head = instance.head
            if head in leaves:
                cost = problem.present[head]
                gain += math.inf if cost is None else max(0, cost - instance.cost)
            else:
                gain += max(0.0, worth.get(head, 0.0) - instance.cost)
        if atom in wanted:
            gain = math.inf
        elif atom in problem.present:
            cost = problem.present[atom]
            gain += math.inf if cost is None else cost
        worth[atom] = max(0.0, gain - expected.get(atom, 0))
        ways = [i.cost for i in problem.proving.get(atom, ())]
        if atom in problem.assumable:
            ways.append(problem.assumable[atom])
        certain = any(i.certain for i in problem.proving.get(atom, ()))
        if ways and not certain and worth[atom] <= min(ways):
            worth[atom] = 0.0
            dropped.add(atom)
    return dropped


def _users_first(
    grounder: Grounder, problem: Problem, using: dict[int, list[Instance]], leaves: Collection[int]
) -> list[int]:
    """The atoms that may be held, each after all that can be derived from it."""
    done: dict[int, None] = {}
    todo = [(atom, False) for atom in {**problem.proving, **problem.assumable} if atom not in leaves]
    while todo:
        grounder.tick()
        atom, ready = todo.pop()
        if ready:
            done[atom] = None
        elif atom not in done:
            todo.append((atom, True))
            todo.extend(
                (i.head, False) for i in using.get(atom, ()) if i.head not in leaves and i.head not in done
            )
    return list(done)
