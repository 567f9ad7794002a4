"""Accounts: names sealed and found, roles that can be, and an administrator who cannot be lost."""

from __future__ import annotations

import pytest

from mitate.errors import InputError
from mitate.record.accounts import (
    account_of,
    account_told,
    add_account,
    find_account,
    list_accounts,
    remove_account,
    set_disabled,
    set_roles,
    set_secret,
)
from mitate.record.errors import ConflictError, MissingError
from mitate.record.opened import Record
from mitate.record.people import PersonFacts, add_person
from mitate.record.schema import Account, Login, new_id, now


def add(record: Record, login: str, *roles: str, person_id: str | None = None) -> str:
    with record.database.writing() as session:
        return add_account(
            record, session, login=login, name=login, roles=roles, secret="-", person_id=person_id
        ).id


def test_found_by_what_is_typed_and_sealed_on_disk(record: Record) -> None:
    account_id = add(record, " Kobayashi  Hana ", "clinician")
    with record.database.reading() as session:
        for typed in ("kobayashi hana", "KOBAYASHI HANA", "Ｋobayashi　Hana"):
            found = find_account(record, session, typed)
            assert found is not None
            assert found.id == account_id
        assert find_account(record, session, "kobayashi") is None
        row = session.get_one(Account, account_id)
        assert b"obayashi" not in row.sealed + row.login_index
        assert account_told(record, row).login == "Kobayashi Hana"
    with pytest.raises(ConflictError, match="already"):
        add(record, "KOBAYASHI hana", "clinician")


@pytest.mark.parametrize("roles", [(), ("owner",), ("person",), ("admin", "root")])
def test_roles_that_cannot_be(record: Record, roles: tuple[str, ...]) -> None:
    with pytest.raises(ConflictError):
        add(record, "x", *roles)


@pytest.mark.parametrize("login", ["", "   ", "x" * 121])
def test_logins_that_cannot_be(record: Record, login: str) -> None:
    with pytest.raises(InputError):
        add(record, login, "clinician")


def test_a_person_goes_with_the_role_person(record: Record) -> None:
    with record.database.writing() as session:
        person = add_person(record, session, PersonFacts("Hana"), "system")
    account_id = add(record, "Hana", "person", person_id=person)
    with pytest.raises(ConflictError):
        add(record, "Taro", "clinician", person_id=person)
    with pytest.raises(MissingError):
        add(record, "Taro", "person", person_id=new_id())
    with record.database.writing() as session:
        account = account_of(session, account_id)
        with pytest.raises(ConflictError):
            set_roles(session, account, ["clinician"])
        set_roles(session, account, ["admin", "person"])
        assert account.roles == ["person", "admin"]


def test_the_last_administrator_who_can_sign_in_stays(record: Record) -> None:
    first, second = add(record, "first", "admin"), add(record, "second", "admin", "clinician")
    with record.database.writing() as session:
        set_disabled(session, account_of(session, first), True)
    for change in (
        lambda session, one: set_disabled(session, one, True),
        lambda session, one: set_roles(session, one, ["clinician"]),
        remove_account,
    ):
        with record.database.writing() as session, pytest.raises(ConflictError, match="last administrator"):
            change(session, account_of(session, second))
    with record.database.writing() as session:
        set_disabled(session, account_of(session, first), False)
        session.flush()
        remove_account(session, account_of(session, second))
    with record.database.reading() as session:
        assert [one.id for one in list_accounts(record, session)] == [first]


def test_another_secret_signs_out_and_says_who_chose_it(record: Record) -> None:
    account_id = add(record, "Hana", "clinician")
    with record.database.writing() as session:
        session.add(Login(token_hash=b"x", account_id=account_id, csrf="x", expires_at=now()))
        session.flush()
        account = account_of(session, account_id)
        set_secret(record, session, account, "new", "password", must_change=True)
        session.flush()
        assert session.get(Login, b"x") is None
        told = account_told(record, account)
        assert (told.must_change, told.login, account.secret) == (True, "Hana", "new")
