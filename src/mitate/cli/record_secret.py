"""``mitate record secret``: a new first PIN or password where nobody is left who gives one in the app."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

import typer

from mitate.cli.printing import Json, print_json
from mitate.cli.record_place import Ask, Folder, KeyFile, Url, opened, place_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from mitate.record.accounts import AccountTold
    from mitate.record.opened import Record

__all__ = ["secret"]

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else
_DIGITS = 8


def secret(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What is typed to sign in.")],
    folder: Folder = None,
    ask: Ask = False,
    key_file: KeyFile = None,
    url: Url = None,
    json: Json = False,
) -> None:
    """Give somebody who forgot it a new PIN or password; it is to be changed at the next sign-in.

    Example: `mitate record secret Hana`

    For the one account of a home, or the last administrator; others get theirs in the app. Whoever opens
    the record can do this. Signs the account out everywhere; its passkeys and tokens go.
    """
    from mitate.record.errors import MissingError
    from mitate.serve.auth.giving import give_secret
    from mitate.serve.jobs.queue import RowsOnly
    from mitate.serve.service import Service
    from mitate.serve.settings import Settings

    with opened(folder, ask, key_file, url) as record:
        found = _account(record, name)
        if found is None:
            with record.database.reading() as session:
                names = ", ".join(_logins(record, session)) or "nobody yet"
            raise MissingError(f"nobody signs in as {name}", where="NAME", todo=f"there is: {names}")
        made = _drawn(found)
        give_secret(Service(record, RowsOnly(), Settings(place_of(folder))), "system", found.id, made)
    if json:
        print_json(
            {"login": found.login, "kind": found.secret_kind, "secret": made, "disabled": found.disabled}
        )
        return
    kind = "PIN" if found.secret_kind == "pin" else "password"
    print(f"{found.login} now signs in with the {kind} {made}, and then chooses another")
    if found.disabled:
        print("this account is switched off: an administrator has to switch it on in the app")


def _account(record: Record, name: str) -> AccountTold | None:
    from mitate.record.accounts import account_told, find_account

    with record.database.reading() as session:
        row = find_account(record, session, name)
        return None if row is None else account_told(record, row)


def _logins(record: Record, session: Session) -> list[str]:
    from mitate.record.accounts import list_accounts

    return [one.login for one in list_accounts(record, session)]


def _drawn(account: AccountTold) -> str:
    """A PIN or password of the kind that the account has, good enough to be taken."""
    from mitate.serve.auth.secrets import WeakError, check_secret

    while True:
        if account.secret_kind == "pin":
            made = "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
        else:
            made = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
        try:
            check_secret(made, "pin" if account.secret_kind == "pin" else "password", account.login)
        except WeakError:  # such as a date
            continue
        return made
