"""A model made again: what is told of sessions then, and how the person stands; no film is read here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select
from tests.serve.conftest import add_person
from tests.serve.work.conftest import FIRST

from mitate.record.models_kept import make_anew
from mitate.record.schema import Audit, Capture, Job, PersonalModelRow, new_id
from mitate.record.weights import NewWeight, add_weight, delete_weight
from mitate.serve.service import Service
from mitate.serve.told.captured import told_of
from mitate.serve.told.course import course_of
from mitate.serve.told.standing import rests_on, stand_at, standings
from mitate.serve.work.model import told_again
from mitate.serve.work.once import run_waiting

BY = "0" * 32
Result = Callable[[str], dict[str, Any]]


def put_read(service: Service, person: str, contexts: str, *, weighed: bool = True) -> list[str]:
    """Sessions as if their films had been read, two days apart: o(ther), p(re), a(fter)."""
    from mitate.edema.encoder import default_encoder

    encoder, rng, found = default_encoder(), np.random.default_rng(7), []
    width = encoder.prior.basis.shape[1]
    face = rng.normal(0, 1, (1, width))
    own = np.ones(128, np.float32)
    with service.record.database.writing() as session:
        key = service.record.key(session, person)
        for number, letter in enumerate(contexts):
            capture, stream = new_id(), BytesIO()
            rows = face + rng.normal(0, 0.02, (6, width)) + rng.normal(0, 0.02, (1, width))
            np.savez(stream, embeddings=rows.astype(np.float32), identity=own, quality=np.full(6, 0.9))
            told = {"kind": "edema", "estimate": None, "change": None, "encoder": encoder.sha256}
            facts = {
                "context": {"o": "other", "p": "pre", "a": "post"}[letter],
                "weight_kg": 60.0 + rng.normal(0, 1) + (letter == "p") if weighed else None,
            }
            session.add(
                Capture(
                    id=capture,
                    person_id=person,
                    instrument="edema",
                    at=FIRST + timedelta(days=2 * number),
                    state="done",
                    sealed=key.seal_json(facts, f"capture.sealed {capture}"),
                    features=key.seal(stream.getvalue(), f"capture.features {capture}"),
                    result=key.seal_json({**told, "n_frames": 20}, f"capture.result {capture}"),
                    result_at=FIRST + timedelta(days=2 * number),
                )
            )
            found.append(capture)
    return found


def make(service: Service, person: str) -> str:
    """Have a model made; the state of its job."""
    with service.record.database.writing() as session:
        job = make_anew(service.queue.add, session, person).id
    run_waiting(service)
    with service.record.database.reading() as session:
        return session.get_one(Job, job).state


def enter_dry(service: Service, person: str) -> str:
    with service.record.database.writing() as session:
        return add_weight(
            service.record, session, person, NewWeight(FIRST - timedelta(days=1), 60.0, "dry"), BY
        )


def rows_of(service: Service, person: str) -> list[tuple[str, bool]]:
    with service.record.database.reading() as session:
        found = session.scalars(select(PersonalModelRow).where(PersonalModelRow.person_id == person))
        return [(row.id, row.active) for row in found]


@pytest.mark.usefixtures("weights_ready")
def test_weighed_at_home_without_a_dry_weight_nothing_is_told_in_kilograms(
    service: Service, result_of: Result
) -> None:
    person = add_person(service, kind="home")
    captures = put_read(service, person, "ooo")
    assert make(service, person) == "done"  # nothing to learn from yet is no failed job
    assert rows_of(service, person) == []
    assert all(result_of(one)["estimate"] is None for one in captures)
    with service.record.database.reading() as session:
        assert course_of(service.record, session, person, "en") is None
        told = told_of(service.record, session, captures[0], "en")
    assert told is not None
    assert "once one is entered" in " ".join(told.lines)


@pytest.mark.usefixtures("weights_ready")
def test_after_dialysis_the_usual_weight_stands_in_and_the_words_say_so(
    service: Service, result_of: Result
) -> None:
    person = add_person(service)
    captures = put_read(service, person, "papapa")
    assert make(service, person) == "done"
    assert {result_of(one)["dry_weight"] for one in captures} == {"estimated"}
    with service.record.database.reading() as session:
        view = course_of(service.record, session, person, "en")
        words = " ".join(str(told_of(service.record, session, one, "en")) for one in captures)
    assert view is not None
    assert view.dry_weight == "estimated"
    everything = words + " ".join((view.words.headline, *view.words.lines))
    assert "usual weight after dialysis" in everything
    assert "your dry weight" not in everything


@pytest.mark.usefixtures("weights_ready")
def test_a_dry_weight_taken_back_takes_the_kilograms_back_and_says_what_was_told(
    service: Service, result_of: Result
) -> None:
    person = add_person(service, kind="home")
    captures, dry = put_read(service, person, "oooo"), enter_dry(service, person)
    assert make(service, person) == "done"
    before = [result_of(one) for one in captures]
    assert all(one["estimate"] is not None and one["learned_from"] for one in before)
    with service.record.database.writing() as session:
        delete_weight(session, dry, BY)
        assert person not in stand_at(session)
    assert make(service, person) == "done"
    assert [active for _, active in rows_of(service, person)] == [False]
    after = [result_of(one) for one in captures]
    assert all(one["estimate"] is None and one["model"] is None for one in after)
    assert [one["change"] is not None for one in after] == [False, True, True, True]
    assert after[1]["since"]["capture"] == captures[0]
    for was, now in zip(before, after, strict=True):
        assert now["told_first"]["excess_kg"] == was["estimate"]["excess_kg"]
    with service.record.database.reading() as session:
        told = told_of(service.record, session, captures[1], "en")
        assert told is not None
        assert "first told" in " ".join(told.lines)


@pytest.mark.usefixtures("weights_ready")
def test_the_same_model_is_no_new_one(service: Service, result_of: Result) -> None:
    person = add_person(service, kind="home")
    captures = put_read(service, person, "oooo")
    enter_dry(service, person)
    assert make(service, person) == "done"
    [(row, _)], first = rows_of(service, person), [result_of(one) for one in captures]
    assert make(service, person) == "done"
    assert rows_of(service, person) == [(row, True)]
    assert [result_of(one) for one in captures] == first
    with service.record.database.reading() as session:
        made = session.scalars(select(Audit).where(Audit.action == "model.made")).all()
        assert len(made) == 1


@pytest.mark.usefixtures("weights_ready")
def test_the_job_seals_how_the_person_stands(service: Service) -> None:
    person = add_person(service, kind="home")
    put_read(service, person, "oooo")
    enter_dry(service, person)
    make(service, person)
    with service.record.database.reading() as session:
        [(_, stands, _)] = standings(service.record, session, [person])
        view = course_of(service.record, session, person, "en")
        assert stands.mark == rests_on(session)[person].mark
    assert view is not None
    last = view.sessions[-1]
    assert (stands.at, stands.kg, stands.low, stands.high) == (last.at, last.kg, last.low, last.high)
    assert (stands.alarm is not None) == view.alarm_on
    assert (stands.labelled, stands.trained_on, stands.dry_weight) == (4, "simulated", "entered")


def test_sixteen_films_ask_for_one_model(service: Service) -> None:
    person, other = add_person(service), add_person(service)
    with service.record.database.writing() as session:
        jobs = {make_anew(service.queue.add, session, person).id for _ in range(16)}
        assert len(jobs) == 1
        assert make_anew(service.queue.add, session, other).id not in jobs
        session.get_one(Job, jobs.pop()).state = "running"
        later = make_anew(service.queue.add, session, person)
        assert (later.state, later.subject) == ("waiting", f"{person}:2")


def test_what_was_told_first_is_kept_once() -> None:
    def estimate(kg: float) -> dict[str, Any]:
        return {"excess_kg": kg, "interval_90": [kg - 1, kg + 1], "model_id": f"m{kg}"}

    result: dict[str, Any] = {"estimate": estimate(1.0), "dry_weight": "entered"}
    for kg in (1.0, 2.0, 3.0):
        kept = {"sessions": ["a"], "reference": "b", "dry_weight": "entered"}
        told = {"model": kept, "estimates": {"a": estimate(kg)}, "changes": {}, "reference": "b"}
        result = told_again(result, "a", told, "row", FIRST)
        assert ("told_first" in result) == (kg > 1)
    assert result["told_first"] == {**estimate(1.0), "dry_weight": "entered"}
    assert (result["estimate"], result["learned_from"]) == (estimate(3.0), True)
    none = {"model": kept, "estimates": {"b": None}, "changes": {}, "reference": "b"}
    assert told_again({"estimate": None}, "b", none, "row", FIRST)["reference"] is True
