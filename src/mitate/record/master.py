"""The master key at rest: random, wrapped in the record's ``keys.json`` by a key that is not in the record.

Wrapping is AES-256-GCM (NIST SP 800-38D) by one of three keys (`outer`): a passphrase's, the system's key
store's, or a key file's, which lies outside the record's folder and is the default of a family's own PC. So
a passphrase can be changed, or another way chosen, without sealing anything anew; a stolen folder alone,
or a backup alone, opens nothing. If the passphrase or the key file is lost, so is the record: there is no
other way in, on purpose.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from mitate.errors import InputError
from mitate.files import alone, write_bytes
from mitate.record import outer
from mitate.record.errors import RecordError
from mitate.record.vault import DataKey, Vault
from mitate.record.whereabouts import DATABASE, NOTE
from mitate.record.written import told_plainly

__all__ = ["KEYS", "Keys", "keys_alone", "open_vault", "outer_key", "protect", "read_keys", "write_keys"]

KEYS = "keys.json"
Way = Literal["passphrase", "keyring", "file"]
_WAYS = ("passphrase", "keyring", "file")


@dataclass(frozen=True, slots=True)
class Keys:
    """What ``keys.json`` says; nothing in it opens anything by itself.

    Attributes:
        record_id: random, names the key in the key store and the default key file.
        way: which key opens it.
        kdf: of the passphrase.
        wrapped: the master key; two of them while it is being rotated.
        file: path of the key file, where it is not the default.
    """

    record_id: str
    way: Way
    kdf: Mapping[str, Any]
    wrapped: tuple[bytes, ...]
    file: str | None = None

    @property
    def key_file(self) -> Path:
        """Where the key file lies."""
        return outer.default_key_file(self.record_id) if self.file is None else Path(self.file)

    def wrap(self, key: DataKey, vault: Vault) -> bytes:
        """A master key under an outer key."""
        return key.seal(vault.master, self._about())

    def unwrap(self, key: DataKey) -> Vault:
        """The vault; while the master key is being rotated it knows the other one, too.

        Raises:
            RecordError: another outer key.
        """
        vaults = [Vault(key.open(one, self._about())) for one in self.wrapped]
        return replace(vaults[0], other=vaults[1] if len(vaults) > 1 else None)

    def _about(self) -> str:
        return f"master key of {self.record_id} by {self.way}"


def open_vault(
    folder: Path, passphrase: str | None = None, keyring: bool = False, key_file: Path | None = None
) -> Vault:
    """The vault of the record in `folder`, made with a fresh master key if the folder has no record yet.

    Args:
        folder: of the record.
        passphrase: by default what the environment variable MITATE_PASSPHRASE says.
        keyring: keep a new record's key in the system's key store.
        key_file: of a new record, or where it lies now; by default in the user's configuration folder. With
            neither a passphrase nor `keyring`, a new record is opened by its key file.

    Raises:
        RecordError: the passphrase is wrong or missing, the key file or the key in the key store is missing,
            or ``keys.json`` is missing or damaged.
        InputError: a new passphrase is too short, or more than one way is asked for.
        FullError: a new record's folder cannot be written to.
    """
    _one_way(passphrase, keyring, key_file)
    with told_plainly(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / KEYS).exists():
            with keys_alone(folder):
                if not (folder / KEYS).exists():  # another process may have been first
                    return _new(folder, passphrase, keyring, key_file)
    keys = read_keys(folder)
    if passphrase is not None and keys.way != "passphrase":
        raise RecordError(
            "this record has no passphrase",
            where=folder,
            todo="leave it out, or set one: mitate record passphrase",
        )
    return keys.unwrap(outer_key(keys, passphrase, key_file))


def protect(
    folder: Path,
    vault: Vault,
    passphrase: str | None = None,
    keyring: bool = False,
    key_file: Path | None = None,
) -> None:
    """Change the passphrase, or the way in which the record is opened; nothing is sealed anew.

    Backups made before keep the way they had: who knows the old passphrase can open them.

    Args:
        folder: of the record.
        vault: of `open_vault`.
        passphrase, keyring, key_file: as of a new record in `open_vault`, but taken as they are given.

    Raises:
        RecordError: as `open_vault`.
        InputError: the passphrase is too short.
        FullError: the folder cannot be written to; all is as it was.
    """
    _one_way(passphrase, keyring, key_file)
    with told_plainly(str(folder)), keys_alone(folder):
        former = read_keys(folder)
        vaults = [vault] if vault.other is None else [vault, vault.other]
        _write_new(folder, former.record_id, vaults, passphrase, keyring, key_file)


@contextmanager
def keys_alone(folder: Path) -> Iterator[None]:
    """One process at a time changes the keys of a record."""
    with alone(folder / "keys.lock"):
        yield


def outer_key(keys: Keys, passphrase: str | None = None, key_file: Path | None = None) -> DataKey:
    """The key that opens ``keys.json``, proven on it.

    Raises:
        RecordError: as `open_vault`.
    """
    if keys.way == "passphrase":
        given = os.environ.get(outer.PASSPHRASE) if passphrase is None else passphrase
        if given is None:
            raise RecordError(
                "this record is opened by its passphrase",
                where=KEYS,
                todo=f"give it, or set {outer.PASSPHRASE}",
            )
        key, wrong = outer.from_passphrase(given, keys.kdf), "the passphrase is wrong"
    elif keys.way == "keyring":
        key, wrong = outer.from_store(keys.record_id, make=False), "the key in the key store is another one"
    else:
        key, wrong = (
            outer.from_file(key_file or keys.key_file, make=False),
            "the key file is another record's",
        )
    try:
        keys.unwrap(key)
    except RecordError as error:
        raise RecordError(wrong, where=KEYS) from error
    return key


def read_keys(folder: Path) -> Keys:
    """What ``keys.json`` says.

    Raises:
        RecordError: it is missing or damaged, or cannot be read.
    """
    path = folder / KEYS
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        way, wrapped = told["way"], tuple(base64.b64decode(one, validate=True) for one in told["wrapped"])
        if told["version"] != 1 or way not in _WAYS or not 1 <= len(wrapped) <= 2:
            raise ValueError("not as we write it")
        return Keys(str(told["record"]), way, dict(told["kdf"]), wrapped, told["file"])
    except FileNotFoundError as error:
        raise _lost(folder) from error
    except OSError as error:
        raise RecordError(
            "the record's keys cannot be read", where=path, todo="run mitate as who owns the folder"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordError(
            "the record's keys are damaged", where=path, todo="take it from a backup"
        ) from error


def write_keys(folder: Path, keys: Keys) -> None:
    """Write ``keys.json``, all or not at all, for its owner only."""
    told = {
        "version": 1,
        "record": keys.record_id,
        "way": keys.way,
        "kdf": dict(keys.kdf),
        "wrapped": [base64.b64encode(one).decode() for one in keys.wrapped],
        "file": keys.file,
    }
    write_bytes(folder / KEYS, json.dumps(told, indent=2).encode())
    (folder / KEYS).chmod(0o600)


def _new(folder: Path, passphrase: str | None, keyring: bool, key_file: Path | None) -> Vault:
    if any((folder / name).exists() for name in (DATABASE, NOTE)):
        raise _lost(folder)
    if passphrase is None and not keyring and key_file is None:
        passphrase = os.environ.get(outer.PASSPHRASE)
    vault = Vault.new()
    _write_new(folder, os.urandom(8).hex(), [vault], passphrase, keyring, key_file)
    return vault


def _write_new(
    folder: Path,
    record_id: str,
    vaults: list[Vault],
    passphrase: str | None,
    keyring: bool,
    key_file: Path | None,
) -> None:
    kdf: dict[str, Any] = {}
    way: Way
    if passphrase is not None:
        way, kdf = "passphrase", outer.new_kdf()
        key = outer.from_passphrase(outer.checked_passphrase(passphrase), kdf)
    elif keyring:
        way, key = "keyring", outer.from_store(record_id, make=True)
    else:
        place = (key_file or outer.default_key_file(record_id)).absolute()
        if place.resolve().is_relative_to(folder.resolve()):
            raise InputError(
                "a key file beside what it opens keeps nobody out",
                where=place,
                todo="put it outside the record",
            )
        way, key = "file", outer.from_file(place, make=True)
    keys = Keys(record_id, way, kdf, (), None if key_file is None else str(key_file.absolute()))
    write_keys(folder, replace(keys, wrapped=tuple(keys.wrap(key, one) for one in vaults)))


def _one_way(passphrase: str | None, keyring: bool, key_file: Path | None) -> None:
    if (passphrase is not None) + keyring + (key_file is not None) > 1:
        raise InputError("a record is opened in one way: passphrase, key store or key file", where="key")


def _lost(folder: Path) -> RecordError:
    return RecordError(
        f"{KEYS} is missing, which holds the record's wrapped key",
        where=folder,
        todo="take it from a backup; without it nothing can be opened",
    )
