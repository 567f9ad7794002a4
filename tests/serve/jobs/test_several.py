"""Several machines: two web processes and two workers on PostgreSQL and Redis; each film once."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from benchmarks.serve_light import Place, prepare
from sqlalchemy import select
from tests.serve.lean import Server

from mitate.record.audit import verify
from mitate.record.opened import Record, open_record
from mitate.record.schema import Audit, Capture, Job

FILMS = 12


@pytest.fixture
def place(tmp_path: Path, postgres_url: str, redis_url: str) -> Place:
    return prepare(tmp_path, 3, postgres_url, redis_url)


@pytest.fixture
def servers(place: Place) -> Iterator[list[Server]]:
    roles = [("web-a", "web"), ("web-b", "web"), ("work-a", "work"), ("work-b", "work")]
    started = []
    try:
        for name, role in roles:
            started.append(Server.start(place, name, role))
        yield started
    finally:
        for server in started:
            server.kill()


@pytest.fixture
def record(place: Place) -> Iterator[Record]:
    record = open_record(place.record, place.vault, place.database_url)
    yield record
    record.close()


def ask(server: Server, method: str, url: str, body: bytes, **headers: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    told = {"Cookie": server.place.cookie, "Tus-Resumable": "1.0.0"}
    connection.request(method, url, body, told | {k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status in (201, 204), content
    return json.loads(content) if content else None


def test_films_go_to_any_and_each_is_read_once(servers: list[Server], record: Record, place: Place) -> None:
    rng, sent = random.Random(3), {}
    for number in range(FILMS):
        film = b"\x00\x00\x00\x18ftypisom" + rng.randbytes(200_000)
        url = f"/api/v1/people/{place.people[number % 3]}/captures"
        asked = {"instrument": "edema", "length": len(film), "content_type": "video/mp4"}
        body = json.dumps(asked).encode()
        told = ask(servers[0], "POST", url, body, Content_Type="application/json")
        for i, at in enumerate(range(0, len(film), 70_000)):  # pieces of one film by both
            kind = "application/offset+octet-stream"
            piece = film[at : at + 70_000]
            ask(servers[i % 2], "PATCH", told["upload"], piece, Content_Type=kind, Upload_Offset=str(at))
        sent[told["id"]] = sha256(film).hexdigest()
        if number == FILMS // 2:
            servers[2].kill()  # one of the machines goes down
    until = time.monotonic() + 240
    while time.monotonic() < until:
        with record.database.reading() as session:
            if Counter(session.scalars(select(Job.state))) == {"done": FILMS}:
                break
        time.sleep(0.1)
    with record.database.reading() as session:
        read = Counter(session.scalars(select(Audit.subject).where(Audit.action == "test.read")))
        assert read == dict.fromkeys(sent, 1)
        for capture_id, digest in sent.items():
            row = session.get_one(Capture, capture_id)
            assert row.result is not None
            key = record.key(session, row.person_id)
            assert key.open_json(row.result, f"capture.result {capture_id}")["sha256"] == digest
        assert verify(session).ok
