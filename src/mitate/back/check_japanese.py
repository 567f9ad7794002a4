"""Japanese for what other modules say in English only: why something was not measured, and what to do.

The sentences stand in ``knowledge/said_in_japanese.toml``, whole or as patterns; one that is not known there
stays as it is, so that nothing is lost.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any

__all__ = ["in_japanese", "measure_in_japanese"]


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    text = resources.files("mitate.back").joinpath("knowledge", "said_in_japanese.toml").read_text("utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def _sentences() -> dict[str, str]:
    return {row["en"]: row["ja"] for row in _file()["sentence"]}


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(row["en"]), row["ja"]) for row in _file()["pattern"])


def in_japanese(said: str) -> str:
    """A sentence of this instrument in Japanese; itself where it is not known."""
    words = said.strip().rstrip(".")
    if words in _sentences():
        return _sentences()[words]
    for pattern, japanese in _patterns():
        found = pattern.fullmatch(words)
        if found is not None:
            return japanese.format(*(_part(part) for part in found.groups()))
    return said


def _part(words: str) -> str:
    known: dict[str, str] = _file()["words"]
    return known.get(words) or _sentences().get(words, words)


def measure_in_japanese(stem: str) -> str:
    """The name of a measure without its unit, such as ``range_hip_left``, put together in Japanese.

    A name of which a part is not known stays as it is.
    """
    file = _file()
    if stem in file["names"]:
        return str(file["names"][stem])
    parts: dict[str, str] = file["parts"]
    if stem.startswith("range_"):
        return f"{measure_in_japanese(stem.removeprefix('range_'))}の動いた範囲"
    known = [parts.get(part) for part in stem.split("_")]
    return stem.replace("_", " ") if None in known else "".join(part or "" for part in known)
