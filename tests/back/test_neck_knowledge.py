"""The neck's knowledge base: as much as was asked for, cited, honest, and its causes are told apart."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

import mitate.back.norms as module
from mitate.abduce.format import format_text
from mitate.abduce.language import Atom, Observation, Situation, Support
from mitate.abduce.solve import Reasoner
from mitate.back.region import REGIONS, knowledge
from mitate.back.triage import Category, red_flags

FOLDER = Path(module.__file__).parent / "knowledge" / "neck"
BASE = knowledge("neck")
CAUSES = {
    "forward_head_posture", "deep_neck_flexor_weakness", "neck_extensor_endurance_deficit",
    "restricted_neck_rotation", "restricted_neck_extension", "restricted_neck_side_bend",
    "upper_trapezius_overactivity", "scapular_control_impairment", "restricted_upper_thoracic_extension",
    "restricted_shoulder_elevation", "rotator_cuff_weakness", "static_neck_posture_strain",
    "short_chest_muscles", "neck_guarded_movement", "neck_movement_control_impairment",
}  # fmt: skip
NAMED_BY_EXERCISES = {
    "arm_symptoms", "worse_looking_up", "worse_turning", "worse_overhead_work", "dizzy_on_turning",
}  # fmt: skip


@cache
def reasoner() -> Reasoner:
    return Reasoner(BASE)


def instances(name: str) -> Iterator[Atom]:
    for terms in product(*(BASE.sorts[sort].values for sort in BASE.predicates[name].sorts)):
        yield Atom(name, terms)


def named(kind: str) -> list[str]:
    return [predicate.name for predicate in BASE.predicates.values() if predicate.kind == kind]


GROUND = [atom for name in named("cause") for atom in instances(name)]


def base_rate(atom: Atom) -> float:
    kind = BASE.predicates[atom.predicate].kind
    cost = reasoner().unexplained(atom) if kind == "observation" else reasoner().prior(atom)
    assert cost is not None, f"{atom} has no base rate"
    return math.exp(-cost / 1e6)


def supports() -> Iterator[tuple[str, Support]]:
    yield from ((f"rule {rule.name}", rule.support) for rule in BASE.rules)
    yield from ((f"exclude {one.name}", one.support) for one in BASE.exclusions)
    yield from ((f"unexplained {one.atom}", one.support) for one in BASE.unexplained)
    for predicate in BASE.predicates.values():
        if predicate.prior is not None or predicate.unexplained is not None:
            yield predicate.name, predicate.support


def test_there_is_as_much_as_was_asked_for() -> None:
    assert set(named("cause")) == CAUSES
    assert sum(bool(rule.body) for rule in BASE.rules) >= 60
    assert sum(question.name.startswith("q_") for question in BASE.questions) >= 45
    assert set(BASE.predicates) >= NAMED_BY_EXERCISES


def test_every_number_has_a_source() -> None:
    assert [what for what, support in supports() if not support.sources] == []


def test_every_source_can_be_found_and_what_nobody_read_never_stands_alone() -> None:
    unread = set()
    for source in BASE.sources.values():
        if "not read" in source.citation:
            unread.add(source.name)
        elif not source.convention:
            assert source.url is not None, source.name
            assert source.url.startswith(("https://", "http://")), source.name
    assert unread == {"youdas1992", "correia2025"}
    for what, support in supports():
        cited = set(support.sources)
        assert not cited & unread or cited - unread, f"{what} rests on what was not read"


def test_a_convention_alone_stays_under_its_cap() -> None:
    for name in [*named("observation"), *named("cause")]:
        for atom in instances(name):
            for ground in reasoner().ground_rules(atom):
                cited = [BASE.sources[source] for source in ground.rule.support.sources]
                if all(source.convention for source in cited):
                    ratio = ground.rule.probability / base_rate(atom)
                    assert ratio <= 3 * (1 + 1e-5), f"{ground.rule.name}: {ratio:.2f}"


def test_everything_has_japanese() -> None:
    labels = {name: predicate.label for name, predicate in BASE.predicates.items()}
    labels |= {f"ask {question.name}": question.label for question in BASE.questions}
    for flag in red_flags("neck"):
        labels |= {f"{flag.name} question": flag.question, f"{flag.name} words": flag.words}
    assert [name for name, label in labels.items() if not re.search(r"[ぁ-んァ-ヶ一-龠]", label.ja)] == []
    assert [name for name, label in labels.items() if re.search(r"[ぁ-んァ-ヶ一-龠]", label.en)] == []


@pytest.mark.parametrize("name", [path.name for path in sorted(FOLDER.glob("*.kb"))])
def test_the_files_are_in_canonical_form(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    assert format_text(text, name) == text


def test_red_flags_are_whole() -> None:
    flags = red_flags("neck")
    names = [flag.name for flag in flags]
    assert len(set(names)) == len(names) >= 20
    for flag in flags:
        assert flag.question.en.endswith("?")
        assert flag.question.ja.endswith("か。")
        assert set(flag.sources) <= set(BASE.sources)
        assert set(flag.raised_by) | set(flag.with_any) <= set(names) - {flag.name}
    asked = {flag.category for region in REGIONS for flag in red_flags(region)}
    assert asked == set(get_args(Category))


@pytest.mark.parametrize("cause", GROUND, ids=str)
def test_the_textbook_picture_of_a_cause_is_explained_by_it(cause: Atom) -> None:
    likely = {
        atom
        for name in named("observation")
        for atom in instances(name)
        for rule in reasoner().ground_rules(atom)
        if rule.body == (cause,) and rule.rule.probability > 0.5
    }
    assert len(likely) >= 3
    present = likely | {REGIONS["neck"].complaint}
    stated = [Observation(atom) for atom in sorted(present, key=str)]
    for name in named("observation"):
        for atom in instances(name):
            rivals = reasoner().rivals(atom)
            if atom in present or any(rival in present for rival in rivals):
                continue
            if "moderate" in atom.terms:
                stated.append(Observation(atom))
            elif not rivals:
                stated.append(Observation(atom, absent=True))
    answer = reasoner().explain(Situation(tuple(stated)), k=1, time_limit_s=60)
    assert answer.explanations[0].causes == (cause,)
