"""Where in a TOML file something stands: what `tomllib` and `msgspec` have read has no lines any more."""

from __future__ import annotations

import re

__all__ = ["line_of", "line_of_error"]

_TABLE = re.compile(r"\s*(\[\[?)\s*([\w.\-\"]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w\-\"]+)\s*=")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_AT_PLACE = re.compile(r"at `\$\.?(.*?)`")


def line_of(text: str, place: str) -> int:
    """The line, from 1, of a place such as ``serves[1].why``, or of what holds it; 1 where neither stands.

    Tables are told from their headings and keys from the beginnings of lines, which is all that a file for
    people to write in holds: no keys with dots, no lines of text that look like a key.
    """
    lines = _lines(text)
    while place:
        if place in lines:
            return lines[place]
        place = re.sub(r"(\[[^\[\]]*\]|\.?[^.\[\]]*)$", "", place)
    return 1


def line_of_error(text: str, message: str) -> int:
    """The line that a message of `tomllib` or `msgspec` speaks of, from 1."""
    found = _AT_LINE.search(message)
    if found:
        return int(found[1])
    if "at end of document" in message:
        return text.count("\n") + 1
    found = _AT_PLACE.search(message)
    return line_of(text, found[1]) if found else 1


def _lines(text: str) -> dict[str, int]:
    """Every table and key with the line on which it begins."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        heading, key = _TABLE.match(line), _KEY.match(line)
        if heading:
            table = heading[2].replace('"', "")
            found.setdefault(table, number)
            if heading[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}[{counts[table]}]"
                found[table] = number
        elif key:
            name = key[1].replace('"', "")
            found.setdefault(f"{table}.{name}" if table else name, number)
    return found
