"""In the child process: a person's model of oedema from all sessions that were read, and how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mitate.errors import RefusalError
from mitate.serve.work.apart_sessions import (
    KeptSession,
    basis_of,
    embedded,
    excess_of,
    opened,
    reference_of,
)
from mitate.serve.work.apart_without import changes_of, estimates_of, model_without
from mitate.serve.work.arrays import scratch
from mitate.serve.work.child import Given, Tell

if TYPE_CHECKING:
    from mitate.edema.personal import PersonalModel
    from mitate.edema.prior import Prior

__all__ = ["LEAST_TO_JUDGE", "LeftOut", "left_out", "make", "quality_of"]

LEAST_TO_JUDGE = 3
"""Weighed sessions below which nothing is said of how good a model is."""
_DRAWS, _SEED = 2000, 20261122


def make(facts: dict[str, Any], blobs: dict[str, bytes], tell: Tell) -> Given:
    """Make a model, judge it, and estimate every session without looking at that session's own scales.

    Without a dry weight, entered or as the mean weight after dialysis, there is no model: sessions that were
    told in kilograms over one are then told by their change.

    Args:
        facts: ``first_day`` and ``sessions``: capture, at (ISO 8601), day, phase, weight_kg, dry_kg, encoder
            and estimated (whether kilograms were told of it) of each, in order of time.
        blobs: the features of each, by its capture.
        tell: how far it is.

    Returns:
        facts (``model``: what is kept beside it, or None; ``estimates``: by capture, None where nothing is
        said; ``changes`` of the latter since ``reference``) and the blob ``model``.

    Raises:
        RefusalError: ``nothing_to_learn``: no session was weighed and none was after dialysis, or there is no
            dry weight.
    """
    tell("learning", 0.1)
    from mitate.edema.encoder import default_encoder
    from mitate.edema.personal import personalise
    from mitate.edema.sightings import shared_error_kg
    from mitate.face.embed import identity_of

    encoder, rows = default_encoder(), facts["sessions"]
    sessions, unusable = opened(rows, blobs, encoder)
    basis, whole = basis_of(sessions), embedded(sessions)
    reference = None if basis is None else reference_of(whole)
    if reference is None:
        return _withdrawn(encoder.prior, sessions, rows)
    labelled = [one for one in whole if one.excess_kg is not None and one is not reference]
    identity = identity_of(np.stack([one.identity for one in sessions]))
    model = personalise(encoder.prior, reference, labelled, identity=identity)
    tell("judging", 0.6)
    estimates = estimates_of(encoder.prior, model, sessions)
    changes = changes_of(encoder.prior, sessions, rows, reference.session_id)
    learned = [one.session_id for one in (reference, *labelled) if one.excess_kg is not None]
    kept = {
        "model_id": model.model_id,
        "encoder": encoder.sha256,
        "trained_on": model.trained_on,
        "n_labelled": model.n_labelled,
        "reference": reference.session_id,
        "sessions": learned,
        "later": [one.capture for one in sessions if one.capture not in learned],
        "left_out": unusable,
        "dry_weight": basis,
        "first_day": facts["first_day"],
        "common_kg": shared_error_kg(model),
        "quality": quality_of(encoder.prior, sessions),
    }
    told = {
        "model": kept,
        "estimates": estimates,
        "changes": {capture: changes[capture] for capture in changes if estimates[capture] is None},
        "reference": reference.session_id,
    }
    return told, {"model": _saved(model)}


def _withdrawn(prior: Prior, sessions: Sequence[KeptSession], rows: Sequence[dict[str, Any]]) -> Given:
    """No model: what was told in kilograms is told by its change since the first session."""
    if not sessions or not any(row["estimated"] for row in rows):
        raise RefusalError(
            "no session can be learned from: there is no dry weight, or no session was weighed",
            reason="nothing_to_learn",
            where="model",
            todo="weigh at one session, and enter the dry weight",
        )
    first = sessions[0].capture
    told = {
        "model": None,
        "estimates": dict.fromkeys((one.capture for one in sessions), None),
        "changes": changes_of(prior, sessions, rows, first),
        "reference": first,
    }
    return told, {}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A weighed session, estimated by the model that was made without it; kilograms.

    Attributes:
        error_kg: estimate minus what its scales said.
        guess_error_kg: of always saying the mean of the other sessions.
        inside: whether what its scales said lies inside the 90 % interval.
    """

    error_kg: float
    guess_error_kg: float
    inside: bool


def left_out(prior: Prior, sessions: Sequence[KeptSession], capture: str) -> LeftOut | None:
    """Judge the estimate of one session; nothing that it is judged by but its scales knows its scales.

    Returns:
        None where there is no model or no dry weight without it, or no other session was weighed.
    """
    from mitate.edema.personal import estimate

    model, true = model_without(prior, sessions, capture), excess_of(sessions, capture)
    known = [one.excess_kg for one in embedded(sessions, without=capture) if one.excess_kg is not None]
    if model is None or true is None or not known:
        return None
    one = next(one for one in sessions if one.capture == capture)
    said = estimate(model, one.embeddings, day=float(one.day))
    low, high = said.interval_90
    return LeftOut(said.excess_kg - true, float(np.mean(known)) - true, low <= true <= high)


def quality_of(prior: Prior, sessions: Sequence[KeptSession]) -> dict[str, Any] | None:
    """How far estimates were off in sessions that the model was made without, each in turn.

    The session that others are compared with is not judged: its own model would have another reference.

    Returns:
        ``n``; ``mae_kg`` with ``mae_low_kg`` and ``mae_high_kg`` (95 %, sessions drawn again); ``bias_kg``;
        ``coverage_90``: share of sessions inside their 90 % interval; ``guess_mae_kg``: of always saying the
        mean of the other sessions. None for fewer than `LEAST_TO_JUDGE` weighed sessions, or two judged ones.
    """
    whole = embedded(sessions)
    weighed, reference = [one for one in whole if one.excess_kg is not None], reference_of(whole)
    if reference is None or len(weighed) < LEAST_TO_JUDGE:
        return None
    each = [left_out(prior, sessions, one.session_id) for one in weighed if one is not reference]
    judged = [one for one in each if one is not None]
    if len(judged) < 2:
        return None
    errors = np.array([one.error_kg for one in judged])
    off = np.abs(errors)
    drawn = np.random.default_rng(_SEED).choice(off, (_DRAWS, len(off))).mean(axis=1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return {
        "n": len(off),
        "mae_kg": float(off.mean()),
        "mae_low_kg": float(low),
        "mae_high_kg": float(high),
        "bias_kg": float(errors.mean()),
        "coverage_90": sum(one.inside for one in judged) / len(off),
        "guess_mae_kg": float(np.mean([abs(one.guess_error_kg) for one in judged])),
    }


def _saved(model: PersonalModel) -> bytes:
    with scratch() as folder:
        model.save(folder / "model")
        return (folder / "model").read_bytes()
