"""What the commands that reason share: options for language, number of answers and time, and percentages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mitate.errors import InputError

__all__ = ["Graph", "Language", "LanguageOption", "Most", "TimeLimit", "percent", "written"]


class Language(StrEnum):
    """The languages that labels and questions are written in."""

    en = "en"
    ja = "ja"


LanguageOption = Annotated[Language, typer.Option("--language", help="Of the words: en or ja.")]
Most = Annotated[int, typer.Option("--k", min=1, max=50, help="Explanations at most, the best first.")]
TimeLimit = Annotated[
    float,
    typer.Option(
        "--time-limit",
        min=0.01,
        max=3600,
        metavar="SECONDS",
        help="After which the best so far is the answer.",
    ),
]
Graph = Annotated[
    Path | None,
    typer.Option("--graph", metavar="FILE", help="Draw the best proof into this .svg or .png file."),
]


def percent(share: float) -> str:
    """A probability as it is read: one digit below ten percent, none above, never 0 or 100 by rounding."""
    if 0 < share < 0.001:
        return "<0.1 %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{100 * share:.1f} %" if share < 0.095 else f"{100 * share:.0f} %"


@contextmanager
def written(path: Path) -> Iterator[None]:
    """Turns what can go wrong with writing `path` inside the block into one clear error."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"cannot write this file: {error.strerror or error}",
            where=path,
            todo="check the folder and the right to write to it",
        ) from error
