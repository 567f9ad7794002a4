"""Kilograms and days as they are said to people."""

from __future__ import annotations

from datetime import datetime

from mitate.serve.words import Say

__all__ = ["between", "dated", "day", "excess_headline", "kilograms", "over_words"]

_WEEKDAYS_JA = "月火水木金土日"
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905


def kilograms(value: float) -> str:
    """A size in kilograms, without sign: one digit after the point."""
    return f"{abs(value):.1f}"


def day(at: datetime, language: str) -> str:
    """A day in the clinic's zone: ``5 January`` or ``1月5日（月）``."""
    here = at.astimezone()
    if language == "ja":
        return f"{here.month}月{here.day}日（{_WEEKDAYS_JA[here.weekday()]}）"
    return f"{here.day} {_MONTHS[here.month - 1]}"


def dated(at: datetime, language: str) -> str:
    """A day with its year in the clinic's zone: ``5 January 2026`` or ``2026年1月5日（月）``."""
    here = at.astimezone()
    return f"{here.year}年{day(here, language)}" if language == "ja" else f"{day(here, language)} {here.year}"


def over_words(key: str, dry_weight: str | None) -> str:
    """The words for what kilograms are over: ``KEY_usual`` where no dry weight was entered.

    Args:
        key: of words that say "dry weight".
        dry_weight: ``entered``, or ``estimated`` from weights after dialysis.
    """
    return f"{key}_usual" if dry_weight == "estimated" else key


def excess_headline(say: Say, kg: float, low: float, high: float, dry_weight: str | None = None) -> str:
    """How much is over the dry weight (or the usual weight after dialysis), with what it may be off by."""
    give = kilograms(max((high - low) / 2, 0.1))
    if kilograms(kg) == "0.0":
        return say(over_words("told.edema_at", dry_weight), give=give)
    key = over_words("told.edema_over" if kg > 0 else "told.edema_under", dry_weight)
    return say(key, kg=kilograms(kg), give=give)


def between(say: Say, low: float, high: float) -> str:
    """The 90 % interval in words."""
    if low >= 0:
        key = "told.between_over"
    elif high <= 0:
        low, high, key = high, low, "told.between_under"
    else:
        key = "told.between_both"
    return say(key, low=kilograms(low), high=kilograms(high))
