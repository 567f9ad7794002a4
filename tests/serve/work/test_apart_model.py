"""How good a person's model is said to be: by sessions that it knows nothing of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mitate.edema.personal import estimate, personalise
from mitate.edema.prior import Prior
from mitate.serve.work.apart_model import LEAST_TO_JUDGE, left_out, quality_of
from mitate.serve.work.apart_sessions import KeptSession, embedded, excess_of, reference_of


@pytest.fixture
def usual(kept: list[KeptSession]) -> list[KeptSession]:
    """The same, counted from their mean after dialysis."""
    return [replace(one, dry_kg=None) for one in kept]


def heavier(sessions: list[KeptSession], capture: str, by: float) -> list[KeptSession]:
    return [
        replace(one, weight_kg=(one.weight_kg or 0.0) + by) if one.capture == capture else one
        for one in sessions
    ]


def test_it_is_of_sessions_that_the_model_was_made_without(prior: Prior, kept: list[KeptSession]) -> None:
    assert quality_of(prior, kept[: LEAST_TO_JUDGE - 1]) is None
    told = quality_of(prior, kept)
    assert told is not None
    whole = embedded(kept)
    reference = reference_of(whole)
    assert reference is not None
    judged = [one for one in whole if one is not reference]
    errors, guesses = [], []
    for left in judged:
        others = [one for one in judged if one is not left]
        model = personalise(prior, reference, others)
        errors.append(estimate(model, left.embeddings, day=left.day).excess_kg - (left.excess_kg or 0.0))
        known = [one.excess_kg or 0.0 for one in (reference, *others)]
        guesses.append(np.mean(known) - (left.excess_kg or 0.0))
    assert told["n"] == len(judged)
    assert told["mae_kg"] == pytest.approx(np.abs(errors).mean())
    assert told["bias_kg"] == pytest.approx(np.mean(errors))
    assert told["guess_mae_kg"] == pytest.approx(np.abs(guesses).mean())
    assert told["mae_low_kg"] <= told["mae_kg"] <= told["mae_high_kg"]
    assert told == quality_of(prior, kept)


def test_a_leak_of_its_own_scales_would_show(prior: Prior, usual: list[KeptSession]) -> None:
    """Planted: one session's scales alone say 9 kg more. Whoever does not know them is off by 9 kg more.

    Over a mean weight after dialysis of all n sessions, that one's weight among them, everything would be
    counted from 9/n kg higher, and the error would grow by as much less.
    """
    reference = reference_of(embedded(usual))
    after = [one for one in usual if one.phase == "post" and one.weight_kg is not None]
    assert reference is not None
    assert len(after) > 2
    for one in usual:
        if one.capture == reference.session_id:
            continue
        before, now = (
            left_out(prior, usual, one.capture),
            left_out(prior, heavier(usual, one.capture, 9.0), one.capture),
        )
        assert before is not None
        assert now is not None
        assert now.error_kg - before.error_kg == pytest.approx(-9.0)
        assert now.guess_error_kg - before.guess_error_kg == pytest.approx(-9.0)
        excess = excess_of(usual, one.capture)
        mean = np.mean([other.weight_kg or 0.0 for other in after if other is not one])
        assert excess == pytest.approx((one.weight_kg or 0.0) - mean)


def test_a_shift_of_all_scales_changes_nothing(prior: Prior, usual: list[KeptSession]) -> None:
    told = quality_of(prior, usual)
    assert told is not None
    shifted = quality_of(prior, [replace(one, weight_kg=(one.weight_kg or 0.0) + 20.0) for one in usual])
    assert shifted == pytest.approx(told)


def test_what_cannot_be_judged_without_itself_is_not_judged(prior: Prior, usual: list[KeptSession]) -> None:
    """One weight after dialysis only: without it there is nothing to be over."""
    (only,) = [one for one in usual if one.phase == "post"][1:2]
    sessions = [
        replace(one, weight_kg=None) if one.phase == "post" and one is not only else one for one in usual
    ]
    assert left_out(prior, sessions, only.capture) is None
    told = quality_of(prior, sessions)
    assert told is not None
    assert told["n"] == len([one for one in sessions if one.weight_kg is not None]) - 1
    assert quality_of(prior, [one for one in sessions if one.phase == "post"]) is None
