"""Why not another cause: what it would cost, what speaks against it, what would have to be different."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mitate.abduce.answer import Explanation
from mitate.abduce.contributions import Contribution, contributions
from mitate.abduce.ground import MICRO
from mitate.abduce.language import Atom, Observation, Situation
from mitate.abduce.solve import Reasoner

__all__ = ["Change", "WhyNot", "why_not"]

_CANDIDATES = 6
"""How many observations are tried at each step: those that speak most against the atom."""


@dataclass(frozen=True, slots=True)
class Change:
    """An observation that would have to be otherwise; `to` is None if it were not made at all."""

    observation: Observation
    to: Observation | None


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why an atom is not in the best explanation.

    Attributes:
        atom: the other cause.
        best: the best explanation; None if nothing explains the situation.
        rival: the best explanation that has the atom; None if none has, whatever it costs.
        against: what each observation contributes, best explanation against rival; first what speaks most
            against the atom. Empty without a rival.
        changes: observations which, had they been otherwise, would put the atom into a best explanation
            (equally good ones count); None if no such set was found. Found greedily and confirmed by solving
            again; no part of it can be left out, but a smaller set of other observations may exist.
        searched: the most observations that a set was allowed to have.
        stopped: whether the time was up before the search was over.
    """

    atom: Atom
    best: Explanation | None
    rival: Explanation | None
    against: tuple[Contribution, ...]
    changes: tuple[Change, ...] | None
    searched: int
    stopped: bool

    @property
    def gap(self) -> int | None:
        """How much dearer the rival is, in micro-nats; None if it does not exist."""
        return None if self.rival is None or self.best is None else self.rival.cost - self.best.cost

    @property
    def odds(self) -> float | None:
        """How many times as probable the best explanation is as the rival."""
        return None if self.gap is None else math.exp(min(self.gap / MICRO, 700.0))

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        changes = None if self.changes is None else [_change_as_dict(change) for change in self.changes]
        return {
            "atom": str(self.atom),
            "possible": self.rival is not None,
            "gap_nats": None if self.gap is None else self.gap / MICRO,
            "odds": self.odds,
            "against": [one.as_dict() for one in self.against],
            "changes": changes,
            "searched": self.searched,
            "stopped": self.stopped,
        }


def _change_as_dict(change: Change) -> dict[str, object]:
    to = change.to
    return {
        "observation": str(change.observation.atom),
        "absent": change.observation.absent,
        "to": None if to is None else {"atom": str(to.atom), "absent": to.absent},
    }


def why_not(
    reasoner: Reasoner,
    situation: Situation,
    atom: Atom,
    *,
    most: int = 4,
    time_limit_s: float = 10.0,
) -> WhyNot:
    """Why an atom (another cause) is not in the best explanation, and what would have to be different.

    Args:
        reasoner: holds the knowledge base.
        situation: what was observed.
        atom: the cause asked about. If the best explanation has it, the gap is 0 and nothing need change.
        most: how many observations a set of changes may have.
        time_limit_s: for the whole search; when it is over, the answer says that it was stopped.

    Raises:
        InputError: an unknown atom, or observations that contradict each other.
    """
    deadline = time.monotonic() + time_limit_s
    best, rival = _pair(reasoner, situation, atom, deadline)
    against: tuple[Contribution, ...] = ()
    if best is not None and rival is not None:
        parts = contributions(reasoner, situation, best, rival)
        against = tuple(sorted(parts, key=lambda one: one.difference))
    changes = _changes(reasoner, situation, atom, most, deadline)
    stopped = changes is None and time.monotonic() >= deadline
    return WhyNot(atom, best, rival, against, changes, most, stopped)


def _pair(
    reasoner: Reasoner, situation: Situation, atom: Atom, deadline: float
) -> tuple[Explanation | None, Explanation | None]:
    left = max(deadline - time.monotonic(), 0.05)
    answer = reasoner.explain(situation, k=1, time_limit_s=left)
    best = answer.explanations[0] if answer.explanations else None
    if best is not None and atom in best.model:
        return best, best
    return best, reasoner.best_with(situation, include=(atom,), time_limit_s=left)


def _gap(reasoner: Reasoner, situation: Situation, atom: Atom, deadline: float) -> tuple[float, float]:
    """How much dearer the best explanation with the atom is, and with the atom instead of the best's causes.

    An explanation with the atom may keep the best one's causes; what weakens these shows in the second first.
    """
    best, rival = _pair(reasoner, situation, atom, deadline)
    if rival is None:
        return math.inf, math.inf
    if best is None or rival.cost <= best.cost:
        return 0.0, 0.0
    instead = _instead(reasoner, situation, atom, best, deadline)
    return rival.cost - best.cost, math.inf if instead is None else instead.cost - best.cost


def _instead(
    reasoner: Reasoner, situation: Situation, atom: Atom, best: Explanation, deadline: float
) -> Explanation | None:
    left = max(deadline - time.monotonic(), 0.05)
    gone = tuple(cause for cause in best.causes if cause != atom)
    return reasoner.best_with(situation, include=(atom,), exclude=gone, time_limit_s=left)


def _changes(
    reasoner: Reasoner, situation: Situation, atom: Atom, most: int, deadline: float
) -> tuple[Change, ...] | None:
    """Greedy: the change that narrows the gap most, again and again; then the needless ones are put back."""
    changes: list[Change] = []
    gap = _gap(reasoner, situation, atom, deadline)
    while gap[0] > 0 and len(changes) < most:
        current = _changed(situation, changes)
        touched = {change.to for change in changes}
        options = [
            change
            for change in _options(reasoner, current, atom, deadline)
            if change.observation not in touched
        ]
        scored: list[tuple[tuple[float, float], int]] = []
        for number, option in enumerate(options):
            if time.monotonic() >= deadline:
                return None
            scored.append((_gap(reasoner, _changed(current, [option]), atom, deadline), number))
        if not scored or min(scored)[0] >= gap:
            return None
        # Options begin with the mildest, not to have looked, which is enough where it closes the gap.
        gap, chosen = next((one for one in scored if one[0][0] <= 0), min(scored))
        changes.append(options[chosen])
    if gap[0] > 0:
        return None
    for change in list(changes[:-1]):
        rest = [other for other in changes if other is not change]
        if _gap(reasoner, _changed(situation, rest), atom, deadline)[0] <= 0:
            changes = rest
    return tuple(changes)


def _changed(situation: Situation, changes: Sequence[Change]) -> Situation:
    to = {change.observation: change.to for change in changes}
    kept = (to.get(seen, seen) for seen in situation.observations)
    return replace(situation, observations=tuple(seen for seen in kept if seen is not None))


def _options(reasoner: Reasoner, situation: Situation, atom: Atom, deadline: float) -> list[Change]:
    """Changes worth trying: what speaks most against the atom gone or otherwise, what it explains seen."""
    best, rival = _pair(reasoner, situation, atom, deadline)
    seen = list(situation.observations)
    if best is not None and rival is not None:
        instead = _instead(reasoner, situation, atom, best, deadline)
        seen = []
        for other in (rival, *([instead] if instead is not None else [])):
            parts = contributions(reasoner, situation, best, other)[1:]
            against = sorted((one for one in parts if one.difference < 0), key=lambda one: one.difference)
            seen += [one.observation for one in against[:_CANDIDATES] if one.observation is not None]
        seen = list(dict.fromkeys(seen))
    dropped = [Change(observation, None) for observation in seen]
    otherwise = [Change(one, to) for one in seen for to in _alternatives(reasoner, situation, one)]
    explained = [
        Change(one, to)
        for one in situation.observations
        if one not in seen
        for to in _alternatives(reasoner, situation, one)
        if not to.absent and any(atom in rule.body for rule in reasoner.ground_rules(to.atom))
    ]
    return dropped + otherwise + explained[:_CANDIDATES]


def _alternatives(reasoner: Reasoner, situation: Situation, seen: Observation) -> Iterator[Observation]:
    """What could have been seen instead, without contradicting the rest of the situation."""
    others = [o for o in situation.observations if o != seen]
    holding = {o.atom for o in others if not o.absent}.union(situation.given)
    absent = {o.atom for o in others if o.absent}
    values: Iterable[Atom] = (seen.atom,)
    if not seen.absent:
        values = [a for a in reasoner.rivals(seen.atom) if a.predicate == seen.atom.predicate]
        if not values:
            yield Observation(seen.atom, absent=True)
    for value in values:
        if value not in absent and value not in holding and holding.isdisjoint(reasoner.rivals(value)):
            yield Observation(value)
