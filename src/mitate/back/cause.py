"""Likely mechanical causes of one case: red flags first, then the reasoner on the region's knowledge base."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mitate.abduce.ask import Suggestion, next_questions
from mitate.abduce.explain import (
    Contribution,
    Posterior,
    WhyNot,
    contributions,
    explanation_as_dict,
    posterior,
    seen_in_words,
    why_not,
)
from mitate.abduce.ground import MICRO
from mitate.abduce.language import Atom, KnowledgeBase, Observation, Situation
from mitate.abduce.solve import Answer, Explanation, Reasoner
from mitate.back._names import cause_named
from mitate.back.observations import BackCase
from mitate.back.region import LOW_BACK, REGIONS, knowledge
from mitate.back.softened import Reading, softened_rules
from mitate.back.triage import RedFlag, Triage, red_flags, triage
from mitate.errors import InputError

__all__ = [
    "COMPLAINT",
    "INTENDED_USE",
    "KNOWLEDGE",
    "Advice",
    "BackResult",
    "ask_case",
    "explain_case",
    "knowledge",
    "reasoner",
    "why_not_case",
]

COMPLAINT = REGIONS[LOW_BACK].complaint
"""What every case of the low back is about, whether it is stated or not."""
INTENDED_USE = "Research use. Not a medical device; not a diagnosis, and no substitute for being examined."
KNOWLEDGE = "knowledge base: cited literature and expert judgement; not validated on patients"
_COMPARED = 6
"""Explanations that the posterior rests on, where fewer are to be shown."""
_own = threading.local()


def reasoner(region: str = LOW_BACK) -> Reasoner:
    """This thread's reasoner on a region's `knowledge`, which keeps what it has grounded.

    Raises:
        InputError: no such region.
    """
    if not hasattr(_own, "reasoners"):
        _own.reasoners = {}
    found: dict[str, Reasoner] = _own.reasoners
    if region not in found:
        found[region] = Reasoner(knowledge(region))
    return found[region]


@dataclass(frozen=True, slots=True)
class BackResult:
    """What is said of one case.

    Attributes:
        case: what it rests on.
        triage: the red flags: which are present, which were not asked about, and what to do. If it says stop,
            nothing else was computed.
        explanations: the best first; of each, its share among all that were compared.
        posterior: of the causes.
        contributions: of each explanation, what each observation says for it against the best other one.
        habits: contributing habits of the explanations, by the share of those that have them.
        answer: of the reasoner, with every explanation that was compared; None where a red flag stopped it.
    """

    case: BackCase
    triage: Triage
    explanations: tuple[Explanation, ...] = ()
    posterior: Posterior | None = None
    contributions: tuple[tuple[Contribution, ...], ...] = ()
    habits: Mapping[Atom, float] = field(default_factory=dict)
    answer: Answer | None = None
    language: str = "en"
    knowledge: str = KNOWLEDGE
    intended_use: str = INTENDED_USE

    @property
    def stop(self) -> bool:
        """Whether a red flag ends the path before any cause is looked for."""
        return self.triage.stops

    def as_dict(self) -> dict[str, Any]:
        """The result as ``--json`` prints it."""
        base, language = knowledge(self.case.region), self.language
        shares = {} if self.posterior is None else self.posterior.causes
        return {
            "case": {
                "name": self.case.name,
                "region": self.case.region,
                "age": self.case.age,
                "sex": self.case.sex,
            },
            "stop": self.stop,
            "red_flags": self.triage.as_dict(language),
            "status": "red_flag" if self.answer is None else self.answer.status,
            "causes": [_named(base, atom, language, share) for atom, share in shares.items()],
            "habits": [_named(base, atom, language, share) for atom, share in self.habits.items()],
            "explanations": [
                {
                    "share": share,
                    **explanation_as_dict(base, one, language),
                    "contributions": [part.as_dict() for part in parts],
                }
                for one, (_, share), parts in zip(
                    self.explanations, self._sets(), self.contributions, strict=True
                )
            ],
            "limits": [] if self.posterior is None else list(self.posterior.limits(language)),
            "measures": [graded.as_dict() for graded in self.case.graded],
            "unsure": [
                {**one.as_dict(), "label": seen_in_words(base, one.observation, language)}
                for one in self.case.unsure
            ],
            "unknown": list(self.case.unknown),
            "risk": None if self.case.risk is None else self.case.risk.as_dict(),
            "disability": None if self.case.disability is None else self.case.disability.as_dict(),
            "lower_bound_nats": None if self.answer is None else self.answer.lower_bound / MICRO,
            "seconds": None if self.answer is None else self.answer.seconds,
            "knowledge": self.knowledge,
            "intended_use": self.intended_use,
        }

    def _sets(self) -> tuple[tuple[tuple[Atom, ...], float], ...]:
        return () if self.posterior is None else self.posterior.sets[: len(self.explanations)]


def _named(base: KnowledgeBase, atom: Atom, language: str, share: float) -> dict[str, Any]:
    return {"name": str(atom), "label": base.label(atom, language), "share": share}


@dataclass(frozen=True, slots=True)
class Advice:
    """What to ask next: red flags that were not asked about first, then questions, the best first.

    Attributes:
        stop: a red flag is present, so that nothing more is to be asked.
        red_flags: those that were not answered.
        age_first: whether some of them depend on the age, which was not told.
    """

    stop: bool
    red_flags: tuple[RedFlag, ...]
    age_first: bool
    suggestions: tuple[Suggestion, ...]


def explain_case(
    case: BackCase, *, k: int = 3, time_limit_s: float = 10.0, language: str = "en"
) -> BackResult:
    """Triage, then the causes.

    Args:
        k: explanations at most.
        time_limit_s: for the search; the best so far is returned when it is over.
        language: ``en`` or ``ja``, of the labels in the result.

    Raises:
        InputError: nothing was observed, the region does not hurt, or observations contradict each other.
    """
    screened = triage(case.red_flags, age=case.age, region=case.region)
    if screened.stops:
        return BackResult(case, screened, language=language)
    situation = _situation(case)
    mind = _mind(case)
    answer = mind.explain(situation, k=max(k, _COMPARED), time_limit_s=time_limit_s)
    shown = answer.explanations[:k]
    return BackResult(
        case,
        screened,
        explanations=shown,
        posterior=posterior(answer, k=max(k, _COMPARED)),
        contributions=tuple(
            contributions(mind, situation, one, _rival(one, answer.explanations)) for one in shown
        ),
        habits=_habits(answer, knowledge(case.region)),
        answer=answer,
        language=language,
    )


def ask_case(case: BackCase, *, asked: Iterable[str] = ()) -> Advice:
    """What to ask or to try next.

    Args:
        asked: names of questions that must not come again.

    Raises:
        InputError: the region does not hurt, or observations that contradict each other.
    """
    screened = triage(case.red_flags, age=case.age, region=case.region)
    if screened.stops:
        return Advice(True, (), False, ())
    unsettled = {one.observation.atom for one in case.unsure if one.borderline}
    situation = _with_complaint(case)
    situation = replace(
        situation, observations=tuple(o for o in situation.observations if o.atom not in unsettled)
    )
    return Advice(
        stop=False,
        red_flags=tuple(flag for flag in red_flags(case.region) if flag.name in screened.unanswered),
        age_first="age" in screened.unanswered,
        suggestions=next_questions(reasoner(case.region), situation, asked=asked),
    )


def why_not_case(case: BackCase, cause: str, *, time_limit_s: float = 10.0) -> WhyNot:
    """Why a cause is not in the best explanation, and which observations would have to be otherwise.

    Raises:
        InputError: nothing was observed, or no such cause.
    """
    atom = cause_named(knowledge(case.region), cause, "CAUSE")
    return why_not(_mind(case), _situation(case), atom, time_limit_s=time_limit_s)


def _mind(case: BackCase) -> Reasoner:
    """A reasoner to whom rules count for as much as the readings of this case are sure."""
    readings = [Reading(one.observation.atom, one.observation.absent, one.sure) for one in case.unsure]
    base = knowledge(case.region)
    softened = softened_rules(base, readings)
    return reasoner(case.region) if softened is base else Reasoner(softened)


def _situation(case: BackCase) -> Situation:
    """What is to be explained.

    Raises:
        InputError: nothing that a cause could explain was observed.
    """
    situation = _with_complaint(case)
    if len(situation.observations) == 1:
        raise InputError(
            f"nothing was observed but that the {REGIONS[case.region].title.en} hurts",
            where=case.name,
            todo="give conditions, signs, measures or answers; `mitate back ask` says which tell most",
        )
    return situation


def _with_complaint(case: BackCase) -> Situation:
    """The case's situation, in which its region hurts."""
    observations, region = case.situation.observations, REGIONS[case.region]
    stated = next((seen for seen in observations if seen.atom == region.complaint), None)
    if stated is not None and stated.absent:
        raise InputError(
            f"the {region.title.en} does not hurt, so there is nothing to explain",
            where=f"{case.name}: {region.complaint}",
            todo="leave it out or make it true",
        )
    if stated is None:
        observations = (Observation(region.complaint), *observations)
    return replace(case.situation, observations=observations)


def _rival(one: Explanation, others: Sequence[Explanation]) -> Explanation:
    """The best other explanation; itself where there is none, which makes every contribution zero."""
    return next((other for other in others if other is not one), one)


def _habits(answer: Answer, base: KnowledgeBase) -> dict[Atom, float]:
    """Hypotheses that are no causes, by the share of the explanations that have them; most first."""
    predicates = base.predicates
    shares: dict[Atom, float] = {}
    for one, (_, share) in zip(answer.explanations, posterior(answer).sets, strict=True):
        for atom in one.model:
            if predicates[atom.predicate].kind == "hypothesis":
                shares[atom] = shares.get(atom, 0.0) + share
    return dict(sorted(shares.items(), key=lambda pair: (-pair[1], str(pair[0]))))
