"""Words for a clinician: never certain, never without origin and intended use."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.diagnosis.in_words import diagnosis_in_words, percent
from mitate.diagnosis.model import SIMULATED
from mitate.diagnosis.results import INTENDED_USE, Candidate, Diagnosis, Outcome
from mitate.face.refusals import INSTRUCTIONS


def said(outcome: Outcome, inside: int, *, trained_on: str = "clinic", reason: str = "") -> Diagnosis:
    names = ("amber", "blue", "coral")
    shares = (0.9996, 0.0003, 0.0001)
    return Diagnosis(
        outcome=outcome,
        candidates=tuple(
            Candidate(name, share, 0.4 if place < inside else 0.02, place < inside)
            for place, (name, share) in enumerate(zip(names, shares, strict=True))
        ),
        coverage=90.0,
        reason=reason,
        todo="",
        quality=0.8,
        model_id="abc123",
        trained_on=trained_on,
    )


@given(st.floats(0, 1))
def test_nothing_is_certain(share: float) -> None:
    text = percent(share)
    assert text not in ("0 %", "100 %")
    assert text.endswith(" %")


@pytest.mark.parametrize(
    ("outcome", "inside", "first"),
    [
        ("one", 1, "One class is left: amber."),
        ("several", 2, "Several classes are left, which this photo does not tell apart: amber or blue."),
        ("none_of_these", 0, "None of these: "),
        ("cannot_tell", 3, "Cannot tell: no class could be ruled out."),
    ],
)
def test_each_outcome_is_said_first(outcome: Outcome, inside: int, first: str) -> None:
    text = diagnosis_in_words(said(outcome, inside))
    assert text.startswith(first)
    assert text.endswith(INTENDED_USE)
    assert "over 99 %" in text
    assert "under 1 %" in text
    assert "100 %" not in text
    assert "In 90 of 100 people" in text
    assert "Learned from: clinic. Model abc123." in text
    assert text.index("amber") < text.index("coral")
    assert max(map(len, text.splitlines())) < 220


def test_none_of_these_does_not_sound_like_healthy() -> None:
    text = diagnosis_in_words(said("none_of_these", 0))
    assert "It does not mean healthy." in text
    assert "If it had to be one of these:" in text


def test_simulated_is_said_loudly_and_once() -> None:
    found = replace(said("one", 1, trained_on="simulated"), notes=(SIMULATED, "the photo is poor"))
    text = diagnosis_in_words(found)
    assert "SIMULATED faces only: it says nothing about real people" in text
    assert SIMULATED not in text
    assert "Note: the photo is poor." in text


def test_a_refusal_says_what_is_wrong_and_what_to_do() -> None:
    what, todo = INSTRUCTIONS["blurred"]
    found = Diagnosis("cannot_tell", (), 90.0, "blurred", todo, None, "", "clinic", notes=(what,))
    lines = diagnosis_in_words(found).splitlines()
    assert lines[0] == f"Cannot tell: {what}."
    assert lines[1] == f"What to do: {todo}."
    assert not any("classes" in line for line in lines)
    assert "".join(lines).count(what) == 1
