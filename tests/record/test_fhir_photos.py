"""Photos as FHIR: fhir.resources is the oracle, and nothing says that a condition is there."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.serve.pages.photo_rows import diagnosis, matches, photo_result

from mitate.record.captures import PHOTO, CaptureFacts, KnownCapture
from mitate.record.fhir import bundle, example, validated
from mitate.record.fhir_parts import RELEASES, Release


def made(result: dict[str, Any] | None, state: str = "done") -> list[dict[str, Any]]:
    """The resources of one photo, accepted in both releases; Patient and Devices left out."""
    everything = example()
    one = KnownCapture(
        "f" * 32, everything.person_id, None, PHOTO, everything.made_at, state, CaptureFacts(), result
    )
    whole = replace(everything, captures=(one,), weights=(), checks=())
    found: list[dict[str, Any]] = []
    for release in RELEASES:
        told = json.loads(validated(bundle(whole, release), release))
        found = [each["resource"] for each in told["entry"]]
    assert not {"Condition"} & {one["resourceType"] for one in found}
    return [one for one in found if one["resourceType"] not in ("Patient", "Device")]


def test_one_class_with_the_nearest_beside_it() -> None:
    classes, nearest, report = made(photo_result())
    assert classes["valueCodeableConcept"]["text"] == "Like the class amber"
    assert [part["valueQuantity"]["value"] for part in classes["component"]] == [99.5, 0.5, 90.0]
    assert [part["interpretation"][0]["text"] for part in classes["component"][:2]] == [
        "In the set",
        "Ruled out",
    ]
    assert nearest["component"][0]["valueQuantity"]["value"] == 0.75
    assert {classes["status"], nearest["status"], report["status"]} == {"preliminary"}
    assert [one["reference"] for one in report["result"]] == [
        f"Observation/{classes['id']}", f"Observation/{nearest['id']}",
    ]  # fmt: skip
    assert "not for diagnosis" in report["conclusion"]
    assert "Nearest of the gallery: coral." in report["conclusion"]


@pytest.mark.parametrize(
    ("outcome", "value"),
    [("several", "amber; blue"), ("none_of_these", "None of the classes that were learned")],
)
def test_other_answers_have_their_words(outcome: str, value: str) -> None:
    classes = made(photo_result(diagnosis=diagnosis(outcome)))[0]
    assert classes.get("valueString", classes.get("valueCodeableConcept", {}).get("text")) == value
    assert "dataAbsentReason" not in classes


@pytest.mark.parametrize(
    ("result", "state", "text"),
    [
        (photo_result(diagnosis=diagnosis("cannot_tell")), "done", "no class could be ruled out"),
        (
            photo_result(
                diagnosis=diagnosis("cannot_tell", reason="blurred", notes=["it is blurred"], candidates=[])
            ),
            "done",
            "it is blurred",
        ),
        ({"refusal": {"what": "no face is seen", "reason": "no_face"}}, "refused", "no face is seen"),
        (None, "waiting", "not read yet"),
        (None, "failed", "could not be read"),
    ],
)
def test_where_nothing_can_be_told_it_is_said_why(result: Any, state: str, text: str) -> None:
    found = made(result, state)
    classes, report = found[0], found[-1]
    assert classes["dataAbsentReason"]["text"] == text
    assert not {"valueString", "valueCodeableConcept"} & set(classes)
    assert report["status"] == "preliminary"


def test_a_gallery_alone_makes_no_observation_of_classes() -> None:
    nearest, report = made(photo_result(diagnosis=None, matches=matches()))
    assert nearest["code"]["coding"][0]["code"] == "face-nearest"
    assert len(report["result"]) == 1


@pytest.mark.parametrize("release", RELEASES)
def test_the_example_has_a_photo(release: Release) -> None:
    codes = {
        entry["resource"]["code"]["coding"][0]["code"]
        for entry in bundle(example(), release)["entry"]
        if "code" in entry["resource"]
    }
    assert {"face-classes", "face-nearest", "face-photo"} <= codes
