"""Broken and hostile files become refusals with words, in bounded memory; nothing else is touched."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.serve.conftest import add_person
from tests.serve.work.conftest import EXAMPLES, PutFilm

from mitate import video
from mitate.errors import RefusalError
from mitate.serve.service import Service
from mitate.serve.told.captured import told_of
from mitate.serve.words import Say
from mitate.serve.work.face import FACE_LIMITS
from mitate.serve.work.once import run_waiting
from mitate.serve.work.sandbox import run_apart

GOOD = EXAMPLES / "two-patients" / "videos" / "sim-460-0000_d000-pre.mp4"

pytestmark = pytest.mark.usefixtures("weights_ready")


def png(width: int, height: int) -> bytes:
    """A PNG of one colour: some kilobytes that become gigabytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(bytes(1 + width * 3)) for _ in range(height)) + rows.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def resized_header(folder: Path, width: int, height: int) -> bytes:
    """A WebM whose first VP8 picture claims another size (RFC 6386, 9.1)."""
    grey = [np.full((64, 64, 3), 90 + 10 * i, np.uint8) for i in range(4)]
    video.write(folder / "header.webm", grey, frame_rate=10, codec="vp8")
    changed = bytearray((folder / "header.webm").read_bytes())
    at = changed.index(b"\x9d\x01\x2a") + 3
    changed[at : at + 4] = struct.pack("<HH", width, height)
    return bytes(changed)


def long_film(folder: Path) -> bytes:
    """A small WebM whose last picture is shown after ten hours."""
    grey = [np.full((64, 64, 3), 90 + 10 * i, np.uint8) for i in range(4)]
    video.write(folder / "long.webm", grey, frame_rate=1, codec="vp8", times_s=[0.0, 1.0, 2.0, 36_000.0])
    return (folder / "long.webm").read_bytes()


def endless(folder: Path) -> bytes:
    """A WebM that begins well and then says that what follows has no end."""
    good = long_film(folder)
    return good[: len(good) // 2] + b"\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff" * 40_000


@pytest.fixture
def hostile(tmp_path: Path) -> dict[str, bytes]:
    good = GOOD.read_bytes()
    rng = np.random.default_rng(3)
    noise = bytearray(good)
    for at in rng.integers(2000, len(noise), 4000):
        noise[at] = int(rng.integers(256))
    return {
        "empty": b"",
        "cut": good[: len(good) // 3],
        "head only": good[:64],
        "noise": bytes(noise),
        "text": b"hello, this is a text " * 100,
        "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\nfile:///etc/passwd\n",
        "png": png(12_000, 12_000),
        "large png": png(5_000, 3_000),
        "header": resized_header(tmp_path, 10_000, 10_000),
        "long": long_film(tmp_path),
        "endless": endless(tmp_path),
        "random": b"\x1a\x45\xdf\xa3" + rng.bytes(300_000),
    }


def read(content: bytes) -> Any:
    """Read a face in a film, in a child; or why it is refused, and the memory that took."""
    fd = os.memfd_create("film")
    try:
        os.write(fd, content)
        facts = {"film": f"/proc/self/fd/{fd}", "most_s": 240.0, "day": None, "days": None}
        facts["first_encoder"] = None
        return run_apart("mitate.serve.work.apart_face:read", facts, limits=FACE_LIMITS, pass_fds=(fd,))
    finally:
        os.close(fd)


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="needs memfd")
def test_every_hostile_file_is_a_refusal_with_a_stable_reason(hostile: dict[str, bytes]) -> None:
    reasons = {}
    for name, content in hostile.items():
        try:
            read(content)
            reasons[name] = "read"
        except RefusalError as error:
            reasons[name], place = error.reason, error.where
            assert place in ("film", None)
    assert reasons == {
        "empty": "unreadable",
        "cut": "unreadable",
        "head only": "unreadable",
        "noise": reasons["noise"],  # what the decoder can still show is looked at
        "text": "unreadable",
        "playlist": "unreadable",
        "png": "too_big",
        "large png": reasons["large png"],
        "header": reasons["header"],
        "long": "too_long",
        "endless": reasons["endless"],
        "random": "unreadable",
    }
    assert reasons["large png"] in ("no_face", "too_big")
    assert reasons["endless"] in ("unreadable", "too_long", "no_face")
    assert reasons["header"] in ("too_big", "unreadable")


def test_a_refused_film_is_told_in_words_and_gone(
    service: Service, put_film: PutFilm, result_of: Callable[[str], dict[str, Any]]
) -> None:
    person = add_person(service)
    capture = put_film(person, b"this is no film at all")
    movement = put_film(person, png(12_000, 12_000), instrument="back", movement="squat")
    run_waiting(service)
    for one, reason in ((capture, "unreadable"), (movement, "too_big")):
        assert result_of(one)["state"] == "refused"
        assert result_of(one)["refusal"]["reason"] == reason
        with service.record.database.reading() as session:
            for language in ("en", "ja"):
                told = told_of(service.record, session, one, language)
                assert told is not None
                assert told.tone == "unsure"
                assert Say(language)("told.film_again") in told.advice
                assert Say(language)("told.unwell") in told.advice
    assert not list((service.record.folder / "videos").iterdir())
