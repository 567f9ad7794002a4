from __future__ import annotations

import string
from datetime import date

import pytest
from tests.back.exercise_samples import aims, person, sample

from mitate.back._plan_words import ASSUMED, KINDS, WORDS
from mitate.back.exercise import Dose
from mitate.back.exercises import exercises
from mitate.back.plan_words import days_in_words, dose_in_words, exercise_in_words, in_words, steps_in_words
from mitate.back.programme import programme
from mitate.back.triage import red_flag_names

START = date(2026, 11, 23)


def fields(text: str) -> set[str]:
    """What is filled into a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["en"].keys() == WORDS["ja"].keys()
    for key, text in WORDS["en"].items():
        assert fields(text) == fields(WORDS["ja"][key]), key
        assert text
    assert all(len(set(pair)) == 2 for pair in (*KINDS.values(), *ASSUMED.values()))


def test_doses() -> None:
    dose = Dose(sets=2, repetitions=10, days_a_week=3, hold_s=3, rest_s=45, per_side=True)
    assert dose_in_words(dose) == "2 sets of 10 times, on each side, held 3 s, rest 45 s between sets"
    assert dose_in_words(dose, "ja") == "2セット、各10回、左右それぞれ、3秒保つ、セットの間に45秒休む"
    assert dose_in_words(Dose(sets=1, repetitions=8, days_a_week=3)) == "8 times"
    assert dose_in_words(Dose(sets=1, repetitions=1, days_a_week=5, minutes=10)) == "10 minutes"
    assert days_in_words((0, 2, 4)) == "Mon, Wed, Fri"
    assert days_in_words(range(7), "ja") == "毎日"


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", [one.name for one in exercises()])
def test_every_exercise_can_be_shown(name: str, language: str) -> None:
    one = next(one for one in exercises() if one.name == name)
    text = exercise_in_words(one, language)
    assert one.title.text(language) in text
    assert all(step in text for step in one.steps.text(language))
    assert all(aim.why.text(language) in text for aim in one.serves)
    assert "?" not in text.split(WORDS[language]["sources"])[-1].split("<")[0]


def test_the_first_page_is_what_to_do_today() -> None:
    to_lift = {"text": {"en": "text", "ja": "文"}, "exercise": "lift"}
    pool = [
        sample(
            "lift",
            serves=aims("hip_abductor_weakness"),
            dose={"sets": 2, "repetitions": 10, "days_a_week": 2, "per_side": True},
        ),
        sample("hard", serves=aims("hip_abductor_weakness"), level=3, easier=[to_lift]),
    ]
    flags = dict.fromkeys(red_flag_names(), False)
    case, result = person(
        {"hip_abductor_weakness(left)": 0.8, "sway_back_posture": 0.2}, flags=flags, age=82.0, days=3
    )
    plan = programme(result, case, start=START, pool=pool)
    first, _, details = in_words(plan).partition("── For the physiotherapist ──")
    assert "1. lift: 10 times, on each side" in first
    assert "on Mon, Fri" in first or "on Mon, Wed" in first
    assert "begin with the left side" in first
    assert "this way: text" in first
    assert "Fewer than three exercises" in first
    assert "artificial hip" in first  # not asked about, and bars what is planned
    assert "Stop when" in first
    assert "2026-12-21" in first
    assert "hip_abductor_weakness(left); expert" in details
    assert "dose.old" in details
    assert "hard:" in details
    assert "instead of hard" in details
    assert "none is known" in details
    assert "exact optimum" in details
    assert "[" not in first.replace("[hip_replacement]", "")


def test_red_flags_that_were_not_asked_about_come_first() -> None:
    case, result = person({})
    text = in_words(programme(result, case, start=START, pool=[sample("one")]))
    assert text.startswith("Before you begin")
    case, result = person({}, age=None)
    assert "the age" in in_words(programme(result, case, start=START, pool=[sample("one")])).splitlines()[1]


def test_nothing_under_way_is_said() -> None:
    assert steps_in_words(()) == "The programme has no exercises."
