"""The headers and statuses of tus 1.0.0 (https://tus.io/protocols/resumable-upload); nothing of files.

Core, and the extensions expiration, termination and checksum. Uploads are begun by the API's own route.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from mitate.errors import MitateError
from mitate.record.upload_begun import TooLargeError
from mitate.record.uploads import BusyError
from mitate.serve.api.errors import ERRORS, ErrorAnswer
from mitate.serve.failing import status_of, told_of

__all__ = [
    "CHECKSUM_BYTES",
    "TUS_ERRORS",
    "Checksum",
    "Piece",
    "TusError",
    "TusRoute",
    "expires",
    "headers",
    "need_version",
    "piece_of",
    "what_we_speak",
]

_VERSION = "1.0.0"
_EXTENSIONS = "expiration,termination,checksum"
_ALGORITHMS = ("sha1", "sha256")  # sha1 must be there by the protocol; it guards against accidents only
CHECKSUM_BYTES = 4_000_000
"""Most bytes of one request with a checksum: they wait in memory until it is proven."""
_BODY = "application/offset+octet-stream"

TUS_ERRORS: dict[int | str, dict[str, Any]] = {
    **ERRORS,
    **{
        status: {"model": ErrorAnswer, "description": meaning}
        for status, meaning in {
            410: "the upload was given up",
            412: "another version of tus",
            423: "somebody is sending to this upload",
            460: "the checksum is another",
        }.items()
    },
}


class TusError(MitateError):
    """What the protocol has a status of its own for."""

    def __init__(self, status: int, what: str, *, where: str, todo: str | None = None) -> None:
        self.status = status
        super().__init__(what, where=where, todo=todo)


class TusRoute(APIRoute):
    """A route whose errors carry the protocol's headers, as all its answers must."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except (TusError, TooLargeError, BusyError) as error:
                return JSONResponse({"error": told_of(error, request)}, _status(error), headers())
            except MitateError as error:
                if request.method in ("PATCH", "HEAD", "DELETE"):
                    return JSONResponse({"error": told_of(error, request)}, status_of(error), headers())
                raise

        return told


def _status(error: MitateError) -> int:
    if isinstance(error, TusError):
        return error.status
    return 413 if isinstance(error, TooLargeError) else 423


def headers(**more: str) -> dict[str, str]:
    """Of every answer; further ones by name, with _ for -."""
    told = {name.replace("_", "-"): value for name, value in more.items()}
    return {"Tus-Resumable": _VERSION, "Cache-Control": "no-store", **told}


def expires(at: datetime) -> str:
    """A time for ``Upload-Expires`` (RFC 9110, IMF-fixdate)."""
    return format_datetime(at, usegmt=True)


def what_we_speak(most_bytes: int) -> Response:
    """The answer to OPTIONS."""
    told = headers(
        Tus_Version=_VERSION,
        Tus_Extension=_EXTENSIONS,
        Tus_Max_Size=str(most_bytes),
        Tus_Checksum_Algorithm=",".join(_ALGORITHMS),
    )
    return Response(status_code=204, headers=told)


def need_version(request: Request) -> None:
    """Raise TusError 412 where a request speaks another version."""
    if request.headers.get("tus-resumable") != _VERSION:
        raise TusError(412, f"this speaks tus {_VERSION} only", where="Tus-Resumable")


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a body should have: `name` of the algorithm and the digest."""

    name: str
    digest: bytes

    def need(self, body: bytes) -> None:
        """Raise TusError 460 where a body has another one."""
        made = hashlib.new(self.name, body, usedforsecurity=False).digest()
        if made != self.digest:
            raise TusError(460, "the bytes came damaged", where="Upload-Checksum", todo="send them again")


@dataclass(frozen=True, slots=True)
class Piece:
    """What the headers of a PATCH say: where its body belongs, how long it is if told, its checksum."""

    offset: int
    length: int | None
    checksum: Checksum | None = field(default=None)


def piece_of(request: Request) -> Piece:
    """Read the headers of a PATCH.

    Raises:
        TusError: 412 another version, 415 another content type, 400 no offset or checksum that can be read,
            413 a body too large for a checksum.
    """
    need_version(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _BODY:
        raise TusError(415, f"the body must be {_BODY}", where="Content-Type")
    offset = _number(request, "upload-offset")
    if offset is None:
        raise TusError(400, "where the bytes belong is missing", where="Upload-Offset")
    length, checksum = _number(request, "content-length"), _checksum(request)
    if checksum is not None and length is not None and length > CHECKSUM_BYTES:
        raise TusError(413, "too long for one checksum", where="body", todo=f"send {CHECKSUM_BYTES} at most")
    return Piece(offset, length, checksum)


def _number(request: Request, name: str) -> int | None:
    text = request.headers.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise TusError(400, "this is no number of bytes", where=name)
    return int(text)


def _checksum(request: Request) -> Checksum | None:
    told = request.headers.get("upload-checksum")
    if told is None:
        return None
    name, _, text = told.partition(" ")
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if name not in _ALGORITHMS or not digest:
        known = ", ".join(_ALGORITHMS)
        raise TusError(400, "this is no checksum that is known here", where="Upload-Checksum", todo=known)
    return Checksum(name, digest)
