"""Somebody forgot the PIN or password, and nobody is left who could give another in the app."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from mitate.record import outer
from mitate.record.accounts import account_told, add_account, find_account
from mitate.record.master import open_vault
from mitate.record.opened import Record, open_record
from mitate.record.schema import Audit
from mitate.serve.auth.first import SetUp, set_up
from mitate.serve.auth.secrets import check_secret, hash_secret, verify_secret

Run = Callable[..., tuple[int, str, str]]
PIN = "739164"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a record at home, with the one account of Hana, and a clerk's."""
    for name in (outer.PASSPHRASE, "MITATE_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    record = opened(tmp_path / "record")
    set_up(record, SetUp("home", "田中 ハナ", PIN, "pin", agrees=True), "127.0.0.1", "")
    with record.database.writing() as session:
        add_account(
            record,
            session,
            login="clerk",
            name="Clerk",
            roles=("admin",),
            secret=hash_secret("heron lake hat"),
        )
    record.close()
    return tmp_path / "record"


def opened(folder: Path) -> Record:
    return open_record(folder, open_vault(folder, key_file=folder.with_name("own.key")))


def key(folder: Path) -> tuple[object, ...]:
    return "--folder", folder, "--key-file", folder.with_name("own.key")


@pytest.mark.parametrize(
    ("login", "kind", "form"),
    [("田中 ハナ", "pin", r"\d{8}"), ("clerk", "password", r"[a-z2-9]{4}(-[a-z2-9]{4}){2}")],
)
def test_a_new_one_opens_the_account_and_must_be_changed(
    mitate: Run, folder: Path, login: str, kind: str, form: str
) -> None:
    code, out, err = mitate("record", "secret", login, *key(folder), "--json")
    assert (code, err) == (0, "")
    given = json.loads(out)
    assert re.fullmatch(form, given["secret"])
    check_secret(given["secret"], given["kind"], login)
    record = opened(folder)
    try:
        with record.database.reading() as session:
            row = find_account(record, session, login)
            assert row is not None
            told = account_told(record, row)
            assert (told.secret_kind, told.must_change) == (kind, True)
            assert verify_secret(row.secret, given["secret"])
            assert not verify_secret(row.secret, PIN)
            noted = session.scalars(select(Audit).order_by(Audit.seq.desc()).limit(1)).one()
            assert (noted.actor, noted.action, noted.subject) == ("system", "account.secret_given", row.id)
    finally:
        record.close()


def test_it_is_told_in_words(mitate: Run, folder: Path) -> None:
    code, out, _ = mitate("record", "secret", "田中　ハナ", *key(folder))
    assert code == 0
    assert re.search(r"田中 ハナ now signs in with the PIN \d{8}, and then chooses another", out)


def test_who_has_no_account_gets_none(mitate: Run, folder: Path) -> None:
    code, out, err = mitate("record", "secret", "Hanna", *key(folder))
    assert (code, out) == (2, "")
    assert "nobody signs in as Hanna" in err
    assert "田中 ハナ" in err
