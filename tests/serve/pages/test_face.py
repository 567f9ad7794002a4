"""The pages of "Check my face" in both languages and every state."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.serve.conftest import add_person
from tests.serve.pages.face_rows import add_film

from mitate.record import consents
from mitate.record.schema import Consent, now
from mitate.serve.service import Service
from mitate.serve.words import Say

SAID = {"face": "pre_66.5_30"}


def without_consent(service: Service) -> str:
    person_id = add_person(service)
    with service.record.database.writing() as session:
        for row in session.query(Consent).filter(Consent.person_id == person_id):
            session.delete(row)
    return person_id


@pytest.mark.parametrize("language", ["en", "ja"])
def test_pages_in_both_languages(service: Service, sign_in: Callable[..., Any], language: str) -> None:
    her = sign_in("person", person_id=add_person(service), language=language)
    her.client.cookies.set("face", SAID["face"], path="/face")
    for path in ("/face", "/face/record", "/face/upload", "/face/course"):
        shown = her.client.get(path)
        assert shown.status_code == 200
        assert f'<html lang="{language}">' in shown.text
        assert shown.text.count("<h1") == 1
        assert " style=" not in shown.text
        assert " onclick=" not in shown.text
        assert Say(language)("shell.intended_use") in shown.text


def test_nothing_is_filmed_before_she_agrees(service: Service, sign_in: Callable[..., Any]) -> None:
    person_id = without_consent(service)
    her = sign_in("person", person_id=person_id)
    her.client.cookies.set("face", SAID["face"], path="/face")
    assert Say("en")("face.consent_title") in her.client.get("/face").text
    assert her.client.get("/face/record").headers["location"] == "/face"
    refused = her.client.post("/face/consent", data={"keep_video": "yes"})
    assert refused.status_code == 422
    assert Say("en")("face.consent_missing") in refused.text
    agreed = her.client.post("/face/consent", data={"analyse": "yes"})
    assert agreed.headers["location"] == "/face"
    with service.record.database.reading() as session:
        assert consents.given(session, person_id, "analyse")
        assert not consents.given(session, person_id, "keep_video")
    assert Say("en")("face.film_now") in her.client.get("/face").text


def test_what_is_said_goes_along_without_standing_in_an_address(
    service: Service, sign_in: Callable[..., Any]
) -> None:
    her = sign_in("person", person_id=add_person(service))
    said = her.client.post("/face", data={"context": "post", "weight": "６６，５", "way": "upload"})
    assert (said.status_code, said.headers["location"]) == (303, "/face/upload")
    shown = her.client.get("/face/upload").text
    assert '"context": "post"' in shown
    assert '"weight_kg": 66.5' in shown
    assert her.client.post("/face", data={"context": "pre"}).headers["location"] == "/face/record"


@pytest.mark.parametrize(
    ("data", "word"),
    [({"weight": "66"}, "context_missing"), ({"context": "pre", "weight": "6"}, "weight_wrong")],
)
def test_what_is_wrong_is_told_beside_its_field(
    service: Service, sign_in: Callable[..., Any], data: dict[str, str], word: str
) -> None:
    her = sign_in("person", person_id=add_person(service))
    shown = her.client.post("/face", data=data)
    assert shown.status_code == 422
    assert Say("en")(f"face.{word}") in shown.text
    assert f'value="{data["weight"]}"' in shown.text


def test_the_camera_asks_first_what_time_it_is(service: Service, sign_in: Callable[..., Any]) -> None:
    her = sign_in("person", person_id=add_person(service))
    assert her.client.get("/face/record").headers["location"] == "/face"


def test_waiting(service: Service, sign_in: Callable[..., Any]) -> None:
    person_id = add_person(service)
    her = sign_in("person", person_id=person_id)
    for state in ("uploading", "waiting", "reading"):
        film = add_film(service, person_id, state)
        shown = her.client.get(f"/face/wait/{film}")
        assert shown.status_code == 200
        assert ("http-equiv" in shown.text) == (state != "uploading")
        assert ('value="40"' in shown.text) == (state != "uploading")
        assert her.client.get(f"/face/result/{film}").headers["location"] == f"/face/wait/{film}"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_results(service: Service, sign_in: Callable[..., Any], language: str) -> None:
    person_id, say = add_person(service), Say(language)
    her = sign_in("person", person_id=person_id, language=language)
    for state, kg, reason in (("done", 1.9, None), ("refused", None, "too_dark"), ("failed", None, None)):
        film = add_film(service, person_id, state, kg=kg, reason=reason)
        assert her.client.get(f"/face/wait/{film}").headers["location"] == f"/face/result/{film}"
        shown = her.client.get(f"/face/result/{film}")
        assert shown.status_code == 200
        assert (say("face.film_again") in shown.text) == (state != "done")
        assert ("1.9" in shown.text) == (state == "done")
        assert (say("shell.simulated") in shown.text) == (state == "done")


def test_the_value_stands_out_and_never_the_give_or_take(
    service: Service, sign_in: Callable[..., Any]
) -> None:
    person_id = add_person(service)
    hers = sign_in("person", person_id=person_id).client
    for kg, stands_out in ((1.9, ["1.9\u00a0kg"]), (0.0, [])):
        film = add_film(service, person_id, "done", kg=kg)
        shown = hers.get(f"/face/result/{film}").text
        assert re.findall('<span class="value">(.*?)</span>', shown) == stands_out
        assert "give or take" in shown


def test_the_course_with_its_table(service: Service, sign_in: Callable[..., Any]) -> None:
    person_id = add_person(service)
    for day in range(6, 0, -1):
        film = add_film(service, person_id, "done", at=now() - timedelta(days=day), kg=0.4 * day)
    shown = sign_in("person", person_id=person_id).client.get("/face/course").text
    assert shown.count('<tr><th scope="row">') == 6
    assert f"/face/result/{film}" in shown
    assert "+2.4\u00a0kg" in shown
    assert 'role="img" aria-labelledby="chart-title chart-text"' in shown


def test_films_of_others_and_of_the_back_are_not_there(service: Service, sign_in: Callable[..., Any]) -> None:
    mine, other = add_person(service), add_person(service)
    hers = sign_in("person", person_id=mine)
    for film in (add_film(service, other, "done", kg=1.0), "0" * 32, "x"):
        for page in ("wait", "result"):
            assert hers.client.get(f"/face/{page}/{film}").status_code in (404, 422)
    assert sign_in("clinician").client.get("/face").status_code == 404
