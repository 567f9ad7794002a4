"""Photos over REST: for clinicians, and for nobody about herself but in her full export."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from tests.serve.conftest import SignedIn, add_person
from tests.serve.pages.photo_rows import agree_to_photos, photo_result, put_faces, put_photo

from mitate.record.photos import MOST_BYTES
from mitate.record.schema import Account, Audit
from mitate.serve.auth.tokens import make_token
from mitate.serve.service import Service

SignIn = Callable[..., SignedIn]
JPEG = b"\xff\xd8\xff\xe0 a photo"


@pytest.fixture
def person(service: Service) -> str:
    put_faces(service)
    person = add_person(service)
    agree_to_photos(service, person)
    return person


def test_a_photo_is_sent_looked_at_and_deleted(service: Service, sign_in: SignIn, person: str) -> None:
    client = sign_in("clinician").client
    sent = client.post(f"/api/v1/people/{person}/photos", content=JPEG)
    assert sent.status_code == 201, sent.text
    told = sent.json()
    assert (told["state"], told["outcome"], told["told"], told["kept"]) == ("waiting", None, None, False)
    assert client.get(f"/api/v1/photos/{told['id']}").json() == told
    listed = client.get(f"/api/v1/people/{person}/photos").json()
    assert (listed["total"], listed["photos"][0]["id"]) == (1, told["id"])
    assert client.delete(f"/api/v1/photos/{told['id']}").status_code == 204
    assert client.get(f"/api/v1/photos/{told['id']}").status_code == 404
    with service.record.database.reading() as session:
        actions = [row.action for row in session.query(Audit).order_by(Audit.seq)]
    assert {"photo.added", "photos.read", "capture.deleted"} <= set(actions)


def test_an_answer_is_told_in_words_with_its_doubts(service: Service, sign_in: SignIn, person: str) -> None:
    photo = put_photo(service.record, person, photo_result(), photo=JPEG)
    for language, word in (("en", "One class is left: amber."), ("ja", "残った分類")):
        client = sign_in("clinician", language=language).client
        told = client.get(f"/api/v1/photos/{photo}").json()
        assert word in told["told"]["headline"]
        assert (told["outcome"], told["left"]) == ("one", ["amber"])
        assert told["doubts"]
        assert "not for diagnosis" in told["intended_use"]
    seen = client.get(f"/api/v1/photos/{photo}/picture")
    assert (seen.content, seen.headers["content-type"]) == (JPEG, "image/jpeg")
    assert seen.headers["cache-control"] == "no-store"
    gone = put_photo(service.record, person, photo_result())
    assert client.get(f"/api/v1/photos/{gone}/picture").status_code == 404


def test_what_cannot_be_taken_is_told(service: Service, sign_in: SignIn, person: str) -> None:
    client, path = sign_in("clinician").client, f"/api/v1/people/{person}/photos"
    assert client.post(path, content=b"GIF89a").status_code == 422
    assert client.post(path, content=b"").status_code == 422
    assert client.post(path, content=JPEG, params={"at": "2999-01-01T00:00:00Z"}).status_code == 422
    assert client.post(path, content=JPEG, headers={"X-CSRF-Token": "old"}).status_code == 403
    said = client.post(path, content=iter([b""]), headers={"Content-Length": str(MOST_BYTES + 1)})
    assert said.status_code == 413
    other = add_person(service, "Ren")
    assert client.post(f"/api/v1/people/{other}/photos", content=JPEG).status_code == 409
    assert client.post(f"/api/v1/people/{'f' * 32}/photos", content=JPEG).status_code == 404
    assert not list((service.record.folder / "videos").iterdir())


def test_nobody_is_told_of_herself(service: Service, sign_in: SignIn, person: str) -> None:
    photo = put_photo(service.record, person, photo_result(), photo=JPEG)
    for roles in (("person",), ("person", "clinician", "admin")):  # the latter is the account at home
        client = sign_in(*roles, person_id=person).client
        for path in (f"/api/v1/people/{person}/photos", f"/api/v1/photos/{photo}", f"/clinic/photos/{photo}"):
            assert client.get(path).status_code == 403, (roles, path)
        assert client.post(f"/api/v1/people/{person}/photos", content=JPEG).status_code == 403
        assert client.get(f"/api/v1/captures/{photo}").status_code == 404
        assert client.delete(f"/api/v1/captures/{photo}").status_code == 404
        assert client.get(f"/api/v1/captures/{photo}/film").status_code == 404
        assert client.get(f"/api/v1/people/{person}/captures").json() == {"captures": [], "total": 0}
        for page in ("/home", "/face", "/back", "/me", f"/face/result/{photo}"):
            assert "amber" not in client.get(page).text
        with zipfile.ZipFile(io.BytesIO(client.get(f"/api/v1/people/{person}/export").content)) as whole:
            assert "amber" in whole.read("everything.json").decode()  # what is kept of her is hers
            assert len([name for name in whole.namelist() if name.endswith(".jpg")]) == 1
        assert "amber" in client.get(f"/api/v1/people/{person}/export/photos.csv").text


def test_fhir_has_it(service: Service, sign_in: SignIn, person: str) -> None:
    put_photo(service.record, person, photo_result())
    client = sign_in("clinician").client
    for release in ("R4B", "R5"):
        found = json.loads(client.get(f"/api/v1/fhir/{release}/people/{person}").content)
        assert "face-classes" in json.dumps(found)


def test_a_token_needs_the_scopes_of_people(service: Service, sign_in: SignIn, person: str) -> None:
    signed = sign_in("clinician", "admin")
    for scopes, read, write in ((("read:people",), 200, 403), (("read:admin", "write:admin"), 403, 403)):
        with service.record.database.writing() as session:
            account: Any = session.get_one(Account, signed.account_id)
            text = make_token(session, account, "t", scopes).text
        headers = {"Authorization": f"Bearer {text}"}
        client = signed.client
        client.cookies.clear()
        path = f"/api/v1/people/{person}/photos"
        assert client.get(path, headers=headers).status_code == read
        assert client.post(path, content=JPEG, headers=headers).status_code == write
