"""Programmes for random people from the exercises that come with the package, and for made ones."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.back.exercise_samples import aims, not_when, person, sample

from mitate.abduce.language import Atom, KnowledgeBase, Observation, Situation
from mitate.abduce.posterior import Posterior
from mitate.abduce.sample import draw
from mitate.back.cause import BackResult, explain_case
from mitate.back.exercise import Equipment, Exercise
from mitate.back.exercises import exercises
from mitate.back.observations import BackCase, age_band, case_of
from mitate.back.plan_words import in_words
from mitate.back.programme import Programme, programme, session_days
from mitate.back.region import REGIONS, knowledge
from mitate.back.triage import triage
from mitate.back.wishes import limits, sayings

START = date(2026, 11, 23)
FLOOR = ("supine", "prone", "side_lying", "hands_and_knees", "kneeling", "floor_sitting")


@cache
def ground(region: str) -> tuple[tuple[Atom, ...], tuple[Atom, ...]]:
    """Observations and causes of a region's knowledge base."""
    base: KnowledgeBase = knowledge(region)
    one = draw(base, np.random.default_rng(0))
    causes = [
        Atom(name, tuple(terms))
        for name, predicate in base.predicates.items()
        if predicate.kind == "cause"
        for terms in _terms(base, predicate.sorts)
    ]
    return (*one.present, *one.absent), tuple(causes)


def _terms(base: KnowledgeBase, sorts: tuple[str, ...]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for sort in sorts:
        found = [[*terms, value] for terms in found for value in base.sorts[sort].values]
    return found


@st.composite
def people(draw_: st.DrawFn) -> tuple[BackCase, BackResult]:
    """Random people: what was seen, likely causes, red flags, age, limits, equipment, time, wishes."""
    region = draw_(st.sampled_from(sorted(REGIONS)))
    rng = np.random.default_rng(draw_(st.integers(0, 10**6)))
    observations, causes = ground(region)
    seen = [observations[i] for i in rng.choice(len(observations), int(rng.integers(0, 25)), replace=False)]
    flags = {"osteoporosis": bool(rng.random() < 0.5)} if rng.random() < 0.3 and region == "low_back" else {}
    wishes: dict[str, Any] = {
        "limits": {name: bool(rng.random() < 0.2) for name in limits() if rng.random() < 0.7},
        "minutes": float(rng.choice([5, 8, 10, 15, 20, 30, 60])),
        "days": int(rng.integers(1, 8)),
        "level": int(rng.integers(1, 4)),
        "goals": [goal.name for goal in sayings().goal if rng.random() < 0.15],
        "pain_now": float(rng.integers(0, 9)),
    }
    if rng.random() < 0.5:
        wishes["equipment"] = [item for item in get_args(Equipment) if rng.random() < 0.5]
    age = None if rng.random() < 0.1 else float(rng.integers(16, 96))
    situation = Situation(
        tuple(Observation(atom) for atom in seen),
        () if age is None else (Atom("age", (age_band(age),)),),
    )
    case = BackCase(age=age, situation=situation, red_flags=flags, programme=wishes, region=region)
    found = [causes[i] for i in rng.choice(len(causes), int(rng.integers(0, 6)), replace=False)]
    shares = dict(sorted(((atom, float(rng.random())) for atom in found), key=lambda pair: -pair[1]))
    result = BackResult(
        case, triage(flags, age=age, region=region), posterior=Posterior(shares, (), 0.0, True, False)
    )
    return case, result


def offences(one: Exercise, case: BackCase, result: BackResult) -> list[str]:
    """What speaks against an exercise for a person, found without the product's own code for it."""
    wishes, found = case.programme, []
    there = {name for name, yes in wishes["limits"].items() if yes}
    there |= {name for name, yes in case.red_flags.items() if yes}
    facts = [str(seen.atom) for seen in case.situation.observations if not seen.absent]
    facts += [str(atom) for atom in case.situation.given]
    assert result.posterior is not None
    facts += [str(atom) for atom, share in result.posterior.causes.items() if share >= 0.15]
    for named in one.not_when:
        when = named.when.replace(" ", "")
        if when in there:
            found.append(when)
        found += [fact for fact in facts if fact.replace(" ", "") == when or fact.partition("(")[0] == when]
        man = case.sex == "male" or (case.age or 0) >= 60
        if one.level == 3 and when in limits() and when not in (*wishes["limits"], *case.red_flags):
            found += [] if when == "pregnant" and man else [f"not asked: {when}"]
    if one.start in FLOOR and "cannot_get_to_floor" in there:
        found.append("floor")
    if one.start in ("kneeling", "hands_and_knees") and "cannot_kneel" in there:
        found.append("kneel")
    if one.start == "prone" and "cannot_lie_prone" in there:
        found.append("prone")
    if "equipment" in wishes:
        found += [item for item in one.equipment if item not in (*wishes["equipment"], "wall")]
    if one.level > wishes["level"] or (one.level > 1 and wishes["pain_now"] >= 7):
        found.append("level")
    if case.age is not None and case.age >= 80 and one.level == 3:
        found.append("age")
    return found


@given(who=people())
@settings(max_examples=120)
def test_nothing_is_offered_against_its_contraindication(who: tuple[BackCase, BackResult]) -> None:
    case, result = who
    plan = programme(result, case, start=START)
    if result.stop:
        assert not plan.exercises
        return
    for one in plan.exercises:
        assert not offences(one.exercise, case, result), one.exercise.name
        assert one.exercise.region == case.region
    assert {one.exercise.name for one in plan.exercises}.isdisjoint(
        one.exercise.name for one in plan.left_out
    )
    assert len(plan.exercises) + len(plan.left_out) == len(exercises()) - sum(
        one.region != case.region for one in exercises()
    )
    sound(plan)


def sound(plan: Programme) -> None:
    """Time, number, days, loads, versions, and every likely cause served or said why not."""
    chosen = [one.exercise for one in plan.exercises]
    assert plan.status == "optimal"
    assert plan.minutes == sum(one.minutes for one in plan.exercises) <= plan.wishes.minutes
    assert len(chosen) <= 6
    for one in plan.exercises:
        assert one.reasons
        assert one.days
        assert set(one.days) <= set(plan.days)
        assert len(one.days) <= max(1, one.exercise.dose.days_a_week)
    for i, first in enumerate(chosen):
        for second in chosen[:i]:
            assert first.level < 2 or second.level < 2 or not set(first.loads) & set(second.loads)
            steps = (*first.harder, *first.easier)
            assert second.name not in [step.exercise for step in steps]
    served = {reason.of for one in plan.exercises for reason in one.reasons if reason.rule == "serves_cause"}
    unserved = {str(one.cause) for one in plan.unserved}
    assert served | unserved == {str(cause) for cause in plan.causes}
    assert not served & unserved
    if plan.few:  # the exercises that are free cannot be added in the time, or beside the others
        assert all(one.because in ("barred", "version", "load", "no_time") for one in plan.left_out)


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_simulated_people_from_their_findings_to_a_programme(region: str) -> None:
    """Findings drawn from the knowledge base, explained by the reasoner."""
    base = knowledge(region)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        age = float(rng.integers(20, 90))
        one = draw(base, rng, given=[Atom("age", (age_band(age),))], required=[REGIONS[region].complaint])
        situation = Situation(tuple(Observation(atom) for atom in one.present), one.given)
        there = {name: bool(rng.random() < 0.2) for name in limits()}
        wishes = {"limits": there, "pain_now": float(rng.integers(0, 9)), "level": 3, "minutes": 25}
        case = BackCase(age=age, situation=situation, programme=wishes, region=region)
        result = explain_case(case, time_limit_s=2)
        plan = programme(result, case, start=START)
        sound(plan)
        for planned in plan.exercises:
            assert not offences(planned.exercise, case, result), planned.exercise.name


def real(answers: dict[str, Any]) -> tuple[BackCase, BackResult]:
    """A case of the low back, explained."""
    case = case_of({"person": {"age": 38, "sex": "male"}, **answers}, name="case.json")
    return case, explain_case(case)


BENDS: dict[str, Any] = {
    "conditions": {"forward_bend": {"lumbar_flexion": "excessive"}},
    "answers": {"worse_sitting": True, "worse_bending": True, "worse_lifting": True},
    "programme": {"pain_now": 3, "goals": ["sit_longer"]},
}


def test_a_programme_from_a_case_in_both_languages() -> None:
    case, result = real(BENDS)
    plan = programme(result, case, start=START)
    sound(plan)
    assert len(plan.exercises) >= 3
    assert Atom("excessive_lumbar_flexion") in plan.causes
    assert (plan.days, plan.recheck) == ((0, 2, 4), date(2026, 12, 21))
    assert programme(result, case, start=START).as_dict() == plan.as_dict()
    for language in ("en", "ja"):
        told = json.loads(json.dumps(plan.as_dict(language), allow_nan=False))
        assert told["exercises"][0]["reasons"][0]["sources"][0]["citation"]
        assert [one["name"] for one in told["exercises"]] == [one.exercise.name for one in plan.exercises]
    text = in_words(programme(result, case, start=START, language="ja"))
    assert plan.exercises[0].exercise.title.ja in text
    before = date.today()
    assert before <= programme(result, case).start <= date.today()  # on either side of midnight


def test_the_claims_are_modest_and_cited() -> None:
    case, result = real(BENDS)
    advice = {reason.rule: reason for reason in programme(result, case).advice}
    assert set(advice["what_matching_adds"].source) == {"saner2015", "lehtola2016"}
    assert "less than patients notice" in advice["what_matching_adds"].say.en
    assert set(advice["what_exercise_does"].source) == {"nice_ng59", "apta2021", "owen2020"}
    assert "keep_active" in advice
    assert "ask_about_effort" not in advice


def test_a_red_flag_leaves_no_exercise() -> None:
    case, result = real({**BENDS, "red_flags": {"saddle_anaesthesia": True}})
    plan = programme(result, case, start=START)
    assert plan.stop
    assert not plan.exercises
    assert not plan.few
    assert in_words(plan).startswith("STOP")
    assert plan.as_dict()["stop"]


def test_every_exercise_left_out_says_why() -> None:
    text = {"en": "text", "ja": "文"}
    pool = [
        sample("barred", serves=aims("trunk_endurance_deficit"), not_when=not_when("knee_pain")),
        sample("best", serves=aims("trunk_endurance_deficit", strength=3), loads=["calf"], level=2),
        sample("load", serves=aims("trunk_endurance_deficit", strength=1), loads=["calf"], level=2),
        sample("version", easier=[{"text": text, "exercise": "best"}], minutes=9.0),
        sample("long", minutes=30.0),
        sample("stretch", kind="mobility", serves=aims("restricted_hip_flexion")),
        *(sample(f"more{i}", serves=aims("trunk_endurance_deficit"), minutes=2.0) for i in range(2)),
    ]
    case, result = person(
        {"trunk_endurance_deficit": 0.9, "sway_back_posture": 0.2}, limits={"knee_pain": True}, pain_now=1
    )
    plan = programme(result, case, start=START, pool=pool)
    assert {one.exercise.name for one in plan.exercises} == {"best", "more0", "more1"}
    why = {one.exercise.name: one.because for one in plan.left_out}
    assert why == {
        "barred": "barred",
        "load": "load",
        "version": "version",
        "long": "no_time",
        "stretch": "adds_less",
    }
    assert [(str(one.cause), one.because) for one in plan.unserved] == [("sway_back_posture", "none")]
    sound(plan)


def test_an_easier_one_takes_the_place_of_a_barred_one() -> None:
    text = {"en": "text", "ja": "文"}
    pool = [
        sample("hard", level=3, easier=[{"text": text, "exercise": "easy"}]),
        sample("lying", start="supine", chair={"text": text, "exercise": "easy"}),
        sample("easy"),
    ]
    case, result = person({"hip_extensor_weakness": 0.8}, limits={"cannot_get_to_floor": True})
    plan = programme(result, case, start=START, pool=pool)
    assert [(one.exercise.name, one.instead_of) for one in plan.exercises] == [("easy", ("hard", "lying"))]
    assert plan.few


def test_one_begins_on_the_side_of_the_cause() -> None:
    both = {"sets": 2, "repetitions": 10, "days_a_week": 2, "per_side": True}
    pool = [sample("lift", serves=aims("hip_abductor_weakness"), dose=both)]
    for shares, side in (
        ({"left": 0.8}, "left"),
        ({"right": 0.4, "left": 0.1}, "right"),
        ({"left": 0.4, "right": 0.4}, ""),
    ):
        case, result = person({f"hip_abductor_weakness({s})": share for s, share in shares.items()}, days=5)
        plan = programme(result, case, start=START, pool=pool)
        assert plan.exercises[0].side == side
        assert plan.exercises[0].days == (0, 4)
        assert len(plan.days) == 5


def test_how_the_old_and_the_unsteady_do_it() -> None:
    pool = [sample("stand", chair={"text": {"en": "seated", "ja": "座って"}})]
    case, result = person({}, age=82.0)
    assert programme(result, case, pool=pool).exercises[0].version is not None
    case, result = person({}, age=40.0, limits={"balance_poor": True})
    version = programme(result, case, pool=pool).exercises[0].version
    assert version is not None
    assert version.en == "seated"
    case, result = person({}, age=40.0)
    assert programme(result, case, pool=pool).exercises[0].version is None


def test_an_irritable_back_is_looked_at_again_sooner() -> None:
    case, result = person({}, pain_now=8)
    plan = programme(result, case, start=START, pool=[sample("a")])
    assert plan.recheck == date(2026, 12, 7)
    assert plan.exercises[0].dose.sets == 1
    assert [reason.rule for reason in plan.exercises[0].dose_reasons] == ["dose.irritable_high"]


@pytest.mark.parametrize("number", range(1, 8))
def test_days_are_spread_over_the_week(number: int) -> None:
    days = session_days(number)
    assert len(set(days)) == number
    gaps = [(b - a) % 7 or 7 for a, b in zip(days, (*days[1:], days[0]), strict=True)]
    assert max(gaps) - min(gaps) <= 1


def test_of_no_exercises_there_is_advice() -> None:
    case, result = person({"hip_extensor_weakness": 0.8})
    plan = programme(result, case, start=START, pool=())
    assert not plan.exercises
    assert plan.few
    assert plan.advice
    assert [one.because for one in plan.unserved] == ["none"]
    assert "No exercise" in in_words(plan)
