from __future__ import annotations

from pathlib import Path

from mitate.face.refusals import INSTRUCTIONS, refusal


def test_every_instruction_says_what_and_what_to_do() -> None:
    for what, todo in INSTRUCTIONS.values():
        assert what
        assert todo
        assert not what.endswith(".")
        assert not todo.endswith(".")


def test_the_message_in_full() -> None:
    error = refusal("too_dark", Path("clip.mp4"), " in 3 of 4 frames")
    assert str(error) == "clip.mp4: the face is too dark in 3 of 4 frames. Face a window or a lamp"
    assert error.as_dict()["reason"] == "too_dark"
