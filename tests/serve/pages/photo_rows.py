"""Photos as they lie in the record after they were read, and what is installed: without any weights."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mitate.diagnosis.results import INTENDED_USE
from mitate.record.captures import PHOTO
from mitate.record.consents import give
from mitate.record.face_models import FaceCard, FaceClass, FaceFigure, FaceKind, install
from mitate.record.opened import Record
from mitate.record.schema import Capture, new_id, now
from mitate.record.streams import SealedWriter, film_about
from mitate.serve.service import Service
from mitate.serve.work.packed import packed

BY = "0" * 32
CARD = FaceCard(
    id="abc123abc123",
    name="our faces",
    trained_on="simulated",
    intended_use=INTENDED_USE,
    classes=(FaceClass("amber", 30, 31), FaceClass("blue", 8, 8)),
    figures=(FaceFigure("top-1", 71.0, 54.0, 88.0, 38, "%"), FaceFigure("a new figure", 0.5)),
    limits=(
        "Learned from simulated faces only; how well it does on real faces is not known.",
        "Do not eat it.",
    ),
    coverage=90.0,
)


def put_faces(service: Service, kind: FaceKind = "model", card: FaceCard = CARD) -> None:
    """Install something that says of itself what `card` says."""
    with service.record.database.writing() as session:
        install(service.record, session, kind, packed({}, {"model.json": b"{}"}), card, BY)


def agree_to_photos(service: Service, person_id: str, *more: str) -> None:
    """Write down that a person agrees that photos of her are compared, and to more."""
    with service.record.database.writing() as session:
        for kind in ("photos", *more):
            give(session, person_id, kind, BY)  # type: ignore[arg-type]


def diagnosis(outcome: str = "one", label: str = "amber", **more: Any) -> dict[str, Any]:
    """What a model says of a photo, as its work seals it."""
    left = {"one": [label], "several": [label, "blue"]}.get(outcome, [])
    candidates = [
        {"label": label, "probability": 0.995, "p_value": 0.6, "in_set": label in left},
        {"label": "blue", "probability": 0.005, "p_value": 0.04, "in_set": "blue" in left},
    ]
    return {
        "outcome": outcome,
        "candidates": candidates,
        "set": left,
        "coverage": 90.0,
        "reason": "nothing_ruled_out" if outcome == "cannot_tell" else "",
        "todo": "",
        "quality": 0.8,
        "model_id": "abc123abc123",
        "trained_on": "simulated",
        "notes": ["learned from simulated faces only"],
        "intended_use": INTENDED_USE,
        "text": f"What the terminal says of {label}. {INTENDED_USE}",
        **more,
    }


def matches(label: str = "coral", odd: bool | None = False, **more: Any) -> dict[str, Any]:
    """What a gallery says of a photo."""
    nearest = [{"rank": 1, "label": label, "distance": 0.25, "persons": 2}]
    notes = ["nearness ranks classes; it is no probability"]
    told = {"matches": nearest, "odd": odd, "trained_on": "rare", "notes": notes, "classes": 30}
    return {**told, "intended_use": INTENDED_USE, "usual": 0.9, **more}


def photo_result(**more: Any) -> dict[str, Any]:
    """What came of a photo."""
    return {
        "kind": "diagnosis",
        "diagnosis": diagnosis(),
        "matches": matches(),
        "refusal": None,
        "learned_from": False,
        "notes": [],
        "poorer": False,
        "quality": 0.8,
        "eye_distance": 90.0,
        "compared_with": {"model": "abc123abc123", "gallery": "def456def456"},
        "seconds": 3.0,
        **more,
    }


def put_photo(
    record: Record,
    person_id: str,
    result: dict[str, Any] | None = None,
    *,
    state: str = "done",
    at: datetime | None = None,
    photo: bytes | None = None,
) -> str:
    """A photo of a person; with `photo` it is kept."""
    capture_id = new_id()
    with record.database.writing() as session:
        key = record.key(session, person_id)
        facts = key.seal_json({"content_type": "image/jpeg"}, f"capture.sealed {capture_id}")
        row = Capture(
            id=capture_id,
            person_id=person_id,
            instrument=PHOTO,
            at=at or now(),
            state=state,
            sealed=facts,
            video=None if photo is None else f"{capture_id}.film",
        )
        if result is not None:
            row.result = key.seal_json(result, f"capture.result {capture_id}")
            row.result_at = now()
        session.add(row)
    if photo is not None:
        place = record.folder / "videos" / f"{capture_id}.film"
        with SealedWriter.open(place, key, film_about(capture_id)) as writer:
            writer.append(photo)
            writer.finish()
    return capture_id
