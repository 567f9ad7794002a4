"""Opening a file safely: what it is by its first bytes, and one clear error for whatever cannot be read.

Files come from strangers' phones, so the demuxer is chosen here among three and never guessed by FFmpeg:
a playlist (``.m3u8``, ``ffconcat``) that would make it open other files is refused, and so is anything that
is not a regular local file (a pipe would block for ever).
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import av

from mitate.errors import InputError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

MAX_SIDE = 8192
"""Largest width or height that is read, in pixels: 8K passes."""

_MOV_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
_STILL_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif")
_TODO_CONTAINER = "give a video (MP4, MOV, WebM, MKV, AVI) or a photo (JPEG, PNG, HEIC)"


class Source(NamedTuple):
    """A regular file and what its first bytes say it is."""

    path: Path
    kind: str
    """``jpeg``, ``png``, ``heic`` (photos) or the FFmpeg demuxer ``mov``, ``matroska``, ``avi`` (videos)."""

    @property
    def is_photo(self) -> bool:
        return self.kind in ("jpeg", "png", "heic")


def source(path: str | PathLike[str]) -> Source:
    """The regular file at `path` and its kind by its first bytes; InputError if it is neither."""
    path = Path(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError("this is a folder, not a photo or video", where=path, todo="give one file")
        if not stat.S_ISREG(status.st_mode):
            raise InputError("this is not a regular file", where=path, todo="copy it to a file on disk first")
        with path.open("rb") as file:
            head = file.read(16)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not head:
        raise InputError("the file is empty", where=path, todo="copy or record it again")
    kind = _kind_of(head)
    if kind is None:
        raise InputError("this is not a photo or video that can be read", where=path, todo=_TODO_CONTAINER)
    return Source(path, kind)


def _unreadable(path: Path, error: Exception) -> InputError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return InputError("there is no such file", where=path, todo="check the name and the folder")
    if isinstance(error, PermissionError):
        return InputError("the file may not be read", where=path, todo="ask for permission to read it")
    return InputError(
        f"the file cannot be opened ({error})", where=str(path), todo="check the name and the disk"
    )


def _kind_of(head: bytes) -> str | None:
    if head[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if head[4:8] in _MOV_BOXES:
        return "heic" if head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS else "mov"
    return None


def damaged(path: Path, why: str | None = None) -> InputError:
    """The one error for a file that claims to be a video but does not decode."""
    detail = f" ({why})" if why else ""
    return InputError(
        f"the file is damaged or cut short{detail}", where=path, todo="copy it again or record a new clip"
    )


@contextmanager
def opened(found: Source) -> Iterator[InputContainer]:
    """The container of a video, opened with no way to reach any other file; closed at the end."""
    try:
        container = av.open(
            f"file:{found.path.absolute()}",
            mode="r",
            format="mov" if found.kind == "heic" else found.kind,
            options={"protocol_whitelist": "file", "max_streams": "64"},
            metadata_errors="replace",
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise damaged(found.path, getattr(error, "strerror", None) or str(error)) from error
    with container:
        yield container


def picture_stream(container: InputContainer, path: Path) -> VideoStream:
    """The main video stream: the largest that is not a cover picture; InputError if there is none to read."""
    streams = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
    if not streams:
        if container.streams.audio:
            raise InputError("the file holds sound only, no pictures", where=path, todo="give a video")
        raise InputError("the file holds no pictures", where=path, todo="copy it again or record a new clip")
    readable = [s for s in streams if s.codec_context is not None]
    if not readable:
        raise InputError(
            "the video's codec cannot be read", where=path, todo="convert it to H.264 in an MP4 file"
        )
    stream = max(readable, key=lambda s: (s.codec_context.width * s.codec_context.height, -s.index))
    check_size(stream.codec_context.width, stream.codec_context.height, path)
    return stream


def check_size(width: int, height: int, path: Path) -> None:
    """InputError unless 0 < width, height <= MAX_SIDE."""
    if width <= 0 or height <= 0:
        raise damaged(path, "the picture has no size")
    if max(width, height) > MAX_SIDE:
        raise InputError(
            f"pictures of {width} x {height} pixels are too large, the limit is {MAX_SIDE} a side",
            where=path,
            todo="scale it down first; 1920 x 1080 is plenty",
        )
