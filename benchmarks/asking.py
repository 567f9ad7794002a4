"""The question-asker: is the true cause found from at most half the questions as well as from all of them?

The patients are those of `benchmarks.patients`. Each begins with age band, sex and the complaint; then the
question that `next_questions` puts first is answered, until half of all questions (by number) are answered.
On the way it is noted when the answer was settled (the leading cause has 0.9 of the posterior of six
explanations, as in the interview, and at least eight things were observed); where it never was, half the
questions count. Each difference is between two accuracies of the same patients, with a bootstrap interval
over patients. The goal is met where half the questions do at most 1 percentage point worse than complete
data, which is stricter than an interval that reaches up to that. Stopping once it is settled has no goal: at
0.9 of the posterior some answers are expected to be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.patients import NOTHING_ABOUT_PATIENTS, SEED, Patient, askable, found_among, patient, told
from benchmarks.rows import bootstrap, share
from mitate.abduce.answer import Answer
from mitate.abduce.ask import answered, next_questions, outcomes, settled
from mitate.abduce.explain import posterior
from mitate.abduce.language import Atom, Observation, Question, Situation
from mitate.abduce.solve import Reasoner
from mitate.back.cause import COMPLAINT, knowledge
from mitate.figures import Figure

__all__ = ["run"]

_LEAST_OBSERVED = 8
_COMPARED = 6
_FIRST_NUMBER = 1_000_000  # of the patients: others than those of the part "patients"
_NOT_LOWER = -1.0


@dataclass(frozen=True, slots=True)
class _Seen:
    """Whether the true cause is first and among three, after how many questions and seconds of asking."""

    first: bool
    among: bool
    questions: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Interview:
    """One patient: complete data, half the questions asked well and at random, and until settled."""

    complete: _Seen
    half: _Seen
    random: _Seen
    early: _Seen
    settled: bool


def run(n: int) -> list[Figure]:
    """Asks n simulated patients, and returns the figures."""
    reasoner = Reasoner(knowledge())
    questions = askable(reasoner.kb)
    half = len(questions) // 2
    done = [_interview(reasoner, questions, half, number) for number in range(n)]
    data = (
        f"{n} patients {NOTHING_ABOUT_PATIENTS}; seed {SEED}; "
        f"{half} of {len(questions)} questions, {sum(q.seconds for q in questions):g} s to ask them all"
    )
    return _figures(done, data)


def _interview(reasoner: Reasoner, questions: Sequence[Question], half: int, number: int) -> _Interview:
    kb = reasoner.kb
    one = patient(kb, _FIRST_NUMBER + number)
    present = frozenset(one.sample.present)
    situation = Situation((Observation(COMPLAINT),), one.sample.given)
    asked: list[Question] = []
    early: _Seen | None = None
    while len(asked) < half:
        suggestions = next_questions(reasoner, situation, asked=[question.name for question in asked])
        if not suggestions:
            break
        question = suggestions[0].question
        asked.append(question)
        situation = answered(kb, situation, question, _true(reasoner, question, present))
        if early is None and len(situation.observations) > _LEAST_OBSERVED:
            answer = reasoner.explain(situation, k=_COMPARED)
            if settled(posterior(answer)):
                early = _seen(answer, one, asked)
    at_half = _seen(reasoner.explain(situation, k=3), one, asked)
    rng = np.random.default_rng([SEED, number])
    picked = [questions[place] for place in sorted(rng.permutation(len(questions))[: len(asked)].tolist())]
    return _Interview(
        complete=_seen(reasoner.explain(told(kb, one.sample, questions), k=3), one, questions),
        half=at_half,
        random=_seen(reasoner.explain(told(kb, one.sample, picked), k=3), one, picked),
        early=early or at_half,
        settled=early is not None,
    )


def _true(reasoner: Reasoner, question: Question, present: frozenset[Atom]) -> list[Atom]:
    """What a question reveals of what is true of a patient."""
    return [atom for part in outcomes(reasoner.kb, question) for atom in part.atoms if atom in present]


def _seen(answer: Answer, one: Patient, asked: Sequence[Question]) -> _Seen:
    first, among = found_among(answer, one.cause, most=1), found_among(answer, one.cause)
    return _Seen(first, among, len(asked), sum(question.seconds for question in asked))


def _figures(done: Sequence[_Interview], data: str) -> list[Figure]:
    ways = {
        "complete data": [one.complete for one in done],
        "half the questions": [one.half for one in done],
        "until settled, half at most": [one.early for one in done],
        "half the questions at random": [one.random for one in done],
    }
    figures = []
    for way, seen in ways.items():
        figures.append(share(f"Asking, {way}: true cause first", _count(seen, "first"), len(done), data))
        figures.append(
            share(f"Asking, {way}: true cause among three", _count(seen, "among"), len(done), data)
        )
    complete = ways.pop("complete data")
    for way, seen in ways.items():
        bar = _NOT_LOWER if way == "half the questions" else None
        figures += [
            _difference(f"Asking, {way}, less complete data: {what}", which, seen, complete, data, bar)
            for which, what in (("first", "true cause first"), ("among", "true cause among three"))
        ]
    name = "Asking, until settled, half at most"
    early = [one.early for one in done]
    return [
        *figures,
        share(f"{name}: settled", sum(one.settled for one in done), len(done), data),
        _mean(f"{name}: questions, mean", [seen.questions for seen in early], "", data),
        _mean(f"{name}: time of the person, mean", [seen.seconds for seen in early], "s", data),
        _mean(
            "Asking, half the questions: time of the person, mean", [o.half.seconds for o in done], "s", data
        ),
    ]


def _count(seen: Sequence[_Seen], which: str) -> int:
    return sum(bool(getattr(one, which)) for one in seen)


def _difference(
    name: str, which: str, seen: Sequence[_Seen], complete: Sequence[_Seen], data: str, bar: float | None
) -> Figure:
    """The mean paired difference in percentage points."""
    pairs = zip(seen, complete, strict=True)
    points = [100.0 * (getattr(one, which) - getattr(other, which)) for one, other in pairs]
    return _mean(name, points, "points", data, bar)


def _mean(name: str, values: Sequence[float], unit: str, data: str, bar: float | None = None) -> Figure:
    low, high = bootstrap(values)
    return Figure(name, float(np.mean(values)), unit, low, high, len(values), data, bar)
