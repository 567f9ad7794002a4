"""A person's model from weighed sessions, as the jobs make it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.serve.conftest import add_person
from tests.serve.work.conftest import FIRST, PATIENT, PutFilm, put_sessions, sessions

from mitate.record.schema import Job, PersonalModelRow
from mitate.record.weights import NewWeight, add_weight
from mitate.serve.service import Service
from mitate.serve.work.once import run_waiting

Result = Callable[[str], dict[str, Any]]


def test_nothing_to_learn_is_no_failure_and_changes_nothing(
    service: Service, put_film: PutFilm, result_of: Result, weights_ready: None
) -> None:
    person = add_person(service)
    (capture,) = put_sessions(put_film, person, sessions(PATIENT)[:1], weighed=False)
    run_waiting(service)
    with service.record.database.writing() as session:
        service.queue.add(session, "make_model", f"{person}:1", person)
    run_waiting(service)
    with service.record.database.reading() as session:
        job = session.scalars(select(Job).where(Job.kind == "make_model")).one()
        assert job.state == "done"
        assert session.scalar(select(PersonalModelRow)) is None
    assert result_of(capture)["state"] == "done"


@pytest.mark.usefixtures("weights_ready")
def test_weights_make_a_model_that_tells_excess_and_how_good_it_is(
    service: Service, put_film: PutFilm, result_of: Result
) -> None:
    person, rows = add_person(service), sessions(PATIENT)
    with service.record.database.writing() as session:
        add_weight(
            service.record, session, person, NewWeight(FIRST - timedelta(days=9), 63.6, "dry"), "0" * 32
        )
    early = put_sessions(put_film, person, rows[:4])
    assert run_waiting(service) == 5  # each film, and one model of all
    late = put_sessions(put_film, person, rows[6:7], weighed=False)
    assert run_waiting(service) == 1
    with service.record.database.reading() as session:
        active = session.scalars(select(PersonalModelRow).where(PersonalModelRow.active)).one()
        key = service.record.key(session, person)
        told = key.open_json(active.sealed, f"personal_model.sealed {active.id}")
        assert session.scalar(select(Job).where(Job.state == "failed")) is None
    assert told["n_labelled"] == 4
    assert told["trained_on"] == "simulated"
    assert told["dry_weight"] == "entered"
    assert told["reference"] == early[1]  # the first after dialysis
    quality = told["quality"]
    assert quality["n"] == 3
    assert quality["mae_low_kg"] <= quality["mae_kg"] <= quality["mae_high_kg"] < quality["guess_mae_kg"]
    assert 0 <= quality["coverage_90"] <= 1
    for capture, row in zip([*early, *late], [*rows[:4], rows[6]], strict=True):
        result = result_of(capture)
        assert result["model"] == active.id
        assert result["learned_from"] == (capture in early)  # its own scales were left out
        assert result["dry_weight"] == "entered"
        true = float(row["weight_kg"]) - 63.6
        assert abs(result["estimate"]["excess_kg"] - true) < 1.5
