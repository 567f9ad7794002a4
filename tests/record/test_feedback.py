"""Corrections of causes: what is refused, which stand, and that the export names nobody."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from mitate.errors import InputError
from mitate.record.audit import verify
from mitate.record.errors import ConflictError, MissingError
from mitate.record.feedback import (
    MOST_NOTE,
    Correction,
    _blotted,
    causes_of,
    correct,
    corrections,
    feedback_lines,
    standing,
)
from mitate.record.opened import Record
from mitate.record.schema import Audit, Check, Feedback, Person, new_id, now

NURSE, OTHER = "a" * 32, "b" * 32
FLEXION = "control_impairment(flexion)"
RESULT: dict[str, Any] = {
    "region": "low_back",
    "person": {"age": 38.0, "sex": "male", "height_m": 1.7},
    "case": {"signs": {"judder": False}, "answers": {"sits_long": True}, "person": {"age": 38}},
    "reasoning": {"causes": [{"name": FLEXION, "label": "…", "share": 0.96}]},
    "versions": {"knowledge": "300819"},
    "trained_on": "simulated",
}


def add_check(record: Record, *, done: bool = True, name: str = "Taro Yamada") -> str:
    person_id, check_id = new_id(), new_id()
    key, wrapped = record.vault.new_key(person_id)
    told = {"name": name, "number": "P-4711"}
    with record.database.writing() as session:
        sealed = key.seal_json(told, f"person.sealed {person_id}")
        session.add(Person(id=person_id, wrapped_key=wrapped, sealed=sealed))
        session.flush()
        result = key.seal_json(RESULT, f"check.result {check_id}") if done else None
        sealed = key.seal_json({}, f"check.sealed {check_id}")
        session.add(Check(id=check_id, person_id=person_id, sealed=sealed, result=result))
    return check_id


def file(record: Record, check_id: str, **given: Any) -> Correction:
    with record.database.writing() as session:
        return correct(
            record, session, check_id, **{"by": NURSE, "cause": FLEXION, "verdict": "wrong", **given}
        )


def test_a_correction_is_kept_sealed_and_noted(record: Record) -> None:
    check_id = add_check(record)
    made = file(record, check_id, instead="restricted_hip_flexion", note="  hips are stiff ")
    assert made.note == "hips are stiff"
    with record.database.reading() as session:
        assert corrections(record, session, check_id) == (made,)
        row = session.scalars(select(Feedback)).one()
        assert b"hips" not in row.sealed
        noted = session.scalars(select(Audit)).all()
        assert [one.action for one in noted] == ["feedback.add"]
        assert "hips" not in json.dumps(noted[0].detail)
        assert verify(session).ok


@pytest.mark.parametrize(
    ("given_", "where"),
    [
        ({"cause": "a_devil"}, "cause"),
        ({"cause": "control_impairment"}, "cause"),
        ({"cause": "judder"}, "cause"),
        ({"verdict": "perhaps"}, "verdict"),
        ({"instead": "a_devil"}, "instead"),
        ({"instead": FLEXION}, "instead"),
        ({"verdict": "right", "instead": "restricted_hip_flexion"}, "instead"),
        ({"note": "x" * (MOST_NOTE + 1)}, "note"),
    ],
)
def test_what_cannot_be_filed_is_refused(record: Record, given_: dict[str, Any], where: str) -> None:
    check_id = add_check(record)
    with pytest.raises(InputError) as refused:
        file(record, check_id, **given_)
    assert refused.value.where == where
    with record.database.reading() as session:
        assert corrections(record, session, check_id) == ()


def test_without_a_result_nothing_can_be_corrected(record: Record) -> None:
    with pytest.raises(ConflictError):
        file(record, add_check(record, done=False))
    with pytest.raises(MissingError):
        file(record, new_id())
    with record.database.reading() as session, pytest.raises(MissingError):
        corrections(record, session, new_id())


def test_the_last_of_each_clinician_stands(record: Record) -> None:
    check_id = add_check(record)
    file(record, check_id)
    hers = file(record, check_id, verdict="right")
    his = file(record, check_id, by=OTHER, verdict="unsure")
    with record.database.reading() as session:
        found = corrections(record, session, check_id)
    assert len(found) == 3
    assert standing(found) == (hers, his)


def test_the_export_names_nobody(record: Record) -> None:
    first, second = add_check(record), add_check(record, name="佐藤花")
    file(record, first, note="Mr YAMADA (P-4711) sat; Taro said so", instead="restricted_hip_flexion")
    file(record, second, note="佐藤花さんは座り仕事", verdict="right")
    with record.database.reading() as session:
        lines = list(feedback_lines(record, session))
    told = [json.loads(line) for line in lines]
    for secret in ("yamada", "taro", "4711", "佐藤", first, second, NURSE):
        assert secret not in "".join(lines).lower()
    assert {one["verdict"] for one in told} == {"wrong", "right"}
    assert all(one["share"] == 0.96 and one["age_decade"] == 30 for one in told)
    assert all(one["seen"] == {"signs": {"judder": False}, "answers": {"sits_long": True}} for one in told)


def test_whose_person_is_gone_has_no_line(record: Record) -> None:
    check_id = add_check(record)
    file(record, check_id)
    with record.database.writing() as session:
        session.delete(session.scalars(select(Person)).one())
    with record.database.reading() as session:
        assert list(feedback_lines(record, session)) == []


@pytest.mark.parametrize("region", ["low_back", "neck"])
def test_every_cause_of_a_region_has_words(region: str) -> None:
    from mitate.back.region import knowledge

    found = causes_of(region)
    assert len(set(found)) == len(found) > 10
    for language in ("en", "ja"):
        words = [knowledge(region).label(one, language) for one in found]
        assert all(words)
        assert not any("{" in one for one in words)


@given(
    name=st.text(min_size=2, max_size=12).filter(lambda text: len(text.strip()) >= 2 and "…" not in text),
    before=st.text(max_size=8),
    after=st.text(max_size=8),
)
def test_a_whole_name_is_blotted_wherever_it_stands(name: str, before: str, after: str) -> None:
    blotted = _blotted(f"{before} {name} {after}", {"name": name, "number": ""})
    assert name not in blotted


def test_times_are_of_now(record: Record) -> None:
    made = file(record, add_check(record))
    assert abs(made.at - now()) < timedelta(minutes=5)
