"""Films of faces become estimates, changes or refusals; features are kept, films are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.serve.conftest import add_person
from tests.serve.work.conftest import EXAMPLES, FIRST, PATIENT, PutFilm, agree, put_sessions, sessions

from mitate.record.schema import Capture, Job
from mitate.serve.service import Service
from mitate.serve.work.arrays import arrays_of
from mitate.serve.work.once import run_waiting

OTHER = "sim-460-0001"
FILMS = EXAMPLES / "two-patients" / "videos"
Result = Callable[[str], dict[str, Any]]

pytestmark = pytest.mark.usefixtures("weights_ready")


def test_a_first_session_is_read_and_the_next_one_is_a_change_since_it(
    service: Service, put_film: PutFilm, result_of: Result
) -> None:
    person = add_person(service)
    first, second = put_sessions(put_film, person, sessions(PATIENT)[:2], weighed=False)
    assert run_waiting(service) == 2
    read, changed = result_of(first), result_of(second)
    assert (read["state"], read["estimate"], read["change"], read["refusal"]) == ("done", None, None, None)
    assert read["n_frames"] > 50
    assert 0 < read["quality"] <= 1
    change = changed["change"]
    assert change["interval_90"][0] < change["change_kg"] < change["interval_90"][1]
    assert change["change_kg"] < 0  # dialysis took 2.5 kg off
    assert changed["since"]["capture"] == first
    with service.record.database.reading() as session:
        row = session.get_one(Capture, first)
        key = service.record.key(session, person)
        assert row.features is not None
        kept = arrays_of(key.open(row.features, f"capture.features {first}"))
    assert kept["embeddings"].shape[0] == read["n_frames"]
    assert kept["identity"].shape == (128,)
    assert read["video"] is None
    assert not list((service.record.folder / "videos").iterdir())


def test_another_person_and_taken_back_consent_are_refused(
    service: Service, put_film: PutFilm, result_of: Result
) -> None:
    person = add_person(service)
    first = put_film(person, FILMS / f"{PATIENT}_d000-pre.mp4")
    other = put_film(person, FILMS / f"{OTHER}_d000-pre.mp4", at=FIRST + timedelta(days=1))
    run_waiting(service)
    assert result_of(first)["state"] == "done"
    assert result_of(other)["state"] == "refused"
    assert result_of(other)["refusal"]["reason"] == "wrong_person"
    late = put_film(person, FILMS / f"{PATIENT}_d002-pre.mp4", at=FIRST + timedelta(days=2))
    agree(service, person, "analyse", False)
    run_waiting(service)
    assert result_of(late)["refusal"]["reason"] == "no_consent"
    assert result_of(late)["video"] is None


def test_a_film_is_kept_where_the_person_agreed(
    service: Service, put_film: PutFilm, result_of: Result
) -> None:
    person = add_person(service)
    agree(service, person, "keep_video")
    capture = put_film(person, FILMS / f"{PATIENT}_d000-post.mp4")
    run_waiting(service)
    assert result_of(capture)["video"] == f"{capture}.film"
    assert (service.record.folder / "videos" / f"{capture}.film").exists()


def test_a_capture_that_was_deleted_meanwhile_and_one_without_a_film(
    service: Service, put_film: PutFilm, result_of: Result
) -> None:
    person = add_person(service)
    gone = put_film(person, FILMS / f"{PATIENT}_d000-pre.mp4")
    lost = put_film(person, FILMS / f"{PATIENT}_d000-pre.mp4")
    with service.record.database.writing() as session:
        session.delete(session.get_one(Capture, gone))
    (service.record.folder / "videos" / f"{lost}.film").unlink()
    run_waiting(service)
    assert result_of(lost)["state"] == "failed"
    with service.record.database.reading() as session:
        states = {job.subject: (job.state, job.error) for job in session.scalars(select(Job))}
    assert states == {gone: ("done", None), lost: ("failed", "MissingError")}
