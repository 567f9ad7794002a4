"""How a sealed film lies in its file: a header, then chunks, each bound to file, place and end.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance", CRYPTO 2015): the plaintext goes in chunks of at most 1 MiB, each sealed by
AES-256-GCM (NIST SP 800-38D) and bound to the file, its number and whether it is the last, so that chunks
cannot be left out, swapped, brought over from another file or cut off at the end. One thing differs: number
and last-chunk flag stand in the associated data and the 96-bit nonce is random, not made of them. A chunk
that a power cut tore is written again with other bytes; a nonce of its number alone would then be used
twice. The key of each file is derived from the person's by HKDF (RFC 5869) with the file's random id.

    header: magic (8) | file id (16) | nonce (12) | tag (16)
    chunk:  length of plaintext, highest bit set for the last (4, big-endian) | nonce (12) | sealed, tag (16)
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mitate.record.errors import RecordError
from mitate.record.vault import KEY_BYTES, DataKey

__all__ = ["CHUNK", "HEADER", "Place", "Seal", "open_chunk", "open_header", "places"]

CHUNK = 1 << 20
"""Most bytes of plaintext in a chunk."""
_MAGIC = b"mitateS1"
_ID, _NONCE, _TAG, _LENGTH = 16, 12, 16, 4
HEADER = len(_MAGIC) + _ID + _NONCE + _TAG
_LAST = 1 << 31


@dataclass(frozen=True, slots=True)
class Seal:
    """The key of one file at work.

    Attributes:
        file_id: random, in the header.
        cipher: under the file's own key.
        about: what the file is about.
    """

    file_id: bytes
    cipher: AESGCM
    about: bytes

    @classmethod
    def of(cls, key: DataKey, about: str, file_id: bytes | None = None) -> Self:
        """Of a file; by default of a new one."""
        file_id = os.urandom(_ID) if file_id is None else file_id
        hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=file_id, info=b"mitate stream 1")
        return cls(file_id, AESGCM(hkdf.derive(key.raw)), about.encode())

    def bound(self, number: int, last: bool) -> bytes:
        """What a chunk is bound to."""
        return number.to_bytes(8, "big") + bytes([last]) + self.about

    def header(self) -> bytes:
        """The file's first bytes, which tell a wrong key from a torn file."""
        nonce = os.urandom(_NONCE)
        return _MAGIC + self.file_id + nonce + self.cipher.encrypt(nonce, b"", _MAGIC + self.about)

    def chunk(self, content: bytes, number: int, last: bool) -> bytes:
        """One chunk as it is written."""
        nonce = os.urandom(_NONCE)
        length = (len(content) | (_LAST if last else 0)).to_bytes(_LENGTH, "big")
        return length + nonce + self.cipher.encrypt(nonce, content, self.bound(number, last))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chunk begins, its number from 0, its bytes of plaintext, whether it says it is the last."""

    start: int
    number: int
    size: int
    last: bool

    @property
    def end(self) -> int:
        """Where the next begins."""
        return self.start + _LENGTH + _NONCE + self.size + _TAG


def open_header(stream: IO[bytes], key: DataKey, about: str, path: Path) -> Seal:
    """The seal of a file.

    Raises:
        RecordError: no sealed file, of another key or about something else.
    """
    stream.seek(0)
    head = stream.read(HEADER)
    if len(head) < HEADER or not head.startswith(_MAGIC):
        raise RecordError("this is no sealed file of mitate, or its beginning is lost", where=path.name)
    file_id, rest = head[len(_MAGIC) : len(_MAGIC) + _ID], head[len(_MAGIC) + _ID :]
    seal = Seal.of(key, about, file_id)
    try:
        seal.cipher.decrypt(rest[:_NONCE], rest[_NONCE:], _MAGIC + seal.about)
    except InvalidTag as error:
        raise _changed(path) from error
    return seal


def places(stream: IO[bytes]) -> Iterator[Place]:
    """All chunks that are there in full length; what follows the last of them is torn."""
    whole, start, number = stream.seek(0, os.SEEK_END), HEADER, 0
    while start + _LENGTH <= whole:
        stream.seek(start)
        word = int.from_bytes(stream.read(_LENGTH), "big")
        place = Place(start, number, word & ~_LAST, bool(word & _LAST))
        if place.size > CHUNK or place.end > whole:
            return
        yield place
        start, number = place.end, number + 1


def open_chunk(stream: IO[bytes], seal: Seal, place: Place, path: Path) -> bytes:
    """The plaintext of a chunk; RecordError where it is not what was written there."""
    stream.seek(place.start + _LENGTH)
    nonce, sealed = stream.read(_NONCE), stream.read(place.size + _TAG)
    try:
        return seal.cipher.decrypt(nonce, sealed, seal.bound(place.number, place.last))
    except InvalidTag as error:
        raise _changed(path) from error


def _changed(path: Path) -> RecordError:
    return RecordError("a sealed file does not open: another key, or it was changed", where=path.name)
