"""The clinician's pages: every one in both languages, nobody else's business, and what their forms do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select
from tests.serve.conftest import add_person
from tests.serve.pages.clinic_rows import (
    add_model,
    noted,
)

from mitate.record.consents import given, take_back
from mitate.record.people import get_person
from mitate.record.schema import Capture, Job, Person, new_id
from mitate.record.weights import weights_of
from mitate.serve.service import Service
from mitate.serve.words import all_words


def pages_of(ids: dict[str, str]) -> list[str]:
    person = f"/clinic/people/{ids['person']}"
    ways = ("", "/course", "/weights", "/model", "/consent", "/export", "/erase", "/edit")
    return [
        "/clinic", "/clinic/alarms", "/clinic/new", "/clinic/import", *(person + way for way in ways),
        f"/clinic/captures/{ids['session']}", f"/clinic/captures/{ids['refused']}",
        f"/clinic/checks/{ids['check']}", f"/clinic/checks/{ids['open']}",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_in_both_languages(
    sign_in: Callable[..., Any], hana: dict[str, str], language: str
) -> None:
    client = sign_in("clinician", language=language).client
    for path in pages_of(hana):
        answer = client.get(path)
        assert answer.status_code == 200, path
        text = answer.text
        assert f'<html lang="{language}"' in text
        assert text.count("<h1") == 1, path
        assert "<Sato>" not in text, path
        assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]*(src=|application/json))", text), path
        levels = [int(level) for level in re.findall(r"<h([1-6])", text)]
        assert all(b - a <= 1 for a, b in pairwise(levels)), path
        labelled = set(re.findall(r'<label for="([^"]+)"', text))
        for control in re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', text):
            assert control in labelled, (path, control)


def test_nobody_but_clinicians(sign_in: Callable[..., Any], hana: dict[str, str]) -> None:
    for browser in (sign_in("person", person_id=hana["person"]), sign_in("admin")):
        for path in pages_of(hana):
            assert browser.client.get(path).status_code in (403, 404), path
    nobody = sign_in("clinician").client
    nobody.cookies.clear()
    assert nobody.get("/clinic").status_code == 303


def test_unknown_ids_are_missing(sign_in: Callable[..., Any], hana: dict[str, str]) -> None:
    client = sign_in("clinician").client
    unknown = {name: new_id() for name in hana}
    for path in pages_of(unknown)[4:]:
        assert client.get(path).status_code == 404, path


def test_what_is_opened_is_noted(service: Service, sign_in: Callable[..., Any], hana: dict[str, str]) -> None:
    nurse = sign_in("clinician")
    for path in pages_of(hana)[4:]:
        before = noted(service)
        nurse.client.get(path)
        new = noted(service)[len(before) :]
        assert any(row.actor == nurse.account_id and row.subject == hana["person"] for row in new), path


def test_a_patient_is_filmed_by_a_clinician(
    service: Service, sign_in: Callable[..., Any], hana: dict[str, str]
) -> None:
    nurse, path = sign_in("clinician"), f"/clinic/people/{hana['person']}"
    form = {"csrf": nurse.csrf, "context": "post", "weight_kg": "６２，５"}
    shown = nurse.client.post(f"{path}/film", data=form)
    assert shown.status_code == 200
    facts = re.search(r'<script type="application/json" id="facts">(.*?)</script>', shown.text, re.S)
    assert facts is not None
    told = json.loads(facts[1])
    assert told["person"] == hana["person"]
    assert told["facts"] == {"instrument": "edema", "context": "post", "weight_kg": 62.5}
    assert nurse.client.post(f"{path}/film", data={**form, "weight_kg": "a lot"}).status_code == 422
    with service.record.database.writing() as session:
        take_back(service.record, session, hana["person"], "analyse", nurse.account_id)
    assert nurse.client.post(f"{path}/film", data=form).status_code == 409
    assert "/film" not in nurse.client.get(path).text


def test_a_patient_is_added_and_changed(service: Service, sign_in: Callable[..., Any]) -> None:
    nurse = sign_in("clinician")
    form = {
        "csrf": nurse.csrf, "name": "Aiko Mori", "number": "77", "birth_date": "1950-04-01",
        "height_cm": "158,5", "sex": "female", "kind": "home", "language": "ja", "analyse": "yes",
    }  # fmt: skip
    made = nurse.client.post("/clinic/new", data=form)
    assert made.status_code == 303
    person = made.headers["location"].rpartition("/")[2]
    with service.record.database.reading() as session:
        facts = get_person(service.record, session, person)
        assert (facts.name, facts.height_cm, facts.language) == ("Aiko Mori", 158.5, "ja")
        assert given(session, person, "analyse")
    twice = nurse.client.post("/clinic/new", data={**form, "name": "Another"})
    assert twice.status_code == 422
    assert 'value="Another"' in twice.text
    bad = nurse.client.post(
        f"/clinic/people/{person}/edit", data={**form, "birth_date": "2999-01-01", "note": "kept"}
    )
    assert bad.status_code == 422
    assert "kept" in bad.text
    good = nurse.client.post(f"/clinic/people/{person}/edit", data={**form, "name": "Aiko Hara"})
    assert good.status_code == 303
    assert "Aiko Hara" in nurse.client.get(good.headers["location"]).text


def test_two_forms_that_were_open_at_once_undo_nothing_of_each_other(
    service: Service, sign_in: Callable[..., Any]
) -> None:
    person, nurse, other = add_person(service), sign_in("clinician"), sign_in("clinician")
    path, shown = f"/clinic/people/{person}/edit", []
    for one in (nurse, other):
        fields = re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', one.client.get(path).text)
        shown.append({**dict(fields), "sex": "female", "kind": "dialysis", "language": "en", "note": ""})
    first, second = {**shown[0], "call_phone": "0999"}, {**shown[1], "height_cm": "160"}
    assert nurse.client.post(path, data=first).status_code == 303
    assert other.client.post(path, data=second).status_code == 303
    with service.record.database.reading() as session:
        facts = get_person(service.record, session, person)
    assert (facts.call_phone, facts.height_cm, facts.name) == ("0999", 160.0, "Hana Sato")
    assert nurse.client.post(path, data={**first, "before": "-"}).status_code == 422


@pytest.mark.parametrize(
    ("change", "status"),
    [({}, 303), ({"kg": "６２．４"}, 303), ({"kg": "665"}, 422), ({"kg": "nan"}, 422), ({"at": "today"}, 422),
     ({"kind": "heavy"}, 422)],
)  # fmt: skip
def test_weights_are_entered(
    service: Service,
    sign_in: Callable[..., Any],
    hana: dict[str, str],
    change: dict[str, str],
    status: int,
) -> None:
    nurse, path = sign_in("clinician"), f"/clinic/people/{hana['person']}/weights"
    form = {"csrf": nurse.csrf, "kg": "62.4", "at": "2026-11-20T09:30", "kind": "dry", "context": "pre"}
    assert nurse.client.post(path, data={**form, **change}).status_code == status
    with service.record.database.reading() as session:
        rows = weights_of(service.record, session, hana["person"], kind="dry")
    assert [one.kg for one in rows] == [58.0, *([62.4] if status == 303 else [])]


def test_a_weight_far_from_the_others_is_asked_about(
    service: Service, sign_in: Callable[..., Any], hana: dict[str, str]
) -> None:
    def dry() -> list[float]:
        with service.record.database.reading() as session:
            return [one.kg for one in weights_of(service.record, session, hana["person"], kind="dry")]

    nurse, path, before = sign_in("clinician"), f"/clinic/people/{hana['person']}/weights", dry()
    form = {"csrf": nurse.csrf, "kg": "85.0", "at": "2026-11-20T09:30", "kind": "dry"}  # 58.0 typed badly
    asked = nurse.client.post(path, data=form)
    assert asked.status_code == 422
    assert 'name="sure"' in asked.text
    assert 'value="85.0"' in asked.text
    assert dry() == before
    assert nurse.client.post(path, data={**form, "sure": "true"}).status_code == 303
    assert dry() == [*before, 85.0]


def test_weights_are_deleted_of_their_own_person_only(
    service: Service, sign_in: Callable[..., Any], hana: dict[str, str]
) -> None:
    nurse, other = sign_in("clinician"), add_person(service)
    for person, status in ((other, 404), (hana["person"], 303)):
        path = f"/clinic/people/{person}/weights/{hana['weight']}/delete"
        assert nurse.client.post(path, data={"csrf": nurse.csrf}).status_code == status


def test_a_table_is_looked_at_and_taken_in(
    service: Service, sign_in: Callable[..., Any], hana: dict[str, str]
) -> None:
    nurse = sign_in("clinician")
    table = "number,date,weight\n4711,2026-11-01 09:00,59.5\n4711,2026-11-03 09:00,5950\n9,2026-11-03,60\n"
    look = {"csrf": nurse.csrf, "do": "look", "what": "weights"}
    files = {"file": ("weights.csv", table.encode(), "text/csv")}
    shown = nurse.client.post("/clinic/import", data=look, files=files)
    assert shown.status_code == 200, shown.text
    assert "Nobody has the number 9" in shown.text
    packed = re.search(r'name="packed" value="([^"]+)"', shown.text)
    assert packed is not None
    take = {"csrf": nurse.csrf, "do": "apply", "what": "weights", "packed": packed[1]}
    assert nurse.client.post("/clinic/import", data=take).status_code == 422
    done = nurse.client.post("/clinic/import", data={**take, "leave_out": "yes"})
    assert done.status_code == 200
    assert "Rows taken in: 1" in done.text
    with service.record.database.reading() as session:
        kgs = [one.kg for one in weights_of(service.record, session, hana["person"], kind="weight")]
    assert 59.5 in kgs
    wrong = nurse.client.post("/clinic/import", data={**take, "packed": "!"})
    assert wrong.status_code == 422


def test_people_come_by_table(service: Service, sign_in: Callable[..., Any]) -> None:
    nurse = sign_in("clinician", language="ja")
    table = "氏名,患者番号,性別,生年月日\n佐藤花子,1,女,1950/4/1\n"
    look = {"csrf": nurse.csrf, "do": "look", "what": "people"}
    files = {"file": ("people.csv", table.encode("cp932"), "text/csv")}
    shown = nurse.client.post("/clinic/import", data=look, files=files).text
    assert "佐藤花子" in shown
    packed = re.search(r'name="packed" value="([^"]+)"', shown)
    assert packed is not None
    take = {"csrf": nurse.csrf, "do": "apply", "what": "people", "packed": packed[1]}
    assert "1件を取り込みました" in nurse.client.post("/clinic/import", data=take).text
    assert "佐藤花子" in nurse.client.get("/clinic").text


@pytest.mark.parametrize("n", [2, 7])
def test_of_few_sessions_a_model_shows_no_interval_and_no_share(
    service: Service, sign_in: Callable[..., Any], hana: dict[str, str], n: int
) -> None:
    quality = {"n": n, "mae_kg": 0.44, "mae_low_kg": 0.44, "mae_high_kg": 0.44, "bias_kg": 0.0}
    quality |= {"coverage_90": 1.0, "guess_mae_kg": 1.32}
    add_model(service.record, hana["person"], [hana["session"]], quality=quality)
    shown = sign_in("clinician").client.get(f"/clinic/people/{hana['person']}/model").text
    assert ("Too few weighed sessions" in shown) is (n == 2)
    assert ("should be about" in shown) is (n == 7)
    assert ("0.44 to 0.44" in shown) is (n == 7)
    assert "off by 0.44" in shown


def test_an_administrator_is_led_to_who_looked(sign_in: Callable[..., Any], hana: dict[str, str]) -> None:
    page, trail = f"/clinic/people/{hana['person']}/export", f"/admin/audit?subject={hana['person']}"
    assert trail not in sign_in("clinician").client.get(page).text
    both = sign_in("clinician", "admin").client
    assert f'href="{trail}"' in both.get(page).text
    assert f'value="{hana["person"]}"' in both.get(trail).text


def test_a_model_is_asked_for_once(
    service: Service, sign_in: Callable[..., Any], hana: dict[str, str]
) -> None:
    nurse, path = sign_in("clinician"), f"/clinic/people/{hana['person']}/model"
    shown = nurse.client.get(path).text
    for words in ("0.46", "0.31 to 0.62", "n = 7", "0.81", "another person", "simulated faces"):
        assert words in shown
    for _ in range(2):
        assert nurse.client.post(path, data={"csrf": nurse.csrf}).status_code == 303
    with service.record.database.reading() as session:
        jobs = session.scalars(select(Job).where(Job.kind == "make_model")).all()
    assert len(jobs) == 1
    assert "A model is being made" in nurse.client.get(path).text
    empty = add_person(service)
    answer = nurse.client.post(f"/clinic/people/{empty}/model", data={"csrf": nurse.csrf})
    assert answer.status_code == 409


def test_consents_are_given_and_taken_back(
    service: Service, sign_in: Callable[..., Any], hana: dict[str, str]
) -> None:
    nurse, path = sign_in("clinician"), f"/clinic/people/{hana['person']}/consent"
    for agreed, stands in (("yes", True), ("no", False)):
        form = {"csrf": nurse.csrf, "kind": "research", "agreed": agreed}
        assert nurse.client.post(path, data=form).status_code == 303
        with service.record.database.reading() as session:
            assert given(session, hana["person"], "research") is stands
    assert "taken back" in nurse.client.get(path).text


def test_erasing_needs_her_number(
    service: Service, sign_in: Callable[..., Any], hana: dict[str, str]
) -> None:
    nurse, path = sign_in("clinician"), f"/clinic/people/{hana['person']}/erase"
    wrong = nurse.client.post(path, data={"csrf": nurse.csrf, "confirm": "4712"})
    assert wrong.status_code == 409
    assert "Nothing was erased" in wrong.text
    right = nurse.client.post(path, data={"csrf": nurse.csrf, "confirm": "4711"})
    assert right.status_code == 200
    with service.record.database.reading() as session:
        assert session.get(Person, hana["person"]) is None
    assert nurse.client.get(f"/clinic/people/{hana['person']}").status_code == 404


def test_a_session_is_deleted_with_what_it_taught(
    service: Service, sign_in: Callable[..., Any], hana: dict[str, str]
) -> None:
    nurse = sign_in("clinician")
    with service.record.database.reading() as session:
        oldest = session.scalars(
            select(Capture.id).where(Capture.instrument == "edema").order_by(Capture.at)
        ).first()
    answer = nurse.client.post(f"/clinic/captures/{oldest}/delete", data={"csrf": nurse.csrf})
    assert answer.status_code == 303
    assert nurse.client.get(f"/clinic/captures/{oldest}").status_code == 404
    assert (
        "There is no model of this patient yet"
        in nurse.client.get(f"/clinic/people/{hana['person']}/model").text
    )


def test_a_form_without_its_token_does_nothing(
    service: Service, sign_in: Callable[..., Any], hana: dict[str, str]
) -> None:
    nurse = sign_in("clinician")
    del nurse.client.headers["X-CSRF-Token"]
    path = f"/clinic/people/{hana['person']}"
    for way, form in (("/erase", {"confirm": "4711"}), ("/weights", {"kg": "60"}), ("/model", {})):
        assert nurse.client.post(path + way, data=form).status_code == 403


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    from importlib import resources

    folder = resources.files("mitate.serve")
    used = "".join(
        file.read_text("utf-8")
        for place in ("templates/clinic", "pages", "static/js")
        for file in (folder / place).iterdir()
        if file.name.endswith((".html", ".py", ".js"))
    )
    prefixes = set(re.findall(r'"clinic\.([a-z_]+_)" ~', used))
    prefixes |= set(re.findall(r"clinic\.([a-z_]+_)\{", used))
    for name in all_words():
        if not name.startswith("clinic."):
            continue
        key = name.removeprefix("clinic.")
        by_script = key.startswith("js_") and f"words.{key.removeprefix('js_')}" in used
        known = by_script or f"clinic.{key}" in used or any(key.startswith(one) for one in prefixes)
        assert known or (key.startswith("js_") and key in ("js_left", "js_right")), name
