"""People over the API: lists, search, adding, changing, erasing; and who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from tests.serve.conftest import add_person

from mitate.record.schema import Audit, Person
from mitate.serve.service import Service

SignIn = Callable[..., Any]
NOBODY = "0" * 32
TABLE = "番号,氏名,性別,生年月日\n001,佐藤 花,女,1950/4/1\n002,,男,\n".encode("cp932")
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def clinic(sign_in: SignIn) -> Any:
    return sign_in("clinician").client


def actions(service: Service) -> list[tuple[str, str, str]]:
    with service.record.database.reading() as session:
        rows = session.scalars(select(Audit).order_by(Audit.seq))
        return [(row.action, row.actor, row.subject) for row in rows]


def test_a_person_is_added_read_changed_and_listed(clinic: Any) -> None:
    given = {
        "name": " Hana Sato ",
        "number": "7",
        "sex": "female",
        "birth_date": "1950-04-01",
        "height_cm": 158,
    }
    answer = clinic.post("/api/v1/people", json=given)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["name"], told["number"], told["language"], told["simulated"]) == (
        "Hana Sato",
        "7",
        "en",
        False,
    )
    assert told["age"] >= 76
    path = f"/api/v1/people/{told['id']}"
    assert clinic.get(path).json() == told
    changed = clinic.patch(path, json={"call_phone": "090", "birth_date": None}).json()
    assert changed == {**told, "call_phone": "090", "birth_date": None, "age": None}
    assert clinic.get("/api/v1/people").json() == {"people": [changed], "total": 1}


def test_lists_come_in_pages_and_are_searched(clinic: Any, service: Service) -> None:
    for number in range(5):
        add_person(service, f"Patient {number}", number=f"K{number}")
    page = clinic.get("/api/v1/people", params={"skip": 1, "most": 2}).json()
    assert ([one["number"] for one in page["people"]], page["total"]) == (["K1", "K2"], 5)
    found = clinic.get("/api/v1/people", params={"q": "patient k3"}).json()
    assert ([one["number"] for one in found["people"]], found["total"]) == (["K3"], 1)
    assert clinic.get("/api/v1/people", params={"q": "nobody"}).json() == {"people": [], "total": 0}


NO_PEOPLE: list[Any] = [
    {},
    {"name": ""},
    {"name": "  "},
    {"name": "A", "birth_date": "4/1/1950"},
    {"name": "A", "birth_date": -631152000},
    {"name": "A", "birth_date": "1950-02-30"},
    {"name": "A", "birth_date": "2950-02-20"},
    {"name": "A", "height_cm": "158"},
    {"name": "A", "height_cm": 1.58},
    {"name": "A", "sex": "F"},
    {"name": "A", "simulated": 1},
    {"name": "A", "weight": 60},
    {"name": "A\u0007"},
    {"name": "A" * 121},
    [],
]


def test_what_cannot_be_is_refused(clinic: Any) -> None:
    for given in NO_PEOPLE:
        answer = clinic.post("/api/v1/people", json=given)
        assert answer.status_code == 422, given
        assert answer.json()["error"]["what"]
    assert clinic.get("/api/v1/people").json()["total"] == 0


def test_a_number_is_taken_once(clinic: Any) -> None:
    clinic.post("/api/v1/people", json={"name": "A", "number": "7"})
    assert clinic.post("/api/v1/people", json={"name": "B", "number": "７"}).status_code == 409


def test_erasing_needs_her_number_and_leaves_nothing(clinic: Any, service: Service) -> None:
    person = add_person(service, "Hana", number="7")
    path = f"/api/v1/people/{person}"
    for wrong in ("Hana", "8", "erase"):
        assert clinic.request("DELETE", path, json={"confirm": wrong}).status_code == 409
    assert clinic.request("DELETE", path).status_code == 422
    answer = clinic.request("DELETE", path, json={"confirm": " 7 "})
    assert answer.status_code == 200
    assert (answer.json()["person_id"], answer.json()["left"]) == (person, [])
    assert clinic.get(path).status_code == 404
    assert clinic.request("DELETE", path, json={"confirm": "7"}).status_code == 404
    with service.record.database.reading() as session:
        assert session.scalar(select(Person.id)) is None


def test_without_a_number_her_name_confirms(clinic: Any, service: Service) -> None:
    person = add_person(service, "佐藤 花")
    answer = clinic.request("DELETE", f"/api/v1/people/{person}", json={"confirm": "佐藤 花"})
    assert answer.status_code == 200


def test_a_table_is_looked_at_then_added_once(clinic: Any) -> None:
    looked = clinic.post("/api/v1/people/import", content=TABLE, headers=CSV)
    assert looked.status_code == 200
    told = looked.json()
    assert (told["understood"], told["new"], told["refused_lines"], told["added"]) == (1, 1, 1, None)
    assert told["rows"][0]["name"] == "佐藤 花"
    assert (told["refused"][0]["line"], told["refused"][0]["column"]) == (3, "name")
    assert clinic.get("/api/v1/people").json()["total"] == 0
    path = "/api/v1/people/import?preview=false"
    assert clinic.post(path, content=TABLE, headers=CSV).status_code == 409
    for added in (1, 0):
        done = clinic.post(f"{path}&leave_out=true", content=TABLE, headers=CSV).json()
        assert done["added"] == added
    assert clinic.get("/api/v1/people").json()["total"] == 1


def test_what_is_no_table_is_told(clinic: Any) -> None:
    for body, status in (
        (b"", 422),
        (b"\0\1", 422),
        (b"name\n" + b"A\n" * 60_000, 422),
        (b"x" * 6_500_000, 413),
    ):
        assert clinic.post("/api/v1/people/import", content=body, headers=CSV).status_code == status


def test_who_may(sign_in: SignIn, service: Service) -> None:
    """A person reads herself only, as if there were nobody else; an administrator reads nobody."""
    mine, other = add_person(service, "Hana"), add_person(service, "Taro")
    hers, admin = sign_in("person", person_id=mine).client, sign_in("admin").client
    assert hers.get(f"/api/v1/people/{mine}").json()["name"] == "Hana"
    foreign, missing = (hers.get(f"/api/v1/people/{one}") for one in (other, NOBODY))
    assert (foreign.status_code, foreign.json()) == (404, missing.json())
    for client in (hers, admin):
        assert client.get("/api/v1/people").status_code == 403
        assert client.post("/api/v1/people", json={"name": "A"}).status_code == 403
        assert client.post("/api/v1/people/import", content=TABLE, headers=CSV).status_code == 403
        assert client.patch(f"/api/v1/people/{mine}", json={"name": "A"}).status_code == 403
        assert client.request("DELETE", f"/api/v1/people/{mine}", json={"confirm": "Hana"}).status_code == 403
    assert admin.get(f"/api/v1/people/{mine}").status_code == 404
    clinic = sign_in("clinician").client
    for method, body in (("GET", None), ("PATCH", {"note": "x"}), ("DELETE", {"confirm": "x"})):
        assert clinic.request(method, f"/api/v1/people/{NOBODY}", json=body).status_code == 404
    assert clinic.get("/api/v1/people/no-id").status_code == 422


def test_reading_somebody_else_is_written_down_and_oneself_is_not(sign_in: SignIn, service: Service) -> None:
    person = add_person(service)
    clinic, hers = sign_in("clinician"), sign_in("person", person_id=person)
    hers.client.get(f"/api/v1/people/{person}")
    assert actions(service) == []
    clinic.client.get(f"/api/v1/people/{person}")
    clinic.client.get("/api/v1/people", params={"q": "Hana"})
    assert actions(service) == [
        ("person.read", clinic.account_id, person),
        ("people.listed", clinic.account_id, ""),
    ]
    with service.record.database.reading() as session:
        assert "Hana" not in str([row.detail for row in session.scalars(select(Audit))])
