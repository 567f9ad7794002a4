"""A drawn proof: what is assumed on the left, what was seen on the right, the rules as lines between them."""

from __future__ import annotations

import io
import unicodedata
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mitate.abduce.answer import Explanation
from mitate.abduce.ground import MICRO
from mitate.abduce.language import Atom, KnowledgeBase
from mitate.abduce.proof import unexplained_line
from mitate.errors import InputError
from mitate.files import write_bytes

__all__ = ["Box", "Layout", "draw_proof", "layout"]

Style = Literal["cause", "hypothesis", "derived", "seen", "unexplained", "failed"]

# Inches, and points for text.
_TEXT = 9.0
_SMALL = 7.5
_EM = _TEXT / 72
_LINE = 1.35 * _EM
_WIDTH = 2.5
_GUTTER = 1.75
_NOTE = 1.15
_GAP = 0.09
_MARGIN = 0.25
_HEAD = 0.62

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
        "assumed": "assumed {p:g}",
        "unexplained": "unexplained {p:g}",
        "must": "unexplained",
        "usual": "and {n} more that most people have, which need no cause",
        "key": "box: cause blue, habit or other hypothesis sand, seen green, dotted unexplained, "
        "dashed expected but not so; numbers are probabilities",
        "font": "No Japanese font is installed, so labels are in English; an .svg file has them in Japanese.",
    },
    "ja": {
        "cost": "コスト {cost:.2f} ナット",
        "assumed": "仮定 {p:g}",
        "unexplained": "説明なし {p:g}",
        "must": "説明なし",
        "usual": "ほか{n}件は多くの人に見られ、原因を要しません",
        "key": "枠: 青は原因、砂色は習慣などの仮説、緑は所見、点線は説明なし、"
        "破線は予想に反して見られず。数字は確率",
        "font": "",
    },
}
_USUAL = 0.5


@dataclass(slots=True)
class Box:
    """One atom in the picture; lengths in inches from the upper left corner.

    Attributes:
        lines: its label, wrapped.
        note: what stands small at its left: the rule, or how it came to be here.
        sources: the atoms that its lines come from.
    """

    atom: Atom
    lines: tuple[str, ...]
    style: Style
    note: str
    sources: tuple[Atom, ...]
    column: int
    x: float = 0.0
    y: float = 0.0
    weight: float = 1.0

    @property
    def height(self) -> float:
        """The box's own height."""
        return len(self.lines) * _LINE + 0.1

    @property
    def middle(self) -> float:
        """Where lines meet the box."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Layout:
    """Boxes that do not overlap, in a picture of `width` by `height` inches; `left_out`: usual findings."""

    boxes: tuple[Box, ...]
    width: float
    height: float
    left_out: int = 0
    places: Mapping[Atom, Box] = field(default_factory=dict)


def _length(text: str, em: float = _EM) -> float:
    """About how wide a text is; full-width characters take one em, others at most 0.62 on average."""
    return sum(em if unicodedata.east_asian_width(char) in "WF" else 0.62 * em for char in text)


def _wrapped(text: str, width: float) -> tuple[str, ...]:
    """Lines no wider than `width`, broken at spaces, or anywhere between full-width characters."""
    lines, line = [], ""
    for word in _pieces(text):
        if line and _length(line + word.rstrip()) > width:
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line += word
        while _length(line) > width and len(line) > 1:
            cut = next(n for n in range(len(line), 0, -1) if _length(line[:n]) <= width or n == 1)
            lines.append(line[:cut])
            line = line[cut:]
    return (*lines, line.rstrip()) if line.strip() or not lines else tuple(lines)


def _pieces(text: str) -> list[str]:
    pieces = [""]
    for char in text:
        pieces[-1] += char
        if char == " " or unicodedata.east_asian_width(char) in "WF":
            pieces.append("")
    return [piece for piece in pieces if piece]


def layout(kb: KnowledgeBase, explanation: Explanation, language: str = "en") -> Layout:
    """Where everything stands: columns by the length of the proof, what was seen in the last one."""
    boxes = _proof_boxes(kb, explanation, language)
    last = max((box.column for box in boxes.values()), default=0)
    loose, usual = _unproved(kb, explanation, language, max(1, last))
    for box in loose:
        boxes.setdefault(box.atom, box)
    return _place(list(boxes.values()), usual)


def _box(
    kb: KnowledgeBase, atom: Atom, style: Style, note: str, language: str, sources: Iterable[Atom] = ()
) -> Box:
    lines = _wrapped(kb.label(atom, language), _WIDTH - 0.16)
    return Box(atom, lines, style, note, tuple(sources), 0)


def _proof_boxes(kb: KnowledgeBase, explanation: Explanation, language: str) -> dict[Atom, Box]:
    say = _WORDS.get(language, _WORDS["en"])
    boxes: dict[Atom, Box] = {}
    used = {atom for step in explanation.steps for atom in step.body}
    for step in explanation.steps:
        kind = kb.predicates[step.head.predicate].kind
        style: Style = "cause" if kind == "cause" else "hypothesis" if kind == "hypothesis" else "derived"
        if kind == "observation":
            style = "seen"
        note = "" if step.chance is None else say["assumed"].format(p=step.chance.probability)
        if step.rule is not None:
            note = f"{step.rule.name} {step.rule.probability:g}"
        box = _box(kb, step.head, style, note, language, step.body)
        box.weight = 1.0 if step.rule is None else step.rule.probability
        box.column = 1 + max((boxes[atom].column for atom in step.body if atom in boxes), default=-1)
        boxes[step.head] = box
    last = max((box.column for box in boxes.values()), default=0)
    for box in boxes.values():
        if box.style == "seen" or (box.atom not in used and box.style == "derived"):
            box.column = max(1, last)
    return boxes


def _unproved(
    kb: KnowledgeBase, explanation: Explanation, language: str, column: int
) -> tuple[list[Box], int]:
    """Boxes of what failed and of what stays unexplained, and how many usual findings are left out."""
    say = _WORDS.get(language, _WORDS["en"])
    boxes: list[Box] = []
    usual = 0
    for chance in explanation.failed:
        name = "" if chance.rule is None else chance.rule.name
        note = f"{name} {chance.probability:g}"
        box = _box(kb, chance.head, "failed", note, language, chance.body)
        box.weight = chance.probability
        boxes.append(box)
    for atom in explanation.unexplained:
        probability = unexplained_line(kb, atom)[0]
        if probability is not None and probability >= _USUAL:
            usual += 1
            continue
        note = say["must"] if probability is None else say["unexplained"].format(p=probability)
        boxes.append(_box(kb, atom, "unexplained", note, language))
    for box in boxes:
        box.column = column
    return boxes, usual


def _place(boxes: Sequence[Box], usual: int) -> Layout:
    """Stacks the last column, then sets each box further left beside the middle of what rests on it."""
    places = {box.atom: box for box in boxes}
    columns: dict[int, list[Box]] = {}
    for box in boxes:
        box.x = _MARGIN + _NOTE + box.column * (_WIDTH + _GUTTER)
        columns.setdefault(box.column, []).append(box)
    order = {box.atom: number for number, box in enumerate(boxes)}
    last = max(columns, default=0)
    groups = ("seen", "derived", "cause", "hypothesis", "failed", "unexplained")
    columns.get(last, []).sort(
        key=lambda b: (groups.index(b.style), [order.get(a, 0) for a in b.sources], order[b.atom])
    )
    _stack(columns.get(last, []))
    for number in sorted(columns, reverse=True):
        if number == last:
            continue
        for box in columns[number]:
            resting = [other.middle for other in boxes if box.atom in other.sources and other.column > number]
            box.y = sum(resting) / len(resting) - box.height / 2 if resting else _HEAD
        columns[number].sort(key=lambda b: (b.y, order[b.atom]))
        _stack(columns[number], keep=True)
    bottom = max((box.y + box.height for box in boxes), default=_HEAD)
    width = 2 * _MARGIN + _NOTE + (last + 1) * _WIDTH + last * _GUTTER
    return Layout(tuple(boxes), max(width, 6.0), bottom + 0.75, usual, places)


def _stack(column: Sequence[Box], *, keep: bool = False) -> None:
    """One box below the other; `keep` leaves those where they are that do not touch the one above."""
    below = _HEAD
    for box in column:
        box.y = max(below, box.y) if keep else below
        below = box.y + box.height + _GAP


def draw_proof(kb: KnowledgeBase, explanation: Explanation, path: Path, language: str = "en") -> None:
    """Write the proof of one answer as a picture: ``.svg`` (text stays text) or ``.png``, by the file's ending.

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
            figure.text(0.02, 0.01, _WORDS["en"]["font"], fontsize=_SMALL, color="#b04a2a", va="bottom")
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
    done = [line if "font:" not in line else _replace_font(line, names) for line in lines]
    return "".join(done).encode("utf-8")


def _replace_font(line: str, names: str) -> str:
    start = line.index("'DejaVu Sans'") if "'DejaVu Sans'" in line else -1
    if start < 0:
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
    room = plan.width - 2 * _MARGIN
    lines = _wrapped(title, room * 0.78)
    axes.text(_MARGIN, 0.08, lines[0] + (" ..." if len(lines) > 1 else ""), fontsize=11, va="top")
    cost = say["cost"].format(cost=explanation.cost / MICRO)
    axes.text(_MARGIN, 0.34, cost, fontsize=_SMALL, va="top", color="#555555")
    for box in plan.boxes:
        _draw_lines(axes, plan, box)
    for box in plan.boxes:
        _draw_box(axes, box)
    foot = [say["usual"].format(n=plan.left_out)] if plan.left_out else []
    foot += _wrapped(say["key"], room * _TEXT / _SMALL)
    axes.text(_MARGIN, plan.height - 0.2, "\n".join(foot), fontsize=_SMALL, va="bottom", color="#555555")
    return figure


def _draw_box(axes: Any, box: Box) -> None:
    from matplotlib.patches import FancyBboxPatch

    face, edge, line = _FACES[box.style]
    axes.add_patch(
        FancyBboxPatch(
            (box.x + 0.03, box.y + 0.03),
            _WIDTH - 0.06,
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
        fontsize=_TEXT,
        va="center",
        zorder=4,
        linespacing=1.15,
    )
    if box.note:
        note = _shortened(box.note, (_NOTE if box.column == 0 else _GUTTER * 0.75) - 0.1)
        axes.text(
            box.x - 0.06,
            box.middle,
            note,
            fontsize=_SMALL,
            ha="right",
            va="center",
            color=edge,
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )


def _shortened(text: str, width: float) -> str:
    """The text with its middle left out where it is too wide; the number at its end stays."""
    em = _SMALL / 72
    if _length(text, em) <= width:
        return text
    name, _, number = text.rpartition(" ")
    while name and _length(f"{name}… {number}", em) > width:
        name = name[:-1]
    return f"{name}… {number}"


def _draw_lines(axes: Any, plan: Layout, box: Box) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Curve

    for atom in box.sources:
        source = plan.places.get(atom)
        if source is None:
            continue
        start = (source.x + _WIDTH, source.middle)
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
