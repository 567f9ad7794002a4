"""Observations gathered from a case, with the place in the file of each; what is not sure counts for less.

A reading that is right with probability s is weighed as virtual evidence (J. Pearl, "Probabilistic Reasoning
in Intelligent Systems", 1988, chapter 2): what it says against an explanation counts at most the odds
s : (1 - s). Here that is told of leaving an observation unexplained; `mitate.back.softened` tells it of
causes that expect something else. A reading that is less likely right than wrong is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from mitate.abduce.language import Atom, KnowledgeBase, Observation, Situation, is_variable
from mitate.abduce.proof import unexplained_line
from mitate.back._names import Completion, known
from mitate.back._strict_json import shortened
from mitate.errors import InputError

__all__ = ["BORDERLINE", "Seen", "Unsure", "contradiction", "softened", "word", "wrong"]

BORDERLINE = 0.8413
"""A reading less sure than this is borderline: its value lies within one standard deviation of a limit."""
_LEAST = 0.5
"""A reading less sure than this says nothing."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """A reading that may be wrong.

    Attributes:
        observation: what was read, as the reasoner weighs it.
        sure: the probability that it is right, below 1.
        left_out: whether the reasoner is not told of it, as it is less likely right than wrong.
    """

    observation: Observation
    sure: float
    left_out: bool

    @property
    def borderline(self) -> bool:
        """Whether another measurement may well say otherwise."""
        return self.sure < BORDERLINE

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "observation": str(self.observation.atom),
            "absent": self.observation.absent,
            "sure": self.sure,
            "borderline": self.borderline,
            "left_out": self.left_out,
        }


def softened(unexplained: float, sure: float) -> float:
    """How probable a reading is for no reason, if it is right with probability `sure`.

    Args:
        unexplained: how often what was read is seen for no reason.
        sure: 1 leaves `unexplained` as it is; at a half and below it becomes 1, which costs nothing.
    """
    odds_wrong = min(1.0, (1 - sure) / sure)
    return unexplained + odds_wrong * (1 - unexplained)


class Seen:
    """Gathers observations with the place in the file of each, and refuses what contradicts."""

    def __init__(self, base: KnowledgeBase, name: str) -> None:
        self.base, self.name = base, name
        self.present: dict[Atom, str] = {}
        self.absent: dict[Atom, str] = {}
        self.sure: dict[Atom, float] = {}
        self.unknown: list[str] = []

    def take(self, key: Completion, said: object, where: str, written: str) -> None:
        """Note what the value `said` makes of a key; null is noted as unknown."""
        sure = 1.0
        if isinstance(said, dict):
            said, sure = _how_sure(said, where)
        if said is None:
            self.unknown.append(written)
        elif key.place is None:
            if not isinstance(said, bool):
                raise wrong(said, where, "true, false or null")
            self.add(key.atom(), said, where, sure)
        else:
            chosen = _chosen(key, said, where)
            for value in key.values:
                if value in chosen or not (
                    key.exclusive and chosen
                ):  # one value rules the others out by itself
                    self.add(key.atom(value), value in chosen, where, sure)

    def add(self, atom: Atom, present: bool, where: str, sure: float = 1.0) -> None:
        """Note one atom, and how probable it is that this is right; told twice, the surer telling counts.

        Raises:
            InputError: it contradicts one that was noted before.
        """
        other = (self.absent if present else self.present).get(atom)
        if other is not None:
            raise contradiction(f"{atom} is said to be there and not to be there", other, where)
        if present:
            places = self.base.predicates[atom.predicate].one_of
            for former, place in self.present.items():
                if former != atom and _exclusive(former, atom, places):
                    raise contradiction(f"{former} and {atom} cannot both be", place, where)
        (self.present if present else self.absent).setdefault(atom, where)
        self.sure[atom] = max(sure, self.sure.get(atom, 0.0))

    def refuse_exclusions(self) -> None:
        """Refuse two observations that the knowledge base declares exclusive."""
        for exclusion in self.base.exclusions:
            for one, two in combinations(exclusion.atoms, 2):
                for first, second in product(self.present, repeat=2):
                    binding = _match(one, first, {})
                    if first != second and binding is not None and _match(two, second, binding) is not None:
                        places = self.present[first], self.present[second]
                        raise contradiction(f"{first} and {second} cannot both be", *places)

    def situation(self) -> Situation:
        """What was noted, in the order of the file; a given fact that is not so is simply not given."""
        left_out = {unsure.observation.atom for unsure in self.unsure() if unsure.left_out}
        seen = (*((atom, False) for atom in self.present), *((atom, True) for atom in self.absent))
        return Situation(
            tuple(
                self._observation(*one) for one in seen if one[0] not in left_out and not self._given(one[0])
            ),
            tuple(atom for atom in self.present if self._given(atom)),
        )

    def unsure(self) -> tuple[Unsure, ...]:
        """The readings that may be wrong, in the order of the file."""
        return tuple(
            Unsure(self._observation(atom, atom in self.absent), sure, sure < _LEAST)
            for atom, sure in self.sure.items()
            if sure < 1 and not self._given(atom)
        )

    def _given(self, atom: Atom) -> bool:
        return self.base.predicates[atom.predicate].kind == "given"

    def _observation(self, atom: Atom, absent: bool) -> Observation:
        own, sure = unexplained_line(self.base, atom)[0], self.sure[atom]
        if absent or own is None or sure == 1:
            return Observation(atom, absent=absent)
        return Observation(atom, unexplained=softened(own, sure))


def _exclusive(one: Atom, two: Atom, places: tuple[int, ...]) -> bool:
    return one.predicate == two.predicate and any(
        [i for i, (a, b) in enumerate(zip(one.terms, two.terms, strict=True)) if a != b] == [place]
        for place in places
    )


def _match(pattern: Atom, atom: Atom, binding: Mapping[str, str]) -> dict[str, str] | None:
    """`binding` with what makes `pattern` the ground `atom`, None where nothing does."""
    if pattern.predicate != atom.predicate:
        return None
    made = dict(binding)
    for term, constant in zip(pattern.terms, atom.terms, strict=True):
        bound = made.setdefault(term, constant) if is_variable(term) and term != "_" else term
        if bound not in (constant, "_"):
            return None
    return made


def _how_sure(said: Mapping[str, Any], where: str) -> tuple[object, float]:
    """What is said, and how sure that is, of ``{"is": ..., "sure": 0.8}``."""
    for name in said:
        known(name, ("is", "sure"), "field", where)
    sure = said.get("sure", 1.0)
    if isinstance(sure, bool) or not isinstance(sure, int | float) or not 0 < sure <= 1:
        raise wrong(sure, f"{where}.sure", "a probability above 0 and at most 1")
    if "is" not in said or isinstance(said["is"], dict):
        raise wrong(said.get("is"), f"{where}.is", "what was seen")
    return said["is"], float(sure)


def _chosen(key: Completion, said: object, where: str) -> set[str]:
    """The values that are so: one word, a list of words, or false for none."""
    words = said if isinstance(said, list) else [] if said is False else [said]
    if not all(isinstance(word, str) for word in words):
        raise wrong(said, where, f"one of {', '.join(key.values)}, or null")
    chosen = {known(word, key.values, "value", where) for word in words}
    if key.exclusive and len(chosen) > 1:
        raise InputError(
            f"{key.predicate.name} can be only one of {', '.join(sorted(chosen))}",
            where=where,
            todo="choose one",
        )
    return chosen


def word(key: str) -> str:
    """A key as it can stand in a message."""
    return key if key.isprintable() and len(key) <= 60 else shortened(key)


def wrong(value: object, where: str, wanted: str) -> InputError:
    return InputError(f"{shortened(value)} cannot stand here", where=where, todo=f"give {wanted}")


def contradiction(what: str, first: str, second: str) -> InputError:
    inside = first.partition(": ")[2] or first
    return InputError(f"{what}, but {inside} says the other", where=second, todo="keep the one that is right")
