"""The record for other systems: FHIR R4B and R5, validated by fhir.resources before it leaves.

``python -m mitate.record.fhir`` writes an example of either release, validated, to standard output; its
person is of nobody.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from mitate.errors import InputError
from mitate.record.captures import PHOTO, CaptureFacts, KnownCapture
from mitate.record.everything import Everything, KnownCheck
from mitate.record.fhir_parts import (
    RELEASES,
    Release,
    Resource,
    back_measures,
    back_report,
    device,
    excess,
    interview,
    patient,
    weight,
)
from mitate.record.fhir_photos import photo_resources
from mitate.record.people import PersonFacts
from mitate.record.weights import KnownWeight

__all__ = ["bundle", "example", "release_of", "validated"]

_BASE = "http://mitate.invalid/fhir"  # so that references inside a bundle resolve; RFC 2606: it is nowhere


def release_of(name: str) -> Release:
    """A release by its name, in any case.

    Raises:
        InputError: another one.
    """
    for release in RELEASES:
        if name.upper() == release:
            return release
    raise InputError("this release of FHIR is not written", where="release", todo="ask for R4B or R5")


def bundle(everything: Everything, release: Release) -> Resource:
    """Everything of a person that FHIR has a place for, as one collection.

    Patient, Device (one for each model), Observation (weights, excess fluid or why there is none, measures of
    the back, likenesses of faces), QuestionnaireResponse (interviews) and DiagnosticReport (back checks,
    photos of the face).
    """
    resources = list(_resources(everything, release))
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": everything.made_at.isoformat(),
        "entry": [
            {"fullUrl": f"{_BASE}/{one['resourceType']}/{one['id']}", "resource": one} for one in resources
        ],
    }


def _resources(everything: Everything, release: Release) -> Iterator[Resource]:
    person_id = everything.person_id
    yield patient(everything)
    devices: dict[str, Resource] = {}

    def by(model: str, trained_on: str) -> str:
        made = device(release, model, trained_on)
        devices.setdefault(made["id"], made)
        return str(made["id"])

    read: list[Resource] = [weight(one) for one in everything.weights]
    for capture in everything.captures:
        if capture.instrument == "edema":
            estimate = (capture.result or {}).get("estimate") or {}
            used = by(str(estimate.get("model_id", "")), str(estimate.get("trained_on", "simulated")))
            read.append(excess(capture, used))
        elif capture.instrument == PHOTO:
            read += photo_resources(capture, by)
    for check in everything.checks:
        read.append(interview(check, person_id))
        if check.result is not None:
            used = by("back", str(check.result.get("trained_on", "simulated")))
            measures = list(back_measures(check, person_id, used))
            read += [*measures, back_report(check, person_id, [one["id"] for one in measures])]
    yield from devices.values()
    yield from read


def validated(found: Resource, release: Release) -> str:
    """A resource as JSON, after fhir.resources has accepted it.

    Raises:
        InputError: it breaks the release's rules: a bug of ours, told with the first rule that is broken.
    """
    from pydantic import ValidationError

    if release == "R4B":
        from fhir.resources.R4B import get_fhir_model_class
    else:
        from fhir.resources import get_fhir_model_class
    try:
        accepted = get_fhir_model_class(found["resourceType"]).model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"FHIR {release}: {first['msg']}", where=where, todo="please report this") from error
    return str(accepted.model_dump_json(exclude_none=True))


_PHOTO: dict[str, Any] = {
    "diagnosis": {
        "outcome": "one",
        "candidates": [
            {"label": "simulated A", "probability": 0.95, "p_value": 0.6, "in_set": True},
            {"label": "unaffected", "probability": 0.05, "p_value": 0.04, "in_set": False},
        ],
        "set": ["simulated A"],
        "coverage": 90.0,
        "reason": "",
        "notes": ["learned from simulated faces only"],
        "trained_on": "simulated",
        "intended_use": "Research use. Not a medical device; not for diagnosis.",
        "text": "One class is left: simulated A.",
    },
    "matches": {
        "matches": [{"rank": 1, "label": "simulated B", "distance": 0.4, "persons": 2}],
        "notes": ["nearness ranks classes; it is no probability"],
        "trained_on": "simulated",
        "intended_use": "Research use. Not a medical device; not for diagnosis.",
    },
    "compared_with": {"model": "example", "gallery": "example-gallery"},
}


def example(at: datetime = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)) -> Everything:
    """A made-up person with one of everything: weights, an estimate, a refusal, a photo, a back check."""
    person = "0" * 31 + "1"
    estimate = {
        "excess_kg": 1.9,
        "interval_90": [1.4, 2.4],
        "edema_probability": 0.93,
        "model_id": "example",
        "trained_on": "simulated",
        "notes": [],
        "n_frames": 100,
    }
    refusal = {"kind": "RefusalError", "what": "the face is too dark", "reason": "too_dark"}
    films = (
        KnownCapture(
            "a" * 32, person, None, "edema", at, "done", CaptureFacts("pre"), {"estimate": estimate}
        ),
        KnownCapture("b" * 32, person, None, "edema", at, "refused", CaptureFacts(), {"refusal": refusal}),
        KnownCapture("f" * 32, person, None, PHOTO, at, "done", CaptureFacts(), _PHOTO, at),
    )
    said = {"kind": "question", "key": "worse_sitting", "text": "Is it worse when sitting?", "value": True}
    result: dict[str, Any] = {
        "stop": False,
        "trained_on": "simulated",
        "case": {"person": {"age": 75}, "answers": {"worse_sitting": True, "pain_below_knee": None}},
        "films": [
            {
                "movement": "forward_bend",
                "measures": {"lumbar_flexion_deg": {"value": 41.0, "error": 5.0, "unit": "deg"}},
                "not_measured": {"pelvic_flexion_deg": {"reason": "the arms hide the hips"}},
            }
        ],
        "reasoning": {"causes": [{"label": "the low back bends forward too much", "share": 0.75}]},
    }  # fmt: skip
    return Everything(
        person_id=person,
        facts=PersonFacts("Nobody", number="example-1", sex="female"),
        weights=(
            KnownWeight("c" * 32, person, at, 54.4, "weight", "pre", "entered"),
            KnownWeight("d" * 32, person, at, 52.5, "dry", "other", "entered"),
        ),
        consents=(),
        captures=films,
        checks=(KnownCheck("e" * 32, at, "done", {"said": [said]}, result, at),),
        models=(),
        feedback=(),
        made_at=at,
    )


def main() -> int:
    """Write the validated examples."""
    for release in RELEASES:
        text = validated(bundle(example(), release), release)
        print(json.dumps({"release": release, "bundle": json.loads(text)}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
