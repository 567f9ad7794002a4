"""Uploads through a real server: another's client of tus, kills, lost connections, two at once."""

from __future__ import annotations

import http.client
import io
import json
import random
import socket
import time
from collections.abc import Iterator
from email.message import Message
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from benchmarks.serve_light import Place, prepare
from tests.serve.lean import Server
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from mitate.record.opened import open_record
from mitate.record.schema import Capture
from mitate.record.streams import SealedWriter, film_about

FILM = b"\x00\x00\x00\x18ftypisom" + random.Random(5).randbytes(3_000_000)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests that do not kill it."""
    server = Server.start(prepare(tmp_path_factory.mktemp("served"), 1))
    yield server
    server.kill()


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    server = Server.start(prepare(tmp_path, 1))
    yield server
    server.kill()


def ask(server: Server, method: str, url: str, body: bytes = b"", **headers: str) -> tuple[int, Message, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    told = {"Cookie": server.place.cookie, "Tus-Resumable": "1.0.0"}
    connection.request(method, url, body, told | {k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, json.loads(content) if content else None


def begin(server: Server, length: int = len(FILM)) -> tuple[str, str]:
    asked = {"instrument": "edema", "length": length, "content_type": "video/mp4"}
    url = f"/api/v1/people/{server.place.people[0]}/captures"
    status, _, told = ask(server, "POST", url, json.dumps(asked).encode(), Content_Type="application/json")
    assert status == 201
    return told["id"], told["upload"]


def digest_read(place: Place, capture_id: str) -> str:
    """What the job made of it, waited for."""
    record, until = open_record(place.record, place.vault), time.monotonic() + 60
    try:
        while time.monotonic() < until:
            with record.database.reading() as session:
                row = session.get_one(Capture, capture_id)
                if row.state == "done" and row.result is not None:
                    key = record.key(session, row.person_id)
                    return str(key.open_json(row.result, f"capture.result {capture_id}")["sha256"])
            time.sleep(0.05)
    finally:
        record.close()
    raise TimeoutError


def half_sent(server: Server, url: str, content: bytes, length: int) -> socket.socket:
    """A connection on which a PATCH of `length` bytes stands still after some of them."""
    head = (
        f"PATCH {url} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {server.place.cookie}\r\n"
        f"Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
        f"Content-Length: {length}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=120)
    connection.sendall(head.encode() + content)
    return connection


def until_taken_in(server: Server, url: str, connection: socket.socket) -> None:
    """Wait until the server holds the upload and has read all that was sent, however slow it is.

    Linux tells how many bytes wait in a connection's two ends; elsewhere half a second must do.
    """
    ports, table = (server.port, connection.getsockname()[1]), Path("/proc/net/tcp")
    ends = {(f":{one:04X}", f":{other:04X}") for one, other in (ports, ports[::-1])}
    parts, until = server.place.record / "uploads", time.monotonic() + 60
    while time.monotonic() < until:
        lines = table.read_text("ascii").splitlines()[1:] if table.exists() else []
        rows = [line.split() for line in lines]
        waiting = [row[4] for row in rows if (row[1][-5:], row[2][-5:]) in ends]
        held = any(parts.glob(f"*{url.rpartition('/')[2]}*"))
        if held and set(waiting) <= {"00000000:00000000"}:
            time.sleep(0.2 if waiting else 0.5)  # read from the connection, and a moment to give it on
            return
        time.sleep(0.02)
    raise TimeoutError


@pytest.mark.parametrize("checksum", [False, True])
def test_tuspy_sends_a_film(server: Server, checksum: bool) -> None:
    capture_id, url = begin(server)
    client = TusClient(server.url, headers={"Cookie": server.place.cookie})
    client.uploader(
        file_stream=io.BytesIO(FILM), url=server.url + url, chunk_size=700_000, upload_checksum=checksum
    ).upload()
    assert digest_read(server.place, capture_id) == sha256(FILM).hexdigest()


def test_tuspy_goes_on_after_a_kill(mortal: Server) -> None:
    server = mortal
    capture_id, url = begin(server)
    client = TusClient(server.url, headers={"Cookie": server.place.cookie})
    uploader = client.uploader(file_stream=io.BytesIO(FILM), url=server.url + url, chunk_size=400_000)
    uploader.upload(stop_at=1_200_000)
    server.kill()
    with pytest.raises((TusUploadFailed, TusCommunicationError)):
        uploader.upload()
    again = Server.start(server.place)
    try:
        resumed = TusClient(again.url, headers={"Cookie": again.place.cookie}).uploader(
            file_stream=io.BytesIO(FILM), url=again.url + url, chunk_size=400_000
        )
        assert resumed.offset == 1_200_000
        resumed.upload()
        assert digest_read(again.place, capture_id) == sha256(FILM).hexdigest()
    finally:
        again.kill()


def test_of_two_at_once_one_waits(server: Server) -> None:
    _, url = begin(server)
    with half_sent(server, url, FILM[:500_000], len(FILM)) as sender:
        until_taken_in(server, url, sender)
        told = {"Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}
        status, headers, _ = ask(server, "PATCH", url, FILM, **told)
        assert status == 423
        assert headers["Tus-Resumable"] == "1.0.0"


def test_asking_frees_an_upload_from_a_lost_connection_and_keeps_what_came(server: Server) -> None:
    capture_id, url = begin(server)
    with half_sent(server, url, FILM[:500_000], len(FILM)) as sender:
        until_taken_in(server, url, sender)
        status, headers, _ = ask(server, "HEAD", url)
        at = int(headers["Upload-Offset"])
        assert (status, at) == (200, 500_000)
        told = {"Upload_Offset": str(at), "Content_Type": "application/offset+octet-stream"}
        assert ask(server, "PATCH", url, FILM[at:], **told)[0] == 204
    assert digest_read(server.place, capture_id) == sha256(FILM).hexdigest()


def test_a_connection_that_breaks_keeps_what_came(server: Server) -> None:
    _, url = begin(server)
    with half_sent(server, url, FILM[:300_000], len(FILM)) as sender:
        until_taken_in(server, url, sender)  # what it has not when the connection ends is sent again
    until = time.monotonic() + 60
    while ask(server, "HEAD", url)[1].get("Upload-Offset") != "300000":
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_film_whose_last_answer_was_never_sent_is_found_at_the_next_start(mortal: Server) -> None:
    server = mortal
    capture_id, url = begin(server)
    told = {"Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}
    assert ask(server, "PATCH", url, FILM[:-1], **told)[0] == 204
    server.kill()
    record = open_record(server.place.record, server.place.vault)
    with record.database.reading() as session:
        key = record.key(session, server.place.people[0])
    part = server.place.record / "uploads" / f"{capture_id}.part"
    with SealedWriter.open(part, key, film_about(capture_id)) as writer:  # killed right after this
        writer.append(FILM[-1:])
    record.close()
    again = Server.start(server.place)
    try:
        assert digest_read(again.place, capture_id) == sha256(FILM).hexdigest()
    finally:
        again.kill()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is told by Linux only")
def test_a_large_film_in_one_piece_takes_little_memory(server: Server) -> None:
    def peak_mb() -> float:
        told = Path(f"/proc/{server.process.pid}/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in told.splitlines() if line.startswith("VmHWM"))

    length, before = 80_000_000, peak_mb()
    _, url = begin(server, length)
    content = FILM[:12] + bytes(length - 13)  # all but the last byte, so that no job reads it
    told = {"Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}
    status, headers, _ = ask(server, "PATCH", url, content, **told)
    assert (status, headers["Upload-Offset"]) == (204, str(length - 1))
    assert ask(server, "DELETE", url)[0] == 204
    assert peak_mb() - before < 24
