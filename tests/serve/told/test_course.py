"""A course over days in words, with its alarm and whom to call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from tests.serve.conftest import add_person

from mitate.record import settings
from mitate.record.schema import Capture, PersonalModelRow, new_id
from mitate.record.weights import NewWeight, add_weight
from mitate.serve.service import Service
from mitate.serve.told.call import call_of
from mitate.serve.told.captured import told_of
from mitate.serve.told.course import course_of
from mitate.serve.words import all_words

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def put_estimates(
    service: Service, person: str, rows: Sequence[tuple[float, float, str]], sd_kg: float = 0.3
) -> list[str]:
    """Sessions with an estimate each: days since the start, excess, context; their captures."""
    found = []
    with service.record.database.writing() as session:
        key = service.record.key(session, person)
        for days, kg, context in rows:
            capture = new_id()
            half = 1.645 * sd_kg
            estimate = {
                "excess_kg": kg,
                "sd_kg": sd_kg,
                "interval_90": [kg - half, kg + half],
                "trained_on": "simulated",
                "n_labelled": 5,
                "unfamiliarity": 1.0,
            }
            result = {"kind": "edema", "estimate": estimate, "change": None, "refusal": None, "n_frames": 90}
            session.add(
                Capture(
                    id=capture,
                    person_id=person,
                    instrument="edema",
                    at=START + timedelta(days=days),
                    state="done",
                    sealed=key.seal_json({"context": context}, f"capture.sealed {capture}"),
                    result=key.seal_json({**result, "quality": 0.9}, f"capture.result {capture}"),
                )
            )
            found.append(capture)
        model = new_id()
        session.add(
            PersonalModelRow(
                id=model,
                person_id=person,
                model=b"",
                sealed=key.seal_json({"common_kg": 0.15}, f"personal_model.sealed {model}"),
            )
        )
    return found


def test_nobody_has_a_course_before_the_first_estimate(service: Service) -> None:
    person = add_person(service)
    with service.record.database.reading() as session:
        assert course_of(service.record, session, person, "en") is None


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_quiet_course_at_home(service: Service, language: str) -> None:
    person = add_person(service, kind="home")
    captures = put_estimates(service, person, [(day, 0.1 * (-1) ** day, "other") for day in range(10)])
    with service.record.database.reading() as session:
        view = course_of(service.record, session, person, language)
        told = told_of(service.record, session, captures[-1], language)
    assert view is not None
    assert [one.capture_id for one in view.sessions] == captures
    assert view.last_at == START + timedelta(days=9)
    assert view.grid[-1].at > view.last_at
    assert all(point.low < point.kg < point.high for point in view.grid)
    assert (view.alarm_on, view.alarm_sounded, view.words.tone, view.words.call) == (False, (), "calm", "")
    assert told is not None
    assert told.tone == "calm"


def test_a_rise_sounds_the_alarm_and_says_whom_to_call(service: Service) -> None:
    person = add_person(service, kind="home")
    rows = [(day, max(0.0, 0.5 * (day - 5)), "other") for day in range(12)]
    captures = put_estimates(service, person, rows)
    with service.record.database.reading() as session:
        view = course_of(service.record, session, person, "en")
        last = told_of(service.record, session, captures[-1], "en")
        first = told_of(service.record, session, captures[0], "en")
    assert view is not None
    assert view.alarm_on
    assert view.alarm_sounded[0] > START + timedelta(days=5)
    assert view.words.tone == "alarm"
    assert view.words.call == "Ward 3, telephone 0123"
    assert "rising by" in " ".join(view.words.lines)
    assert last is not None
    assert (last.tone, last.call) == ("alarm", "Ward 3, telephone 0123")
    assert first is not None
    assert first.tone == "calm"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_dialysis_tells_what_it_leaves_and_the_scales_stand_beside(service: Service, language: str) -> None:
    person = add_person(service)
    rows = [(day + part, kg, context) for day in range(0, 14, 2) for part, kg, context in
            ((0.0, 2.3, "pre"), (0.2, 0.2, "post"))]  # fmt: skip
    put_estimates(service, person, rows)
    with service.record.database.writing() as session:
        for kind, kg, at in (("dry", 60.0, START - timedelta(days=3)), ("weight", 62.4, START)):
            context = "pre" if kind == "weight" else "other"
            add_weight(service.record, session, person, NewWeight(at, kg, kind, context), "0" * 32)  # type: ignore[arg-type]
    with service.record.database.reading() as session:
        view = course_of(service.record, session, person, language)
    assert view is not None
    assert view.sessions[0].weighed_kg == pytest.approx(2.4)
    assert view.sessions[1].weighed_kg is None
    assert not view.alarm_on
    words = " ".join(view.words.lines)
    assert ("Dialysis" if language == "en" else "透析後") in words
    assert ("the weight was known 1 of 14 times" if language == "en" else "14回のうち1回") in words


def test_every_kilogram_of_a_course_has_its_give_or_take(service: Service) -> None:
    person = add_person(service, kind="home")
    put_estimates(service, person, [(day, 0.3 * day, "other") for day in range(6)])
    with service.record.database.reading() as session:
        view = course_of(service.record, session, person, "en")
    assert view is not None
    for line in (view.words.headline, *view.words.lines):
        if re.search(r"\d\.\d kg", line):
            assert re.search(r"give or take|Nine times in ten|whole curve", line)


def test_whom_to_call(service: Service) -> None:
    own, nobody = add_person(service), add_person(service, call_name="", call_phone="")
    with service.record.database.writing() as session:
        assert call_of(service.record, session, own, "ja") == "Ward 3　電話 0123"
        assert call_of(service.record, session, nobody, "en") == "your doctor or your clinic"
        settings.put(session, "clinic", {"name": "Kita Clinic", "call_phone": "555"})
        assert call_of(service.record, session, nobody, "en") == "Kita Clinic, telephone 555"


def test_words_never_judge_what_is_not_theirs() -> None:
    """No diagnosis, and nothing that flatters."""
    told = " ".join(
        text for key, texts in all_words().items() if key.startswith("told.") for text in texts.values()
    )
    for word in ("diagnos", "disease", "perfect", "congratulations", "heart failure", "oedema", "病気"):
        assert word not in told.lower()
