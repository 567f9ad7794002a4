"""A session's frame embeddings with what is known of it: what models are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError

__all__ = ["PatientSessions", "Phase", "SessionEmbeddings", "checked", "frame_weights"]

Phase = Literal["pre", "post", "other"]


@dataclass(frozen=True, slots=True, eq=False)
class SessionEmbeddings:
    """One capture of one person.

    Args:
        embeddings: (n, D) frame embeddings, n >= 1, finite.
        excess_kg: weight minus dry weight, kilograms; None when it is not known.
        phase: "pre", "post" or "other" with respect to dialysis.
        day: which day of this person; what walks from day to day is counted by their differences.
        session_id: for messages.

    Raises:
        InputError: no frames, not a matrix, or not finite.
    """

    embeddings: NDArray[np.float32]
    excess_kg: float | None = None
    phase: Phase = "other"
    day: int = 0
    session_id: str = ""

    def __post_init__(self) -> None:
        where = f"session {self.session_id}" if self.session_id else "session"
        object.__setattr__(self, "embeddings", checked(self.embeddings, where).astype(np.float32))
        if self.excess_kg is not None and not np.isfinite(self.excess_kg):
            raise InputError("the excess weight is not a finite number", where=where)

    @property
    def centre(self) -> NDArray[np.float64]:
        """Mean frame embedding (D,)."""
        return np.asarray(self.embeddings.mean(axis=0, dtype=np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class PatientSessions:
    """All sessions of one participant."""

    participant_id: str
    sessions: tuple[SessionEmbeddings, ...]


def checked(embeddings: NDArray[Any], where: str, width: int | None = None) -> NDArray[Any]:
    """`embeddings` as an array (n, D), or one clear InputError."""
    array = np.asarray(embeddings)
    if array.ndim != 2 or 0 in array.shape or array.dtype.kind not in "fiu":
        raise InputError(f"embeddings must be numbers of shape (frames, D), not {array.shape}", where=where)
    if not np.isfinite(array).all():
        raise InputError("the embeddings hold values that are not finite", where=where)
    if width is not None and array.shape[1] != width:
        raise InputError(
            f"these embeddings have {array.shape[1]} values a frame, the model expects {width}",
            where=where,
            todo="use the encoder the model was made with",
        )
    return array


def frame_weights(weights: NDArray[Any] | None, frames: int) -> NDArray[np.float64]:
    """(n,) shares of the frames, which are 1 together; even ones where none are given."""
    if weights is None:
        return np.full(frames, 1 / frames)
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != (frames,) or not np.isfinite(given).all() or (given < 0).any() or given.sum() <= 0:
        raise InputError(f"frame weights must be {frames} numbers, none negative and not all zero")
    return np.asarray(given / given.sum())
