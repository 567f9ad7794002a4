"""A second check beside the first: what has changed by more than chance, and what has not.

A measure has changed where the difference is beyond what its own errors (or the published repeatability)
make by chance (`mitate.back.change`). A grade changes only where its value has passed the limit by more than
the error, so that a value beside a limit does not flicker. The shares of causes are shown then and now
without a verdict: they are no measurement and have no error of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mitate.abduce.language import Label
from mitate.back._strict_json import read_json
from mitate.back.assess import Assessment
from mitate.back.cause import BackResult
from mitate.back.change import Before, Change, before_of
from mitate.back.norms import GradeName
from mitate.back.region import LOW_BACK, knowledge
from mitate.errors import InputError

__all__ = [
    "DISABILITY",
    "KIND",
    "CauseThen",
    "Earlier",
    "FollowUp",
    "GradeChange",
    "Score",
    "ScoreChange",
    "follow_up",
    "read_earlier",
    "refuse_other_person",
]

KIND = "mitate back assess"
"""What a result.json of this command says it is."""

Verdict = Literal["better", "worse", "within chance", "not judged"]
_LONGEST_BETWEEN = 20.0  # years


@dataclass(frozen=True, slots=True)
class Score:
    """A score of which less is better.

    Attributes:
        name: ``disability`` or ``pain``.
        detectable: least change that is more than chance, in `unit`; None where none was read.
        noticeable: least change that patients notice; None where none was read.
        source: name of a source of the knowledge base.
    """

    name: str
    unit: str
    detectable: float | None
    noticeable: float | None
    source: str


DISABILITY = Score("disability", "%", 10.0, 12.8, "odi_scoring")
"""Least change that is more than chance (90 %) and that matters, in percentage points."""
PAIN = Score("pain", "/10", None, None, "expert")


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier check found.

    Attributes:
        made: its date, as it stands there; empty if it does not say.
        region: of the body.
        age, sex: of the person, as told then.
        films: the measures of each movement.
        causes: share and words by name.
        scores: values by name of score.
        exercises: names of those that were given.
    """

    made: str
    region: str
    age: float | None
    sex: str | None
    films: Mapping[str, Before] = field(default_factory=dict)
    causes: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    exercises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GradeChange:
    """A measure whose grade is another one now."""

    movement: str
    measure: str
    label: Label
    before: GradeName
    now: GradeName

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """For JSON."""
        return {
            "movement": self.movement,
            "measure": self.measure,
            "label": self.label.text(language),
            "before": self.before,
            "now": self.now,
        }


@dataclass(frozen=True, slots=True)
class CauseThen:
    """A cause's share then and now; 0 where it was in none of the explanations that were compared."""

    name: str
    label: Label
    before: float
    now: float

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "label": self.label.text(language),
            "before": self.before,
            "now": self.now,
        }


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """A score then and now."""

    score: Score
    before: float
    now: float

    @property
    def verdict(self) -> Verdict:
        """Whether it is better or worse by more than chance, as far as a detectable change was read."""
        if self.score.detectable is None:
            return "not judged"
        if abs(self.now - self.before) < self.score.detectable:
            return "within chance"
        return "better" if self.now < self.before else "worse"

    @property
    def is_noticeable(self) -> bool | None:
        """Whether patients would notice it; None where no such change was read."""
        least = self.score.noticeable
        return None if least is None else abs(self.now - self.before) >= least

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.score.name,
            "unit": self.score.unit,
            "before": self.before,
            "now": self.now,
            "detectable": self.score.detectable,
            "noticeable": self.score.noticeable,
            "verdict": self.verdict,
            "is_noticeable": self.is_noticeable,
            "source": self.score.source,
        }


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What has changed since an earlier check.

    Attributes:
        made: date of the earlier one.
        measures: by movement, every measure that both films give.
        grades: measures whose grade is another one.
        causes: that either check had with a share worth telling, the present order first.
        scores: disability and pain, where both checks have them.
        only_then, only_now: movements that only one of the two could judge.
    """

    made: str
    measures: Mapping[str, tuple[Change, ...]]
    grades: tuple[GradeChange, ...] = ()
    causes: tuple[CauseThen, ...] = ()
    scores: tuple[ScoreChange, ...] = ()
    only_then: tuple[str, ...] = ()
    only_now: tuple[str, ...] = ()

    @property
    def changed(self) -> dict[str, tuple[Change, ...]]:
        """By movement, the measures that have changed by more than chance."""
        real = {name: tuple(one for one in found if one.is_real) for name, found in self.measures.items()}
        return {name: found for name, found in real.items() if found}

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """For JSON."""
        return {
            "made": self.made or None,
            "measures": {name: [one.as_dict() for one in found] for name, found in self.measures.items()},
            "grades": [one.as_dict(language) for one in self.grades],
            "causes": [one.as_dict(language) for one in self.causes],
            "scores": [one.as_dict() for one in self.scores],
            "only_then": list(self.only_then),
            "only_now": list(self.only_now),
        }


def read_earlier(path: Path) -> Earlier:
    """An earlier check from its folder, or from the result.json in it.

    Raises:
        InputError: there is no such file, or it is not a result of ``mitate back assess``.
    """
    file = path / "result.json" if path.is_dir() else path
    document = read_json(file)
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise _not_a_result(file)
    try:
        films = {
            str(row["movement"]): before_of(row, file) for row in document["films"] if not row.get("refused")
        }
        person, reasoning = document["person"], document["reasoning"] or {}
        causes = {str(row["name"]): float(row["share"]) for row in reasoning.get("causes") or ()}
        return Earlier(
            made=str(document.get("made") or ""),
            region=str(document["region"]),
            age=None if person.get("age") is None else float(person["age"]),
            sex=None if person.get("sex") is None else str(person["sex"]),
            films=films,
            causes=causes,
            scores=_scores(document.get("case") or {}, reasoning.get("disability")),
            exercises=tuple(str(name) for name in document.get("exercises") or ()),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _not_a_result(file) from error


def _not_a_result(file: Path) -> InputError:
    return InputError(
        "this is not a result of mitate back assess",
        where=file,
        todo="give the folder of an earlier `mitate back assess --out`",
    )


def _scores(case: Mapping[str, Any], disability: Any) -> dict[str, float]:
    found = {}
    if isinstance(disability, dict):
        found[DISABILITY.name] = float(disability["percent"])
    pain = (case.get("programme") or {}).get("pain_now")
    if isinstance(pain, int | float) and not isinstance(pain, bool):
        found[PAIN.name] = float(pain)
    return found


def refuse_other_person(
    earlier: Earlier, *, age: float | None, sex: str | None, region: str = LOW_BACK
) -> None:
    """Refuse to compare what cannot be of the same person, or is of another part of the body.

    Raises:
        InputError: another sex; younger than then, or older by more than twenty years; another region.
    """
    said = ""
    if earlier.sex and sex and earlier.sex != sex:
        said = f"the earlier check is of a {earlier.sex} person, this one of a {sex} one"
    elif earlier.age is not None and age is not None and not 0 <= age - earlier.age <= _LONGEST_BETWEEN:
        said = f"the earlier check is of a person of {earlier.age:g} years, this one of {age:g}"
    elif earlier.region != region:
        said = f"the earlier check is of the region {earlier.region}, this one of {region}"
    if said:
        raise InputError(said, where="--before", todo="give an earlier check of the same person and region")


def follow_up(
    earlier: Earlier,
    films: Iterable[Assessment],
    result: BackResult,
    document: Mapping[str, Any],
    *,
    least_share: float = 0.1,
) -> FollowUp:
    """Compare a check with an earlier one.

    Args:
        films: of this check, each measured with the earlier film of its movement (`Before`).
        result: the causes now.
        document: the case now.
        least_share: causes that had less in both checks are left out.
    """
    seen = {one.movement: one for one in films}
    then = set(earlier.films)
    grades = []
    for movement, one in seen.items():
        former = earlier.films[movement].grades if movement in then else {}
        for condition in one.conditions:
            before = former.get(condition.measure)
            if before is not None and condition.grade is not None and condition.grade != before:
                grades.append(
                    GradeChange(movement, condition.measure, condition.label, before, condition.grade)
                )
    held_up = None if result.case.disability is None else result.case.disability.as_dict()
    now = _scores(document, held_up)
    return FollowUp(
        made=earlier.made,
        measures={name: one.changes for name, one in seen.items() if name in then},
        grades=tuple(grades),
        causes=_causes(earlier, result, least_share),
        scores=tuple(
            ScoreChange(score, earlier.scores[score.name], now[score.name])
            for score in (DISABILITY, PAIN)
            if score.name in now and score.name in earlier.scores
        ),
        only_then=tuple(name for name in earlier.films if name not in seen),
        only_now=tuple(name for name in seen if name not in then),
    )


def _causes(earlier: Earlier, result: BackResult, least: float) -> tuple[CauseThen, ...]:
    base = knowledge(result.case.region)
    shares = {} if result.posterior is None else result.posterior.causes
    now = {str(atom): share for atom, share in shares.items()}
    labels = {str(atom): Label(base.label(atom, "en"), base.label(atom, "ja")) for atom in shares}
    names = [*now, *(name for name in earlier.causes if name not in now)]
    return tuple(
        CauseThen(name, labels.get(name) or _label(name, result.case.region), before, own)
        for name in names
        if max(before := earlier.causes.get(name, 0.0), own := now.get(name, 0.0)) >= least
    )


def _label(name: str, region: str) -> Label:
    """The words for a cause by its name; the name itself where the knowledge base has none any more."""
    from mitate.back._names import cause_named

    base = knowledge(region)
    try:
        atom = cause_named(base, name, "cause")
    except InputError:
        return Label(name, name)
    return Label(base.label(atom, "en"), base.label(atom, "ja"))
