"""Weights over the API: entered by a person herself, dry weights by clinicians, tables; and who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from tests.record.made import put_capture
from tests.serve.conftest import add_person

from mitate.record.schema import Job
from mitate.serve.service import Service

SignIn = Callable[..., Any]
NOBODY = "0" * 32
CSV = {"Content-Type": "text/csv"}
AT = "2026-03-02T09:30:00+09:00"


def test_weights_are_entered_read_and_deleted(sign_in: SignIn, service: Service) -> None:
    person = add_person(service)
    client, path = sign_in("clinician").client, f"/api/v1/people/{person}/weights"
    first = client.post(path, json={"at": AT, "kg": 66.2, "context": "pre"})
    assert first.status_code == 201
    told = first.json()
    assert told == {
        "id": told["id"], "at": "2026-03-02T00:30:00Z", "kg": 66.2, "kind": "weight", "context": "pre",
        "source": "entered",
    }  # fmt: skip
    dry = client.post(path, json={"at": AT, "kg": 63, "kind": "dry"}).json()
    assert {one["id"] for one in client.get(path).json()["weights"]} == {told["id"], dry["id"]}
    assert client.get(path, params={"kind": "dry"}).json() == {"weights": [dry]}
    assert client.delete(f"/api/v1/weights/{told['id']}").status_code == 204
    assert client.delete(f"/api/v1/weights/{told['id']}").status_code == 404
    assert client.get(path).json() == {"weights": [dry]}


NO_WEIGHTS: list[dict[str, Any]] = [
    {"at": AT},
    {"kg": 66},
    {"at": AT, "kg": 662},
    {"at": AT, "kg": "66"},
    {"at": "2026-03-02T09:30:00", "kg": 66},
    {"at": "2026-03-02", "kg": 66},
    {"at": 1_700_000_000, "kg": 66},
    {"at": "1700000000", "kg": 66},
    {"at": "2126-03-02T09:30:00Z", "kg": 66},
    {"at": "0001-01-01T00:00:00+14:00", "kg": 66},
    {"at": "9999-12-31T23:59:59-14:00", "kg": 66},
    {"at": AT, "kg": 66, "kind": "wet"},
    {"at": AT, "kg": 66, "source": "csv"},
]


def test_what_cannot_be_is_refused(sign_in: SignIn, service: Service) -> None:
    path = f"/api/v1/people/{add_person(service)}/weights"
    client = sign_in("clinician").client
    for given in NO_WEIGHTS:
        assert client.post(path, json=given).status_code == 422, given
    assert client.get(path).json() == {"weights": []}


def test_who_may(sign_in: SignIn, service: Service) -> None:
    mine, other = add_person(service, "Hana"), add_person(service, "Taro")
    hers, clinic = sign_in("person", person_id=mine).client, sign_in("clinician").client
    admin = sign_in("admin").client
    path, foreign = f"/api/v1/people/{mine}/weights", f"/api/v1/people/{other}/weights"
    weighed = {"at": AT, "kg": 66.2}
    own = hers.post(path, json=weighed).json()["id"]
    assert hers.post(path, json={**weighed, "kind": "dry"}).status_code == 403
    theirs = clinic.post(path, json={**weighed, "context": "post"}).json()["id"]
    not_hers = clinic.post(foreign, json=weighed).json()["id"]
    assert {one["id"] for one in hers.get(path).json()["weights"]} == {own, theirs}
    for client in (hers, admin):
        assert client.get(foreign).status_code == 404
        assert client.post(foreign, json=weighed).status_code == 404
        assert client.delete(f"/api/v1/weights/{not_hers}").status_code == 404
        for table in ("/api/v1/weights/import", f"{path}/import"):
            assert client.post(table, content=b"", headers=CSV).status_code == 403
    assert hers.delete(f"/api/v1/weights/{theirs}").status_code == 403
    assert hers.delete(f"/api/v1/weights/{own}").status_code == 204
    assert clinic.delete(f"/api/v1/weights/{theirs}").status_code == 204
    for answer in (
        clinic.get(f"/api/v1/people/{NOBODY}/weights"),
        clinic.post(f"/api/v1/people/{NOBODY}/weights", json=weighed),
        clinic.delete(f"/api/v1/weights/{NOBODY}"),
    ):
        assert answer.status_code == 404


def test_a_table_of_everybody_and_of_one(sign_in: SignIn, service: Service) -> None:
    one, other = add_person(service, "Hana", number="001"), add_person(service, "Taro", number="002")
    client = sign_in("clinician").client
    table = "患者番号;測定日時;体重\n001;2026/3/2 9:30;66,2\n002;2026/3/2 9:45;70,1\n".encode("cp932")
    looked = client.post("/api/v1/weights/import", content=table, headers=CSV).json()
    assert [(row["number"], row["kg"], row["known"]) for row in looked["rows"]] == [
        ("001", 66.2, False),
        ("002", 70.1, False),
    ]
    path = "/api/v1/weights/import?preview=false"
    assert [client.post(path, content=table, headers=CSV).json()["added"] for _ in range(2)] == [2, 0]
    mine = b"date,weight\n2026-03-03,66\n"
    path = f"/api/v1/people/{other}/weights/import?preview=false"
    assert client.post(path, content=mine, headers=CSV).json()["added"] == 1
    kilos = {
        person: [row["kg"] for row in client.get(f"/api/v1/people/{person}/weights").json()["weights"]]
        for person in (one, other)
    }
    assert kilos == {one: [66.2], other: [70.1, 66.0]}
    nobody = f"/api/v1/people/{NOBODY}/weights/import"
    assert client.post(nobody, content=mine, headers=CSV).status_code == 404


def test_json_is_no_table(sign_in: SignIn) -> None:
    client = sign_in("clinician").client
    assert client.post("/api/v1/weights/import", json={"a": 1}).status_code in (415, 422)


def test_a_weight_near_a_film_has_the_model_made_anew(sign_in: SignIn, service: Service) -> None:
    person = add_person(service, number="001")
    put_capture(service.record, person, at=datetime.fromisoformat(AT), read=True)
    client, path = sign_in("clinician").client, f"/api/v1/people/{person}/weights"

    def jobs() -> int:
        with service.record.database.writing() as session:
            found = list(session.scalars(select(Job).where(Job.kind == "make_model", Job.state == "waiting")))
            for job in found:
                job.state = "done"
            return len(found)

    client.post(path, json={"at": "2026-03-09T09:30:00+09:00", "kg": 66.2})
    assert jobs() == 0
    near = client.post(path, json={"at": AT, "kg": 66.2}).json()
    assert jobs() == 1
    client.delete(f"/api/v1/weights/{near['id']}")
    assert jobs() == 1
    client.post(path, json={"at": "2026-01-09T09:30:00+09:00", "kg": 63, "kind": "dry"})
    assert jobs() == 1
    table = b"number,date,weight\n001,2026-03-02T00:45Z,66.2\n"
    for expected in (1, 0):
        client.post("/api/v1/weights/import?preview=false", content=table, headers=CSV)
        assert jobs() == expected
