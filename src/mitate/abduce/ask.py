"""The next best question: the one expected to tell most about the cause, per second that it takes.

The gain of a question is the mutual information between its answer and which of the leading explanations
holds (D. V. Lindley, "On a Measure of the Information Provided by an Experiment", Ann Math Stat 27, 1956; for
diagnosis, J. de Kleer and B. Williams, "Diagnosing Multiple Faults", Artificial Intelligence 32, 1987).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mitate.abduce.explain import Posterior
from mitate.abduce.forward import Network, Same, instances_of, network
from mitate.abduce.ground import MICRO
from mitate.abduce.language import Atom, KnowledgeBase, Observation, Question, Situation
from mitate.abduce.rivals import rivals
from mitate.abduce.solve import Answer, Explanation, Reasoner
from mitate.errors import InputError

__all__ = ["Part", "Suggestion", "answered", "next_questions", "outcomes", "predict", "settled"]

Array = NDArray[np.float64]

_JOINT = 4096
"""Joint answers of one question up to which its gain is computed exactly."""
_SAME = 1e-9
"""A part of an answer whose probabilities differ by less between explanations tells nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a question reveals: at most one of `atoms` is true, so a single atom is a yes or no."""

    atoms: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question worth asking.

    Attributes:
        question: what to ask or try.
        gain_nats: the expected fall in uncertainty over which leading explanation holds, in nats.
        per_second: the gain per second of the question's time.
        exact: False if the question has so many answers that `gain_nats` is a lower bound.
    """

    question: Question
    gain_nats: float
    per_second: float
    exact: bool

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "question": self.question.name,
            "seconds": self.question.seconds,
            "gain_nats": round(self.gain_nats, 6),
            "nats_per_second": round(self.per_second, 8),
            "exact": self.exact,
        }


@lru_cache(maxsize=8)
def _questions(same: Same) -> Mapping[str, tuple[tuple[int, ...], ...]]:
    net = network(same.kb)
    return {question.name: _parts(net, question) for question in same.kb.questions}


def _parts(net: Network, question: Question) -> tuple[tuple[int, ...], ...]:
    grouped: dict[object, list[int]] = {}
    revealed = (net.find(atom) for pattern in question.reveals for atom in instances_of(net.kb, pattern))
    for number in dict.fromkeys(revealed):
        atom = net.atoms[number]
        places = net.kb.predicates[atom.predicate].one_of[-1:]
        group: object = net.group_of.get(number)
        if group is None:  # hidden: a habit may be asked for directly
            group = (
                atom.predicate,
                tuple(t for p, t in enumerate(atom.terms) if not places or p not in places),
            )
        grouped.setdefault(group, []).append(number)
    return tuple(map(tuple, grouped.values()))


def outcomes(kb: KnowledgeBase, question: Question) -> tuple[Part, ...]:
    """What an answer to a question consists of: of each part, one of its atoms or none of them.

    Raises:
        InputError: the question reveals something that the base does not declare.
    """
    net = network(kb)
    return tuple(Part(tuple(net.atoms[a] for a in part)) for part in _parts(net, question))


def answered(
    kb: KnowledgeBase,
    situation: Situation,
    question: Question,
    present: Iterable[Atom],
    *,
    unknown: Iterable[Atom] = (),
) -> Situation:
    """The situation with the answer to a question added.

    Args:
        kb: the rule base.
        situation: what was known before; what it already states of an atom is kept.
        question: what was asked.
        present: the revealed atoms that are true. All others of the question are false, except `unknown` ones
            and the rest of their parts.
        unknown: atoms of parts that could not be answered or measured.

    Raises:
        InputError: an atom that the question does not reveal, or two of one part that exclude each other.
    """
    true, open_atoms = set(present), set(unknown)
    parts = outcomes(kb, question)
    foreign = (true | open_atoms).difference(atom for part in parts for atom in part.atoms)
    if foreign:
        raise InputError(f"the question does not reveal {min(map(str, foreign))}", where=question.name)
    known = {observation.atom for observation in situation.observations}.union(situation.given)
    new: list[Observation] = []
    facts: list[Atom] = []
    for part in parts:
        seen = [atom for atom in part.atoms if atom in true]
        if len(seen) > 1:
            raise InputError(f"{seen[0]} and {seen[1]} cannot both be true", where=question.name)
        if any(atom in open_atoms or (atom in known and atom in seen) for atom in part.atoms):
            continue
        if kb.predicates[part.atoms[0].predicate].kind == "given":
            facts += seen
        else:
            new += [Observation(a, absent=a not in seen) for a in seen or part.atoms if a not in known]
    return replace(
        situation,
        observations=(*situation.observations, *new),
        given=(*situation.given, *facts),
    )


def _predicted(net: Network, situation: Situation, explanations: Sequence[Explanation]) -> Array:
    """(explanations, atoms): see `predict`; hidden atoms too."""
    kinds = np.array(net.kinds)
    out = sorted(net.excluded(situation))
    held = np.tile(np.where(kinds == "hypothesis", net.prior, 0.0), (len(explanations), 1))
    free = np.tile(kinds == "derived", (len(explanations), 1))
    held[:, out] = 0.0
    free[:, out] = False
    facts = [net.find(atom) for atom in situation.given]
    for row, explanation in enumerate(explanations):
        true = facts + [net.index[atom] for atom in explanation.model if atom in net.index]
        held[row, true] = 1.0
        free[row, true] = False
    return net.marginals(held, free)


def predict(reasoner: Reasoner, situation: Situation, explanation: Explanation) -> dict[Atom, float]:
    """How probable each observation of the base is, if an explanation is right.

    What the explanation says holds, holds; causes it does not name are false; hypotheses it does not name are
    as probable as they are in general; derived atoms follow by noisy-or, as if their bodies were independent.
    Rules whose bodies hold make an observation by noisy-or too; exclusive ones compete, and where no rule
    fires the `unexplained` probabilities apply (`mitate.abduce.forward`). What was observed is not taken into
    account: an observation keeps the probability it had before it was made.

    Returns:
        Every ground observation with its probability.
    """
    net = network(reasoner.kb)
    row = _predicted(net, situation, [explanation])[0]
    return {atom: float(row[net.index[atom]]) for atom in net.atoms if net.index[atom] in net.group_of}


def next_questions(
    reasoner: Reasoner,
    situation: Situation,
    *,
    asked: Iterable[str] = (),
    k: int = 12,
    answer: Answer | None = None,
) -> tuple[Suggestion, ...]:
    """The questions not yet asked, best first.

    A question that reveals several things at once is judged by its joint answer, its parts being independent
    under each explanation. Up to 4,096 joint answers are enumerated; beyond that only the parts that tell
    most by themselves enter, which gives a lower bound. Parts that are already known tell nothing; a question
    of which all is known, or which reveals given facts only, is left out.

    What is to be told apart: the explanations of `answer`, weighted by exp(-cost); without one, the `k` most
    probable sets of causes by a quick forward look (`mitate.abduce.rivals`), which needs no search and covers
    more causes, so that it also asks better while little is known.

    Args:
        reasoner: holds the knowledge base.
        situation: what is known.
        asked: names of questions that must not come again.
        k: how many sets of causes to tell apart where there is no `answer`.
        answer: the reasoner's answer for this situation, to separate its explanations and no others.

    Returns:
        By gain per second of the person's time, then by the order of the base.

    Raises:
        InputError: the situation has an atom that the base does not have.
    """
    net = network(reasoner.kb)
    known = _known(net, situation)
    parts_of = _questions(Same(reasoner.kb))
    skipped = set(asked)
    todo = [
        (question, parts)
        for question in reasoner.kb.questions
        if question.name not in skipped and (parts := _open(net, parts_of[question.name], known))
    ]
    if not todo or (answer is not None and not answer.explanations):
        return ()
    weights, table = _running(net, situation, answer, k)
    absent = net.excluded(situation)
    suggestions = []
    for question, parts in todo:
        gain, exact = _gain(weights, [_distribution(net, table, part, absent) for part in parts])
        suggestions.append(Suggestion(question, gain, gain / question.seconds, exact))
    return tuple(sorted(suggestions, key=lambda s: -round(s.per_second, 12)))


def _running(net: Network, situation: Situation, answer: Answer | None, k: int) -> tuple[Array, Array]:
    """What is to be told apart: weights, and (rows, atoms) what each predicts."""
    if answer is None:
        found = rivals(net, situation, most=k)
        return found.shares, found.table
    costs = np.array([explanation.cost for explanation in answer.explanations]) / MICRO
    weights = np.exp(costs.min() - costs)
    return weights / weights.sum(), _predicted(net, situation, answer.explanations)


def _known(net: Network, situation: Situation) -> frozenset[int]:
    """Atoms of which nothing is left to ask: stated, or excluded by what is stated."""
    stated = {net.find(o.atom) for o in situation.observations}.union(map(net.find, situation.given))
    return net.excluded(situation) | stated


def _open(
    net: Network, parts: Sequence[tuple[int, ...]], known: frozenset[int]
) -> tuple[tuple[int, ...], ...]:
    return tuple(p for p in parts if not known.issuperset(p) and net.kinds[p[0]] != "given")


def _distribution(net: Network, table: Array, part: tuple[int, ...], absent: frozenset[int]) -> Array:
    """(explanations, members still possible, then none of them): the probability of each answer of a part."""
    group = net.group_of.get(part[0], part)
    members = [atom for atom in part if atom not in absent]
    left = 1 - table[:, [atom for atom in group if atom in absent]].sum(axis=1, keepdims=True)
    # Where an explanation holds what was seen for impossible, it expects nothing in particular.
    shares = np.where(left > _SAME, table[:, members] / np.maximum(left, _SAME), 0.0)
    shares = np.clip(shares, 0.0, 1.0)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1.0)
    return np.concatenate([shares, 1 - shares.sum(axis=1, keepdims=True)], axis=1)


def _gain(weights: Array, parts: Sequence[Array]) -> tuple[float, bool]:
    """Mutual information between the explanation and the joint answer, in nats, and whether it is exact."""
    telling = [part for part in parts if np.ptp(part, axis=0).max() > _SAME]
    if not telling:
        return 0.0, True
    exact = math.prod(part.shape[1] for part in telling) <= _JOINT
    if not exact:
        telling.sort(key=lambda part: -round(_information(weights, part), 12))
    joint = np.ones((len(weights), 1))
    for part in telling:
        if joint.shape[1] * part.shape[1] <= _JOINT:
            joint = (joint[:, :, None] * part[:, None, :]).reshape(len(weights), -1)
    return _information(weights, joint), exact


def _information(weights: Array, answers: Array) -> float:
    together = weights @ answers
    ratio = np.divide(answers, together, out=np.ones_like(answers), where=(answers > 0) & (together > 0))
    return max(0.0, float(weights @ (answers * np.log(ratio)).sum(axis=1)))


def settled(
    posterior: Posterior,
    suggestions: Sequence[Suggestion] | None = None,
    *,
    threshold: float = 0.9,
    epsilon_nats: float = 0.01,
) -> bool:
    """Whether there is no point in asking on.

    True when the leading cause has at least `threshold` of the posterior, or, where `suggestions` are given,
    when none of them gains more than `epsilon_nats`.
    """
    if max(posterior.causes.values(), default=0.0) >= threshold:
        return True
    return suggestions is not None and all(s.gain_nats <= epsilon_nats for s in suggestions)
