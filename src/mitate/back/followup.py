"""A second check beside the first: what has changed by more than chance, and what has not.

A measure has changed where the difference is beyond what its own errors (or the published repeatability)
make by chance (`mitate.back.change`). A grade changes only where its value has passed the limit by more than
the error, so that a value beside a limit does not flicker. The shares of causes are shown then and now
without a verdict: they are no measurement and have no error of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from mitate.abduce.language import Atom, KnowledgeBase, Label
from mitate.back._names import cause_named
from mitate.back.assess import Assessment
from mitate.back.cause import BackResult
from mitate.back.change import Change
from mitate.back.earlier import DISABILITY, PAIN, Earlier, Score, scores_of
from mitate.back.norms import GradeName
from mitate.back.region import knowledge
from mitate.errors import InputError

__all__ = ["CauseThen", "FollowUp", "GradeChange", "ScoreChange", "follow_up"]

Verdict = Literal["better", "worse", "within chance", "not judged"]


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
    """A cause's share then and now; 0 where it was in none of the explanations that were compared.

    `atom` is None for a cause that the knowledge base no longer has.
    """

    name: str
    label: Label
    before: float
    now: float
    atom: Atom | None = None

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
    def day(self) -> date | None:
        """The date of the earlier check, if it told one."""
        try:
            return datetime.fromisoformat(self.made).date()
        except ValueError:
            return None

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
    now = scores_of(document, held_up)
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
    found = []
    for name in (*now, *(name for name in earlier.causes if name not in now)):
        before, own = earlier.causes.get(name, 0.0), now.get(name, 0.0)
        if max(before, own) >= least:
            atom = _atom(base, name)
            label = (
                Label(name, name) if atom is None else Label(base.label(atom, "en"), base.label(atom, "ja"))
            )
            found.append(CauseThen(name, label, before, own, atom))
    return tuple(found)


def _atom(base: KnowledgeBase, name: str) -> Atom | None:
    """A cause by its name; None where the knowledge base has it no more."""
    try:
        return cause_named(base, name, "cause")
    except InputError:
        return None
