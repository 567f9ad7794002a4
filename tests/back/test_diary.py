from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.back.exercise_samples import person

from mitate.back.coached import Coached, CoachedRepetition
from mitate.back.diary import read_diary, read_ongoing
from mitate.back.exercises import exercise, exercises
from mitate.back.programme import programme
from mitate.back.progress import next_steps, renewed
from mitate.back.wishes import limits
from mitate.errors import InputError

READ = ("programme", "region", "age", "start", "wishes", "exercises", "left_out", "language")
START = date(2026, 11, 23)


def document() -> dict[str, Any]:
    """A programme as its file has it."""
    there = {name: name == "knee_pain" for name in limits()}
    case, result = person({"hip_extensor_weakness": 0.8}, age=70.0, limits=there, pain_now=2)
    plan = programme(result, case, start=START).as_dict()
    told: dict[str, Any] = json.loads(json.dumps(plan))
    return told


def test_a_programme_is_read_as_it_was_written() -> None:
    told = document()
    ongoing = read_ongoing(told)
    assert (ongoing.region, ongoing.irritability, ongoing.age, ongoing.minutes) == ("low_back", "low", 70, 20)
    assert [one.name for one in ongoing.exercises] == [one["name"] for one in told["exercises"]]
    assert all(one.since == START and one.rung == 0 for one in ongoing.exercises)
    by = {one["name"]: {reason["by"] for reason in one["barred"]} for one in told["left_out"]}
    assert ongoing.barred == {name for name, reasons in by.items() if reasons - {"level"}}
    assert {"level"} not in [by[name] for name in ongoing.barred]
    assert "limit" in set().union(*by.values())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"programme": 2}, "this is no programme"),
        ({"start": "yesterday"}, "is no date"),
        ({"region": "knee"}, "no region"),
        ({"wishes": {"irritability": "hih"}}, "did you mean high"),
        ({"wishes": []}, "braces"),
        ({"exercises": {}}, "brackets"),
        ({"exercises": [{"name": "no_such_thing"}]}, "there is no exercise"),
        ({"exercises": [{"name": 3}]}, "no exercise 3"),
        ({"age": 200}, "no age"),
        ({"left_out": ["bridge"]}, "braces"),
        ({"left_out": None}, "brackets"),
    ],
)
def test_what_is_no_programme_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as refused:
        read_ongoing({**document(), **change}, "plan.json")
    assert says in str(refused.value).lower()


@pytest.mark.parametrize("dose", [{}, {"sets": 0, "repetitions": 5, "days_a_week": 3}, {"sets": "two"}, None])
def test_a_dose_that_cannot_be_is_refused(dose: object) -> None:
    told = document()
    told["exercises"][0]["dose"] = dose
    with pytest.raises(InputError, match="dose"):
        read_ongoing(told)


def test_a_diary() -> None:
    name = exercises()[0].name
    row = {
        "date": "2026-11-25",
        "exercise": name,
        "done": 20,
        "pain_before": 2,
        "pain_after": 3,
        "settled_next_day": True,
        "coach": {"range_share": 0.9, "fault_share": 0.1, "set": "a" * 32},
        "effort": 6,
    }
    second = {"date": "2026-11-24", "exercise": name, "stop_sign": "heart", "coach": None}
    sessions = read_diary({"sessions": [row, second]})
    assert [session.date.day for session in sessions] == [24, 25]
    assert sessions[0].stop_sign == "heart"
    assert sessions[1].range_share == 0.9
    assert sessions[1].settled is True
    assert (sessions[0].effort, sessions[1].effort) == (None, 6.0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"date": None}, "no date"),
        ({"exercise": "bridg"}, "did you mean bridge"),
        ({"exercise": None}, "no exercise none"),
        ({"pain": 3}, "there is no field"),
        ({"pain_after": 11}, "from 0 to 10"),
        ({"effort": 11}, "from 0 to 10"),
        ({"done": "all"}, "a number"),
        ({"settled_next_day": "yes"}, "true, false or null"),
        ({"coach": {"range": 1}}, "did you mean range_share"),
        ({"coach": {"fault_share": 2}}, "from 0 to 1"),
        ({"coach": [{"unseen_share": 2}]}, "from 0 to 1"),
        ({"coach": "good"}, "braces"),
        ({"stop_sign": "hart"}, "did you mean heart"),
    ],
)
def test_what_is_no_session_is_refused_with_its_place(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as refused:
        read_diary({"sessions": [{"date": "2026-11-25", "exercise": "bridge", **change}]}, "diary.json")
    message = str(refused.value).lower()
    assert says in message
    assert message.startswith("diary.json: sessions[0]")


@pytest.mark.parametrize("value", [None, [], {"session": []}, {"sessions": {}}, {}])
def test_what_is_no_diary_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        read_diary(value)


def coached(
    repetitions: int, *, faulty: int = 0, unseen_s: float = 0.0, held_s: float = 0.0
) -> dict[str, Any]:
    """What the coach writes of one set."""
    one = exercise("bridge")
    done = tuple(
        CoachedRepetition(
            i + 1, "", 2.0 * i, 2.0 * i + 1, 2.0 * i + 2, 40, 0.9, 1, 0, 1, ("sag",) * (i < faulty)
        )
        for i in range(repetitions)
        for faults in [("sag",) if i < faulty else ()]
    )
    nothing = np.zeros(0)
    target = one.dose.repetitions
    plain = (target, 0.0, held_s, unseen_s, False, done, (), (), nothing, nothing)
    told: dict[str, Any] = json.loads(json.dumps(Coached(one, date(2026, 11, 25), 60.0, *plain).as_dict()))
    return told


def test_what_the_coach_writes_can_stand_in_the_diary_as_it_is() -> None:
    row = {"date": "2026-11-25", "exercise": "bridge", "pain_after": 1}
    sets = [coached(10), coached(8, faulty=2, held_s=20)]
    (session,) = read_diary({"sessions": [{**row, "coach": sets}]})
    assert (session.done, session.range_share, session.fault_share, session.held_s) == (18, 0.9, 0.25, 20)
    (session,) = read_diary({"sessions": [{**row, "coach": sets, "done": 20}]})
    assert session.done == 20
    (session,) = read_diary({"sessions": [{**row, "coach": coached(9, unseen_s=45)}]})
    assert (session.done, session.range_share, session.fault_share) == (None, None, None)


def test_what_was_only_too_hard_may_come_later() -> None:
    told = document()
    too_hard = [o["name"] for o in told["left_out"] if [b["by"] for b in o["barred"]] == ["level"]]
    assert too_hard
    assert read_ongoing(told).barred.isdisjoint(too_hard)
    odd = {**told, "left_out": [{"name": "bridge", "because": "barred"}, {"name": "dead_bug"}]}
    assert read_ongoing(odd).barred == {"bridge"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**12) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value, itself first."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inside for place in places(part, (*path, key)))]


@cache
def whole() -> str:
    """A programme of two exercises and a diary of it, as JSON."""
    told = document()
    told = {**told, "exercises": told["exercises"][:2], "left_out": told["left_out"][:2]}
    coach = {
        "range_share": 0.9,
        "faults": {"sag": 0.1},
        "repetitions": 10,
        "held_s": 3.0,
        "unseen_share": 0.0,
    }
    rows = [
        {
            "date": f"2026-11-2{day}",
            "exercise": one["name"],
            "done": 99,
            "pain_after": 9 * bad,
            "coach": [coach],
        }
        for bad, one in enumerate(told["exercises"])
        for day in (4, 6)
    ]
    return json.dumps({"programme": {key: told[key] for key in READ}, "diary": {"sessions": rows}})


@given(data=st.data(), junk=JSON)
@settings(max_examples=150)
def test_a_spoilt_file_is_read_or_refused(data: st.DataObject, junk: Any) -> None:
    """One place of a programme or a diary is put wrong; nothing after that falls over."""
    both: dict[str, Any] = json.loads(whole())
    *way, last = data.draw(st.sampled_from(places(both)[1:]))
    inside: Any = both
    for key in way:
        inside = inside[key]
    inside[last] = junk
    try:
        ongoing, sessions = read_ongoing(both["programme"]), read_diary(both["diary"])
    except InputError:
        return
    renewed(ongoing, next_steps(ongoing, sessions, on=date(2026, 12, 1)), "en")
