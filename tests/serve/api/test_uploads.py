"""Films sent by tus."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from tests.serve.conftest import SignedIn, add_person

from mitate.record.schema import Capture, Consent, Job, Upload, now
from mitate.record.streams import film_about, read_into
from mitate.serve.service import Service

TUS = {"Tus-Resumable": "1.0.0"}
BODY = {**TUS, "Content-Type": "application/offset+octet-stream"}
FILM = b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 4000  # 1 MB with an MP4's beginning


@pytest.fixture
def hers(service: Service, sign_in: Callable[..., SignedIn]) -> SignedIn:
    return sign_in("person", person_id=add_person(service))


def begin(who: SignedIn, key: str | None = None, person: str | None = None, **facts: Any) -> Any:
    asked = {"instrument": "edema", "length": len(FILM), "content_type": "video/mp4", **facts}
    headers = {} if key is None else {"Idempotency-Key": key}
    where = f"/api/v1/people/{person or who.person_id}/captures"
    return who.client.post(where, json=asked, headers=headers)


def send(who: SignedIn, url: str, offset: int, content: bytes, **headers: str) -> Any:
    told = BODY | {"Upload-Offset": str(offset)} | {k.replace("_", "-"): v for k, v in headers.items()}
    return who.client.patch(url, content=content, headers=told)


def film_of(service: Service, capture_id: str) -> bytes:
    out = io.BytesIO()
    with service.record.database.reading() as session:
        capture = session.get_one(Capture, capture_id)
        key = service.record.key(session, capture.person_id)
    assert capture.video is not None
    read_into(service.record.folder / "videos" / capture.video, key, film_about(capture_id), out)
    return out.getvalue()


def test_a_film_in_pieces_is_whole_sealed_and_waits_with_its_job(service: Service, hers: SignedIn) -> None:
    told = begin(hers, weight_kg=61.5, content_type="video/mp4;codecs=avc1")
    assert told.status_code == 201
    url, capture_id = told.json()["upload"], told.json()["id"]
    assert told.headers["Location"] == url
    at = 0
    for piece in (300_000, 1, 500_000, len(FILM) - 800_001):
        answer = send(hers, url, at, FILM[at : at + piece])
        at += piece
        assert answer.status_code == 204
        assert answer.headers["Upload-Offset"] == str(at)
    assert film_of(service, capture_id) == FILM
    assert not list((service.record.folder / "uploads").iterdir())
    sealed = (service.record.folder / "videos" / f"{capture_id}.film").read_bytes()
    assert FILM[1000:1400] not in sealed
    with service.record.database.reading() as session:
        assert session.get_one(Capture, capture_id).state == "waiting"
        job = session.scalars(select(Job)).one()
        assert (job.kind, job.subject, job.person_id) == ("read_face", capture_id, hers.person_id)
    head = hers.client.head(url, headers=TUS)  # the last answer was lost: it is asked again
    assert head.headers["Upload-Offset"] == head.headers["Upload-Length"] == str(len(FILM))


def test_the_same_key_is_the_same_film(service: Service, hers: SignedIn) -> None:
    first, again = begin(hers, "a lost answer".replace(" ", "-")), begin(hers, "a-lost-answer")
    assert first.json() == again.json()
    assert begin(hers, "another-film").json()["id"] != first.json()["id"]
    other = begin(hers, "a-lost-answer", length=5)
    assert other.status_code == 409
    with service.record.database.reading() as session:
        assert len(session.scalars(select(Capture)).all()) == 2


def test_what_the_protocol_asks_for(hers: SignedIn) -> None:
    options = hers.client.options("/api/v1/uploads")
    assert options.status_code == 204
    assert options.headers["Tus-Version"] == "1.0.0"
    assert set(options.headers["Tus-Extension"].split(",")) == {"expiration", "termination", "checksum"}
    assert "sha1" in options.headers["Tus-Checksum-Algorithm"]
    url = begin(hers).json()["upload"]
    head = hers.client.head(url, headers=TUS)
    assert (head.status_code, head.headers["Upload-Offset"]) == (200, "0")
    assert head.headers["Cache-Control"] == "no-store"
    assert head.headers["Upload-Expires"].endswith("GMT")
    assert hers.client.head(url).status_code == 412
    assert send(hers, url, 5, FILM[5:]).status_code == 409
    assert send(hers, url, 0, FILM, Content_Type="video/mp4").status_code == 415
    assert hers.client.patch(url, content=FILM, headers=BODY).status_code == 400
    assert send(hers, url, 0, FILM, Upload_Offset="-1").status_code == 400
    assert send(hers, url, 0, FILM, Upload_Offset="0x1").status_code == 400
    assert send(hers, url, 0, FILM + b"more").status_code == 413
    for answer in (hers.client.head(url), send(hers, url, 5, b"x")):
        assert answer.headers["Tus-Resumable"] == "1.0.0"


def test_checksums_guard_a_piece(service: Service, hers: SignedIn) -> None:
    told = begin(hers).json()
    for name in ("sha1", "sha256"):
        wrong = base64.b64encode(hashlib.new(name, b"other").digest()).decode()
        answer = send(hers, told["upload"], 0, FILM[:1000], Upload_Checksum=f"{name} {wrong}")
        assert answer.status_code == 460
    assert hers.client.head(told["upload"], headers=TUS).headers["Upload-Offset"] == "0"
    assert send(hers, told["upload"], 0, FILM, Upload_Checksum="md5 AAAA").status_code == 400
    right = base64.b64encode(hashlib.sha1(FILM).digest()).decode()
    assert send(hers, told["upload"], 0, FILM, Upload_Checksum=f"sha1 {right}").status_code == 204
    assert film_of(service, told["id"]) == FILM


def test_giving_up_leaves_nothing(service: Service, hers: SignedIn) -> None:
    told = begin(hers).json()
    send(hers, told["upload"], 0, FILM[:5000])
    assert hers.client.delete(told["upload"], headers=TUS).status_code == 204
    assert hers.client.head(told["upload"], headers=TUS).status_code == 404
    assert not list((service.record.folder / "uploads").iterdir())
    with service.record.database.reading() as session:
        assert session.scalars(select(Capture)).all() == []
    told = begin(hers).json()
    send(hers, told["upload"], 0, FILM)
    assert hers.client.delete(told["upload"], headers=TUS).status_code == 409


def test_what_is_late_is_gone(service: Service, hers: SignedIn) -> None:
    told = begin(hers).json()
    with service.record.database.writing() as session:
        session.get_one(Upload, told["id"]).expires_at = now()
    assert send(hers, told["upload"], 0, FILM).status_code == 410


@pytest.mark.parametrize("content", [b"%PDF-1.7 and so on", b"MZ" + bytes(100), b"<html><script>"])
def test_what_is_no_film_is_refused_at_once(service: Service, hers: SignedIn, content: bytes) -> None:
    told = begin(hers, length=len(content)).json()
    answer = send(hers, told["upload"], 0, content)
    assert answer.status_code == 422
    assert answer.json()["error"]["what"] == "this is no film or photo"
    assert not list((service.record.folder / "uploads").iterdir())
    assert begin(hers).status_code == 201  # and does not count any more


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"length": 0}, 422),
        ({"length": 501_000_000}, 413),
        ({"length": 1 << 60}, 422),
        ({"content_type": "text/html"}, 422),
        ({"instrument": "heart"}, 422),
        ({"instrument": "back"}, 422),
        ({"instrument": "back", "movement": "squat", "content_type": "image/png"}, 422),
        ({"instrument": "back", "movement": "squat", "check": "0" * 32}, 404),
        ({"movement": "squat"}, 422),
        ({"weight_kg": -1}, 422),
        ({"weight_kg": 6.65}, 422),
        ({"weight_kg": 399}, 422),
        ({"at": "2999-01-01T00:00:00Z"}, 422),
        ({"at": "2024-01-01T00:00:00"}, 422),
        ({"more": 1}, 422),
        ({"content_type": "image/png"}, 201),
        ({"instrument": "back", "movement": "squat"}, 201),
        ({"at": "2024-01-01T00:00:00+09:00"}, 201),
    ],
)
def test_what_may_be_begun(hers: SignedIn, facts: dict[str, Any], status: int) -> None:
    assert begin(hers, **facts).status_code == status


def test_without_consent_nothing_is_begun(service: Service, hers: SignedIn) -> None:
    assert hers.person_id is not None
    with service.record.database.writing() as session:
        session.add(Consent(person_id=hers.person_id, kind="analyse", given=False, by="0" * 32))
    assert begin(hers).status_code == 409


def test_not_more_at_once_than_one_person_can_send(hers: SignedIn) -> None:
    assert {begin(hers).status_code for _ in range(12)} == {201}
    assert begin(hers).status_code == 409


def test_not_more_than_the_quota(service: Service, hers: SignedIn) -> None:
    assert {begin(hers, length=499_000_000).status_code for _ in range(8)} == {201}
    assert begin(hers, length=20_000_000).status_code == 507


def test_strangers_find_nothing(service: Service, hers: SignedIn, sign_in: Callable[..., SignedIn]) -> None:
    url = begin(hers).json()["upload"]
    stranger = sign_in("person", person_id=add_person(service, "Ken Abe"))
    assert begin(stranger, person=hers.person_id).status_code == 404
    assert stranger.client.head(url, headers=TUS).status_code == 404
    assert send(stranger, url, 0, FILM).status_code == 404
    assert stranger.client.delete(url, headers=TUS).status_code == 404
    clinician = sign_in("clinician")
    assert begin(clinician, person=hers.person_id).status_code == 201
