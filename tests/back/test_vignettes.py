"""Written vignettes: what the cited literature calls by a name, the low-back base must call by that name.

vignettes.toml says how they were made. They take the way of every user: a case is read, red flags come first,
then the causes. They and the rules come from the same sources, so a high share here shows that the base says
what its sources say; it is no accuracy on patients.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mitate.abduce.language import Atom
from mitate.back._names import cause_named
from mitate.back.cause import BackResult, explain_case, knowledge
from mitate.back.observations import BackCase, case_of
from mitate.errors import InputError

VIGNETTES = Path(__file__).with_name("vignettes.toml")

# Vignettes of which no cause that their source allows comes first. A miss that is mended fails here as well.
KNOWN_MISSES: dict[str, str] = {}
"""None now. As first measured `small_pelvic_flexion` and `spine_pelvis_ratio` missed: a link too weak by its
source's own table, and a citation that did not say what the rule said. Both rules were corrected, so these
vignettes, and `flat_back`, are no longer independent of the base."""
# Vignettes of which only the cause under `accept` comes first, and why the source leaves both open.
ANOTHER_ACCEPTED = {
    "aberrant_movement_elder": "the source calls every aberrant movement by one name",
    "control_tests_extension": "the tests do not part active from passive extension",
}
FIRST, FIRST_OR_ACCEPTED, AMONG_THREE = 47, 49, 49
"""Of the 49 with a cause. As first measured, before the base was corrected: 44, 47 and 48."""


@dataclass(frozen=True, slots=True)
class Vignette:
    """One table of vignettes.toml, which says what each field means."""

    id: str
    source: str
    url: str
    age: int
    sex: str
    text: str
    present: list[str]
    absent: list[str]
    expected: list[str]
    accept: list[str]
    inferred: str = ""
    stops: bool = False
    red_flags: tuple[str, ...] = ()
    category: str = ""

    def case(self, *, flagged: bool = True) -> BackCase:
        """The case as the reader of observation files makes it; without its red flags if not `flagged`."""
        value: dict[str, Any] = {
            "person": {"age": self.age, "sex": self.sex},
            "signs": dict.fromkeys(self.present, True) | dict.fromkeys(self.absent, False),
            "red_flags": dict.fromkeys(self.red_flags if flagged else (), True),
        }
        return case_of(value, knowledge(), name=self.id)

    @property
    def main(self) -> frozenset[Atom]:
        """What its source expects."""
        return frozenset(cause_named(knowledge(), name, self.id) for name in self.expected)

    @property
    def accepted(self) -> frozenset[Atom]:
        """What else its source allows."""
        return frozenset(cause_named(knowledge(), name, self.id) for name in self.accept)


@cache
def vignettes() -> tuple[Vignette, ...]:
    with VIGNETTES.open("rb") as file:
        return tuple(Vignette(**table) for table in tomllib.load(file)["vignette"])


@cache
def result(vignette_id: str) -> BackResult:
    return explain_case(next(v for v in vignettes() if v.id == vignette_id).case())


def case_and_causes(vignette: Vignette) -> tuple[BackCase, frozenset[Atom]]:
    return vignette.case(), vignette.main


def causes(vignette: Vignette) -> list[frozenset[Atom]]:
    return [frozenset(one.causes) for one in result(vignette.id).explanations]


MECHANICAL = tuple(vignette for vignette in vignettes() if not vignette.stops)
FLAGGED = tuple(vignette for vignette in vignettes() if vignette.stops)


def named(chosen: tuple[Vignette, ...], misses: dict[str, str] | None = None) -> list[Any]:
    return [
        pytest.param(
            one,
            id=one.id,
            marks=pytest.mark.xfail(reason=misses[one.id], raises=AssertionError, strict=True)
            if misses and one.id in misses
            else (),
        )
        for one in chosen
    ]


@pytest.mark.parametrize("vignette", named(vignettes()))
def test_every_vignette_is_whole_and_its_names_are_known(vignette: Vignette) -> None:
    assert vignette.source
    assert vignette.url.startswith(("https://", "http://"))
    assert len(vignette.text.split()) >= 15
    assert str(vignette.age) in vignette.text
    assert not set(vignette.present) & set(vignette.absent)
    case = vignette.case()
    assert len(case.situation.observations) == len(vignette.present) + len(vignette.absent)
    if vignette.stops:
        assert vignette.red_flags
        assert not vignette.expected
    else:
        assert vignette.present
        assert vignette.main
        assert not vignette.main & vignette.accepted


def test_there_are_enough_and_each_once() -> None:
    assert len(MECHANICAL) >= 34
    assert len(FLAGGED) >= 5
    assert max(Counter(vignette.id for vignette in vignettes()).values()) == 1
    assert max(Counter((*v.present, *v.absent, v.age, *v.red_flags) for v in vignettes()).values()) == 1


def test_every_cause_of_the_base_is_expected_somewhere() -> None:
    of_base = {name for name, predicate in knowledge().predicates.items() if predicate.kind == "cause"}
    assert {atom.predicate for vignette in MECHANICAL for atom in vignette.main} == of_base


@pytest.mark.parametrize("part", ["present", "expected", "red_flags", "sex"])
def test_a_name_that_nobody_knows_is_refused(part: str) -> None:
    table = {field.name: getattr(MECHANICAL[0], field.name) for field in fields(Vignette)}
    wrong = Vignette(**{**table, part: "femal" if part == "sex" else ["worse_sittin"]})
    with pytest.raises(InputError, match="mci_flexion"):
        case_and_causes(wrong)


def test_a_field_that_nobody_knows_is_refused() -> None:
    table: dict[str, Any] = {"id": "x", "presnt": []}
    with pytest.raises(TypeError, match="presnt"):
        Vignette(**table)


@pytest.mark.parametrize("vignette", named(MECHANICAL, KNOWN_MISSES))
def test_the_cause_that_the_source_names_comes_first(vignette: Vignette) -> None:
    first = causes(vignette)[0]
    assert vignette.main <= first or vignette.accepted & first


def test_where_only_another_cause_that_the_source_allows_comes_first() -> None:
    only = {v.id for v in MECHANICAL if not v.main <= causes(v)[0] and v.accepted & causes(v)[0]}
    assert only == set(ANOTHER_ACCEPTED)


def test_no_listed_vignette_is_missing() -> None:
    assert {v.id for v in MECHANICAL} >= {*KNOWN_MISSES, *ANOTHER_ACCEPTED}


def test_the_shares_are_no_lower_than_when_first_measured() -> None:
    first = sum(v.main <= causes(v)[0] for v in MECHANICAL)
    allowed = sum(v.main <= causes(v)[0] or bool(v.accepted & causes(v)[0]) for v in MECHANICAL)
    three = sum(any(v.main <= one for one in causes(v)) for v in MECHANICAL)
    assert first >= FIRST
    assert allowed >= FIRST_OR_ACCEPTED
    assert three >= AMONG_THREE


def test_the_first_explanation_is_not_right_by_naming_many_causes() -> None:
    sizes = [len(causes(vignette)[0]) for vignette in MECHANICAL]
    assert max(sizes) <= 2
    assert sum(sizes) <= 1.1 * len(sizes)


@pytest.mark.parametrize("vignette", named(FLAGGED))
def test_a_red_flag_stops_the_path_before_any_cause(vignette: Vignette) -> None:
    stopped = result(vignette.id)
    assert stopped.stop
    assert not stopped.explanations
    assert stopped.answer is None
    assert vignette.category in {finding.category for finding in stopped.triage.findings}
    assert {finding.flag for finding in stopped.triage.findings} <= set(vignette.red_flags)


def test_every_kind_of_red_flag_is_written_of() -> None:
    assert {vignette.category for vignette in FLAGGED} == {
        "fracture",
        "tumour",
        "infection",
        "cauda_equina",
        "progressive_deficit",
    }


@pytest.mark.parametrize("vignette", named(tuple(v for v in FLAGGED if v.present)))
def test_without_the_flag_the_same_words_have_causes(vignette: Vignette) -> None:
    free = explain_case(vignette.case(flagged=False))
    assert not free.stop
    assert free.explanations
