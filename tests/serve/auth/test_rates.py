"""Token buckets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mitate.serve.auth.rates import Rate, Rates


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 9))
def test_never_more_than_the_burst_and_the_rate(pauses: list[float], burst: int) -> None:
    clock = [0.0]
    rates = Rates(Rate(burst, 2.0), lambda: clock[0])
    passed = 0
    for pause in pauses:
        clock[0] += pause
        passed += rates.wait_s(b"x") == 0.0
    assert passed <= burst + 2.0 * clock[0] + 1e-6


def test_a_wait_is_long_enough_and_others_are_not_held_up() -> None:
    clock = [0.0]
    rates = Rates(Rate(1, 0.5), lambda: clock[0])
    assert rates.wait_s(b"x") == 0.0
    wait = rates.wait_s(b"x")
    assert 0 < wait <= 2.0
    assert rates.wait_s(b"y") == 0.0
    clock[0] += wait
    assert rates.wait_s(b"x") == 0.0


def test_forgets_the_least_used() -> None:
    rates = Rates(Rate(1, 1e-9), lambda: 0.0)
    assert rates.wait_s(b"first") == 0.0
    for number in range(10_000):
        rates.wait_s(number.to_bytes(4, "big"))
    assert rates.wait_s(b"first") == 0.0
