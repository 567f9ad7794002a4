"""Drawings of matplotlib as parts of a page: SVG whose letters and lines take the page's own colour.

Colours are Okabe and Ito's (2008), which the colour-blind tell apart; each has a dash and a mark of its own.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from html import escape
from typing import Any, NamedTuple

__all__ = ["COLOUR", "INK", "NORMAL", "PAPER", "SMALL", "STROKES", "Stroke", "keys", "svg", "tidy"]

INK = "#010203"
"""Stands for the page's own colour, for which it is exchanged."""

PAPER = "#fdfcfb"
"""Stands for the page's ground."""

COLOUR = "#2f7fd1"
NORMAL, SMALL = 11.0, 10.0
"""Letters, points; a phone shows ten points of a drawing as about eleven pixels."""
_WIDTH = 4.9  # inches


class Stroke(NamedTuple):
    """How a line is told from others: colour, dash (matplotlib's, empty for a whole line), mark."""

    colour: str
    dash: tuple[float, ...]
    mark: str

    @property
    def style(self) -> Any:
        """What matplotlib calls its style."""
        return (0, self.dash) if self.dash else "-"


STROKES = (
    Stroke(COLOUR, (), "o"),
    Stroke("#d55e00", (4, 1.6), "s"),
    Stroke("#009e73", (5, 1.2, 1, 1.2), "^"),
    Stroke("#cc79a7", (1, 1.2), "D"),
    Stroke("#b8860b", (7, 1.4), "v"),
    Stroke("#56b4e9", (3, 1, 1, 1, 1, 1), "P"),
)


def keys(lines: Iterable[tuple[Stroke, str, str]], rest: str = "") -> str:
    """Which line is which, as a list below a drawing: letters of any script are the reader's to draw.

    Args:
        lines: each with its name and a value, which stands in bold.
        rest: words on the lines that have no entry.
    """
    items = []
    for line, name, value in lines:
        pattern = " ".join(f"{2 * length:g}" for length in line.dash)
        path = f'<path d="M0 4H36" stroke="{line.colour}" stroke-width="3" stroke-dasharray="{pattern}"/>'
        told = escape(name) + (f" <b>{escape(value)}</b>" if value else "")
        items.append(f'<svg viewBox="0 0 36 8" aria-hidden="true" class="key">{path}</svg> {told}')
    items += [escape(rest)] if rest else []
    return f'<ul class="keys">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def tidy(axes: Any) -> None:
    """No frame above and to the right."""
    axes.spines[["top", "right"]].set_visible(False)


def svg(draw: Callable[[Any], None], height: float, name: str, told: str, *, width: float = _WIDTH) -> str:
    """Markup of a drawing, with what it shows for those who cannot see it.

    Args:
        draw: fills a matplotlib figure.
        height, width: inches.
        name: unique within the page.
        told: the drawing in words.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    plain: Any = {
        "text.parse_math": False,  # a name may be "$x$"
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "font.family": "sans-serif",
        "font.size": NORMAL,
        "text.color": INK,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }
    with rc_context(plain):
        canvas = Canvas(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(canvas)
        draw(canvas)
        stream = io.StringIO()
        canvas.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    return _inline(stream.getvalue(), name, told)


def _inline(markup: str, name: str, told: str) -> str:
    """A drawing's file as a part of a page: no head, names of its own, the page's colour and letters."""
    inside = markup[markup.index("<svg") :]
    box = re.search(r'viewBox="[^"]+"', inside)
    inside = inside[inside.index(">") + 1 :]
    inside = re.sub(r"<metadata>.*?</metadata>", "", inside, flags=re.DOTALL)
    inside = re.sub(r'\bid="', f'id="{name}-', inside)
    inside = re.sub(r'href="#', f'href="#{name}-', inside).replace("url(#", f"url(#{name}-")
    inside = inside.replace(INK, "currentColor").replace(PAPER, "var(--paper)")
    inside = re.sub(r"font: ((?:bold |700 )?)([\d.]+)px [^;\"]*", r"font-size: \2px; font-weight: \1", inside)
    inside = re.sub(r"font-weight: ?(?=[;\"])", "font-weight: normal", inside)
    inside = re.sub(r"font-family: [^;\"]*;?", "", inside)
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    head = f'<svg {spaces} role="img" {box.group() if box else ""}>'
    return f"{head}<title>{escape(told)}</title>{inside.strip()}"
