"""An age in years, checked."""

from __future__ import annotations

from mitate.errors import InputError

__all__ = ["OLDEST", "checked_age"]

OLDEST = 120
"""Years; an age above it is taken for a mistake."""


def checked_age(age: object, where: str = "age") -> float:
    """`age` in years if it can be one.

    Raises:
        InputError: no number (a truth value is none), not finite, negative or above `OLDEST`.
    """
    if isinstance(age, bool) or not isinstance(age, int | float) or not 0 <= age <= OLDEST:  # NaN too
        raise InputError("this is no age in years", where=where, todo=f"give a number from 0 to {OLDEST}")
    return float(age)
