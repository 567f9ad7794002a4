"""Photos of a face as FHIR: what is left of the classes, the nearest of the gallery, or why nothing is told.

Everything is preliminary: it is research, and nobody has signed it. No condition is said to be there: what is
coded is a likeness of faces, under codes of mitate's own, and never a Condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mitate.diagnosis.results import INTENDED_USE
from mitate.record.captures import KnownCapture
from mitate.record.fhir_parts import Resource, absent, category, coded, component, quantity, reference

__all__ = ["photo_resources"]

_MOST = 50  # classes that are told
_NOTHING = "there was no model of classes when it was read"
Device = Callable[[str, str], str]
"""The id of a Device, from a model's id and what it was trained on."""


def photo_resources(one: KnownCapture, device: Device) -> list[Resource]:
    """Observations and the DiagnosticReport of one photo.

    Args:
        one: of the instrument ``diagnosis``.
        device: names a Device, which the bundle then holds.
    """
    result: Mapping[str, Any] = one.result or {}
    found, matches = result.get("diagnosis"), result.get("matches")
    asked: Mapping[str, str] = result.get("compared_with") or {}
    observations = []
    if found is not None or matches is None:
        model = device(str(asked.get("model", "faces")), str((found or {}).get("trained_on", "unknown")))
        observations.append(_classes(one, result, found, model))
    if matches is not None:
        gallery = device(str(asked.get("gallery", "gallery")), str(matches["trained_on"]))
        observations.append(_nearest(one, matches, gallery))
    return [*observations, _report(one, found, matches, [str(each["id"]) for each in observations])]


def _observation(one: KnownCapture, name: str, code: Resource, device: str) -> Resource:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "preliminary",
        "category": category("exam"),
        "code": code,
        "subject": reference("Patient", one.person_id),
        "effectiveDateTime": one.at.isoformat(),
        "device": reference("Device", device),
    }


def _classes(
    one: KnownCapture, result: Mapping[str, Any], found: Mapping[str, Any] | None, device: str
) -> Resource:
    code = coded("face-classes", "Classes of faces that a photo of the face was not told apart from")
    told = _observation(one, one.id, code, device)
    if found is None:
        why = absent(one, result, _NOTHING)
        return {**told, "dataAbsentReason": why, "note": [{"text": INTENDED_USE}]}
    left, outcome = found["set"], found["outcome"]
    if outcome == "one":
        told["valueCodeableConcept"] = coded("face-class", f"Like the class {left[0]}")
    elif outcome == "several":
        told["valueString"] = "; ".join(left)
    elif outcome == "none_of_these":
        told["valueCodeableConcept"] = coded("none-of-these", "None of the classes that were learned")
    else:
        nothing = {"refusal": {"what": found["notes"][0]}} if found["reason"] != "nothing_ruled_out" else {}
        told["dataAbsentReason"] = absent(one, nothing, "no class could be ruled out")
    parts = [_candidate(each) for each in found["candidates"][:_MOST]]
    if parts:
        text = "People of these classes whose true class is among those left"
        told["component"] = [*parts, component("set-coverage", text, quantity(found["coverage"], "%"))]
    return {**told, "note": [{"text": text} for text in (*found["notes"], found["intended_use"])]}


def _candidate(each: Mapping[str, Any]) -> Resource:
    text = f"Probability of {each['label']}, if one of the classes is right"
    part = component("face-class-probability", text, quantity(100 * each["probability"], "%"))
    left = coded("left", "In the set") if each["in_set"] else coded("ruled-out", "Ruled out")
    return {**part, "interpretation": [left]}


def _nearest(one: KnownCapture, matches: Mapping[str, Any], device: str) -> Resource:
    code = coded("face-nearest", "Classes of a gallery by how alike the faces are")
    parts = [
        component("face-similarity", f"Similarity to {each['label']}", quantity(1 - each["distance"], "1"))
        for each in matches["matches"][:_MOST]
    ]
    told = _observation(one, f"{one.id}-nearest", code, device)
    notes = (*matches["notes"], matches["intended_use"])
    return {**told, "component": parts, "note": [{"text": text} for text in notes]}


def _report(
    one: KnownCapture,
    found: Mapping[str, Any] | None,
    matches: Mapping[str, Any] | None,
    observations: list[str],
) -> Resource:
    nearest = f"Nearest of the gallery: {matches['matches'][0]['label']}." if matches else ""
    said = str(found["text"]) if found is not None else "" if matches else "Nothing is told of this photo."
    conclusion = " ".join(part for part in (said, nearest) if part)
    return {
        "resourceType": "DiagnosticReport",
        "id": f"{one.id}-report",
        "status": "preliminary",
        "code": coded("face-photo", "Photo of the face, compared with known classes"),
        "subject": reference("Patient", one.person_id),
        "effectiveDateTime": one.at.isoformat(),
        "issued": (one.result_at or one.at).isoformat(),
        "result": [reference("Observation", name) for name in observations],
        "conclusion": conclusion if INTENDED_USE in conclusion else f"{conclusion} {INTENDED_USE}",
    }
