"""Consents over the API: given and taken back by a person herself; and who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.record.made import put_capture
from tests.serve.conftest import add_person

from mitate.serve.service import Service

SignIn = Callable[..., Any]
NOBODY = "0" * 32


def test_a_person_gives_and_takes_back_her_own(sign_in: SignIn, service: Service) -> None:
    person = add_person(service)
    hers = sign_in("person", person_id=person)
    path = f"/api/v1/people/{person}/consents"
    told = hers.client.get(path).json()
    assert told["standing"] == {
        "analyse": True, "keep_video": False, "photos": False, "research": False,
    }  # fmt: skip
    given = hers.client.put(f"{path}/keep_video", json={"given": True}).json()
    assert given["standing"]["keep_video"]
    assert [one["by"] for one in given["history"]] == [NOBODY, hers.account_id]
    kept = put_capture(service.record, person, film=b"film")
    file = service.record.folder / "videos" / f"{kept}.film"
    assert file.exists()
    back = hers.client.put(f"{path}/keep_video", json={"given": False}).json()
    assert [(one["kind"], one["given"]) for one in back["history"]] == [
        ("analyse", True), ("keep_video", True), ("keep_video", False),
    ]  # fmt: skip
    assert not file.exists()


def test_without_consent_no_film_is_begun(sign_in: SignIn, service: Service) -> None:
    person = add_person(service)
    hers = sign_in("person", person_id=person).client
    wanted = {"instrument": "edema", "length": 1000, "content_type": "video/mp4"}
    films, consent = f"/api/v1/people/{person}/captures", f"/api/v1/people/{person}/consents/analyse"
    assert hers.post(films, json=wanted).status_code == 201
    hers.put(consent, json={"given": False})
    assert hers.post(films, json=wanted).status_code == 409
    hers.put(consent, json={"given": True})
    assert hers.post(films, json=wanted).status_code == 201


def test_who_may(sign_in: SignIn, service: Service) -> None:
    mine, other = add_person(service, "Hana"), add_person(service, "Taro")
    clinic = sign_in("clinician").client
    assert clinic.put(f"/api/v1/people/{mine}/consents/research", json={"given": True}).status_code == 200
    for client in (sign_in("person", person_id=mine).client, sign_in("admin").client):
        assert client.get(f"/api/v1/people/{other}/consents").status_code == 404
        answer = client.put(f"/api/v1/people/{other}/consents/analyse", json={"given": False})
        assert answer.status_code == 404
    assert clinic.get(f"/api/v1/people/{other}/consents").json()["standing"]["analyse"]
    assert clinic.get(f"/api/v1/people/{NOBODY}/consents").status_code == 404
    assert clinic.put(f"/api/v1/people/{NOBODY}/consents/analyse", json={"given": True}).status_code == 404
    for kind, body in (("everything", {"given": True}), ("analyse", {"given": "yes"}), ("analyse", {})):
        assert clinic.put(f"/api/v1/people/{mine}/consents/{kind}", json=body).status_code == 422
