"""How far a job is, told to whom it concerns."""

from __future__ import annotations

from collections.abc import Callable

from tests.serve.conftest import SignedIn, add_person

from mitate.record.schema import Job
from mitate.serve.service import Service


def test_a_job_is_told_to_its_person_only(service: Service, sign_in: Callable[..., SignedIn]) -> None:
    hers, other = add_person(service), add_person(service, "Ken Abe")
    with service.record.database.writing() as session:
        job = Job(kind="read_face", subject="a", person_id=hers)
        upkeep = Job(kind="upkeep", subject="b")
        session.add_all([job, upkeep])
    told = sign_in("person", person_id=hers).client.get(f"/api/v1/jobs/{job.id}").json()
    assert (told["state"], told["progress"], told["subject"]) == ("waiting", 0.0, "a")
    assert told["seconds_left"] > 0
    assert sign_in("clinician").client.get(f"/api/v1/jobs/{job.id}").status_code == 200
    stranger = sign_in("person", person_id=other)
    assert stranger.client.get(f"/api/v1/jobs/{job.id}").status_code == 404
    assert stranger.client.get(f"/api/v1/jobs/{upkeep.id}").status_code == 404
    assert stranger.client.get(f"/api/v1/jobs/{'0' * 32}").status_code == 404
    assert sign_in("admin").client.get(f"/api/v1/jobs/{upkeep.id}").status_code == 200
