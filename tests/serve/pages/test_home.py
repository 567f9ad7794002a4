"""The first page, and the language of all pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.serve.conftest import add_person
from tests.serve.pages.face_rows import add_film

from mitate.record import settings
from mitate.record.schema import Account
from mitate.serve.pages.home import whom_to_call
from mitate.serve.service import Service
from mitate.serve.words import Say


@pytest.mark.parametrize("language", ["en", "ja"])
def test_two_things_to_do(service: Service, sign_in: Callable[..., Any], language: str) -> None:
    her = sign_in("person", person_id=add_person(service), language=language)
    shown = her.client.get("/home")
    say = Say(language)
    assert shown.status_code == 200
    assert f'<html lang="{language}">' in shown.text
    assert say("face.door_face") in shown.text
    assert say("face.door_back") in shown.text
    assert 'href="tel:0123"' in shown.text
    assert shown.headers["cache-control"] == "no-store"


def test_the_last_result_in_one_line_and_what_is_on_its_way(
    service: Service, sign_in: Callable[..., Any]
) -> None:
    person_id = add_person(service)
    done = add_film(service, person_id, "done", kg=1.9)
    coming = add_film(service, person_id, "waiting")
    text = sign_in("person", person_id=person_id).client.get("/home").text
    assert "About 1.9\u00a0kg over your dry weight" in text
    assert f'href="/face/result/{done}"' in text
    assert f'href="/face/wait/{coming}"' in text
    assert Say("en")("shell.simulated") in text


def test_a_film_that_was_not_read_is_told_until_a_newer_one(
    service: Service, sign_in: Callable[..., Any]
) -> None:
    person_id = add_person(service)
    refused = add_film(service, person_id, "refused", reason="too_dark")
    her = sign_in("person", person_id=person_id)
    assert f"/face/result/{refused}" in her.client.get("/home").text


def test_those_who_look_after_others_go_to_their_own_pages(sign_in: Callable[..., Any]) -> None:
    assert sign_in("clinician").client.get("/home").headers["location"] == "/clinic"
    assert sign_in("admin").client.get("/home").headers["location"] == "/admin"


def test_whom_to_call_is_her_own_contact_else_the_clinic(service: Service) -> None:
    hers, none = (
        add_person(service, call_phone="03-1234 5678"),
        add_person(service, call_name="", call_phone=""),
    )
    record = service.record
    with record.database.writing() as session:
        first = whom_to_call(record, session, hers)
        assert whom_to_call(record, session, none) is None
        settings.put(session, "clinic", {"name": "Unit", "call_phone": "+81 3 9999"})
        second = whom_to_call(record, session, none)
    assert first is not None
    assert (first.name, first.dial) == ("Ward 3", "0312345678")
    assert second is not None
    assert (second.name, second.dial) == ("Unit", "+8139999")


def test_the_language_goes_with_the_account_and_its_browser(
    service: Service, sign_in: Callable[..., Any]
) -> None:
    her = sign_in("person", person_id=add_person(service))
    answer = her.client.post("/language", data={"language": "ja", "then": "/home", "csrf": her.csrf})
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    assert "language=ja" in answer.headers["set-cookie"]
    with service.record.database.reading() as session:
        assert session.get_one(Account, her.account_id).language == "ja"
    assert '<html lang="ja">' in her.client.get("/home").text


def test_a_language_without_an_account(sign_in: Callable[..., Any]) -> None:
    client = sign_in("person").client
    client.cookies.clear()
    answer = client.post("/language", data={"language": "ja"})
    assert answer.headers["location"] == "/"
    assert '<html lang="ja">' in client.get("/sign-in").text


def test_a_choice_of_language_leads_nowhere_else(sign_in: Callable[..., Any]) -> None:
    client = sign_in("clinician").client
    for then in ("//evil.example", "https://evil.example", "/\\evil.example", "home", "/\n/x"):
        answer = client.post("/language", data={"language": "ja", "then": then})
        assert answer.headers["location"] == "/"


def test_there_is_no_third_language(sign_in: Callable[..., Any]) -> None:
    assert sign_in("clinician").client.post("/language", data={"language": "fr"}).status_code == 422
