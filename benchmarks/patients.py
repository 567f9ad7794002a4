"""Patients drawn from the low-back base: is the true cause found, and how long does it take?

The patients are drawn from the very rules that the engine then inverts. This says how well it inverts them
and nothing about people. Each has one main cause, drawn with equal chances from all ground causes, and no
other beside it (but what certain rules force); age band and sex at random; the low back hurts. Complete data
are all that all the questions of the base reveal. First: the best explanation's causes contain the true one.
Exactly: they are the true one and what it forces, nothing else. Among three: one of the three explanations
contains it. The time is that of `Reasoner.explain` for three explanations with their proof steps, by a
reasoner that has explained other patients before; drawing the patients is not timed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.rows import bootstrap, quantile, share
from mitate.abduce.answer import Answer
from mitate.abduce.forward import network
from mitate.abduce.language import Atom, KnowledgeBase, Observation, Question, Situation
from mitate.abduce.sample import Sample, complete_situation, draw
from mitate.abduce.solve import Reasoner
from mitate.back.cause import COMPLAINT, knowledge
from mitate.figures import Figure

__all__ = ["NOTHING_ABOUT_PATIENTS", "Patient", "askable", "found_among", "patient", "run", "told"]

NOTHING_ABOUT_PATIENTS = (
    "drawn from the knowledge base itself; "
    "says how well the engine inverts its own rules, nothing about patients"
)
SEED = 3001
KEPT = (75, 50, 35, 25, 15, 10)
_WARM_UP = 20
_FIRST, _AMONG_THREE = 90.0, 99.0
_MEDIAN_MS, _P99_MS = 10.0, 50.0


@dataclass(frozen=True, slots=True)
class Patient:
    """A simulated person and the main cause that was put in."""

    cause: Atom
    sample: Sample


@dataclass(frozen=True, slots=True)
class _Found:
    """What an answer says of the true cause; `named`: how many causes the best explanation has."""

    first: bool
    among: bool
    exactly: bool
    named: int
    optimal: bool
    seconds: float


def patient(kb: KnowledgeBase, number: int, *, others: bool = False) -> Patient:
    """The simulated patient with that number: always the same one for the same base.

    Args:
        others: whether further causes may come about beside the main one, at their own chances.
    """
    rng = np.random.default_rng([SEED, number])
    net = network(kb)
    causes = [atom for atom, kind in zip(net.atoms, net.kinds, strict=True) if kind == "cause"]
    cause = causes[rng.integers(len(causes))]
    given = tuple(
        Atom(name, (str(rng.choice(list(kb.sorts[kb.predicates[name].sorts[0]].values))),))
        for name in ("age", "sex")
    )
    sample = draw(kb, rng, given=given, causes=(cause,), others=others, required=(COMPLAINT,))
    return Patient(cause, sample)


def askable(kb: KnowledgeBase) -> tuple[Question, ...]:
    """The questions that reveal more than the complaint and given facts, which are told at the start."""
    return tuple(
        question
        for question in kb.questions
        if any(kb.predicates[a.predicate].kind != "given" and a != COMPLAINT for a in question.reveals)
    )


def told(kb: KnowledgeBase, sample: Sample, questions: Iterable[Question]) -> Situation:
    """What is known of a patient when some questions have been answered; the complaint always is."""
    situation = complete_situation(sample, kb, questions=questions)
    rest = tuple(seen for seen in situation.observations if seen.atom != COMPLAINT)
    return Situation((Observation(COMPLAINT), *rest), situation.given)


def run(n: int, core: str) -> list[Figure]:
    """Draws patients, explains them, and returns the figures.

    Args:
        n: patients with complete data; a tenth of them, 1,000 at most, for each point of the curve.
        core: what is said of the core in `data`.
    """
    kb = knowledge()
    reasoner = Reasoner(kb)
    questions = askable(kb)
    began = time.perf_counter()
    reasoner.explain(told(kb, patient(kb, 0).sample, questions))
    cold = time.perf_counter() - began
    for number in range(1, _WARM_UP):
        reasoner.explain(told(kb, patient(kb, number).sample, questions))
    base = f"seed {SEED}, complete data ({len(questions)} questions)"
    complete = [
        _explained(reasoner, one, told(kb, one.sample, questions))
        for one in (patient(kb, _WARM_UP + number) for number in range(n))
    ]
    figures = _complete("Patients, complete data", complete, f"{n} patients {NOTHING_ABOUT_PATIENTS}; {base}")
    figures += _times([one.seconds for one in complete], cold, f"{n} patients, {base}, k = 3, {core}")
    few = max(1, min(1000, n // 10))
    figures += _curve(reasoner, questions, few)
    several = [
        _explained(reasoner, one, told(kb, one.sample, questions))
        for one in (patient(kb, _WARM_UP + number, others=True) for number in range(few))
    ]
    data = f"{few} patients with other causes too, at their chances, {NOTHING_ABOUT_PATIENTS}; {base}"
    return figures + _shares("Patients, other causes too, complete data", several, data, bars=False)


def _explained(reasoner: Reasoner, one: Patient, situation: Situation) -> _Found:
    began = time.perf_counter()
    answer = reasoner.explain(situation, k=3)
    seconds = time.perf_counter() - began
    best = answer.explanations[0].causes if answer.explanations else ()
    return _Found(
        first=one.cause in best,
        among=found_among(answer, one.cause),
        exactly=set(best) == set(one.sample.causes),
        named=len(best),
        optimal=answer.status == "optimal",
        seconds=seconds,
    )


def found_among(answer: Answer, cause: Atom, most: int = 3) -> bool:
    """Whether one of the first explanations contains a cause."""
    return any(cause in explanation.causes for explanation in answer.explanations[:most])


def _shares(name: str, found: Sequence[_Found], data: str, *, bars: bool) -> list[Figure]:
    n = len(found)
    return [
        share(
            f"{name}: true cause first", sum(one.first for one in found), n, data, _FIRST if bars else None
        ),
        share(
            f"{name}: true cause among three",
            sum(one.among for one in found),
            n,
            data,
            _AMONG_THREE if bars else None,
        ),
        share(
            f"{name}: best explanation has exactly the true causes",
            sum(one.exactly for one in found),
            n,
            data,
        ),
    ]


def _complete(name: str, found: Sequence[_Found], data: str) -> list[Figure]:
    """Shares, how many causes the best explanation names, and how often its optimum was proven."""
    named = [float(one.named) for one in found]
    low, high = bootstrap(named, draws=1000)
    count = f"{name}: causes in the best explanation, mean"
    return [
        *_shares(name, found, data, bars=True),
        Figure(count, float(np.mean(named)), "", low, high, len(found), data),
        share(f"{name}: optimum proven", sum(one.optimal for one in found), len(found), data),
    ]


def _times(seconds: Sequence[float], cold: float, data: str) -> list[Figure]:
    warm = f"{data}; three explanations with proof steps, reasoner warm, drawing not timed"
    name = "Patients, time of three explanations"
    return [
        quantile(f"{name}, median", seconds, 0.5, warm, _MEDIAN_MS),
        quantile(f"{name}, p99", seconds, 0.99, warm, _P99_MS),
        Figure(f"{name}, slowest", 1000 * max(seconds), "ms", None, None, len(seconds), warm),
        Figure(
            f"{name}, first of a new reasoner",
            1000 * cold,
            "ms",
            None,
            None,
            1,
            f"{data}; nothing grounded yet",
        ),
    ]


def _curve(reasoner: Reasoner, questions: Sequence[Question], n: int) -> list[Figure]:
    """The same shares when only some questions, drawn at random for each patient, are answered."""
    kb, figures = reasoner.kb, []
    for kept in KEPT:
        found = []
        count = round(kept / 100 * len(questions))
        for number in range(n):
            one = patient(kb, _WARM_UP + number)
            rng = np.random.default_rng([SEED, kept, number])
            chosen = [questions[place] for place in sorted(rng.permutation(len(questions))[:count].tolist())]
            found.append(_explained(reasoner, one, told(kb, one.sample, chosen)))
        part = f"{count} of {len(questions)} questions at random"
        data = f"{n} patients {NOTHING_ABOUT_PATIENTS}; seed {SEED}, {part}"
        figures += _shares(f"Patients, {kept} % of the questions", found, data, bars=False)[:2]
    return figures
