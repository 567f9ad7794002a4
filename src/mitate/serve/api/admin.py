"""REST: administration: accounts, and the state of the whole. Nothing of any person's health."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from mitate.record.accounts import LONGEST, AccountTold, account_of, account_told, list_accounts
from mitate.record.audit import note
from mitate.serve.api import admin_backups, admin_faces, admin_record
from mitate.serve.api.errors import ERRORS
from mitate.serve.api.shapes import Given, PersonId, Told
from mitate.serve.api.tokens import TokenTold, token_told
from mitate.serve.auth import giving, tokens
from mitate.serve.overview import overview
from mitate.serve.service import ServiceHere
from mitate.serve.who import WEIGHTY, Admin, Clinician, check_person

__all__ = ["router"]

router = APIRouter(tags=["admin"], responses=ERRORS)
router.include_router(admin_record.router)
router.include_router(admin_backups.router)
router.include_router(admin_faces.router)

Role = Literal["person", "clinician", "admin"]
Login = Annotated[str, Field(min_length=1, max_length=LONGEST)]
Secret = Annotated[str, Field(min_length=6, max_length=128)]


class OverviewShown(Told):
    """The state of the whole; sizes in bytes, times UTC."""

    version: str
    schema_version: str
    database: str
    database_bytes: int
    films_bytes: int
    disk_free_bytes: int
    disk_bytes: int
    people: int
    accounts: int
    jobs: dict[str, int]
    oldest_waiting_s: float | None
    certificate_until: datetime | None
    warnings: list[str]


class AccountShown(Told):
    """An account; names are those of who signs in."""

    id: str
    login: str
    name: str
    roles: list[Role]
    person_id: str | None
    secret_kind: Literal["pin", "password"]
    language: str
    disabled: bool
    must_change: bool
    created_at: datetime


class AccountGiven(Given):
    """A new account; `secret` is a first PIN or password, changed at the first sign-in."""

    login: Login
    name: Annotated[str, Field(max_length=LONGEST)] = ""
    roles: Annotated[list[Role], Field(min_length=1, max_length=3)]
    secret: Secret
    language: Literal["en", "ja"] = "en"


class PersonsAccountGiven(Given):
    """A new account of a person."""

    login: Login
    secret: Secret
    language: Literal["en", "ja"] = "en"


class AccountChanges(Given):
    """What is left out stays."""

    roles: Annotated[list[Role], Field(min_length=1, max_length=3)] | None = None
    disabled: bool | None = None


class SecretGiven(Given):
    """Another first PIN or password."""

    secret: Secret


def _shown(told: AccountTold) -> AccountShown:
    return AccountShown.model_validate(told, from_attributes=True)


@router.get("/admin/overview")
def show_overview(service: ServiceHere, who: Admin) -> OverviewShown:
    """Version, disk, database, queue, certificate."""
    seen = overview(service)
    return OverviewShown(
        version=seen.version,
        schema_version=seen.schema,
        database=seen.database,
        database_bytes=seen.database_bytes,
        films_bytes=seen.films_bytes,
        disk_free_bytes=seen.disk_free_bytes,
        disk_bytes=seen.disk_bytes,
        people=seen.people,
        accounts=seen.accounts,
        jobs=seen.jobs,
        oldest_waiting_s=seen.oldest_waiting_s,
        certificate_until=seen.certificate_until,
        warnings=list(seen.warnings),
    )


@router.get("/admin/accounts")
def show_accounts(service: ServiceHere, who: Admin) -> list[AccountShown]:
    """All accounts, by name."""
    with service.record.database.reading() as session:
        return [_shown(told) for told in list_accounts(service.record, session)]


@router.post("/admin/accounts", status_code=201, dependencies=[WEIGHTY])
def add_account(service: ServiceHere, who: Admin, given: AccountGiven) -> AccountShown:
    """A new account of a clinician or administrator. People's own: POST /people/{person}/account."""
    asked = giving.Given(given.login, given.name, tuple(given.roles), given.secret, given.language)
    return _shown(giving.give_account(service, who.account_id, asked))


@router.get("/admin/accounts/{account_id}")
def show_account(service: ServiceHere, who: Admin, account_id: str) -> AccountShown:
    """One account."""
    with service.record.database.reading() as session:
        return _shown(account_told(service.record, account_of(session, account_id)))


@router.patch("/admin/accounts/{account_id}", dependencies=[WEIGHTY])
def change_account(
    service: ServiceHere, who: Admin, account_id: str, changes: AccountChanges
) -> AccountShown:
    """Other roles, or no more signing in."""
    told = giving.change_account(service, who.account_id, account_id, changes.roles, changes.disabled)
    return _shown(told)


@router.post("/admin/accounts/{account_id}/secret", status_code=204, dependencies=[WEIGHTY])
def give_secret(service: ServiceHere, who: Admin, account_id: str, given: SecretGiven) -> None:
    """Another first PIN or password; signs the account out everywhere."""
    giving.give_secret(service, who.account_id, account_id, given.secret)


@router.delete("/admin/accounts/{account_id}", status_code=204, dependencies=[WEIGHTY])
def remove_account(service: ServiceHere, who: Admin, account_id: str) -> None:
    """Take an account away, with its passkeys and tokens. What it wrote stays."""
    giving.take_account(service, who.account_id, account_id)


@router.post("/people/{person_id}/account", status_code=201, dependencies=[WEIGHTY])
def add_persons_account(
    service: ServiceHere, who: Clinician, person_id: PersonId, given: PersonsAccountGiven
) -> AccountShown:
    """An account for a person who is in the record, with a first PIN."""
    check_person(who, person_id, "write")
    check_person(who, person_id)  # whoever signs in by it reads all of hers
    asked = giving.Given(given.login, given.login, ("person",), given.secret, given.language, person_id)
    return _shown(giving.give_account(service, who.account_id, asked))


@router.get("/admin/tokens")
def show_tokens(service: ServiceHere, who: Admin) -> list[TokenTold]:
    """Everybody's tokens, without their texts."""
    with service.record.database.reading() as session:
        return [token_told(row) for row in tokens.list_tokens(session)]


@router.delete("/admin/tokens/{token_id}", status_code=204)
def revoke_token(service: ServiceHere, who: Admin, token_id: str) -> None:
    """Take anybody's token back."""
    with service.record.database.writing() as session:
        tokens.revoke_token(session, who.account_id, token_id)
        note(session, who.account_id, "token.revoked_by_admin", token_id)
