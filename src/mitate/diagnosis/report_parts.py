"""Pieces of a page: numbers in words, tables, pictures with their words, and how it all looks.

One file without scripts, fonts or pictures from elsewhere. Type is large, tables fold into cards on a phone,
colours follow the reader's choice of light or dark, and nothing is said by colour alone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.intervals import Estimate

__all__ = [
    "Cell",
    "card",
    "contents",
    "counted",
    "cut",
    "details",
    "figure",
    "listed",
    "named",
    "number",
    "page",
    "paragraph",
    "percent",
    "picture",
    "points",
    "section",
    "signed",
    "span",
    "table",
    "with_interval",
]

_NARROW = "\u202f"  # a narrow space that does not break
_MINUS = "\u2212"
_FIXED = "\u00a0"  # a space that does not break


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        words: plain.
        below: more plain words, smaller and below.
        short: of a heading, what stands in its place on a phone.
        style: a class of the style sheet.
        shade: 0 to 1, how deep the cell is coloured.
    """

    words: str
    below: str = ""
    short: str = ""
    style: str = ""
    shade: float = 0.0


def percent(share: float, *, digits: int = 0) -> str:
    """``92 %``; a share that is not all or nothing is never rounded to it."""
    shown, least = f"{100 * share:.{digits}f}", 10.0**-digits
    if 0 < share < 1 and float(shown) in (0.0, 100.0):
        sign, edge = ("<", least) if share < 0.5 else (">", 100 - least)
        shown = f"{sign}{_NARROW}{edge:.{digits}f}"
    return f"{shown}{_NARROW}%"


def with_interval(estimate: Estimate) -> str:
    """``92 % (88 to 95)``, in one line."""
    return f"{percent(estimate.value)} ({span(estimate.low, estimate.high)})".replace(" ", _FIXED)


def span(low: float, high: float) -> str:
    """``88 to 95``: an interval of a share in percent, or of a difference in percentage points."""
    return f"{signed(low, plus=False)} to {signed(high, plus=False)}"


def points(gap: float, low: float, high: float) -> str:
    """A difference of two shares in percentage points: ``+12 (7 to 17)``."""
    return f"{signed(gap)} ({span(low, high)})".replace(" ", _FIXED)


def signed(gap: float, *, plus: bool = True) -> str:
    """A share or difference times hundred, with its sign."""
    shown = f"{100 * abs(gap):.{int(0 < abs(gap) < 0.00995)}f}"  # 0.4, lest what is above 0 looks like 0
    shown = "0" if shown == "0.0" else shown
    sign = "" if shown == "0" else _MINUS if gap < 0 else "+" if plus else ""
    return sign + shown


def number(value: float, digits: int = 2) -> str:
    """A plain number with a true minus sign."""
    return f"{value:.{digits}f}".replace("-", _MINUS)


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 person``, ``2 people``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}".replace(",", _NARROW)


def cut(words: str, room: int) -> str:
    """Words that fit into a picture."""
    return words if len(words) <= room else words[: room - 1].rstrip() + "…"


def paragraph(words: str, *, style: str = "") -> str:
    """Plain words as a paragraph."""
    return f"<p{_class(style)}>{escape(words)}</p>"


def section(title: str, *parts: str, name: str = "") -> str:
    """A part of the page under its own heading; nothing where there are no parts."""
    inside = "\n".join(part for part in parts if part)
    if not inside:
        return ""
    anchor = name or "".join(letter if letter.isalnum() else "-" for letter in title.lower()).strip("-")
    return (
        f'<section aria-labelledby="{anchor}">\n<h2 id="{anchor}">{escape(title)}</h2>\n{inside}\n</section>'
    )


def card(level: str, title: str, *words: str) -> str:
    """A box that stands out: `level` is ``alarm``, ``care`` or ``fine``."""
    inside = "".join(paragraph(one) for one in words if one)
    return f'<div class="card {level}"><h3>{escape(title)}</h3>{inside}</div>'


def details(summary: str, *parts: str) -> str:
    """Something to open for those who want it; printed open."""
    return f"<details><summary>{escape(summary)}</summary>{''.join(parts)}</details>"


def contents(body: str) -> str:
    """Links to the sections of a body."""
    found = re.findall(r'<h2 id="([^"]+)">(.*?)</h2>', body)
    links = "".join(f'<li><a href="#{anchor}">{title}</a></li>' for anchor, title in found)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>'


def table(
    caption: str, heads: Sequence[str | Cell], rows: Sequence[Sequence[str | Cell]], *, style: str = "folds"
) -> str:
    """A table whose first column names the row; on a phone each row becomes a card (`style` ``folds``).

    Roles are written out, because a table that is displayed as blocks is no table to some screen readers.
    """
    named = [head if isinstance(head, Cell) else Cell(head) for head in heads]
    top = "".join(f'<th scope="col" role="columnheader">{_inside(head)}</th>' for head in named)
    lines = []
    for row in rows:
        first, *rest = (cell if isinstance(cell, Cell) else Cell(cell) for cell in row)
        cells = f'<th scope="row" role="rowheader"{_class(first.style)}>{_inside(first)}</th>'
        for head, cell in zip(named[1:], rest, strict=True):
            shade = f' style="background: rgba(var(--heat), {0.55 * cell.shade:.2f})"' if cell.shade else ""
            cells += (
                f'<td role="cell" data-label="{escape(head.words)}"{_class(cell.style)}{shade}>'
                f"<span>{_inside(cell)}</span></td>"
            )
        lines.append(f'<tr role="row">{cells}</tr>')
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f'<table role="table" class="{style}"><caption>{escape(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{top}</tr></thead>'
        f'<tbody role="rowgroup">{"".join(lines)}</tbody></table></div>'
    )


def _inside(cell: Cell) -> str:
    below = f'<br><span class="below">{escape(cell.below)}</span>' if cell.below else ""
    if cell.short:
        long = f'<span class="long">{escape(cell.words)}</span>'
        return f'{long}<span class="short" aria-hidden="true">{escape(cell.short)}</span>{below}'
    return escape(cell.words) + below


def _class(style: str) -> str:
    return f' class="{style}"' if style else ""


def listed(lines: Iterable[str]) -> str:
    """Plain sentences as a list."""
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def figure(drawing: str, words: str) -> str:
    """A drawing (markup) with its words below it."""
    return f"<figure>{drawing}<figcaption>{escape(words)}</figcaption></figure>"


def named(drawing: str, name: str, words: str) -> str:
    """A drawing with its name in bold and its words below it."""
    return f"<figure>{drawing}<figcaption><b>{escape(name)}</b><br>{escape(words)}</figcaption></figure>"


def picture(image: NDArray[np.uint8], told: str) -> str:
    """An RGB picture (h, w, 3) within the page, and what it shows for those who cannot see it."""
    done, raw = cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))
    if not done:  # only of a picture without pixels
        return f"<p>{escape(told)}</p>"
    code = base64.b64encode(raw.tobytes()).decode("ascii")
    height, width = image.shape[:2]
    return f'<img alt="{escape(told)}" width="{width}" height="{height}" src="data:image/png;base64,{code}">'


def page(title: str, banner: str, body: str) -> str:
    """The whole file.

    Args:
        title: plain words.
        banner: plain words that stay above everything, or nothing.
        body: markup.
    """
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
  --link: #0b57a4; --alarm: #a4161a; --alarm-tint: #fdecec; --care: #8a5200; --care-tint: #fff4df;
  --fine: #1d6b3a; --fine-tint: #e9f6ee; --heat: 31, 92, 153; }
@media (prefers-color-scheme: dark) { :root { --ink: #eceff3; --soft: #b4bdc8; --paper: #14171b;
  --line: #3b444f; --tint: #1f242b; --link: #8cc2ff; --alarm: #ff9c9c; --alarm-tint: #3a1719;
  --care: #ffc66b; --care-tint: #36270d; --fine: #84d9a3; --fine-tint: #12301e; --heat: 92, 160, 230; } }
* { box-sizing: border-box; }
html { font-size: 118.75%; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.55;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; }
main { max-width: 54rem; margin: 0 auto; padding: 1rem 1.1rem 4rem; }
.banner { margin: 0; max-width: none; padding: .6rem 1.1rem; background: #a4161a; color: #fff;
  font-weight: 700; text-align: center; position: sticky; top: 0; z-index: 1; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1rem 0 .3rem; text-wrap: balance; }
h2 { font-size: 1.35rem; line-height: 1.25; margin: 3rem 0 .6rem; padding-top: .8rem;
  border-top: 2px solid var(--line); text-wrap: balance; scroll-margin-top: 3rem; }
h3 { font-size: 1.08rem; margin: 1.6rem 0 .3rem; }
p, ul, ol { margin: .5rem 0 .8rem; max-width: 42rem; overflow-wrap: break-word; }
ul, ol { padding-left: 1.3rem; } li { margin: .2rem 0; }
.verdict { font-size: 1.25rem; line-height: 1.45; margin: .8rem 0 1rem; }
.soft, figcaption, caption { color: var(--soft); }
.card { border-left: .45rem solid var(--line); background: var(--tint); border-radius: .3rem;
  padding: .7rem 1rem .4rem; margin: .8rem 0; }
.card h3 { margin: 0 0 .3rem; }
.card.alarm { border-color: var(--alarm); background: var(--alarm-tint); } .alarm h3 { color: var(--alarm); }
.card.care { border-color: var(--care); background: var(--care-tint); } .care h3 { color: var(--care); }
.card.fine { border-color: var(--fine); background: var(--fine-tint); } .fine h3 { color: var(--fine); }
.wide { overflow-x: auto; margin: 1rem 0; }
.wide:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.short { display: none; } caption { position: sticky; left: 0; max-width: calc(100vw - 2.2rem); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem .45rem 0;
  border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { font-weight: 700; vertical-align: bottom; border-bottom: 2px solid var(--ink); }
tbody th { font-weight: 600; min-width: 7.5rem; }
td.strong { font-weight: 700; } .below { color: var(--soft); font-weight: 400; font-size: .9em; }
td.worse, td.few { font-weight: 700; }
table.matrix { width: auto; } .matrix td, .matrix thead th { text-align: center; padding: .5rem .6rem; }
.matrix thead th:first-child, .matrix tbody th { text-align: left; padding-left: 0; }
.matrix td { min-width: 3.6rem;
  print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.matrix td.right { outline: 2px solid var(--ink); outline-offset: -3px; font-weight: 700; }
figure { margin: 1rem 0; break-inside: avoid; }
figure svg[role] { width: 100%; height: auto; max-width: 30rem; }
.keys { list-style: none; padding: 0; font-size: .95rem; } svg.key { width: 2rem; height: .5rem; }
figcaption { font-size: .95rem; max-width: 42rem; }
.pair, .faces { display: grid; gap: 0 1.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); }
.faces { grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
.faces img { width: 100%; height: auto; max-width: 18rem; border-radius: .3rem; }
nav ul { columns: 17rem; column-gap: 2rem; list-style: none; padding: 0; }
nav li { break-inside: avoid; } nav a, a { color: var(--link); }
details { margin: .8rem 0; } summary { cursor: pointer; color: var(--link); padding: .3rem 0; }
footer { margin-top: 3rem; border-top: 2px solid var(--line); padding-top: .8rem; }
@media (min-width: 40.01rem), print {
  table.even { table-layout: fixed; } .even th:nth-child(2), .even td:nth-child(2) { width: 12%; } }
@media screen and (max-width: 40rem) {
  html { font-size: 106.25%; }
  table.folds, .folds tbody, .folds tr, .folds th, .folds td { display: block; }
  .folds caption { display: block; }
  .folds thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .folds tr { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .8rem; margin: 0 0 .7rem; }
  .folds th, .folds td { border: 0; padding: .12rem 0; }
  .folds td { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.15fr); gap: .8rem; }
  .folds td::before { content: attr(data-label); color: var(--soft); font-weight: 400; }
  .folds tbody th { font-size: 1.05em; }
  .long { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .short { display: inline; } .matrix td { min-width: 2.6rem; padding: .45rem .2rem; }
}
@media print {
  :root { --ink: #000; --soft: #333; --paper: #fff; --line: #999; --tint: #f4f4f4; --alarm: #8a1014;
    --alarm-tint: #fff; --care: #6b4000; --care-tint: #fff; --fine: #14522b; --fine-tint: #fff;
    --link: #000; --heat: 31, 92, 153; color-scheme: light; }
  html { font-size: 11pt; } main { max-width: none; padding: 0; }
  .banner { position: static; color: #000; background: #fff; border: 3px solid #a4161a; }
  h2 { break-after: avoid; margin-top: 1.6rem; } .card, tr, figure { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .wide { overflow: visible; break-inside: avoid; } nav { display: none; } p, li { orphans: 3; widows: 3; }
}
"""
