"""Headers of tus: whatever is sent is understood or refused by a status of the protocol."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from mitate.serve.api.tus import CHECKSUM_BYTES, Checksum, TusError, expires, piece_of

GOOD = {
    "tus-resumable": "1.0.0",
    "content-type": "application/offset+octet-stream",
    "upload-offset": "70",
    "content-length": "5",
}
TEXT = st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=30)


def request(headers: dict[str, str]) -> Request:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "method": "PATCH", "headers": raw})


def test_a_good_piece_is_understood() -> None:
    piece = piece_of(request(GOOD))
    assert (piece.offset, piece.length, piece.checksum) == (70, 5, None)


@given(st.dictionaries(st.sampled_from([*GOOD, "upload-checksum"]), TEXT))
def test_no_header_is_too_strange(headers: dict[str, str]) -> None:
    status = 0
    try:
        assert piece_of(request(GOOD | headers)).offset >= 0
    except TusError as error:
        status = error.status
    assert status in (0, 400, 412, 413, 415)


@given(st.binary(max_size=200), st.sampled_from(["sha1", "sha256"]))
def test_a_checksum_holds_for_its_bytes_only(body: bytes, name: str) -> None:
    digest = hashlib.new(name, body).digest()
    told = f"{name} {base64.b64encode(digest).decode()}"
    checksum = piece_of(request(GOOD | {"upload-checksum": told})).checksum
    assert checksum == Checksum(name, digest)
    checksum.need(body)
    with pytest.raises(TusError):
        checksum.need(body + b"!")


def test_what_waits_for_its_checksum_is_bounded() -> None:
    told = {"upload-checksum": f"sha1 {base64.b64encode(bytes(20)).decode()}"}
    with pytest.raises(TusError) as refused:
        piece_of(request(GOOD | told | {"content-length": str(CHECKSUM_BYTES + 1)}))
    assert refused.value.status == 413


def test_times_are_as_http_writes_them() -> None:
    assert expires(datetime(2026, 11, 22, 16, 15, tzinfo=UTC)) == "Sun, 22 Nov 2026 16:15:00 GMT"
