"""Letters that no name or note has: they break tables and databases, or make text look like another."""

from __future__ import annotations

import re

from mitate.errors import InputError

__all__ = ["check_letters"]

# All of Unicode's control characters but tab and line feed, halves of surrogate pairs, and what turns the
# direction of the text round it ("Trojan Source", Boucher and Anderson 2021). PostgreSQL keeps no U+0000.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def check_letters(text: str, where: str) -> None:
    """Whether a text is one to be kept and shown beside others.

    Raises:
        InputError: it has a control character.
    """
    if _CONTROL.search(text):
        raise InputError("it has a control character", where=where, todo="write it anew")
