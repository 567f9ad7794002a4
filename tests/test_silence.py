"""Native standard error is off inside the block and back afterwards."""

import os

import pytest

from mitate.silence import native_chatter_silenced


def test_native_writes_are_dropped_inside_and_shown_after(capfd: pytest.CaptureFixture[str]) -> None:
    with native_chatter_silenced():
        os.write(2, b"inside")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_comes_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="kept"), native_chatter_silenced():
        raise ValueError("kept")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"
