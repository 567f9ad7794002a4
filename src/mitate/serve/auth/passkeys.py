"""Passkeys: WebAuthn (W3C Level 2) by py_webauthn, with discoverable credentials.

The challenge stays in the database, is good once and for five minutes. A passkey belongs to a domain name:
where the app is reached by a bare network address, browsers offer none, and neither do the pages.
"""

from __future__ import annotations

import ipaddress
import json
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record.accounts import account_of, account_told
from mitate.record.audit import note
from mitate.record.errors import ConflictError, DeniedError, MissingError
from mitate.record.letters import check_letters
from mitate.record.schema import Account, Challenge, Passkey, now
from mitate.serve.service import Service
from mitate.serve.settings import Settings

__all__ = [
    "add_passkey",
    "answered",
    "begin_adding",
    "begin_signing_in",
    "list_passkeys",
    "remove_passkey",
    "rp_id",
    "signed_in_by",
]

_GOOD_FOR = timedelta(minutes=5)
_MOST_WAITING = 2000
_MOST_OF_ONE = 20


def rp_id(settings: Settings) -> str | None:
    """The domain that passkeys belong to; None where it is a bare address, or neither TLS nor localhost."""
    host = urlsplit(settings.origin).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host if settings.secure or host == "localhost" else None
    return None


def _needed_rp_id(service: Service) -> str:
    domain = rp_id(service.settings)
    if domain is None:
        raise ConflictError(
            "passkeys need a name, not a bare address", where="passkey", todo="sign in with PIN or password"
        )
    return domain


def _asked(session: Session, purpose: str, account_id: str | None) -> Challenge:
    moment = now()
    session.execute(delete(Challenge).where(Challenge.expires_at < moment))
    oldest = select(Challenge.id).order_by(Challenge.expires_at.desc()).offset(_MOST_WAITING - 1)
    session.execute(delete(Challenge).where(Challenge.id.in_(session.scalars(oldest).all())))
    row = Challenge(
        account_id=account_id,
        purpose=purpose,
        challenge=secrets.token_bytes(32),
        expires_at=moment + _GOOD_FOR,
    )
    session.add(row)
    session.flush()
    return row


def answered(session: Session, challenge_id: str, purpose: str, account_id: str | None = None) -> bytes:
    """The challenge that an answer belongs to, used up by this: commit it before the answer is judged.

    Raises:
        DeniedError: it was used, is another's, or is over.
    """
    row = session.get(Challenge, challenge_id, with_for_update=True)
    if row is None or row.purpose != purpose or row.account_id != account_id or row.expires_at <= now():
        raise DeniedError("this has been answered, or took too long", where="passkey", todo="start again")
    session.delete(row)
    session.flush()
    return row.challenge


def list_passkeys(session: Session, account_id: str) -> list[Passkey]:
    """Of an account, the oldest first."""
    asked = select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.added_at, Passkey.id)
    return list(session.scalars(asked))


def begin_adding(service: Service, session: Session, account: Account) -> dict[str, Any]:
    """Options for ``navigator.credentials.create``, with the id of the challenge.

    Raises:
        ConflictError: the app is reached by a bare address, or the account has too many.
    """
    import webauthn
    from webauthn.helpers import structs

    domain = _needed_rp_id(service)
    there = list_passkeys(session, account.id)
    if len(there) >= _MOST_OF_ONE:
        raise ConflictError(f"{_MOST_OF_ONE} passkeys are enough", where="passkey", todo="remove one first")
    row = _asked(session, "add", account.id)
    told = account_told(service.record, account)
    options = webauthn.generate_registration_options(
        rp_id=domain,
        rp_name="mitate",
        user_name=told.login,
        user_display_name=told.name,
        user_id=bytes.fromhex(account.id),
        challenge=row.challenge,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one.credential_id) for one in there],
    )
    return {"id": row.id, "options": json.loads(webauthn.options_to_json(options))}


def add_passkey(
    service: Service,
    session: Session,
    account: Account,
    challenge: bytes,
    credential: dict[str, Any],
    label: str,
) -> Passkey:
    """Keep what the authenticator made.

    Raises:
        InputError: the answer does not hold.
        ConflictError: this passkey is known already.
    """
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_needed_rp_id(service),
            expected_origin=list(service.settings.all_origins),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise InputError("the passkey's answer does not hold", where="passkey", todo="try again") from error
    check_letters(label, "label")
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == verified.credential_id)) is not None:
        raise ConflictError("this passkey is known already", where="passkey")
    row = Passkey(
        account_id=account.id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        label=label.strip()[:80],
    )
    session.add(row)
    session.flush()
    note(session, account.id, "passkey.added", row.id)
    return row


def remove_passkey(session: Session, account_id: str, passkey_id: str) -> None:
    """Take one away; MissingError where this account has none such."""
    row = session.get(Passkey, passkey_id)
    if row is None or row.account_id != account_id:
        raise MissingError("there is no such passkey", where="passkey")
    session.delete(row)
    note(session, account_id, "passkey.removed", passkey_id)


def begin_signing_in(service: Service, session: Session, account: Account | None = None) -> dict[str, Any]:
    """Options for ``navigator.credentials.get``, with the id of the challenge.

    Args:
        service: the app.
        session: a writing transaction.
        account: that is signed in and is to prove itself once more; None tells nothing of any account.

    Raises:
        ConflictError: the app is reached by a bare address, or the account has no passkey.
    """
    import webauthn
    from webauthn.helpers import structs

    domain, known = _needed_rp_id(service), [] if account is None else list_passkeys(session, account.id)
    if account is not None and not known:
        raise ConflictError("this account has no passkey", where="passkey", todo="use PIN or password")
    row = _asked(session, "sign_in", None) if account is None else _asked(session, "confirm", account.id)
    options = webauthn.generate_authentication_options(
        rp_id=domain,
        challenge=row.challenge,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return {"id": row.id, "options": json.loads(webauthn.options_to_json(options))}


def signed_in_by(service: Service, session: Session, challenge: bytes, credential: dict[str, Any]) -> Account:
    """The account whose passkey answered the challenge; its count moves on.

    Raises:
        DeniedError: unknown passkey, disabled account, wrong signature, or a count that ran back (a copy).
    """
    import webauthn
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.exceptions import WebAuthnException

    wrong = DeniedError("this passkey does not open the door", where="passkey", todo="use PIN or password")
    try:
        known = base64url_to_bytes(str(credential.get("rawId", "")))
        row = session.scalar(select(Passkey).where(Passkey.credential_id == known).with_for_update())
        if row is None:
            raise wrong
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_needed_rp_id(service),
            expected_origin=list(service.settings.all_origins),
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise wrong from error
    account = account_of(session, row.account_id)
    if account.disabled:
        raise wrong
    row.sign_count = verified.new_sign_count
    return account
