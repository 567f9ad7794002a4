"""The first start: who may set the record up, at home or in a clinic."""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mitate.record.accounts import add_account
from mitate.record.audit import note
from mitate.record.consents import give
from mitate.record.errors import ConflictError, DeniedError
from mitate.record.opened import Record
from mitate.record.people import PersonFacts, add_person
from mitate.record.schema import Account, Setting
from mitate.serve.auth.logins import hashed
from mitate.serve.auth.secrets import Kind, check_secret, hash_secret

__all__ = ["SetUp", "first_code", "is_new", "may_set_up", "set_up"]

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else


@dataclass(frozen=True, slots=True)
class SetUp:
    """What the first page asks for.

    Attributes:
        kind: ``home``: one account that is person, clinician and administrator; ``clinic``: its first.
        name: signs in by it, and is greeted by it.
        secret: PIN (at home only) or password.
        agrees: to be looked at; needed at home.
    """

    kind: Literal["home", "clinic"]
    name: str
    secret: str
    secret_kind: Kind
    language: Literal["en", "ja"] = "en"
    agrees: bool = False


def is_new(session: Session) -> bool:
    """Whether nobody can sign in yet."""
    return session.scalar(select(Account.id).limit(1)) is None


def first_code(record: Record) -> str:
    """The code for the first page, to be shown where the app is started; empty once it is set up.

    It comes from the record's key: every process that serves the record shows the same one.
    """
    drawn = record.vault.index("the code of the first start")
    letters = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in drawn[:12])
    code = "-".join(letters[at : at + 4] for at in range(0, 12, 4))
    value = {"code": hashed(code).hex()}
    with record.database.writing() as session:
        if not is_new(session):
            return ""
        row = session.get(Setting, "first")
        if row is not None:
            row.value = value
            return code
        try:
            with session.begin_nested():
                session.add(Setting(key="first", value=value))
                session.flush()
        except IntegrityError:  # another process was first, with the same
            session.expire_all()
        return code


def may_set_up(session: Session, address: str, code: str) -> bool:
    """Whether the first page answers: to this machine itself, or to who knows the code."""
    if _loopback(address):
        return True
    row = session.get(Setting, "first")
    known = "" if row is None else str(row.value.get("code", ""))
    return bool(known) and hmac.compare_digest(known, hashed(code.strip().lower()).hex())


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def set_up(record: Record, asked: SetUp, address: str, code: str) -> Account:
    """Make the first account, and at home its person.

    Raises:
        ConflictError: it was set up before, or consent is missing at home.
        DeniedError: neither from this machine nor with the code.
        InputError: the PIN or password is not good enough.
    """
    if asked.kind == "clinic" and asked.secret_kind == "pin":
        raise ConflictError("a clinic's accounts need a password", where="secret")
    if asked.kind == "home" and not asked.agrees:
        raise ConflictError("without your consent there is nothing to look at", where="consent")
    with record.database.reading() as session:
        if not is_new(session):
            raise ConflictError("this record is set up already", where="first start", todo="sign in")
        if not may_set_up(session, address, code):
            raise DeniedError("the first start needs the code that mitate printed", where="code")
    check_secret(asked.secret, asked.secret_kind, asked.name)
    secret = hash_secret(asked.secret)
    with record.database.writing() as session:
        row = session.get(Setting, "first", with_for_update=True)
        if not is_new(session):  # two at once
            raise ConflictError("this record is set up already", where="first start", todo="sign in")
        if row is None:
            session.add(Setting(key="first", value={"kind": asked.kind}))
        else:
            row.value = {"kind": asked.kind}  # the code is used up
        return _first_account(record, session, asked, secret)


def _first_account(record: Record, session: Session, asked: SetUp, secret: str) -> Account:
    person_id = None
    roles: tuple[str, ...] = ("clinician", "admin")
    if asked.kind == "home":
        roles = ("person", "clinician", "admin")
        facts = PersonFacts(asked.name, language=asked.language, kind="home")
        person_id = add_person(record, session, facts, "system")
    account = add_account(
        record,
        session,
        login=asked.name,
        name=asked.name,
        roles=roles,
        secret=secret,
        secret_kind=asked.secret_kind,
        person_id=person_id,
        language=asked.language,
    )
    if person_id is not None:
        give(session, person_id, "analyse", account.id)
    note(session, account.id, "record.set_up", account.id, kind=asked.kind)
    return account
