"""A lean server with light work, and phones that never give up: for the study of kills, and tests of servers.

``python -m benchmarks.serve_light NAME web|work|both`` runs one apart, for a `Place` told in MITATE_LIGHT.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import random
import secrets
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import uvicorn
from fastapi import APIRouter, FastAPI

from mitate.record.accounts import add_account
from mitate.record.audit import note
from mitate.record.captures import forget_film
from mitate.record.opened import open_record
from mitate.record.schema import Capture, Consent, Login, Person, new_id, now
from mitate.record.streams import film_about, plain_copy
from mitate.record.vault import Vault
from mitate.serve.api import jobs, uploads
from mitate.serve.auth.logins import cookie_name, hashed
from mitate.serve.failing import handle_errors
from mitate.serve.jobs.consumer import Pace, start
from mitate.serve.jobs.queue import open_queue
from mitate.serve.service import Service
from mitate.serve.settings import Settings
from mitate.serve.work.kinds import Finish, Report, Task

__all__ = ["DONE", "WRONG", "Phone", "Place", "port_of", "prepare", "read_light", "serve", "warm_app"]

DONE = "no more films"
WRONG = "wrong-"
"""Begins the names of a phone's notes of answers that it should not have had."""
_BYTES = (20_000, 500_000)
_WORK_S = (0.0, 0.08)
_PAUSE_S = (0.1, 0.6)
_PACE = Pace(lease=20.0, write=0.1, sweep=0.25, retry=0.2, room=0.5, longest=8.0, grace=1.0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a study happens: notes in `folder`, the record below it, its key, who signs in as what."""

    folder: Path
    vault: Vault
    people: tuple[str, ...]
    token: str
    database_url: str | None = None
    redis_url: str | None = None

    @property
    def settings(self) -> Settings:
        """How its servers run."""
        return Settings(self.record, database_url=self.database_url, redis_url=self.redis_url, live=False)

    @property
    def cookie(self) -> str:
        """The header that signs in."""
        return f"{cookie_name(self.settings)}={self.token}"

    def told(self) -> str:
        """For `of`, in another process. The key is of a simulated record."""
        urls = {"database_url": self.database_url, "redis_url": self.redis_url}
        facts = {"folder": str(self.folder), "master": self.vault.master.hex(), "token": self.token}
        return json.dumps({**facts, **urls, "people": self.people})

    @classmethod
    def of(cls, told: str) -> Self:
        """What `told` told."""
        facts = json.loads(told)
        vault = Vault(bytes.fromhex(facts.pop("master")))
        folder, people = Path(facts.pop("folder")), tuple(facts.pop("people"))
        return cls(folder, vault, people, **facts)

    @property
    def record(self) -> Path:
        """The record's folder."""
        return self.folder / "record"


def prepare(
    folder: Path, people: int, database_url: str | None = None, redis_url: str | None = None
) -> Place:
    """A record with people who agreed, and a clinician who is signed in."""
    vault, token = Vault.new(), secrets.token_urlsafe(32)
    record, ids = open_record(folder / "record", vault, database_url), []
    with record.database.writing() as session:
        for _ in range(people):
            person_id = new_id()
            key, wrapped = vault.new_key(person_id)
            sealed = key.seal_json({"name": "simulated"}, f"person.sealed {person_id}")
            session.add(Person(id=person_id, wrapped_key=wrapped, sealed=sealed))
            session.flush()
            session.add(Consent(person_id=person_id, kind="analyse", given=True, by="0" * 32))
            ids.append(person_id)
        account = add_account(record, session, login="k", name="K", roles=["clinician"], secret="-").id
        session.add(
            Login(
                token_hash=hashed(token), account_id=account, csrf="-", expires_at=now() + timedelta(days=1)
            )
        )
    record.close()
    return Place(folder, vault, tuple(ids), token, database_url, redis_url)


def read_light(service: Service, task: Task, report: Report) -> Finish:
    """In the place of a film's reading: its digest, at a random pace."""
    record = service.record
    with record.database.reading() as session:
        capture = session.get_one(Capture, task.subject)
        key = record.key(session, capture.person_id)
    report("reading", 0.1)
    film = record.folder / "videos" / str(capture.video)
    with plain_copy(film, key, film_about(capture.id), record.folder) as copy:
        digest = sha256(copy.path.read_bytes()).hexdigest()
    time.sleep(random.uniform(*_WORK_S))
    report("reading", 0.9)

    def finish(session: Any) -> None:
        row = session.get_one(Capture, task.subject)
        row.result = key.seal_json({"sha256": digest}, f"capture.result {row.id}")
        row.state, row.result_at = "done", now()
        note(session, "system", "test.read", row.id)
        forget_film(record, session, row)

    return finish


def serve(place: Place, name: str = "server", role: str = "both") -> None:
    """Run a server until it is killed; its port stands in a file as soon as it answers."""
    record = open_record(place.record, place.vault, place.database_url)
    service = Service(record, open_queue(place.settings), place.settings)
    app = warm_app()
    app.state.service = service
    if role != "web":
        start(service, {"read_face": read_light}, {}, pace=_PACE)
    if role == "work":
        threading.Event().wait()
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    )
    threading.Thread(target=_announce, args=(server, place, name), daemon=True).start()
    server.run()


@cache
def warm_app() -> FastAPI:
    """The routes, after a first request: a process forked from one that called this starts quickly."""
    for name in ("huey.consumer", "uvicorn.loops.auto", "uvicorn.protocols.http.auto"):
        import_module(name)
    import_module("uvicorn.protocols.websockets.auto")
    app, api = FastAPI(), APIRouter(prefix="/api/v1")
    api.include_router(uploads.router)
    api.include_router(jobs.router)
    app.include_router(api)
    handle_errors(app)
    scope = {"type": "http", "method": "GET", "path": "/api/none", "headers": [], "query_string": b""}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Any) -> None:
        return None

    asyncio.run(app(scope, receive, send))
    return app


def port_of(place: Place, name: str = "server") -> str:
    """Port and process of the last server that answered."""
    path = place.folder / f"{name}.port"
    return path.read_text() if path.exists() else ""


def _announce(server: uvicorn.Server, place: Place, name: str) -> None:
    while not server.started:
        time.sleep(0.002)
    port = server.servers[0].sockets[0].getsockname()[1]
    part = place.folder / f"{name}.{os.getpid()}"
    part.write_text(f"{port} {os.getpid()}")
    part.replace(place.folder / f"{name}.port")


class Phone:
    """Sends one film after the other until it is told that there are enough."""

    def __init__(self, place: Place, person_id: str, number: int, seed: int) -> None:
        self._place, self._person = place, person_id
        self._rng = random.Random(seed + number)
        self._notes = place.folder / f"told-{number}.jsonl"
        self._headers = {"Cookie": place.cookie}

    @classmethod
    def many(cls, place: Place, number: int, seed: int) -> None:
        """As many phones at once; returns when all have ended."""
        phones = [cls(place, place.people[i], i, seed) for i in range(number)]
        threads = [threading.Thread(target=phone.send_all) for phone in phones]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def send_all(self) -> None:
        """Until there are enough; a film that was begun is finished."""
        while not (self._place.folder / DONE).exists():
            film = b"\x00\x00\x00\x18ftypisom" + self._rng.randbytes(self._rng.randint(*_BYTES))
            self._send(film, secrets.token_urlsafe(16))
            time.sleep(self._rng.uniform(*_PAUSE_S))

    def _send(self, film: bytes, key: str) -> None:
        asked = {"instrument": "edema", "length": len(film), "content_type": "video/mp4"}
        begin = {"Idempotency-Key": key, "Content-Type": "application/json"}
        where = f"/api/v1/people/{self._person}/captures"
        told = self._surely(lambda: self._ask("POST", where, json.dumps(asked).encode(), begin), {201})
        capture, url = told["body"]["id"], told["body"]["upload"]
        at = 0
        while at < len(film):
            at = self._piece(url, film, at)
        with self._notes.open("a") as notes:
            notes.write(json.dumps({"capture": capture, "sha256": sha256(film).hexdigest()}) + "\n")

    def _piece(self, url: str, film: bytes, at: int) -> int:
        """Send some of it; where to go on."""
        size = self._rng.randint(5_000, 200_000)
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": str(at),
            "Content-Type": "application/offset+octet-stream",
        }
        try:
            told = self._ask("PATCH", url, film[at : at + size], headers)
        except (OSError, http.client.HTTPException):
            told = {"status": 0}
        if told["status"] == 204:
            return int(told["offset"])
        if told["status"]:
            self._look_at(told["status"])
        head = {"Tus-Resumable": "1.0.0"}
        return int(self._surely(lambda: self._ask("HEAD", url, b"", head), {200})["offset"])

    def _surely(self, ask: Callable[[], dict[str, Any]], wanted: set[int]) -> dict[str, Any]:
        """Ask until it is answered as it must be; what else is said is an error of the server."""
        while True:
            try:
                told = ask()
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
                continue
            if told["status"] in wanted:
                return told
            self._look_at(told["status"])
            time.sleep(0.05)

    def _look_at(self, status: int) -> None:
        """Note a status that no server of ours gives, however often it is killed; the study counts them."""
        if status not in (409, 423, 503):
            (self._place.folder / f"{WRONG}{status}-{secrets.token_hex(4)}").touch()

    def _ask(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        port = port_of(self._place).partition(" ")[0]
        connection = http.client.HTTPConnection("127.0.0.1", int(port or 1), timeout=10)
        try:
            connection.request(method, url, body, headers | self._headers)
            answer = connection.getresponse()
            content = answer.read()
            return {
                "status": answer.status,
                "offset": answer.headers.get("Upload-Offset"),
                "body": json.loads(content) if content else None,
            }
        finally:
            connection.close()


if __name__ == "__main__":
    serve(Place.of(os.environ["MITATE_LIGHT"]), sys.argv[1], sys.argv[2])
