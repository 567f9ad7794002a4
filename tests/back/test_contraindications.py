from __future__ import annotations

from typing import Any

import pytest
from tests.back.exercise_samples import not_when, person, sample

from mitate.abduce.language import Atom
from mitate.back.contraindications import LIKELY, ask_first, barred, covers, likely_causes, pattern
from mitate.back.exercise import Exercise
from mitate.errors import InputError


def by(
    one: Exercise, *others: Exercise, causes: dict[str, float] | None = None, **told: Any
) -> set[tuple[str, str]]:
    """What bars an exercise for a person."""
    case, result = person(causes, **told)
    return {(reason.by, reason.what) for reason in barred(one, case, result, pool=(one, *others))}


def test_a_limit_that_is_there_bars_and_one_that_is_not_does_not() -> None:
    one = sample("squat", not_when=not_when("knee_pain"))
    assert by(one, limits={"knee_pain": True}) == {("limit", "knee_pain")}
    assert by(one, limits={"knee_pain": False}) == set()
    assert by(one) == set()


def test_a_limit_that_was_not_asked_about_bars_what_is_hard() -> None:
    one = sample("squat", level=3, not_when=not_when("knee_pain"))
    assert by(one, level=3) == {("limit_not_asked", "knee_pain")}
    assert by(one, level=3, limits={"knee_pain": False}) == set()


def test_pregnancy_needs_no_answer_of_everybody() -> None:
    one = sample("squat", level=3, not_when=not_when("pregnant"))
    assert by(one, level=3) == {("limit_not_asked", "pregnant")}
    assert by(one, level=3, sex="male") == by(one, level=3, age=60.0) == set()
    assert by(one, level=3, sex="male", limits={"pregnant": True}) == {("limit", "pregnant")}


def test_observations_bar_with_their_values_or_without() -> None:
    plain, sided = (sample("bend", not_when=not_when(when)) for when in ("worse_bending", "hip_stiff(left)"))
    assert by(plain, seen=("worse_bending",)) == {("observation", "worse_bending")}
    assert by(sided, seen=("hip_stiff(right)",)) == set()
    assert by(sided, seen=("hip_stiff(left)",)) == {("observation", "hip_stiff(left)")}
    every = sample("bend", not_when=not_when("hip_stiff"))
    assert by(every, seen=("hip_stiff(right)",)) == {("observation", "hip_stiff(right)")}


def test_likely_causes_bar_and_unlikely_ones_do_not() -> None:
    one = sample("bend", not_when=not_when("control_impairment(flexion)"))
    assert by(one, causes={"control_impairment(flexion)": LIKELY}) == {
        ("cause", "control_impairment(flexion)")
    }
    assert by(one, causes={"control_impairment(flexion)": LIKELY - 0.01}) == set()
    assert by(one, causes={"control_impairment(frontal)": 0.9}) == set()


def test_a_red_flag_bars_everything() -> None:
    assert by(sample("walk"), flags={"saddle_anaesthesia": True}) == {("red_flag", "saddle_anaesthesia")}


def test_a_flag_that_does_not_stop_may_still_bar() -> None:
    one = sample("bend", not_when=not_when("osteoporosis"))
    assert by(one, flags={"osteoporosis": True}, age=45.0) == {("limit", "osteoporosis")}
    assert by(one, flags={"osteoporosis": False}, age=45.0) == set()
    steroids = sample("bend", not_when=not_when("prolonged_steroids"))
    assert ("red_flag", "prolonged_steroids") in by(steroids, flags={"prolonged_steroids": True}, age=45.0)


@pytest.mark.parametrize(
    ("start", "limit"),
    [
        ("supine", "cannot_get_to_floor"),
        ("floor_sitting", "cannot_get_to_floor"),
        ("prone", "cannot_lie_prone"),
        ("kneeling", "cannot_kneel"),
        ("hands_and_knees", "cannot_kneel"),
    ],
)
def test_where_an_exercise_starts_bars_who_cannot_get_there(start: str, limit: str) -> None:
    assert by(sample("one", start=start), limits={limit: True}) == {("limit", limit)}
    assert by(sample("one"), limits={limit: True}) == set()


@pytest.mark.parametrize(
    ("load", "limit"),
    [
        ("knee", "knee_pain"),
        ("balance", "balance_poor"),
        ("wrist", "wrist_pain"),
        ("shoulder", "shoulder_pain"),
        ("heart", "heart_symptoms"),
    ],
)
def test_what_an_exercise_loads_hard_bars_who_hurts_there(load: str, limit: str) -> None:
    assert by(sample("one", level=2, loads=[load]), limits={limit: True}) == {("limit", limit)}
    assert by(sample("one", level=1, loads=[load]), limits={limit: True}) == set()


def test_equipment_that_is_not_at_hand_bars() -> None:
    one = sample("pull", equipment=["band", "wall"])
    assert by(one) == {("equipment", "band")}
    assert by(one, equipment=["band"]) == set()
    assert by(sample("sit", equipment=["chair"]), equipment=[]) == {("equipment", "chair")}


def test_level_age_and_irritability() -> None:
    easy, middling, hard = (sample(f"level{level}", level=level, not_when=[]) for level in (1, 2, 3))
    assert by(hard) == {("level", "3")}
    assert by(middling, level=1) == {("level", "2")}
    assert by(hard, level=3, limits={}) == set()
    assert by(hard, level=3, age=80.0) == {("age", "level")}
    assert by(hard, level=3, age=79.9) == set()
    assert by(middling, pain_now=8) == {("irritability", "level")}
    assert by(easy, pain_now=8) == set()
    held = sample(
        "stretch", kind="mobility", dose={"sets": 1, "repetitions": 3, "days_a_week": 7, "hold_s": 20}
    )
    assert by(held, pain_now=8) == {("irritability", "end_of_range")}
    assert by(held, pain_now=3) == set()


def test_the_old_do_the_version_for_the_old() -> None:
    text = {"en": "text", "ja": "文"}
    light = sample("light")
    one = sample("one", elder={"text": text, "exercise": "light"})
    assert by(one, light, age=80.0) == {("age", "light")}
    assert by(one, light, age=70.0) == set()
    assert by(one, age=80.0) == set()  # the other one is not here
    both = sample("light", elder={"text": text, "exercise": "one"})
    assert by(one, both, age=80.0) == set()  # each names the other: neither is lost


def test_every_reason_says_why_in_both_languages() -> None:
    one = sample(
        "one", start="prone", level=3, equipment=["band"], not_when=not_when("knee_pain", "worse_bending")
    )
    case, result = person({}, seen=("worse_bending",), limits={"knee_pain": True}, pain_now=9, age=85.0)
    reasons = barred(one, case, result, pool=(one,))
    assert {reason.by for reason in reasons} >= {
        "limit",
        "limit_not_asked",
        "observation",
        "equipment",
        "age",
    }
    for reason in reasons:
        told = reason.as_dict("ja")
        assert told["why"]
        assert told["say"]
        assert reason.why.en
        assert told["source"]


def test_what_is_asked_first_leaves_out_most() -> None:
    pool = [sample("a", start="supine"), sample("b", start="prone"), sample("c", region="neck")]
    case, _ = person({}, limits={"pregnant": False})
    assert ask_first(case, pool) == ("cannot_get_to_floor", "hip_replacement", "cannot_lie_prone")
    case, _ = person({}, limits={"cannot_get_to_floor": True, "hip_replacement": False})
    assert ask_first(case, pool) == ("cannot_lie_prone",)


def test_patterns() -> None:
    assert pattern("lumbar_flexion(forward_bend, excessive)") == Atom(
        "lumbar_flexion", ("forward_bend", "excessive")
    )
    assert covers(pattern("a(_, x)"), Atom("a", ("y", "x")))
    assert not covers(pattern("a(_, x)"), Atom("a", ("y", "z")))
    assert not covers(pattern("a(x)"), Atom("a", ("x", "y")))
    assert not covers(pattern("a"), Atom("b"))


def test_likely_causes_are_those_of_the_posterior() -> None:
    _, result = person({"a": 0.5, "b": 0.15, "c": 0.14})
    assert [cause.predicate for cause in likely_causes(result)] == ["a", "b"]


def test_wishes_that_cannot_be_are_refused() -> None:
    case, result = person({}, minuts=3)
    with pytest.raises(InputError, match="Did you mean minutes"):
        barred(sample("one"), case, result, pool=())
