"""In the child process: the sessions of a person as they were kept, and what her kilograms are counted from.

Kilograms are over the dry weight that the clinic entered, or, where none was entered, over the mean weight
after dialysis, which is what dialysis aims at. Without either there is nothing to be over: a lowest weight
says when somebody was lightest, not when she was dry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mitate.serve.work.arrays import arrays_of

if TYPE_CHECKING:
    from mitate.edema.encoder import Encoder
    from mitate.edema.sessions import Phase, SessionEmbeddings

__all__ = ["Basis", "KeptSession", "basis_of", "embedded", "excess_of", "opened", "reference_of"]

Basis = Literal["entered", "estimated"]
"""Of the dry weight: entered by the clinic, or the mean of the weights after dialysis."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptSession:
    """One session as it was kept; kilograms."""

    capture: str
    day: int
    phase: Phase
    embeddings: NDArray[np.float32]
    identity: NDArray[np.float32]
    quality: float
    weight_kg: float | None
    dry_kg: float | None


def opened(
    rows: Sequence[dict[str, Any]], blobs: dict[str, bytes], encoder: Encoder
) -> tuple[list[KeptSession], list[dict[str, str]]]:
    """Sessions that can be used, and why others cannot."""
    from mitate.face.embed import SAME_PERSON_COSINE, similarity_of

    found: list[KeptSession] = []
    left_out: list[dict[str, str]] = []
    for row in rows:
        capture, features = row["capture"], arrays_of(blobs[row["capture"]])
        if row["encoder"] != encoder.sha256:
            left_out.append({"capture": capture, "reason": "other_encoder"})
            continue
        if found and similarity_of(found[0].identity, features["identity"]) < SAME_PERSON_COSINE:
            left_out.append({"capture": capture, "reason": "wrong_person"})
            continue
        found.append(
            KeptSession(
                capture,
                row["day"],
                row["phase"],
                features["embeddings"],
                features["identity"],
                float(features["quality"].mean()),
                row["weight_kg"],
                row["dry_kg"],
            )
        )
    return found, left_out


def basis_of(sessions: Sequence[KeptSession]) -> Basis | None:
    """Where the dry weight is from; None where there is none."""
    if any(one.dry_kg is not None for one in sessions):
        return "entered"
    return "estimated" if _after(sessions, None) else None


def _after(sessions: Sequence[KeptSession], without: str | None) -> list[float]:
    return [
        one.weight_kg
        for one in sessions
        if one.phase == "post" and one.weight_kg is not None and one.capture != without
    ]


def embedded(sessions: Sequence[KeptSession], without: str | None = None) -> list[SessionEmbeddings]:
    """The sessions with their excess in kilograms, as far as it is known.

    For a day before the first dry weight was entered, that one counts.

    Args:
        sessions: in order of time.
        without: the session whose scales are not looked at: neither as its excess, nor for the mean weight
            after dialysis that others are counted from.
    """
    from mitate.edema.sessions import SessionEmbeddings

    usual = _usual(sessions, without)
    found = []
    for one in sessions:
        dry = usual if one.dry_kg is None else one.dry_kg
        known = one.weight_kg is not None and dry is not None and one.capture != without
        excess = one.weight_kg - dry if known and one.weight_kg is not None and dry is not None else None
        found.append(SessionEmbeddings(one.embeddings, excess, one.phase, one.day, one.capture))
    return found


def excess_of(sessions: Sequence[KeptSession], capture: str) -> float | None:
    """A session's excess (kg) over a dry weight that its own scales have no part in.

    Where none was entered that is the mean after dialysis of the other sessions. Over the mean of all, n of
    them, an excess after dialysis would be smaller by one n-th than it is for whoever does not know it.

    Returns:
        None where it was not weighed, or there is no dry weight without it.
    """
    one = next(one for one in sessions if one.capture == capture)
    dry = _usual(sessions, capture) if one.dry_kg is None else one.dry_kg
    return None if one.weight_kg is None or dry is None else one.weight_kg - dry


def _usual(sessions: Sequence[KeptSession], without: str | None) -> float | None:
    """The dry weight of a day for which none was entered, kilograms."""
    entered = next((one.dry_kg for one in sessions if one.dry_kg is not None), None)
    after = _after(sessions, without)
    return entered if entered is not None else sum(after) / len(after) if after else None


def reference_of(sessions: Sequence[SessionEmbeddings]) -> SessionEmbeddings | None:
    """What others are compared with: the first after dialysis, else the first.

    None where no model can be made: no session is weighed and none is after dialysis.
    """
    if not any(one.excess_kg is not None or one.phase == "post" for one in sessions):
        return None
    return next((one for one in sessions if one.phase == "post"), sessions[0])
