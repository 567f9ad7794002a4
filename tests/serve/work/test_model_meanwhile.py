"""What changes while a model is made, or a film is read by one: what is told rests on what is there now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.serve.conftest import add_person
from tests.serve.work.conftest import FIRST, PutFilm
from tests.serve.work.test_model_again import BY, Result, enter_dry, make, put_read, rows_of

from mitate.record.captures import delete_capture
from mitate.record.models_kept import learn_anew
from mitate.record.schema import Capture, Job, PersonalModelRow
from mitate.record.weights import NewWeight, add_weight
from mitate.serve.service import Service
from mitate.serve.work import face
from mitate.serve.work.kinds import Finish, Task
from mitate.serve.work.model import make_model
from mitate.serve.work.once import run_waiting
from mitate.serve.work.sandbox import Answer


def begun(service: Service, person: str) -> Finish:
    """A model that was made of what is there now, and is not written yet."""
    return make_model(service, Task("-", "make_model", f"{person}:0", person), lambda *_: None)


def correct_dry(service: Service, person: str, kg: float) -> None:
    """Enter another dry weight, as the page does."""
    weight = NewWeight(FIRST - timedelta(hours=12), kg, "dry")
    with service.record.database.writing() as session:
        add_weight(service.record, session, person, weight, BY)
        learn_anew(service.queue.add, session, person, [weight])


def write(service: Service, finish: Finish) -> None:
    with service.record.database.writing() as session:
        finish(session)


def waiting(service: Service) -> int:
    with service.record.database.reading() as session:
        return len(session.scalars(select(Job).where(Job.state == "waiting")).all())


@pytest.mark.usefixtures("weights_ready")
def test_a_dry_weight_that_is_corrected_while_a_model_is_made_counts(
    service: Service, result_of: Result
) -> None:
    person = add_person(service, kind="home")
    captures = put_read(service, person, "oooo")
    enter_dry(service, person)
    slow = begun(service, person)
    correct_dry(service, person, 57.0)
    run_waiting(service)  # by another worker
    by_the_new = [result_of(one)["estimate"]["excess_kg"] for one in captures]
    assert min(by_the_new) > 1.5
    write(service, slow)
    run_waiting(service)
    assert [result_of(one)["estimate"]["excess_kg"] for one in captures] == by_the_new
    assert len(rows_of(service, person)) == 1


@pytest.mark.usefixtures("weights_ready")
def test_no_model_of_a_film_that_was_deleted_while_it_was_made(service: Service) -> None:
    person = add_person(service, kind="home")
    captures = put_read(service, person, "oooo")
    enter_dry(service, person)
    slow = begun(service, person)
    with service.record.database.writing() as session:
        delete_capture(service.record, session, captures[1], BY)
    write(service, slow)
    assert rows_of(service, person) == []
    assert waiting(service) == 1
    run_waiting(service)
    with service.record.database.reading() as session:
        row = session.scalars(select(PersonalModelRow)).one()
        kept = service.record.key(session, person).open_json(row.sealed, f"personal_model.sealed {row.id}")
    assert sorted(kept["sessions"]) == sorted({*captures} - {captures[1]})


@pytest.mark.usefixtures("weights_ready")
def test_a_film_that_came_while_a_model_was_made_is_told_by_that_model(
    service: Service, result_of: Result
) -> None:
    person = add_person(service, kind="home")
    put_read(service, person, "ooo")
    enter_dry(service, person)
    slow = begun(service, person)
    more = put_read(service, person, "o", weighed=False)
    write(service, slow)
    [(row, _)] = rows_of(service, person)
    assert waiting(service) == 1
    run_waiting(service)
    assert result_of(more[0])["model"] == row
    assert waiting(service) == 0  # and it ends there


@pytest.mark.usefixtures("weights_ready")
def test_a_film_that_was_read_by_a_model_of_before_is_told_anew(
    service: Service, put_film: PutFilm, result_of: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = add_person(service, kind="home")
    [like, *_] = put_read(service, person, "oooo")
    enter_dry(service, person)
    assert make(service, person) == "done"
    film = put_film(person, b"-", at=FIRST + timedelta(days=20), context="other")
    told = result_of(like)
    with service.record.database.reading() as session:
        row = session.get_one(Capture, like)
        key = service.record.key(session, person)
        features = key.open(row.features or b"", f"capture.features {like}")

    def read(*_args: Any, **_more: Any) -> Answer:
        return Answer(
            {"estimate": told["estimate"], "encoder": told["encoder"], "n_frames": 20}, {"features": features}
        )

    with monkeypatch.context() as patch:
        patch.setattr(face, "run_apart", read)
        finish = face.read_face(service, Task("-", "read_face", film, person), lambda *_: None)
    with service.record.database.writing() as session:
        session.delete(session.scalars(select(Job).where(Job.subject == film)).one())
    correct_dry(service, person, 57.0)
    run_waiting(service)
    write(service, finish)
    assert waiting(service) == 1
    run_waiting(service)
    assert result_of(film)["estimate"]["excess_kg"] > told["estimate"]["excess_kg"] + 1
    assert waiting(service) == 0
