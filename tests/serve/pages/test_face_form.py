"""A film by a plain form: sealed piece by piece, or not taken at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from tests.serve.conftest import add_person

from mitate.record.captures import get_capture
from mitate.record.film_out import SealedFilm
from mitate.record.schema import Capture, Job
from mitate.record.streams import film_about
from mitate.serve.service import Service
from mitate.serve.words import Say

MP4 = b"\x00\x00\x00\x18ftypisom"


def send(her: Any, content: bytes, name: str = "a.mp4", csrf: str | None = None, **changes: Any) -> Any:
    her.client.cookies.set("face", "pre_66.5_30", path="/face")
    her.client.headers.pop("X-CSRF-Token", None)
    fields = {"csrf": her.csrf if csrf is None else csrf}
    files = {"film": (name, content, "video/mp4")}
    return her.client.post("/face/upload", data=fields, files=files, **changes)


@pytest.mark.parametrize("size", [13, 3_500_000])
def test_a_film_arrives_byte_for_byte_with_its_job(
    service: Service, sign_in: Callable[..., Any], size: int
) -> None:
    person_id = add_person(service)
    her = sign_in("person", person_id=person_id)
    content = (MP4 + b"\r\n--film--\r\n\x00" * (size // 13 + 1))[:size]
    answer = send(her, content)
    assert answer.status_code == 303
    capture_id = answer.headers["location"].removeprefix("/face/wait/")
    record = service.record
    with record.database.reading() as session:
        known = get_capture(record, session, capture_id)
        job = session.scalar(select(Job).where(Job.subject == capture_id))
        row = session.get_one(Capture, capture_id)
        key = record.key(session, person_id)
    assert known.state == "waiting"
    assert (known.facts.context, known.facts.weight_kg) == ("pre", 66.5)
    assert job is not None
    path = record.folder / "videos" / str(row.video)
    with SealedFilm(path, key, film_about(capture_id)) as film:
        assert b"".join(film.read(0, film.size)) == content
    assert content[:200] not in path.read_bytes()


def test_an_empty_file_is_told_on_the_page(service: Service, sign_in: Callable[..., Any]) -> None:
    her = sign_in("person", person_id=add_person(service))
    answer = send(her, b"")
    assert answer.status_code == 422
    assert Say("en")("face.upload_missing") in answer.text
    assert nothing(service)


def test_what_is_no_film_leaves_nothing(service: Service, sign_in: Callable[..., Any]) -> None:
    her = sign_in("person", person_id=add_person(service))
    assert send(her, b"a letter about something else").status_code in (415, 422)
    assert nothing(service)


def test_another_sites_form_is_refused(service: Service, sign_in: Callable[..., Any]) -> None:
    her = sign_in("person", person_id=add_person(service))
    for csrf in ("", "another"):
        assert send(her, MP4 * 10, csrf=csrf).status_code == 403
    assert nothing(service)


def test_a_form_that_breaks_off_leaves_nothing(service: Service, sign_in: Callable[..., Any]) -> None:
    her = sign_in("person", person_id=add_person(service))
    her.client.headers.pop("X-CSRF-Token")
    body = (
        f'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{her.csrf}\r\n'
        '--b\r\nContent-Disposition: form-data; name="film"; filename="a.mp4"\r\n\r\n'
    ).encode() + MP4 * 100
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = her.client.post("/face/upload", content=body, headers=headers)
    assert answer.status_code == 422
    assert nothing(service)


def test_what_is_no_form_of_ours(service: Service, sign_in: Callable[..., Any]) -> None:
    her = sign_in("person", person_id=add_person(service))
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    for body in (b"", b"--b", b"--b\r\nx", b"--b\r\n\r\n\r\n", b"csrf=1", b"--b\r\n" * 9000):
        assert her.client.post("/face/upload", content=body, headers=headers).status_code in (403, 422)
        assert her.client.post("/face/upload", content=body).status_code in (403, 422)
    assert nothing(service)


def nothing(service: Service) -> bool:
    """Whether no film was begun, and none lies about."""
    with service.record.database.reading() as session:
        rows = session.scalars(select(Capture.id)).all()
    folders = [service.record.folder / name for name in ("uploads", "videos")]
    return not rows and not [file for folder in folders if folder.exists() for file in folder.iterdir()]
