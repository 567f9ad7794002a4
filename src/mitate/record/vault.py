"""Keys and sealed bytes: AES-256-GCM under one data key a person, each wrapped by the clinic's master key.

AES-GCM as in NIST SP 800-38D, with random 96-bit nonces; keys for single purposes are derived from the
master key by HKDF (RFC 5869). Destroying a person's wrapped key makes everything sealed under it unreadable,
wherever a copy of it may lie.
"""

from __future__ import annotations

import hmac
import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mitate.record.errors import RecordError

__all__ = ["KEY_BYTES", "DataKey", "Vault"]

KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key that seals and opens; what is sealed is bound to what it is about.

    Attributes:
        raw: (32 bytes) never written anywhere but wrapped.
    """

    raw: bytes = field(repr=False)

    def seal(self, content: bytes, about: str) -> bytes:
        """Nonce, ciphertext and tag; opens only with the same `about`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self.raw).encrypt(nonce, content, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """What was sealed.

        Raises:
            RecordError: another key, another `about`, or changed bytes.
        """
        try:
            return AESGCM(self.raw).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise RecordError(
                "sealed bytes do not open: another key, or they were changed", where=about
            ) from error

    def seal_json(self, value: Any, about: str) -> bytes:
        """`seal` of a value as JSON."""
        return self.seal(json.dumps(value, ensure_ascii=False, allow_nan=False).encode(), about)

    def open_json(self, sealed: bytes, about: str) -> Any:
        """The value that `seal_json` sealed; errors as `open`."""
        return json.loads(self.open(sealed, about))


@dataclass(frozen=True, slots=True)
class Vault:
    """The master key at work.

    Attributes:
        master: (32 bytes).
        other: while the master key is being rotated, the one that the record may be sealed with instead.
    """

    master: bytes = field(repr=False)
    other: Vault | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if len(self.master) != KEY_BYTES:
            raise RecordError(f"a master key has {KEY_BYTES} bytes", where="master key")

    @classmethod
    def new(cls) -> Self:
        """With a fresh random master key."""
        return cls(os.urandom(KEY_BYTES))

    def new_key(self, person_id: str) -> tuple[DataKey, bytes]:
        """A person's fresh data key, and the same wrapped for the database."""
        key = DataKey(os.urandom(KEY_BYTES))
        return key, self.wrap(key, person_id)

    def wrap(self, key: DataKey, person_id: str) -> bytes:
        """A data key sealed under the master key for this person."""
        return self._derived("wrapping").seal(key.raw, f"key of {person_id}")

    def unwrap(self, wrapped: bytes, person_id: str) -> DataKey:
        """The data key; RecordError where the master key is another one."""
        return DataKey(self._derived("wrapping").open(wrapped, f"key of {person_id}"))

    @property
    def clinic(self) -> DataKey:
        """The key for what belongs to no one person: names of accounts, settings."""
        return self._derived("clinic")

    @property
    def check_value(self) -> str:
        """Tells whether this is the master key that a record was made with, without telling the key.

        It also says that the record's audit trail has a key: nobody without the master key can put
        `former_check_value` in its place, unless they saw it before the trail had one.
        """
        return sha256(self._derived("check value, audit keyed").raw).hexdigest()[:16]

    @property
    def former_check_value(self) -> str:
        """What stood for `check_value` before audit trails had keys (schema 0003 and before)."""
        return sha256(self._derived("check value").raw).hexdigest()[:16]

    @property
    def audit(self) -> DataKey:
        """The key that keys of the audit trail are wrapped by."""
        return self._derived("audit")

    def index(self, text: str) -> bytes:
        """A keyed digest to find a text by without writing it (case and outer blanks do not count)."""
        key = self._derived("index").raw
        return hmac.digest(key, text.strip().casefold().encode(), "sha256")

    def _derived(self, purpose: str) -> DataKey:
        info = f"mitate {purpose}".encode()
        return DataKey(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self.master))
