"""Writing: same pictures same bytes, whole or not at all, and nothing that cannot be written is begun."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mitate import video
from mitate.errors import InputError


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        ("h264", ".mp4"),
        ("h264", ".mkv"),
        ("hevc", ".mov"),
        ("vp8", ".webm"),
        ("vp9", ".webm"),
        ("av1", ".mp4"),
    ],
)
def test_the_same_pictures_give_the_same_bytes(tmp_path: Path, scene: Any, codec: str, suffix: str) -> None:
    paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for path in paths:
        count = video.write(path, (scene.picture(n) for n in range(20)), frame_rate=25, codec=codec)
        assert count == 20
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_encoders_do_not_chatter(tmp_path: Path, scene: Any, capfd: pytest.CaptureFixture[str]) -> None:
    for codec in video.CODECS:
        path = tmp_path / f"{codec}.mkv"
        video.write(path, [scene.picture(n) for n in range(8)], frame_rate=30, codec=codec)
        assert len(list(video.frames(path))) == 8
    assert capfd.readouterr() == ("", "")


def test_keyframes_come_as_asked(tmp_path: Path, scene: Any) -> None:
    path = tmp_path / "a.mp4"
    video.write(path, (scene.picture(n) for n in range(60)), frame_rate=20, gop_s=0.5)
    times = [frame.time_s for frame in video.frames(path, keyframes_only=True)]
    assert times == pytest.approx(np.arange(6) * 0.5)


def test_a_failure_leaves_nothing_and_keeps_what_was_there(tmp_path: Path, scene: Any) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"before")

    def broken() -> Iterator[video.RGBImage]:
        yield scene.picture(0)
        raise RuntimeError("the camera fell")

    with pytest.raises(RuntimeError, match="the camera fell"):
        video.write(path, broken(), frame_rate=30)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.mp4"]
    assert path.read_bytes() == b"before"


@pytest.mark.parametrize(
    ("name", "how", "words"),
    [
        ("a.gif", {}, "written as"),
        ("a", {}, "written as"),
        ("a.mp4", {"codec": "theora"}, "theora"),
        ("a.webm", {"codec": "h264"}, "webm"),
        ("a.avi", {"codec": "h264"}, "avi"),
        ("a.avi", {"codec": "mpeg4", "rotation_deg": 90}, "avi"),
        ("a.mp4", {"frame_rate": 0.0}, "pictures per second"),
        ("a.mp4", {"frame_rate": math.nan}, "pictures per second"),
        ("a.mp4", {"gop_s": 0.0}, "keyframes"),
        ("a.mp4", {"rotation_deg": 45}, "turn"),
        ("a.mp4", {"times_s": [0.0, 0.0, 1.0]}, "time"),
        ("a.mp4", {"times_s": [0.0]}, "time"),
        ("a.mp4", {"times_s": [-1.0, 0.0, 1.0]}, "time"),
        ("no/folder/a.mp4", {}, "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_one_clear_error(
    tmp_path: Path, scene: Any, name: str, how: dict[str, Any], words: str
) -> None:
    images = [scene.picture(n) for n in range(3)]
    with pytest.raises(InputError, match=words):
        video.write(tmp_path / name, images, **{"frame_rate": 30.0, **how})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "images",
    [
        [],
        [np.zeros((12, 12, 3))],
        [np.zeros((12, 12), np.uint8)],
        [np.zeros((12, 12, 4), np.uint8)],
        [np.zeros((13, 12, 3), np.uint8)],
        [np.zeros((0, 12, 3), np.uint8)],
        [np.zeros((16, 16, 3), np.uint8), np.zeros((16, 18, 3), np.uint8)],
        ["picture"],
    ],
)
def test_images_of_the_wrong_kind_are_refused(tmp_path: Path, images: list[Any]) -> None:
    with pytest.raises(InputError):
        video.write(tmp_path / "a.mp4", images, frame_rate=30)
    assert list(tmp_path.iterdir()) == []
