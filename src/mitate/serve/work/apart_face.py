"""In the child process: a film of a face becomes features, and an estimate or a change.

Without a personal model the change since the person's first usable session is told, if that was the same
person.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError, RefusalError
from mitate.plain import plain
from mitate.serve.work.arrays import arrays_of, npz_of, scratch
from mitate.serve.work.child import Given, Tell

if TYPE_CHECKING:
    from mitate.edema.encoder import Encoder
    from mitate.edema.personal import PersonalModel

__all__ = ["model_of", "read"]

Array = NDArray[np.float32]


def read(facts: dict[str, Any], blobs: dict[str, bytes], tell: Tell) -> Given:
    """Read one session.

    Args:
        facts: ``film`` (its path here), ``most_s``, ``day`` (counted as the model's days are, or None),
            ``days`` (since the first session, or None), ``first_encoder`` (that read it).
        blobs: ``model`` (of the person) or ``first`` (features of the first session), if there are any.
        tell: how far it is.

    Returns:
        facts of the result (``estimate``, ``change``, ``warnings``, ``n_frames``, ``quality``,
        ``duration_s``); the blob ``features``: npz of embeddings, identity, quality.

    Raises:
        RefusalError: of the film, or ``wrong_person``.
    """
    tell("opening", 0.0)
    from mitate.edema.encoder import default_encoder
    from mitate.edema.personal import compare, estimate
    from mitate.edema.reading import read_video
    from mitate.serve.work.film_checks import checked_film

    path, encoder = Path(facts["film"]), default_encoder()
    info = checked_film(path, facts["most_s"])
    model, first = _compared(facts, blobs, encoder)
    identity = model.identity if model is not None else None if first is None else first["identity"]
    tell("reading", 0.05)
    try:
        reading = read_video(
            path, encoder, identity=identity, progress=lambda share: tell("reading", 0.05 + 0.85 * share)
        )
    except InputError as error:  # it could be opened, and broke off later
        raise RefusalError(error.what, reason="unreadable", where="film", todo=error.todo) from error
    tell("judging", 0.95)
    clip, estimated, change = reading.clip, None, None
    if model is not None:
        judged = estimate(
            model.on(encoder.prior), reading.embeddings, quality=reading.quality, day=facts["day"]
        )
        estimated = plain(judged.as_dict())
    elif first is not None:
        moved = compare(encoder.prior, first["embeddings"], reading.embeddings, days=facts["days"])
        change = plain(moved.as_dict())
    features = npz_of({"embeddings": reading.embeddings, "identity": clip.identity, "quality": clip.quality})
    told = {
        "estimate": estimated,
        "change": change,
        "warnings": list(clip.report.warnings),
        "n_frames": len(clip),
        "quality": reading.quality,
        "duration_s": info.duration_s,
        "encoder": encoder.sha256,
    }
    return told, {"features": features}


def _compared(
    facts: dict[str, Any], blobs: dict[str, bytes], encoder: Encoder
) -> tuple[PersonalModel | None, dict[str, NDArray[Any]] | None]:
    """What the film is compared with: the person's model, else the first session, else nothing."""
    model = model_of(blobs["model"]) if "model" in blobs else None
    if model is not None and (model.encoder_sha256, model.prior_id) != (
        encoder.sha256,
        encoder.prior.short_id,
    ):
        model = None  # made before the encoder was replaced: what it learned means nothing to this one
    comparable = model is None and facts["first_encoder"] == encoder.sha256
    first = arrays_of(blobs["first"]) if comparable and "first" in blobs else None
    return model, first


def model_of(content: bytes) -> PersonalModel:
    """The model that `PersonalModel.save` wrote.

    Raises:
        InputError: it is damaged.
    """
    from mitate.edema.personal import PersonalModel

    with scratch() as folder:
        (folder / "model").write_bytes(content)
        return PersonalModel.load(folder / "model")
