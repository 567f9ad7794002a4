"""What kind of file the first bytes announce: only films and photos are taken, whatever they are called.

Signatures: ISO base media files begin with a box whose type stands in bytes 4 to 8 (ISO/IEC 14496-12;
QuickTime File Format Specification for the older types), Matroska and WebM with the EBML header (RFC 8794),
PNG with its signature (W3C PNG 5.2), JPEG with SOI and a marker (ITU-T T.81). The decoder has the last word.
"""

from __future__ import annotations

from mitate.errors import InputError

__all__ = ["CONTENT_TYPES", "NEEDED", "NotAFilmError", "needs_bytes", "refuse_other"]

CONTENT_TYPES = (
    "video/mp4",
    "video/webm",
    "video/quicktime",
    "video/x-matroska",
    "image/jpeg",
    "image/png",
)
NEEDED = 12
"""Bytes that tell the kind."""
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_STARTS = (b"\x1aE\xdf\xa3", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


class NotAFilmError(InputError):
    """What comes is no film or photo of a kind that is taken (422)."""


def needs_bytes(first: bytes, length: int) -> bool:
    """Whether more of a file of `length` bytes must come before its kind can be told."""
    return len(first) < min(NEEDED, length)


def refuse_other(first: bytes) -> None:
    """Look at the first bytes of a file.

    Raises:
        NotAFilmError: it is no film or photo of a kind that is taken.
    """
    if first[4:8] in _BOXES or first.startswith(_STARTS):
        return
    raise NotAFilmError(
        "this is no film or photo", where="upload", todo="send MP4, MOV, WebM, Matroska, JPEG or PNG"
    )
