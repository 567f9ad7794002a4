"""Rules as they count for one case, in which some readings may be wrong.

A reading that is right with probability s says the odds s : (1 - s) for what was read (virtual evidence;
J. Pearl, "Probabilistic Reasoning in Intelligent Systems", 1988, chapter 2). The reasoner takes what was read
as so. That a reading stays unexplained is made cheaper with the observation itself
(`mitate.back._seen`); here a rule is made weaker that expects something else than was read, so that a cause
is charged for a reading that may be wrong no more than the reading is worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from mitate.abduce.language import Atom, KnowledgeBase, Rule, is_variable
from mitate.abduce.proof import unexplained_line

__all__ = ["Reading", "softened_rules"]

_LEAST = 1e-4
"""A probability that stands for none: the reasoner knows no rule of probability 0."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, or read to be absent, and how probable it is that this is right."""

    atom: Atom
    absent: bool
    sure: float


def softened_rules(base: KnowledgeBase, readings: Iterable[Reading]) -> KnowledgeBase:
    """The base with the same rules in the same places, some of them weaker.

    A rule whose head has variables is weakened as a whole by the least sure reading that it could expect.

    Args:
        readings: those that are not sure; none gives the base itself.
    """
    kept = _kept(base, tuple(readings))
    if not kept:
        return base
    predicates = {atom.predicate for atom in kept}
    rules = tuple(
        _weaker(rule, kept) if rule.head is not None and rule.head.predicate in predicates else rule
        for rule in base.rules
    )
    return replace(base, rules=rules)


def _weaker(rule: Rule, kept: Mapping[Atom, float]) -> Rule:
    if rule.head is None or not rule.body or rule.probability == 1:
        return rule
    share = min((value for atom, value in kept.items() if _matches(rule.head, atom)), default=1.0)
    return rule if share == 1 else replace(rule, probability=max(_LEAST, rule.probability * share))


def _kept(base: KnowledgeBase, readings: tuple[Reading, ...]) -> dict[Atom, float]:
    """Of each atom that was read not to be so, the share of a rule's probability that still counts.

    If a cause makes an atom that was not read with probability p, what was read is as probable as without the
    cause times 1 - p (1 - r / u): r is how much less probable the reading is where that atom is so than where
    what was read is so, u how probable it is on average without any cause.
    """
    told_absent = {one.atom: one.sure for one in readings if one.absent}
    kept: dict[Atom, float] = {}
    for one in readings:
        odds = (1 - one.sure) / one.sure
        usual = unexplained_line(base, one.atom)[0] or 0.0
        if one.absent:
            kept[one.atom] = min(kept.get(one.atom, 1.0), _share(odds, (1 - usual) + usual * odds))
            continue
        rivals = _rivals(base, one.atom)
        less = {rival: _odds(told_absent.get(rival), odds) for rival in rivals}
        average = usual + sum((unexplained_line(base, rival)[0] or 0.0) * less[rival] for rival in rivals)
        for rival in rivals:
            kept[rival] = _share(less[rival], min(1.0, average))
    return kept


def _odds(sure_absent: float | None, otherwise: float) -> float:
    return otherwise if sure_absent is None else (1 - sure_absent) / sure_absent


def _share(odds: float, average: float) -> float:
    return max(0.0, 1 - odds / max(average, _LEAST))


def _rivals(base: KnowledgeBase, atom: Atom) -> tuple[Atom, ...]:
    """The other values of an observation that has one value of several."""
    predicate = base.predicates[atom.predicate]
    return tuple(
        Atom(atom.predicate, (*atom.terms[:place], value, *atom.terms[place + 1 :]))
        for place in predicate.one_of
        for value in base.sorts[predicate.sorts[place]].values
        if value != atom.terms[place]
    )


def _matches(pattern: Atom, atom: Atom) -> bool:
    return pattern.predicate == atom.predicate and all(
        is_variable(term) or term == other for term, other in zip(pattern.terms, atom.terms, strict=True)
    )
