"""Estimates that never look at a session's own scales, and what kilograms are over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mitate.edema.personal import estimate, personalise
from mitate.edema.prior import Prior
from mitate.serve.work.apart_sessions import KeptSession, basis_of, embedded, reference_of
from mitate.serve.work.apart_without import changes_of, estimates_of, model_without


def said_of(prior: Prior, sessions: Sequence[KeptSession]) -> dict[str, float | None]:
    whole = embedded(sessions)
    reference = reference_of(whole)
    assert reference is not None
    labelled = [one for one in whole if one.excess_kg is not None and one is not reference]
    found = estimates_of(prior, personalise(prior, reference, labelled), sessions)
    return {capture: None if told is None else told["excess_kg"] for capture, told in found.items()}


def test_a_weighed_session_is_estimated_by_the_model_without_it(
    prior: Prior, kept: list[KeptSession]
) -> None:
    whole = embedded(kept)
    reference = reference_of(whole)
    assert reference is not None
    found = said_of(prior, kept)
    for one in whole:
        if one is reference:
            continue
        others = [other for other in whole if other is not one and other is not reference]
        model = personalise(prior, reference, others)
        expected = estimate(model, one.embeddings, day=one.day).excess_kg
        assert found[one.session_id] == pytest.approx(expected)
    rest = [one for one in whole if one is not reference]
    other = reference_of(rest)
    assert other is not None
    model = personalise(prior, other, [one for one in rest if one is not other])
    expected = estimate(model, reference.embeddings, day=reference.day).excess_kg
    assert found[reference.session_id] == pytest.approx(expected)


@pytest.mark.parametrize("entered", [True, False])
def test_its_own_scales_never_move_an_estimate(prior: Prior, kept: list[KeptSession], entered: bool) -> None:
    """Metamorphic: whatever the scales said at a session, its own estimate stays; others' move."""
    sessions = kept if entered else [replace(one, dry_kg=None) for one in kept]
    before = said_of(prior, sessions)
    for number, one in enumerate(sessions[:4]):
        heavy = [*sessions]
        heavy[number] = replace(one, weight_kg=(one.weight_kg or 0.0) + 7.0)
        after = said_of(prior, heavy)
        assert after[one.capture] == before[one.capture]
        assert any(after[other] != before[other] for other in before if other != one.capture)


def test_the_only_session_has_no_estimate_and_the_second_one_needs_another(
    prior: Prior, kept: list[KeptSession]
) -> None:
    first = kept[0]
    assert model_without(prior, [first], first.capture) is None
    assert said_of(prior, [first]) == {first.capture: None}
    unweighed = [replace(first, phase="other", weight_kg=None), replace(kept[1], phase="other")]
    assert model_without(prior, unweighed, unweighed[1].capture) is None
    both = [replace(one, phase="other") for one in kept[:2]]
    assert None not in said_of(prior, both).values()


def test_a_session_without_scales_is_estimated_by_the_whole_model(
    prior: Prior, kept: list[KeptSession]
) -> None:
    sessions = [*kept[:4], replace(kept[4], weight_kg=None)]
    whole = embedded(sessions)
    reference = reference_of(whole)
    assert reference is not None
    model = personalise(prior, reference, [one for one in whole[:4] if one is not reference])
    expected = estimate(model, kept[4].embeddings, day=kept[4].day).excess_kg
    assert said_of(prior, sessions)[kept[4].capture] == pytest.approx(expected)


def test_there_is_a_dry_weight_only_where_it_was_entered_or_weighed_after_dialysis(
    kept: list[KeptSession],
) -> None:
    assert basis_of(kept) == "entered"
    nobody = [replace(one, dry_kg=None, phase="other") for one in kept]
    assert basis_of(nobody) is None
    assert all(one.excess_kg is None for one in embedded(nobody))
    assert basis_of([*nobody, replace(kept[0], dry_kg=None, phase="post", weight_kg=None)]) is None
    after = [*nobody[:2], *(replace(one, dry_kg=None, phase="post") for one in kept[2:4])]
    assert basis_of(after) == "estimated"
    mean = sum(one.weight_kg or 0.0 for one in after[2:]) / 2
    assert embedded(after)[0].excess_kg == pytest.approx((after[0].weight_kg or 0.0) - mean)


def test_a_dry_weight_of_a_later_day_counts_before_it(kept: list[KeptSession]) -> None:
    sessions = [replace(kept[0], dry_kg=None), replace(kept[1], dry_kg=58.0)]
    assert embedded(sessions)[0].excess_kg == pytest.approx((kept[0].weight_kg or 0.0) - 58.0)


def test_changes_are_since_one_session(prior: Prior, kept: list[KeptSession]) -> None:
    rows = [
        {"capture": one.capture, "at": f"2026-01-{5 + n:02d}T09:00:00+00:00"}
        for n, one in enumerate(kept[:3])
    ]
    found = changes_of(prior, kept[:3], rows, "c0")
    assert found.keys() == {"c1", "c2"}
    back = changes_of(prior, kept[:3], rows, "c1")
    assert back["c0"]["change_kg"] == pytest.approx(-found["c1"]["change_kg"])
