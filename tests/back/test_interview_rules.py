"""The interview in the rule files: enough is asked, in both languages, and each answer leads somewhere."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import product
from pathlib import Path

import pytest

import mitate.back.norms as module
from mitate.abduce.language import Atom, KnowledgeBase, Question, Rule, is_variable
from mitate.abduce.parse import read

KNOWLEDGE = Path(module.__file__).parent / "knowledge"
FILES = sorted(KNOWLEDGE.glob("*.kb"))


@cache
def base() -> KnowledgeBase:
    return read(*FILES)


def questions() -> list[Question]:
    """What is asked of the person, film and floor tests left out."""
    return [question for question in base().questions if question.name.startswith("q_")]


def answers(kind: str = "observation") -> list[str]:
    """What the interview reveals."""
    named = [atom.predicate for question in questions() for atom in question.reveals]
    return [name for name in named if base().predicates[name].kind == kind]


def rules_to(predicate: str) -> list[Rule]:
    return [rule for rule in base().rules if rule.body and rule.head and rule.head.predicate == predicate]


def kind(atom: Atom) -> str:
    return base().predicates[atom.predicate].kind


def covers(pattern: Atom, atom: Atom) -> bool:
    pairs = zip(pattern.terms, atom.terms, strict=True)
    return pattern.predicate == atom.predicate and all(is_variable(p) or p == t for p, t in pairs)


def instances(predicate: str) -> list[Atom]:
    sorts = base().predicates[predicate].sorts
    return [Atom(predicate, terms) for terms in product(*(base().sorts[sort].values for sort in sorts))]


def prior(atom: Atom) -> float:
    own = [r.probability for r in base().rules if not r.body and r.head and covers(r.head, atom)]
    found = own[-1] if own else base().predicates[atom.predicate].prior
    assert found is not None
    return found


HABITS = [name for name, predicate in base().predicates.items() if predicate.kind == "hypothesis"]
CAUSES = [name for name, predicate in base().predicates.items() if predicate.kind == "cause"]


def test_enough_is_asked_and_nothing_twice() -> None:
    asked = answers()
    assert len(questions()) >= 48
    assert len(set(asked)) >= 48
    assert sorted(set(asked)) == sorted(asked)
    assert len({question.label.en for question in questions()}) == len(questions())
    assert sorted(answers("given")) == ["age", "sex"]


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_every_question_can_be_put_in_both_languages(question: Question) -> None:
    assert question.label.en.endswith("?")
    assert question.label.ja.endswith("か。") or question.label.ja == "性別を教えてください。"
    assert len(question.label.en) <= 160
    assert 3 <= question.seconds <= 60


@pytest.mark.parametrize("name", [*answers(), *HABITS])
def test_every_answer_and_habit_has_words_in_both_languages(name: str) -> None:
    label = base().predicates[name].label
    assert label.en
    assert label.ja


@pytest.mark.parametrize("name", answers())
def test_every_answer_leads_to_a_cause_or_a_habit(name: str) -> None:
    bodies = [atom for rule in rules_to(name) for atom in rule.body]
    assert bodies
    assert {kind(atom) for atom in bodies} <= {"cause", "hypothesis", "given"}
    if name.startswith(("worse_", "eased_")):
        assert any(kind(atom) == "cause" for atom in bodies)


@pytest.mark.parametrize("habit", HABITS)
def test_every_habit_is_asked_for_and_leads_to_a_cause(habit: str) -> None:
    heads = [rule.head for rule in base().rules if rule.head and habit in {a.predicate for a in rule.body}]
    kinds = {kind(head) for head in heads}
    assert kinds == {"observation", "cause"}
    assert {head.predicate for head in heads if kind(head) == "observation"} <= set(answers())


def test_habits_age_and_sex_make_causes_somewhat_more_probable() -> None:
    soft = [
        rule
        for rule in base().rules
        if rule.body and all(kind(atom) in ("hypothesis", "given") for atom in rule.body)
    ]
    to_causes = [(rule, rule.head) for rule in soft if rule.head and kind(rule.head) == "cause"]
    assert len(to_causes) >= 50
    for rule, head in to_causes:
        for atom in instances(head.predicate):
            if covers(head, atom):
                assert 1 < rule.probability / prior(atom) < 3.01, rule.name


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_hurts_and_is_told_by_answers(cause: str) -> None:
    told = defaultdict(set)
    for rule in base().rules:
        if rule.head and rule.head.predicate in answers():
            for atom in rule.body:
                told[atom.predicate].add(rule.head.predicate)
    assert "pain_low_back" in told[cause]
    assert len(told[cause]) >= 4


@pytest.mark.parametrize(
    "cause",
    [
        "postural_strain",
        "guarded_movement",
        "extension_directional_preference",
        "flexion_directional_preference",
    ],
)
def test_what_no_film_shows_has_at_least_five_answers(cause: str) -> None:
    told = [
        r for r in base().rules if r.head and r.head.predicate in answers() and r.body[0].predicate == cause
    ]
    assert len(told) >= 6  # pain among them


def test_the_pain_itself_must_be_explained() -> None:
    pain = base().predicates["pain_low_back"]
    assert pain.unexplained is not None
    assert pain.unexplained <= 0.001
    chances = {rule.probability for rule in rules_to("pain_low_back")}
    assert max(chances) - min(chances) <= 0.1  # so that the pain decides nothing between causes


@pytest.mark.parametrize(
    "name", [name for name in answers() if base().predicates[name].one_of and name.startswith("pain_")]
)
def test_base_rates_of_one_choice_add_to_one(name: str) -> None:
    rates = []
    for atom in instances(name):
        own = [line.probability for line in base().unexplained if covers(line.atom, atom)]
        rate = own[-1] if own else base().predicates[name].unexplained
        assert rate is not None
        rates.append(rate)
    assert sum(rates) == pytest.approx(1)


def test_the_interview_covers_what_a_physiotherapist_asks() -> None:
    asked = set(answers())
    topics = {
        "where": {"pain_side", "pain_buttock", "pain_below_knee"},
        "onset and course": {
            "pain_onset",
            "pain_duration",
            "pain_time_of_day",
            "pain_constancy",
            "repeated_episodes",
        },
        "aggravating": {"worse_sitting", "worse_standing", "worse_walking", "worse_bending", "worse_lifting"},
        "easing": {"eased_sitting", "eased_walking", "eased_bending_forward", "eased_bending_backward"},
        "work and daily life": {"sits_long", "stands_long", "bends_often", "lifts_heavy", "drives_long"},
        "what the person makes of it": {"fears_movement", "avoids_activity", "worries_about_back"},
    }
    for topic, names in topics.items():
        assert names <= asked, topic
    assert len([name for name in asked if name.startswith("worse_")]) >= 20
    assert len([name for name in asked if name.startswith("eased_")]) >= 14
