"""All that is kept of one person, and nothing of anybody else."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.record.made import put_capture, put_model

from mitate.record.consents import give
from mitate.record.errors import MissingError
from mitate.record.everything import everything_of
from mitate.record.opened import Record
from mitate.record.people import PersonFacts, add_person
from mitate.record.schema import Check, Feedback
from mitate.record.weights import NewWeight, add_weight

BY = "0" * 32
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def somebody(record: Record, name: str) -> str:
    """One of everything, the later first."""
    with record.database.writing() as session:
        facts = PersonFacts(name, number=f"no-{name}", birth_date=date(1950, 4, 1))
        person_id = add_person(record, session, facts, BY)
        give(session, person_id, "analyse", BY)
        for days in (1, 0):
            add_weight(record, session, person_id, NewWeight(NOON + timedelta(days=days), 50.0 + days), BY)
        key = record.key(session, person_id)
        for number, days in enumerate((1, 0)):
            check = Check(
                id=f"{number}{person_id[1:]}", person_id=person_id, at=NOON + timedelta(days=days), sealed=b""
            )
            check.sealed = key.seal_json({"said": [name]}, f"check.sealed {check.id}")
            session.add(check)
            session.flush()
            told = Feedback(id=check.id, person_id=person_id, check_id=check.id, by=BY, sealed=b"")
            told.sealed = key.seal_json({"note": name}, f"feedback.sealed {told.id}")
            session.add(told)
    for days in (1, 0):
        put_capture(record, person_id, at=NOON + timedelta(days=days), result={"of": name})
    put_model(record, person_id)
    return person_id


def test_everything_of_one_and_nothing_of_another(record: Record) -> None:
    hana, taro = somebody(record, "Hana"), somebody(record, "Taro")
    for mine, name, other in ((hana, "Hana", "Taro"), (taro, "Taro", "Hana")):
        with record.database.reading() as session:
            found = everything_of(record, session, mine)
        told = json.dumps(found.as_dict())
        assert name in told
        assert other not in told
        assert (taro if mine == hana else hana) not in told
        counted = (found.weights, found.captures, found.checks, found.models, found.feedback, found.consents)
        assert [len(part) for part in counted] == [2, 2, 2, 1, 2, 1]
        for part in (found.weights, found.captures, found.checks):
            times = [one.at for one in part]
            assert times == sorted(times)


def test_as_json_times_are_iso_and_no_model_goes_out(record: Record) -> None:
    hana = somebody(record, "Hana")
    with record.database.reading() as session:
        told = json.loads(json.dumps(everything_of(record, session, hana).as_dict()))
    assert datetime.fromisoformat(told["weights"][0]["at"]) == NOON
    assert told["person"]["birth_date"] == "1950-04-01"
    assert "not a medical device" in told["intended_use"].lower()
    assert "model" not in told["models"][0]
    assert told["models"][0]["trained_on"] == "simulated"


def test_nobody_is_told_plainly(record: Record) -> None:
    with record.database.reading() as session, pytest.raises(MissingError, match="no such person"):
        everything_of(record, session, "f" * 32)
