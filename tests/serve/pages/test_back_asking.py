"""What stands between the interview in the record and a page."""

from __future__ import annotations

from typing import Any

import pytest

from mitate.back.interview import Choice, Interview, Item
from mitate.errors import InputError
from mitate.serve.pages.back_asking import asked, read_value

YES_NO = Item("question", "worse_sitting", "?", (Choice(True, "yes"), Choice(False, "no")))
SEVERAL = Item("question", "a(_)", "?", (Choice("left", "l"), Choice("right", "r")), several=True)
AGE = Item("age", "age", "?")


@pytest.mark.parametrize(
    ("item", "given", "value"),
    [
        (YES_NO, ["True"], True),
        (YES_NO, ["False"], False),
        (YES_NO, ["?"], None),
        (SEVERAL, ["left", "right"], ["left", "right"]),
        (SEVERAL, ["-"], []),
        (SEVERAL, ["left", "?"], None),
        (AGE, ["72"], 72),
        (AGE, ["", "?"], None),
    ],
)
def test_what_a_form_sends_is_what_the_interview_takes(item: Item, given: list[str], value: Any) -> None:
    assert read_value(item, given) == value


@pytest.mark.parametrize(
    ("item", "given"), [(YES_NO, []), (YES_NO, [""]), (AGE, ["old"]), (AGE, ["99999"]), (AGE, ["-3"])]
)
def test_nothing_and_no_number_are_asked_again(item: Item, given: list[str]) -> None:
    with pytest.raises(InputError):
        read_value(item, given)


def test_the_same_interview_is_asked_the_same_and_thought_of_once() -> None:
    first = asked(Interview({"region": "low_back", "person": {"age": 60, "sex": "female"}}))
    again = asked(Interview({"region": "low_back", "person": {"age": 60, "sex": "female"}}))
    assert again is first
    japanese = asked(Interview({"region": "low_back", "person": {"age": 60, "sex": "female"}}, language="ja"))
    assert japanese.item is not None
    assert first.item is not None
    assert (japanese.item.key, japanese.item.text != first.item.text) == (first.item.key, True)


def test_a_red_flag_says_where_to_go_in_the_language_of_who_reads() -> None:
    begun = Interview({"region": "low_back", "red_flags": {"saddle_anaesthesia": True}}, language="ja")
    over = asked(begun)
    assert (over.item, over.ended) == (None, "red_flag")
    assert over.stops[0].urgency == "emergency_now"
    assert "救急" in over.stops[0].where
