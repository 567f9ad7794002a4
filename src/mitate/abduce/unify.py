"""Which etcetera literals can be one and the same, and what follows for the individuals that they name.

Two etcetera literals that unify are paid once. Unknown individuals can be equal to each other and to at most
one constant, so the only thing that can go wrong is a chain of equalities from one constant to another. A
variable "this unknown is that constant", carried along every equality, rules that out without transitivity;
it is needed only among terms that some chain of possible equalities connects to two constants.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from mitate.abduce.prooftree import Leaf, Terms

__all__ = ["Classes", "Equalities", "Pair", "at_most_one", "compatible", "pairs"]

Pair = tuple[int, int]
_LOOK = 4096  # pairs between two looks at the clock


class Classes:
    """Terms that are equal, by union and find; the constant of a class, if it has one, speaks for it."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._above: dict[int, int] = {}

    def find(self, term: int) -> int:
        """The term that speaks for all that are equal to `term`."""
        root = term
        while root in self._above:
            root = self._above[root]
        while term != root:
            self._above[term], term = root, self._above[term]
        return root

    def merge(self, one: int, other: int) -> bool:
        """Makes two terms equal; False, and nothing changes, if they are different constants."""
        one, other = sorted((self.find(one), self.find(other)), key=self._rank)
        if self._terms.differ(one, other):
            return False
        if one != other:
            self._above[other] = one
        return True

    def _rank(self, term: int) -> tuple[bool, bool, int]:
        """Constants first, then variables with names, then in the order in which they came up."""
        return not self._terms.is_constant(term), not self._terms.names[term], term


def compatible(terms: Terms, one: Leaf, other: Leaf) -> bool:
    """Whether two etcetera literals of the same name can be equal in one proof.

    They cannot if they stand under different choices for one goal, or if their terms do not unify. One below
    an equal one of the same clause is left out: the proof of the lower is a shorter proof of both.
    """
    here, there = one.step.path, other.step.path
    for place, (a, b) in enumerate(zip(here, there, strict=False)):
        if a != b:
            if place % 2:
                return False
            break
    else:
        if one.whole and one.step.clause is other.step.clause:
            return False
    if any(terms.differ(a, b) for a, b in zip(one.terms, other.terms, strict=True)):
        return False
    classes = Classes(terms)
    required = [*one.step.equal, *other.step.equal, *zip(one.terms, other.terms, strict=True)]
    return all(classes.merge(a, b) for a, b in required)


def pairs(
    terms: Terms, leaves: Sequence[Leaf], *, looks: int, limit: int, deadline: float
) -> list[Pair] | None:
    """All pairs of places in `leaves`, the lower first, of literals that can be equal in one proof.

    None if more than `looks` pairs would have to be looked at, if more than `limit` are found, or if
    `deadline` (`time.monotonic`) passes.
    """
    alike: defaultdict[tuple[str, int, float], list[int]] = defaultdict(list)
    for place, leaf in enumerate(leaves):
        alike[leaf.predicate, len(leaf.terms), leaf.probability].append(place)
    if sum(len(places) * (len(places) - 1) // 2 for places in alike.values()) > looks:
        return None
    found: list[Pair] = []
    looked = 0
    for places in alike.values():
        for one, other in combinations(places, 2):
            looked += 1
            if len(found) > limit or (looked % _LOOK == 0 and time.monotonic() >= deadline):
                return None
            if compatible(terms, leaves[one], leaves[other]):
                found.append((one, other))
    return found


def at_most_one(variables: Sequence[int], fresh: Iterator[int]) -> list[list[int]]:
    """Clauses that allow at most one of `variables`; beyond five linear in number, with `fresh` variables.

    The sequential counter of C. Sinz, "Towards an Optimal CNF Encoding of Boolean Cardinality Constraints",
    CP 2005.
    """
    if len(variables) <= 5:
        return [[-one, -other] for one, other in combinations(variables, 2)]
    clauses: list[list[int]] = []
    before = next(fresh)
    clauses.append([-variables[0], before])
    for variable in variables[1:]:
        here = next(fresh)
        clauses += [[-variable, -before], [-before, here], [-variable, here]]
        before = here
    return clauses


@dataclass(slots=True)
class Equalities:
    """Propositional variables for equalities of terms, and the clauses that keep constants apart.

    Args:
        possible: every equality that will be asked for. Unknowns that these connect to two or more constants
            get a variable for each of them; all other equalities are free and have no variable.
        fresh: gives the numbers of propositional variables.
    """

    terms: Terms
    possible: Iterable[tuple[int, int]]
    fresh: Iterator[int]
    clauses: list[list[int]] = field(default_factory=list)
    _component: dict[int, int] = field(default_factory=dict)
    _constants: dict[int, list[int]] = field(default_factory=dict)
    _value: dict[tuple[int, int], int] = field(default_factory=dict)
    _equal: dict[tuple[int, int], int] = field(default_factory=dict)
    _asked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._connect(list(self.possible))

    @property
    def size(self) -> int:
        """About how many clauses there would be if every possible equality were asked for."""
        return sum(2 * len(self._constants[root]) for root in self._asked)

    def need(self, one: int, other: int) -> int | None:
        """The variable that is true if two terms are equal; None if they always can be.

        Terms that must differ give 0.
        """
        if one == other:
            return None
        if self.terms.is_constant(one):
            one, other = other, one
        if self.terms.is_constant(one):
            return 0
        if one not in self._component:
            return None
        if self.terms.is_constant(other):
            return self._is(one, other)
        return self._same(*sorted((one, other)))

    def _connect(self, possible: list[tuple[int, int]]) -> None:
        """Components of unknowns, which constants do not connect, and the constants that each can meet."""
        classes = Classes(self.terms)
        free = [pair for pair in possible if not any(map(self.terms.is_constant, pair))]
        for one, other in free:
            classes.merge(one, other)
        meets: defaultdict[int, set[int]] = defaultdict(set)
        for one, other in possible:
            if self.terms.is_constant(one) != self.terms.is_constant(other):
                unknown, constant = (other, one) if self.terms.is_constant(one) else (one, other)
                meets[classes.find(unknown)].add(constant)
        for unknown in sorted({term for pair in possible for term in pair}):
            root = classes.find(unknown)
            if not self.terms.is_constant(unknown) and len(meets[root]) > 1:
                self._component[unknown] = root
                self._constants[root] = sorted(meets[root])
        ends = (term for pair in possible for term in pair)
        self._asked = [self._component[term] for term in ends if term in self._component]

    def _is(self, unknown: int, constant: int) -> int:
        """The variable of "unknown is constant"; the first asked for brings those of all its constants."""
        if (unknown, constant) not in self._value:
            news = {value: next(self.fresh) for value in self._constants[self._component[unknown]]}
            self._value |= {(unknown, value): variable for value, variable in news.items()}
            self.clauses += at_most_one([*news.values()], self.fresh)
        return self._value[unknown, constant]

    def _same(self, one: int, other: int) -> int:
        if (one, other) not in self._equal:
            values = self._constants[self._component[one]]
            both = [(self._is(one, value), self._is(other, value)) for value in values]
            self._equal[one, other] = same = next(self.fresh)
            for a, b in both:
                self.clauses += [[-same, -a, b], [-same, a, -b]]
        return self._equal[one, other]
