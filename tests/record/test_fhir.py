"""FHIR: fhir.resources is the oracle."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.edema.results import INTENDED_USE
from mitate.errors import InputError
from mitate.record.captures import CaptureFacts, KnownCapture
from mitate.record.fhir import bundle, example, main, release_of, validated
from mitate.record.fhir_parts import RELEASES, Release, back_report, excess


def _of_kind(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["resource"] for one in found["entry"] if one["resource"]["resourceType"] == kind]


@pytest.mark.parametrize("release", RELEASES)
def test_the_example_has_every_kind_and_passes(release: Release) -> None:
    found = json.loads(validated(bundle(example(), release), release))
    kinds = {one["resource"]["resourceType"] for one in found["entry"]}
    assert kinds == {
        "Patient", "Device", "Observation", "QuestionnaireResponse", "DiagnosticReport",
    }  # fmt: skip


@pytest.mark.parametrize("release", RELEASES)
def test_a_value_has_its_interval_and_a_refusal_its_reason(release: Release) -> None:
    observations = _of_kind(bundle(example(), release), "Observation")
    excess = [one for one in observations if one["code"]["coding"][0]["code"] == "excess-fluid"]
    read, refused = excess
    assert read["valueQuantity"]["value"] == 1.9
    assert [part["valueQuantity"]["value"] for part in read["component"][:2]] == [1.4, 2.4]
    assert "valueQuantity" not in refused
    assert refused["dataAbsentReason"]["text"] == "the face is too dark"


@pytest.mark.parametrize("release", RELEASES)
def test_every_reference_resolves_and_no_name_leaves(release: Release) -> None:
    found = bundle(example(), release)
    ids = {f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in found["entry"]}
    told = json.dumps(found)
    references = {part.split('"')[0] for part in told.split('"reference": "')[1:]}
    assert references <= ids
    assert len(ids) == len(found["entry"])
    assert "Nobody" not in told


@pytest.mark.parametrize("release", RELEASES)
def test_a_broken_resource_does_not_leave(release: Release) -> None:
    broken = {"resourceType": "Observation", "status": "no such status is", "nonsense": 1}
    with pytest.raises(InputError, match=f"FHIR {release}"):
        validated(broken, release)


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=20), st.one_of(st.booleans(), st.none(), st.text(min_size=1)), max_size=5
    )
)
def test_whatever_was_answered_passes(answers: dict[str, Any]) -> None:
    kept = {
        key: value for key, value in answers.items() if key.strip() and (value is None or str(value).strip())
    }
    everything = example()
    check = everything.checks[0]
    changed = replace(check, told={}, result={**(check.result or {}), "case": {"answers": kept}})
    for release in RELEASES:
        assert validated(bundle(replace(everything, checks=(changed,)), release), release)


def test_unknown_releases_are_refused() -> None:
    assert release_of("r4b") == "R4B"
    with pytest.raises(InputError, match="R4B or R5"):
        release_of("STU3")


def test_the_module_writes_both_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["release"] for one in lines] == list(RELEASES)


def test_a_conclusion_is_no_surer_than_the_pages() -> None:
    [check] = example().checks
    causes = [{"cause": "a", "label": "Bends forward too much", "share": 0.2, "shown": "20 %"}]
    unclear = {
        "words": "It is not clear yet. These fit about equally well:",
        "several": ["A", "B"],
        "sure": "Open.",
    }
    nothing = {
        "words": "Nothing was seen or told that a cause could be looked for with.",
        "several": [],
        "sure": "",
    }

    def said(**told: Any) -> str:
        result = {**(check.result or {}), "told": {"en": told}, "reasoning": {}}
        found = back_report(replace(check, result=result), "0" * 32, [])
        return str(found["conclusion"]).removesuffix(INTENDED_USE).strip()

    assert said(verdict=unclear, causes=causes) == (
        "It is not clear yet. These fit about equally well: A; B Open. "
        "Share of each cause: Bends forward too much 20 %."
    )
    assert said(verdict=nothing, causes=[]) == nothing["words"]
    assert said(verdict={}, causes=[]) == "No cause is told."


def test_what_others_are_compared_with_has_no_value_of_its_own() -> None:
    capture = KnownCapture(
        "a" * 32, "0" * 32, None, "edema", datetime(2026, 1, 5, tzinfo=UTC), "done", CaptureFacts("post"),
        {"estimate": None, "reference": True, "dry_weight": "entered"},
    )  # fmt: skip
    assert excess(capture, "d")["dataAbsentReason"]["text"] == "other sessions are compared with this one"
