"""Waits that grow with wrong tries, by name and by address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from mitate.record.schema import Knock, now
from mitate.serve.auth.tries import FREE, FREE_OF_ADDRESS, forget, knock, wait_s
from mitate.serve.failing import TooMany
from mitate.serve.service import Service

HERE = "192.168.1.20"


@given(st.integers(0, 10_000))
def test_waits_only_grow_and_end_at_a_day(tries: int) -> None:
    assert 0 <= wait_s(tries) <= wait_s(tries + 1) <= 86_400
    assert wait_s(tries, FREE_OF_ADDRESS) <= 3600


def test_a_pin_of_six_digits_lasts_for_years() -> None:
    year, tries, clock = 365 * 86_400.0, 0, 0.0
    while clock < year:
        tries += 1
        clock += wait_s(tries)
    assert tries < 500  # of 900,000 PINs that are taken: one in 1,800 in a year


def test_one_machine_with_all_addresses_of_its_network_is_one(service: Service) -> None:
    record, moment = service.record, now()
    with record.database.writing() as session:
        for number in range(FREE_OF_ADDRESS):
            knock(record, session, f"name {number}", f"2001:db8::{number:x}", moment)
        with pytest.raises(TooMany):
            knock(record, session, "one more", "2001:db8::ffff:1", moment)
        knock(record, session, "one more", "2001:db8:0:1::1", moment)


def test_after_free_tries_the_name_waits_and_a_right_one_clears_it(service: Service) -> None:
    record, moment = service.record, now()
    with record.database.writing() as session:
        for _ in range(FREE):
            knock(record, session, "Hana", HERE, moment)
        with pytest.raises(TooMany) as told:
            knock(record, session, " HANA ", "10.0.0.9", moment)
        assert 29 <= told.value.after_s <= 30
        knock(record, session, "Taro", HERE, moment)  # another name from here goes on
        knock(record, session, "Hana", HERE, moment + timedelta(seconds=31))
        with pytest.raises(TooMany):
            knock(record, session, "Hana", HERE, moment + timedelta(seconds=32))
        forget(record, session, "Hana", HERE)
        knock(record, session, "Hana", HERE, moment + timedelta(seconds=33))


def test_an_address_that_tries_many_names_waits(service: Service) -> None:
    record, moment = service.record, now()
    with record.database.writing() as session:
        for number in range(FREE_OF_ADDRESS):
            knock(record, session, f"name {number}", HERE, moment)
        with pytest.raises(TooMany):
            knock(record, session, "one more", HERE, moment)
        knock(record, session, "one more", "192.168.1.21", moment)


def test_a_ward_behind_one_address_may_mistype_every_day(service: Service) -> None:
    record, first = service.record, now().replace(hour=0)
    with record.database.writing() as session:
        for day in range(6):
            for number in range(FREE_OF_ADDRESS // 4):
                moment = first + timedelta(days=day, minutes=10 * number)
                knock(record, session, f"patient {number}", HERE, moment)  # wrong
                knock(record, session, f"patient {number}", HERE, moment)
                forget(record, session, f"patient {number}", HERE, at=moment)


def test_tries_are_forgotten_after_days_and_names_are_not_to_be_read(service: Service) -> None:
    record, moment = service.record, now()
    with record.database.writing() as session:
        knock(record, session, "Hana", HERE, moment - timedelta(days=4))
        session.flush()
        assert all(b"Hana" not in row.key for row in session.scalars(select(Knock)))
        knock(record, session, "Taro", "10.0.0.9", moment)
        session.flush()
        assert session.scalar(select(func.count()).select_from(Knock)) == 2
