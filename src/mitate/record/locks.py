"""Locks by a word, until a transaction ends: for what is decided from rows that another transaction may add.

On SQLite one transaction writes at a time and nothing is to be done; on PostgreSQL two can each look, see the
other's row not yet, and both write. A row cannot be locked before it is there; a word can.
"""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import text
from sqlalchemy.orm import Session

__all__ = ["lock_word"]


def lock_word(session: Session, word: str) -> None:
    """Wait for whoever holds this word, then hold it until the transaction ends.

    Whoever asks for two takes them in the same order everywhere, and before any row that others lock too.

    Args:
        session: in a transaction that writes.
        word: such as ``consents ID``.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(sha256(f"mitate {word}".encode()).digest()[:8], "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
