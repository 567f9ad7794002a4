"""Bad input: every file that is not a sound photo or video is one clear error that names it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mitate import video
from mitate.errors import InputError

READERS: list[Callable[[Path], object]] = [
    video.probe,
    lambda path: list(video.frames(path)),
    video.read_photo,
]


def audio_only(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("aac", rate=44100, layout="mono")
        for n in range(20):
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            sound.sample_rate, sound.pts = 44100, n * 1024
            container.mux(stream.encode(sound))
        container.mux(stream.encode(None))


def zero_length(path: Path) -> None:
    with av.open(str(path), "w") as container:
        container.add_stream("libx264", rate=30, width=64, height=64)
        container.start_encoding()


BAD: dict[str, Callable[[Path], object]] = {
    "empty.mp4": lambda path: path.touch(),
    "text.mp4": lambda path: path.write_text("not a video at all, but long enough to be one"),
    "one_byte.mp4": lambda path: path.write_bytes(b"\x00"),
    "playlist.m3u8": lambda path: path.write_text(
        "#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
    ),
    "list.ffconcat": lambda path: path.write_text("ffconcat version 1.0\nfile clip.mp4\n"),
    "gif.mp4": lambda path: path.write_bytes(b"GIF89a" + bytes(100)),
    "folder.mp4": lambda path: path.mkdir(),
    "missing.mp4": lambda path: None,
    "missing/folder/a.mp4": lambda path: None,
    "audio.mp4": audio_only,
    "audio.mkv": audio_only,
    "zero_length.mp4": zero_length,
    "zero_length.mkv": zero_length,
    "only_a_header.mp4": lambda path: path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(12)),
    "only_a_header.mkv": lambda path: path.write_bytes(b"\x1a\x45\xdf\xa3" + bytes(40)),
    "only_a_header.avi": lambda path: path.write_bytes(b"RIFF\0\0\0\0AVI LIST" + bytes(40)),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", BAD)
def test_one_clear_error_naming_the_file(
    tmp_path: Path, name: str, reader: Callable[[Path], object], capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    BAD[name](path)
    with pytest.raises(InputError) as caught:
        reader(path)
    assert caught.value.where == str(path)
    assert caught.value.todo
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
@pytest.mark.parametrize("reader", READERS)
def test_a_pipe_does_not_hang(tmp_path: Path, reader: Callable[[Path], object]) -> None:
    path = tmp_path / "pipe.mp4"
    os.mkfifo(path)
    with pytest.raises(InputError, match="regular file"):
        reader(path)


@pytest.mark.parametrize(
    "address", ["https://example.org/a.mp4", "concat:a.mp4|b.mp4", "pipe:0", "a\0b.mp4", ""]
)
def test_addresses_are_file_names_and_nothing_else(address: str) -> None:
    with pytest.raises(InputError):
        video.probe(address)


@pytest.mark.parametrize("name", ["a b's näme 顔.mp4", "concat:x.mp4", "-i.mp4", "%d.mp4", "http:.mp4"])
def test_any_file_name_is_read_and_written(tmp_path: Path, name: str, scene: Any) -> None:
    video.write(tmp_path / name, [scene.picture(0)] * 2, frame_rate=30)
    assert video.probe(tmp_path / name).frame_count == 2
    assert len(list(video.frames(tmp_path / name))) == 2


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_truncated_mp4_without_its_index_is_refused(tmp_path: Path, clip: Path, part: float) -> None:
    path = tmp_path / "cut.mp4"
    data = clip.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(InputError, match="damaged or cut short"):
        video.frames(path)


def test_truncated_mkv_gives_what_is_whole(tmp_path: Path, scene: Any) -> None:
    path = tmp_path / "a.mkv"
    video.write(path, (scene.picture(n) for n in range(60)), frame_rate=30, gop_s=0.5)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    frames = list(video.frames(path))
    assert 10 < len(frames) < 60
    for frame in frames[:-3]:
        assert abs(scene.bar_of(frame.image) - scene.bar_of(scene.picture(frame.index))) <= 1


def test_what_follows_damage_is_left_out_up_to_the_next_keyframe(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = [
        np.kron(rng.integers(0, 255, (12, 12, 3)), np.ones((8, 8, 1))).astype(np.uint8) for _ in range(60)
    ]
    path = tmp_path / "a.mp4"
    video.write(path, images, frame_rate=30, gop_s=0.5)
    sound = {frame.index: frame.image for frame in video.frames(path)}
    with av.open(str(path)) as container:
        packet = list(container.demux(video=0))[33]
        assert packet.pos is not None
        at, size = packet.pos, packet.size
    data = bytearray(path.read_bytes())
    data[at : at + size] = bytes(size)
    path.write_bytes(data)
    stats = video.DecodeStats()
    frames = {frame.index: frame.image for frame in video.frames(path, stats=stats)}
    assert stats.damaged > 0
    assert set(range(28)) | set(range(45, 60)) <= set(frames)
    assert all(np.array_equal(image, sound[index]) for index, image in frames.items())


def test_a_clip_of_which_nothing_decodes_is_refused(tmp_path: Path, clip: Path) -> None:
    data = bytearray(clip.read_bytes())
    start = data.index(b"mdat") + 4
    size = int.from_bytes(data[start - 8 : start - 4], "big") - 8
    data[start : start + size] = b"\xa5" * size
    path = tmp_path / "noise.mp4"
    path.write_bytes(data)
    with pytest.raises(InputError, match="no picture in it can be decoded"):
        list(video.frames(path))
    with pytest.raises(InputError):
        video.probe(path)


def test_8k_passes_and_more_is_refused(tmp_path: Path) -> None:
    image = np.zeros((4320, 7680, 3), np.uint8)
    image[:, :3840] = 200
    path = tmp_path / "8k.mp4"
    video.write(path, [image], frame_rate=30)
    (frame,) = video.frames(path, max_side=640)
    assert frame.image.shape == (360, 640, 3)
    assert int(frame.image[180, 100, 0]) == pytest.approx(200, abs=3)
    too_wide = tmp_path / "too_wide.mp4"
    video.write(too_wide, [np.zeros((16, video.MAX_SIDE + 8, 3), np.uint8)], frame_rate=30)
    for reader in READERS[:2]:
        with pytest.raises(InputError, match="too large"):
            reader(too_wide)
