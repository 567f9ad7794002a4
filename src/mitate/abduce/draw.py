"""A drawn proof: what is assumed on the left, what was seen on the right, the rules as lines between them."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mitate.abduce.answer import Explanation
from mitate.abduce.ground import MICRO
from mitate.abduce.language import KnowledgeBase
from mitate.abduce.layout import (
    GUTTER,
    MARGIN,
    NOTE,
    SMALL,
    TEXT,
    WIDTH,
    Box,
    Layout,
    Style,
    layout,
    text_width,
    wrapped,
)
from mitate.errors import InputError
from mitate.files import write_bytes

__all__ = ["draw_proof"]


_JAPANESE = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Hiragino Sans",
    "Hiragino Kaku Gothic ProN",
    "Yu Gothic",
    "Meiryo",
    "MS Gothic",
    "IPAexGothic",
    "IPAGothic",
    "TakaoGothic",
    "VL Gothic",
)
_FACES: Mapping[Style, tuple[str, str, str]] = {
    "cause": ("#d7e6f5", "#2a6099", "-"),
    "hypothesis": ("#efe9d8", "#8a7430", "-"),
    "derived": ("#ffffff", "#777777", "-"),
    "seen": ("#e6f2e4", "#4a8a4a", "-"),
    "unexplained": ("#f4f4f4", "#777777", ":"),
    "failed": ("#ffffff", "#b04a2a", "--"),
}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "cost": "cost {cost:.2f} nats",
        "usual": "and {n} more that most people have, which need no cause",
        "key": "box: cause blue, habit or other hypothesis sand, seen green, dotted unexplained, "
        "dashed expected but not so; numbers are probabilities",
        "font": "No Japanese font is installed, so labels are in English; an .svg file has them in Japanese.",
    },
    "ja": {
        "cost": "コスト {cost:.2f} ナット",
        "usual": "ほか{n}件は多くの人に見られ、原因を要しません",
        "key": "枠: 青は原因、砂色は習慣などの仮説、緑は所見、点線は説明なし、"
        "破線は予想に反して見られず。数字は確率",
        "font": "",
    },
}


def draw_proof(kb: KnowledgeBase, explanation: Explanation, path: Path, language: str = "en") -> None:
    """Write the proof of one answer as a picture: ``.svg``, in which text stays text, or ``.png``.

    Lines run from what a rule needs to what it concludes, thicker the surer the rule. Findings that at least
    half of all people have for no stated reason, and that are not explained, are only counted.

    Args:
        kb: the base that explained.
        explanation: one answer.
        path: where to; written whole or not at all.
        language: ``en`` or ``ja``. A ``.png`` in Japanese needs a Japanese font on this computer; without one
            the labels are English and the picture says so.

    Raises:
        InputError: another ending.
        OSError: the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in (".svg", ".png"):
        raise InputError(
            f"cannot draw a {ending or 'file without ending'}", where=path, todo="use .svg or .png"
        )
    from matplotlib import font_manager, rc_context

    installed = set(font_manager.fontManager.get_font_names())
    japanese = [name for name in _JAPANESE if name in installed]
    missing = language == "ja" and ending == ".png" and not japanese
    shown = "en" if missing else language
    buffer = io.BytesIO()
    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "mitate",
        "font.family": ["DejaVu Sans", *japanese[:1]],
        "text.parse_math": False,
    }
    with rc_context(settings), warnings.catch_warnings():
        # An .svg is laid out here with whatever font there is and drawn elsewhere with the right one.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = _figure(kb, explanation, layout(kb, explanation, shown), shown)
        if missing:
            figure.text(0.02, 0.01, _WORDS["en"]["font"], fontsize=SMALL, color="#b04a2a", va="bottom")
        metadata = {"Date": None} if ending == ".svg" else None
        figure.savefig(buffer, format=ending[1:], dpi=130, metadata=metadata)
    content = buffer.getvalue()
    if ending == ".svg":
        content = _with_fonts(content)
    write_bytes(path, content)


def _with_fonts(svg: bytes) -> bytes:
    """The same picture with the names of Japanese fonts, of which a viewer takes the first it has."""
    names = ", ".join(f"'{name}'" for name in ("DejaVu Sans", *_JAPANESE)) + ", sans-serif"
    lines = svg.decode("utf-8").splitlines(keepends=True)
    return "".join(_with_names(line, names) for line in lines).encode("utf-8")


def _with_names(line: str, names: str) -> str:
    start = line.find("'DejaVu Sans'")
    if start < 0 or not line.lstrip().startswith("<text style="):
        return line
    end = min(place for mark in (";", '"') if (place := line.find(mark, start)) >= 0)
    return line[:start] + names + line[end:]


def _figure(kb: KnowledgeBase, explanation: Explanation, plan: Layout, language: str) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    say = _WORDS.get(language, _WORDS["en"])
    figure = Figure(figsize=(plan.width, plan.height))
    FigureCanvasAgg(figure)
    axes: Any = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, plan.width)
    axes.set_ylim(plan.height, 0)
    axes.set_axis_off()
    title = "; ".join(kb.label(atom, language) for atom in explanation.causes) or kb.title.text(language)
    room = plan.width - 2 * MARGIN
    lines = wrapped(title, room * 0.78)
    axes.text(MARGIN, 0.08, lines[0] + (" ..." if len(lines) > 1 else ""), fontsize=11, va="top")
    cost = say["cost"].format(cost=explanation.cost / MICRO)
    axes.text(MARGIN, 0.34, cost, fontsize=SMALL, va="top", color="#555555")
    for box in plan.boxes:
        _draw_lines(axes, plan, box)
    for box in plan.boxes:
        _draw_box(axes, box)
    foot = [say["usual"].format(n=plan.left_out)] if plan.left_out else []
    foot += wrapped(say["key"], room * TEXT / SMALL)
    axes.text(MARGIN, plan.height - 0.2, "\n".join(foot), fontsize=SMALL, va="bottom", color="#555555")
    return figure


def _draw_box(axes: Any, box: Box) -> None:
    from matplotlib.patches import FancyBboxPatch

    face, edge, line = _FACES[box.style]
    axes.add_patch(
        FancyBboxPatch(
            (box.x + 0.03, box.y + 0.03),
            WIDTH - 0.06,
            box.height - 0.06,
            boxstyle="round,pad=0.03",
            facecolor=face,
            edgecolor=edge,
            linestyle=line,
            linewidth=1.4 if box.style == "cause" else 0.9,
            zorder=3,
        )
    )
    axes.text(
        box.x + 0.08,
        box.middle,
        "\n".join(box.lines),
        fontsize=TEXT,
        va="center",
        zorder=4,
        linespacing=1.15,
    )
    if box.note:
        note = _shortened(box.note, (NOTE if box.column == 0 else GUTTER * 0.8) - 0.1)
        axes.text(
            box.x - 0.06,
            box.middle,
            note,
            fontsize=SMALL,
            ha="right",
            va="center",
            color=edge,
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )


def _shortened(text: str, width: float) -> str:
    """The text with its middle left out where it is too wide; the number at its end stays."""
    em = SMALL / 72
    if text_width(text, em) <= width:
        return text
    name, _, number = text.rpartition(" ")
    while name and text_width(f"{name}… {number}", em) > width:
        name = name[:-1]
    return f"{name}… {number}"


def _draw_lines(axes: Any, plan: Layout, box: Box) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Curve

    for atom in box.sources:
        source = plan.places.get(atom)
        if source is None:
            continue
        start = (source.x + WIDTH, source.middle)
        end = (box.x, box.middle)
        bend = (end[0] - start[0]) / 2
        points = [start, (start[0] + bend, start[1]), (end[0] - bend, end[1]), end]
        if end[0] <= start[0]:  # a circle of rules among causes of one column
            points = [start, (start[0] + 1, start[1]), (end[0] - 1, end[1]), end]
        codes = [Curve.MOVETO, Curve.CURVE4, Curve.CURVE4, Curve.CURVE4]
        axes.add_patch(
            PathPatch(
                Curve(points, codes),
                facecolor="none",
                edgecolor=_FACES[box.style][1],
                linestyle="--" if box.style == "failed" else "-",
                linewidth=0.5 + 1.8 * box.weight,
                alpha=0.6,
                zorder=1,
            )
        )
