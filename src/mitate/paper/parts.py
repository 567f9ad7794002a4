"""Pieces of a page: every one takes plain words, escapes them, and gives markup.

What takes markup says so: `parts` and `drawing`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

__all__ = [
    "Cell",
    "card",
    "contents",
    "counted",
    "details",
    "figure",
    "grid",
    "heading",
    "listed",
    "marked",
    "paragraph",
    "picture",
    "section",
    "table",
]

_KINDS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        words: plain.
        below: more plain words, smaller and below.
        style: a class of the style sheet.
        short: of a heading, what stands in its place on a phone.
        shade: 0 to 1, how deep the cell is coloured.
        drawing: markup that stands before the words.
    """

    words: str
    below: str = ""
    style: str = ""
    short: str = ""
    shade: float = 0.0
    drawing: str = ""


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 person``, ``2 people``, ``12 000 photos``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}".replace(",", "\u202f")


def marked(name: str, value: str) -> str:
    """An attribute with a space before it; nothing where it has no value."""
    return f' {name}="{escape(value)}"' if value else ""


def paragraph(words: str, style: str = "") -> str:
    """Plain words as a paragraph; nothing where there are none."""
    return f"<p{marked('class', style)}>{escape(words)}</p>" if words else ""


def heading(level: int, words: str, name: str = "") -> str:
    """A heading of level 1 to 6; `name` is what links lead to."""
    return f"<h{level}{marked('id', name)}>{escape(words)}</h{level}>"


def section(title: str, *parts: str, name: str = "") -> str:
    """A part of the page under its own heading; nothing where there are no parts.

    Links lead to `name`, or else to the title with ``-`` for all that is no letter or digit.
    """
    inside = "\n".join(part for part in parts if part)
    if not inside:
        return ""
    name = name or "".join(letter if letter.isalnum() else "-" for letter in title.lower()).strip("-")
    return f'<section aria-labelledby="{escape(name)}">\n{heading(2, title, name)}\n{inside}\n</section>'


def contents(body: str) -> str:
    """Links to the sections of a body."""
    found = re.findall(r'<h2 id="([^"]+)">(.*?)</h2>', body)
    links = "".join(f'<li><a href="#{anchor}">{title}</a></li>' for anchor, title in found)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>'


def card(kind: str, title: str, *parts: str, level: int = 3) -> str:
    """A box that stands out: ``alarm``, ``care`` or ``fine``, its heading of `level`."""
    return f'<div class="card {kind}">{heading(level, title)}{"".join(parts)}</div>'


def details(summary: str, *parts: str) -> str:
    """Something to open for those who want it, printed open; nothing where there are no parts."""
    inside = "".join(parts)
    return f"<details><summary>{escape(summary)}</summary>{inside}</details>" if inside else ""


def listed(lines: Iterable[str], *, ordered: bool = False) -> str:
    """Plain sentences as a list; nothing where there are none."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    tag = "ol" if ordered else "ul"
    return f"<{tag}>{items}</{tag}>" if items else ""


def figure(drawing: str, words: str = "", *, name: str = "", style: str = "") -> str:
    """A drawing with a name in bold and words below it; nothing where there is no drawing."""
    if not drawing:
        return ""
    told = (f"<b>{escape(name)}</b><br>" if name else "") + escape(words)
    below = f"<figcaption>{told}</figcaption>" if told else ""
    return f"<figure{marked('class', style)}>{drawing}{below}</figure>"


def grid(*parts: str, style: str = "pair") -> str:
    """Pieces beside each other where there is room; nothing where there are none."""
    inside = "".join(parts)
    return f'<div class="{style}">{inside}</div>' if inside else ""


def picture(content: bytes, told: str, size: tuple[int, int] | None = None) -> str:
    """A PNG or JPEG within the page.

    Args:
        content: of its file.
        told: what it shows, for those who cannot see it.
        size: width and height, px.
    """
    kind = next((name for start, name in _KINDS.items() if content.startswith(start)), "png")
    code = base64.b64encode(content).decode("ascii")
    sides = "" if size is None else f' width="{size[0]}" height="{size[1]}"'
    return f'<img alt="{escape(told)}"{sides} src="data:image/{kind};base64,{code}">'


def table(
    caption: str,
    heads: Sequence[str | Cell],
    rows: Iterable[Sequence[str | Cell]],
    *,
    style: str = "folds",
) -> str:
    """A table whose first column names the row; nothing without rows.

    On a phone each row becomes a card where `style` has ``folds``. Roles are written out, because a table
    that is displayed as blocks is no table to some screen readers.
    """
    named = [_cell(head) for head in heads]
    lines = []
    for first, *rest in rows:
        head = _cell(first)
        cells = f'<th scope="row" role="rowheader"{marked("class", head.style)}>{_inside(head)}</th>'
        cells += "".join(_data(above, _cell(one)) for above, one in zip(named[1:], rest, strict=True))
        lines.append(f'<tr role="row">{cells}</tr>')
    if not lines:
        return ""
    top = "".join(f'<th scope="col" role="columnheader">{_inside(head)}</th>' for head in named)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f'<table role="table" class="{style}"><caption>{escape(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{top}</tr></thead>'
        f'<tbody role="rowgroup">{"".join(lines)}</tbody></table></div>'
    )


def _cell(words: str | Cell) -> Cell:
    return words if isinstance(words, Cell) else Cell(words)


def _data(head: Cell, cell: Cell) -> str:
    """A cell that says on a phone what column it is of."""
    shade = f' style="background: rgba(var(--heat), {0.55 * cell.shade:.2f})"' if cell.shade else ""
    return (
        f'<td role="cell" data-label="{escape(head.words)}"{marked("class", cell.style)}{shade}>'
        f"<span>{_inside(cell)}</span></td>"
    )


def _inside(cell: Cell) -> str:
    below = f'<br><span class="below">{escape(cell.below)}</span>' if cell.below else ""
    words = escape(cell.words)
    if cell.short:
        short = f'<span class="short" aria-hidden="true">{escape(cell.short)}</span>'
        words = f'<span class="long">{words}</span>{short}'
    return f"{cell.drawing}{words}{below}"
