"""What the coach says of itself, in English and Japanese; corrections of an exercise are in its file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mitate.back.exercise import Words

__all__ = ["GENERAL", "MOST_WORDS", "PRAISE", "REACHED", "SEE", "UNSEEN", "counted"]

MOST_WORDS = 12
"""Of a correction: what can be said while somebody moves."""

GENERAL: Mapping[str, Words] = MappingProxyType(
    {
        "range_short": Words(
            en="A little further, as far as is comfortable.",
            ja="無理のない範囲で、もう少し大きく動きましょう。",
        ),
        "range_far": Words(
            en="Not quite so far; stay within comfort.",
            ja="少し小さめに、楽な範囲で動きましょう。",
        ),
        "too_fast": Words(
            en="A little slower, please.",
            ja="もう少しゆっくり動きましょう。",
        ),
        "hold_short": Words(
            en="Hold a little longer at the end.",
            ja="動ききったところで、もう少し保ちましょう。",
        ),
    }
)
"""Corrections that every exercise may need."""

SEE: Mapping[str, Words] = MappingProxyType(
    {
        "range_short": Words(
            en="The movement is smaller than prescribed.",
            ja="動きが目安より小さくなっています。",
        ),
        "range_far": Words(
            en="The movement is larger than prescribed.",
            ja="動きが目安より大きくなっています。",
        ),
        "too_fast": Words(
            en="The movement is faster than prescribed.",
            ja="動きが目安より速くなっています。",
        ),
        "hold_short": Words(
            en="The end is not held as long as prescribed.",
            ja="保つ時間が目安より短くなっています。",
        ),
    }
)
"""What is seen, for the report."""

UNSEEN: Mapping[str, Words] = MappingProxyType(
    {
        "nobody": Words(
            en="I cannot see you. Step into the picture, please.",
            ja="お姿が見えません。画面に入ってください。",
        ),
        "feet": Words(
            en="I cannot see your feet. Move a little further away.",
            ja="足が見えません。少し離れてください。",
        ),
        "head": Words(
            en="I cannot see your head. Tilt the camera, or move away.",
            ja="頭が見えません。カメラの向きを直すか、少し離れてください。",
        ),
        "arms": Words(
            en="I cannot see your arms. Move a little further away.",
            ja="腕が見えません。少し離れてください。",
        ),
        "body": Words(
            en="I cannot see enough of you. Show your whole body.",
            ja="お体がよく見えません。全身が映るようにしてください。",
        ),
        "signal": Words(
            en="The camera cannot count this one. Please count yourself.",
            ja="この運動はカメラでは数えられません。ご自分で数えてください。",
        ),
    }
)
"""Why nothing can be said, and what to do."""

PRAISE = Words(en="Yes, that is better.", ja="はい、良くなりました。")
REACHED = Words(en="That is the whole set. Have a rest.", ja="1セット終わりました。休みましょう。")


def counted(number: int, side: str = "") -> Words:
    """A number, with the side where there is one.

    >>> counted(3, "left").en
    '3, left'
    """
    if not side:
        return Words(en=str(number), ja=str(number))
    return Words(en=f"{number}, {side}", ja=f"{'左' if side == 'left' else '右'} {number}")
