"""Accounts given to others: which secret may stand before what, and what ends when a new one is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.serve.conftest import add_person

from mitate.record.accounts import account_of
from mitate.record.errors import DeniedError
from mitate.record.schema import Account, Audit, Passkey, Setting, Token
from mitate.serve.auth.giving import Given, change_account, give_account, give_secret
from mitate.serve.auth.tokens import make_token
from mitate.serve.service import Service

PIN, PASSWORD = "739204", "lantern otter granite"


@pytest.fixture
def hana(service: Service) -> str:
    """The account of a patient, with a PIN."""
    given = Given("Hana", "Hana", ("person",), PIN, person_id=add_person(service))
    return give_account(service, "0" * 32, given).id


def test_a_pin_never_stands_before_others_things(service: Service, hana: str) -> None:
    for roles in (("person", "clinician"), ("person", "admin")):
        with pytest.raises(DeniedError):
            change_account(service, "0" * 32, hana, roles=roles)
    give_secret(service, "0" * 32, hana, PASSWORD)
    assert change_account(service, "0" * 32, hana, roles=("person", "clinician")).roles == (
        "person",
        "clinician",
    )
    with pytest.raises(DeniedError):
        give_secret(service, "0" * 32, hana, PIN)


def test_at_home_they_are_ones_own(service: Service, hana: str) -> None:
    with service.record.database.writing() as session:
        session.merge(Setting(key="first", value={"kind": "home"}))
    assert "clinician" in change_account(service, "0" * 32, hana, roles=("person", "clinician")).roles


def test_fewer_roles_need_no_other_secret(service: Service, hana: str, sign_in: Callable[..., Any]) -> None:
    sign_in("admin")
    with service.record.database.writing() as session:
        account_of(session, hana).roles = ["person", "clinician"]
    assert change_account(service, "0" * 32, hana, roles=("person",)).roles == ("person",)


def test_a_secret_given_anew_ends_what_others_may_have_made(service: Service, hana: str) -> None:
    with service.record.database.writing() as session:
        make_token(session, session.get_one(Account, hana), "left behind", ("read:people",))
        session.add(Passkey(account_id=hana, credential_id=b"left", public_key=b"behind"))
    give_secret(service, "0" * 32, hana, "804613")
    with service.record.database.reading() as session:
        for kind in (Passkey, Token):
            assert session.scalar(select(func.count()).select_from(kind)) == 0
        assert "account.secret_given" in set(session.scalars(select(Audit.action)))
