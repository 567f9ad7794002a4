"""Leaving out what cannot pay for itself never makes the best explanation dearer."""

from __future__ import annotations

import random
from collections.abc import Callable
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.abduce.encode import encode
from mitate.abduce.ground import Grounder
from mitate.abduce.language import (
    Atom,
    Exclusion,
    KnowledgeBase,
    Label,
    Observation,
    Predicate,
    Rule,
    Situation,
)
from mitate.abduce.parse import parse
from mitate.abduce.relevant import relevant
from mitate.abduce.solve import Reasoner
from mitate.errors import InputError

Problem = tuple[KnowledgeBase, Situation]
Problems = Callable[..., st.SearchStrategy[Problem]]

BASE = """
source e "x"
cause likely prior 0.3
cause rare prior 0.001
cause chain prior 0.2
derived link
observation seen unexplained 0.1
observation other unexplained 0.1
observation gone unexplained 0.1
rule r1: likely => seen 0.9
rule r2: rare => seen 0.9
rule r3: chain => link 0.9
rule r4: link => other 0.9
rule r5: likely => gone 0.5
rule r6: chain => gone 0.99
"""


def dropped(text: str, *, wanted: str = "") -> set[str]:
    kb = parse(BASE + text)
    ground = Grounder(kb)
    asked = [ground.number(Atom(wanted))] if wanted else []
    problem = relevant(ground, kb.situation, wanted=asked)
    before = set(problem.assumable)
    encode(ground, problem, circular=False)
    return {str(ground.atom(atom)) for atom in before - problem.assumable.keys()}


def test_what_costs_more_than_it_saves_is_left_out() -> None:
    assert dropped("observe seen") == {"rare"}
    assert dropped("observe seen", wanted="rare") == set()
    assert dropped("observe seen observe other") == {"rare"}
    assert dropped("observe other observe not gone") == {"chain"}  # its absent effect costs 4.6 nats
    assert dropped("observe seen unexplained 0.000001") == set()
    assert dropped("observe seen\nrule z: likely => link") == {"rare"}


def costs(kb: KnowledgeBase, situation: Situation) -> list[int | None]:
    """Of the best explanation, and of the best with and without each cause."""
    reasoner = Reasoner(kb)
    answer = reasoner.explain(situation, k=1)
    found: list[int | None] = [one.cost for one in answer.explanations]
    causes = [Atom(p.name) for p in kb.predicates.values() if p.kind == "cause" and not p.sorts][:4]
    for atom in causes:
        with_it = reasoner.best_with(situation, include=(atom,))
        without = reasoner.best_with(situation, exclude=(atom,))
        found += [None if one is None else one.cost for one in (with_it, without)]
    return found


def same(kb: KnowledgeBase, situation: Situation) -> None:
    try:
        found = costs(kb, situation)
    except InputError:
        return
    with patch("mitate.abduce.encode.drop_worthless"):
        assert costs(kb, situation) == found


@given(st.data())
@settings(max_examples=400)
def test_the_same_cost_as_without_on_small_bases(random_problems: Problems, data: st.DataObject) -> None:
    same(*data.draw(random_problems()))


@given(st.integers(0, 100_000))
@settings(max_examples=60)
def test_the_same_cost_as_without_on_larger_bases(seed: int) -> None:
    same(*layered(random.Random(seed)))


def layered(rng: random.Random) -> Problem:
    """Causes, what follows from them, what is seen of it; bodies are shared, some rules certain."""
    predicates = {}
    for number in range(12):
        prior = rng.choice([0.01, 0.1, 0.3])
        predicates[f"c{number}"] = Predicate(f"c{number}", "cause", (), Label(""), prior=prior)
        predicates[f"d{number}"] = Predicate(f"d{number}", "derived", (), Label(""))
        free = rng.choice([0.02, 0.1, 0.5])
        predicates[f"o{number}"] = Predicate(f"o{number}", "observation", (), Label(""), unexplained=free)

    def any_of(letters: str) -> Atom:
        return Atom(f"{rng.choice(letters)}{rng.randrange(12)}")

    bodies = [tuple(any_of("ccd") for _ in range(rng.choice([1, 1, 2]))) for _ in range(20)]
    rules = [Rule(f"r{n}", (any_of("c"),), any_of("d"), rng.choice([1.0, 0.9, 0.5])) for n in range(12)]
    rules += [Rule(f"s{n}", rng.choice(bodies), any_of("o"), rng.choice([0.3, 0.6, 0.9])) for n in range(30)]
    rules += [Rule(f"n{n}", (any_of("c"), any_of("d")), None) for n in range(2)]
    seen = rng.sample(range(12), 8)
    situation = Situation(tuple(Observation(Atom(f"o{n}"), absent=rng.random() < 0.3) for n in seen))
    exclusions = (Exclusion("x", (Atom("c0"), Atom("c1"))), Exclusion("y", (Atom("d0"), Atom("d1"))))
    return KnowledgeBase(
        Label(""), predicates=predicates, rules=tuple(rules), exclusions=exclusions
    ), situation
