"""Parts of a room's benchmarks: run by name, skipped where their data are absent, written and printed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.rows import show
from mitate.figures import Figure, write_figures

__all__ = ["Part", "absent", "run", "write"]

Part = Callable[[Path], None]
"""Measures, and writes its rows into the file."""


def run(names: Sequence[str], parts: Mapping[str, Part], out: Path) -> int:
    """Run the named parts, or all; 2 where there is none of a name."""
    unknown = set(names) - set(parts)
    if unknown:
        told = f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(parts)}"
        print(told, file=sys.stderr)
        return 2
    for name in names or parts:
        print(f"== {name}")
        parts[name](out)
    return 0


def absent(path: Path) -> bool:
    """Whether shared data are not there, which is said."""
    if not path.exists():
        print(f"skipped: {path.name} is not in the shared data", file=sys.stderr)
    return not path.exists()


def write(out: Path, figures: list[Figure]) -> None:
    """Put figures into their file, and show them."""
    write_figures(out, figures)
    for figure in figures:
        show(figure)
