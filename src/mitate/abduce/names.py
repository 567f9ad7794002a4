"""Names in messages: the nearest known one, and where in which file a line stands."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

__all__ = ["LINES_PER_FILE", "did_you_mean", "nearest", "place"]

LINES_PER_FILE = 1_000_000
"""The `line` of anything in the n-th file read (from 0) is n times this, plus its line there (from 1)."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like `name`, or None if none looks like it.

    Among equally like names the first in alphabetical order, so that a message is the same on every run.
    """
    found = difflib.get_close_matches(name[:100], sorted(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What to do about an unknown `name`: the nearest known one, else the known ones if they are few."""
    names = sorted(known)
    close = nearest(name, names)
    if close is not None:
        return f"did you mean {close}?"
    if not names:
        return "none is declared"
    few = ", ".join(names[:8])
    return f"known are {few}" + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def place(files: Sequence[str], line: int) -> str:
    """Where a `line` of a knowledge base made from `files` stands: ``file:line``, or the file alone."""
    index, within = divmod(line, LINES_PER_FILE)
    if index >= len(files):
        return str(line)
    return f"{files[index]}:{within}" if within else files[index]
