"""Photos and models as they come in: a body or a form's files, in memory only, no larger than they may be.

They are read by routes that know who is asking; `mitate.serve.auth.bodies` lets them pass for that. A form is
``multipart/form-data`` (RFC 7578) of a page of ours; what it holds touches no disk before it is sealed.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from mitate.errors import InputError
from mitate.record.errors import DeniedError
from mitate.serve.failing import TooLargeError
from mitate.serve.who import Who

__all__ = ["Form", "body_of", "form_of"]

_MORE = 65_536  # bytes of a form beside its files
_MOST_FILES = 64


@dataclass(frozen=True, slots=True)
class Form:
    """What a form sent.

    Attributes:
        fields: by name.
        files: by file name; those that nobody chose are left out.
    """

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


async def body_of(request: Request, most: int) -> bytes:
    """A whole body.

    Raises:
        TooLargeError: more than `most` bytes, said or sent.
    """
    return b"".join([piece async for piece in _pieces(request, most)])


async def form_of(request: Request, who: Who, most: int) -> Form:
    """A form with files, from a page of ours.

    Args:
        request: that brings it.
        who: is signed in; the form must hold the page's token.
        most: bytes of the files together.

    Raises:
        DeniedError: the page's token is missing or old; nothing of the form was used.
        TooLargeError: more than `most` bytes.
        InputError: it is no form, or broke off.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    given = request.headers.get("x-csrf-token", "")
    if kind != "multipart/form-data":
        _check(who, given)
        raise InputError("this is no form with a file", where="body", todo="use our own page")
    parser = MultiPartParser(
        request.headers, _pieces(request, most + _MORE), max_files=_MOST_FILES, max_fields=_MOST_FILES
    )
    parser.spool_max_size = most + 2 * _MORE  # never on the disk
    try:
        parsed = await parser.parse()
    except (MultiPartException, KeyError) as error:
        _check(who, given)
        raise InputError("the form broke off", where="body", todo="send it again") from error
    form = Form()
    try:
        for name, value in parsed.multi_items():
            if not isinstance(value, UploadFile):
                form.fields[name] = value
            elif value.filename:
                form.files[value.filename] = await value.read()
    finally:
        await parsed.close()
    _check(who, form.fields.pop("csrf", "") or given)
    return form


def _check(who: Who, given: str) -> None:
    if not hmac.compare_digest(given.encode(), who.csrf.encode()):
        raise DeniedError(
            "the page's own sign is missing or old", where="csrf", todo="load the page again and repeat"
        )


async def _pieces(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    told = request.headers.get("content-length", "")
    too_large = TooLargeError(
        f"more than {most / 1e6:.0f} MB are not taken here", where="body", todo="send less at once"
    )
    if told.isdecimal() and int(told) > most:
        raise too_large
    got = 0
    try:
        async for piece in request.stream():
            got += len(piece)
            if got > most:
                raise too_large
            yield piece
    except ClientDisconnect as error:
        raise ConnectionError from error  # nobody is there to answer
