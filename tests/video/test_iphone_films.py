"""Films as iPhones make them: the camera's QuickTime, and MP4 in fragments of Safari's MediaRecorder."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from mitate import video

IN_FRAGMENTS = {"movflags": "empty_moov+frag_keyframe+default_base_moof"}
ONE_EACH = {"movflags": "empty_moov+frag_every_frame+default_base_moof"}
FRAMES, TICKS = 24, 600


def upright(number: int) -> video.RGBImage:
    """A picture of 96 x 128 whose corners differ, so that a turn is seen."""
    image = np.full((128, 96, 3), 30, np.uint8)
    image[:40, :40, 0] = 220
    image[-40:, :40, 1] = 200
    image[60:70, 20 + number : 60 + number] = 250
    return image


def filmed(path: Path, codec: str, pixels: str, turn: int, options: dict[str, str], rate: int) -> Path:
    """A film whose pictures are stored turned, and whose file says so."""
    with av.open(str(path), "w", options=options) as target:
        stream = cast(VideoStream, target.add_stream(codec, rate=rate))
        stream.height, stream.width = np.rot90(upright(0), turn // 90).shape[:2]
        stream.pix_fmt = pixels
        if codec == "libx265":
            stream.options = {"x265-params": "log-level=none", "preset": "ultrafast"}
            stream.codec_context.codec_tag = "hvc1"
        if turn:
            stream.set_display_rotation(-turn)
        stream.codec_context.time_base = Fraction(1, TICKS)
        for number in range(FRAMES):
            stored = np.ascontiguousarray(np.rot90(upright(number), turn // 90))
            frame = av.VideoFrame.from_ndarray(stored, format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = number * TICKS // rate, Fraction(1, TICKS)
            for packet in stream.encode(frame):
                target.mux(packet)
        for packet in stream.encode():
            target.mux(packet)
    return path


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "turn", "options"),
    [
        ("recorded.mp4", "libx264", "yuv420p", 0, IN_FRAGMENTS),
        ("recorded-upright.mp4", "libx264", "yuv420p", 90, IN_FRAGMENTS),
        ("recorded-by-frames.mp4", "libx264", "yuv420p", 270, ONE_EACH),
        ("camera.mov", "libx264", "yuv420p", 90, {}),
        ("camera-hdr.mov", "libx265", "yuv420p10le", 90, {}),
    ],
)
def test_films_of_iphones_are_read_upright_and_whole(
    tmp_path: Path, name: str, codec: str, pixels: str, turn: int, options: dict[str, str]
) -> None:
    made = filmed(tmp_path / name, codec, pixels, turn, options, rate=30)
    told = video.probe(made)
    assert (told.width, told.height, told.rotation_deg) == (96, 128, turn)
    seen = list(video.frames(made))
    assert len(seen) == FRAMES
    assert [round(frame.time_s * 30) for frame in seen] == list(range(FRAMES))
    for number in (0, FRAMES - 1):
        off = np.abs(seen[number].image.astype(int) - upright(number).astype(int)).mean()
        assert off < 12
