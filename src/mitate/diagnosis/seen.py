"""Who a model was learned from, as signs that give no one away, so that nobody is tested on himself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mitate.diagnosis.faces import Faces
from mitate.diagnosis.photographs import Photo
from mitate.errors import InputError

__all__ = ["refuse_seen", "seen_in"]


def seen_in(faces: Faces) -> dict[str, list[str]]:
    """What a model's card keeps of photos and people: SHA-256 of files, and of ids cut to 64 bits."""
    return {"photos": sorted(faces.digests), "persons": sorted({_sign(one) for one in faces.persons})}


def refuse_seen(card: Mapping[str, Any], faces: Faces, where: Path) -> None:
    """Refuse photos that a model was learned from, and people of the same id.

    Args:
        card: of the model.
        faces: to be tested on.
        where: their data set, for the message.

    Raises:
        InputError: naming the first of them.
    """
    seen = card.get("seen", {})
    photos, persons = set(seen.get("photos", ())), set(seen.get("persons", ()))
    both = [
        photo
        for photo, digest in zip(faces.photos, faces.digests, strict=True)
        if digest in photos or (not _named_by_place(photo) and _sign(photo.person) in persons)
    ]
    if both:
        people = len({photo.person for photo in both})
        raise InputError(
            f"the model was learned from {people} of these people, the first {both[0].person!r} "
            f"({both[0].file.name}): testing on them would flatter it",
            where=where,
            todo="remove them; the training's own report tells how it does on people it had not seen",
        )


def _named_by_place(photo: Photo) -> bool:
    """Whether the id was made of folder and file, which other data sets may have too."""
    return photo.person.startswith(f"{photo.label}/")


def _sign(person: object) -> str:
    return hashlib.sha256(str(person).encode()).hexdigest()[:16]
