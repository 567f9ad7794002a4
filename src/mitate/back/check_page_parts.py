"""Pieces that only the back check's page has: links and pictures beside it, a share as a bar, names."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from mitate.paper.parts import marked

__all__ = ["described", "image", "link", "meter"]


def link(target: str, words: str) -> str:
    """A link to a place of this page or a file beside it."""
    return f'<a href="{escape(target)}">{escape(words)}</a>'


def image(source: str, alt: str, size: tuple[int, int] | None = None, style: str = "") -> str:
    """A picture beside the page."""
    sides = "" if size is None else f' width="{size[0]}" height="{size[1]}"'
    return f'<img src="{escape(source)}" alt="{escape(alt)}"{sides}{marked("class", style)}>'


def meter(share: float, words: str) -> str:
    """A share as a bar, with the words that say the same."""
    width = f"{100 * min(1.0, max(0.0, share)):.0f}"
    inside = f'<span style="width:{width}%"></span>'
    return f'<div class="meter" role="img" aria-label="{escape(words)}">{inside}</div>'


def described(pairs: Iterable[tuple[str, str]]) -> str:
    """Names with what they are."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(what)}</dd>" for name, what in pairs)
    return f"<dl>{rows}</dl>"
