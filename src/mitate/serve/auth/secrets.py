"""PINs and passwords: which are good enough, and their Argon2id hashes (RFC 9106, OWASP's floor and more)."""

from __future__ import annotations

import os
import threading
import unicodedata
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from mitate.errors import InputError

__all__ = [
    "LEAST_PASSWORD",
    "LEAST_PIN",
    "Kind",
    "WeakError",
    "check_secret",
    "crowded",
    "hash_secret",
    "kind_of",
    "outdated",
    "plain",
    "verify_secret",
]

Kind = Literal["pin", "password"]
LEAST_PIN = 6
LEAST_PASSWORD = 10
_MOST = 128

_HASHER = PasswordHasher(time_cost=3, memory_cost=48 * 1024, parallelism=1)
# Each hash takes 48 MiB for a moment: two at a time keep a crowd of tries from filling the memory.
_AT_ONCE = threading.BoundedSemaphore(2)
_MOST_WAITING = 16  # of the 40 threads that answer pages

_COMMON_TEXT = (
    "1234567890 0123456789 password12 password123 password1234 passw0rd123 p@ssw0rd123 qwertyuiop "
    "qwerty12345 qwerty123456 1q2w3e4r5t 1qaz2wsx3edc asdfghjkl1 iloveyou123 letmein1234 welcome123 "
    "welcome1234 admin12345 admin123456 administrator changeme123 abc1234567 abcd123456 abcdefghij "
    "sunshine123 princess123 football123 baseball123 superman123 dragon12345 monkey12345 hospital123 "
    "clinic12345 dialysis123 patient123 doctor1234 sakura12345 himitsu123 nihon12345 tokyo12345 "
    "pasuwaado1 mitate1234 mitatemitate "
)
_COMMON = frozenset(_COMMON_TEXT.split())
"""Of the most frequent passwords of ten characters and more, with what a clinic would think of first."""


class WeakError(InputError):
    """A PIN or password that is not taken; `reason`: pin_form, pin_guessed, length, guessed, again, name."""

    def __init__(self, what: str, reason: str, todo: str) -> None:
        self.reason = reason
        super().__init__(what, where="secret", todo=todo)

    def as_dict(self) -> dict[str, str | None]:
        return {**super().as_dict(), "reason": self.reason}


def plain(secret: str) -> str:
    """The same from every keyboard: Unicode's NFKC (NIST SP 800-63B, 5.1.1.2), so that １ is 1."""
    return unicodedata.normalize("NFKC", secret)


def kind_of(secret: str) -> Kind:
    """A PIN is digits only."""
    told = plain(secret)
    return "pin" if told.isascii() and told.isdigit() else "password"


def check_secret(secret: str, kind: Kind, login: str = "") -> None:
    """Whether a PIN or password is good enough to be taken.

    Raises:
        WeakError: too short, too long, or among the first that somebody would guess.
    """
    secret = plain(secret)
    if kind == "pin":
        _check_pin(secret)
        return
    if not LEAST_PASSWORD <= len(secret) <= _MOST:
        raise WeakError(
            f"a password has {LEAST_PASSWORD} to {_MOST} characters", "length", "choose a longer one"
        )
    folded, name = secret.casefold(), login.strip().casefold()
    if folded in _COMMON or len(set(folded)) < 4 or (len(name) > 3 and folded.startswith(name)):
        raise WeakError(
            "this password would be guessed first",
            "guessed",
            "take three or four words that have nothing to do with each other",
        )


def _check_pin(pin: str) -> None:
    if not (pin.isascii() and pin.isdigit() and LEAST_PIN <= len(pin) <= 12):
        raise WeakError(f"a PIN has {LEAST_PIN} to 12 digits", "pin_form", "choose digits only")
    if _is_run(pin) or _repeats(pin) or _is_date(pin):
        raise WeakError(
            "this PIN would be guessed first: a row of digits, one that repeats, or a date",
            "pin_guessed",
            "choose digits without an order",
        )


def _is_run(pin: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return len(steps) == 1  # 111111, 123456, 890123, 654321, 246802


def _repeats(pin: str) -> bool:
    if len(set(pin)) < 3:
        return True
    return any(pin == pin[:n] * (len(pin) // n) for n in range(1, len(pin) // 2 + 1) if len(pin) % n == 0)


def _is_date(pin: str) -> bool:
    """YYMMDD, DDMMYY, MMDDYY, or the same with four digits of a year from 1900 to 2049."""
    y = len(pin) - 4
    if y not in (2, 4):
        return False
    forms = (
        (pin[:y], pin[y : y + 2], pin[y + 2 :]),
        (pin[4:], pin[2:4], pin[:2]),
        (pin[4:], pin[:2], pin[2:4]),
    )
    return any(_falls_on_a_day(*form) for form in forms)


def _falls_on_a_day(year: str, month: str, day: str) -> bool:
    full = int(year) if len(year) == 4 else 2000 + int(year)
    if not 1900 <= full < 2100:
        return False
    try:
        date(full, int(month), int(day))
    except ValueError:
        return False
    return True


@cache
def _dummy() -> str:
    # Of a text that nobody knows, so that an unknown name takes as long as a known one.
    return _HASHER.hash(os.urandom(16))


class _Turns:
    """Hashes wait for their turn; how many do is known."""

    def __init__(self) -> None:
        self.waiting, self._lock = 0, threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.waiting += 1
        _AT_ONCE.acquire()

    def __exit__(self, *_error: object) -> None:
        _AT_ONCE.release()
        with self._lock:
            self.waiting -= 1


_TURNS = _Turns()


def crowded() -> bool:
    """Whether so many are being hashed, or wait for it, that no more should."""
    return _TURNS.waiting >= _MOST_WAITING


def hash_secret(secret: str) -> str:
    """Its Argon2id PHC string; takes about a tenth of a second and 48 MiB."""
    with _TURNS:
        return _HASHER.hash(plain(secret))


def verify_secret(known: str | None, secret: str) -> bool:
    """Whether a secret is the one that was hashed. None (no account) takes as long and is never right."""
    secret = plain(secret)
    if len(secret) > _MOST:
        secret = secret[:_MOST] + "…"  # never right, and no more work than any other
    with _TURNS:
        try:
            _HASHER.verify(known or _dummy(), secret)
        except (VerifyMismatchError, InvalidHashError):
            return False
    return known is not None


def outdated(known: str) -> bool:
    """Whether it was hashed with other parameters than those of today."""
    return _HASHER.check_needs_rehash(known)
