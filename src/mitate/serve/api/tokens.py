"""REST: tokens of the account itself. Only a browser that is signed in may make or take them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from mitate.record.accounts import account_of
from mitate.record.schema import Token
from mitate.serve.api import passkeys
from mitate.serve.api.errors import ERRORS
from mitate.serve.auth import tokens
from mitate.serve.service import ServiceHere
from mitate.serve.who import WEIGHTY, SignedIn

__all__ = ["Scope", "TokenTold", "router", "token_told"]

router = APIRouter(tags=["tokens"], responses=ERRORS)
router.include_router(passkeys.router)

Scope = Literal["read:people", "write:people", "read:admin", "write:admin"]


class TokenAsked(BaseModel):
    """A token to be made."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, Field(min_length=1, max_length=80)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)]
    days: Annotated[int, Field(ge=1, le=tokens.MOST_DAYS, strict=True)] = 90


class TokenTold(BaseModel):
    """A token, without its text."""

    id: str
    account_id: str
    label: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_at: datetime | None


class TokenMade(BaseModel):
    """A fresh token: `text` is shown this once."""

    token: TokenTold
    text: str


def token_told(row: Token) -> TokenTold:
    """As the API tells it."""
    return TokenTold.model_validate(row, from_attributes=True)


@router.get("/tokens")
def list_tokens(service: ServiceHere, who: SignedIn) -> list[TokenTold]:
    """One's own tokens, newest first."""
    who.need_browser()
    with service.record.database.reading() as session:
        return [token_told(row) for row in tokens.list_tokens(session, who.account_id)]


@router.post("/tokens", status_code=201, dependencies=[WEIGHTY])
def make_token(service: ServiceHere, who: SignedIn, asked: TokenAsked) -> TokenMade:
    """A new token; it may do what both its scopes and the account's roles allow."""
    who.need_browser()
    with service.record.database.writing() as session:
        account = account_of(session, who.account_id)
        made = tokens.make_token(session, account, asked.label, asked.scopes, asked.days)
        return TokenMade(token=token_told(made.row), text=made.text)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(service: ServiceHere, who: SignedIn, token_id: str) -> None:
    """Take one back."""
    who.need_browser()
    with service.record.database.writing() as session:
        tokens.revoke_token(session, who.account_id, token_id, who.account_id)
