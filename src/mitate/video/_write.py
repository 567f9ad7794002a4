"""Writing clips: the same pictures give the same bytes, and a file appears whole or not at all."""

from __future__ import annotations

import itertools
import math
import os
import secrets
from collections.abc import Iterable, Iterator
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import av
import numpy as np
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)

from mitate.errors import InputError
from mitate.video._types import RGBImage

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

CONTAINERS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm", ".avi": "avi"}
"""Suffix to container."""

CODECS = {
    "h264": "libx264",
    "hevc": "libx265",
    "vp8": "libvpx",
    "vp9": "libvpx-vp9",
    "av1": "libsvtav1",
    "mpeg4": "mpeg4",
}
"""Codec to the encoder that writes it."""

_QUALITY = {"h264": 20, "hevc": 22, "vp8": 12, "vp9": 28, "av1": 30, "mpeg4": 4}
_OPTIONS = {
    # Without cpu-independent, x264's macroblock tree gives other bytes from run to run at some sizes.
    "h264": {"preset": "veryfast", "sc_threshold": "0", "x264-params": "cpu-independent=1"},
    "hevc": {"preset": "veryfast", "x265-params": "log-level=none:pools=none:frame-threads=1:scenecut=0"},
    "vp8": {"deadline": "realtime", "cpu-used": "4", "b": "8M"},
    "vp9": {"deadline": "realtime", "cpu-used": "6", "b": "0"},
    "av1": {"preset": "9", "svtav1-params": "lp=1"},
    "mpeg4": {},
}
_WEBM_CODECS = ("vp8", "vp9", "av1")
_TICKS_PER_S = 90_000
_MPEG4_TICKS_PER_S = 30_000  # its header has 16 bits for them


def write(
    path: str | PathLike[str],
    images: Iterable[RGBImage],
    *,
    frame_rate: float,
    codec: str = "h264",
    quality: int | None = None,
    gop_s: float = 1.0,
    rotation_deg: int = 0,
    times_s: Iterable[float] | None = None,
    streamable: bool = False,
) -> int:
    """Write a clip, one image in memory at a time.

    Args:
        path: where to; the container follows from the suffix: .mp4, .mov, .mkv, .webm or .avi.
        images: upright RGB uint8 arrays of one shape (height, width, 3), both sides even.
        frame_rate: pictures per second, (0, 1000]; with `times_s`, the nominal rate.
        codec: one of `CODECS`; WebM takes vp8, vp9 and av1, AVI takes mpeg4.
        quality: the encoder's own constant-quality number (CRF; for mpeg4 its quantiser), smaller is better;
            None: visually near lossless.
        gop_s: seconds between keyframes.
        rotation_deg: 0, 90, 180 or 270: store the pixels turned and say in the file that showing them takes
            this clockwise turn, as a phone held sideways does. Reading gives the upright images back.
        times_s: time of each image, ascending, for a variable rate; MP4 and MOV keep it to 1/90,000 s,
            Matroska and WebM to 1/1,000 s.
        streamable: MP4 and MOV have their index first, so that a browser can begin before all is there.

    Returns:
        The number of images written.

    Raises:
        InputError: an argument out of range, images of wrong type or differing shapes, none at all, or a
            folder that cannot be written. A file that was there before stays as it was, and nothing is left.
    """
    path = Path(path)
    form = _Form(codec, frame_rate, quality, gop_s, rotation_deg, times_s is not None, streamable)
    _check(path, form)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        _quiet_svt()
        count = _encode(path, partial, form, images, times_s)
        partial.replace(path)
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"the clip cannot be written ({reason})", where=path, todo="check the folder and the disk"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return count


class _Form(NamedTuple):
    """How a clip is to be written."""

    codec: str
    frame_rate: float
    quality: int | None
    gop_s: float
    rotation_deg: int
    is_variable: bool
    is_streamable: bool = False

    def ticks_per_s(self, suffix: str) -> Fraction:
        if suffix == ".avi":  # has no time stamps: picture n is shown at n / rate
            return Fraction(self.frame_rate).limit_denominator(1001)
        return Fraction(_MPEG4_TICKS_PER_S if self.codec == "mpeg4" else _TICKS_PER_S)

    def matrix(self, shape: tuple[int, ...]) -> Colorspace:
        """The YUV matrix: VP8 knows BT.601 only, and an AVI (mpeg4) cannot say, so it follows the size."""
        is_small = shape[0] <= 576 and shape[1] < 1280
        by_601 = self.codec == "vp8" or (self.codec == "mpeg4" and is_small)
        return Colorspace.ITU601 if by_601 else Colorspace.ITU709

    def of_container(self, suffix: str) -> dict[str, str]:
        bare = {"fflags": "+bitexact"}  # no dates, random ids or version strings
        return (
            {**bare, "movflags": "+faststart"} if self.is_streamable and suffix in (".mp4", ".mov") else bare
        )

    def options(self) -> dict[str, str]:
        quality = str(_QUALITY[self.codec] if self.quality is None else self.quality)
        if self.codec == "mpeg4":
            return {"qmin": quality, "qmax": quality}
        return {**_OPTIONS[self.codec], "crf": quality}


def _check(path: Path, form: _Form) -> None:
    suffix = path.suffix.lower()
    if suffix not in CONTAINERS:
        raise InputError(
            f"clips are not written as {suffix or 'a file without suffix'}",
            where=path,
            todo=f"use one of {', '.join(CONTAINERS)}",
        )
    if form.codec not in CODECS:
        raise InputError(
            f"there is no codec {form.codec!r}", where="codec", todo=f"use one of {', '.join(CODECS)}"
        )
    if (suffix == ".webm") != (form.codec in _WEBM_CODECS) and suffix in (".webm", ".avi", ".mov"):
        raise InputError(f"{suffix} does not hold {form.codec}", where=path, todo="use .mkv, which holds all")
    if suffix == ".avi" and (form.codec != "mpeg4" or form.rotation_deg or form.is_variable):
        raise InputError(
            "an AVI is written with mpeg4, upright and at a constant rate only",
            where=path,
            todo="use .mp4 or .mkv",
        )
    if not 0 < form.frame_rate <= 1000:
        raise InputError(
            f"{form.frame_rate} pictures per second cannot be", where="frame_rate", todo="give 30, say"
        )
    if not 0 < form.gop_s < math.inf:
        raise InputError(f"keyframes every {form.gop_s} s cannot be", where="gop_s", todo="give 1.0, say")
    if form.rotation_deg not in (0, 90, 180, 270):
        raise InputError(
            f"a turn of {form.rotation_deg} degrees", where="rotation_deg", todo="give 0, 90, 180 or 270"
        )


def _encode(
    path: Path, partial: Path, form: _Form, images: Iterable[RGBImage], times_s: Iterable[float] | None
) -> int:
    stamped = _stamped(images, times_s, form, path)
    first = next(stamped, None)
    if first is None:
        raise InputError("there are no images to write", where=path, todo="give at least one")
    container = av.open(
        f"file:{partial.absolute()}",
        mode="w",
        format=CONTAINERS[path.suffix.lower()],
        options=form.of_container(path.suffix.lower()),
    )
    count = 0
    with container:
        ticks = form.ticks_per_s(path.suffix.lower())
        stream = _stream(container, form, first[0].shape, ticks)
        reformatter = VideoReformatter()
        for image, time in itertools.chain([first], stamped):
            picture = _yuv(reformatter, image, form.matrix(image.shape))
            picture.time_base, picture.pts = 1 / ticks, round(time * ticks)
            container.mux(stream.encode(picture))
            count += 1
        container.mux(stream.encode(None))
    return count


def _stream(container: OutputContainer, form: _Form, shape: tuple[int, ...], ticks: Fraction) -> VideoStream:
    rate = Fraction(form.frame_rate).limit_denominator(1001)
    stream = cast("VideoStream", container.add_stream(CODECS[form.codec], rate=rate, options=form.options()))
    codec = stream.codec_context
    codec.height, codec.width = shape[:2]
    codec.pix_fmt = "yuv420p"
    codec.time_base = 1 / ticks
    codec.thread_count = 1  # encoders share out work among threads in ways that change the bytes
    codec.gop_size = max(1, round(form.gop_s * form.frame_rate))
    codec.colorspace, codec.color_range = int(form.matrix(shape)), int(ColorRange.MPEG)
    codec.color_primaries, codec.color_trc = int(ColorPrimaries.BT709), int(ColorTrc.BT709)
    if form.rotation_deg:
        stream.set_display_rotation(-form.rotation_deg)
    return stream


def _yuv(reformatter: VideoReformatter, image: RGBImage, matrix: Colorspace) -> av.VideoFrame:
    return reformatter.reformat(
        av.VideoFrame.from_ndarray(image, format="rgb24"),
        format="yuv420p",
        dst_colorspace=matrix,
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.BILINEAR | Interpolation.ACCURATE_RND,
        threads=1,
    )


def _stamped(
    images: Iterable[RGBImage], times_s: Iterable[float] | None, form: _Form, path: Path
) -> Iterator[tuple[RGBImage, float]]:
    """Images as stored (turned) with their times; InputError for the first that cannot be written."""
    times = (n / form.frame_rate for n in itertools.count()) if times_s is None else iter(times_s)
    shape: tuple[int, ...] | None = None
    previous = -math.inf
    for n, image in enumerate(images):
        where = f"{path}, image {n}"
        if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.shape[2:] != (3,):
            raise InputError("not an RGB uint8 array of shape (height, width, 3)", where=where)
        if 0 in image.shape or image.shape[0] % 2 or image.shape[1] % 2:
            raise InputError(
                f"a shape of {image.shape[:2]} is not even", where=where, todo="crop it to even sides"
            )
        shape = shape or image.shape
        if image.shape != shape:
            raise InputError(f"its shape {image.shape} is not the first image's {shape}", where=where)
        time = next(times, None)
        if time is None or not previous < time < math.inf or time < 0:
            raise InputError(
                f"its time {time} does not follow {previous}", where=where, todo="give ascending times"
            )
        previous = time
        yield np.ascontiguousarray(np.rot90(image, form.rotation_deg // 90)), time


def _quiet_svt() -> None:
    """SVT-AV1 prints a banner to stderr unless this variable says otherwise.

    It stays set: taken away again, another thread that is about to open its encoder would miss it.
    """
    os.environ.setdefault("SVT_LOG", "0")
