"""The list of patients and that of alarms: who is on them, in which order, and what is noted."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.serve.conftest import add_person
from tests.serve.pages.clinic_rows import add_model, add_session, noted

from mitate.serve.pages import clinic_states
from mitate.serve.service import Service


def test_the_list_finds_sorts_and_pages(
    service: Service, sign_in: Callable[..., Any], hana: dict[str, str]
) -> None:
    for number in range(30):
        add_person(service, f"Person {number:02d}", number=f"N{number}")
    client = sign_in("clinician").client
    first = client.get("/clinic").text
    assert names_in(first)[0] == "Hana &lt;Sato&gt;"
    assert len(names_in(first)) == 25
    assert len(names_in(client.get("/clinic?at=2").text)) == 6
    assert names_in(client.get("/clinic?at=99").text) == names_in(client.get("/clinic?at=2").text)
    assert names_in(client.get("/clinic?q=sato").text) == ["Hana &lt;Sato&gt;"]
    assert names_in(client.get("/clinic?q=４７１１").text) == ["Hana &lt;Sato&gt;"]
    assert names_in(client.get("/clinic?q=person&order=name").text)[:2] == ["Person 00", "Person 01"]
    assert names_in(client.get("/clinic?q=nobody").text) == []
    for nobody in ("x", "0" * 32):
        answer = client.get(f"/clinic/people/{nobody}")
        assert answer.status_code == 404
        assert "This page does not exist" in answer.text
    assert client.get("/clinic?order=height").status_code == 422
    assert client.get("/clinic?state=asleep").status_code == 422


def test_the_list_counts_and_shows_who_stands_alike(
    service: Service, sign_in: Callable[..., Any], hana: dict[str, str]
) -> None:
    for n in range(3):
        person = add_person(service, f"Person {n}", number=f"N{n}")
        if n:
            add_session(service.record, person, days_ago=n, state="refused")
    client = sign_in("clinician").client
    shown = client.get("/clinic").text
    counted = dict(
        re.findall(
            r'href="/clinic\?q=&amp;order=attention&amp;state=(\w+)&amp;at=1"[^>]*>.*?<strong>(\d+)</strong>',
            shown,
            re.S,
        )
    )
    assert counted == {"all": "4", "alarm": "1", "look": "2", "nothing": "1"}
    assert names_in(client.get("/clinic?state=look").text) == ["Person 1", "Person 2"]
    assert names_in(client.get("/clinic?state=alarm").text) == ["Hana &lt;Sato&gt;"]
    assert names_in(client.get("/clinic?state=calm").text) == []
    assert names_in(client.get("/clinic?order=kg").text)[0] == "Hana &lt;Sato&gt;"


def test_no_alarm_of_an_old_film_says_how_old_it_is(service: Service, sign_in: Callable[..., Any]) -> None:
    for days in (6, 40):
        person = add_person(service, f"Person {days}", number=f"N{days}")
        film = add_session(service.record, person, days_ago=days, kg=0.2)
        add_model(service.record, person, [film])
        add_session(service.record, person, days_ago=days, kg=0.2)
    shown = sign_in("clinician").client.get("/clinic?order=name").text
    recent, old = (
        shown.partition(f">{name}</a>")[2].partition("</tr>")[0] for name in ("Person 6", "Person 40")
    )
    assert "No alarm, but no film for 40 days" in old
    assert "mark-calm" not in old
    assert "mark-calm" in recent
    assert "but no film" not in recent


def names_in(text: str) -> list[str]:
    return re.findall(r'<span class="who"><a [^>]*>([^<]*)</a>', text)


def test_an_alarm_is_seen_once_and_noted(
    service: Service, sign_in: Callable[..., Any], hana: dict[str, str]
) -> None:
    nurse = sign_in("clinician")
    shown = nurse.client.get("/clinic/alarms").text
    assert "once in two months" in shown
    path = re.search(r'action="(/clinic/alarms/[^"]+)"', shown)
    assert path is not None
    assert nurse.client.post(path[1], data={"csrf": nurse.csrf}).status_code == 303
    after = nurse.client.get("/clinic/alarms").text
    assert "Seen by Kim" in after
    assert 'action="/clinic/alarms/' not in after
    assert nurse.client.post(path[1], data={"csrf": nurse.csrf}).status_code == 303
    assert [row.action for row in noted(service)].count("alarm.seen") == 1
    other = add_person(service)
    stolen = path[1].replace(hana["person"], other)
    assert nurse.client.post(stolen, data={"csrf": nurse.csrf}).status_code == 404
    add_session(service.record, hana["person"], days_ago=0.1, kg=-1.5, context="other")
    add_session(service.record, hana["person"], days_ago=0.05, kg=-1.5, context="other")
    assert "No alarm is on" in nurse.client.get("/clinic/alarms").text


def test_many_new_patients_are_worked_out_meanwhile(
    service: Service, sign_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, hana: dict[str, str]
) -> None:
    monkeypatch.setattr(clinic_states, "_AT_ONCE", 0)
    client = sign_in("clinician").client
    assert "Patients still being looked through: 1" in client.get("/clinic/alarms").text
    for thread in threading.enumerate():
        if thread.name == "clinic states":
            thread.join()
    assert "Hana &lt;Sato&gt;" in client.get("/clinic/alarms").text
    assert "till being looked through" not in client.get("/clinic").text
