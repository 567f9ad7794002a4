"""Reading what `write` wrote, in every container and codec: pictures, times, turns, and what it costs."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate import video
from mitate.errors import InputError

FORMS = [
    ("h264", ".mp4"),
    ("h264", ".mov"),
    ("h264", ".mkv"),
    ("hevc", ".mp4"),
    ("hevc", ".mov"),
    ("vp8", ".webm"),
    ("vp9", ".webm"),
    ("vp9", ".mkv"),
    ("av1", ".webm"),
    ("av1", ".mp4"),
    ("mpeg4", ".avi"),
    ("mpeg4", ".mp4"),
]


def write_or_skip(scene: Any, path: Path, codec: str, **how: object) -> Path:
    if video.CODECS[codec] not in av.codecs_available:
        pytest.skip(f"this build of FFmpeg has no {video.CODECS[codec]}")
    video.write(path, (scene.picture(n) for n in range(36)), frame_rate=30, codec=codec, **how)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(("codec", "suffix"), FORMS)
def test_pictures_come_back_in_order_with_their_colours_and_times(
    scene: Any, tmp_path: Path, codec: str, suffix: str
) -> None:
    path = write_or_skip(scene, tmp_path / f"a{suffix}", codec, gop_s=0.4)
    info = video.probe(path)
    assert (info.width, info.height, info.codec, info.frame_count) == (160, 120, codec, 36)
    assert info.kind == "video"
    assert info.keyframe_count == 3
    assert info.duration_s == pytest.approx(35 / 30, abs=2e-3)
    assert info.frame_rate == pytest.approx(30, rel=2e-3)
    frames = list(video.frames(path))
    assert [frame.index for frame in frames] == list(range(36))
    assert [frame.time_s for frame in frames] == pytest.approx([n / 30 for n in range(36)], abs=1e-3)
    for frame in frames:
        assert np.abs(scene.fields(frame.image).astype(int) - scene.fields(scene.picture(0))).max() <= 6
        assert abs(scene.bar_of(frame.image) - scene.bar_of(scene.picture(frame.index))) <= 1


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize(
    ("codec", "suffix"), [("h264", ".mp4"), ("hevc", ".mov"), ("vp9", ".webm"), ("h264", ".mkv")]
)
def test_a_phone_held_any_way_gives_upright_pictures(
    scene: Any, tmp_path: Path, codec: str, suffix: str, degrees: int
) -> None:
    path = write_or_skip(scene, tmp_path / f"a{suffix}", codec, rotation_deg=degrees)
    with av.open(str(path)) as container:
        stored = (container.streams.video[0].width, container.streams.video[0].height)
    assert stored == ((120, 160) if degrees in (90, 270) else (160, 120))
    assert video.probe(path).rotation_deg == degrees
    for frame in video.frames(path, spacing_s=0.3):
        assert frame.image.shape == (120, 160, 3)
        assert np.abs(scene.fields(frame.image).astype(int) - scene.fields(scene.picture(0))).max() <= 6


def test_a_mirrored_display_matrix_is_undone(scene: Any, tmp_path: Path) -> None:
    path = tmp_path / "mirrored.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, width=160, height=120)
        stream.set_display_rotation(0, hflip=True)
        container.mux(
            stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(scene.picture(0)[:, ::-1])))
        )
        container.mux(stream.encode(None))
    (frame,) = video.frames(path)
    assert np.abs(scene.fields(frame.image).astype(int) - scene.fields(scene.picture(0))).max() <= 8


@pytest.mark.parametrize(("suffix", "tolerance"), [(".mp4", 1e-5), (".mkv", 1e-3), (".mov", 1e-5)])
def test_times_are_the_files_own_at_a_variable_rate(
    scene: Any, tmp_path: Path, suffix: str, tolerance: float
) -> None:
    times = np.cumsum([0, 0.033, 0.05, 0.4, 0.02, 0.033, 1.7, 0.033, 0.05, 0.9]).tolist()
    path = tmp_path / f"a{suffix}"
    video.write(path, (scene.picture(n) for n in range(10)), frame_rate=30, times_s=times)
    frames = list(video.frames(path))
    assert [frame.time_s for frame in frames] == pytest.approx(times, abs=tolerance)
    assert [abs(scene.bar_of(f.image) - scene.bar_of(scene.picture(f.index))) <= 1 for f in frames] == [
        True
    ] * 10
    assert video.probe(path).duration_s == pytest.approx(times[-1], abs=tolerance)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize(("matrix", "tag"), [("ITU601", 6), ("ITU709", 1), ("BT2020", 9)])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le", "yuv444p"])
def test_colours_follow_matrix_range_and_depth(
    scene: Any, tmp_path: Path, pixels: str, matrix: str, tag: int, full_range: bool
) -> None:
    path = tmp_path / "a.mkv"
    pictures = av.VideoFrame.from_ndarray(scene.picture(0)).reformat(
        format=pixels, dst_colorspace=matrix, dst_color_range="JPEG" if full_range else "MPEG"
    )
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, width=160, height=120, options={"crf": "4"})
        stream.pix_fmt = pixels
        stream.codec_context.colorspace = tag
        stream.codec_context.color_range = 2 if full_range else 1
        pictures.pts = 0
        container.mux(stream.encode(pictures))
        container.mux(stream.encode(None))
    (frame,) = video.frames(path)
    assert np.abs(scene.fields(frame.image).astype(int) - scene.fields(scene.picture(0))).max() <= 3


@pytest.mark.parametrize(
    ("max_side", "shape"), [(80, (60, 80, 3)), (160, (120, 160, 3)), (1000, (120, 160, 3)), (1, (1, 1, 3))]
)
def test_max_side_scales_down_and_never_up(clip: Path, max_side: int, shape: tuple[int, ...]) -> None:
    frame = next(iter(video.frames(clip, max_side=max_side)))
    assert frame.image.shape == shape
    assert frame.image.dtype == np.uint8
    assert frame.image.flags.c_contiguous


def test_pixels_that_are_not_square_are_made_square(scene: Any, tmp_path: Path) -> None:
    path = tmp_path / "anamorphic.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, width=160, height=120)
        stream.codec_context.sample_aspect_ratio = Fraction(2)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(scene.picture(0))))
        container.mux(stream.encode(None))
    assert next(iter(video.frames(path))).image.shape == (120, 320, 3)
    assert video.probe(path).width == 320


def test_only_what_is_wanted_is_decoded(clip: Path) -> None:
    stats = video.DecodeStats()
    frames = list(video.frames(clip, keyframes_only=True, stats=stats))
    assert [frame.time_s for frame in frames] == pytest.approx([0, 1, 2])
    assert (stats.packets, stats.fed, stats.decoded, stats.delivered) == (90, 3, 3, 3)
    stats = video.DecodeStats()
    frames = list(video.frames(clip, spacing_s=0.6, stats=stats))
    assert stats.delivered == len(frames) == 6
    assert stats.fed < 45


def test_sparse_pictures_are_those_of_a_full_decode(clip: Path) -> None:
    full = {frame.index: frame for frame in video.frames(clip)}
    for spacing in (0.1, 0.25, 0.6, 1.0, 1.7):
        for frame in video.frames(clip, spacing_s=spacing):
            assert frame.time_s == full[frame.index].time_s
            assert np.array_equal(frame.image, full[frame.index].image)


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        ("libx264", {"x264-params": "open-gop=1:bframes=3:keyint=15:log-level=-1"}),
        ("libx264", {"x264-params": "intra-refresh=1:keyint=15:log-level=-1"}),
        ("libx265", {"x265-params": "open-gop=1:keyint=15:log-level=none:pools=none"}),
        ("libx265", {"x265-params": "open-gop=0:keyint=15:bframes=4:log-level=none:pools=none"}),
    ],
)
def test_groups_that_lean_on_the_one_before_decode_right(
    scene: Any, tmp_path: Path, codec: str, options: dict[str, str]
) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=30, width=160, height=120, options=options)
        for n in range(90):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(scene.picture(n))))
        container.mux(stream.encode(None))
    stats = video.DecodeStats()
    full = {frame.index: frame.image for frame in video.frames(path, stats=stats)}
    assert (stats.delivered, stats.damaged) == (90, 0)
    for how in (
        {"spacing_s": 0.3},
        {"spacing_s": 0.7},
        {"keyframes_only": True},
        {"start_s": 1.2, "stop_s": 1.9},
    ):
        stats = video.DecodeStats()
        frames = list(video.frames(path, stats=stats, **how))
        assert stats.damaged == 0
        assert all(np.array_equal(frame.image, full[frame.index]) for frame in frames)


@settings(max_examples=25, deadline=None)
@given(
    spacing=st.floats(0.01, 5),
    start=st.floats(0, 2.9),
    length=st.floats(0.1, 4),
    threads=st.integers(1, 2),
)
def test_spacing_bounds_the_number_and_times_ascend(
    clip: Path, spacing: float, start: float, length: float, threads: int
) -> None:
    frames = list(
        video.frames(
            clip, spacing_s=spacing, start_s=start, stop_s=start + length, max_side=16, threads=threads
        )
    )
    times = [frame.time_s for frame in frames]
    span = min(start + length, 89 / 30) - start
    assert 1 <= len(frames) <= math.ceil(span / spacing) + 1
    assert len(frames) >= math.floor(span / max(spacing, 1 / 30) / 1.5)
    assert all(start - 1e-9 <= time <= start + length + 1e-9 for time in times)
    assert all(later - earlier >= min(spacing, 1 / 15) / 2 - 1e-9 for earlier, later in pairwise(times))


def test_a_single_picture_is_a_clip(scene: Any, tmp_path: Path) -> None:
    path = tmp_path / "one.mp4"
    video.write(path, [scene.picture(0)], frame_rate=30)
    info = video.probe(path)
    assert (info.duration_s, info.frame_rate, info.frame_count) == (0.0, 0.0, 1)
    assert [frame.time_s for frame in video.frames(path, spacing_s=0.5)] == [0.0]


@pytest.mark.parametrize(
    "how",
    [
        {"spacing_s": 0.0},
        {"spacing_s": math.nan},
        {"spacing_s": math.inf},
        {"start_s": -1.0},
        {"start_s": 2.0, "stop_s": 1.0},
        {"start_s": math.nan},
        {"max_side": 0},
        {"threads": 0},
        {"start_s": 60.0},
    ],
)
def test_arguments_out_of_range_are_refused_at_once(clip: Path, how: dict[str, float]) -> None:
    with pytest.raises(InputError):
        video.frames(clip, **how)  # type: ignore[arg-type]


def test_stopping_early_closes_the_file(clip: Path) -> None:
    frames = video.frames(clip)
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert next(iter(video.frames(clip))).index == 0


def test_memory_does_not_grow_with_the_clip(tmp_path: Path) -> None:
    """300 pictures of 1280 x 720 would be 830 MB as RGB; all are decoded, one is held."""
    path = tmp_path / "long.mp4"
    base = np.kron(np.random.default_rng(0).integers(0, 255, (90, 160, 3)), np.ones((8, 8, 1))).astype(
        np.uint8
    )
    video.write(path, (np.roll(base, 4 * n, axis=1) for n in range(300)), frame_rate=30, quality=35)
    code = (
        "import resource, sys; from mitate import video\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "before = peak(); n = sum(1 for _ in video.frames(sys.argv[1])); print(n, peak() - before)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    count, grown_mib = map(int, out.stdout.split())
    assert count == 300
    assert grown_mib < 120
    assert out.stderr == ""
