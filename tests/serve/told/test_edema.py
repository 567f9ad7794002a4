"""A session in words: never a number without what it may be off by, never more certain than it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.serve.told.edema import edema_told
from mitate.serve.told.numbers import between, excess_headline
from mitate.serve.told.types import Told
from mitate.serve.words import Say

ESTIMATE = {
    "excess_kg": 1.9, "sd_kg": 0.3, "interval_90": [1.4, 2.4], "trained_on": "simulated", "n_labelled": 6,
    "unfamiliarity": 1.0,
}  # fmt: skip
CHANGE = {"change_kg": -2.2, "interval_90": [-2.9, -1.5], "trained_on": "simulated", "unfamiliarity": 1.0}


def told(context: str = "other", on: bool = False, language: str = "en", **changed: Any) -> tuple[Told, str]:
    result: dict[str, Any] = {"n_frames": 90, "quality": 0.9, "warnings": []}
    result["estimate"] = {**ESTIMATE, **changed.pop("estimate", {})}
    said = edema_told({**result, **changed}, context, on, "Ward 3, telephone 0123", Say(language))
    return said, " ".join((said.headline, *said.lines, *said.advice))


def test_the_headline_is_as_the_issue_says_it() -> None:
    said, everything = told()
    assert said.headline == "About 1.9 kg over your dry weight, give or take 0.5 kg."
    assert (
        told(language="ja")[0].headline == "ドライウェイトより約1.9 kg多いようです（誤差は上下0.5 kgほど）。"
    )
    assert "simulated" in everything
    assert "not a medical device" in everything
    assert said.tone == "watch"
    assert said.call == ""


def test_before_dialysis_fluid_is_no_news_and_an_alarm_calls_somebody() -> None:
    assert told("pre")[0].tone == "calm"
    said, everything = told(on=True)
    assert said.tone == "alarm"
    assert said.call == "Ward 3, telephone 0123"
    assert "emergency" in everything
    assert told(estimate={"excess_kg": 0.02, "interval_90": [-0.5, 0.5]})[0].headline.startswith("About at")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"estimate": {"interval_90": [-1.0, 4.8]}}, "says little"),
        ({"estimate": {"unfamiliarity": 4.0, "interval_90": [0.2, 3.0]}}, "unlike your earlier ones"),
        ({"n_frames": 4, "estimate": {"interval_90": [0.2, 3.0]}}, "only 4"),
        ({"quality": 0.3, "estimate": {"interval_90": [0.2, 3.0]}}, "poor"),
        (
            {
                "warnings": ["no blink and no turn: is this a film of a picture?"],
                "estimate": {"interval_90": [0.2, 3.0]},
            },
            "film of a picture",
        ),
    ],
)
def test_what_is_less_sure_is_said_to_be(changed: dict[str, Any], words: str) -> None:
    said, everything = told(**changed)
    assert words in everything
    assert said.tone == "unsure"


def test_a_session_that_the_model_learned_from_says_so() -> None:
    assert "Your weight of this time was left out" in told(learned_from=True)[1]
    assert "この回の体重を使わずに" in told(learned_from=True, language="ja")[1]
    assert "does not know your weight yet" in told(estimate={"n_labelled": 0})[1]


def test_without_a_dry_weight_kilograms_are_over_the_usual_weight_after_dialysis() -> None:
    said, everything = told(dry_weight="estimated")
    assert said.headline == "About 1.9 kg over your usual weight after dialysis, give or take 0.5 kg."
    assert "has not entered a dry weight" in everything
    assert "over your dry weight" not in everything
    japanese = told(dry_weight="estimated", language="ja")[0]
    assert japanese.headline.startswith("いつもの透析後の体重より約1.9 kg多い")
    for kg in (-1.0, 0.0):
        changed = {"excess_kg": kg, "interval_90": [kg - 0.5, kg + 0.5]}
        assert "usual weight" in told(dry_weight="estimated", estimate=changed)[0].headline


def test_what_was_told_first_stays_said_where_it_is_another_number_now() -> None:
    first = {"excess_kg": 1.2, "interval_90": [0.6, 1.8], "model_id": "a", "dry_weight": "entered"}
    assert "About 1.2 kg over your dry weight, give or take 0.6 kg." in told(told_first=first)[1]
    assert "1.2 kg" in told(told_first=first, language="ja")[1]
    near = {**first, "excess_kg": 1.85}
    assert "first told" not in told(told_first=near)[1]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_session_that_others_are_compared_with_has_no_kilograms(language: str) -> None:
    result = {"estimate": None, "change": None, "reference": True, "n_frames": 90, "quality": 0.9}
    said = edema_told(result, "post", False, "", Say(language))
    words = {"en": "Later films are compared with", "ja": "これからの動画は"}
    assert words[language] in said.headline
    assert not re.search(r"\d\.\d", " ".join((said.headline, *said.lines)))


def test_a_missing_dry_weight_is_said_to_be_missing() -> None:
    result = {
        "estimate": None,
        "change": CHANGE,
        "since": {"at": "2026-01-05T12:00:00+00:00", "capture": "0"},
    }
    for dry_entered in (False, True):
        said = edema_told(result, "other", False, "", Say("en"), dry_entered=dry_entered)
        assert ("once one is entered" in " ".join(said.lines)) is not dry_entered


@pytest.mark.parametrize(
    ("change", "headline"),
    [
        ({}, "About 2.2 kg less fluid than on 5 January, give or take 0.7 kg."),
        ({"change_kg": 0.4, "interval_90": [-0.3, 1.1]}, "No clear change since 5 January."),
        (
            {"change_kg": 1.4, "interval_90": [0.9, 1.9]},
            "About 1.4 kg more fluid than on 5 January, give or take 0.5 kg.",
        ),
    ],
)
def test_a_change_without_a_model(change: dict[str, Any], headline: str) -> None:
    result = {
        "estimate": None,
        "change": {**CHANGE, **change},
        "since": {"at": "2026-01-05T12:00:00+00:00", "capture": "0"},
    }
    said = edema_told(result, "other", False, "", Say("en"))
    assert said.headline == headline
    assert "give or take" in " ".join((said.headline, *said.lines))


def test_of_two_films_of_one_day_the_time_is_said() -> None:
    then = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    result = {"change": CHANGE, "since": {"at": then.isoformat(), "capture": "0"}}
    clock = f"{then.astimezone():%H:%M}"
    for language, day in (("en", "5 January"), ("ja", "1月5日（月）")):
        same, later = (
            edema_told(result, "other", False, "", Say(language), at=then + timedelta(**passed)).headline
            for passed in ({"minutes": 4}, {"days": 2})
        )
        assert day in same
        assert clock in same
        assert day in later
        assert clock not in later


@pytest.mark.parametrize(("context", "tone"), [("pre", "calm"), ("post", "watch"), ("other", "watch")])
def test_a_rise_without_a_model_is_news_except_before_dialysis(context: str, tone: str) -> None:
    risen = {"change": {**CHANGE, "change_kg": 2.8, "interval_90": [0.8, 4.8]}}
    for weighed in (True, False):
        said = edema_told(risen, context, False, "", Say("en"), weighed=weighed)
        advice = " ".join(said.advice)
        assert said.tone == tone
        assert ("Film again tomorrow" in advice) is (tone == "watch")
        assert not (tone == "watch" and "Carry on" in advice)
        assert "call your clinic" in advice


def test_a_first_film() -> None:
    for language in ("en", "ja"):
        said = edema_told({"n_frames": 90, "quality": 0.9}, "other", False, "", Say(language))
        assert said.tone == "calm"
        assert not re.search(r"\d", said.headline)


@given(st.floats(-9, 9), st.floats(0.05, 4), st.sampled_from(("en", "ja")))
def test_no_kilograms_without_what_they_may_be_off_by(kg: float, half: float, language: str) -> None:
    say = Say(language)
    headline = excess_headline(say, kg, kg - half, kg + half)
    numbers = re.findall(r"\d+\.\d", headline)
    assert len(numbers) == (1 if round(abs(kg), 1) == 0 else 2)
    assert float(numbers[-1]) > 0
    low, high = (float(one) for one in re.findall(r"\d+\.\d", between(say, kg - half, kg + half)))
    if kg - half >= 0 or kg + half <= 0:
        assert low <= high


@pytest.mark.parametrize(
    "change", [None, {"change_kg": 0.6, "interval_90": [0.1, 1.1], "trained_on": "simulated"}]
)
def test_who_was_weighed_is_not_told_to_get_weighed(change: dict[str, Any] | None) -> None:
    result = {"n_frames": 90, "quality": 0.9, "change": change}
    told = {
        weighed: edema_told(result, "other", False, "", Say("en"), dry_entered=False, weighed=weighed)
        for weighed in (True, False)
    }
    assert "get weighed when you film" in " ".join(told[False].advice)
    assert "weighed" not in " ".join(told[True].advice)
    assert any("Carry on" in one for one in told[True].advice)
