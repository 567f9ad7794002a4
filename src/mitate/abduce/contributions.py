"""What each observation adds to the cost of an explanation, beside what it adds to a rival's.

Costs are -log probabilities in whole micro-nats: a difference is a log odds ratio, and sums are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mitate.abduce.answer import Explanation
from mitate.abduce.ground import MICRO, cost_of
from mitate.abduce.language import Atom, KnowledgeBase, Observation, Situation
from mitate.abduce.solve import Reasoner

__all__ = ["Contribution", "contributions", "seen_in_words"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one observation costs under two explanations, in micro-nats.

    Attributes:
        observation: None for what belongs to no observation: the hypotheses themselves.
        here, rival: its cost under the explanation and under the rival.
    """

    observation: Observation | None
    here: int
    rival: int

    @property
    def difference(self) -> int:
        """Cost under the explanation minus cost under the rival: above 0 it speaks for the rival."""
        return self.here - self.rival

    @property
    def nats(self) -> float:
        """Log odds in favour of the explanation."""
        return -self.difference / MICRO

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        seen = self.observation
        return {
            "observation": None if seen is None else str(seen.atom),
            "absent": False if seen is None else seen.absent,
            "nats": self.nats,
        }


def contributions(
    reasoner: Reasoner, situation: Situation, explanation: Explanation, rival: Explanation
) -> tuple[Contribution, ...]:
    """What each observation adds to the cost of an explanation, beside what it adds to a rival's.

    An observation bears its cost where it is left unexplained, and the cost of the rules that were expected
    to contradict it and did not fire. A rule that was used is borne in equal parts by the observations whose
    proofs use it. What remains belongs to no observation and comes first: assumptions, rules that conclude a
    cause or hypothesis, and rules that a given fact shows not to have fired.

    Returns:
        The part of the hypotheses, then one for each observation, in the situation's order. The differences
        add up exactly to the difference of the two costs.
    """
    here = _shares(reasoner, situation, explanation)
    there = _shares(reasoner, situation, rival)
    observations: tuple[Observation | None, ...] = (None, *situation.observations)
    return tuple(
        Contribution(observation, one, other)
        for observation, one, other in zip(observations, here, there, strict=True)
    )


def _shares(reasoner: Reasoner, situation: Situation, explanation: Explanation) -> list[int]:
    """Costs by bearer: the hypotheses, then each observation."""
    borne = [0] * (len(situation.observations) + 1)
    place = {o.atom: n for n, o in reversed(list(enumerate(situation.observations, 1))) if not o.absent}
    for atom in explanation.unexplained:
        own = situation.observations[place[atom] - 1].unexplained
        borne[place[atom]] += (reasoner.unexplained(atom) or 0) if own is None else cost_of(own)
    for chance in explanation.failed:
        borne[_shown_absent(reasoner, situation, chance.head)] += chance.cost_false
    users = _users(explanation, place)
    for chance in explanation.assumed:
        hidden = reasoner.kb.predicates[chance.head.predicate].kind in ("cause", "hypothesis")
        bearers = [] if hidden else users.get(chance.head, [])
        for number, bearer in enumerate(bearers or [0]):
            parts = len(bearers) or 1
            borne[bearer] += chance.cost // parts + (number < chance.cost % parts)
    return borne


def _shown_absent(reasoner: Reasoner, situation: Situation, head: Atom) -> int:
    """The observation that shows an atom to be absent: its own, else one that excludes it; 0: a given."""
    for number, seen in enumerate(situation.observations, 1):
        if seen.absent and seen.atom == head:
            return number
    rivals = set(reasoner.rivals(head))
    for number, seen in enumerate(situation.observations, 1):
        if not seen.absent and seen.atom in rivals:
            return number
    return 0


def _users(explanation: Explanation, place: Mapping[Atom, int]) -> dict[Atom, list[int]]:
    """For each atom of the proof, the observations whose proofs use it."""
    users: dict[Atom, set[int]] = {}
    for step in reversed(explanation.steps):
        mine = users.setdefault(step.head, set())
        if step.head in place:
            mine.add(place[step.head])
        for atom in step.body:
            users.setdefault(atom, set()).update(mine)
    return {atom: sorted(numbers) for atom, numbers in users.items()}


def seen_in_words(kb: KnowledgeBase, observation: Observation, language: str = "en") -> str:
    """An observation in plain words, with what it says of absence."""
    words = kb.label(observation.atom, language)
    if not observation.absent:
        return words
    return f"「{words}」ではない" if language == "ja" else f"not: {words}"
