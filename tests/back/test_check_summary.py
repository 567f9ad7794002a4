from __future__ import annotations

from dataclasses import replace

import pytest
from tests.back.checked import ANSWERS, checked

from mitate.abduce.language import Atom
from mitate.back.check import BackCheck
from mitate.back.check_summary import doctor_lines, flag_lines, not_judged, seen_lines, verdict_of
from mitate.back.check_words import Say

FIRST, SECOND, THIRD = Atom("restricted_hip_flexion"), Atom("guarded_movement"), Atom("postural_strain")


def with_shares(*shares: tuple[Atom, float]) -> BackCheck:
    """A check whose causes have these shares, the first of them alone in the best explanation."""
    check = checked()
    posterior = check.result.posterior
    assert posterior is not None
    best = replace(check.result.explanations[0], causes=(shares[0][0],))
    result = replace(check.result, posterior=replace(posterior, causes=dict(shares)), explanations=(best,))
    return replace(check, result=result)


@pytest.mark.parametrize(
    ("shares", "starts", "several", "also"),
    [
        ([(FIRST, 0.95), (SECOND, 0.04)], "What fits best: the hips", 0, False),
        ([(FIRST, 0.6), (SECOND, 0.3)], "What fits best: the hips", 0, True),
        ([(FIRST, 0.4), (SECOND, 0.3), (THIRD, 0.2)], "It is not clear yet. These", 3, False),
        ([(FIRST, 0.4), (SECOND, 0.1)], "It is not clear yet. What", 0, False),
    ],
)
def test_how_sure_it_is_decides_how_it_is_said(
    shares: list[tuple[Atom, float]], starts: str, several: int, also: bool
) -> None:
    found = verdict_of(with_shares(*shares), Say("en"))
    assert found.words.startswith(starts)
    assert len(found.several) == several
    assert bool(found.also) == also
    assert found.share == shares[0][1]


def test_causes_are_plain_in_japanese_too() -> None:
    found = verdict_of(with_shares((FIRST, 0.95)), Say("ja"))
    assert "脚の付け根" in found.words
    assert Say("ja").cause(Atom("restricted_hip_extension", ("left",))).startswith("左の股関節")


def test_flags_that_were_answered_are_not_asked_again() -> None:
    say = Say("en")
    assert flag_lines(checked(), say) == []
    some = checked({**ANSWERS, "red_flags": {"saddle_anaesthesia": False}})
    assert "numbness where a saddle would touch" not in flag_lines(some, say)
    assert flag_lines(some, say)


def test_what_sends_to_a_doctor_is_always_said() -> None:
    at_once, soon = doctor_lines(checked(), Say("en"))
    assert len(at_once) == 4
    assert any("2026" in line for line in soon)


def test_what_was_not_judged_has_a_reason_and_a_remedy() -> None:
    found = {line.what: line for line in not_judged(checked(), Say("en"))}
    assert found["Trunk turn"].why == "The picture is too dark"
    assert found["Trunk turn"].todo
    assert "Backward bend" in found


def test_without_answers_the_films_alone_are_said_to_be_the_ground() -> None:
    assert any("films alone" in line for line in seen_lines(checked({}), Say("en")))
    assert not any("films alone" in line for line in seen_lines(checked(), Say("en")))


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [(-0.2, "deg", "0°"), (-12.4, "deg", "−12°"), (5.26, "cm", "5.3\u00a0cm"), (0.414, "", "0.41")],
)
def test_numbers_are_no_finer_than_they_are_worth(value: float, unit: str, shown: str) -> None:
    assert Say("en").number(value, unit) == shown


def test_no_share_is_called_whole() -> None:
    say = Say("en")
    assert say.share(1.0) == ">99\u00a0%"
    assert say.share(0.001) == "<1\u00a0%"
    assert say.limits(42.0, None, "deg") == "at least 42°"
