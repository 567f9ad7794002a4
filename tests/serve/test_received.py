"""Bodies and forms in memory: whole, not too large, and with the page's token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from mitate.errors import InputError
from mitate.record.errors import DeniedError
from mitate.serve.auth.types import Who
from mitate.serve.failing import TooLargeError
from mitate.serve.received import body_of, form_of

WHO = Who("a" * 32, ("clinician",), csrf="token")
T = TypeVar("T")


def request(pieces: list[bytes], *, gone: bool = False, **headers: str) -> Request:
    """A request whose body comes in pieces; `gone`: its sender hangs up after them."""
    waiting: list[dict[str, Any]] = [
        {"type": "http.request", "body": piece, "more_body": True} for piece in pieces
    ]
    last: dict[str, Any] = {"type": "http.request", "body": b"", "more_body": False}
    waiting.append({"type": "http.disconnect"} if gone else last)

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": told}, receive)


def run(asked: Callable[[], Awaitable[T]]) -> T:
    async def whole() -> T:
        return await asked()

    return asyncio.run(whole())


def form(csrf: str = "token", content: bytes = b"content", name: str = "a.jpg") -> bytes:
    return (
        f'--X\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{csrf}\r\n'
        f'--X\r\nContent-Disposition: form-data; name="photo"; filename="{name}"\r\n\r\n'
    ).encode() + content + b"\r\n--X--\r\n"  # fmt: skip


FORM = "multipart/form-data; boundary=X"


@given(st.lists(st.binary(max_size=50), max_size=8), st.integers(0, 200))
def test_a_body_is_whole_or_too_large(pieces: list[bytes], most: int) -> None:
    content = b"".join(pieces)
    if len(content) > most:
        with pytest.raises(TooLargeError):
            run(lambda: body_of(request(pieces), most))
    else:
        assert run(lambda: body_of(request(pieces), most)) == content


def test_what_says_that_it_is_too_large_is_not_read() -> None:
    with pytest.raises(TooLargeError):
        run(lambda: body_of(request([], content_length="11"), 10))


def test_a_sender_that_hangs_up_is_no_failure_of_ours() -> None:
    with pytest.raises(ConnectionError):
        run(lambda: body_of(request([b"half"], gone=True), 10))


@given(st.binary(max_size=300).filter(lambda content: b"--X" not in content), st.integers(1, 40))
def test_a_form_gives_its_files(content: bytes, step: int) -> None:
    whole = form(content=content)
    pieces = [whole[at : at + step] for at in range(0, len(whole), step)]
    found = run(lambda: form_of(request(pieces, content_type=FORM), WHO, 1000))
    assert (found.files, found.fields) == ({"a.jpg": content}, {})


def test_a_file_that_nobody_chose_is_none() -> None:
    assert run(lambda: form_of(request([form(name="", content=b"")], content_type=FORM), WHO, 10)).files == {}


@pytest.mark.parametrize("whole", [form("wrong"), form(""), b"--X\r\n", b""])
def test_a_form_without_the_pages_token_is_refused(whole: bytes) -> None:
    with pytest.raises(DeniedError):
        run(lambda: form_of(request([whole], content_type=FORM), WHO, 1000))


def test_what_is_no_form_is_told_once_its_token_is_right() -> None:
    with pytest.raises(DeniedError):
        run(lambda: form_of(request([b"x"]), WHO, 10))
    with pytest.raises(InputError, match="no form"):
        run(lambda: form_of(request([b"x"], x_csrf_token="token"), WHO, 10))
    with pytest.raises(InputError, match="broke off"):
        run(
            lambda: form_of(
                request([b"nothing of a form"], x_csrf_token="token", content_type=FORM), WHO, 100
            )
        )
    with pytest.raises(TooLargeError):
        run(lambda: form_of(request([form(content=bytes(100_000))], content_type=FORM), WHO, 1000))
