"""What a back check rests on: the sources it cites, and versions and digests of everything that took part."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from mitate import __version__
from mitate.abduce.answer import Explanation
from mitate.back.check import BackCheck
from mitate.back.check_words import Say
from mitate.back.region import LOW_BACK, knowledge, region_named
from mitate.weights import registry

__all__ = ["cited_names", "knowledge_digest", "version_lines", "versions"]

_NETWORKS = ("pose_detector", "pose")


def cited_names(check: BackCheck) -> list[str]:
    """Names of all sources behind the result, each once, in the order in which they come."""
    names: list[str] = []
    for finding in check.triage.findings:
        names += finding.sources
    for one in check.measured:
        names += [condition.source for condition in one.conditions if condition.source]
        names += [measure.source for measure in one.measures.values.values()]
    for explanation in check.result.explanations:
        names += _of(explanation)
    names += [score.source for score in (check.case.risk, check.case.disability) if score is not None]
    if check.programme is not None:
        plan = check.programme
        reasons = [*plan.advice, *plan.stop_rules, plan.recheck_reason]
        for planned in plan.exercises:
            reasons += [*planned.reasons, *planned.dose_reasons]
            names += [name for bar in planned.exercise.not_when for name in bar.source]
        names += [name for reason in reasons for name in reason.source]
    known = {**knowledge(LOW_BACK).sources, **knowledge(check.region).sources}
    return [name for name in dict.fromkeys(names) if name in known]


def _of(explanation: Explanation) -> list[str]:
    rules = [step.rule for step in explanation.steps] + [chance.rule for chance in explanation.failed]
    return [name for rule in rules if rule is not None for name in rule.support.sources]


@lru_cache(maxsize=4)
def knowledge_digest(region: str) -> str:
    """sha256 of a region's rule files, in the order of their names."""
    found = hashlib.sha256()
    for file in region_named(region).rule_files():
        found.update(file.read_bytes())
    return found.hexdigest()


def versions(check: BackCheck) -> dict[str, str]:
    """Program, networks and knowledge base, for JSON."""
    lift = next((one.model for one in check.measured if one.model), "")
    networks = [w for w in registry().values() if w.name in _NETWORKS] if check.measured else []
    return {
        "mitate": __version__,
        "lift": lift.removeprefix("lift "),
        "pose": ", ".join(f"{weight.name}:{weight.sha256[:12]}" for weight in networks),
        "knowledge": knowledge_digest(check.region),
    }


def version_lines(check: BackCheck, say: Say) -> list[tuple[str, str]]:
    """The same in words, for the report."""
    told = versions(check)
    lines = [
        (say("version_program"), f"mitate {told['mitate']}"),
        (say("version_made"), check.made.strftime("%Y-%m-%d %H:%M %z").strip()),
    ]
    if told["lift"]:
        learned = say("trained_simulated") if check.trained_on == "simulated" else check.trained_on
        lines += [
            (say("version_lift"), told["lift"]),
            (say("version_trained"), f"{learned} (trained_on: {check.trained_on})"),
        ]
    if told["pose"]:
        lines.append((say("version_pose"), told["pose"]))
    lines.append((say("version_knowledge"), told["knowledge"][:16]))
    if check.seconds:
        taken = {key: check.seconds.get(key, 0.0) for key in ("reading", "reasoning")}
        lines.append((say("version_seconds"), say("seconds_said", **taken)))
    return lines
