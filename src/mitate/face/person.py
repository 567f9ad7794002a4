"""Whether a clip shows one person from beginning to end, and whether it is the one expected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.face.clip import FaceClip
from mitate.face.embed import SAME_PERSON_COSINE, FaceEmbedder, identity_of, similarity_of
from mitate.face.refusals import refusal

__all__ = ["check_person", "identity_of_film"]

_SPREAD = 5  # frames spread over the film from which the identity is made
_AFTER_JUMPS = 3  # further frames, each the first after one of the sharpest changes of appearance


def check_person(clip: FaceClip, reference_identity: NDArray[np.floating]) -> float:
    """Refuse a clip of somebody else.

    Args:
        clip: the clip.
        reference_identity: (128,), the patient's, from earlier clips.

    Returns:
        the cosine between the two, at least `SAME_PERSON_COSINE`.

    Raises:
        RefusalError: reason ``wrong_person``.
    """
    cosine = similarity_of(clip.identity, reference_identity)
    if cosine < SAME_PERSON_COSINE:
        raise refusal("wrong_person", clip.path, f" (likeness {cosine:.2f}, needed {SAME_PERSON_COSINE:.2f})")
    return cosine


def identity_of_film(
    faces: NDArray[np.uint8], times_s: NDArray[np.float64], embedder: FaceEmbedder, path: Path
) -> tuple[NDArray[np.float32], float]:
    """Who is seen in the chosen frames of a film.

    Five frames spread over it are recognised, and three more where the appearance changes most: there another
    person would have come in.

    Args:
        faces: (n, 112, 112, 3) uint8 RGB on the ArcFace template, in order of time.
        times_s: (n,) when they were.
        embedder: the recogniser.
        path: the film, for the message.

    Returns:
        the identity (128,), and the lowest cosine between two of the recognised frames.

    Raises:
        RefusalError: reason ``person_changed``, two of them are not one person.
    """
    evenly = np.linspace(0, len(faces) - 1, _SPREAD).round().astype(int).tolist()
    places = sorted({*evenly, *_jumps(faces)})
    rows = np.concatenate([embedder(faces[i : i + 1]) for i in places])
    identity = identity_of(rows)
    if len(rows) == 1:
        return identity, 1.0
    cosines = rows @ rows.T
    least = float(cosines.min())
    if least < SAME_PERSON_COSINE:
        a, b = (times_s[places[i]] for i in sorted(divmod(int(cosines.argmin()), len(rows))))
        raise refusal("person_changed", path, f" (at {a:.1f} s and {b:.1f} s)")
    return identity, least


def _jumps(faces: NDArray[np.uint8]) -> list[int]:
    """The first frames after the sharpest changes of appearance."""
    if len(faces) < 3:
        return []
    small = faces[:, 8::16, 8::16].reshape(len(faces), -1).astype(np.float32)
    small -= small.mean(axis=1, keepdims=True)
    small /= np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-6)
    alike = (small[1:] * small[:-1]).sum(axis=1)
    return [int(i) + 1 for i in np.argsort(alike, kind="stable")[:_AFTER_JUMPS]]
