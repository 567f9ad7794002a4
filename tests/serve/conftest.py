"""A served record in a folder of its own, and clients signed in as each role."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from anyio.from_thread import start_blocking_portal
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from mitate.record.database import open_database, sqlite_url
from mitate.record.migrate import upgrade
from mitate.record.opened import DATABASE, open_record
from mitate.record.schema import Account, Consent, Login, Person, new_id, now
from mitate.record.vault import Vault
from mitate.serve.app import create_app
from mitate.serve.auth import guard
from mitate.serve.auth import secrets as hashing
from mitate.serve.auth.rates import Rate
from mitate.serve.auth.requests import COOKIE
from mitate.serve.jobs.queue import RowsOnly
from mitate.serve.service import Service
from mitate.serve.settings import Settings


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests ask faster than any visitor; `tests/serve/auth/test_rates.py` looks at the limits themselves."""
    monkeypatch.setattr(guard, "VISITOR", Rate(1e9, 1e9))
    monkeypatch.setattr(guard, "ADDRESS", Rate(1e9, 1e9))
    monkeypatch.setattr(guard, "DOORS", Rate(1e9, 1e9))


@pytest.fixture(autouse=True)
def light_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with 1 MiB; `tests/serve/auth/test_secrets.py` takes this back and hashes as we do."""
    monkeypatch.setattr(hashing, "_HASHER", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))


@cache
def migrated() -> bytes:
    """A database with our tables and no rows: alembic makes it once, each test has a copy."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / DATABASE
        database = open_database(sqlite_url(path))
        upgrade(database)
        database.close()
        return path.read_bytes()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    (tmp_path / "record").mkdir()
    (tmp_path / "record" / DATABASE).write_bytes(migrated())
    record = open_record(tmp_path / "record", Vault.new())
    yield Service(record, RowsOnly(), Settings(tmp_path / "record", origin="http://testserver", live=False))
    record.close()


def add_person(service: Service, name: str = "Hana Sato", **facts: object) -> str:
    """A person with consent to be looked at; her id."""
    record, person_id = service.record, new_id()
    key, wrapped = record.vault.new_key(person_id)
    told = {
        "name": name, "number": "", "sex": "female", "birth_date": "1950-04-01", "height_cm": 158.0,
        "language": "en", "kind": "dialysis", "call_name": "Ward 3", "call_phone": "0123", "note": "",
        "simulated": True, **facts,
    }  # fmt: skip
    with record.database.writing() as session:
        sealed = key.seal_json(told, f"person.sealed {person_id}")
        session.add(Person(id=person_id, wrapped_key=wrapped, sealed=sealed))
        session.flush()
        session.add(Consent(person_id=person_id, kind="analyse", given=True, by="0" * 32))
    return person_id


@dataclass(frozen=True, slots=True)
class SignedIn:
    client: TestClient
    account_id: str
    person_id: str | None
    csrf: str


@pytest.fixture
def sign_in(service: Service) -> Iterator[Callable[..., SignedIn]]:
    """Sign in an account of these roles; each call is another browser."""
    app, opened = create_app(service), ExitStack()
    portal = opened.enter_context(start_blocking_portal())  # else each request makes an event loop of its own

    def signed(*roles: str, person_id: str | None = None, language: str = "en") -> SignedIn:
        account_id, token, csrf = new_id(), secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        vault = service.record.vault
        with service.record.database.writing() as session:
            told = {"login": account_id, "name": "Kim"}
            session.add(
                Account(
                    id=account_id,
                    login_index=vault.index(account_id),
                    sealed=vault.clinic.seal_json(told, f"account.sealed {account_id}"),
                    roles=list(roles),
                    person_id=person_id,
                    secret="-",
                    language=language,
                )
            )
            session.flush()
            hashed = sha256(token.encode()).digest()
            expires = now() + timedelta(days=1)
            session.add(
                Login(
                    token_hash=hashed,
                    account_id=account_id,
                    csrf=csrf,
                    expires_at=expires,
                    confirmed_at=now(),
                )
            )
        client = TestClient(app, cookies={COOKIE: token}, follow_redirects=False)
        client.headers["X-CSRF-Token"] = csrf
        client.headers["Origin"] = service.settings.origin
        client.portal = portal
        opened.callback(client.close)
        return SignedIn(client, account_id, person_id, csrf)

    with opened:
        yield signed
