from __future__ import annotations

from pathlib import Path

import pytest

from mitate.body.refusals import INSTRUCTIONS, refusal


@pytest.mark.parametrize("reason", list(INSTRUCTIONS))
def test_every_refusal_says_what_where_and_what_to_do(reason: str) -> None:
    error = refusal(reason, Path("film.mp4"), " in 3 of 9 frames")
    assert error.reason == reason
    assert str(error).startswith("film.mp4: ")
    todo = INSTRUCTIONS[reason][1]
    assert f" in 3 of 9 frames. {todo[:1].upper()}{todo[1:]}" in str(error)
    assert error.exit_code == 2
