"""A film sent by a plain form, for browsers without scripts: sealed as it comes, never whole in memory.

The body is ``multipart/form-data`` (RFC 7578) as our own page makes it: the page's token first, the film
last. So the film's length is known before it comes, as the record wants it: what is left of the body after
the film's head, less the closing boundary.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from mitate.errors import InputError
from mitate.record import upload_begun, uploads
from mitate.record.containers import CONTENT_TYPES
from mitate.record.errors import DeniedError
from mitate.record.upload_begun import Limits, Wanted
from mitate.serve.pages.face_facts import FaceFacts
from mitate.serve.service import Service
from mitate.serve.who import Who

__all__ = ["FilmMissing", "take_form"]

_MOST_HEAD = 16_384
_PIECE = 1 << 20
_BOUNDARY = re.compile(r'boundary="?([\x21\x23-\x7e]{1,70})"?', re.ASCII)
_NAME = re.compile(rb'[; ]name="([^"]*)"')
_FILE = re.compile(rb'[; ]filename="([^"]*)"')
_TYPE = re.compile(rb"(?im)^content-type:[ \t]*([\w./+-]+)")


class FilmMissing(InputError):
    """The form was sent without a film."""


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands before a film: the page's token, the film's type, and where its first byte is."""

    csrf: str
    content_type: str
    start: int
    named: bool


async def take_form(service: Service, who: Who, person_id: str, facts: FaceFacts, request: Request) -> str:
    """Take a film out of a form's body; the capture's id. Its job is added with the last byte.

    Raises:
        FilmMissing: no file was chosen.
        DeniedError: the page's token is missing or old.
        InputError: no form of our page, or no film.
        TooLargeError, ConflictError, FullError: as `mitate.record.upload_begun.begin`.
    """
    boundary, total = _announced(request)
    stream = request.stream()
    head, first = await _head(stream, boundary)
    if not hmac.compare_digest(head.csrf.encode(), who.csrf.encode()):
        raise _no_token()
    closing = b"\r\n--" + boundary + b"--\r\n"
    length = total - head.start - len(closing)
    if not head.named or length <= 0:
        raise FilmMissing("no film was chosen", where="film", todo="choose a film, then send it")
    upload_id = await run_in_threadpool(_begin, service, who, person_id, facts, head.content_type, length)
    try:
        await _receive(service, upload_id, first, stream, length, closing)
    except BaseException:
        await run_in_threadpool(uploads.abandon, service.record, upload_id)
        raise
    return upload_id


def _no_token() -> DeniedError:
    return DeniedError(
        "the page's own sign is missing or old", where="csrf", todo="load the page again and repeat"
    )


def _announced(request: Request) -> tuple[bytes, int]:
    kind = request.headers.get("content-type", "")
    found, length = _BOUNDARY.search(kind), request.headers.get("content-length", "")
    if not kind.lower().startswith("multipart/form-data") or found is None:
        raise _no_token()
    if not length.isdecimal():
        raise InputError("the form does not say how long it is", where="body", todo="send Content-Length")
    return found[1].encode(), int(length)


async def _head(stream: AsyncIterator[bytes], boundary: bytes) -> tuple[_Head, bytes]:
    """The form up to the film, and the film's first bytes that came with it."""
    got = b""
    async for piece in stream:
        got += piece
        head = _read_head(got, b"--" + boundary)
        if head is not None:
            return head, got[head.start :]
        if len(got) > _MOST_HEAD:
            break
    raise InputError("this is no form with a film", where="body", todo="use the page /face/upload")


def _read_head(got: bytes, delimiter: bytes) -> _Head | None:
    """None while the film's head is not there as a whole."""
    fields: dict[bytes, str] = {}
    place = 0
    while got.startswith(delimiter + b"\r\n", place):
        body = got.find(b"\r\n\r\n", place)
        if body < 0:
            return None
        headers, body = got[place:body], body + 4
        name, file = _NAME.search(headers), _FILE.search(headers)
        if file is not None:
            kind = _TYPE.search(headers)
            told = "" if kind is None else kind[1].decode().lower()
            csrf = fields.get(b"csrf", "")
            return _Head(csrf, told if told in CONTENT_TYPES else "video/mp4", body, file[1] != b"")
        end = got.find(b"\r\n" + delimiter, body)
        if end < 0 or name is None:
            return None
        fields[name[1]] = got[body:end].decode("utf-8", "replace")
        place = end + 2
    return None


def _begin(
    service: Service, who: Who, person_id: str, facts: FaceFacts, content_type: str, length: int
) -> str:
    settings = service.settings
    limits = Limits(settings.most_film_mb * 1_000_000, settings.quota_mb * 1_000_000)
    wanted = Wanted("edema", length, content_type, who.account_id, facts.context, facts.weight_kg)
    with service.record.database.writing() as session:
        return upload_begun.begin(service.record, session, person_id, wanted, limits).upload_id


async def _receive(
    service: Service,
    upload_id: str,
    first: bytes,
    stream: AsyncIterator[bytes],
    length: int,
    closing: bytes,
) -> None:
    """Seal the film piece by piece.

    A piece at a time is held and let go of again, so that no lock crosses from one thread to another. The
    last piece waits for the end of the form: a form that broke off never becomes a session.
    """
    waiting, kept = bytearray(first), 0
    async for piece in stream:
        waiting += piece
        if len(waiting) >= _PIECE and kept + len(waiting) < length:
            await run_in_threadpool(_keep, service, upload_id, bytes(waiting))
            kept += len(waiting)
            waiting.clear()
    if waiting[length - kept :] != closing:
        raise InputError("the form broke off", where="film", todo="send it again")
    await run_in_threadpool(_keep, service, upload_id, bytes(waiting[: length - kept]))
    service.queue.wake()


def _keep(service: Service, upload_id: str, content: bytes) -> None:
    with uploads.receiving(service.record, upload_id, service.queue.add) as held:
        held.append(content)
        held.keep()
