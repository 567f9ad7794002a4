"""Films over the API: how far, what came of them, deleting, playing what is kept; and who may."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.record.made import put_capture, put_model
from tests.serve.conftest import add_person

from mitate.record.chunks import CHUNK
from mitate.record.schema import Capture, Job, PersonalModelRow, now
from mitate.serve.service import Service

SignIn = Callable[..., Any]
NOBODY = "0" * 32
REFUSED: dict[str, Any] = {
    "kind": "edema", "estimate": None, "change": None, "warnings": [], "n_frames": 0, "quality": 0.0,
    "refusal": {"kind": "RefusalError", "what": "no face was found", "where": None,
                "todo": "look into the camera", "reason": "no_face"},
}  # fmt: skip


@pytest.fixture
def person(service: Service) -> str:
    return add_person(service)


@pytest.fixture
def hers(sign_in: SignIn, person: str) -> Any:
    return sign_in("person", person_id=person).client


def add_job(service: Service, capture: str, person: str, **facts: Any) -> None:
    with service.record.database.writing() as session:
        session.add(Job(kind="read_face", subject=capture, person_id=person, **facts))


def test_a_film_is_listed_and_looked_at_while_it_is_read(hers: Any, service: Service, person: str) -> None:
    early = put_capture(
        service.record, person, at=now() - timedelta(days=1), instrument="back", movement="bend"
    )
    capture = put_capture(service.record, person, state="reading", weight_kg=66.2)
    began = now() - timedelta(seconds=30)
    add_job(
        service, capture, person, state="running", stage="looking", progress=0.5, started_at=began, attempts=1
    )
    listed = hers.get(f"/api/v1/people/{person}/captures").json()
    assert ([one["id"] for one in listed["captures"]], listed["total"]) == ([capture, early], 2)
    only = hers.get(f"/api/v1/people/{person}/captures", params={"instrument": "back", "most": 1}).json()
    assert ([one["movement"] for one in only["captures"]], only["total"]) == (["bend"], 1)
    told = hers.get(f"/api/v1/captures/{capture}").json()
    assert (told["state"], told["stage"], told["progress"]) == ("reading", "looking", 0.5)
    assert (told["context"], told["weight_kg"], told["told"], told["result"]) == ("pre", 66.2, None, None)
    assert 25 <= told["seconds_left"] <= 60


def test_what_came_of_it_is_told_in_the_language_of_who_asks(
    sign_in: SignIn, service: Service, person: str
) -> None:
    capture = put_capture(service.record, person, state="refused", result=REFUSED)
    told = {
        language: sign_in("person", person_id=person, language=language)
        .client.get(f"/api/v1/captures/{capture}")
        .json()
        for language in ("en", "ja")
    }
    assert told["en"]["result"] == REFUSED
    assert told["en"]["told"]["tone"] == "unsure"
    assert told["en"]["told"]["headline"] != told["ja"]["told"]["headline"]


def test_deleting_takes_everything_that_was_made_of_it(hers: Any, service: Service, person: str) -> None:
    capture = put_capture(service.record, person, film=b"film", read=True)
    other = put_capture(service.record, person, read=True)
    put_model(service.record, person, sessions=[capture])
    stays = put_model(service.record, person, sessions=[other], active=False)
    add_job(service, capture, person, state="done")
    file = service.record.folder / "videos" / f"{capture}.film"
    assert file.exists()
    assert hers.delete(f"/api/v1/captures/{capture}").status_code == 204
    assert not file.exists()
    assert hers.get(f"/api/v1/captures/{capture}").status_code == 404
    assert hers.delete(f"/api/v1/captures/{capture}").status_code == 404
    with service.record.database.reading() as session:
        assert list(session.scalars(select(Capture.id))) == [other]
        assert list(session.scalars(select(PersonalModelRow.id))) == [stays]
        assert [(job.kind, job.person_id) for job in session.scalars(select(Job))] == [("make_model", person)]


def test_what_is_being_read_is_not_deleted_and_what_is_on_its_way_is_given_up(
    hers: Any, service: Service, person: str
) -> None:
    reading = put_capture(service.record, person, state="reading")
    assert hers.delete(f"/api/v1/captures/{reading}").status_code == 409
    wanted = {"instrument": "edema", "length": 1000, "content_type": "video/mp4"}
    begun = hers.post(f"/api/v1/people/{person}/captures", json=wanted).json()["id"]
    assert hers.get(f"/api/v1/captures/{begun}").json()["state"] == "uploading"
    assert hers.delete(f"/api/v1/captures/{begun}").status_code == 204
    assert hers.get(f"/api/v1/captures/{begun}").status_code == 404


FILM = os.urandom(2 * CHUNK + 12345)


@pytest.mark.parametrize("length", [1, 1000, len(FILM)])
def test_a_kept_film_is_played_whole_and_in_parts(
    hers: Any, service: Service, person: str, length: int
) -> None:
    film = FILM[:length]
    capture = put_capture(service.record, person, film=film, content_type="video/mp4")
    path = f"/api/v1/captures/{capture}/film"
    whole = hers.get(path)
    assert (whole.status_code, whole.content) == (200, film)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["cache-control"] == "no-store"
    for told, part in (
        ("bytes=0-", film),
        ("bytes=0-0", film[:1]),
        (f"bytes={length - 1}-{length + 5}", film[-1:]),
        ("bytes=-1", film[-1:]),
        (f"bytes=-{length + 9}", film),
        (f"bytes={length // 2}-{length // 2 + 100}", film[length // 2 : length // 2 + 101]),
        (f"bytes={CHUNK - 3}-{CHUNK + 3}", film[CHUNK - 3 : CHUNK + 4]),
    ):
        answer = hers.get(path, headers={"Range": told})
        if not part:
            assert answer.status_code == 416
            assert answer.headers["content-range"] == f"bytes */{length}"
            continue
        assert (answer.status_code, answer.content) == (206, part), told
        start = film.find(part) if len(part) > 8 else int(answer.headers["content-range"][6:].split("-")[0])
        assert answer.headers["content-range"] == f"bytes {start}-{start + len(part) - 1}/{length}"
    for told in ("bytes=5-2", "bytes=0-1,2-3", "metres=0-1", "bytes=-", "bytes=a-b"):
        assert hers.get(path, headers={"Range": told}).status_code == 200
    for told in (f"bytes={length}-", "bytes=-0"):
        assert hers.get(path, headers={"Range": told}).status_code == 416


def test_a_film_that_is_not_kept_is_missing(hers: Any, service: Service, person: str) -> None:
    gone = put_capture(service.record, person, film=b"film")
    (service.record.folder / "videos" / f"{gone}.film").unlink()
    for capture in (
        put_capture(service.record, person),
        put_capture(service.record, person, state="waiting", film=b"film"),
        gone,
    ):
        assert hers.get(f"/api/v1/captures/{capture}/film").status_code == 404


def test_who_may(hers: Any, sign_in: SignIn, service: Service) -> None:
    other = add_person(service, "Taro")
    capture = put_capture(service.record, other, film=b"film", result=REFUSED, state="refused")
    for client in (hers, sign_in("admin").client):
        for path in (f"captures/{capture}", f"captures/{capture}/film", f"people/{other}/captures"):
            answer = client.get(f"/api/v1/{path}")
            missing = client.get(f"/api/v1/{path.replace(capture, NOBODY).replace(other, NOBODY)}")
            assert (answer.status_code, missing.status_code) == (404, 404)
        assert client.delete(f"/api/v1/captures/{capture}").status_code == 404
    clinic = sign_in("clinician").client
    assert clinic.get(f"/api/v1/captures/{capture}/film").content == b"film"
    assert clinic.get(f"/api/v1/people/{NOBODY}/captures").status_code == 404
    assert clinic.delete(f"/api/v1/captures/{capture}").status_code == 204
