"""Bodies of requests on their way in: no larger than they need be, and no slower."""

from __future__ import annotations

import asyncio
import re
import time

from starlette.types import Message, Receive, Scope

from mitate.serve.failing import SlowError, TooLargeError

__all__ = [
    "LARGEST",
    "LARGEST_TABLE",
    "is_film",
    "is_form_with_film",
    "largest",
    "read_body",
    "replayed",
    "unhurried",
]

LARGEST = 1_000_000
"""Bytes of any body but a film's."""
LARGEST_TABLE = 6_000_000
"""Bytes of a table of weights or people."""
_WHOLE_S = 30.0  # for a body as a whole
_PIECE_S = 60.0  # between two pieces of a film, which may come over a poor network
_TABLES = re.compile(
    r"^/(api/v1/people/[^/]+/weights/import|api/v1/(people|weights)/import|clinic/(.*/)?import)/?$"
)
_FILMS = re.compile(r"^/api/v1/uploads/[^/]+$")
_FACES = re.compile(r"^/api/v1/(people/[^/]+/photos|admin/faces/[^/]+)$")
_FORMS = re.compile(r"^(/face/upload|/clinic/people/[^/]+/photos|/admin/faces/[^/]+)$")


def is_film(scope: Scope) -> bool:
    """Whether a film, a photo or a model comes in: its route takes it once it knows who sends it.

    A film is written to disk piece by piece (`api.uploads`); the others are held whole (`received`).
    """
    if scope["method"] == "PATCH":
        return _FILMS.match(scope["path"]) is not None
    return scope["method"] in ("POST", "PUT") and _FACES.match(scope["path"]) is not None


def is_form_with_film(scope: Scope) -> bool:
    """Whether a plain form sends a film, a photo or a model: its route checks the form's own token."""
    return scope["method"] == "POST" and _FORMS.match(scope["path"]) is not None


def largest(path: str) -> int:
    """Bytes that a body sent there may have."""
    return LARGEST_TABLE if _TABLES.match(path) else LARGEST


async def read_body(receive: Receive, most: int, told_length: str | None) -> bytes:
    """A whole body.

    Raises:
        TooLargeError: more than `most` bytes, said or sent.
        SlowError: it takes longer than half a minute.
        ConnectionError: the sender went away.
    """
    too_large = TooLargeError(
        f"more than {most / 1e6:g} MB are not taken here", where="body", todo="send less at once"
    )
    if told_length is not None and told_length.isdecimal() and int(told_length) > most:
        raise too_large
    pieces, got, end = [], 0, time.monotonic() + _WHOLE_S
    while True:
        try:
            message = await asyncio.wait_for(receive(), max(0.01, end - time.monotonic()))
        except TimeoutError as error:
            raise SlowError(
                "the request does not come to its end", where="body", todo="send it again"
            ) from error
        if message["type"] == "http.disconnect":
            raise ConnectionError
        piece = message.get("body", b"")
        got += len(piece)
        if got > most:
            raise too_large
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A body that was read, once more; then what comes after it."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def unhurried(receive: Receive) -> Receive:
    """A film's pieces; a sender that says nothing for a minute counts as gone, and may go on later."""

    async def piece() -> Message:
        try:
            return await asyncio.wait_for(receive(), _PIECE_S)
        except TimeoutError:
            return {"type": "http.disconnect"}

    return piece
