"""How long browsers stay signed in, and what is kept of their tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from mitate.record.accounts import set_disabled
from mitate.record.schema import Account, Login, Setting, now
from mitate.serve.auth.logins import begin_login, cookie_name, end_login, keep_alive, span_of
from mitate.serve.service import Service
from mitate.serve.settings import Settings


@pytest.mark.parametrize(
    ("roles", "home", "idle"),
    [
        (["person"], False, timedelta(days=90)),
        (["clinician"], False, timedelta(hours=12)),
        (["admin"], True, timedelta(hours=12)),
        (["person", "clinician"], False, timedelta(hours=12)),
        (["person", "clinician", "admin"], True, timedelta(days=90)),
    ],
)
def test_idle_by_role(service: Service, roles: list[str], home: bool, idle: timedelta) -> None:
    with service.record.database.writing() as session:
        session.add(Setting(key="first", value={"kind": "home" if home else "clinic"}))
        session.flush()
        assert span_of(session, roles).idle == idle


def test_only_a_hash_is_kept_and_use_moves_the_end_up_to_the_whole(
    service: Service, sign_in: Callable[..., Any]
) -> None:
    account_id, moment = sign_in("clinician").account_id, now()
    with service.record.database.writing() as session:
        account = session.get_one(Account, account_id)
        token = begin_login(session, account, at=moment)
        session.flush()
        login = session.scalars(select(Login).order_by(Login.created_at.desc())).first()
        assert login is not None
        assert token.encode() not in login.token_hash
        keep_alive(session, login, account, moment + timedelta(hours=11))
        assert login.expires_at == moment + timedelta(hours=23)
        keep_alive(session, login, account, moment + timedelta(days=6, hours=23))
        assert login.expires_at == moment + timedelta(days=7)
        end_login(session, token)
        session.flush()
        assert session.get(Login, login.token_hash) is None or len(session.scalars(select(Login)).all()) == 1


def test_an_idle_browser_is_signed_out(service: Service, sign_in: Callable[..., Any]) -> None:
    signed = sign_in("clinician")
    assert signed.client.get("/me").status_code == 200
    with service.record.database.writing() as session:
        session.execute(update(Login).values(expires_at=now() - timedelta(seconds=1)))
    assert signed.client.get("/me").headers["location"].startswith("/sign-in")
    assert signed.client.get("/api/v1/tokens").status_code == 401


def test_use_after_minutes_is_written_down(service: Service, sign_in: Callable[..., Any]) -> None:
    signed, before = sign_in("person", person_id=None), now() - timedelta(hours=1)
    with service.record.database.writing() as session:
        session.execute(update(Login).values(last_at=before))
    signed.client.get("/me")
    with service.record.database.reading() as session:
        assert session.scalars(select(Login)).one().last_at > before + timedelta(minutes=59)


def test_a_disabled_account_is_out_at_once(service: Service, sign_in: Callable[..., Any]) -> None:
    sign_in("admin")
    signed = sign_in("clinician")
    with service.record.database.writing() as session:
        set_disabled(session, session.get_one(Account, signed.account_id), True)
    assert signed.client.get("/api/v1/people").status_code == 401


def test_the_cookie_insists_on_tls_where_there_is_tls(service: Service) -> None:
    folder = service.settings.folder
    assert cookie_name(Settings(folder, origin="https://mitate.example")) == "__Host-mitate"
    assert cookie_name(Settings(folder, origin="http://127.0.0.1:8080")) == "mitate"
