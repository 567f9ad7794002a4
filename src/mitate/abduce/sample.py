"""Draw patients from a rule base: what is true of them, and everything that would be seen.

Forward sampling of the model in `mitate.abduce.forward`: priors and rules are independent coins, a draw that
breaks a ``never`` or an exclusion of hidden atoms is thrown away, observations of an exclusive group compete.
Such patients are simulated: they test whether the reasoning finds what the rules put in, not whether the
rules are true of people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from mitate.abduce.forward import Network, instances_of, network
from mitate.abduce.language import Atom, KnowledgeBase, Observation, Question, Situation
from mitate.errors import InputError

__all__ = ["Sample", "complete_situation", "draw"]

_TRIES = 20_000
"""Draws thrown away one after the other before the request is called impossible."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One simulated person.

    Attributes:
        given: the facts it was drawn with.
        causes, hypotheses: those that are true, in the order of the base.
        present, absent: every ground observation of the base, in its order.
    """

    given: tuple[Atom, ...]
    causes: tuple[Atom, ...]
    hypotheses: tuple[Atom, ...]
    present: tuple[Atom, ...]
    absent: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A request by indices; `coins` and `rules` are the chances that may come true, by atom and instance."""

    net: Network
    given: tuple[int, ...]
    forced: tuple[int, ...]
    coins: Mapping[int, float]
    rules: Mapping[int, float]
    required: frozenset[int]


def draw(
    kb: KnowledgeBase,
    rng: np.random.Generator,
    *,
    given: Iterable[Atom] = (),
    causes: Iterable[Atom] = (),
    others: bool = False,
    required: Iterable[Atom] = (),
) -> Sample:
    """One person drawn from the model, under the condition that `causes` and `required` are true.

    Without `causes`, everything is drawn from its own chance. With them, what leads to them (habits, say) is
    drawn as it is among people who have them: a draw of what stands above a forced atom is kept with the
    probability that the atom then comes about, by its prior or by a rule (rejection, hence exact where forced
    atoms do not lead to each other). Where nothing leads to a forced atom and it has no prior, it just holds.

    Args:
        kb: the rule base.
        rng: where the randomness comes from; the same state gives the same person.
        given: facts about the person.
        causes: atoms, usually causes, that must be true.
        others: whether other causes may come about by chance beside forced ones. Certain rules apply always.
        required: observations that must be seen (people who come have pain, say); other draws are refused.

    Raises:
        InputError: an unknown atom, or no such person within 20,000 tries.
    """
    plan = _plan(network(kb), tuple(given), tuple(causes), others, tuple(required))
    for _ in range(_TRIES):
        hidden = _hidden(plan, rng)
        if hidden is None:
            continue
        present = _seen(plan, hidden, rng)
        if plan.required <= present:
            return _sample(plan, tuple(given), hidden, present)
    asked = ", ".join(map(str, (*causes, *required))) or "no condition"
    raise InputError(
        f"no simulated person satisfied this in {_TRIES:,} draws: {asked}",
        todo="ask for less, or for atoms that do not contradict each other",
    )


def _plan(
    net: Network,
    given: tuple[Atom, ...],
    causes: tuple[Atom, ...],
    others: bool,
    required: tuple[Atom, ...],
) -> _Plan:
    facts = tuple(map(net.find, given))
    forced = tuple(map(net.find, causes))
    alone = bool(forced) and not others
    barred = {a for a, kind in enumerate(net.kinds) if kind == "cause" and alone} - set(forced)
    rules = {
        number: instance.probability
        for number, instance in enumerate(net.instances)
        if instance.probability == 1 or instance.head not in barred
    }
    coins = {atom: float(prior) for atom, prior in enumerate(net.prior) if prior > 0 and atom not in barred}
    return _Plan(net, facts, forced, coins, rules, frozenset(map(net.find, required)))


def _hidden(plan: _Plan, rng: np.random.Generator) -> set[int] | None:
    """The true hidden atoms of one draw, and the observations that rules make; None: refused."""
    net = plan.net
    forced = set(plan.forced)
    coins = rng.random(len(plan.coins))
    true = [
        atom
        for (atom, prior), coin in zip(plan.coins.items(), coins.tolist(), strict=True)
        if coin < prior and atom not in forced
    ]
    throws = rng.random(len(net.instances)).tolist()
    fires = {number for number, p in plan.rules.items() if throws[number] < p}
    if forced:
        above = _closure(net, [*plan.given, *true], fires, barred=forced)
        if any(rng.random() >= _chance(plan, atom, above) for atom in plan.forced):
            return None
    hidden = _closure(net, [*plan.given, *true, *plan.forced], fires)
    return hidden if _possible(net, hidden) else None


def _closure(
    net: Network, start: Iterable[int], fires: set[int], barred: frozenset[int] | set[int] = frozenset()
) -> set[int]:
    """The least model of facts and fired rules, without `barred` atoms."""
    true: set[int] = set()
    missing: dict[int, int] = {}
    todo = [*start, *(net.instances[n].head for n in net.bodiless if n in fires)]
    while todo:
        atom = todo.pop()
        if atom in true or atom in barred:
            continue
        true.add(atom)
        for number in net.using.get(atom, ()):
            if number not in fires:
                continue
            instance = net.instances[number]
            left = missing.get(number, len(set(instance.body))) - 1
            missing[number] = left
            if not left:
                todo.append(instance.head)
    return true


def _chance(plan: _Plan, atom: int, above: set[int]) -> float:
    """The probability that a forced atom comes about, given all that does not follow from the forced ones."""
    net = plan.net
    miss, best = 1 - plan.coins.get(atom, 0.0), 1 - plan.coins.get(atom, 0.0)
    for number in net.concluding.get(atom, ()):
        instance = net.instances[number]
        best *= 1 - instance.probability
        if above.union(plan.forced).issuperset(instance.body):
            miss *= 1 - instance.probability
    # Divided by the greatest it can be: the same people, sooner.
    return (1 - miss) / (1 - best) if best < 1 else 1.0


def _possible(net: Network, true: set[int]) -> bool:
    if any(true.issuperset(body) for body in net.contradictions):
        return False
    return not any(
        net.kinds[atom] != "observation" and not true.isdisjoint(net.rivals.get(atom, ())) for atom in true
    )


def _seen(plan: _Plan, true: set[int], rng: np.random.Generator) -> set[int]:
    """The observations: those that rules made compete in random order, then the base rates of the rest."""
    net = plan.net
    made = [atom for atom in sorted(true) if net.kinds[atom] == "observation"]
    present: set[int] = set()
    for place in rng.permutation(len(made)).tolist():
        if present.isdisjoint(net.rivals.get(made[place], ())):
            present.add(made[place])
    contested = {net.group_of[atom] for atom in made}
    throws = rng.random(len(net.groups)).tolist()
    for group, throw in zip(net.groups, throws, strict=True):
        if group in contested:
            continue
        for atom in group:
            throw -= float(net.base[atom])
            if throw < 0:
                if not any(r in present or r in true for r in net.rivals.get(atom, ())):
                    present.add(atom)
                break
    return present


def _sample(plan: _Plan, given: tuple[Atom, ...], hidden: set[int], present: set[int]) -> Sample:
    net = plan.net

    def of(kind: str, among: set[int]) -> tuple[Atom, ...]:
        return tuple(net.atoms[atom] for atom in sorted(among) if net.kinds[atom] == kind)

    everything = {atom for atom, kind in enumerate(net.kinds) if kind == "observation"}
    return Sample(
        given=given,
        causes=of("cause", hidden),
        hypotheses=of("hypothesis", hidden),
        present=of("observation", present),
        absent=of("observation", everything - present),
    )


def complete_situation(
    sample: Sample,
    kb: KnowledgeBase,
    *,
    keep: float = 1.0,
    rng: np.random.Generator | None = None,
    questions: Iterable[Question] | None = None,
) -> Situation:
    """What is known of a simulated person when everything, a share, or some questions have been answered.

    Of an exclusive group only the value that was seen is stated, as the others follow from it; where none of
    its values was seen, each is stated absent.

    Args:
        sample: the person.
        kb: the base it was drawn from.
        keep: the share of the groups (an observation outside any group is one) to keep, 0 to 1, rounded.
        rng: needed where `keep` is below 1; chooses which.
        questions: only what these reveal; None for every observation.

    Raises:
        InputError: `keep` out of range, or below 1 without `rng`.
    """
    if not 0 <= keep <= 1 or (keep < 1 and rng is None):
        raise InputError(f"cannot keep a share of {keep}", todo="give 0 to 1 and, below 1, a generator")
    net = network(kb)
    groups = list(net.groups)
    if questions is not None:
        asked = {a for q in questions for pattern in q.reveals for a in instances_of(kb, pattern)}
        groups = [group for group in groups if any(net.atoms[atom] in asked for atom in group)]
    if rng is not None and keep < 1:
        chosen = sorted(rng.permutation(len(groups))[: round(keep * len(groups))].tolist())
        groups = [groups[place] for place in chosen]
    present = set(sample.present)
    stated: list[Observation] = []
    for group in groups:
        atoms = [net.atoms[atom] for atom in group]
        seen = [atom for atom in atoms if atom in present]
        stated += [Observation(atom) for atom in seen] or [Observation(atom, absent=True) for atom in atoms]
    return Situation(tuple(stated), sample.given)
