"""What matters for a situation: backwards from what was seen, forwards to contradictions, nothing else."""

from __future__ import annotations

import pytest

from mitate.abduce.ground import Grounder, cost_of
from mitate.abduce.language import Atom, Observation, Situation
from mitate.abduce.parse import parse
from mitate.abduce.relevant import Problem, given_only, relevant
from mitate.errors import InputError

BASE = parse(
    """
    sort grade = little, right, much
    source e "x"
    cause worn prior 0.1
    cause torn prior 0.2
    cause cold prior 0.3
    derived weak
    derived stiff
    given old
    observation pain unexplained 0.1
    observation bend(grade) one of grade unexplained 0.3
    observation cough unexplained 0.2
    rule r1: worn => weak
    rule r2: weak and old => pain 0.5
    rule r3: torn => pain 0.4
    rule r4: cold => cough 0.9
    rule r5: worn => bend(little) 0.6
    rule r6: torn => stiff
    rule r7: never stiff and weak
    rule r8: old => stiff 0.5
    """
)
PAIN, COUGH = Atom("pain"), Atom("cough")


def situation(*present: Atom, absent: tuple[Atom, ...] = (), old: bool = False) -> Situation:
    observed = (*map(Observation, present), *(Observation(atom, absent=True) for atom in absent))
    return Situation(observed, (Atom("old"),) if old else ())


def names(ground: Grounder, problem: Problem) -> dict[str, set[str]]:
    def rules(instances: object) -> set[str]:
        assert isinstance(instances, list)
        return {BASE.rules[instance.rule].name for instance in instances}

    return {
        "proving": rules([i for several in problem.proving.values() for i in several]),
        "forced": rules(problem.forced),
        "failing": rules(problem.failing),
        "assumable": {str(ground.atom(atom)) for atom in problem.assumable},
        "possible": {str(ground.atom(atom)) for atom in problem.possible},
    }


def test_only_what_can_explain_or_contradict_is_kept() -> None:
    ground = Grounder(BASE)
    found = names(ground, relevant(ground, situation(PAIN)))
    assert found["assumable"] == {"worn", "torn"}
    assert found["proving"] == {"r1", "r3"}  # r2 cannot fire: nobody said that the person is old
    assert found["forced"] == {"r1", "r6", "r7"}
    assert found["failing"] == set()
    assert "cold" not in found["possible"]
    found = names(ground, relevant(ground, situation(PAIN, COUGH, old=True)))
    assert found["proving"] == {"r1", "r2", "r3", "r4"}
    assert found["assumable"] == {"worn", "torn", "cold"}


def test_rules_expected_to_fire_are_those_whose_head_was_seen_absent_or_excluded() -> None:
    ground = Grounder(BASE)
    seen = situation(PAIN, Atom("bend", ("much",)), absent=(COUGH,), old=True)
    problem = relevant(ground, seen)
    assert names(ground, problem)["failing"] == {"r5"}  # nothing here would assume the cold behind r4
    assert {str(ground.atom(atom)) for atom in problem.absent} == {"cough", "bend(little)", "bend(right)"}
    assert problem.present[ground.number(Atom("bend", ("much",)))] == cost_of(0.3)
    both = relevant(ground, seen, wanted=[ground.number(Atom("cold"))])
    assert names(ground, both)["failing"] == {"r4", "r5"}


@pytest.mark.parametrize(
    ("seen", "what"),
    [
        (situation(PAIN, absent=(PAIN,)), "pain is stated both present and absent"),
        (situation(Atom("bend", ("much",)), Atom("bend", ("little",))), "cannot both be true"),
        (situation(absent=(Atom("old"),), old=True), "old is stated both present and absent"),
    ],
)
def test_contradictions_are_told(seen: Situation, what: str) -> None:
    with pytest.raises(InputError, match=what):
        relevant(Grounder(BASE), seen)


@pytest.mark.parametrize("stated", [0.0, -1.0, 1.5, float("nan")])
def test_an_observation_has_a_probability(stated: float) -> None:
    with pytest.raises(InputError, match="is no probability"):
        relevant(Grounder(BASE), Situation((Observation(PAIN, unexplained=stated),)))


def test_what_holds_if_nothing_is_assumed() -> None:
    ground = Grounder(BASE)
    empty = given_only(ground, situation(PAIN, absent=(Atom("stiff"),), old=True))
    assert empty is not None
    assert names(ground, empty)["failing"] == {"r8"}
    assert names(ground, empty)["possible"] == {"old"}
    assert given_only(ground, Situation((Observation(Atom("worn")),))) is None  # must be explained
    kb = parse(
        "given a\nderived b\ngiven c\nrule r: a => b\nrule n: never b and c\nobservation o unexplained 0.1"
    )
    other = Grounder(kb)
    assert given_only(other, Situation((), (Atom("a"), Atom("c")))) is None
    alone = given_only(other, Situation((), (Atom("a"),)))
    assert alone is not None
    assert alone.possible == {other.number(Atom("a")), other.number(Atom("b"))}
