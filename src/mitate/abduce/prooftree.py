"""Grows all proofs of some literals at once: goals, the clauses that can conclude them, the goals of those.

A proof picks one clause for each goal that it needs. Goals carry fresh unknowns for the variables that only a
clause's body has; nothing is unified here but a goal with a head, and where that would bind an unknown of the
goal it is noted as an equality that the choice brings along. Proofs are trees, so no literal can support
itself, whatever circles there are among the clauses.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mitate.abduce.etcetera import Clause, Literal, is_unknown
from mitate.errors import InputError

__all__ = ["Goal", "Index", "Indexed", "Leaf", "Step", "Terms", "Tree", "grow", "index", "micro_nats"]

_LOOK = 512  # applied clauses between two looks at the clock
Index = Mapping[tuple[str, int], Sequence["Indexed"]]


def micro_nats(probability: float) -> int:
    """-log of a probability in (0, 1], in whole micro-nats."""
    return round(-math.log(probability) * 1e6)


class Terms:
    """The terms of a tree by number: constants, the observations' variables, and unknowns without a name."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._known: dict[str, int] = {}

    def named(self, name: str) -> int:
        """The number of a constant, or of a variable of the observations."""
        if name not in self._known:
            self._known[name] = self._add(name)
        return self._known[name]

    def fresh(self) -> int:
        """A new unknown, without a name."""
        return self._add("")

    def is_constant(self, term: int) -> bool:
        """Whether a term is a constant."""
        name = self.names[term]
        return name != "" and not is_unknown(name)

    def differ(self, one: int, other: int) -> bool:
        """Whether two terms are certainly different individuals: different constants."""
        return one != other and self.is_constant(one) and self.is_constant(other)

    def _add(self, name: str) -> int:
        self.names.append(name)
        return len(self.names) - 1


@dataclass(frozen=True, slots=True)
class Indexed:
    """A clause, and for each of its etcetera literals whether it names all variables of the clause."""

    clause: Clause
    whole: tuple[bool, ...]


@dataclass(slots=True, eq=False)
class Goal:
    """A literal to be proved, and the steps of which any one proves it.

    `path` alternates between a place among siblings and a choice among steps: two goals can stand in one
    proof unless they first part at a choice. `solo` is the cost of the cheapest proof that shares nothing and
    binds nothing, in micro-nats; infinite if there is none.
    """

    predicate: str
    terms: tuple[int, ...]
    parent: Step | None
    path: tuple[int, ...]
    steps: list[Step] = field(default_factory=list)
    solo: float = math.inf


@dataclass(slots=True, eq=False)
class Leaf:
    """An etcetera literal that a step pays for, unless an equal one is paid; `cost` in micro-nats.

    `whole`: it names all variables of its clause, so where two of one clause are equal, their bodies are.
    """

    step: Step
    predicate: str
    terms: tuple[int, ...]
    probability: float
    cost: int
    whole: bool


@dataclass(slots=True, eq=False)
class Step:
    """A clause applied to a goal: what it needs, pays, and forces to be equal.

    `path_cost`: the sum over the differently named etcetera literals from the root to here, which no proof
    with this step can do without.
    """

    goal: Goal
    clause: Clause
    path: tuple[int, ...]
    children: list[Goal] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    equal: list[tuple[int, int]] = field(default_factory=list)
    named: frozenset[tuple[str, float]] = frozenset()
    path_cost: int = 0
    solo: float = math.inf


@dataclass(slots=True, eq=False)
class Tree:
    """All proofs of the roots up to a depth.

    Attributes:
        goals: every goal, parents before children.
        depth: no proof in the tree has more clauses above one another.
        complete: whether no proof that could be best was left out, of whatever depth.
    """

    roots: list[Goal]
    terms: Terms
    goals: list[Goal]
    depth: int = 0
    complete: bool = False

    def steps(self) -> list[Step]:
        """Every step, parents before children."""
        return [step for goal in self.goals for step in goal.steps]

    def solo(self) -> float:
        """The cost of the cheapest proofs of all roots that share nothing; infinite if there are none."""
        return sum(goal.solo for goal in self.roots)

    def drop_unprovable(self) -> None:
        """Leaves out steps with a goal that nothing proves, and the goals of no step."""
        for goal in reversed(self.goals):
            goal.steps = [step for step in goal.steps if all(child.steps for child in step.children)]
        self.goals = list(self.roots)
        for goal in self.goals:  # grows while it is walked through
            self.goals += (child for step in goal.steps for child in step.children)
        _set_solo(self.goals)


def index(clauses: Sequence[Clause]) -> Index:
    """Clauses by predicate and number of terms of their heads."""
    found: defaultdict[tuple[str, int], list[Indexed]] = defaultdict(list)
    for clause in clauses:
        literals = [clause.head, *clause.body, *(etcetera.literal for etcetera in clause.etcetera)]
        unknown = {term for literal in literals for term in literal.terms if is_unknown(term)}
        whole = tuple(unknown.issubset(etcetera.literal.terms) for etcetera in clause.etcetera)
        found[clause.head.predicate, len(clause.head.terms)].append(Indexed(clause, whole))
    return found


def grow(
    by_head: Index,
    literals: Sequence[Literal],
    *,
    depth: int,
    max_goals: int,
    deadline: float,
    bound: float = math.inf,
) -> Tree:
    """All proofs of `literals`, level by level.

    A level that would bring more than `max_goals` goals, or that is not done by `deadline` (a value of
    `time.monotonic`), is taken back whole, so that what is left is exactly all proofs up to `Tree.depth`.
    A step is left out if the etcetera literals on the way to it cost more than `bound`, micro-nats.

    Raises:
        InputError: a probability variable is bound to something else than a number in (0, 1].
    """
    terms = Terms()
    roots = [
        Goal(literal.predicate, tuple(map(terms.named, literal.terms)), None, (place,))
        for place, literal in enumerate(literals)
    ]
    tree = Tree(roots, terms, list(roots))
    frontier = roots
    while frontier and tree.depth < depth:
        following = _level(tree, by_head, frontier, max_goals, deadline, bound)
        if following is None:
            for goal in frontier:
                goal.steps.clear()
            break
        tree.goals += following
        tree.depth += 1
        frontier = following
    tree.complete = not any((goal.predicate, len(goal.terms)) in by_head for goal in frontier)
    tree.drop_unprovable()
    return tree


def _level(
    tree: Tree, by_head: Index, frontier: list[Goal], max_goals: int, deadline: float, bound: float
) -> list[Goal] | None:
    following: list[Goal] = []
    looked = steps = 0
    for goal in frontier:
        for indexed in by_head.get((goal.predicate, len(goal.terms)), ()):
            if looked % _LOOK == 0 and time.monotonic() >= deadline:
                return None
            looked += 1
            step = _apply(tree.terms, indexed, goal, len(goal.steps))
            if step is None or step.path_cost > bound:
                continue
            steps += 1
            goal.steps.append(step)
            following += step.children
            if len(tree.goals) + len(following) + steps > max_goals:
                return None
    return following


def _apply(terms: Terms, indexed: Indexed, goal: Goal, place: int) -> Step | None:
    """A clause applied to `goal`; None if terms clash, a probability is unknown, or it goes in a circle."""
    clause = indexed.clause
    binding: dict[str, int] = {}
    equal = []
    for formal, actual in zip(clause.head.terms, goal.terms, strict=True):
        bound = binding.setdefault(formal, actual) if is_unknown(formal) else terms.named(formal)
        if terms.differ(bound, actual):
            return None
        if bound != actual:
            equal.append((bound, actual))

    def number(name: str) -> int:
        if name not in binding:
            binding[name] = terms.fresh() if is_unknown(name) else terms.named(name)
        return binding[name]

    step = Step(goal, clause, (*goal.path, place), equal=equal)
    for etcetera, whole in zip(clause.etcetera, indexed.whole, strict=True):
        probability = _probability(terms, clause, etcetera.probability, binding)
        if probability is None:
            return None
        numbers = tuple(map(number, etcetera.literal.terms))
        cost = micro_nats(probability)
        if cost:
            step.leaves.append(Leaf(step, etcetera.literal.predicate, numbers, probability, cost, whole))
    _set_path_cost(step)
    for literal in clause.body:
        numbers = tuple(map(number, literal.terms))
        if _is_circle(goal, literal.predicate, numbers):
            return None
        step.children.append(Goal(literal.predicate, numbers, step, (*step.path, len(step.children))))
    return step


def _probability(
    terms: Terms, clause: Clause, probability: float | str, binding: Mapping[str, int]
) -> float | None:
    if isinstance(probability, float):
        return probability
    term = binding.get(probability)
    if term is None or not terms.is_constant(term):
        return None
    try:
        value = float(terms.names[term])
    except ValueError:
        value = math.nan
    if value == 0:
        return None
    if not 0 < value <= 1:
        raise InputError(
            f"{probability!r} is used as a probability but is {terms.names[term]}",
            where=clause.where,
            todo="give the literal that it comes from a number above 0 and at most 1",
        )
    return value


def _is_circle(goal: Goal, predicate: str, terms: tuple[int, ...]) -> bool:
    """Whether the same literal is being proved already: its shorter proof will do."""
    above: Goal | None = goal
    while above is not None:
        if above.terms == terms and above.predicate == predicate:
            return True
        above = above.parent.goal if above.parent else None
    return False


def _set_path_cost(step: Step) -> None:
    above = step.goal.parent
    step.named, step.path_cost = (above.named, above.path_cost) if above else (frozenset(), 0)
    for leaf in step.leaves:
        name = (leaf.predicate, leaf.probability)
        if name not in step.named:
            step.named |= {name}
            step.path_cost += leaf.cost


def _set_solo(goals: Sequence[Goal]) -> None:
    """Bottom up, the cheapest proofs that stand alone: steps that bind no unknown of their goals."""
    for goal in reversed(goals):
        for step in goal.steps:
            paid = sum(leaf.cost for leaf in step.leaves)
            step.solo = math.inf if step.equal else paid + sum(child.solo for child in step.children)
        goal.solo = min((step.solo for step in goal.steps), default=math.inf)
