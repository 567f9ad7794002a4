"""What the back check's report says, in English and Japanese, and how it writes numbers, days and sources."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib import resources

from mitate.abduce.language import Atom
from mitate.back.check_japanese import in_japanese, measure_in_japanese
from mitate.back.condition import Condition
from mitate.back.region import LOW_BACK, knowledge, region_of_movement
from mitate.back.report import share_in_words

__all__ = ["Say", "words_of"]

_MINUS, _FIXED = "\u2212", "\u00a0"  # a true minus; a space that does not break
_NEARLY = 0.9999
"""No share is called whole: numbers that come so near are only too small to be told apart."""
_UNITS = ("_deg_s", "_deg", "_cm", "_percent", "_s", "_count")
_DEGREES = re.compile(r"(\d) deg\b")
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


@lru_cache(maxsize=2)
def words_of(language: str) -> Mapping[str, str]:
    """Every phrase by its key, in one language, ``en`` or ``ja``."""
    file = resources.files("mitate.back").joinpath("knowledge", "check_words.toml")
    rows = tomllib.loads(file.read_text("utf-8"))
    return {key: row[language] for key, row in rows.items()}


@lru_cache(maxsize=1)
def _plain_causes() -> Mapping[str, str]:
    """Japanese for causes whose label is a technical term."""
    file = resources.files("mitate.back").joinpath("knowledge", "plain_causes.toml")
    return tomllib.loads(file.read_text("utf-8"))


class Say:
    """The words of one report.

    Args:
        language: ``en`` or ``ja``.
        region: whose movements, conditions and sources are named.
    """

    def __init__(self, language: str, region: str = LOW_BACK) -> None:
        self.language, self.region = language, region
        self._words = words_of(language)
        self._base = knowledge(region)

    def __call__(self, key: str, **gaps: object) -> str:
        """A phrase with its gaps filled."""
        said = self._words[key]
        return said.format(**gaps) if gaps else said

    def has(self, key: str) -> bool:
        """Whether there is such a phrase."""
        return key in self._words

    def cause(self, atom: Atom) -> str:
        """A cause in plain words."""
        words = _plain_causes().get(atom.predicate) if self.japanese else None
        if words is None:
            return self._base.label(atom, self.language)
        predicate = self._base.predicates[atom.predicate]
        terms = [
            self._base.sorts[sort].values[term].text(self.language)
            for sort, term in zip(predicate.sorts, atom.terms, strict=True)
        ]
        return words.format("", *terms)

    @property
    def japanese(self) -> bool:
        """Whether the report is in Japanese."""
        return self.language == "ja"

    def said(self, english: str) -> str:
        """A sentence that another module says in English, as a sentence of this language."""
        words = in_japanese(english) if self.japanese else _DEGREES.sub(r"\1°", english)
        return self.capital(words)

    def movement(self, name: str) -> str:
        """A movement as a heading."""
        base = knowledge(region_of_movement(name))
        label = base.sorts["movement"].values.get(name)
        words = name.replace("_", " ") if label is None else label.text(self.language)
        words = words.removeprefix("the ")
        return self.capital(words)

    def measure(self, name: str) -> str:
        """A measure without a norm, by its name."""
        stem = next((name.removesuffix(unit) for unit in _UNITS if name.endswith(unit)), name)
        words = measure_in_japanese(stem) if self.japanese else stem.replace("_", " ")
        return self.capital(words)

    def label(self, condition: Condition) -> str:
        """A measure with a norm: the part of the body, and what of it."""
        what = condition.label.text(self.language)
        return self.capital(what)

    def number(self, value: float, unit: str, *, plus: bool = False) -> str:
        """A value with its unit and a true minus sign, no finer than it is worth reading."""
        if not math.isfinite(value):
            return "–"
        digits = 2 if not unit else 1 if unit in ("cm", "s") else 0
        shown = f"{value:{'+' if plus else ''}.{digits}f}".replace("-", _MINUS)
        if float(f"{value:.{digits}f}") == 0:
            shown = shown.lstrip(f"{_MINUS}+")
        return shown + self.unit(unit)

    def unit(self, unit: str) -> str:
        """A unit as it stands behind a number."""
        if unit in ("", "count"):
            return ""
        return unit.replace("deg", "°") if unit.startswith("deg") else f"{_FIXED}{unit}"

    def valued(self, value: float, error: float | None, unit: str) -> str:
        """A value with its error: ``52° ± 4``."""
        shown = self.number(value, unit)
        if error is None or not math.isfinite(error):
            return shown
        digits = 2 if not unit else 1 if unit in ("cm", "s") else 0
        return f"{shown} ± {error:.{digits}f}"

    def limits(self, low: float | None, high: float | None, unit: str) -> str:
        """What is as expected: ``42° to 75°``, ``at least 170°``."""
        if low is None and high is None:
            return "–"
        shown = {
            name: None if limit is None else f"{limit:.3g}".replace("-", _MINUS) + self.unit(unit)
            for name, limit in (("low", low), ("high", high))
        }
        if low is None or high is None:
            return self("at_most", high=shown["high"]) if low is None else self("at_least", low=shown["low"])
        return self("between", **shown)

    def share(self, share: float) -> str:
        """A share as it is read."""
        return share_in_words(min(share, _NEARLY)).replace(" ", _FIXED)

    def day(self, day: date) -> str:
        """A date in words."""
        if self.japanese:
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def source(self, names: str | tuple[str, ...]) -> str:
        """Names of sources; what is this project's judgement is called so."""
        given = (names,) if isinstance(names, str) else names
        return ", ".join(self("expert") if name == "expert" else name for name in given)

    def capital(self, words: str) -> str:
        """With a capital letter in front."""
        return words[:1].upper() + words[1:]
