from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.back.exercise_samples import person

from mitate.back.diary import Ongoing, Session, Underway, read_ongoing
from mitate.back.dosing import seconds
from mitate.back.exercises import exercise, exercises
from mitate.back.plan_words import steps_in_words
from mitate.back.programme import programme
from mitate.back.progress import Next, light, next_steps, renewed
from mitate.back.wishes import Irritability

START = date(2026, 11, 23)
ON = date(2026, 12, 7)


def ongoing(*names: str, minutes: float = 60.0, irritability: Irritability = "low") -> Ongoing:
    """These exercises at their full doses."""
    return Ongoing(
        region="low_back",
        irritability=irritability,
        age=50.0,
        minutes=minutes,
        exercises=tuple(Underway(name, exercise(name).dose, 0, START) for name in names),
        barred=frozenset(),
        document={"exercises": [{"name": name} for name in names], "language": "en"},
    )


def sessions(name: str, *pains: float, done: float = 1000, **more: Any) -> list[Session]:
    """One session every other day, with pain 1 before and these after."""
    plain: dict[str, Any] = {"pain_before": 1.0, "settled": True, "done": done, **more}
    return [
        Session(START + timedelta(days=1 + 2 * i), name, pain_after=pain, **plain)
        for i, pain in enumerate(pains)
    ]


def one_step(name: str, told: list[Session], begun: Ongoing | None = None) -> Next:
    """What comes next of one exercise."""
    (step,) = next_steps(begun or ongoing(name), told, on=ON)
    return step


@pytest.mark.parametrize(
    ("before", "after", "settled", "colour"),
    [
        (0, 0, True, "green"),
        (2, 3, True, "green"),
        (2, 3, None, "green"),
        (1, 3, True, "amber"),
        (4, 4, True, "amber"),
        (3, 3, False, "amber"),
        (6, 6, True, "amber"),
        (6, 6.5, True, "red"),
        (None, 6, None, "red"),
        (1, 3, False, "red"),
        (1, None, None, "unknown"),
    ],
)
def test_the_traffic_light(
    before: float | None, after: float | None, settled: bool | None, colour: str
) -> None:
    assert light(Session(START, "bridge", None, before, after, settled)) == colour


@given(
    pains=st.tuples(st.floats(0, 10), st.floats(0, 10)),
    more=st.floats(0, 10),
    settled=st.booleans() | st.none(),
)
def test_more_pain_is_never_a_better_colour(
    pains: tuple[float, float], more: float, settled: bool | None
) -> None:
    order = ("green", "amber", "red")
    one = Session(START, "bridge", None, pains[0], pains[1], settled)
    worse = replace(one, pain_after=max(pains[1], more))
    assert order.index(light(worse)) >= order.index(light(one))


def test_two_green_and_whole_sessions_go_one_step_up() -> None:
    step = one_step("bridge", sessions("bridge", 1, 2))
    assert step.verdict == "progress"
    assert step.now != step.was
    assert step.now.since == ON
    assert step.lights == ("green", "green")
    assert step.reason.rule == "progress.green"


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ([], "few"),
        (sessions("bridge", 1), "few"),
        (sessions("bridge", 1, 4), "amber"),
        (sessions("bridge", 4, 1), "amber"),
        (sessions("bridge", 1, 1, done=3), "not_whole"),
        (sessions("bridge", 1, 1, range_share=0.5), "range"),
        (sessions("bridge", 1, 1, fault_share=0.5), "faults"),
        ([replace(one, pain_after=None) for one in sessions("bridge", 1, 1)], "not_told"),
        ([replace(one, done=None) for one in sessions("bridge", 1, 1)], "not_whole"),
        (sessions("pelvic_tilt_supine", 1, 1), "few"),
        ([replace(one, date=START - timedelta(days=3)) for one in sessions("bridge", 1, 1)], "few"),
        ([replace(one, date=ON + timedelta(days=3)) for one in sessions("bridge", 1, 1)], "few"),
    ],
)
def test_what_keeps_one_where_one_is(told: list[Session], rule: str) -> None:
    step = one_step("bridge", told)
    assert (step.verdict, step.reason.rule) == ("same", f"progress.{rule}")
    assert step.now == step.was


def test_a_red_session_goes_one_step_down() -> None:
    step = one_step("bridge", sessions("bridge", 1, 1, 7))
    assert (step.verdict, step.reason.rule) == ("regress", "progress.red")
    assert seconds(step.now.dose) < seconds(step.was.dose)


def test_a_sign_to_stop_stops_everything() -> None:
    begun = ongoing("bridge", "pelvic_tilt_supine")
    told = [*sessions("bridge", 1, 1), Session(START, "bridge", stop_sign="heart")]
    steps = next_steps(begun, told, on=ON)
    assert [step.verdict for step in steps] == ["stop", "stop"]
    assert "chest pain" in steps[0].reason.say.en
    assert renewed(begun, steps, "en")["exercises"] == []


def test_what_is_barred_clashes_or_takes_too_long_is_not_the_next_step() -> None:
    one = next(one for one in exercises("low_back") if one.harder and all(s.exercise for s in one.harder))
    told = sessions(one.name, 1, 1)
    others = frozenset(step.exercise for step in one.harder)
    free = one_step(one.name, told)
    assert free.verdict == "progress"
    assert free.now.name in others
    kept = one_step(one.name, told, replace(ongoing(one.name), barred=others))
    assert (kept.verdict, kept.reason.rule) == ("same", "progress.barred")
    short = one_step(one.name, told, ongoing(one.name, minutes=0.5))
    assert (short.verdict, short.reason.rule) == ("same", "progress.no_time")
    beside = next_steps(ongoing(one.name, free.now.name), told, on=ON)[0]
    assert (beside.verdict, beside.now.name) == ("same", one.name) or beside.now.name != free.now.name


@pytest.mark.parametrize("name", [one.name for one in exercises()])
def test_every_ladder_can_be_climbed_and_descended_to_its_ends(name: str) -> None:
    """Ten good fortnights, then as many bad ones as it takes until it is to be left out."""
    begun, seen = ongoing(name), set()
    on = ON
    for pain in (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, *[9] * 60):
        own = begun.exercises[0]
        told = [Session(on + timedelta(days=day), own.name, 1000, 1.0, pain, pain == 1) for day in (1, 3)]
        on += timedelta(days=14)
        (step,) = next_steps(begun, told, on=on)
        allowed = ("progress", "same") if pain == 1 else ("regress", "stop")
        assert step.verdict in allowed
        if step.verdict == "stop":
            break
        seen.add((step.now.name, step.now.rung))
        begun = replace(begun, exercises=(step.now,))
    else:
        pytest.fail("no end of easier steps")
    assert seen


def test_the_renewed_programme_can_be_read_again() -> None:
    case, result = person({"hip_extensor_weakness": 0.8}, pain_now=2)
    told = json.loads(json.dumps(programme(result, case, start=START).as_dict()))
    begun = read_ongoing(told)
    names = [one.name for one in begun.exercises]
    diary = [session for name in names for session in sessions(name, 1, 1)]
    steps = next_steps(begun, diary, on=ON)
    assert "progress" in [step.verdict for step in steps]
    again = json.loads(json.dumps(renewed(begun, steps, "ja")))
    assert [one.name for one in read_ongoing(again).exercises] == [step.now.name for step in steps]
    assert [one.dose for one in read_ongoing(again).exercises] == [step.now.dose for step in steps]
    assert again["minutes"] <= 20
    for language in ("en", "ja"):
        assert exercise(names[0]).title.text(language) in steps_in_words(steps, language)
        assert json.dumps([step.as_dict(language, "low_back") for step in steps])


@given(
    name=st.sampled_from([one.name for one in exercises("low_back")]),
    pains=st.lists(st.tuples(st.integers(0, 10), st.booleans()), max_size=5),
    share=st.floats(0.1, 1.0),
)
@settings(max_examples=60)
def test_after_pain_nothing_gets_harder(name: str, pains: list[tuple[int, bool]], share: float) -> None:
    begun = ongoing(name)
    fewer = max(1, round(begun.exercises[0].dose.repetitions * share))
    dose = msgspec.structs.replace(begun.exercises[0].dose, repetitions=fewer)
    begun = replace(begun, exercises=(replace(begun.exercises[0], dose=dose),))
    told = [
        Session(START + timedelta(days=i), name, 1000, 1.0, pain, settled)
        for i, (pain, settled) in enumerate(pains)
    ]
    step = one_step(name, told, begun)
    if step.verdict == "progress":
        assert all(pain <= 3 and settled for pain, settled in pains[-2:])
    if pains and pains[-1][0] > 5:
        assert step.verdict in ("regress", "stop", "same")
        assert seconds(step.now.dose) <= seconds(dose) or step.now.name != name or step.now.rung < 0


def test_seconds_that_the_coach_counted_are_as_good_as_a_count() -> None:
    held = next(one for one in exercises() if one.dose.hold_s >= 5 and not one.dose.minutes)
    needed = held.dose.sets * held.dose.repetitions * (2 if held.dose.per_side else 1) * held.dose.hold_s
    enough, short = (
        [replace(s, done=None, held_s=t) for s in sessions(held.name, 1, 1)] for t in (needed, needed - 1)
    )
    assert one_step(held.name, short).reason.rule == "progress.not_whole"
    assert one_step(held.name, enough).reason.rule != "progress.not_whole"
