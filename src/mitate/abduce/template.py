"""Atoms and rules with variables, compiled: from a row of values to ground keys, and from a key to bindings.

A key is the predicate followed by its constants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, product
from operator import itemgetter
from typing import Any

from mitate.abduce.language import Atom, KnowledgeBase, is_variable

__all__ = ["Compiled", "Key", "Stated", "Template"]

Key = tuple[str, ...]


class Template:
    """An atom of a rule: from a row of values to a key, and from a key back to bindings.

    A row holds the values of the rule's variables, then the rule's constants, then the predicate.
    """

    __slots__ = ("constants", "key", "places", "predicate", "read")

    def __init__(self, atom: Atom, row: dict[str, int], variables: int) -> None:
        self.predicate = atom.predicate
        spots = [row[term] for term in atom.terms]
        self.places = [(place, spot) for place, spot in enumerate(spots, 1) if spot < variables]
        self.constants = [
            (place, term)
            for place, (term, spot) in enumerate(zip(atom.terms, spots, strict=True), 1)
            if spot >= variables
        ]
        self.key: Key | None = None if self.places else (atom.predicate, *atom.terms)
        self.read: Any = itemgetter(row[""], *spots) if self.places else None

    def match(self, key: Key) -> dict[int, str] | None:
        """What the variables must be for this to be `key`, by their spots; None if it cannot be."""
        for place, constant in self.constants:
            if key[place] != constant:
                return None
        bound: dict[int, str] = {}
        for place, spot in self.places:
            if bound.setdefault(spot, key[place]) != key[place]:
                return None
        return bound


class Compiled:
    """A rule (or an exclusion) whose atoms are templates over one row of values."""

    def __init__(self, number: int, atoms: Iterable[Atom], kb: KnowledgeBase) -> None:
        atoms = tuple(_anonymous_apart(atoms))
        sorts: dict[str, str] = {}
        constants: dict[str, None] = {}
        for atom in atoms:
            for term, sort in zip(atom.terms, kb.predicates[atom.predicate].sorts, strict=True):
                if is_variable(term):
                    sorts.setdefault(term, sort)
                else:
                    constants[term] = None
        self.number = number
        self.variables = tuple(sorts)
        self.ranges = [tuple(kb.sorts[sort].values) for sort in sorts.values()]
        row = {name: spot for spot, name in enumerate((*self.variables, *constants))}
        self.templates: list[Template] = []
        self.tails: list[tuple[str, ...]] = []
        for atom in atoms:
            self.templates.append(Template(atom, {**row, "": len(row)}, len(self.variables)))
            self.tails.append((*constants, atom.predicate))

    def rows(self, bound: dict[int, str]) -> Iterator[tuple[str, ...]]:
        """Every way to give the variables values, some of them being bound already."""
        return product(*((bound[i],) if i in bound else values for i, values in enumerate(self.ranges)))


class Stated:
    """Probabilities stated for atoms and patterns of one predicate, of which the last that fits counts."""

    __slots__ = ("_ground", "_patterns")

    def __init__(self) -> None:
        self._ground: dict[Key, tuple[int, float]] = {}
        self._patterns: list[tuple[int, Atom, float]] = []

    def add(self, place: int, atom: Atom, probability: float) -> None:
        """Adds a statement; `place` says which of two comes later."""
        if any(is_variable(term) for term in atom.terms):
            self._patterns.append((place, atom, probability))
        else:
            self._ground[atom.predicate, *atom.terms] = (place, probability)

    def of(self, key: Key, default: float | None) -> float | None:
        """What is said last of a ground atom; `default` if nothing is."""
        last, found = self._ground.get(key, (-1, default))
        for place, pattern, probability in reversed(self._patterns):
            if place < last:
                break
            if _fits(pattern, key):
                return probability
        return found


def _anonymous_apart(atoms: Iterable[Atom]) -> Iterator[Atom]:
    """Each ``_`` under a name of its own, as no two of them need be the same."""
    names = count()
    for atom in atoms:
        terms = tuple(f"_{next(names)}_" if term == "_" else term for term in atom.terms)
        yield Atom(atom.predicate, terms)


def _fits(pattern: Atom, key: Key) -> bool:
    """Whether a pattern with variables covers a ground key."""
    bound: dict[str, str] = {}
    for term, value in zip(pattern.terms, key[1:], strict=True):
        if is_variable(term):
            if term != "_" and bound.setdefault(term, value) != value:
                return False
        elif term != value:
            return False
    return True
