"""A model or gallery of faces that an administrator gives: looked through apart, then kept sealed."""

from __future__ import annotations

from collections.abc import Mapping

from mitate.errors import InputError, RefusalError
from mitate.record.audit import note
from mitate.record.face_models import FaceCard, FaceKind, KnownFaceModel, install
from mitate.serve.service import Service
from mitate.serve.work.limits import Limits
from mitate.serve.work.packed import packed
from mitate.serve.work.sandbox import CRASHES, run_apart

__all__ = ["FACES_LIMITS", "MOST_FACES_BYTES", "take_faces"]

MOST_FACES_BYTES = 128_000_000
"""Of an upload: a model with a network of its own has some 45."""
FACES_LIMITS = Limits(memory_mb=3072, cpu_s=120, wall_s=180.0, answer_mb=256, walled=True)


def take_faces(
    service: Service, kind: FaceKind, files: Mapping[str, bytes], by: str, *, title: str = "upload"
) -> KnownFaceModel:
    """Install a model or gallery in the place of the one that there was.

    Args:
        service: running.
        kind: which place.
        files: by name, or one ZIP.
        by: account.
        title: of the upload in errors.

    Raises:
        InputError: they are no model or gallery, are damaged, or are of a kind that can run code.
        WeightsError: SFace is not installed here.
    """
    if not any(files.values()):
        raise InputError("no file was chosen", where=title, todo="choose the files, then send them")
    try:
        answer = run_apart("mitate.serve.work.apart_faces:check", {"kind": kind}, files, limits=FACES_LIMITS)
    except RefusalError as error:
        if error.reason not in CRASHES:
            raise
        with service.record.database.writing() as session:
            note(session, by, "faces.refused", kind, reason=error.reason)
        raise InputError(
            f"reading these files broke off: they are no {kind} of faces, or damaged",
            where=title,
            todo="make them anew with mitate diagnosis, and send them again",
        ) from error
    card = FaceCard.of(answer.facts["card"])
    content = packed({"kind": kind}, answer.blobs)
    with service.record.database.writing() as session:
        return install(service.record, session, kind, content, card, by)
