"""Written vignettes of the neck, and patients drawn from its base: the cause is found, red flags stop."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from benchmarks.neck import patients_found

from mitate.back._names import cause_named
from mitate.back.cause import BackResult, explain_case
from mitate.back.observations import case_of
from mitate.back.region import knowledge

BASE = knowledge("neck")
VIGNETTES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("neck_vignettes.toml").read_text("utf-8")
)["vignette"]
MECHANICAL = [one for one in VIGNETTES if not one.get("stops", False)]
FLAGGED = [one for one in VIGNETTES if one.get("stops", False)]


def result(one: dict[str, Any]) -> BackResult:
    value = {
        "region": "neck",
        "person": {"age": one["age"], "sex": one["sex"]},
        "signs": dict.fromkeys(one["present"], True) | dict.fromkeys(one["absent"], False),
        "red_flags": dict.fromkeys(one.get("red_flags", ()), True),
    }
    return explain_case(case_of(value, name=one["id"]))


def test_there_are_enough_and_every_cause_is_expected_somewhere() -> None:
    assert len(MECHANICAL) >= 20
    assert len({one["id"] for one in VIGNETTES}) == len(VIGNETTES)
    expected = {
        cause_named(BASE, name, one["id"]).predicate for one in MECHANICAL for name in one["expected"]
    }
    assert expected == {name for name, predicate in BASE.predicates.items() if predicate.kind == "cause"}
    for one in VIGNETTES:
        assert str(one["age"]) in one["text"]
        assert one["url"].startswith(("https://", "http://"))


def test_the_cause_that_the_source_names_comes_first() -> None:
    first = 0
    for one in MECHANICAL:
        best = result(one).explanations[0].causes
        assert len(best) <= 2
        first += {cause_named(BASE, name, one["id"]) for name in one["expected"]} <= set(best)
    assert first / len(MECHANICAL) >= 0.85


@pytest.mark.parametrize("one", FLAGGED, ids=lambda one: str(one["id"]))
def test_a_red_flag_stops_the_path_before_any_cause(one: dict[str, Any]) -> None:
    stopped = result(one)
    assert stopped.stop
    assert not stopped.explanations
    assert one["category"] in {finding.category for finding in stopped.triage.findings}


def test_of_patients_drawn_from_the_base_the_cause_is_found() -> None:
    first, among = patients_found(100)
    assert first >= 88
    assert among >= 95
