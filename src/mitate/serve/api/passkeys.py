"""REST: passkeys, for the pages' scripts. Options and answers have the shapes of WebAuthn Level 3's JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from mitate.record.accounts import account_of
from mitate.record.schema import Passkey
from mitate.serve.api.errors import ERRORS
from mitate.serve.auth import passkeys
from mitate.serve.auth.confirming import confirm_by_passkey
from mitate.serve.auth.devices import remember_device
from mitate.serve.auth.entering import enter_by_passkey
from mitate.serve.auth.logins import set_cookie
from mitate.serve.auth.requests import cookie_of
from mitate.serve.service import ServiceHere
from mitate.serve.who import WEIGHTY, SignedIn

__all__ = ["router"]

router = APIRouter(tags=["passkeys"], responses=ERRORS)

_Text = Annotated[str, Field(max_length=20_000)]


class Credential(BaseModel):
    """What the browser gives: base64url texts."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(max_length=2000)]
    rawId: Annotated[str, Field(max_length=2000)]
    type: Annotated[str, Field(max_length=20)]
    response: Annotated[dict[str, _Text | list[_Text] | None], Field(max_length=12)]


class PasskeyMade(BaseModel):
    """A passkey to be added."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(max_length=32)]
    credential: Credential
    label: Annotated[str, Field(max_length=80)] = ""


class PasskeyShown(BaseModel):
    """An answer to sign in by."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(max_length=32)]
    credential: Credential


class PasskeyAsked(BaseModel):
    """What to ask the browser: `options` for ``navigator.credentials``, `id` to give back with the answer."""

    id: str
    options: dict[str, Any]


class PasskeyTold(BaseModel):
    """A passkey of the account."""

    id: str
    label: str
    added_at: datetime


def _told(row: Passkey) -> PasskeyTold:
    return PasskeyTold(id=row.id, label=row.label, added_at=row.added_at)


@router.get("/passkeys")
def list_passkeys(service: ServiceHere, who: SignedIn) -> list[PasskeyTold]:
    """One's own passkeys."""
    who.need_browser()
    with service.record.database.reading() as session:
        return [_told(row) for row in passkeys.list_passkeys(session, who.account_id)]


@router.post("/passkeys/begin", dependencies=[WEIGHTY])
def begin_adding(service: ServiceHere, who: SignedIn) -> PasskeyAsked:
    """Options to make a passkey by."""
    who.need_browser()
    with service.record.database.writing() as session:
        account = account_of(session, who.account_id)
        return PasskeyAsked(**passkeys.begin_adding(service, session, account))


@router.post("/passkeys", status_code=201, dependencies=[WEIGHTY])
def add_passkey(service: ServiceHere, who: SignedIn, made: PasskeyMade) -> PasskeyTold:
    """Keep the passkey that was made."""
    who.need_browser()
    credential = made.credential.model_dump(exclude_none=True)
    with service.record.database.writing() as session:
        challenge = passkeys.answered(session, made.id, "add", who.account_id)
    with service.record.database.writing() as session:
        account = account_of(session, who.account_id)
        row = passkeys.add_passkey(service, session, account, challenge, credential, made.label)
        return _told(row)


@router.delete("/passkeys/{passkey_id}", status_code=204)
def remove_passkey(service: ServiceHere, who: SignedIn, passkey_id: str) -> None:
    """Take one away."""
    who.need_browser()
    with service.record.database.writing() as session:
        passkeys.remove_passkey(session, who.account_id, passkey_id)


@router.post("/confirm/passkey/begin")
def begin_confirming(service: ServiceHere, who: SignedIn) -> PasskeyAsked:
    """Options to confirm by that the browser is still used by whose account it is."""
    who.need_browser()
    with service.record.database.writing() as session:
        account = account_of(session, who.account_id)
        return PasskeyAsked(**passkeys.begin_signing_in(service, session, account))


@router.post("/confirm/passkey", status_code=204)
def confirm(service: ServiceHere, request: Request, who: SignedIn, shown: PasskeyShown) -> None:
    """Confirm it: weighty steps are open for ten minutes."""
    who.need_browser()
    credential = shown.credential.model_dump(exclude_none=True)
    confirm_by_passkey(service, who, cookie_of(service, request), shown.id, credential)


@router.post("/sign-in/passkey/begin")
def begin_signing_in(service: ServiceHere) -> PasskeyAsked:
    """Options to sign in by; tells nothing of any account."""
    with service.record.database.writing() as session:
        return PasskeyAsked(**passkeys.begin_signing_in(service, session))


@router.post("/sign-in/passkey", status_code=204)
def sign_in(service: ServiceHere, request: Request, response: Response, shown: PasskeyShown) -> None:
    """Sign in; the answer sets the cookie."""
    credential = shown.credential.model_dump(exclude_none=True)
    entered = enter_by_passkey(service, shown.id, credential, cookie_of(service, request))
    set_cookie(response, service.settings, entered.token, entered.span)
    remember_device(response, service.record.vault, service.settings, request.cookies, entered.account_id)
