"""A ward's phones behind one address: fifty of them at once, with the limits as they are."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from tests.serve.conftest import add_person

from mitate.record.accounts import add_account
from mitate.serve import running
from mitate.serve.app import create_app
from mitate.serve.auth import guard
from mitate.serve.auth.secrets import hash_secret
from mitate.serve.connections import Crowd, Patience, counted
from mitate.serve.running import Listener
from mitate.serve.service import Service

PHONES, CONNECTIONS, POLLS = 50, 6, 2
"""A browser opens six connections to one host over HTTP/1.1."""
PIN = "739204"
LIMITS = guard.VISITOR, guard.ADDRESS, guard.DOORS  # `unhurried` takes them away before each test


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch, unhurried: None) -> None:
    """The guard's rates as they are."""
    for name, rate in zip(("VISITOR", "ADDRESS", "DOORS"), LIMITS, strict=True):
        monkeypatch.setattr(guard, name, rate)


@pytest.fixture
def ward(service: Service, limits: None) -> Iterator[tuple[int, list[str]]]:
    """A running server of fifty accounts, and their people."""
    people = [add_person(service, f"simulated {number}") for number in range(PHONES)]
    with service.record.database.writing() as session:
        for number, person in enumerate(people):
            login, secret = f"phone-{number}", hash_secret(PIN)
            add_account(
                service.record,
                session,
                login=login,
                name=login,
                roles=["person"],
                secret=secret,
                person_id=person,
            )
    bound = counted(socket.create_server(("127.0.0.1", 0), backlog=512), Crowd(Patience()))
    port = int(bound.getsockname()[1])
    app = create_app(replace(service, settings=replace(service.settings, origin=f"http://127.0.0.1:{port}")))
    server = running._Server(running._config(Listener(app, "127.0.0.1", port), "", Patience()))
    thread = threading.Thread(target=server.run, args=([bound],))
    thread.start()
    try:
        yield port, people
    finally:
        server.should_exit = True
        thread.join(30)
        bound.close()


class Phone:
    """A browser with six connections and a cookie."""

    def __init__(self, port: int, statuses: Counter[int]) -> None:
        self.lines = [http.client.HTTPConnection("127.0.0.1", port, timeout=300) for _ in range(CONNECTIONS)]
        self.headers = {"Origin": f"http://127.0.0.1:{port}", "Accept-Language": "en"}
        self.statuses = statuses

    def ask(self, line: int, method: str, path: str, body: str = "", kind: str = "") -> tuple[int, str]:
        told = self.headers | ({"Content-Type": kind} if kind else {})
        self.lines[line].request(method, path, body.encode() or None, told)
        answer = self.lines[line].getresponse()
        content = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            kept = dict(one.split("=", 1) for one in self.headers.get("Cookie", "").split("; ") if one)
            self.headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in {**kept, name: value}.items())
        self.statuses[answer.status] += 1
        return answer.status, content

    def sign_in(self, login: str) -> None:
        """Until it is let in; to wait is asked of a crowd only, in words that say so."""
        form = urlencode({"name": login, "secret": PIN})
        until = time.monotonic() + 300
        while time.monotonic() < until:
            status, told = self.ask(0, "POST", "/sign-in", form, "application/x-www-form-urlencoded")
            if status == 303:
                return
            assert status == 429
            assert "Many people are signing in" in told
            self.statuses[429] -= 1
            time.sleep(0.3)
        raise TimeoutError(login)


def visit(port: int, number: int, person: str, statuses: Counter[int], together: threading.Barrier) -> int:
    phone = Phone(port, statuses)
    for line in phone.lines:
        line.connect()
    together.wait(300)  # three hundred connections of one address are open
    assert phone.ask(CONNECTIONS - 1, "GET", "/sign-in")[0] == 200
    phone.sign_in(f"phone-{number}")
    status, page = phone.ask(1, "GET", "/home")
    token = re.search(r'name="csrf" content="([^"]+)"', page)
    assert status == 200
    assert token is not None
    phone.headers["X-CSRF-Token"] = token[1]
    asked = json.dumps({"instrument": "edema", "length": 100_000, "content_type": "video/mp4"})
    status, told = phone.ask(2, "POST", f"/api/v1/people/{person}/captures", asked, "application/json")
    assert status == 201, told
    for poll in range(POLLS):
        path = f"/api/v1/captures/{json.loads(told)['id']}"
        assert phone.ask(poll % CONNECTIONS, "GET", path)[0] == 200
    for line in phone.lines:
        line.close()
    return 1


@pytest.mark.usefixtures("limits")
def test_fifty_phones_behind_one_address_all_come_in(ward: tuple[int, list[str]]) -> None:
    port, people = ward
    statuses: Counter[int] = Counter()
    together = threading.Barrier(PHONES)
    with ThreadPoolExecutor(PHONES) as pool:
        jobs = [pool.submit(visit, port, n, person, statuses, together) for n, person in enumerate(people)]
        assert sum(job.result() for job in jobs) == PHONES
    assert set(+statuses) <= {200, 201, 303}
