"""The next question: gain against brute force, joint answers, what is left out, answers as observations."""

from __future__ import annotations

import json
import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.abduce.ask import answered, next_questions, outcomes, predict, settled
from mitate.abduce.explain import posterior
from mitate.abduce.forward import network
from mitate.abduce.language import Atom, KnowledgeBase, Observation, Question, Situation
from mitate.abduce.parse import parse
from mitate.abduce.sample import draw
from mitate.abduce.solve import Answer, Reasoner
from mitate.errors import InputError

KB = parse("""
source s "a study"
sort grade "grade" = low "low", mid "mid", high "high"
sort side "side" = left "left", right "right"
sort band "band" = young "young", old "old"
given age(band) "is {1}" one of band
hypothesis sits "sits" prior 0.3 source s
cause bends "bends" prior 0.1 source s
cause arches "arches" prior 0.2 source s
cause turns(side) "turns {1}" prior 0.05 source s
observation pain "pain" unexplained 0.001 source s
observation bend(grade) "bend {1}" one of grade unexplained 0.1 source s
unexplained bend(mid) 0.8 source s
observation ache(side) "ache {1}" unexplained 0.2 source s
observation worse_sitting "worse sitting" unexplained 0.3 source s
observation idle "idle" unexplained 0.5 source s
rule p1: bends => pain 0.9 source s
rule p2: arches => pain 0.8 source s
rule p3: turns(_) => pain 0.7 source s
rule r1: sits => bends 0.5 source s
rule r2: bends => bend(high) 0.8 source s
rule r3: arches => bend(low) 0.6 source s
rule r4: turns(S) => ache(S) 0.7 source s
rule r5: bends => worse_sitting 0.6 source s
rule r6: turns(left) => bend(high) 0.2 source s
ask q_bend "film a bend" takes 40 reveals bend(_)
ask q_ache "an ache?" takes 10 reveals ache(_)
ask q_film "film it all" takes 60 reveals bend(_), ache(_), worse_sitting
ask q_sitting "worse sitting?" takes 5 reveals worse_sitting
ask q_idle "idle?" takes 5 reveals idle
ask q_age "age?" takes 5 reveals age(_)
ask q_habit "do you sit?" takes 5 reveals sits
""")
PAIN = Situation((Observation(Atom("pain")),))
QUESTIONS = {question.name: question for question in KB.questions}


def brute(reasoner: Reasoner, situation: Situation, answer: Answer, question: Question) -> float:
    """Mutual information by enumerating every joint answer, from `predict` alone."""
    weights = np.exp([-e.cost / 1e6 for e in answer.explanations])
    weights /= weights.sum()
    tables = [predict(reasoner, situation, e) for e in answer.explanations]
    parts = [part.atoms for part in outcomes(KB, question)]
    gain = 0.0
    for joint in product(*((*atoms, None) for atoms in parts)):
        likely = []
        for table in tables:
            p = 1.0
            for atoms, value in zip(parts, joint, strict=True):
                p *= table[value] if value is not None else 1 - sum(table[a] for a in atoms)
            likely.append(max(p, 0.0))
        whole = float(weights @ likely)
        gain += sum(w * p * math.log(p / whole) for w, p in zip(weights, likely, strict=True) if p > 0)
    return gain


@pytest.mark.parametrize("name", ["q_bend", "q_ache", "q_film", "q_sitting", "q_idle"])
def test_gain_is_the_mutual_information_by_enumeration(name: str) -> None:
    reasoner = Reasoner(KB)
    answer = reasoner.explain(PAIN, k=6)
    assert len(answer.explanations) >= 3
    got = {s.question.name: s for s in next_questions(reasoner, PAIN, answer=answer)}
    assert got[name].gain_nats == pytest.approx(brute(reasoner, PAIN, answer, QUESTIONS[name]), abs=1e-9)
    assert got[name].exact
    assert got[name].per_second == got[name].gain_nats / QUESTIONS[name].seconds


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_joint_answer_tells_no_less_than_a_part_and_no_more_than_there_is_to_know(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sample = draw(KB, rng, required=(Atom("pain"),))
    situation = Situation(
        (Observation(Atom("pain")), Observation(Atom("idle"), absent=Atom("idle") in sample.absent))
    )
    reasoner = Reasoner(KB)
    answer = reasoner.explain(situation, k=6)
    got = {s.question.name: s.gain_nats for s in next_questions(reasoner, situation, answer=answer)}
    shares = [share for _, share in posterior(answer).sets]
    unsure = -sum(share * math.log(share) for share in shares)
    assert got["q_film"] >= max(got["q_bend"], got["q_ache"], got["q_sitting"]) - 1e-12
    assert all(-1e-12 <= gain <= unsure + 1e-9 for gain in got.values())


def test_best_comes_first_and_what_tells_nothing_last() -> None:
    reasoner = Reasoner(KB)
    got = next_questions(reasoner, PAIN, answer=reasoner.explain(PAIN, k=6))
    rates = [s.per_second for s in got]
    assert rates == sorted(rates, reverse=True)
    assert got[-1].question.name == "q_idle"
    assert got[-1].gain_nats == 0
    assert "q_age" not in {s.question.name for s in got}  # a given fact explains nothing by itself
    assert next_questions(reasoner, PAIN) == next_questions(Reasoner(KB), PAIN)


def test_what_was_asked_or_is_known_does_not_come_again() -> None:
    reasoner = Reasoner(KB)
    names = {s.question.name for s in next_questions(reasoner, PAIN, asked=("q_film",))}
    assert "q_film" not in names
    known = answered(KB, PAIN, QUESTIONS["q_bend"], [Atom("bend", ("high",))])
    got = {s.question.name: s.gain_nats for s in next_questions(reasoner, known)}
    assert "q_bend" not in got
    assert got["q_film"] > 0


def test_knowing_a_part_leaves_the_gain_of_the_rest() -> None:
    reasoner = Reasoner(KB)
    known = answered(KB, PAIN, QUESTIONS["q_bend"], [Atom("bend", ("mid",))])
    known = answered(KB, known, QUESTIONS["q_sitting"], [])
    got = {s.question.name: s.gain_nats for s in next_questions(reasoner, known)}
    assert got["q_film"] == pytest.approx(got["q_ache"])


def test_an_absent_value_leaves_the_others_in_proportion() -> None:
    reasoner = Reasoner(KB)
    situation = Situation((*PAIN.observations, Observation(Atom("bend", ("mid",)), absent=True)))
    answer = reasoner.explain(situation, k=6)
    weights = np.exp([-(e.cost - answer.explanations[0].cost) / 1e6 for e in answer.explanations])
    weights /= weights.sum()
    gain = 0.0
    rows = []
    for e in answer.explanations:
        table = predict(reasoner, situation, e)
        low, high = (table[Atom("bend", (g,))] for g in ("low", "high"))
        rows.append([low / (1 - table[Atom("bend", ("mid",))]), high / (1 - table[Atom("bend", ("mid",))])])
    whole = weights @ np.array(rows)
    for w, row in zip(weights, rows, strict=True):
        gain += sum(w * p * math.log(p / q) for p, q in zip(row, whole, strict=True) if p > 0)
    got = {s.question.name: s.gain_nats for s in next_questions(reasoner, situation, answer=answer)}
    assert got["q_bend"] == pytest.approx(gain, abs=1e-6)


def test_many_joint_answers_give_a_lower_bound() -> None:
    many = "\n".join(
        f'observation o{n} "o{n}" unexplained 0.{n % 5 + 1} source s\n'
        f"rule a{n}: a => o{n} 0.{n % 7 + 2} source s"
        for n in range(14)
    )
    reveals = ", ".join(f"o{n}" for n in range(14))
    kb = parse(f"""
        source s "x"
        cause a "a" prior 0.1 source s
        cause b "b" prior 0.1 source s
        observation pain "pain" unexplained 0.001 source s
        rule pa: a => pain 0.5 source s
        rule pb: b => pain 0.5 source s
        {many}
        ask whole "all" takes 10 reveals {reveals}
        ask few "few" takes 10 reveals o6, o12
    """)
    reasoner = Reasoner(kb)
    answer = reasoner.explain(PAIN, k=2)
    got = {s.question.name: s for s in next_questions(reasoner, PAIN, answer=answer)}
    assert not got["whole"].exact
    assert got["few"].exact
    assert got["few"].gain_nats < got["whole"].gain_nats < math.log(2) + 1e-3


def test_predictions_are_the_frequencies_of_simulated_people() -> None:
    reasoner = Reasoner(KB)
    bends = Atom("bends")
    explanation = reasoner.best_with(PAIN, include=(bends,), exclude=(Atom("sits"),))
    assert explanation is not None
    table = predict(reasoner, PAIN, explanation)
    assert set(table) == {a for a in network(KB).atoms if KB.predicates[a.predicate].kind == "observation"}
    rng = np.random.default_rng(8)
    people = [draw(KB, rng, causes=(bends,)) for _ in range(4000)]
    for atom, probability in table.items():
        count = sum(atom in person.present for person in people)
        sd = math.sqrt(4000 * probability * (1 - probability))
        assert abs(count - 4000 * probability) <= 4.5 * sd + 1e-9, atom


def test_a_habit_that_an_explanation_does_not_need_is_as_probable_as_in_general() -> None:
    reasoner = Reasoner(KB)
    got = {s.question.name: s.gain_nats for s in next_questions(reasoner, PAIN)}
    answer = reasoner.explain(PAIN, k=8)
    assumed = [Atom("sits") in e.model for e in answer.explanations]
    assert any(assumed)
    assert not all(assumed)
    assert got["q_habit"] > 0


def test_outcomes_and_answers() -> None:
    assert [len(part.atoms) for part in outcomes(KB, QUESTIONS["q_film"])] == [3, 1, 1, 1]
    film = QUESTIONS["q_film"]
    left, mid = Atom("ache", ("left",)), Atom("bend", ("mid",))
    got = answered(KB, PAIN, film, [mid, left])
    assert got.observations[1:] == (
        Observation(mid),
        Observation(left),
        Observation(Atom("ache", ("right",)), absent=True),
        Observation(Atom("worse_sitting"), absent=True),
    )
    partly = answered(KB, PAIN, film, [left], unknown=[mid, Atom("worse_sitting")])
    assert [str(o.atom) for o in partly.observations[1:]] == ["ache(left)", "ache(right)"]
    assert answered(KB, got, film, [mid, left]) == got
    none = answered(KB, PAIN, QUESTIONS["q_bend"], [])
    assert all(o.absent for o in none.observations[1:])
    assert answered(KB, PAIN, QUESTIONS["q_age"], [Atom("age", ("old",))]).given == (Atom("age", ("old",)),)


def test_answers_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="does not reveal pain"):
        answered(KB, PAIN, QUESTIONS["q_bend"], [Atom("pain")])
    with pytest.raises(InputError, match="cannot both be true"):
        answered(KB, PAIN, QUESTIONS["q_bend"], [Atom("bend", ("low",)), Atom("bend", ("high",))])


def test_asking_stops_when_one_cause_leads_or_nothing_tells() -> None:
    reasoner = Reasoner(KB)
    unsure = posterior(reasoner.explain(PAIN, k=6))
    questions = next_questions(reasoner, PAIN)
    assert not settled(unsure)
    assert not settled(unsure, questions)
    assert settled(unsure, ())
    assert settled(unsure, questions, epsilon_nats=10.0)
    assert settled(unsure, threshold=0.3)


def test_no_questions_or_no_explanation_is_an_empty_answer() -> None:
    kb = KnowledgeBase(
        title=KB.title, sources=KB.sources, sorts=KB.sorts, predicates=KB.predicates, rules=KB.rules
    )
    assert next_questions(Reasoner(kb), PAIN) == ()
    empty = Answer(PAIN, (), "impossible", 0, 0.0)
    assert next_questions(Reasoner(KB), PAIN, answer=empty) == ()


def test_json() -> None:
    first = next_questions(Reasoner(KB), PAIN)[0]
    loaded = json.loads(json.dumps(first.as_dict()))
    assert loaded["question"] == first.question.name
    assert loaded["exact"] is True
