"""One correction at a time: what is unsafe first, then what is commonest; none again at once; true praise."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.back.coaching import SQUAT, exercise, words

from mitate.back.coach_rules import Corrector, Told, faults_of, say_of, see_of, value_of
from mitate.back.coach_words import GENERAL, MOST_WORDS, PRAISE, REACHED, SEE, UNSEEN, counted
from mitate.back.exercise import CoachFault, CoachPlan, Words
from mitate.back.exercises import exercises
from mitate.back.repetitions import Repetition

NAMES = ("slow", "unsafe", "wide")
PLAN = CoachPlan(
    signal="knee_flexion",
    view="side",
    least=20.0,
    target=(40.0, 80.0),
    faults=(
        CoachFault(name="slow", signal="tempo_out_s", less_than=1.0, say=words("s"), see=words("s")),
        CoachFault(name="unsafe", signal="hip_sag", more_than=5.0, say=words("u"), see=words("u")),
        CoachFault(name="wide", signal="hip_abduction", more_than=5.0, say=words("w"), see=words("w")),
    ),
)
DONE = Repetition(1.0, 2.0, 3.0, 2.8, 60.0, 1.0, 0.0, 1.0)
TIMES = np.arange(0, 4, 0.1)


def said(*seen: tuple[str, ...]) -> list[Told | None]:
    corrector = Corrector(PLAN)
    return [corrector(number, faults) for number, faults in enumerate(seen, 1)]


def test_unsafe_faults_are_said_at_once_and_before_others() -> None:
    assert said(("wide", "unsafe")) == [Told("unsafe")]
    assert said(("wide",), ("wide", "unsafe")) == [None, Told("unsafe")]


def test_others_are_said_once_they_are_seen_twice_the_commonest_first() -> None:
    assert said(("wide",), ("wide",)) == [None, Told("wide")]
    assert said(("wide", "slow"), ("slow",), ("wide", "slow"))[1] == Told("slow")


@given(st.lists(st.lists(st.sampled_from(NAMES), unique=True), min_size=1, max_size=30))
@settings(max_examples=60)
def test_nothing_is_repeated_within_three_repetitions_and_praise_is_true(seen: list[list[str]]) -> None:
    told = said(*map(tuple, seen))
    last: dict[str, int] = {}
    for number, one in enumerate(told):
        if one is None:
            continue
        if one.praise:
            assert one.fault in last
            assert not seen[number]
            assert not seen[number - 1]
        else:
            assert one.fault in seen[number]
            assert number - last.get(one.fault, -9) >= 3
            last[one.fault] = number


def test_praise_comes_once_when_a_corrected_fault_has_gone() -> None:
    told = said(("unsafe",), (), (), (), ())
    assert told == [Told("unsafe"), None, Told("unsafe", praise=True), None, None]
    assert said((), (), ()) == [None, None, None]


def test_a_value_is_read_when_its_fault_says() -> None:
    values = {"hip_sag": np.where(np.abs(TIMES - 2.0) < 0.35, 9.0, 1.0)}

    def at(when: str, *, relative: bool = False) -> float:
        fault = CoachFault(
            name="f",
            signal="hip_sag",
            at=when,  # type: ignore[arg-type]
            relative=relative,
            say=words("f"),
            see=words("f"),
        )
        return value_of(fault, TIMES, values, DONE, mirrored=False)

    assert at("peak") == 9.0
    assert at("start") == 1.0
    assert at("most") == 9.0
    assert at("least") == 1.0
    assert at("peak", relative=True) == 8.0
    values["hip_sag"][:] = np.nan
    assert np.isnan(at("peak"))


def test_the_other_side_is_looked_at_in_a_repetition_to_the_other_side() -> None:
    fault = CoachFault(name="k", signal="knee_flexion_left", more_than=50.0, say=words("k"), see=words("k"))
    values = {"knee_flexion_left": np.full(40, 10.0), "knee_flexion_right": np.full(40, 80.0)}
    assert value_of(fault, TIMES, values, DONE, mirrored=False) == 10.0
    assert value_of(fault, TIMES, values, DONE, mirrored=True) == 80.0
    lean = CoachFault(name="l", signal="trunk_side_lean", more_than=5.0, say=words("l"), see=words("l"))
    assert value_of(lean, TIMES, {"trunk_side_lean": np.full(40, 7.0)}, DONE, mirrored=True) == -7.0


def test_range_and_tempo_are_judged_in_every_exercise() -> None:
    one = exercise(SQUAT)
    values = {"trunk_lean": np.zeros(40), "knee_inward": np.full(40, np.nan)}

    def found(size: float, out: float, back: float) -> tuple[str, ...]:
        return faults_of(one, TIMES, values, Repetition(1, 2, 3, 2.8, size, out, 0.0, back))

    assert found(40, 1.5, 1.5) == ()
    assert found(14, 1.5, 1.5) == ("range_short",)
    assert found(90, 1.5, 1.5) == ("range_far",)
    assert found(40, 0.6, 0.6) == ("too_fast",)


def test_what_is_said_is_short_in_both_languages_and_has_words_for_every_fault() -> None:
    own: list[Words] = [*GENERAL.values(), *SEE.values(), *UNSEEN.values(), PRAISE, REACHED]
    own += [fault.say for one in exercises() for fault in one.coach.faults]
    assert [text.en for text in own if len(text.en.split()) > MOST_WORDS] == []
    assert all(text.ja and not text.ja.isascii() for text in own)
    for name in GENERAL:
        assert say_of(PLAN, name) == GENERAL[name]
        assert see_of(PLAN, name) == SEE[name]
    assert counted(2, "right").ja == "右 2"
