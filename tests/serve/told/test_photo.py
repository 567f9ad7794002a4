"""What is said of a photo: words first, never more than is known, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.serve.pages.photo_rows import diagnosis, matches, photo_result

from mitate.record.captures import PHOTO, CaptureFacts, KnownCapture
from mitate.serve.told.photo import PhotoTold, percent_words, photo_told, short_answer
from mitate.serve.words import LANGUAGES, Say

AT = datetime(2026, 11, 1, tzinfo=UTC)


def known(result: dict[str, Any] | None, state: str = "done") -> KnownCapture:
    return KnownCapture("f" * 32, "e" * 32, None, PHOTO, AT, state, CaptureFacts(), result, AT)


def told(language: str = "en", state: str = "done", **result: Any) -> PhotoTold:
    found = photo_told(known(photo_result(**result), state), Say(language))
    assert found is not None
    return found


@given(st.floats(0, 1))
def test_nothing_is_certain(share: float) -> None:
    assert percent_words(share, Say("en")) not in ("0 %", "100 %")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", ["one", "several", "none_of_these", "cannot_tell"])
def test_every_answer_has_words_and_no_alarm(outcome: str, language: str) -> None:
    found = told(language, diagnosis=diagnosis(outcome))
    assert found.told.headline
    assert found.told.tone == "unsure"
    assert found.told.call == ""
    assert found.if_one == (outcome == "none_of_these")
    assert len(found.classes) == 2
    assert short_answer(known(photo_result(diagnosis=diagnosis(outcome))), Say(language))


def test_what_is_left_its_coverage_and_what_none_means() -> None:
    assert "amber" in told().told.headline
    assert "90" in told().told.lines[0]
    assert "amber or blue" in told(diagnosis=diagnosis("several")).told.headline
    assert "amberまたは" not in told("ja", diagnosis=diagnosis("several")).told.headline
    assert "does not mean healthy" in told(diagnosis=diagnosis("none_of_these")).told.lines[0]
    assert "another photo" in told(diagnosis=diagnosis("cannot_tell")).told.advice[0]
    assert told().classes[0].probability == "over 99 %"
    assert (told().nearest[0].similarity, told().nearest_of) == ("0.75", 30)


def test_doubts_stand_beside_the_answer_the_gravest_first() -> None:
    whole = told(learned_from=True, poorer=True, notes=["blurred"], matches=matches(odd=True))
    assert "learned from" in whole.doubts[0]
    assert "simulated" in whole.doubts[1]
    text = " ".join(whole.doubts)
    for words in ("poorer", "95 of 100", "blurred", "0.80 of 1"):
        assert words in text
    assert whole.simulated
    real = told(diagnosis=diagnosis(trained_on="our faces"), matches=None)
    assert not real.simulated
    assert real.trained_on == "our faces"
    assert "simulated" not in " ".join(real.doubts)


def test_a_gallery_alone_tells_no_class() -> None:
    found = told(diagnosis=None)
    assert "No class is told" in found.told.headline
    assert found.classes == ()
    assert short_answer(known(photo_result(diagnosis=None)), Say("en")) == "nearest: coral"


def test_too_poor_a_photo_is_told_by_what_is_wrong_with_it() -> None:
    poor = diagnosis("cannot_tell", reason="blurred", candidates=[])
    assert told(diagnosis=poor).told.headline == "The face is blurred."


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusals_and_failures_say_what_to_do(language: str) -> None:
    for reason in ("no_face", "too_big", "wrong_model", "never heard of"):
        refusal = {"refusal": {"reason": reason}, "diagnosis": None, "matches": None}
        found = told(language, "refused", **refusal)
        assert found.told.headline
        assert found.told.advice
    failed = photo_told(known(None, "failed"), Say(language))
    assert failed is not None
    assert failed.told.advice
    assert photo_told(known(None, "reading"), Say(language)) is None
    assert short_answer(known(None, "waiting"), Say(language)) == ""
