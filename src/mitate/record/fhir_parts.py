"""FHIR resources as dictionaries, from what the record keeps; where R4B and R5 differ, by release.

HL7 FHIR R4B (4.3.0) and R5 (5.0.0). Codes: LOINC 3141-9 for a measured body weight; all others are mitate's
own (`SYSTEM`), as no published code means an excess of fluid seen in a face. Units are UCUM.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import mitate
from mitate.edema.results import INTENDED_USE
from mitate.record.captures import KnownCapture
from mitate.record.everything import Everything, KnownCheck
from mitate.record.weights import KnownWeight

__all__ = [
    "RELEASES",
    "SYSTEM",
    "Release",
    "Resource",
    "absent",
    "back_measures",
    "back_report",
    "category",
    "coded",
    "component",
    "device",
    "excess",
    "interview",
    "patient",
    "quantity",
    "reference",
    "weight",
]

Release = Literal["R4B", "R5"]
RELEASES: tuple[Release, ...] = ("R4B", "R5")
SYSTEM = "urn:mitate:codes"
_UCUM = "http://unitsofmeasure.org"
_UNITS = {"deg": "deg", "%": "%", "cm": "cm", "deg/s": "deg/s", "s": "s", "count": "1", "": "1", "kg": "kg"}
Resource = dict[str, Any]


def coded(code: str, text: str, system: str = SYSTEM) -> Resource:
    """A CodeableConcept of one coding, by default of mitate's own."""
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def quantity(value: float, unit: str) -> Resource:
    """A Quantity in UCUM, to four decimals."""
    return {"value": round(value, 4), "unit": unit or "1", "system": _UCUM, "code": _UNITS.get(unit, "1")}


def reference(kind: str, name: str) -> Resource:
    """To a resource of the same bundle."""
    return {"reference": f"{kind}/{name}"}


def patient(everything: Everything) -> Resource:
    """The person by her number in the clinic; her name stays in the clinic's own record."""
    facts = everything.facts
    found: Resource = {"resourceType": "Patient", "id": everything.person_id, "active": True}
    if facts.number:
        found["identifier"] = [{"system": "urn:mitate:number", "value": facts.number}]
    if facts.sex:
        found["gender"] = facts.sex
    if facts.birth_date:
        found["birthDate"] = facts.birth_date.isoformat()
    return found


def device(release: Release, model_id: str, trained_on: str) -> Resource:
    """The software with the model that read a film, and what that model was trained on."""
    kind, name = coded("software", "Software that reads films"), f"mitate {model_id}".strip()
    found: Resource = {
        "resourceType": "Device",
        "id": f"mitate-{model_id or 'none'}".lower()[:64],
        "status": "active",
        "version": [{"value": mitate.__version__}],
        "note": [{"text": f"{INTENDED_USE} Trained on: {trained_on}."}],
    }
    named = "user-friendly-name"
    if release == "R4B":
        return {**found, "deviceName": [{"name": name, "type": named}], "type": kind}
    return {**found, "name": [{"value": name, "type": named}], "type": [kind]}


def weight(one: KnownWeight) -> Resource:
    """A weighing, or a dry weight as set."""
    dry = one.kind == "dry"
    return {
        "resourceType": "Observation",
        "id": one.id,
        "status": "final",
        "category": category("vital-signs"),
        "code": coded("dry-weight", "Dry weight as set")
        if dry
        else coded("3141-9", "Body weight Measured", "http://loinc.org"),
        "subject": reference("Patient", one.person_id),
        "effectiveDateTime": one.at.isoformat(),
        "valueQuantity": quantity(one.kg, "kg"),
    }


_OVER_USUAL = "no dry weight was entered: kilograms are over the mean of the weights after dialysis"


def excess(one: KnownCapture, device_id: str) -> Resource:
    """Excess fluid as read from a face: the value with its interval, or why there is none."""
    found: Resource = {
        "resourceType": "Observation",
        "id": one.id,
        "status": "preliminary",  # research use: nobody has signed it
        "category": category("exam"),
        "code": coded("excess-fluid", "Excess over dry weight, estimated from a film of the face"),
        "subject": reference("Patient", one.person_id),
        "effectiveDateTime": one.at.isoformat(),
        "device": reference("Device", device_id),
    }
    result: Mapping[str, Any] = one.result or {}
    estimate: Mapping[str, Any] | None = result.get("estimate")
    if estimate is None:
        why = absent(one, result, _REFERENCE if result.get("reference") else _WITHOUT)
        return {**found, "dataAbsentReason": why, "note": [{"text": INTENDED_USE}]}
    low, high = estimate["interval_90"]
    over = (_OVER_USUAL,) if result.get("dry_weight") == "estimated" else ()
    return {
        **found,
        "valueQuantity": quantity(estimate["excess_kg"], "kg"),
        "component": [
            component("interval-90-low", "Lower end of the 90 % interval", quantity(low, "kg")),
            component("interval-90-high", "Upper end of the 90 % interval", quantity(high, "kg")),
            component(
                "edema-probability",
                "Probability that the session is before dialysis rather than after",
                quantity(100 * estimate["edema_probability"], "%"),
            ),
        ],
        "note": [{"text": text} for text in (*estimate.get("notes", ()), *over, INTENDED_USE)],
    }


def component(code: str, text: str, value: Resource) -> Resource:
    """Of an Observation, with a quantity."""
    return {"code": coded(code, text), "valueQuantity": value}


def category(code: str) -> list[Resource]:
    """Of an Observation, such as ``exam``."""
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    return [{"coding": [{"system": system, "code": code}]}]


_WITHOUT = "no personal model tells kilograms of it"
_REFERENCE = "other sessions are compared with this one"


def absent(one: KnownCapture, result: Mapping[str, Any], otherwise: str) -> Resource:
    """Why there is no value: not yet, not readable, refused and why, or `otherwise`."""
    system = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
    refusal: Mapping[str, Any] = result.get("refusal") or {}
    waiting = one.state in ("uploading", "waiting", "reading")
    code = "temp-unknown" if waiting else "error" if one.state == "failed" else "unknown"
    said = "not read yet" if waiting else "could not be read" if one.state == "failed" else otherwise
    text = str(refusal.get("what") or said)
    return {"coding": [{"system": system, "code": code}], "text": text}


def interview(check: KnownCheck, person_id: str) -> Resource:
    """What was asked and answered; where nobody was asked, what the case was given."""
    result, said = check.result or {}, check.told.get("said") or ()
    items = [_item(f"{one['kind']}.{one['key']}", one["text"], one["value"]) for one in said]
    items = items or list(_items(result.get("case") or check.told.get("start") or {}))
    return {
        "resourceType": "QuestionnaireResponse",
        "id": f"{check.id}-interview",
        "questionnaire": "urn:mitate:questionnaire:back",
        "status": "completed" if check.state == "done" else "in-progress",
        "subject": reference("Patient", person_id),
        "authored": check.at.isoformat(),
        **({"item": items} if items else {}),
    }


def _items(document: Mapping[str, Any]) -> Iterator[Resource]:
    for part in ("red_flags", "person", "answers", "signs"):
        inside = document.get(part)
        for key, value in inside.items() if isinstance(inside, dict) else ():
            yield _item(f"{part}.{key}", key, value)


def _item(link: str, text: str, value: Any) -> Resource:
    """One question; without an answer where that was not known."""
    values = value if isinstance(value, list) else [value]
    answers = [_answer(one) for one in values if one is not None]
    return {"linkId": link, "text": text, **({"answer": answers} if answers else {})}


def _answer(value: Any) -> Resource:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int | float):
        return {"valueDecimal": value}
    return {"valueString": str(value)}


def back_measures(check: KnownCheck, person_id: str, device_id: str) -> Iterator[Resource]:
    """Each measure of each film of a back check, and those that could not be measured."""
    for film in (check.result or {}).get("films", ()):
        movement = str(film.get("movement"))
        common = {
            "resourceType": "Observation",
            "status": "preliminary",
            "category": category("exam"),
            "subject": reference("Patient", person_id),
            "effectiveDateTime": check.at.isoformat(),
            "device": reference("Device", device_id),
        }
        for name, one in (film.get("measures") or {}).items():
            yield {
                **common,
                "id": _short(check.id, movement, name),
                "code": coded(f"{movement}.{name}", f"{name} in {movement}"),
                "valueQuantity": quantity(one["value"], one["unit"]),
                "component": [
                    component(
                        "standard-error",
                        "Standard deviation of the value",
                        quantity(one["error"], one["unit"]),
                    )
                ],
            }
        for name, one in (film.get("not_measured") or {}).items():
            yield {
                **common,
                "id": _short(check.id, movement, name),
                "code": coded(f"{movement}.{name}", f"{name} in {movement}"),
                "dataAbsentReason": {"text": str(one.get("reason") or "not measurable")},
            }


def back_report(check: KnownCheck, person_id: str, results: list[str]) -> Resource:
    """The check as a whole: likely causes with their shares; preliminary, as nobody has signed it."""
    return {
        "resourceType": "DiagnosticReport",
        "id": f"{check.id}-report",
        "status": "preliminary",
        "code": coded("back-check", "Low back: movements, interview, likely mechanical causes"),
        "subject": reference("Patient", person_id),
        "effectiveDateTime": check.at.isoformat(),
        "issued": (check.result_at or check.at).isoformat(),
        "result": [reference("Observation", name) for name in results],
        "conclusion": f"{_conclusion(check.result or {})} {INTENDED_USE}",
    }


def _conclusion(result: Mapping[str, Any]) -> str:
    """In the words of the pages, where they were told; as sure as they are and no surer."""
    if result.get("stop"):
        return "A red flag was answered: no causes were looked for."
    said: Mapping[str, Any] = (result.get("told") or {}).get("en") or {}
    verdict: Mapping[str, Any] = said.get("verdict") or {}
    reasoning: Mapping[str, Any] = result.get("reasoning") or {}
    causes = [(one["label"], one["shown"]) for one in said.get("causes") or ()] or [
        (one.get("label") or one.get("cause"), f"{100 * one['share']:.0f} %")
        for one in reasoning.get("causes") or ()
        if "share" in one
    ]
    shares = f"Share of each cause: {'; '.join(f'{name} {shown}' for name, shown in causes)}."
    words = str(verdict.get("words") or "")
    if not causes:
        return words or "No cause is told."
    told = (words, "; ".join(verdict.get("several") or ()), str(verdict.get("sure") or ""))
    return " ".join(part for part in (*told, shares) if part)


def _short(*parts: str) -> str:
    """An id of at most 64 letters, digits, hyphens and dots that no two measures of a check share."""
    from hashlib import sha256

    return f"{parts[0]}-{sha256('.'.join(parts).encode()).hexdigest()[:24]}"
