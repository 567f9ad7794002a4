"""Drawings take the page's colour, hold no names of others, and say in words what they show."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from mitate.paper.drawing import INK, PAPER, STROKES, keys, svg, tidy


def draw(figure: Any) -> None:
    axes = figure.subplots()
    for place, stroke in enumerate(STROKES):
        axes.plot([0, 1], [place, 1], color=stroke.colour, ls=stroke.style, marker=stroke.mark)
    axes.plot([0, 1], [0, 1], color=INK)
    axes.set_title("costs $x$ and $y$", weight="bold")
    axes.text(0.5, 0.5, "on its ground", bbox={"facecolor": PAPER})
    tidy(axes)


def test_a_drawing_is_a_part_of_the_page() -> None:
    made = svg(draw, 2.0, "one", "told <so>")
    root = ElementTree.fromstring(made)
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == "told <so>"
    assert "currentColor" in made
    assert "var(--paper)" in made
    assert not re.search(f"{INK}|{PAPER}|font-family|DejaVu|<metadata", made)
    assert re.search(r'role="img" viewBox="0 0 [\d.]+ 144"', made)
    assert "costs $x$ and $y$" in made
    ids = re.findall(r'\bid="([^"]+)"', made)
    assert all(one.startswith("one-") for one in ids)
    used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', made)
    assert {one or other for one, other in used} <= set(ids)


def test_the_same_drawing_is_the_same_text() -> None:
    assert svg(draw, 2.0, "one", "told") == svg(draw, 2.0, "one", "told")
    assert svg(draw, 2.0, "one", "told") != svg(draw, 2.0, "other", "told")


def test_keys_name_every_line() -> None:
    made = keys([(STROKES[0], "a <b>", ""), (STROKES[1], "c", "0.93")], "thin: d & e")
    assert made.count("<li>") == 3
    assert "a &lt;b&gt;</li>" in made
    assert 'stroke="#d55e00"' in made
    assert "c <b>0.93</b></li>" in made
    assert "<li>thin: d &amp; e</li>" in made
