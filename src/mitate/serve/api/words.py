"""Results in plain words, as the API tells them."""

from __future__ import annotations

from typing import Any, Literal

from mitate.serve.api.shapes import Told

__all__ = ["WordsTold", "words_told"]


class WordsTold(Told):
    """A result in plain words, in the language of the account."""

    headline: str
    lines: list[str]
    advice: list[str]
    call: str
    tone: Literal["calm", "watch", "alarm", "unsure"]


def words_told(told: Any) -> WordsTold | None:
    """From what `mitate.serve.told` says."""
    if told is None:
        return None
    return WordsTold(
        headline=told.headline,
        lines=list(told.lines),
        advice=list(told.advice),
        call=told.call,
        tone=told.tone,
    )
