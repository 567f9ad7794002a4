"""Findings: something in a knowledge base to mend or to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Entry", "Finding", "error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend (error) or to look at (warning).

    Attributes:
        what: one plain sentence without a full stop.
        where: ``file:line``.
        todo: what can be done about it, if that is clear.
    """

    severity: Literal["error", "warning"]
    what: str
    where: str
    todo: str | None = None


Entry = tuple[int, Literal["error", "warning"], str, str | None]
"""A finding before its line is told as file and line: line, severity, what, todo."""


def warning(line: int, what: str, todo: str | None = None) -> Entry:
    """Something to look at."""
    return line, "warning", what, todo


def error(line: int, what: str, todo: str | None = None) -> Entry:
    """Something to mend."""
    return line, "error", what, todo
