"""Reading photos: JPEG and PNG by OpenCV, HEIC by pillow-heif or, where it is not tiled, by FFmpeg."""

from __future__ import annotations

import importlib
import struct
from os import PathLike
from typing import Any

import av
import cv2
import numpy as np

from mitate.errors import InputError
from mitate.video._files import Source, check_size, damaged, opened, source
from mitate.video._picture import Converter, turn_of
from mitate.video._types import Frame, RGBImage, VideoInfo

_HEIC_TODO = "install its reader with: pip install 'mitate[heic]', or save the photo as JPEG"


def read_photo(path: str | PathLike[str], *, max_side: int | None = None) -> Frame:
    """A photo as upright RGB (EXIF orientation applied), at time 0.

    Args:
        path: JPEG, PNG or HEIC, told by its content and not by its name.
        max_side: longer side in pixels; a larger photo is scaled down.

    Raises:
        InputError: missing, empty, damaged, a video, over `MAX_SIDE`, or HEIC that needs the ``heic`` extra.
    """
    found = source(path)
    if not found.is_photo:
        raise InputError(
            "this is a video, not a photo", where=found.path, todo="give a JPEG, PNG or HEIC photo"
        )
    image, _ = _pixels(found)
    if max_side is not None:
        if max_side < 1:
            raise InputError(f"{max_side} pixels is no size", where="max_side", todo="give 1 or more")
        scale = min(1.0, max_side / max(image.shape[:2]))
        if scale < 1:
            size = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return Frame(image=image, time_s=0.0, index=0)


def photo_info(found: Source) -> VideoInfo:
    """What `probe` says of a photo."""
    image, rotation = _pixels(found)
    return VideoInfo(
        path=found.path,
        kind="photo",
        width=image.shape[1],
        height=image.shape[0],
        rotation_deg=rotation,
        duration_s=0.0,
        frame_rate=0.0,
        codec=found.kind,
        frame_count=1,
        keyframe_count=1,
    )


def _pixels(found: Source) -> tuple[RGBImage, int]:
    """Upright RGB and the clockwise turn in degrees that made it so."""
    if found.kind == "heic":
        return _heic(found)
    data = found.path.read_bytes()
    size = _jpeg_size(data) if found.kind == "jpeg" else _png_size(data)
    if size is None:
        raise _damaged_photo(found)
    check_size(*size, found.path)
    try:
        # OpenCV fills what is missing with grey and says so on stderr only; FFmpeg's strict mode refuses it.
        codec = av.VideoCodecContext.create("mjpeg" if found.kind == "jpeg" else "png", "r")
        codec.options = {"err_detect": "explode"}
        picture = (codec.decode(av.Packet(data)) + codec.decode(None))[0]
        bgr = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    except (av.FFmpegError, cv2.error, IndexError) as error:
        raise _damaged_photo(found) from error
    if bgr is None:
        raise _damaged_photo(found)
    return np.ascontiguousarray(bgr[..., ::-1], dtype=np.uint8), -picture.rotation % 360


def _damaged_photo(found: Source) -> InputError:
    return InputError(
        "the photo is damaged or cut short", where=found.path, todo="copy it again or take a new one"
    )


def _png_size(data: bytes) -> tuple[int, int] | None:
    return struct.unpack(">II", data[16:24]) if len(data) >= 24 and data[12:16] == b"IHDR" else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the frame header (ITU-T T.81, B.2.2), before anything is decoded."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _heic(found: Source) -> tuple[RGBImage, int]:
    try:
        pillow_heif: Any = importlib.import_module("pillow_heif")
    except ImportError:
        return _heic_by_ffmpeg(found)
    try:
        heif = pillow_heif.open_heif(found.path, convert_hdr_to_8bit=True)
        check_size(heif.size[0], heif.size[1], found.path)
        image = np.asarray(heif)
    except (OSError, ValueError, SyntaxError, RuntimeError, EOFError) as error:
        raise _damaged_photo(found) from error
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    return np.ascontiguousarray(image[..., :3], dtype=np.uint8), 0


def _heic_by_ffmpeg(found: Source) -> tuple[RGBImage, int]:
    """FFmpeg reads the tiles of a tiled photo, as phones save them, but PyAV does not put them together."""
    with opened(found) as container:
        pictures = list(container.streams.video)
        if len(pictures) != 1 or pictures[0].codec_context is None:
            raise InputError("this HEIC photo cannot be read as it is", where=found.path, todo=_HEIC_TODO)
        check_size(pictures[0].codec_context.width, pictures[0].codec_context.height, found.path)
        try:
            frame = next(container.decode(pictures[0]), None)
        except av.FFmpegError as error:
            raise damaged(found.path) from error
        if frame is None:
            raise damaged(found.path)
        return Converter(None)(frame), turn_of(frame).degrees
