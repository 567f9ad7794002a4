"""In the child process: every session's estimate, made without looking at that session's own scales.

A model that learned from a session is closer there than anywhere else, which would flatter the course, the
alarm and the result alike. So a weighed session is estimated by the model made without it: leave-one-out
(M. Stone, Cross-validatory choice and assessment of statistical predictions, J. R. Stat. Soc. B 36, 1974),
with the same prior and the same reference, in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mitate.plain import plain
from mitate.serve.work.apart_sessions import KeptSession, embedded, reference_of

if TYPE_CHECKING:
    from mitate.edema.personal import PersonalModel
    from mitate.edema.prior import Prior

__all__ = ["changes_of", "estimates_of", "model_without"]


def model_without(prior: Prior, sessions: Sequence[KeptSession], capture: str) -> PersonalModel | None:
    """The model of a person as if one session's scales had never been read.

    The reference is the same, unless it is that session: then the next best one.

    Returns:
        the model; None where without that session none could be made.
    """
    from mitate.edema.personal import personalise

    whole = reference_of(embedded(sessions))
    others = [one for one in embedded(sessions, without=capture) if one.session_id != capture]
    reference = reference_of(others)
    if whole is None or reference is None:
        return None
    if whole.session_id != capture:
        reference = next(one for one in others if one.session_id == whole.session_id)
    known = [one for one in others if one.excess_kg is not None and one is not reference]
    return personalise(prior, reference, known)


def estimates_of(
    prior: Prior, model: PersonalModel, sessions: Sequence[KeptSession]
) -> dict[str, dict[str, Any] | None]:
    """Estimates by capture: of a weighed session by the model without it, of any other by the model.

    None where there is nothing to say: the one session that others are compared with, or a weighed one
    without which there is no model.
    """
    from mitate.edema.personal import estimate

    known = {one.session_id: one.excess_kg is not None for one in embedded(sessions)}
    reference = reference_of(embedded(sessions))
    said: dict[str, dict[str, Any] | None] = {}
    for one in sessions:
        if known[one.capture]:
            by = model_without(prior, sessions, one.capture)
        elif reference is not None and reference.session_id == one.capture and not model.n_labelled:
            by = None  # compared with itself by a model that has seen no scales: only the population's mean
        else:
            by = model
        told = None if by is None else estimate(by, one.embeddings, quality=one.quality, day=one.day)
        said[one.capture] = None if told is None else plain(told.as_dict())
    return said


def changes_of(
    prior: Prior, sessions: Sequence[KeptSession], rows: Sequence[dict[str, Any]], since: str
) -> dict[str, dict[str, Any]]:
    """Change of each session since one of them, which is left out.

    Args:
        prior: of the encoder that read all of them.
        sessions: with `since` among them.
        rows: with the ``at`` of each ``capture`` (ISO 8601).
        since: the session that they are compared with.
    """
    from mitate.edema.personal import compare

    at = {row["capture"]: datetime.fromisoformat(row["at"]) for row in rows}
    first = next(one for one in sessions if one.capture == since)
    return {
        one.capture: plain(
            compare(
                prior,
                first.embeddings,
                one.embeddings,
                days=abs((at[one.capture] - at[since]).total_seconds()) / 86400,
            ).as_dict()
        )
        for one in sessions
        if one.capture != since
    }
