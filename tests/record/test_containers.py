"""First bytes, against real files of every kind that is taken, and of others."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate import video
from mitate.record.containers import NEEDED, NotAFilmError, needs_bytes, refuse_other

PICTURE = np.full((64, 64, 3), 90, np.uint8)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "h264"), ("a.mov", "h264"), ("a.webm", "vp8"), ("a.mkv", "h264"), ("b.mp4", "hevc")],
)
def test_films_are_known_by_their_first_bytes(tmp_path: Path, name: str, codec: str) -> None:
    video.write(tmp_path / name, [PICTURE] * 5, frame_rate=5, codec=codec)
    refuse_other((tmp_path / name).read_bytes()[:NEEDED])


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_photos_too(suffix: str) -> None:
    refuse_other(cv2.imencode(suffix, PICTURE)[1].tobytes()[:NEEDED])


@pytest.mark.parametrize("suffix", [".bmp", ".tiff"])
def test_other_pictures_are_refused(suffix: str) -> None:
    with pytest.raises(NotAFilmError):
        refuse_other(cv2.imencode(suffix, PICTURE)[1].tobytes())


@given(st.binary(max_size=64).filter(lambda raw: raw[:1] not in (b"\x1a", b"\xff", b"\x89")))
def test_anything_else_is_refused(raw: bytes) -> None:
    if raw[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
        return
    with pytest.raises(NotAFilmError):
        refuse_other(raw)


def test_a_short_beginning_waits_for_more_unless_it_is_all() -> None:
    assert needs_bytes(b"\x00\x00", 100)
    assert not needs_bytes(bytes(NEEDED), 100)
    assert not needs_bytes(b"abc", 3)
