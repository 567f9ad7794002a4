"""What every command shares: the option ``--json``, JSON of our results, and a progress bar."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from mitate.plain import plain

__all__ = ["Json", "Quantity", "plain", "print_json", "program", "progress_bar"]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


class Quantity(Protocol):
    """Takes what is being done, how much is done, how much there is (0 if unknown), and a word on it."""

    def __call__(self, what: str, done: float, total: float, detail: str = "") -> None: ...


def program() -> str:
    """How to type this program here: ``mitate`` where it is on the path, else where it lies."""
    if shutil.which("mitate"):
        return "mitate"
    beside = Path(sys.executable).parent / "mitate"
    return os.path.relpath(beside) if beside.exists() else f"{sys.executable} -m mitate"


def print_json(value: Any) -> None:
    """Prints `value` as one JSON object on standard output."""
    print(json.dumps(plain(value), ensure_ascii=False, indent=2, allow_nan=False))


@contextlib.contextmanager
def progress_bar(shown: bool, *, unit: str = "") -> Iterator[Quantity]:
    """A progress bar on standard error, one line for each thing that is being done.

    Args:
        shown: False gives a function that does nothing, as ``--json`` wants.
        unit: ``bytes`` to print sizes and speed, else the counts are printed bare.

    Yields:
        A function to call as often as wanted with what, done, total and, if wanted, a detail such as a loss.
    """
    if not shown:
        yield lambda what, done, total, detail="": None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    amounts: list[ProgressColumn] = (
        [DownloadColumn(), TransferSpeedColumn()] if unit == "bytes" else [MofNCompleteColumn()]
    )
    columns = [TextColumn("{task.description}"), BarColumn(), *amounts, TimeRemainingColumn()]
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, Any] = {}

        def move(what: str, done: float, total: float, detail: str = "") -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=None)
            said = f"{what}, {detail}" if detail else what
            bar.update(tasks[what], completed=done, total=total or None, description=said)

        yield move
