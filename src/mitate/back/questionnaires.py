"""A risk band and a disability percentage, scored as published for two questionnaires that have owners.

The questions are the project's own (``knowledge/questionnaires.toml``); the owners' text is not here, and a
result must not be called by their names. The risk band is scored as published for the STarT Back tool, the
percentage as published for the Oswestry Disability Index; docs/back-triage.md gives the pages.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from mitate.abduce.language import Label
from mitate.abduce.names import did_you_mean
from mitate.errors import InputError

__all__ = [
    "Disability",
    "DisabilityBand",
    "Item",
    "RiskBand",
    "disability",
    "disability_items",
    "introduction",
    "risk_band",
    "risk_items",
]

DisabilityBand = Literal["minimal", "moderate", "severe", "very_severe", "bed_bound"]
_BANDS: tuple[DisabilityBand, ...] = ("minimal", "moderate", "severe", "very_severe", "bed_bound")
_SECTIONS, _MOST = 10, 5


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    Attributes:
        text: the question, or what to agree with.
        answers: what may be given, with its words: truth values, words, or scores from 0.
    """

    name: str
    text: Label
    answers: tuple[tuple[bool | str | int, Label], ...]


@dataclass(frozen=True, slots=True)
class RiskBand:
    """Risk that the pain stays a trouble.

    Attributes:
        total: items answered with yes, 0 to 9.
        psychosocial: those of them among items 5 to 9, 0 to 5.
        band: total 3 or less ``low``; else psychosocial 3 or less ``medium``; else ``high``.
    """

    total: int
    psychosocial: int
    band: Literal["low", "medium", "high"]
    source: str = "start_back_scoring"

    def as_dict(self) -> dict[str, Any]:
        """The result as ``--json`` prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Disability:
    """How much the back holds a person up.

    Attributes:
        percent: 100 times the sum over 5 times the sections answered, 0 to 100.
        band: up to 20 ``minimal``, 40 ``moderate``, 60 ``severe``, 80 ``very_severe`` (published as
            "crippled"), above ``bed_bound`` (published as "bed-bound or exaggerating").
        answered: sections answered, 1 to 10.
        detectable_percent: the least change that is more than chance (minimal detectable change, 90 %).
        examine: whether the published reading asks for a detailed investigation (above 40 %).
    """

    percent: float
    band: DisabilityBand
    answered: int
    examine: bool
    detectable_percent: float = 10.0
    source: str = "odi_scoring"

    def as_dict(self) -> dict[str, Any]:
        """The result as ``--json`` prints it."""
        return asdict(self)


def risk_band(answers: Sequence[bool | int | str | None], *, where: str = "risk") -> RiskBand:
    """The risk band, scored as published for the STarT Back tool.

    Source: physio-pedia.com/STarT_Back_Screening_Tool.

    Args:
        answers: nine. The first eight true or false (1 or 0): agrees or not. The ninth, how troublesome the
            back was, as one of its five words, of which the last two count; or true or false.

    Raises:
        InputError: not nine answers, one left out (no rule for that was published), or none of those allowed.
    """
    items = risk_items()
    _count(answers, len(items), where)
    left_out = [str(number) for number, answer in enumerate(answers, 1) if answer is None]
    if left_out:
        raise InputError(
            f"no answer to {', '.join(left_out)}",
            where=where,
            todo="answer all nine: the band needs every one",
        )
    said = [
        _agrees(answer, f"{where}[{number}]", number == len(items))
        for number, answer in enumerate(answers, 1)
    ]
    rows = _file()["risk"]["item"]
    total = sum(said)
    psychosocial = sum(yes for yes, row in zip(said, rows, strict=True) if row.get("psychosocial", False))
    return RiskBand(total, psychosocial, "low" if total <= 3 else "medium" if psychosocial <= 3 else "high")


def disability(scores: Sequence[int | None], *, where: str = "disability") -> Disability:
    """The disability percentage and band, scored as published for the Oswestry Disability Index.

    Source: asir-journal.biomedcentral.com/articles/10.1186/1750-1164-7-12/tables/1. Its bands are given in
    whole percents (0-20, 21-40 and so on). No sum of whole scores falls between two of them, however many
    sections were answered, so the upper ends are all that is needed.

    Args:
        scores: ten whole numbers from 0 to 5; None for a section left out, which then counts neither above
            nor below the line.

    Raises:
        InputError: not ten scores, none of them answered, or no whole number from 0 to 5.
    """
    _count(scores, _SECTIONS, where)
    given = [
        _score(score, f"{where}[{number}]") for number, score in enumerate(scores, 1) if score is not None
    ]
    if not given:
        raise InputError("no section is answered", where=where, todo="answer at least one")
    total, answered = sum(given), len(given)
    band = max(
        0, -(-total // answered) - 1
    )  # a fifth of 5 points a section: whole numbers, so edges are exact
    return Disability(100 * total / (_MOST * answered), _BANDS[band], answered, band >= 2)


def risk_items() -> tuple[Item, ...]:
    """The nine questions of the risk band, in order."""
    risk = _file()["risk"]
    agree: tuple[tuple[bool | str | int, Label], ...]
    agree = ((True, Label("yes", "はい")), (False, Label("no", "いいえ")))
    trouble = tuple((row["name"], _label(row)) for row in risk["answer"])
    last = len(risk["item"]) - 1
    return tuple(
        Item(row["name"], _label(row), trouble if number == last else agree)
        for number, row in enumerate(risk["item"])
    )


def disability_items() -> tuple[Item, ...]:
    """The ten sections of the disability percentage, in order, with their answers from score 0 to 5."""
    part = _file()["disability"]
    return tuple(
        Item(
            row["name"],
            _label(row),
            tuple(
                (score, _label(answer.get(row["name"], answer)))
                for score, answer in enumerate(part["answer"])
            ),
        )
        for row in part["item"]
    )


def introduction(which: Literal["risk", "disability"]) -> Label:
    """What to say before the questions."""
    return _label(_file()[which]["intro"])


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    file = resources.files("mitate.back").joinpath("knowledge", "questionnaires.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _label(words: dict[str, Any]) -> Label:
    return Label(words["en"], words["ja"])


def _count(answers: Sequence[object], wanted: int, where: str) -> None:
    if isinstance(answers, str) or len(answers) != wanted:
        raise InputError(f"{len(answers)} answers", where=where, todo=f"give {wanted}, in order")


def _agrees(answer: object, where: str, troubled: bool) -> bool:
    if isinstance(answer, bool):
        return answer
    if not troubled:
        if isinstance(answer, int) and answer in (0, 1):
            return bool(answer)
        raise InputError("this is no yes or no", where=where, todo="give true or false")
    rows = {row["name"]: bool(row.get("positive", False)) for row in _file()["risk"]["answer"]}
    if not isinstance(answer, str):
        raise InputError("this says not how much", where=where, todo=f"give one of {', '.join(rows)}")
    if answer not in rows:
        raise InputError(f"there is no answer {answer[:60]!r}", where=where, todo=did_you_mean(answer, rows))
    return rows[answer]


def _score(score: object, where: str) -> int:
    if isinstance(score, bool) or not isinstance(score, int) or not 0 <= score <= _MOST:
        raise InputError(
            f"a score is a whole number from 0 to {_MOST}", where=where, todo="or null for a section left out"
        )
    return score
