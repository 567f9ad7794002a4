"""Pieces of the back check's page: every one takes plain words and gives markup; nothing else may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from mitate.back.check_style import STYLE

__all__ = [
    "Cell",
    "card",
    "described",
    "details",
    "figure",
    "heading",
    "image",
    "items",
    "link",
    "meter",
    "page",
    "paragraph",
    "section",
    "table",
]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        words: plain.
        below: more plain words, smaller and below.
        drawing: markup that stands above the words.
        strong: whether the words are bold.
    """

    words: str
    below: str = ""
    drawing: str = ""
    strong: bool = False


def paragraph(words: str, style: str = "") -> str:
    """Plain words as a paragraph."""
    return f"<p{_class(style)}>{escape(words)}</p>"


def heading(level: int, words: str, name: str = "") -> str:
    """A heading; `name` is what links lead to."""
    place = f' id="{escape(name)}"' if name else ""
    return f"<h{level}{place}>{escape(words)}</h{level}>"


def section(title: str, *parts: str, name: str = "", style: str = "") -> str:
    """A part of the page under a heading of its own."""
    place = f' id="{escape(name)}"' if name else ""
    return f"<section{place}{_class(style)}><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def card(title: str, *parts: str, kind: str = "", level: int = 3) -> str:
    """A box beside the flow: ``alarm``, ``care`` or ``fine``."""
    return f'<div class="card {kind}">{heading(level, title)}{"".join(parts)}</div>'


def items(lines: Iterable[str], *, ordered: bool = False, style: str = "") -> str:
    """Plain sentences as a list; nothing where there are none."""
    rows = "".join(f"<li>{escape(line)}</li>" for line in lines)
    tag = "ol" if ordered else "ul"
    return f"<{tag}{_class(style)}>{rows}</{tag}>" if rows else ""


def details(title: str, *parts: str) -> str:
    """What is folded away until it is asked for; print shows it."""
    return f"<details><summary>{escape(title)}</summary>{''.join(parts)}</details>"


def link(target: str, words: str) -> str:
    """A link to a place of this page or a file beside it."""
    return f'<a href="{escape(target)}">{escape(words)}</a>'


def image(source: str, alt: str, size: tuple[int, int] | None = None, style: str = "") -> str:
    """A picture beside the page."""
    sides = "" if size is None else f' width="{size[0]}" height="{size[1]}"'
    return f'<img src="{escape(source)}" alt="{escape(alt)}"{sides}{_class(style)}>'


def figure(drawing: str, words: str, style: str = "") -> str:
    """A drawing or picture (markup) with plain words below it."""
    return f"<figure{_class(style)}>{drawing}<figcaption>{escape(words)}</figcaption></figure>"


def meter(share: float, words: str) -> str:
    """A share as a bar, with the words that say the same."""
    width = f"{100 * min(1.0, max(0.0, share)):.0f}"
    inside = f'<span style="width:{width}%"></span>'
    return f'<div class="meter" role="img" aria-label="{escape(words)}">{inside}</div>'


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], style: str = "") -> str:
    """A table whose first column names the row; on a phone each row becomes a card. Nothing without rows.

    Roles are given in full: a table that is laid out as cards would lose them.
    """
    lines = []
    for first, *rest in rows:
        cells = f'<th scope="row" role="rowheader">{_inside(first)}</th>'
        for name, cell in zip(head[1:], rest, strict=True):
            strong = _class("strong" if cell.strong else "")
            cells += f'<td role="cell" data-label="{escape(name)}"{strong}><span>{_inside(cell)}</span></td>'
        lines.append(f'<tr role="row">{cells}</tr>')
    if not lines:
        return ""
    top = "".join(f'<th scope="col" role="columnheader">{escape(name)}</th>' for name in head)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f'<table role="table" class="{f"folds {style}".strip()}"><caption>{escape(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{top}</tr></thead>'
        f'<tbody role="rowgroup">{"".join(lines)}</tbody></table></div>'
    )


def _inside(cell: Cell) -> str:
    below = f'<span class="below">{escape(cell.below)}</span>' if cell.below else ""
    return f"{cell.drawing}{escape(cell.words)}{below}"


def described(pairs: Iterable[tuple[str, str]]) -> str:
    """Names with what they are."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(what)}</dd>" for name, what in pairs)
    return f"<dl>{rows}</dl>"


def page(title: str, banner: str, body: str, *, language: str, skip: str) -> str:
    """The whole file.

    Args:
        title, banner, skip: plain words; `skip` leads the keyboard past the banner.
        body: markup.
        language: ``en`` or ``ja``.
    """
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#content">{escape(skip)}</a>\n'
        f'<p class="banner" role="note">{escape(banner)}</p>\n'
        f'<main id="content">\n{body}\n</main>\n</body>\n</html>\n'
    )


def _class(style: str) -> str:
    return f' class="{style}"' if style else ""
