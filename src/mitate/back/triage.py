"""Red flags: which answers stop the self-care path, where they send the person, and how fast.

The flags of the low back are those of the AHCPR table, with what two later lists add; docs/back-triage.md
says what was decided where the sources are silent. Those of each region stand in ``red_flags.toml`` of its
knowledge. Nothing here finds a disease: a flag says that a doctor has to look before anybody exercises.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from mitate.abduce.language import Label
from mitate.abduce.names import did_you_mean
from mitate.back.age import checked_age
from mitate.back.region import LOW_BACK, region_named
from mitate.errors import InputError

__all__ = [
    "Category",
    "Finding",
    "RedFlag",
    "Triage",
    "Urgency",
    "red_flag_names",
    "red_flags",
    "triage",
]

Category = Literal[
    "fracture",
    "tumour",
    "infection",
    "cauda_equina",
    "progressive_deficit",
    "myelopathy",
    "artery",
    "heart",
    "inflammation",
]
Urgency = Literal["emergency_now", "doctor_today", "doctor_this_week"]
_STEPS: tuple[Urgency, ...] = ("doctor_this_week", "doctor_today", "emergency_now")


@dataclass(frozen=True, slots=True)
class RedFlag:
    """One red flag as the file tells it.

    Attributes:
        urgency: of the flag alone; one step more beside any flag of `raised_by`.
        below, above: the ages (years) before and after which it counts; None where age plays no part.
        with_any: flags any of which makes it count at every age.
        stops: False if it is asked only because another flag needs it.
        question, words: what to ask, and what a yes means in a few words.
        sources: names of sources of the knowledge base.
    """

    name: str
    category: Category
    urgency: Urgency
    question: Label
    words: Label
    sources: tuple[str, ...]
    raised_by: tuple[str, ...] = ()
    with_any: tuple[str, ...] = ()
    below: float | None = None
    above: float | None = None
    stops: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """A flag that is there: what was said, where to go and how fast."""

    flag: str
    category: Category
    urgency: Urgency
    words: Label
    where: Label
    how_fast: Label
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Triage:
    """What the red flags say.

    Attributes:
        stops: whether any flag is there, so that self-care must not go on.
        findings: the flags that are there, the most urgent first, otherwise in the order of the file.
        unanswered: what has still to be asked, ``age`` or names of flags; unanswered is never taken for no.
        advice: what to tell a person whom nothing stops.
    """

    stops: bool
    findings: tuple[Finding, ...]
    unanswered: tuple[str, ...]
    advice: tuple[Label, ...] = ()

    @property
    def clear(self) -> bool:
        """Whether self-care may go on: no flag is there and none is left to ask."""
        return not self.stops and not self.unanswered

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """The result as ``--json`` prints it, in words of `language`."""
        return {
            "stops": self.stops,
            "clear": self.clear,
            "findings": [_finding_dict(finding, language) for finding in self.findings],
            "unanswered": list(self.unanswered),
            "advice": [label.text(language) for label in self.advice],
        }


def _finding_dict(finding: Finding, language: str) -> dict[str, Any]:
    return {
        "flag": finding.flag,
        "category": finding.category,
        "urgency": finding.urgency,
        "words": finding.words.text(language),
        "where": finding.where.text(language),
        "how_fast": finding.how_fast.text(language),
        "sources": list(finding.sources),
    }


@lru_cache(maxsize=4)
def _file(region: str) -> dict[str, Any]:
    return tomllib.loads(region_named(region).file("red_flags.toml").read_text(encoding="utf-8"))


def _label(words: Mapping[str, str]) -> Label:
    return Label(words["en"], words["ja"])


@lru_cache(maxsize=4)
def red_flags(region: str = LOW_BACK) -> tuple[RedFlag, ...]:
    """Every red flag of a region, in the order in which to ask: the most urgent first."""
    return tuple(
        RedFlag(
            name=row["name"],
            category=row["category"],
            urgency=row["urgency"],
            question=_label(row["question"]),
            words=_label(row["words"]),
            sources=tuple(row["sources"]),
            raised_by=tuple(row.get("raised_by", ())),
            with_any=tuple(row.get("with_any", ())),
            below=row.get("ages", {}).get("below"),
            above=row.get("ages", {}).get("above"),
            stops=row.get("stops", True),
        )
        for row in _file(region)["flag"]
    )


def red_flag_names(region: str = LOW_BACK) -> tuple[str, ...]:
    """The names of all red flags of a region, in the order in which to ask."""
    return tuple(flag.name for flag in red_flags(region))


def triage(flags: Mapping[str, bool | None], *, age: float | None = None, region: str = LOW_BACK) -> Triage:
    """What the red flags say of one person.

    Args:
        flags: by name, whether the flag is there; None or left out: not answered.
        age: in years; None if not told, which leaves flags that depend on it undecided.
        region: whose red flags these are.

    Raises:
        InputError: an unknown region or flag (with the nearest name), an answer that is no yes or no, or an
            impossible age.
    """
    years = None if age is None else checked_age(age)
    every = red_flags(region)
    answers = _checked(flags, red_flag_names(region))
    counts = {flag.name: _counts(flag, answers, years) for flag in every}
    present = {name for name, answer in answers.items() if answer}
    found = [flag for flag in every if flag.stops and flag.name in present and counts[flag.name]]
    findings = [_finding(flag, present, _file(region)["urgency"]) for flag in found]
    findings.sort(key=lambda finding: -_STEPS.index(finding.urgency))
    return Triage(
        stops=bool(findings),
        findings=tuple(findings),
        unanswered=_unanswered(every, answers, counts, years),
        advice=() if findings else _advice(years, _file(region).get("age_alone")),
    )


def _checked(flags: Mapping[str, bool | None], names: tuple[str, ...]) -> dict[str, bool | None]:
    for name, answer in flags.items():
        if name not in names:
            raise InputError(
                f"there is no red flag {name!r}", where="red_flags", todo=did_you_mean(str(name), names)
            )
        if answer is not None and not isinstance(answer, bool):
            raise InputError(
                f"{answer!r} is no yes or no", where=f"red_flags.{name}", todo="give true, false or null"
            )
    return {name: flags.get(name) for name in names}


def _counts(flag: RedFlag, answers: Mapping[str, bool | None], age: float | None) -> bool | None:
    """Whether a yes to `flag` would stop this person; None while that is not known."""
    by_age = flag.below is not None or flag.above is not None
    if not by_age and not flag.with_any:
        return True
    others = [answers[name] for name in flag.with_any]
    if any(others) or (by_age and age is not None and _at_risk(age, flag.below, flag.above)):
        return True
    return None if None in others or (by_age and age is None) else False


def _at_risk(age: float, below: float | None, above: float | None) -> bool:
    return (below is not None and age < below) or (above is not None and age > above)


def _finding(flag: RedFlag, present: set[str], urgencies: Mapping[str, Any]) -> Finding:
    step = _STEPS.index(flag.urgency)
    if present & set(flag.raised_by):
        step = min(step + 1, len(_STEPS) - 1)
    urgency = _STEPS[step]
    words = urgencies[urgency]
    where, how_fast = _label(words["where"]), _label(words["how_fast"])
    return Finding(flag.name, flag.category, urgency, flag.words, where, how_fast, flag.sources)


def _unanswered(
    flags: tuple[RedFlag, ...],
    answers: Mapping[str, bool | None],
    counts: Mapping[str, bool | None],
    age: float | None,
) -> tuple[str, ...]:
    """What could still stop this person, or is needed to know whether something said does."""
    missing: set[str] = set()
    for flag in flags:
        if not flag.stops or answers[flag.name] is False or counts[flag.name] is False:
            continue
        if answers[flag.name] is None:
            missing.add(flag.name)
        if counts[flag.name] is None:
            missing.update(name for name in flag.with_any if answers[name] is None)
            if age is None:
                missing.add("age")
    return tuple(name for name in ("age", *answers) if name in missing)


def _advice(age: float | None, alone: Mapping[str, Any] | None) -> tuple[Label, ...]:
    if alone is None or age is None or not _at_risk(age, alone["below"], alone["above"]):
        return ()
    return (_label(alone["advice"]),)
