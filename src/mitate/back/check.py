"""The whole back check in one go: red flags, films, answers, causes, next questions, programme, follow-up.

Red flags come first, from what was told: where one is there, no film is read. Then every film is measured,
several at once; one that cannot be used does not end the others. What all of them show and what was told
become one case (`mitate.back.merged`), which is explained, and from which the exercises are chosen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mitate.back.assess import Assessment
from mitate.back.cause import INTENDED_USE, Advice, BackResult, ask_case, explain_case
from mitate.back.check_inputs import (
    answers_of,
    observed,
    refuse_height,
    refuse_nothing,
    refuse_unusable,
    region_of,
)
from mitate.back.checking import FilmJob, WatchedFilm, check_files, watch_films
from mitate.back.earlier import KIND, Earlier, read_earlier, refuse_other_person
from mitate.back.exercises import exercises
from mitate.back.followup import FollowUp, follow_up
from mitate.back.merged import Conflict, merged, with_person
from mitate.back.observations import BackCase, case_of
from mitate.back.programme import Programme, programme
from mitate.back.region import LOW_BACK, REGIONS, knowledge
from mitate.back.triage import Triage, triage

__all__ = ["QUESTIONS", "BackCheck", "begin", "check_back", "conclude"]

QUESTIONS = 3
"""Next questions that are shown: the best ones."""
_BASICS = {LOW_BACK: ("forward_bend", "backward_bend", "rotation")}
"""Movements that a check of the region should have."""


@dataclass(frozen=True, slots=True, eq=False)
class BackCheck:
    """Everything that one check found.

    Attributes:
        region: of the body.
        language: of the words.
        made: when.
        document: the case, as ``mitate back explain`` reads it.
        case: the same, checked.
        result: red flags and causes; without explanations where nothing was observed that a cause explains.
        advice: what to ask next.
        films: of each movement that was filmed, what came of it; empty where a red flag stopped the check.
        height_m: as told; None if not.
        conflicts: between films and what was told.
        programme: exercises; None where a red flag stopped the check.
        followup: what has changed since an earlier check; None without one.
        seconds: that preparing (rules, answers), reading the films, reasoning and planning took.
        answered: whether a file with answers was given.
    """

    region: str
    language: str
    made: datetime
    document: Mapping[str, Any]
    case: BackCase
    result: BackResult
    advice: Advice
    films: tuple[WatchedFilm, ...] = ()
    height_m: float | None = None
    conflicts: tuple[Conflict, ...] = ()
    programme: Programme | None = None
    followup: FollowUp | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    answered: bool = False
    intended_use: str = INTENDED_USE

    @property
    def stop(self) -> bool:
        """Whether a red flag ended the check before any film was read."""
        return self.result.stop

    @property
    def triage(self) -> Triage:
        """What the red flags say."""
        return self.result.triage

    @property
    def measured(self) -> tuple[Assessment, ...]:
        """The films that could be used."""
        return tuple(film.assessment for film in self.films if film.assessment is not None)

    @property
    def refused(self) -> tuple[WatchedFilm, ...]:
        """The films that could not."""
        return tuple(film for film in self.films if film.refusal is not None)

    @property
    def not_filmed(self) -> tuple[str, ...]:
        """Movements that a check of this region should have and nobody filmed."""
        seen = {film.movement for film in self.films}
        basics = _BASICS.get(self.region, REGIONS[self.region].movements)
        return tuple(name for name in basics if name not in seen)

    @property
    def trained_on(self) -> str:
        """Data that the measurement was learned from; ``simulated`` where no film says otherwise."""
        return next((one.trained_on for one in self.measured), "simulated")

    def as_dict(self) -> dict[str, Any]:
        """The result for JSON; `mitate.back.earlier` reads it again."""
        base, language = knowledge(self.region), self.language
        best = self.advice.suggestions[:QUESTIONS]
        return {
            "kind": KIND,
            "made": self.made.isoformat(timespec="seconds"),
            "region": self.region,
            "language": language,
            "stop": self.stop,
            "person": {"age": self.case.age, "sex": self.case.sex, "height_m": self.height_m},
            "films": [_film_dict(film) for film in self.films],
            "not_filmed": list(self.not_filmed),
            "case": dict(self.document),
            "conflicts": [one.as_dict(base, language) for one in self.conflicts],
            "reasoning": self.result.as_dict(),
            "next": {
                "red_flags_first": [
                    {"name": flag.name, "text": flag.question.text(language)}
                    for flag in self.advice.red_flags
                ],
                "age_first": self.advice.age_first,
                "questions": [{**one.as_dict(), "text": one.question.label.text(language)} for one in best],
            },
            "programme": None if self.programme is None else self.programme.as_dict(language),
            "exercises": []
            if self.programme is None
            else [p.exercise.name for p in self.programme.exercises],
            "followup": None if self.followup is None else self.followup.as_dict(language),
            "seconds": dict(self.seconds),
            "trained_on": self.trained_on,
            "intended_use": self.intended_use,
        }


def _film_dict(film: WatchedFilm) -> dict[str, Any]:
    told: dict[str, Any] = {
        "movement": film.movement,
        "video": film.path,
        "refused": None if film.refusal is None else film.refusal.as_dict(),
        "pictures": [still.file for still in film.stills],
        "seconds": film.seconds,
    }
    return told if film.assessment is None else {**told, **film.assessment.as_dict()}


def check_back(
    films: Mapping[str, Path],
    answers: Path | None = None,
    *,
    age: float | None = None,
    sex: str | None = None,
    height_m: float | None = None,
    before: Path | None = None,
    language: str = "en",
    pictures: Path | None = None,
    details: Path | None = None,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    now: datetime | None = None,
) -> BackCheck:
    """Check one person.

    Args:
        films: by movement (`mitate.back.movement.MOVEMENTS`); any may be missing.
        answers: a case file, as ``mitate back interview`` writes it.
        age, sex, height_m: of the person; years, ``female`` or ``male``, metres.
        before: the folder of an earlier check, or its result.json.
        language: ``en`` or ``ja``, of the words in the result.
        pictures: an existing folder for a few stills of each film.
        details: a folder in which each movement gets what ``mitate back measure --out`` writes.
        workers: processes that read films (`mitate.back.checking.watch_films`).
        progress: called with the share of all films that has been read, 0 to 1.
        now: the time of the check; the clock's by default.

    Raises:
        InputError: a file that cannot be read, contradicting answers, movements of two regions, an earlier
            check of somebody else, or nothing to judge from.
        RefusalError: no film could be used and nothing was told.
        WeightsError: weights are not installed.
    """
    called = time.perf_counter()
    told = with_person(answers_of(answers), age=age, sex=sex)
    name = "answers" if answers is None else str(answers)
    begun = begin(
        told,
        region=region_of(films, told),
        language=language,
        now=now,
        height_m=height_m,
        answered=answers is not None,
        name=name,
    )
    if begun.stop:
        return begun
    earlier = _earlier(before, begun)
    refuse_height(height_m)
    refuse_nothing(films, begun.case)
    jobs = _jobs(begun, films, earlier, pictures, details)
    check_files(jobs)
    ask_case(begun.case)  # what cannot be explained is said before minutes are spent on films
    started = time.perf_counter()
    seen = watch_films(jobs, workers=workers, progress=progress, meanwhile=exercises)
    spent = {"preparing": started - called, "reading": time.perf_counter() - started}
    refuse_unusable(seen, begun.case)
    return conclude(begun, seen, earlier, name=name, spent=spent)


def _earlier(before: Path | None, begun: BackCheck) -> Earlier | None:
    """An earlier check of the same person and region, if one was given."""
    if before is None:
        return None
    earlier, case = read_earlier(before), begun.case
    refuse_other_person(earlier, age=case.age, sex=case.sex, region=begun.region)
    return earlier


def _jobs(
    begun: BackCheck,
    films: Mapping[str, Path],
    earlier: Earlier | None,
    pictures: Path | None,
    details: Path | None,
) -> list[FilmJob]:
    case = begun.case
    return [
        FilmJob(
            movement,
            path,
            age=case.age,
            sex=case.sex,
            height_m=begun.height_m,
            before=None if earlier is None else earlier.films.get(movement),
            pictures=pictures,
            details=None if details is None else details / movement,
        )
        for movement, path in films.items()
    ]


def begin(
    told: Mapping[str, Any],
    *,
    region: str = LOW_BACK,
    language: str = "en",
    now: datetime | None = None,
    height_m: float | None = None,
    answered: bool = True,
    name: str = "answers",
) -> BackCheck:
    """A check before any film: what was told, and whether a red flag in it stops everything.

    Args:
        told: a case document.
        region, language, now, height_m: as for `check_back`.
        answered: whether somebody was asked.
        name: of the document, for messages.

    Raises:
        InputError: what was told cannot be read.
    """
    case = case_of({**told, "region": region}, name=name)
    screened = triage(case.red_flags, age=case.age, region=region)
    return BackCheck(
        region=region,
        language=language,
        made=now or datetime.now().astimezone(),
        document=told,
        case=case,
        result=BackResult(case, screened, language=language),
        advice=Advice(screened.stops, (), False, ()),
        height_m=height_m,
        answered=answered,
    )


def conclude(
    begun: BackCheck,
    seen: Sequence[WatchedFilm],
    earlier: Earlier | None = None,
    *,
    name: str = "answers",
    spent: Mapping[str, float] | None = None,
) -> BackCheck:
    """From what films show and what was told to causes, questions, exercises and changes.

    Args:
        begun: of `begin`, not stopped.
        seen: the films.
        earlier: a check to compare with.
        name: of what was told, for messages.
        spent: seconds that what came before took, by name.

    Raises:
        InputError: what was told contradicts itself.
    """
    started = time.perf_counter()
    measured = [film.assessment for film in seen if film.assessment is not None]
    found = [condition for one in measured for condition in one.conditions]
    whole = merged(found, begun.document, region=begun.region, name=name)
    case, language = whole.case, begun.language
    if observed(case):
        result = explain_case(case, language=language)
    else:
        screened = triage(case.red_flags, age=case.age, region=begun.region)
        result = BackResult(case, screened, language=language)
    advice = ask_case(case, asked=[f"film_{one.movement}" for one in measured])
    reasoned = time.perf_counter()
    plan = programme(result, case, language=language, start=begun.made.date())
    planned = time.perf_counter()
    return replace(
        begun,
        films=tuple(seen),
        document=whole.document,
        case=case,
        conflicts=whole.conflicts,
        result=result,
        advice=advice,
        programme=plan,
        followup=None if earlier is None else follow_up(earlier, measured, result, whole.document),
        seconds={**(spent or {}), "reasoning": reasoned - started, "planning": planned - reasoned},
    )
