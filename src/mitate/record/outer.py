"""The key outside the record that opens it: from a passphrase, the system's key store, or a file.

A passphrase becomes a key by Argon2id with the second recommended parameters of RFC 9106 (3 passes over
64 MiB, 4 lanes), after Unicode's NFKC as NIST SP 800-63B asks, so that it is the same from every keyboard.
The other two are 32 random bytes that were made here.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mitate.errors import InputError
from mitate.files import durable_folder
from mitate.record.errors import RecordError
from mitate.record.vault import KEY_BYTES, DataKey

__all__ = [
    "PASSPHRASE",
    "SHORTEST",
    "checked_passphrase",
    "default_key_file",
    "from_file",
    "from_passphrase",
    "from_store",
    "new_kdf",
]

PASSPHRASE = "MITATE_PASSPHRASE"
"""The environment variable that a passphrase is taken from where none is given."""
SHORTEST = 10
"""Characters of a new passphrase."""
_MOST = {
    "passes": 64,
    "memory_kib": 4 << 20,
    "lanes": 64,
}  # what a changed keys.json may ask this machine for
_SERVICE = "mitate"


def new_kdf() -> dict[str, Any]:
    """Parameters for a new passphrase, with a fresh salt of 16 bytes."""
    return {"name": "argon2id", "salt": os.urandom(16).hex(), "passes": 3, "memory_kib": 64 << 10, "lanes": 4}


def from_passphrase(passphrase: str, kdf: Mapping[str, Any]) -> DataKey:
    """The key of a passphrase.

    Args:
        passphrase: as it was typed.
        kdf: of `new_kdf`, as it was stored.

    Raises:
        RecordError: the parameters are none of ours.
    """
    from argon2.low_level import Type, hash_secret_raw

    try:
        passes, memory, lanes = (int(kdf[name]) for name in _MOST)
        salt = bytes.fromhex(kdf["salt"])
        sane = all(1 <= int(kdf[name]) <= most for name, most in _MOST.items()) and len(salt) >= 8
    except (KeyError, TypeError, ValueError) as error:
        raise _unknown() from error
    if not sane or kdf.get("name") != "argon2id" or memory < 8 * lanes:
        raise _unknown()
    secret = unicodedata.normalize("NFKC", passphrase).encode()
    return DataKey(hash_secret_raw(secret, salt, passes, memory, lanes, KEY_BYTES, Type.ID))


def _unknown() -> RecordError:
    return RecordError("the passphrase's parameters are damaged", where="keys.json", todo="restore a backup")


def default_key_file(record_id: str) -> Path:
    """Where a record's key file lies if nothing else is said: in the user's own configuration."""
    from platformdirs import user_config_path

    return user_config_path("mitate") / f"{record_id}.key"


def from_file(path: Path, *, make: bool) -> DataKey:
    """The key in a file of 64 hexadecimal digits that is its owner's only.

    Args:
        path: of the file.
        make: write a new one if there is none.

    Raises:
        RecordError: it is missing, no key file, or others may read it.
    """
    if make and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(f"{os.urandom(KEY_BYTES).hex()}\n")
            stream.flush()
            os.fsync(stream.fileno())
        durable_folder(path.parent)
    try:
        if sys.platform != "win32" and path.stat().st_mode & 0o077:
            raise RecordError("others may read this key file", where=path, todo=f"run: chmod 600 '{path}'")
        raw = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError as error:
        todo = "bring the key file back from where it was copied to; without it nothing can be opened"
        raise RecordError("the record's key file is missing", where=path, todo=todo) from error
    except (OSError, ValueError) as error:
        raise RecordError("this is no key file of mitate, or it cannot be read", where=path) from error
    if len(raw) != KEY_BYTES:
        raise RecordError("this is no key file of mitate", where=path)
    return DataKey(raw)


def from_store(record_id: str, *, make: bool) -> DataKey:
    """The key in the system's key store (macOS Keychain, Windows Credential Locker, Secret Service, KWallet).

    Args:
        record_id: to find it by.
        make: put a new one there if there is none.

    Raises:
        RecordError: this system has no real key store, it is locked, or the key is not there.
    """
    import keyring
    from keyring.core import recommended
    from keyring.errors import KeyringError

    if not recommended(keyring.get_keyring()):
        raise RecordError(
            "this system has no key store", where="keyring", todo="use a passphrase or a key file instead"
        )
    try:
        found = keyring.get_password(_SERVICE, record_id)
        if found is None and make:
            found = os.urandom(KEY_BYTES).hex()
            keyring.set_password(_SERVICE, record_id, found)
    except KeyringError as error:
        raise RecordError(
            "the system's key store does not answer", where="keyring", todo="unlock it"
        ) from error
    if found is None:
        raise RecordError("the system's key store has no key of this record", where="keyring")
    return DataKey(bytes.fromhex(found))


def checked_passphrase(passphrase: str) -> str:
    """A new passphrase, if it is long enough (NIST SP 800-63B asks for length, not for kinds of characters).

    Raises:
        InputError: it is not.
    """
    if len(unicodedata.normalize("NFKC", passphrase)) < SHORTEST:
        raise InputError(f"a passphrase needs {SHORTEST} characters or more", where="passphrase")
    return passphrase
