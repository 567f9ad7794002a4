"""PINs and passwords: which are taken, and how they are kept."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from mitate.serve.auth.secrets import (
    WeakError,
    check_secret,
    hash_secret,
    kind_of,
    outdated,
    verify_secret,
)


@pytest.fixture(autouse=True)
def light_hashes() -> None:
    """Here as it is: what a hash costs is part of what is tested."""


@pytest.mark.parametrize("pin", ["739204", "804613", "5190372846", "0274913", "９０４６１３"])
def test_pins_that_are_taken(pin: str) -> None:
    check_secret(pin, "pin")
    assert kind_of(pin) == "pin"


@pytest.mark.parametrize(
    ("pin", "reason"),
    [
        ("12345", "pin_form"),
        ("1234567890123", "pin_form"),
        ("73920a", "pin_form"),
        ("123456", "pin_guessed"),
        ("890123", "pin_guessed"),
        ("987654", "pin_guessed"),
        ("111111", "pin_guessed"),
        ("121212", "pin_guessed"),
        ("739739", "pin_guessed"),
        ("112211", "pin_guessed"),
        ("500401", "pin_guessed"),
        ("010450", "pin_guessed"),
        ("043050", "pin_guessed"),
        ("19500401", "pin_guessed"),
        ("01041950", "pin_guessed"),
    ],
)
def test_pins_that_would_be_guessed(pin: str, reason: str) -> None:
    with pytest.raises(WeakError) as refused:
        check_secret(pin, "pin")
    assert refused.value.reason == reason
    assert pin not in str(refused.value)


@given(st.integers(0, 9), st.integers(1, 9), st.integers(6, 12))
def test_no_row_of_digits_is_taken(start: int, step: int, length: int) -> None:
    row = "".join(str((start + step * n) % 10) for n in range(length))
    with pytest.raises(WeakError):
        check_secret(row, "pin")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "length"),
        ("x" * 129, "length"),
        ("password123", "guessed"),
        ("PASSWORD123", "guessed"),
        ("aaaaaaaaaaaa", "guessed"),
        ("abababababab", "guessed"),
        ("kobayashi2026", "guessed"),
    ],
)
def test_passwords_that_would_be_guessed(password: str, reason: str) -> None:
    with pytest.raises(WeakError) as refused:
        check_secret(password, "password", "Kobayashi")
    assert refused.value.reason == reason


def test_a_hash_is_argon2id_and_opens_to_one_secret_only() -> None:
    known = hash_secret("lantern otter granite")
    assert known.startswith("$argon2id$")
    assert verify_secret(known, "lantern otter granite")
    assert not verify_secret(known, "lantern otter granit")
    assert not verify_secret(known, "lantern otter granite" + "x" * 5000)
    assert hash_secret("lantern otter granite") != known  # salted
    assert not outdated(known)


def test_the_same_from_every_keyboard() -> None:
    assert verify_secret(hash_secret("７３９２０４"), "739204")


def test_nobody_is_never_right() -> None:
    for guess in ("", "nobody", "739204"):
        assert not verify_secret(None, guess)
    assert not verify_secret("-", "-")  # an account that was made without a secret


def test_weaker_parameters_are_noticed() -> None:
    assert outdated(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x"))
