"""What a programme is, as data: exercises with dose, days and reasons, what was left out and why, advice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import msgspec

from mitate.abduce.language import Atom, Label
from mitate.abduce.maxsat import Status
from mitate.back.contraindications import Barred
from mitate.back.exercise import Dose, Exercise
from mitate.back.region import LOW_BACK, knowledge
from mitate.back.triage import Triage
from mitate.back.wishes import Wishes, limits

__all__ = ["CLAIM", "LeftOut", "PlannedExercise", "Programme", "Reason", "Unserved", "cited"]

CLAIM = "Exercises by cited literature and expert judgement; not validated on patients. Not a medical device."
Side = Literal["", "left", "right"]


def cited(names: Iterable[str], region: str = LOW_BACK) -> list[dict[str, str | None]]:
    """Sources with their citation and address, from the region's knowledge base, else from the low back's."""
    known = {**knowledge(LOW_BACK).sources, **knowledge(region).sources}
    return [
        {
            "name": name,
            "citation": known[name].citation if name in known else None,
            "url": known[name].url if name in known else None,
        }
        for name in names
    ]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is so: the rule that made it so, in words, with its sources.

    Attributes:
        rule: a stable name, such as ``serves_cause``, ``may_serve``, ``goal``, ``kind``, ``dose.old``.
        of: what the rule was applied to: a cause, a goal, a kind.
    """

    rule: str
    say: Label
    source: tuple[str, ...] = ("expert",)
    of: str = ""

    def as_dict(self, language: str, region: str) -> dict[str, Any]:
        """For JSON."""
        return {
            "rule": self.rule,
            "of": self.of,
            "say": self.say.text(language),
            "sources": cited(self.source, region),
        }


@dataclass(frozen=True, slots=True)
class PlannedExercise:
    """One exercise of the plan.

    Attributes:
        dose: to begin with; `exercise.dose` is what it may grow to.
        days: of the week, 0 for Monday.
        minutes: that a session of it takes.
        reasons: for choosing it: causes (``serves_cause``; ``may_serve`` where it is not a likely one),
            goals, and its kind; dose_reasons: for changing its dose.
        side: to begin with, where the likely cause has a side.
        version: how this person does it, if otherwise than the steps say: an old person's or a chair version.
        instead_of: names of barred exercises whose place it takes.
        rung: on the ladder of the exercise: 0 to begin with, above it steps of `harder`, below of `easier`.
    """

    exercise: Exercise
    dose: Dose
    days: tuple[int, ...]
    minutes: float
    reasons: tuple[Reason, ...]
    dose_reasons: tuple[Reason, ...] = ()
    side: Side = ""
    version: Label | None = None
    instead_of: tuple[str, ...] = ()
    rung: int = 0

    def as_dict(self, language: str) -> dict[str, Any]:
        """For JSON."""
        one = self.exercise
        return {
            "name": one.name,
            "title": one.title.text(language),
            "kind": one.kind,
            "level": one.level,
            "dose": msgspec.to_builtins(self.dose),
            "rung": self.rung,
            "days": list(self.days),
            "minutes": self.minutes,
            "side": self.side,
            "steps": list(one.steps.text(language)),
            "version": None if self.version is None else self.version.text(language),
            "reasons": [reason.as_dict(language, one.region) for reason in self.reasons],
            "dose_reasons": [reason.as_dict(language, one.region) for reason in self.dose_reasons],
            "instead_of": list(self.instead_of),
            "harder": [step.text.text(language) for step in one.harder],
            "easier": [step.text.text(language) for step in one.easier],
        }


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An exercise that is not in the plan: what bars it, or why another choice was worth more.

    Attributes:
        because: ``barred``; ``version`` or ``load`` of a chosen exercise (`of`); ``no_time``; ``number``; or
            ``adds_less``: the plan as a whole would have been worth less with it.
        serves: whether it serves a likely cause.
    """

    exercise: Exercise
    because: Literal["barred", "version", "load", "no_time", "number", "adds_less"]
    barred: tuple[Barred, ...] = ()
    of: str = ""
    serves: bool = False

    def as_dict(self, language: str) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.exercise.name,
            "title": self.exercise.title.text(language),
            "because": self.because,
            "of": self.of,
            "serves_likely_cause": self.serves,
            "barred": [one.as_dict(language) for one in self.barred],
        }


@dataclass(frozen=True, slots=True)
class Unserved:
    """A likely cause that no exercise of the plan serves, and why.

    Attributes:
        because: ``none`` known; all of them ``barred``; or no room: ``time``, or beside the others chosen.
    """

    cause: Atom
    share: float
    because: Literal["none", "barred", "no_room"]


@dataclass(frozen=True, slots=True)
class Programme:
    """A weekly plan with its reasons; without exercises where a red flag stops it.

    Attributes:
        triage: a finding of it stops every exercise; what is unanswered is to be asked before any is begun.
        causes: the likely ones with their shares.
        start, recheck: the first day, and when to look again.
        days: of the week with a session, 0 for Monday.
        exercises: in the order in which to do them.
        minutes: of one session.
        status: of the selection; ``optimal`` unless it was stopped.
        unserved, left_out: likely causes without, and exercises outside, the plan.
        ask_first: limits that were not asked about and would leave out exercises of the plan.
        advice, stop_rules: what to do beside it, and when to stop.
        few: whether no three exercises were possible.
    """

    region: str
    name: str
    triage: Triage
    wishes: Wishes
    start: date
    recheck: date
    recheck_reason: Reason
    causes: Mapping[Atom, float] = field(default_factory=dict)
    days: tuple[int, ...] = ()
    exercises: tuple[PlannedExercise, ...] = ()
    minutes: float = 0.0
    status: Status = "optimal"
    unserved: tuple[Unserved, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    ask_first: tuple[str, ...] = ()
    advice: tuple[Reason, ...] = ()
    stop_rules: tuple[Reason, ...] = ()
    age: float | None = None
    language: str = "en"
    claim: str = CLAIM

    @property
    def stop(self) -> bool:
        """Whether a red flag forbids every exercise."""
        return self.triage.stops

    @property
    def few(self) -> bool:
        """Whether fewer than three exercises were possible."""
        return not self.stop and len(self.exercises) < 3

    def as_dict(self, language: str | None = None) -> dict[str, Any]:
        """For JSON; `mitate.back.progress` reads it again."""
        said = language or self.language
        base = knowledge(self.region)

        def named(atom: Atom, share: float) -> dict[str, Any]:
            return {"cause": str(atom), "label": base.label(atom, said), "share": share}

        return {
            "programme": 1,
            "region": self.region,
            "case": self.name,
            "age": self.age,
            "language": said,
            "stop": self.stop,
            "red_flags": self.triage.as_dict(said),
            "start": self.start.isoformat(),
            "recheck": {
                "date": self.recheck.isoformat(),
                "reason": self.recheck_reason.as_dict(said, self.region),
            },
            "wishes": self.wishes.as_dict(),
            "causes": [named(atom, share) for atom, share in self.causes.items()],
            "days": list(self.days),
            "minutes": self.minutes,
            "exercises": [one.as_dict(said) for one in self.exercises],
            "few": self.few,
            "selection": self.status,
            "unserved": [{**named(one.cause, one.share), "because": one.because} for one in self.unserved],
            "left_out": [one.as_dict(said) for one in self.left_out],
            "ask_first": [{"limit": name, "ask": limits()[name].ask.text(said)} for name in self.ask_first],
            "advice": [one.as_dict(said, self.region) for one in self.advice],
            "stop_rules": [one.as_dict(said, self.region) for one in self.stop_rules],
            "claim": self.claim,
        }
