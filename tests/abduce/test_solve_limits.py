"""The reasoner at its limits: time, memory, bad questions, and the same answer wherever it is asked."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mitate.abduce.language import (
    Atom,
    KnowledgeBase,
    Label,
    Observation,
    Predicate,
    Rule,
    Situation,
)
from mitate.abduce.parse import parse
from mitate.abduce.solve import Reasoner
from mitate.errors import InputError


def large(rules: int, seed: int = 1) -> tuple[KnowledgeBase, Situation]:
    """Rules without variables, at random, with contradictions."""
    rng, size = random.Random(seed), rules // 20
    predicates = {}
    for number in range(size):
        predicates[f"c{number}"] = Predicate(f"c{number}", "cause", (), Label(""), prior=0.05)
        predicates[f"d{number}"] = Predicate(f"d{number}", "derived", (), Label(""))
        predicates[f"o{number}"] = Predicate(f"o{number}", "observation", (), Label(""), unexplained=0.01)

    def some(letters: str) -> Atom:
        return Atom(f"{rng.choice(letters)}{rng.randrange(size)}")

    made = []
    for number in range(rules):
        shape = rng.random()
        if shape < 0.3:
            made.append(Rule(f"r{number}", (some("c"),), some("d"), rng.choice([1.0, 0.7, 0.7, 0.7])))
        elif shape < 0.95:
            made.append(Rule(f"r{number}", (some("cd"), some("cd")), some("o"), rng.choice([0.3, 0.8])))
        else:
            made.append(Rule(f"r{number}", (some("c"), some("c")), None))
    seen = tuple(Observation(Atom(f"o{n}"), absent=rng.random() < 0.3) for n in range(size))
    return KnowledgeBase(Label(""), predicates=predicates, rules=tuple(made)), Situation(seen)


@pytest.mark.parametrize("limit", [0.01, 0.2, 0.5, 2.0])
def test_a_large_base_is_answered_in_time(limit: float) -> None:
    kb, situation = large(30_000)
    reasoner = Reasoner(kb)
    began = time.process_time()  # other processes do not count; benchmarks/hard.py measures the overshoot
    answer = reasoner.explain(situation, k=2, time_limit_s=limit)
    assert time.process_time() - began < limit + 1.0
    assert answer.status == "stopped"
    if limit > 0.1:
        best = answer.explanations[0]
        assert not best.optimal
        assert answer.lower_bound <= best.cost


def test_a_base_made_to_explode_is_refused_or_stopped() -> None:
    names = ", ".join(f"v{i}" for i in range(60))
    kb = parse(
        f"""
        sort value = {names}
        cause c(value, value) prior 0.1
        observation o unexplained 0.01
        rule r: c(A, B) and c(B, C) and c(C, D) and c(D, E) => o 0.5
        observe o
        """
    )
    reasoner = Reasoner(kb)
    for _ in range(2):
        began = time.process_time()
        answer = reasoner.explain(kb.situation, time_limit_s=0.3)
        assert time.process_time() - began < 0.8
        assert answer.status == "stopped"
        assert answer.explanations[0].unexplained == (Atom("o"),)
        assert answer.explanations[0].cost == 4_605_170
    with pytest.raises(InputError, match="ground instances"):
        reasoner.explain(kb.situation, time_limit_s=60)


STOPPED = """
sort value = {names}
given old
given wet
cause c(value, value) prior 0.1
derived worn
observation o unexplained 0.01
observation gone unexplained 0.5
observation rust unexplained 0.5
rule r: c(A, B) and c(B, C) and c(C, D) and c(D, E) => o 0.5
rule s: old => worn
rule t: worn => gone 0.75
rule u: worn => rust
observe o unexplained 0.25
observe not gone
observe rust
given: old
"""


def test_the_answer_of_last_resort_is_an_explanation_too() -> None:
    text = STOPPED.format(names=", ".join(f"v{i}" for i in range(60)))
    kb = parse(text)
    best = Reasoner(kb).explain(kb.situation, time_limit_s=0.05).explanations[0]
    assert best.unexplained == (Atom("o"),)
    assert [chance.rule and chance.rule.name for chance in best.failed] == ["t"]
    assert best.cost == 2 * 1_386_294  # o at its own 0.25, and t, expected, at 0.25 not to fire
    assert [str(step.head) for step in best.steps] == ["old", "worn", "rust"]
    contradiction = parse(text + "rule v: never worn and wet\ngiven: wet")
    assert Reasoner(contradiction).explain(contradiction.situation, time_limit_s=0.05).explanations == ()
    assert Reasoner(kb).best_with(kb.situation, include=(Atom("c", ("v1", "v1")),), time_limit_s=0.05) is None


@pytest.mark.parametrize(("k", "limit"), [(0, 1.0), (1, 0.0), (1, -1.0), (1, float("nan"))])
def test_a_question_that_cannot_be_answered(k: int, limit: float) -> None:
    kb = parse("cause a prior 0.1\nobserve a")
    with pytest.raises(InputError, match="cannot be found"):
        Reasoner(kb).explain(kb.situation, k=k, time_limit_s=limit)


def test_unknown_atoms_are_named() -> None:
    kb = parse("sort side = left, right\ncause a(side) prior 0.1")
    reasoner = Reasoner(kb)
    for atom in (Atom("b"), Atom("a"), Atom("a", ("up",))):
        with pytest.raises(InputError, match=r"left, right|not an atom"):
            reasoner.explain(Situation((Observation(atom),)))


WRITE = """
import sys
sys.path.insert(0, sys.argv[1])
from test_solve_limits import large
from mitate.abduce.solve import Reasoner
kb, situation = large(400)
answer = Reasoner(kb).explain(situation, k=2, time_limit_s=60)
for one in answer.explanations:
    print(one.cost, one.causes, one.assumed, one.failed, one.unexplained, one.steps)
"""


def test_the_same_answer_in_every_process() -> None:
    told = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        folder = str(Path(__file__).parent)
        done = subprocess.run(
            [sys.executable, "-c", WRITE, folder], env=environment, capture_output=True, text=True, check=True
        )
        told.append(done.stdout)
    assert told[0] == told[1]
    assert len(told[0]) > 1000
