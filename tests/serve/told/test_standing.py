"""How people stand, as sealed beside them: never another thing than their course says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.serve.conftest import add_person
from tests.serve.told.test_course import START, put_estimates

from mitate.record.people import all_people
from mitate.record.schema import Capture
from mitate.record.schema import Standing as Row
from mitate.record.weights import NewWeight, add_weight, delete_weight, weights_of
from mitate.serve.pages.clinic_states import Patient, States, patients
from mitate.serve.service import Service
from mitate.serve.told.course import course_of
from mitate.serve.told.standing import stand_at, standings, write_standing

BY = "0" * 32


def listed(service: Service, states: States | None = None, at_once: int = 40) -> dict[str, Patient]:
    """How everybody stands by the clinic's list, as after a start unless `states` are given."""
    record = service.record
    with record.database.reading() as session:
        found = patients(record, session, all_people(record, session), states or States(), at_once=at_once)
    return {one.known.id: one for one in found}


def agrees(service: Service, person: str, one: Patient) -> bool:
    """Whether the list says of a person what her course says."""
    with service.record.database.reading() as session:
        view = course_of(service.record, session, person, "en")
    if view is None:
        return (one.kg, one.alarm) == (None, None)
    last = view.sessions[-1]
    same = (one.kg, one.low, one.high, one.estimated_at) == (last.kg, last.low, last.high, last.at)
    if one.alarm is None:
        return same and not view.alarm_on
    return same and view.alarm_on and one.alarm.sounded_at == view.alarm_sounded[-1]


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 40), st.floats(-2, 5), st.sampled_from(("pre", "post", "other", "after meal"))
        ),
        max_size=8,
    ),
    scales=st.lists(st.tuples(st.integers(0, 40), st.floats(58, 64)), max_size=3),
)
def test_list_and_course_never_disagree(
    service: Service, rows: list[tuple[float, float, str]], scales: list[tuple[int, float]]
) -> None:
    person = add_person(service)
    put_estimates(service, person, sorted(rows))
    assert agrees(service, person, listed(service)[person])
    with service.record.database.writing() as session:
        add_weight(service.record, session, person, NewWeight(START - timedelta(days=3), 60.0, "dry"), BY)
        for day, kg in scales:
            weight = NewWeight(START + timedelta(days=day), kg, "weight", "other")
            add_weight(service.record, session, person, weight, BY)
    assert agrees(service, person, listed(service)[person])


def test_what_is_sealed_is_opened_and_what_is_older_is_worked_out_anew(service: Service) -> None:
    person = add_person(service, kind="home")
    captures = put_estimates(service, person, [(day, 0.5 * day, "other") for day in range(9)])
    assert person in listed(service)
    with service.record.database.reading() as session:
        written = stand_at(session)
        [(who, stands, at)] = standings(service.record, session, [person])
    assert (who, written) == (person, {person: at})
    assert stands.alarm is not None
    states = States()
    assert listed(service, states)[person].alarm == stands.alarm
    with service.record.database.reading() as session:
        assert stand_at(session) == written  # opened, not written anew
    with service.record.database.writing() as session:
        for capture in captures[2:]:
            session.delete(session.get_one(Capture, capture))
    after = listed(service, states)[person]
    assert after.alarm is None
    assert after.kg == pytest.approx(0.5)
    assert agrees(service, person, after)


def test_a_weight_for_another_is_noticed(service: Service) -> None:
    """As many weights as before and the same last day: the mark alone would not tell."""
    person = add_person(service)
    put_estimates(service, person, [(0.0, 1.0, "other")])
    with service.record.database.writing() as session:
        weight = add_weight(service.record, session, person, NewWeight(START, 60.0, "dry"), BY)
    listed(service)
    with service.record.database.writing() as session:
        delete_weight(session, weight, BY)
        add_weight(service.record, session, person, NewWeight(START, 61.0, "dry"), BY)
        assert person not in stand_at(session)
        assert len(weights_of(service.record, session, person)) == 1
    assert agrees(service, person, listed(service)[person])


def test_of_many_none_is_shown_as_without_an_alarm_before_it_is_known(service: Service) -> None:
    person, nobody = add_person(service, kind="home"), add_person(service, number="2")
    put_estimates(service, person, [(day, 0.5 * day, "other") for day in range(9)])
    states = States()
    states._busy.acquire()  # no thread works meanwhile
    found = listed(service, states, at_once=0)
    assert (found[person].pending, found[person].kg, found[nobody].pending) == (True, None, False)
    with service.record.database.writing() as session:
        write_standing(service.record, session, person)
        assert write_standing(service.record, session, nobody) is None
    known = listed(service, states, at_once=0)[person]
    assert (known.pending, known.alarm is not None) == (False, True)


def test_nobody_else_can_put_a_standing_in_another_place(service: Service) -> None:
    one, other = add_person(service), add_person(service, number="2")
    put_estimates(service, one, [(0.0, 1.0, "other")])
    put_estimates(service, other, [(0.0, 3.0, "other")])
    listed(service)
    with service.record.database.writing() as session:
        session.get_one(Row, one).sealed = session.get_one(Row, other).sealed
    with service.record.database.reading() as session, pytest.raises(Exception, match="open"):
        list(standings(service.record, session, [one]))
