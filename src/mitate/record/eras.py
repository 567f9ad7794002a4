"""Years of Japan's eras, as clinics' tables write them: 昭和25年4月1日, S25.4.1, 令和元年5月1日."""

from __future__ import annotations

import re
from datetime import date

__all__ = ["is_of", "western"]

_ERAS = {  # first and last day; two shared a day of change
    "M": (date(1868, 1, 25), date(1912, 7, 30)),
    "T": (date(1912, 7, 30), date(1926, 12, 25)),
    "S": (date(1926, 12, 25), date(1989, 1, 7)),
    "H": (date(1989, 1, 8), date(2019, 4, 30)),
    "R": (date(2019, 5, 1), date.max),
}
_LETTERS = {"明": "M", "大": "T", "昭": "S", "平": "H", "令": "R"}
_WRITTEN = re.compile(
    r"(明治?|大正?|昭和?|平成?|令和?|[MTSHR])\s*(元|\d{1,2})\s*([-/.年].+)", re.ASCII | re.IGNORECASE
)


def western(text: str) -> tuple[str, str]:
    """A date with its year as in the West, and the letter of its era; as it is, and "", where it names none.

    Args:
        text: in Unicode's NFKC.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return text, ""
    era = _LETTERS.get(found[1][0], found[1][0].upper())
    year = 1 if found[2] == "元" else int(found[2])
    return f"{_ERAS[era][0].year + year - 1}{found[3]}", era


def is_of(day: date, era: str) -> bool:
    """Whether a day is of an era."""
    first, last = _ERAS[era]
    return first <= day <= last
