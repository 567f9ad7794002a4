"""What no name has: control characters, halves of letters, and what turns the text round it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.errors import InputError
from mitate.record.letters import check_letters


@pytest.mark.parametrize("letter", ["\0", "\x1b", "\x7f", "\x9f", "\u202e", "\u2066", "\ud800", "\r"])
def test_what_no_name_has(letter: str) -> None:
    with pytest.raises(InputError) as told:
        check_letters(f"Hana{letter}Sato", "name")
    assert told.value.where == "name"


@pytest.mark.parametrize(
    "name", ["佐藤 花", "O'Brien-Łuc", "می\u200cخواهم", "two\nlines", "a\tb", "👩\u200d⚕️", "=1+1"]
)
def test_what_names_have(name: str) -> None:
    check_letters(name, "name")


@given(st.characters(categories=("L", "M", "N", "P", "S", "Zs")))
def test_every_letter_number_and_mark_is_one(letter: str) -> None:
    assert unicodedata.category(letter)
    check_letters(letter, "name")
