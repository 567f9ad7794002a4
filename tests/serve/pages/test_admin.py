"""Administration as an administrator without the clinician role meets it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select
from tests.serve.conftest import add_person

from mitate.record.accounts import list_accounts
from mitate.record.backup import verify
from mitate.record.master import open_vault
from mitate.record.opened import open_record
from mitate.record.restoring import restore
from mitate.record.schema import Account, Login
from mitate.serve.auth.tries import FREE
from mitate.serve.jobs.queue import RowsOnly
from mitate.serve.service import Service
from mitate.serve.settings import Settings

PAGES = ("", "/people", "/audit", "/audit?check=true", "/retention", "/backup", "/key", "/tokens")
PASSWORD = "lantern otter granite"


@pytest.fixture
def admin(sign_in: Callable[..., Any]) -> Any:
    return sign_in("admin")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_all_pages_show_nothing_clinical(
    service: Service, sign_in: Callable[..., Any], language: str
) -> None:
    add_person(service, "Zora Unseen", note="swollen")
    client = sign_in("admin", language=language).client
    for path in PAGES:
        answer = client.get(f"/admin{path}")
        assert (path, answer.status_code) == (path, 200)
        assert f'lang="{language}"' in answer.text
        assert "Zora" not in answer.text
        assert "swollen" not in answer.text


def test_a_clinician_who_is_no_administrator_is_kept_out(sign_in: Callable[..., Any]) -> None:
    client = sign_in("clinician").client
    assert {client.get(f"/admin{path}").status_code for path in PAGES} == {403}


def test_an_account_is_added_changed_and_removed(service: Service, admin: Any) -> None:
    form = {"login": "Dr Mori", "secret": PASSWORD, "roles": ["clinician"], "csrf": admin.csrf}
    assert admin.client.post("/admin/people", data=form).status_code == 303
    assert admin.client.post("/admin/people", data=form).status_code == 409
    assert (
        admin.client.post("/admin/people", data={**form, "login": "x", "secret": "short"}).status_code == 422
    )
    pin = {**form, "login": "y", "secret": "739204"}
    assert "needs a password" in admin.client.post("/admin/people", data=pin).text
    with service.record.database.reading() as session:
        (mori,) = [one for one in list_accounts(service.record, session) if one.name == "Dr Mori"]
    assert (mori.roles, mori.must_change) == (("clinician",), True)
    page = f"/admin/people/{mori.id}"
    assert admin.client.get(page).status_code == 200
    for form in (
        {"what": "roles", "roles": ["clinician", "admin"]},
        {"what": "disable"},
        {"what": "enable"},
        {"what": "secret", "secret": "granite lantern otter"},
        {"what": "remove"},
    ):
        assert admin.client.post(page, data=form).status_code == 303
    assert admin.client.get(page).status_code == 404


def test_the_last_administrator_stays(admin: Any) -> None:
    page = f"/admin/people/{admin.account_id}"
    for form in ({"what": "disable"}, {"what": "remove"}, {"what": "roles", "roles": ["clinician"]}):
        answer = admin.client.post(page, data=form)
        assert answer.status_code == 409
        assert "last administrator" in answer.text


def test_a_first_secret_must_be_changed(service: Service, sign_in: Callable[..., Any]) -> None:
    person = add_person(service)
    clinician = sign_in("clinician", "admin")
    form = {"login": "Hana", "secret": "739204", "person": person}
    assert clinician.client.post("/admin/people", data=form).status_code == 303
    patient = sign_in("admin").client
    patient.cookies.clear()
    assert patient.post("/sign-in", data={"name": "Hana", "secret": "739204"}).status_code == 303
    for path in ("/", "/home", "/me", "/face"):
        answer = patient.get(path, follow_redirects=True)
        assert "Somebody else chose this" in answer.text, path
    assert patient.get(f"/api/v1/people/{person}").status_code == 403
    csrf = patient.get("/me/secret").text.partition('<meta name="csrf" content="')[2].partition('"')[0]
    new = {"old": "739204", "new": "804613", "again": "804613"}
    patient.headers["X-CSRF-Token"] = csrf
    assert patient.post("/me/secret", data=new).status_code == 303
    assert patient.get("/me").status_code == 200


def test_a_secret_given_anew_ends_the_wait(service: Service, sign_in: Callable[..., Any]) -> None:
    person = add_person(service)
    clinician = sign_in("clinician", "admin").client
    account = {"login": "Hana", "secret": "739204"}
    made = clinician.post(f"/api/v1/people/{person}/account", json=account)
    assert (made.status_code, made.json()["roles"]) == (201, ["person"])
    patient = sign_in("admin").client
    patient.cookies.clear()
    wrong = {"name": "Hana", "secret": "999998"}
    assert [patient.post("/sign-in", data=wrong).status_code for _ in range(6)] == [403] * 5 + [429]
    given = clinician.post(f"/api/v1/admin/accounts/{made.json()['id']}/secret", json={"secret": "804613"})
    assert given.status_code == 204
    assert patient.post("/sign-in", data={"name": "Hana", "secret": "804613"}).status_code == 303


def test_the_trail_is_shown_filtered_and_verified(admin: Any) -> None:
    admin.client.post("/admin/clinic", data={"name": "Ward 3", "call_phone": "0123"})
    shown = admin.client.get("/admin/audit?action=settings.clinic").text
    assert shown.count('<td data-label="What"') == 1
    checked = admin.client.get("/admin/audit?check=true").text
    assert "as they were written" in checked
    assert "From row 1 on they are under the record&#39;s key" in checked
    assert admin.client.get("/api/v1/admin/audit/verified").json()["keyed_from"] == 1
    assert admin.client.get("/api/v1/admin/audit/verified").json()["ok"]
    table = admin.client.get("/api/v1/admin/audit.csv?action=settings.clinic").text.splitlines()
    assert table[0].startswith("seq,at,actor,action")
    assert len(table) == 2


def test_the_trail_is_shown_by_day(admin: Any) -> None:
    admin.client.post("/admin/clinic", data={"name": "Ward 3", "call_phone": "0123"})
    [row] = admin.client.get("/api/v1/admin/audit?action=settings.clinic").json()
    day = datetime.fromisoformat(row["at"]).date()
    before, after = (day + timedelta(days=n) for n in (-1, 1))

    def shown(**days: object) -> int:
        asked = {"action": "settings.clinic", **{name: str(one) for name, one in days.items()}}
        page = admin.client.get("/admin/audit", params=asked)
        assert ("There is nothing like this in the trail" in page.text) == (page.text.count("<tr>") == 1)
        table = admin.client.get("/api/v1/admin/audit.csv", params=asked).text.splitlines()
        assert len(table) == len(admin.client.get("/api/v1/admin/audit", params=asked).json()) + 1
        assert page.text.count('<td data-label="What"') == len(table) - 1
        for name, one in days.items():
            assert f'name="{name}" type="date" value="{one}"' in page.text
            assert f"{name}={one}" in page.text  # in the table's address, too
        return len(table) - 1

    assert shown(since=day, until=day) == shown(since=before) == shown(until=date(9999, 12, 30)) == 1
    assert shown(until=before) == shown(since=after) == shown(since=date.max, until=date.min) == 0
    for days in ("since=&until=", "until=9999-12-31"):
        assert admin.client.get(f"/admin/audit?{days}").status_code == 200
    assert admin.client.get("/api/v1/admin/audit?since=yesterday").status_code == 422


def test_retention_is_set(admin: Any) -> None:
    form = {"uploads_hours": "24", "jobs_days": "30", "backups_days": "60", "captures_years": "5"}
    assert admin.client.post("/admin/retention", data=form).status_code == 303
    told = admin.client.get("/api/v1/admin/retention").json()
    assert told == {"uploads_hours": 24, "jobs_days": 30, "backups_days": 60, "captures_years": 5}
    admin.client.post("/admin/retention", data={**form, "captures_years": ""})
    assert admin.client.get("/api/v1/admin/retention").json()["captures_years"] is None
    assert admin.client.put("/api/v1/admin/retention", json={"uploads_hours": 0}).status_code == 422


@pytest.fixture
def kept(tmp_path: Path) -> Any:
    """A record whose key lies in a file."""
    folder = tmp_path / "kept"
    vault = open_vault(folder, key_file=tmp_path / "elsewhere" / "record.key")
    record = open_record(folder, vault)
    yield Service(record, RowsOnly(), Settings(folder, origin="http://testserver", live=False))
    record.close()


def test_a_backup_is_made_looked_through_and_downloaded(
    kept: Service, service: Service, tmp_path: Path, sign_in: Callable[..., Any]
) -> None:
    admin = sign_in("admin")
    admin.client.app.state.service = kept
    _same_account(service, kept)
    assert admin.client.post("/admin/backup").status_code == 303
    (file,) = admin.client.get("/api/v1/admin/backups").json()
    assert file["name"] in admin.client.get("/admin/backup").text
    assert "none of them changed" in admin.client.post(f"/admin/backup/{file['name']}/verify").text
    copy = tmp_path / "copy.tar"
    copy.write_bytes(admin.client.get(f"/api/v1/admin/backups/{file['name']}").content)
    assert verify(copy).size == file["size"]
    (kept.record.folder / "backups" / file["name"]).write_bytes(b"torn")
    assert admin.client.get(f"/api/v1/admin/backups/{file['name']}/verified").status_code == 503
    assert admin.client.get("/api/v1/admin/backups/mitate-20990101-000000.tar").status_code == 404


def test_a_backup_of_a_record_on_postgresql(
    service: Service, tmp_path: Path, postgres_url: str, sign_in: Callable[..., Any]
) -> None:
    folder = tmp_path / "kept"
    record = open_record(folder, open_vault(folder, key_file=tmp_path / "record.key"), postgres_url)
    kept = Service(record, RowsOnly(), Settings(folder, origin="http://testserver", live=False))
    admin = sign_in("admin")
    admin.client.app.state.service = kept
    _same_account(service, kept)
    assert "--current-database" in admin.client.get("/admin/backup").text
    assert admin.client.post("/admin/backup").status_code == 303
    (file,) = admin.client.get("/api/v1/admin/backups").json()
    assert restore(folder / "backups" / file["name"], tmp_path / "at home").people == 0
    record.close()


def test_a_passphrase_instead_of_the_key_file(
    kept: Service, service: Service, sign_in: Callable[..., Any]
) -> None:
    admin = sign_in("admin")
    admin.client.app.state.service = kept
    _same_account(service, kept)
    assert "In a file" in admin.client.get("/admin/key").text
    new = "granite lantern otter"
    assert admin.client.post("/admin/key", data={"new": new, "again": "other"}).status_code == 409
    assert admin.client.post("/admin/key", data={"new": new, "again": new}).status_code == 303
    assert open_vault(kept.record.folder, new).master == kept.record.vault.master
    other = {"old": "wrong", "new": PASSWORD, "again": PASSWORD}
    assert admin.client.post("/admin/key", data=other).status_code == 503
    assert admin.client.post("/admin/key", data={**other, "old": new}).status_code == 303
    assert open_vault(kept.record.folder, PASSWORD).master == kept.record.vault.master


def test_the_passphrase_is_not_to_be_guessed_from_there(
    kept: Service, service: Service, sign_in: Callable[..., Any]
) -> None:
    admin = sign_in("admin")
    admin.client.app.state.service = kept
    _same_account(service, kept)
    assert admin.client.post("/admin/key", data={"new": PASSWORD, "again": PASSWORD}).status_code == 303
    other = {"new": "granite lantern otter", "again": "granite lantern otter"}
    wrong = [admin.client.post("/admin/key", data={**other, "old": f"wrong {n}"}) for n in range(FREE)]
    assert {answer.status_code for answer in wrong} == {503}
    assert admin.client.post("/admin/key", data={**other, "old": PASSWORD}).status_code == 429
    assert open_vault(kept.record.folder, PASSWORD).master == kept.record.vault.master


def _same_account(one: Service, other: Service) -> None:
    """The accounts and logins of one record in another."""
    tables: tuple[Any, ...] = (Account, Login)
    with one.record.database.reading() as read, other.record.database.writing() as write:
        for table in tables:
            for row in read.scalars(select(table)):
                columns = {column.key: getattr(row, column.key) for column in inspect(table).columns}
                if "sealed" in columns:
                    about = f"account.sealed {row.id}"
                    told = one.record.vault.clinic.open_json(columns["sealed"], about)
                    columns["sealed"] = other.record.vault.clinic.seal_json(told, about)
                write.add(table(**columns))
                write.flush()
