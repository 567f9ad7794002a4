"""Whatever a clinician reads of somebody leaves a row in the audit trail: every route that reads is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from tests.serve.conftest import add_person
from tests.serve.visitors import a_world, ask, rule_of
from tests.serve.walked import routes_of

from mitate.record.schema import Audit, Capture, Consent, new_id
from mitate.record.streams import SealedWriter, film_about
from mitate.serve.app import create_app
from mitate.serve.service import Service

NOT_OF_ANYBODY = {
    "/api/v1/jobs/{job}": "how far a job is",
    "/api/v1/people/{person}/device-key": "for what waits on the device",
    "/api/v1/uploads/{upload}": "how many bytes of a film are here",
    "/clinic/import": "a form",
    "/clinic/new": "a form",
    "/clinic/people/new": "a form",
}
"""Routes that tell nothing of a person's health, and why."""


def test_nothing_of_anybody_is_read_without_a_row(service: Service, sign_in: Callable[..., Any]) -> None:
    with a_world(service, sign_in) as world:
        clinician, silent = world.visitors["clinician"], []
        for route in routes_of(create_app(service)):
            if route.method != "GET" or rule_of(route) not in ("own", "clinician"):
                continue
            before = rows(service)
            if ask(clinician, route, world.anna.ids).status_code != 200:
                continue
            if rows(service) == before and route.path not in NOT_OF_ANYBODY:
                silent.append(route.path)
        assert silent == []


def rows(service: Service) -> int:
    with service.record.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Audit)) or 0


def test_a_film_is_not_seen_unnoted_by_leaving_its_first_byte_out(
    service: Service, sign_in: Callable[..., Any]
) -> None:
    person = add_person(service)
    capture = kept_film(service, person, b"\0" * 3000)
    clinician, own = sign_in("clinician"), sign_in("person", person_id=person)
    for part in ("bytes=1-", "bytes=1-10", "bytes=-5", "bytes=0-"):
        answer = clinician.client.get(f"/api/v1/captures/{capture}/film", headers={"Range": part})
        assert answer.status_code == 206
    assert own.client.get(f"/api/v1/captures/{capture}/film").status_code == 200
    with service.record.database.reading() as session:
        seen = list(session.scalars(select(Audit).where(Audit.action == "film.seen")))
    assert [(one.actor, one.subject) for one in seen] == [(clinician.account_id, person)]
    other = sign_in("clinician")
    other.client.get(f"/api/v1/captures/{capture}/film", headers={"Range": "bytes=1-"})
    assert rows_of(service, "film.seen") == 2


def test_giving_an_upload_up_for_somebody_is_written_down(
    service: Service, sign_in: Callable[..., Any]
) -> None:
    person, clinician = add_person(service), sign_in("clinician")
    asked = {"instrument": "edema", "length": 1000, "content_type": "video/mp4"}
    for way in ("api", "page"):
        begun = clinician.client.post(f"/api/v1/people/{person}/captures", json=asked).json()["id"]
        if way == "api":
            assert clinician.client.delete(f"/api/v1/captures/{begun}").status_code == 204
        else:
            assert clinician.client.post(f"/clinic/captures/{begun}/delete").status_code == 303
    assert rows_of(service, "capture.abandoned") == 2


def rows_of(service: Service, action: str) -> int:
    with service.record.database.reading() as session:
        counted = select(func.count()).select_from(Audit).where(Audit.action == action)
        return session.scalar(counted) or 0


def kept_film(service: Service, person: str, content: bytes) -> str:
    """A film of a person that is kept."""
    capture, record = new_id(), service.record
    with record.database.writing() as session:
        key = record.key(session, person)
        facts = {"context": "other", "content_type": "video/mp4", "by": "0" * 32}
        sealed = key.seal_json(facts, f"capture.sealed {capture}")
        session.add(Consent(person_id=person, kind="keep_video", given=True, by="0" * 32))
        session.add(
            Capture(
                id=capture,
                person_id=person,
                instrument="edema",
                state="done",
                sealed=sealed,
                video=f"{capture}.film",
            )
        )
    with SealedWriter.open(record.folder / "videos" / f"{capture}.film", key, film_about(capture)) as out:
        out.append(content)
        out.finish()
    return capture
