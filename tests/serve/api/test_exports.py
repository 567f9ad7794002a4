"""A person's own copy and a clinic's tables over the API: opened again, and whose business they are."""

from __future__ import annotations

import csv
import io
import json
import secrets
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from tests.record.made import put_capture, put_model
from tests.serve.conftest import add_person
from tests.serve.pages.clinic_rows import add_check, add_weight, back_result, estimate

from mitate.record.schema import Audit
from mitate.serve.service import Service

SignIn = Callable[..., Any]
FILM = secrets.token_bytes(2_500_000)  # more than two sealed pieces


@pytest.fixture
def hana(service: Service) -> str:
    """Somebody with one of everything."""
    person = add_person(service, number="17")
    record = service.record
    add_weight(record, person, 54.25, days_ago=2, context="pre")
    add_weight(record, person, 52.5, days_ago=9, kind="dry")
    put_capture(record, person, result={"estimate": estimate(1.8)}, film=FILM, content_type="video/mp4")
    refusal = {"kind": "RefusalError", "what": "the face is too dark", "reason": "too_dark"}
    put_capture(record, person, state="refused", result={"estimate": None, "refusal": refusal})
    put_capture(record, person, state="waiting", film=b"not yet read: no business of a copy")
    put_model(record, person)
    add_check(record, person, back_result())
    return person


def noted(service: Service) -> list[tuple[str, str, dict[str, Any]]]:
    with service.record.database.reading() as session:
        rows = session.scalars(select(Audit).where(Audit.action == "export").order_by(Audit.seq))
        return [(row.actor, row.subject, row.detail) for row in rows]


def test_the_copy_holds_everything_and_the_film_as_it_was_sent(
    sign_in: SignIn, service: Service, hana: str
) -> None:
    signed = sign_in("person", person_id=hana)
    answer = signed.client.get(f"/api/v1/people/{hana}/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="mitate.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as copy:
        assert copy.testzip() is None
        films = [name for name in copy.namelist() if name.startswith("films/")]
        assert [copy.read(name) for name in films] == [FILM]
        assert films[0].endswith(".mp4")
        told = json.loads(copy.read("everything.json"))
        table = copy.read("sessions.csv").decode("utf-8-sig")
    assert told["person"]["name"] == "Hana Sato"
    assert [one["kg"] for one in told["weights"]] == [52.5, 54.25]
    assert sorted(one["state"] for one in told["captures"]) == ["done", "done", "refused", "waiting"]
    assert len(told["models"]) == 1
    assert told["checks"][0]["result"]["kind"] == back_result()["kind"]
    assert told["checks"][0]["told"]["said"][2]["value"] == "left"
    assert [one["kind"] for one in told["consents"]] == ["analyse"]
    assert len(list(csv.DictReader(io.StringIO(table)))) == 4
    assert noted(service) == [(signed.account_id, hana, {"form": "everything"})]


@pytest.mark.parametrize(
    ("table", "columns", "values"),
    [
        ("weights", ["at", "kind", "kg", "context", "source"], {"52.5", "54.25"}),
        ("sessions", ["at", "instrument", "context", "movement", "state"], {"1.8", "too_dark"}),
    ],
)
def test_tables_are_for_spreadsheets(
    sign_in: SignIn, service: Service, hana: str, table: str, columns: list[str], values: set[str]
) -> None:
    signed = sign_in("clinician")
    answer = signed.client.get(f"/api/v1/people/{hana}/export/{table}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="{table}.csv"' in answer.headers["content-disposition"]
    header, *rows = csv.reader(io.StringIO(answer.text))
    assert header[: len(columns)] == columns
    assert values <= {value for row in rows for value in row}
    assert noted(service) == [(signed.account_id, hana, {"form": f"{table}.csv"})]


@pytest.mark.parametrize("what", ["export", "export/sessions.csv", "export/weights.csv"])
def test_a_foreign_person_is_as_one_that_does_not_exist(
    sign_in: SignIn, service: Service, hana: str, what: str
) -> None:
    other = sign_in("person", person_id=add_person(service, "Taro")).client
    admin = sign_in("admin").client
    answers = [
        other.get(f"/api/v1/people/{hana}/{what}"),
        other.get(f"/api/v1/people/{'0' * 32}/{what}"),
        admin.get(f"/api/v1/people/{hana}/{what}"),
        sign_in("clinician").client.get(f"/api/v1/people/{'0' * 32}/{what}"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert answers[0].json() == answers[1].json()
    assert noted(service) == []


def test_a_film_that_does_not_open_is_told_before_anything_is_sent(
    sign_in: SignIn, service: Service, hana: str
) -> None:
    (film,) = [one for one in (service.record.folder / "videos").iterdir() if one.stat().st_size > len(FILM)]
    film.write_bytes(film.read_bytes()[:-100])
    answer = sign_in("clinician").client.get(f"/api/v1/people/{hana}/export")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/json"


def test_another_table_is_none(sign_in: SignIn, hana: str) -> None:
    client = sign_in("clinician").client
    assert client.get(f"/api/v1/people/{hana}/export/accounts.csv").status_code == 422
