"""Which sets of causes are in the running, by a quick forward look: what a question must tell apart.

Finding several best explanations can take seconds; between two questions there are some tens of
milliseconds. So every cause by itself, and every pair with one of the leading causes, is scored by its prior
and by how probable it makes each observation in the forward model (`mitate.abduce.forward`), as if
observations were independent given the causes. Unlike an explanation this sums over habits and rules instead
of choosing among them. It decides what to ask, never what to answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.abduce.forward import Network
from mitate.abduce.language import Situation

__all__ = ["Rivals", "rivals"]

Array = NDArray[np.float64]

_LEADERS = 3
"""How many causes are also scored in pairs with every other."""
_LEAST = 1e-9
"""An observation that a set of causes holds for impossible weighs at least this much."""


@dataclass(frozen=True, slots=True, eq=False)
class Rivals:
    """Sets of causes, the most probable first.

    Attributes:
        sets: the causes of each, as the network's indices; the empty set is among them.
        shares: their probabilities, which add up to one.
        table: (sets, atoms) how probable each atom is under each.
    """

    sets: tuple[tuple[int, ...], ...]
    shares: Array
    table: Array


def rivals(net: Network, situation: Situation, *, most: int = 12) -> Rivals:
    """The `most` probable sets of none, one or two causes.

    Args:
        net: the base.
        situation: what is known.
        most: how many to keep.

    Raises:
        InputError: an atom that the base does not have.
    """
    kinds = np.array(net.kinds)
    out = net.excluded(situation)
    facts = [net.find(atom) for atom in situation.given]
    known = [net.find(o.atom) for o in situation.observations if not o.absent]
    alone = _alone(net, kinds, facts)
    forced = tuple(a for a in known if kinds[a] == "cause")
    usable = [int(a) for a in np.flatnonzero(kinds == "cause") if a not in out and alone[-1, a] > 0]
    sets: list[tuple[int, ...]] = [forced, *((*forced, a) for a in usable if a not in forced)]
    table, scores = _scored(net, situation, sets, alone, facts)
    leaders = [sets[place] for place in np.argsort(-scores, kind="stable")[:_LEADERS]]
    have = {frozenset(one) for one in sets}
    pairs: list[tuple[int, ...]] = []
    for leader in leaders:
        for other in usable:
            pair = (*leader, other)
            if frozenset(pair) not in have and len(set(pair)) == len(pair) and not _clash(net, pair):
                have.add(frozenset(pair))
                pairs.append(pair)
    if pairs:
        more, more_scores = _scored(net, situation, pairs, alone, facts)
        sets, table = sets + pairs, np.concatenate([table, more])
        scores = np.concatenate([scores, more_scores])
    kept = np.argsort(-scores, kind="stable")[:most]
    weights = np.exp(scores[kept] - scores[kept[0]])
    return Rivals(tuple(sets[place] for place in kept), weights / weights.sum(), table[kept])


def _clash(net: Network, causes: tuple[int, ...]) -> bool:
    return any(other in net.rivals.get(cause, ()) for cause in causes for other in causes)


def _alone(net: Network, kinds: NDArray[np.str_], facts: list[int]) -> Array:
    """How probable each cause is if one hypothesis holds (a row each), and in general (the last row)."""
    habits = np.flatnonzero(kinds == "hypothesis")
    held = np.tile(np.where(np.isin(kinds, ("hypothesis", "cause")), net.prior, 0.0), (len(habits) + 1, 1))
    held[:, facts] = 1.0
    held[np.arange(len(habits)), habits] = 1.0
    free = np.tile(kinds == "derived", (len(held), 1))
    truth = net.marginals(held, free)
    fired: Array = 1 - (1 - net.prior) * (1 - net.fired(truth))
    return fired


def _scored(
    net: Network, situation: Situation, sets: list[tuple[int, ...]], alone: Array, facts: list[int]
) -> tuple[Array, Array]:
    """Predictions of each set of causes, and the log of its probability together with what was observed."""
    kinds = np.array(net.kinds)
    habits = np.flatnonzero(kinds == "hypothesis")
    out = sorted(net.excluded(situation))
    held = np.tile(np.where(kinds == "hypothesis", net.prior, 0.0), (len(sets), 1))
    scores = np.zeros(len(sets))
    for row, causes in enumerate(sets):
        for cause in causes:
            general = max(alone[-1, cause], _LEAST)
            scores[row] += np.log(general)
            # Bayes: how much more usual a habit is among people who have this cause.
            held[row, habits] *= alone[:-1, cause] / general
        held[row, list(causes)] = 1.0
    held[:, facts] = 1.0
    held = np.clip(held, 0.0, 1.0)
    hidden = held.copy()
    seen = [net.find(o.atom) for o in situation.observations if not o.absent]
    held[:, out] = 0.0
    held[:, seen] = 1.0
    free = np.tile(kinds == "derived", (len(sets), 1))
    free[:, [*out, *seen, *facts]] = False
    table = net.marginals(held, free)
    hidden = np.where(kinds == "observation", table, hidden)
    return table, scores + _likelihood(net, situation, hidden, set(seen))


def _likelihood(net: Network, situation: Situation, table: Array, seen: set[int]) -> Array:
    total = np.zeros(len(table))
    shown = [net.find(o.atom) for o in situation.observations if not o.absent]
    for atom in shown:
        if net.kinds[atom] in ("observation", "hypothesis"):
            total += np.log(np.maximum(table[:, atom], _LEAST))
    gone: dict[tuple[int, ...], list[int]] = {}
    for observation in situation.observations:
        atom = net.find(observation.atom)
        group = net.group_of.get(atom, (atom,))
        if observation.absent and seen.isdisjoint(group) and net.kinds[atom] in ("observation", "hypothesis"):
            gone.setdefault(group, []).append(atom)
    for atoms in gone.values():
        total += np.log(np.maximum(1 - table[:, atoms].sum(axis=1), _LEAST))
    return total
