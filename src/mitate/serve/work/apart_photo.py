"""In the child process: a photo of a face is compared with what a model and a gallery know."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mitate.errors import InputError, RefusalError, WeightsError
from mitate.plain import plain
from mitate.serve.work.apart_faces import laid_out
from mitate.serve.work.arrays import scratch
from mitate.serve.work.child import Given, Tell
from mitate.serve.work.packed import unpacked

if TYPE_CHECKING:
    from mitate.diagnosis.face_in import Face

__all__ = ["NEAREST", "read"]

NEAREST = 10
"""Classes of the gallery that are told."""


def read(facts: dict[str, Any], blobs: dict[str, bytes], tell: Tell) -> Given:
    """Read one photo.

    Args:
        facts: ``film``: the photo's path here.
        blobs: ``model`` and ``gallery``: packed files, either of which may be missing.
        tell: how far it is.

    Returns:
        facts of the result: ``diagnosis`` (`mitate.diagnosis.results.Diagnosis`, with its ``set`` and as
        ``text`` what the terminal says; None without a model), ``matches`` (of the gallery, without whose
        photo was nearest; None without one), ``learned_from`` (whether this very file was), ``notes`` (keys
        of what is wrong with the photo), ``poorer`` (than every photo learned from), ``quality`` (0 to 1),
        ``eye_distance`` (px).

    Raises:
        RefusalError: of the photo, or ``wrong_model`` where a model does not fit this mitate any more.
    """
    tell("opening", 0.0)
    from mitate.diagnosis.face_in import Seeing, face_in
    from mitate.video import read_photo

    try:
        image = read_photo(Path(facts["film"])).image
    except InputError as error:
        reason = "too_big" if "too large" in error.what else "unreadable"
        raise RefusalError(error.what, reason=reason, where="film", todo=error.todo) from error
    tell("reading", 0.3)
    face = face_in(image, Seeing.load())
    tell("judging", 0.5)
    digest = hashlib.sha256(Path(facts["film"]).read_bytes()).hexdigest()
    judged = _judged(blobs["model"], face, digest) if "model" in blobs else {}
    nearest = _nearest(blobs["gallery"], face, digest) if "gallery" in blobs else {}
    told = {
        "diagnosis": judged.get("diagnosis"),
        "matches": nearest.get("matches"),
        "learned_from": any(one.get("learned_from", False) for one in (judged, nearest)),
        "notes": list(face.notes),
        "poorer": face.quality < judged.get("least_quality", 0.0),
        "quality": round(face.quality, 4),
        "eye_distance": round(face.eye_distance, 1),
    }
    return told, {}


def _judged(content: bytes, face: Face, digest: str) -> dict[str, Any]:
    """What the model says, the least quality that it judges, and whether it has seen this photo."""
    from mitate.diagnosis.in_words import diagnosis_in_words
    from mitate.diagnosis.model_files import load_model

    with scratch() as folder:
        laid_out(unpacked(content)[1], folder)
        try:
            model = load_model(folder)
        except (InputError, WeightsError) as error:
            raise _wrong(error) from error
        found = model.predict_crop(face.crop, face.quality, face.notes)
    return {
        "diagnosis": {**plain(found), "set": list(found.set), "text": diagnosis_in_words(found)},
        "least_quality": model.least_quality,
        "learned_from": digest in model.card.get("seen", {}).get("photos", ()),
    }


def _nearest(content: bytes, face: Face, digest: str) -> dict[str, Any]:
    """The gallery's nearest classes, and whether this photo is in it."""
    from mitate.diagnosis.embedders import VIEWS
    from mitate.diagnosis.gallery_files import load_gallery, networks_of
    from mitate.diagnosis.gallery_look import Looker

    with scratch() as folder:
        laid_out(unpacked(content)[1], folder)
        try:
            gallery = load_gallery(folder)
            views = tuple(view for view in VIEWS if view in gallery.look.views)
            looker = Looker.load(networks_of(folder, gallery.look), views=views)
            found = gallery.match(looker(face.crop[None]), looker.look)
        except (InputError, WeightsError) as error:
            raise _wrong(error) from error
    told: dict[str, Any] = plain(found)
    nearest = [
        # whose photo it was is nobody's business but the gallery's
        {name: value for name, value in one.items() if name != "person"}
        for one in told["matches"][:NEAREST]
    ]
    return {
        "matches": {**told, "matches": nearest, "classes": len(found.matches), "usual": gallery.usual},
        "learned_from": any(one.digest == digest for one in gallery.photos),
    }


def _wrong(error: InputError | WeightsError) -> RefusalError:
    return RefusalError(error.what, reason="wrong_model", where="faces", todo=error.todo)
