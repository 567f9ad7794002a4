"""The study's figures in words: values with their intervals, signs, goals and whether they are met."""

from __future__ import annotations

from mitate.figures import Figure
from mitate.paper.parts import Cell

__all__ = ["asked", "cell", "interval", "number", "reached", "told", "value_of"]

_MINUS = "\u2212"
_FIXED = "\u00a0"  # a space that does not break
_DIGITS = {"%": 1, "points": 1, "kg": 2, "s": 1, "": 3}


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
