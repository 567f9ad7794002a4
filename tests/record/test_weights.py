"""Weights: written down, the dry weight of a day, the weighing near a film."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.errors import InputError
from mitate.record.errors import MissingError
from mitate.record.opened import Record, open_record
from mitate.record.people import PersonFacts, add_person
from mitate.record.vault import Vault
from mitate.record.weights import (
    NewWeight,
    add_weight,
    delete_weight,
    dry_weight_on,
    far_off,
    get_weight,
    weight_near,
    weights_of,
)

BY = "0" * 32
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def put(record: Record, person: str, *weights: NewWeight) -> list[str]:
    with record.database.writing() as session:
        return [add_weight(record, session, person, one, BY) for one in weights]


def test_weights_come_back_in_order_of_time(record: Record, person: str) -> None:
    later, earlier = NewWeight(NOON, 66.2, context="pre"), NewWeight(NOON - timedelta(days=2), 63.0, "dry")
    ids = put(record, person, later, earlier)
    with record.database.reading() as session:
        known = weights_of(record, session, person)
        assert [(one.at, one.kg, one.kind, one.context, one.source, one.by) for one in known] == [
            (earlier.at, 63.0, "dry", "other", "entered", BY),
            (NOON, 66.2, "weight", "pre", "entered", BY),
        ]
        assert weights_of(record, session, person, kind="dry") == known[:1]
        assert weights_of(record, session, person, since=NOON) == known[1:]
        assert get_weight(record, session, ids[0]) == known[1]
    with record.database.writing() as session:
        delete_weight(session, ids[0], BY)
        assert weights_of(record, session, person) == known[:1]
        with pytest.raises(MissingError):
            delete_weight(session, ids[0], BY)


@pytest.mark.parametrize(
    ("facts", "where"),
    [
        ({"kg": 665.0}, "kg"),
        ({"kg": 6.65}, "kg"),
        ({"kg": float("nan")}, "kg"),
        ({"at": datetime(2026, 3, 2)}, "at"),
        ({"at": datetime(1980, 3, 2, tzinfo=UTC)}, "at"),
        ({"at": datetime(2126, 3, 2, tzinfo=UTC)}, "at"),
        ({"kind": "wet"}, "kind"),
        ({"context": "before"}, "context"),
    ],
)
def test_what_cannot_be_is_named_with_what_to_do(facts: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as caught:
        NewWeight(**{"at": NOON, "kg": 66.0, **facts})
    assert caught.value.where == where
    assert caught.value.todo


def test_the_dry_weight_of_a_day_is_the_last_that_was_set_by_then(record: Record, person: str) -> None:
    local = NOON.astimezone()
    put(
        record,
        person,
        NewWeight(local, 63.0, "dry"),
        NewWeight(local + timedelta(days=7), 62.5, "dry"),
        NewWeight(local, 70.0),
    )
    expected = {-1: None, 0: 63.0, 6: 63.0, 7: 62.5, 400: 62.5}
    with record.database.reading() as session:
        for days, kg in expected.items():
            assert dry_weight_on(record, session, person, local.date() + timedelta(days=days)) == kg


def test_a_dry_weight_counts_from_the_first_minute_of_its_day_to_the_last(
    record: Record, person: str
) -> None:
    late = datetime(2026, 3, 2, 23, 59, 59).astimezone()  # the clinic's zone
    put(record, person, NewWeight(late, 63.0, "dry"))
    with record.database.reading() as session:
        assert dry_weight_on(record, session, person, date(2026, 3, 2)) == 63.0
        assert dry_weight_on(record, session, person, date(2026, 3, 1)) is None


def test_a_weighing_after_dialysis_is_none_for_a_film_before_it(record: Record, person: str) -> None:
    put(
        record,
        person,
        NewWeight(NOON - timedelta(hours=2), 66.2, context="pre"),
        NewWeight(NOON + timedelta(hours=1), 63.4, context="post"),
        NewWeight(NOON, 60.0, "dry"),
    )
    with record.database.reading() as session:

        def near(context: str, hours: float = 3.0) -> float | None:
            known = weight_near(record, session, person, NOON, hours, context)
            return None if known is None else known.kg

        assert (near("other"), near("pre"), near("post")) == (63.4, 66.2, 63.4)
        assert (near("pre", 1.5), near("other", 0.5)) == (None, None)


@pytest.fixture(scope="module")
def any_record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    opened = open_record(tmp_path_factory.mktemp("any"), Vault.new())
    yield opened
    opened.close()


@settings(max_examples=30, deadline=None)
@given(
    minutes=st.lists(st.integers(-600, 600), max_size=8, unique=True),
    hours=st.floats(0.0, 8.0, allow_nan=False),
)
def test_the_nearest_is_the_nearest(any_record: Record, minutes: list[int], hours: float) -> None:
    with any_record.database.writing() as session:
        person = add_person(any_record, session, PersonFacts("Hana"), BY)
        for number, minute in enumerate(minutes):
            weight = NewWeight(NOON + timedelta(minutes=minute), 60.0 + number)
            add_weight(any_record, session, person, weight, BY)
        found = weight_near(any_record, session, person, NOON, hours)
    inside = [abs(minute) for minute in minutes if abs(minute) <= hours * 60]
    told = None if found is None else abs((found.at - NOON).total_seconds()) / 60
    assert told == (min(inside) if inside else None)


def test_of_two_of_the_same_minute_the_one_that_was_written_last_counts(record: Record, person: str) -> None:
    at = NOON.astimezone()
    for wrong, right in ((62.5, 52.5), (40.0, 53.0), (70.0, 51.0), (35.0, 52.0)):  # ids are random
        put(record, person, NewWeight(at, wrong, "dry"))
        put(record, person, NewWeight(at, wrong))
        put(record, person, NewWeight(at, right, "dry"))
        put(record, person, NewWeight(at, right))
        with record.database.reading() as session:
            near = weight_near(record, session, person, at)
            assert dry_weight_on(record, session, person, at.date()) == right
            assert near is not None
            assert near.kg == right
            assert weights_of(record, session, person, kind="dry")[-1].kg == right


def test_digits_that_changed_places_are_far_off_and_a_long_weekend_is_not() -> None:
    known = [(NOON - timedelta(days=2 * day), 62.0 + day % 3) for day in range(9)]
    assert far_off(known, NOON, 36.6) == 63.0
    assert far_off(known, NOON, 68.0) is None  # five kilograms of fluid
    assert far_off([], NOON, 36.6) is None
    slipped = [*known, (NOON - timedelta(days=3), 26.0)]
    assert far_off(slipped, NOON, 62.5) is None  # one wrong one does not make the right ones strange


@given(st.lists(st.floats(-400, 400), min_size=1, max_size=12), st.floats(20, 350))
def test_whoever_always_weighs_the_same_is_asked_beyond_fifteen_parts(days: list[float], kg: float) -> None:
    known = [(NOON + timedelta(days=day), 60.0) for day in days]
    assert far_off(known, NOON, kg) == (None if abs(kg - 60) <= 9 else 60.0)
