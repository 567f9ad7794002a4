"""Keys for films that wait on a phone until they are sent: one for each person and account, never stored.

A film is sealed on the phone as it is recorded, by a key that the phone does not keep: the server hands it
to the signed-in browser only. It is derived by HKDF (RFC 5869) from the person's own data key, so it dies
with that key: what is still on some phone when a person is erased can never be opened again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from mitate.record.opened import Record
from mitate.record.vault import KEY_BYTES

__all__ = ["DeviceKey", "device_key", "device_mark"]

_MARK_BYTES = 16


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """What a signed-in browser seals a person's films by.

    Attributes:
        raw: (32 bytes) for AES-256-GCM.
        whose: (32 hexadecimal digits) stands beside what is sealed, to find it by; tells nothing else.
    """

    raw: bytes = field(repr=False)
    whose: str


def device_key(record: Record, session: Session, person_id: str, account_id: str) -> DeviceKey:
    """The key of an account for a person's films; the same each time.

    Raises:
        MissingError: no such person.
    """
    key = record.key(session, person_id)
    info = f"mitate films on a device {account_id}".encode()
    derived = HKDF(algorithm=SHA256(), length=KEY_BYTES + _MARK_BYTES, salt=None, info=info).derive(key.raw)
    return DeviceKey(derived[:KEY_BYTES], derived[KEY_BYTES:].hex())


def device_mark(record: Record, account_id: str) -> str:
    """Stands beside whatever an account left on a device, to count it by (32 hexadecimal digits)."""
    return record.vault.index(f"films on a device {account_id}")[:_MARK_BYTES].hex()
