"""What can matter for one situation: backwards from what was seen, forwards to what would contradict it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mitate.abduce.ground import Grounder, Instance, cost_of
from mitate.abduce.language import Situation
from mitate.errors import InputError

__all__ = ["Problem", "given_only", "relevant"]


@dataclass(slots=True)
class Problem:
    """One situation, grounded; atoms are the grounder's numbers.

    Attributes:
        present: the observed atoms with what it costs to leave each unexplained; None: not allowed.
        given: atoms that hold without explanation.
        wanted: further atoms that are to hold.
        absent: atoms that cannot hold: seen absent, or excluded by what is present or given.
        wanted: further atoms that are to hold.
        barred: atoms that are not to hold, without having been seen absent.
        possible: atoms that hold in some explanation worth looking at.
        proving: the instances that conclude an atom that may be needed.
        assumable: what it costs to assume an atom.
        forced: certain instances and contradictions that an explanation must respect.
        failing: uncertain instances whose head is absent: where their body holds they were expected to fire.
    """

    present: dict[int, int | None]
    given: dict[int, None]
    absent: dict[int, None]
    wanted: tuple[int, ...] = ()
    barred: tuple[int, ...] = ()
    possible: set[int] = field(default_factory=set)
    proving: dict[int, list[Instance]] = field(default_factory=dict)
    assumable: dict[int, int] = field(default_factory=dict)
    forced: list[Instance] = field(default_factory=list)
    failing: list[Instance] = field(default_factory=list)


def relevant(
    grounder: Grounder, situation: Situation, *, wanted: Iterable[int] = (), barred: Iterable[int] = ()
) -> Problem:
    """The part of the ground rules that bears on a situation.

    Args:
        grounder: the knowledge base.
        situation: what was observed and what is given.
        wanted: further atoms that an explanation has to contain.
        barred: atoms that it must not contain.

    Raises:
        InputError: what was observed contradicts itself or what is given.
        OutOfTime: the grounder's deadline passed.
    """
    problem = _facts(grounder, situation)
    problem.wanted, problem.barred = tuple(wanted), tuple(barred)
    candidates = _backwards(grounder, problem)
    if grounder.consequential or ((problem.absent or problem.barred) and grounder.forward):
        _forwards(grounder, problem, candidates)
    else:
        problem.proving = {atom: list(instances) for atom, instances in candidates.items()}
        problem.possible.update(problem.given, candidates)
    _expect(grounder, problem)
    return problem


def given_only(grounder: Grounder, situation: Situation) -> Problem | None:
    """What holds if nothing is assumed: the given facts and what follows from them for certain.

    Returns:
        None if that contradicts something, or leaves unexplained what must be explained.

    Raises:
        InputError, OutOfTime: as `relevant`.
    """
    problem = _facts(grounder, situation)
    holding, absent = problem.possible, problem.absent
    todo = list(problem.given)
    while todo:
        grounder.tick()
        atom = todo.pop()
        if atom in holding:
            continue
        holding.add(atom)
        if atom in absent or not holding.isdisjoint(grounder.rivals(atom)):
            return None
        for instance in grounder.using(atom):
            if holding.issuperset(instance.body):
                if instance.head == -1:
                    return None
                problem.forced.append(instance)
                todo.append(instance.head)
    if any(cost is None and atom not in holding for atom, cost in problem.present.items()):
        return None
    _expect(grounder, problem)
    return problem


def _expect(grounder: Grounder, problem: Problem) -> None:
    """Files the uncertain instances whose head is absent and whose body may hold."""
    for atom in problem.absent:
        grounder.tick()
        for instance in grounder.concluding(atom):
            if not instance.certain and problem.possible.issuperset(instance.body):
                problem.failing.append(instance)


def _facts(grounder: Grounder, situation: Situation) -> Problem:
    given = dict.fromkeys(grounder.number(atom) for atom in situation.given)
    present: dict[int, int | None] = {}
    absent: dict[int, None] = {}
    for seen in situation.observations:
        number = grounder.number(seen.atom)
        if seen.absent:
            absent[number] = None
        elif number not in given:
            own = seen.unexplained
            present[number] = grounder.unexplained(number) if own is None else _stated_cost(own)
    for number in (*given, *present):
        for rival in grounder.rivals(number):
            if rival in given or rival in present:
                _contradiction(grounder, number, rival)
            absent[rival] = None
    for number in absent:
        if number in given or number in present:
            _contradiction(grounder, number, number)
    return Problem(present, given, absent)


def _stated_cost(probability: float) -> int:
    if not 0 < probability <= 1:
        raise InputError(
            f"{probability} is no probability of an observation", todo="state one above 0 and at most 1"
        )
    return cost_of(probability)


def _contradiction(grounder: Grounder, one: int, other: int) -> None:
    first, second = grounder.atom(one), grounder.atom(other)
    what = (
        f"{first} is stated both present and absent"
        if one == other
        else f"{first} and {second} cannot both be true"
    )
    raise InputError(f"contradictory observations: {what}", todo="leave one of them out")


def _backwards(grounder: Grounder, problem: Problem) -> dict[int, tuple[Instance, ...]]:
    """Every atom that a proof of something observed may use, with the instances that conclude it."""
    found: dict[int, tuple[Instance, ...]] = {}
    todo = [atom for atom in (*problem.present, *problem.wanted) if atom not in problem.absent]
    given, absent = problem.given, problem.absent
    while todo:
        grounder.tick()
        atom = todo.pop()
        if atom in found or atom in given:
            continue
        instances = grounder.concluding(atom)
        if absent:
            instances = tuple(i for i in instances if absent.keys().isdisjoint(i.body))
        found[atom] = instances
        prior = grounder.prior(atom)
        if prior is not None:
            problem.assumable[atom] = prior
        for instance in instances:
            todo.extend(instance.body)
    return found


def _forwards(grounder: Grounder, problem: Problem, candidates: dict[int, tuple[Instance, ...]]) -> None:
    """What can be derived at all; keeps the instances that can fire, finds the contradictions in reach."""
    waiting: dict[int, list[int]] = {}
    instances: list[Instance] = []
    missing: list[int] = []
    ready: list[Instance] = []
    seen: set[tuple[int, tuple[str, ...]]] = set()
    possible = problem.possible

    def enter(instance: Instance) -> None:
        open_atoms = [atom for atom in instance.body if atom not in possible]
        if len(open_atoms) > 1:
            open_atoms = list(dict.fromkeys(open_atoms))
        if not open_atoms:
            ready.append(instance)
            return
        for atom in open_atoms:
            waiting.setdefault(atom, []).append(len(instances))
        instances.append(instance)
        missing.append(len(open_atoms))

    todo: list[int] = [*problem.given, *problem.assumable]
    follow = grounder.forward
    for several in candidates.values():
        grounder.tick()
        for instance in several:
            if instance.certain and follow:
                seen.add((instance.rule, instance.values))
            enter(instance)
    while todo or ready:
        while ready:
            grounder.tick()
            instance = ready.pop()
            head = instance.head
            if head in candidates:
                problem.proving.setdefault(head, []).append(instance)
            if head == -1 or head in problem.absent:
                problem.forced.append(instance)
            else:
                if instance.certain:
                    problem.forced.append(instance)
                todo.append(head)
        if not todo:
            break
        grounder.tick()
        atom = todo.pop()
        if atom in possible or atom in problem.absent:
            continue
        possible.add(atom)
        for index in waiting.pop(atom, ()):
            missing[index] -= 1
            if not missing[index]:
                ready.append(instances[index])
        if follow:
            for instance in grounder.using(atom):
                if (instance.rule, instance.values) not in seen:
                    seen.add((instance.rule, instance.values))
                    enter(instance)
