"""Rows of the web app's figures, which several programs write into one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.parts import write
from mitate.figures import Figure

__all__ = ["OUT", "none_of", "write_rows"]

OUT = Path(__file__).parents[1] / "docs" / "benchmarks" / "service.json"


def write_rows(rows: Sequence[Figure], out: Path = OUT) -> None:
    """Put rows into the file: those of the same name are replaced, all others stay; and show them."""
    write(out, list(rows))


def none_of(name: str, found: int, n: int, data: str) -> Figure:
    """How many of `n` something happened to that must happen to none.

    Where none was found, the upper end of the interval is ``1 - 0.05 ** (1 / n)`` of them: at a higher chance
    of each, none would be found in fewer than 5 of 100 studies (Hanley & Lippman-Hand, JAMA 1983).
    """
    high = n * (1 - 0.05 ** (1 / n)) if found == 0 and n else None
    return Figure(name, float(found), "", None if high is None else 0.0, high, n, data, 0.0, at_least=False)
