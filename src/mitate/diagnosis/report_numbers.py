"""Numbers of the report in words, never more certain than they are, and words that fit into a picture."""

from __future__ import annotations

from mitate.diagnosis.intervals import Estimate

__all__ = ["cut", "number", "percent", "points", "signed", "span", "with_interval"]

_NARROW = "\u202f"  # a narrow space that does not break
_MINUS = "\u2212"
_FIXED = "\u00a0"  # a space that does not break


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


def cut(words: str, room: int) -> str:
    """Words that fit into a picture."""
    return words if len(words) <= room else words[: room - 1].rstrip() + "…"
