"""What the commands of ``mitate simulate`` share: where to, with how many processes, sizes of films."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from mitate.errors import InputError

__all__ = ["Out", "Workers", "sides"]

Out = Annotated[Path, typer.Argument(help="A new or empty folder, or one that was interrupted.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes.")]


def sides(size: str) -> tuple[int, int]:
    """Width and height in pixels of ``480x640``.

    Raises:
        InputError: it is written otherwise.
    """
    found = re.fullmatch(r"(\d{2,4})[x×](\d{2,4})", size)
    if not found:
        raise InputError(f"{size!r} is not a size", where="--size", todo="write it as 480x640")
    return int(found[1]), int(found[2])
