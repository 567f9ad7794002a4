from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import Any

import msgspec
import pytest

from mitate.back.toml_lines import line_of, line_of_error

TEXT = """title = "a"

[steps]
en = [
    "one",
]

[[serves]]  # the first
cause = "b"

[[serves]]
cause = "c"
why = { en = "d", ja = "e" }

[coach]
"odd" = 1

[[coach.faults]]
name = "f"
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("title", 1),
        ("steps", 3),
        ("steps.en", 4),
        ("steps.en[0]", 4),
        ("serves", 8),
        ("serves[0]", 8),
        ("serves[0].cause", 9),
        ("serves[1].cause", 12),
        ("serves[1].why.ja", 13),
        ("serves[1].nothing", 11),
        ("serves[7].cause", 8),
        ("coach.odd", 16),
        ("coach.faults[0].name", 19),
        ("nowhere.at[3].all", 1),
        ("", 1),
    ],
)
def test_a_place_has_its_line_or_that_of_what_holds_it(place: str, line: int) -> None:
    assert line_of(TEXT, place) == line


def keys(value: Any, place: str = "") -> Iterator[str]:
    """Every place within what was read."""
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from keys(inside, f"{place}.{name}" if place else name)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, inside in enumerate(value):
            yield from keys(inside, f"{place}[{number}]")
    else:
        yield place


def test_every_place_of_every_exercise_is_found_at_a_line_that_names_it() -> None:
    folder = resources.files("mitate.back") / "knowledge" / "exercises"
    for file in folder.iterdir():
        text = file.read_text("utf-8")
        for place in keys(tomllib.loads(text)):
            line = text.splitlines()[line_of(text, place) - 1]
            assert place.rpartition(".")[2].split("[")[0] in line, (file.name, place)


class Two(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    serves: list[dict[str, str]]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('title = "a"\nserves = 3', 2),
        ('title = "a"\n\n[[serves]]\na = "b"\n[[serves]]\nb = 1', 5),
        ('title = "a"\nx = ]', 2),
        ('title = "a"\nx = [1,\n\n', 4),
        ('title = "a"', 1),
    ],
)
def test_an_error_has_its_line(text: str, line: int) -> None:
    with pytest.raises(msgspec.DecodeError) as caught:
        msgspec.toml.decode(text, type=Two)
    assert line_of_error(text, str(caught.value)) == line
