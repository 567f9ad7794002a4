"""Pieces of the study's page: numbers in words, tables, drawings with their words, and how it all looks.

One file without scripts, fonts or pictures from elsewhere. Tables fold into cards on a phone, colours follow
the reader's choice of light or dark, and nothing is said by colour alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from mitate.figures import Figure

__all__ = [
    "Cell",
    "asked",
    "card",
    "cell",
    "contents",
    "counted",
    "details",
    "drawing",
    "grid",
    "interval",
    "listed",
    "number",
    "page",
    "paragraph",
    "reached",
    "section",
    "table",
    "told",
    "value_of",
]

_MINUS = "\u2212"
_FIXED = "\u00a0"  # a space that does not break
_DIGITS = {"%": 1, "points": 1, "kg": 2, "s": 1, "": 3}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: plain words, more plain words smaller and below, and a class of the style sheet."""

    words: str
    below: str = ""
    style: str = ""


def number(value: float, unit: str = "", *, plus: bool = False, finer: bool = False) -> str:
    """``96.1``, ``0.25``, ``−0.24``: digits by the unit, a true minus sign, a plus sign if asked.

    `finer` gives kilograms a third digit.
    """
    digits = _DIGITS.get(unit, 2) + (finer and unit == "kg")
    shown = f"{abs(value):.{digits}f}"
    if not float(shown):
        return shown
    sign = _MINUS if value < 0 else "+" if plus else ""
    return sign + shown


def interval(figure: Figure, *, finer: bool = False) -> str:
    """``94.2 to 97.8``, or nothing; differences in points have signs."""
    if figure.low is None or figure.high is None:
        return ""
    plus = figure.unit == "points"
    ends = (number(end, figure.unit, plus=plus, finer=finer) for end in (figure.low, figure.high))
    return " to ".join(ends).replace(" ", _FIXED)


def value_of(figure: Figure | None, *, plus: bool = False, bare: bool = False, finer: bool = False) -> str:
    """``96.1 %``, a dash where there is no figure; arguments as of `told`."""
    if figure is None:
        return "–"
    plus = plus or figure.unit == "points"
    value = number(figure.value, figure.unit, plus=plus, finer=finer)
    goal = figure.bar if finer else None
    if (
        goal is not None
        and figure.value != goal
        and value == number(goal, figure.unit, plus=plus, finer=True)
    ):
        value = f"{figure.value:.4f}".rstrip("0").replace("-", _MINUS)  # 0.2504 against 0.25
    unit = f"{_FIXED}{figure.unit}" if figure.unit and not bare else ""
    return value + unit


def told(figure: Figure | None, *, plus: bool = False, bare: bool = False, finer: bool = False) -> str:
    """``96.1 % (94.2 to 97.8)``, a dash where there is no figure.

    Args:
        plus: a sign also above 0; differences in points have one in any case.
        bare: without the unit, for tables that name it.
        finer: kilograms with a third digit.
    """
    value = value_of(figure, plus=plus, bare=bare, finer=finer)
    spread = interval(figure, finer=finer) if figure is not None else ""
    return f"{value} ({spread})" if spread else value


def cell(figure: Figure | None, *, plus: bool = False, bare: bool = False, style: str = "") -> Cell:
    """The value with its interval below it."""
    spread = interval(figure) if figure is not None else ""
    return Cell(value_of(figure, plus=plus, bare=bare), below=spread, style=style)


def asked(figure: Figure) -> str:
    """``≥ 97 %``: its goal."""
    if figure.bar is None:
        return "none"
    shown = f"{figure.bar:g}".replace("-", _MINUS)
    unit = f" {figure.unit}" if figure.unit else ""
    return f"{'≥' if figure.at_least else '≤'} {shown}{unit}".replace(" ", _FIXED)


def reached(figure: Figure) -> str:
    """Whether its goal is met, and whether its interval leaves that open."""
    if figure.bar is None or figure.met is None:
        return ""
    word = "met" if figure.met else "not met"
    if figure.low is not None and figure.high is not None and figure.low < figure.bar < figure.high:
        return f"{word}; interval crosses it"
    return word


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 patient``, ``2 patients``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}".replace(",", "\u202f")


def paragraph(words: str, *, style: str = "") -> str:
    """Plain words as a paragraph; nothing where there are none."""
    return f"<p{_class(style)}>{escape(words)}</p>" if words else ""


def section(title: str, *parts: str) -> str:
    """A part of the page under its own heading; nothing where there are no parts."""
    inside = "\n".join(part for part in parts if part)
    if not inside:
        return ""
    name = "".join(letter if letter.isalnum() else "-" for letter in title.lower()).strip("-")
    return f'<section aria-labelledby="{name}">\n<h2 id="{name}">{escape(title)}</h2>\n{inside}\n</section>'


def card(level: str, title: str, *parts: str) -> str:
    """A box that stands out, of markup: `level` is ``care`` or ``fine``."""
    return f'<div class="card {level}"><h3>{escape(title)}</h3>{"".join(parts)}</div>'


def details(summary: str, *parts: str) -> str:
    """Something to open for those who want it; printed open."""
    inside = "".join(parts)
    return f"<details><summary>{escape(summary)}</summary>{inside}</details>" if inside else ""


def contents(body: str) -> str:
    """Links to the sections of a body."""
    found = re.findall(r'<h2 id="([^"]+)">(.*?)</h2>', body)
    links = "".join(f'<li><a href="#{anchor}">{title}</a></li>' for anchor, title in found)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>'


def listed(lines: Iterable[str]) -> str:
    """Plain sentences as a list; nothing where there are none."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def drawing(markup: str, words: str) -> str:
    """A drawing with its words below it."""
    return f"<figure>{markup}<figcaption>{escape(words)}</figcaption></figure>" if markup else ""


def grid(*parts: str, small: bool = False) -> str:
    """Drawings beside each other where there is room."""
    inside = "".join(parts)
    return f'<div class="{"small" if small else "pair"}">{inside}</div>' if inside else ""


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str | Cell]]) -> str:
    """A table whose first column names the row; on a phone each row becomes a card. Nothing without rows.

    Roles are written out, because a table that is displayed as blocks is no table to some screen readers.
    """
    if not rows:
        return ""
    top = "".join(f'<th scope="col" role="columnheader">{escape(head)}</th>' for head in heads)
    lines = []
    for row in rows:
        first, *rest = (cell if isinstance(cell, Cell) else Cell(cell) for cell in row)
        cells = f'<th scope="row" role="rowheader"{_class(first.style)}>{_inside(first)}</th>'
        for head, cell in zip(heads[1:], rest, strict=True):
            cells += (
                f'<td role="cell" data-label="{escape(head)}"{_class(cell.style)}>'
                f"<span>{_inside(cell)}</span></td>"
            )
        lines.append(f'<tr role="row">{cells}</tr>')
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f'<table role="table"><caption>{escape(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{top}</tr></thead>'
        f'<tbody role="rowgroup">{"".join(lines)}</tbody></table></div>'
    )


def _inside(cell: Cell) -> str:
    below = f'<br><span class="below">{escape(cell.below)}</span>' if cell.below else ""
    return escape(cell.words) + below


def _class(style: str) -> str:
    return f' class="{style}"' if style else ""


def page(title: str, banner: str, body: str) -> str:
    """The whole file: plain title, plain words that stay above everything (or none), and markup."""
    body = body.replace(" %", f"{_FIXED}%").replace(" kg", f"{_FIXED}kg")
    above = f'<p class="banner" role="note">{escape(banner)}</p>' if banner else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{above}\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


_STYLE = """
:root { --ink: #1b1f24; --soft: #4b5563; --paper: #ffffff; --line: #c9d1da; --tint: #f2f5f8;
  --link: #0b57a4; --care: #8a5200; --care-tint: #fff4df; --fine: #1d6b3a; --fine-tint: #e9f6ee; }
@media (prefers-color-scheme: dark) { :root { --ink: #eceff3; --soft: #b4bdc8; --paper: #14171b;
  --line: #3b444f; --tint: #1f242b; --link: #8cc2ff; --care: #ffc66b; --care-tint: #36270d;
  --fine: #84d9a3; --fine-tint: #12301e; } }
* { box-sizing: border-box; }
html { font-size: 112.5%; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.55;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; }
main { max-width: 58rem; margin: 0 auto; padding: 1rem 1.1rem 4rem; }
.banner { margin: 0; padding: .5rem 1.1rem; background: #8a1014; color: #fff; font-weight: 700;
  text-align: center; position: sticky; top: 0; z-index: 1; max-width: none; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1rem 0 .3rem; text-wrap: balance; }
h2 { font-size: 1.35rem; line-height: 1.25; margin: 2.6rem 0 .6rem; padding-top: .8rem;
  border-top: 2px solid var(--line); text-wrap: balance; scroll-margin-top: 3rem; }
h3 { font-size: 1.08rem; margin: 1.6rem 0 .3rem; }
p, ul { margin: .5rem 0 .8rem; max-width: 44rem; overflow-wrap: break-word; }
ul { padding-left: 1.3rem; } li { margin: .2rem 0; }
.verdict { font-size: 1.2rem; line-height: 1.45; }
.soft, figcaption, caption { color: var(--soft); }
.card { border-left: .45rem solid var(--line); background: var(--tint); border-radius: .3rem;
  padding: .7rem 1rem .4rem; margin: .8rem 0; }
.card h3 { margin: 0 0 .3rem; }
.care { border-color: var(--care); background: var(--care-tint); } .care h3 { color: var(--care); }
.fine { border-color: var(--fine); background: var(--fine-tint); } .fine h3 { color: var(--fine); }
.wide { overflow-x: auto; margin: 1rem 0; }
.wide:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .92rem; }
caption { text-align: left; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0;
  border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { font-weight: 700; vertical-align: bottom; border-bottom: 2px solid var(--ink); }
tbody th { font-weight: 600; min-width: 8rem; }
.strong { font-weight: 700; } .missed { font-weight: 700; color: var(--care); }
.below { color: var(--soft); font-weight: 400; font-size: .9em; }
figure { margin: 1rem 0; break-inside: avoid; }
figure svg[role], figure img { width: 100%; height: auto; max-width: 34rem; }
.keys { list-style: none; padding: 0; font-size: .9rem; columns: 15rem; margin: .3rem 0; }
.keys li { break-inside: avoid; } svg.key { width: 2.4rem; height: .6rem; }
figcaption { font-size: .95rem; max-width: 44rem; }
.pair { display: grid; gap: 0 1.5rem; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); }
.small { display: grid; gap: .4rem 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(46%, 12rem), 1fr)); }
.small figure { margin: 0; }
nav ul { columns: 17rem; column-gap: 2rem; list-style: none; padding: 0; }
nav li { break-inside: avoid; } nav a, a { color: var(--link); }
details { margin: .8rem 0; } summary { cursor: pointer; color: var(--link); padding: .3rem 0; }
@media screen and (max-width: 40rem) {
  html { font-size: 106.25%; }
  table, tbody, tr, th, td, caption { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .8rem; margin: 0 0 .7rem; }
  th, td { border: 0; padding: .12rem 0; }
  td { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.5fr); gap: .8rem; }
  td::before { content: attr(data-label); color: var(--soft); font-weight: 400; }
  tbody th { font-size: 1.05em; }
}
@media print {
  :root { --ink: #000; --soft: #333; --paper: #fff; --line: #999; --tint: #f4f4f4; --care: #6b4000;
    --care-tint: #fff; --fine: #14522b; --fine-tint: #fff; --link: #000; color-scheme: light; }
  html { font-size: 10pt; } main { max-width: none; padding: 0; }
  .banner { position: static; color: #000; background: #fff; border: 3px solid #8a1014; }
  h2 { break-after: avoid; margin-top: 1.4rem; } .card, tr, figure { break-inside: avoid; }
  .pair { grid-template-columns: 1fr 1fr; } .small { grid-template-columns: repeat(4, 1fr); }
  details::details-content { content-visibility: visible; block-size: auto; }
  .wide { overflow: visible; } nav { display: none; } p, li { orphans: 3; widows: 3; }
}
"""
