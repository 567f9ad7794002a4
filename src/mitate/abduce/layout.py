"""Where the boxes of a drawn proof stand: columns by the length of the proof, no two boxes on each other."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mitate.abduce.answer import Explanation
from mitate.abduce.language import Atom, KnowledgeBase
from mitate.abduce.proof import unexplained_line

__all__ = [
    "GUTTER",
    "MARGIN",
    "NOTE",
    "SMALL",
    "TEXT",
    "WIDTH",
    "Box",
    "Layout",
    "Style",
    "layout",
    "text_width",
    "wrapped",
]

Style = Literal["cause", "hypothesis", "derived", "seen", "unexplained", "failed"]

TEXT = 9.0
"""Size of labels, points."""
SMALL = 7.5
"""Size of notes, points."""
WIDTH = 2.5
"""Width of a box, inches, as all that follows."""
GUTTER = 2.1
NOTE = 1.15
MARGIN = 0.25

_EM = TEXT / 72
_LATIN = 0.58
_LINE = 1.35 * _EM
_GAP = 0.09
_HEAD = 0.62
_FOOT = 0.75
_USUAL = 0.5
"""Findings that so many people have for no stated reason are left out where nothing explains them."""

_NOTES: Mapping[str, Mapping[str, str]] = {
    "en": {"assumed": "assumed {p:g}", "unexplained": "unexplained {p:g}", "must": "unexplained"},
    "ja": {"assumed": "仮定 {p:g}", "unexplained": "説明なし {p:g}", "must": "説明なし"},
}


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


def text_width(text: str, em: float = _EM) -> float:
    """About how wide a text is; full-width characters take one em."""
    return sum(em if unicodedata.east_asian_width(char) in "WF" else _LATIN * em for char in text)


def wrapped(text: str, width: float) -> tuple[str, ...]:
    """Lines no wider than `width`, broken at spaces, or anywhere between full-width characters."""
    lines, line = [], ""
    for word in _pieces(text):
        if line and text_width(line + word.rstrip()) > width:
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line += word
        while text_width(line.rstrip()) > width and len(line) > 1:
            cut = next(n for n in range(len(line), 0, -1) if text_width(line[:n]) <= width or n == 1)
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
    lines = wrapped(kb.label(atom, language), WIDTH - 0.16)
    return Box(atom, lines, style, note, tuple(sources), 0)


def _proof_boxes(kb: KnowledgeBase, explanation: Explanation, language: str) -> dict[Atom, Box]:
    say = _NOTES.get(language, _NOTES["en"])
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
    say = _NOTES.get(language, _NOTES["en"])
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
        box.x = MARGIN + NOTE + box.column * (WIDTH + GUTTER)
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
    width = 2 * MARGIN + NOTE + (last + 1) * WIDTH + last * GUTTER
    return Layout(tuple(boxes), max(width, 6.0), bottom + _FOOT, usual, places)


def _stack(column: Sequence[Box], *, keep: bool = False) -> None:
    """One box below the other; `keep` leaves those where they are that do not touch the one above."""
    below = _HEAD
    for box in column:
        box.y = max(below, box.y) if keep else below
        below = box.y + box.height + _GAP
