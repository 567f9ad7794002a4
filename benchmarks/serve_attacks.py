"""What somebody sends who means ill: for the study of malformed requests."""

from __future__ import annotations

import http.client
import json
import random
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.served import Browser

__all__ = [
    "DAMAGED",
    "HUNG_UP",
    "MARKS",
    "NOT_SENT",
    "ODD",
    "SILENT",
    "WAYS",
    "Attacker",
    "Found",
    "send",
    "spoilt",
]

MARKS = (b"Zwiebelfisch", b"71.234", b"0471-55501")
"""Of the other person; no answer may hold one."""
HUNG_UP, NOT_SENT, SILENT = 0, 1, 2
"""In the place of a status: the server closed the connection, the client would not say it, no answer came."""
DAMAGED = "mitate-20200101-000000.tar"
"""A backup with a changed byte."""
ODD = (
    "",
    "0",
    "-1",
    "1e309",
    "NaN",
    "null",
    "[]",
    "{}",
    "\x00",
    "\ud83d\ude00" * 50,
    "A" * 5000,
    "../../etc/passwd",
    "%2e%2e%2f",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\r\nSet-Cookie: a=b",
)
Ask = Callable[["Attacker"], None]


@dataclass(slots=True)
class Found:
    """What came back: answers by status, those with another person's things, those of 5xx and none.

    And what stands in the server's log: errors that nobody caught, lines that hold something of a person.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    most_mb: float = 0.0
    lines: int = 0
    uncaught: int = 0
    logged: list[str] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """Requests that left the client."""
        return self.statuses.total() - self.statuses[NOT_SENT]


@dataclass(slots=True)
class Attacker:
    """One browser of somebody who means ill, and what he knows.

    Attributes:
        me, other: people: his own, and another whose marks no answer may hold.
        paths: operations of the API that he tries, with their methods.
        known: what may stand in a path's gaps beside ids and nonsense, by the gap's name.
        blind: whether he may know nothing of others.
        last: status of his last answer.
    """

    origin: str
    browser: Browser
    cookie: str
    me: str
    other: str
    paths: tuple[tuple[str, str], ...]
    rng: random.Random
    found: Found
    known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    blind: bool = True
    last: int = HUNG_UP

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        """Ask, and look at the answer."""
        told = {"Cookie": self.cookie, **(headers or {})}
        try:
            status, content, _ = self.browser.ask(method, path, body, told)
        except (ValueError, http.client.InvalidURL):
            status, content = NOT_SENT, b""
        except (OSError, http.client.HTTPException) as error:
            late = isinstance(getattr(error, "reason", error), TimeoutError)
            status, content = SILENT if late else HUNG_UP, b""
        self.seen(f"{method} {path[:80]}", status, content)
        return content

    def seen(self, what: str, status: int, content: bytes) -> None:
        """Note an answer; 507 tells of a full disk, and 503 of the backup that is damaged."""
        self.last = status
        self.found.statuses[status] += 1
        right = status == 507 or (status == 503 and DAMAGED in what)
        if status == SILENT or (status >= 500 and not right):
            self.found.broken.append(f"{what}: {status if status > SILENT else 'no answer'}")
        if self.blind and any(mark in content for mark in MARKS):
            self.found.leaks.append(what)

    def path(self, path: str) -> str:
        """A path of the API with something in every gap: the other's id, one's own, or nonsense."""
        while "{" in path:
            begin, end = path.index("{"), path.index("}") + 1
            known = self.known.get(path[begin + 1 : end - 1], ())
            nonsense = (self.other, self.me, self.rng.randbytes(16).hex(), "x" * 40)
            filling = self.rng.choice(known if known and self.rng.random() < 0.7 else nonsense)
            path = path[:begin] + filling + path[end:]
        return path


def _raw(attacker: Attacker) -> None:
    """Bytes that are no HTTP, or HTTP at odds with itself."""
    rng = attacker.rng
    host = attacker.origin.partition("//")[2]
    kinds = (
        rng.randbytes(rng.randint(1, 3000)),
        b"GET / HTTP/1.1\r\nHost: "
        + host.encode()
        + b"\r\nX: "
        + b"a" * rng.choice((10, 70_000))
        + b"\r\n\r\n",
        b"POST /sign-in HTTP/1.1\r\nHost: " + host.encode() + b"\r\nContent-Length: -5\r\n\r\nabc",
        b"POST /sign-in HTTP/1.1\r\nHost: "
        + host.encode()
        + b"\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nabcde",
        b"POST /sign-in HTTP/1.1\r\nHost: " + host.encode() + b"\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\n\r\n",
        b"GET /home HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: " + host.encode() + b"\r\n\r\n",
        b"GET /%00%ff/..%2f HTTP/1.1\r\nHost: " + host.encode() + b"\r\n\r\n",
        b"GET /api/v1/live/face HTTP/1.1\r\nHost: "
        + host.encode()
        + b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 99\r\nSec-WebSocket-Key: x\r\n\r\n",
    )
    name, _, port = host.partition(":")
    answer, nothing = b"", HUNG_UP
    try:
        with socket.create_connection((name, int(port)), timeout=30) as line:
            line.settimeout(30.0)
            line.sendall(rng.choice(kinds))
            line.shutdown(socket.SHUT_WR)
            while piece := line.recv(65536):
                answer += piece
    except TimeoutError:
        nothing = SILENT
    except OSError:
        pass  # it hung up
    first = answer.split(b" ", 2)
    status = int(first[1]) if len(first) > 1 and first[1][:3].isdigit() else nothing
    attacker.seen("raw", status, answer)


def _api(attacker: Attacker) -> None:
    """Any operation of the API with odd values where values are asked for."""
    rng = attacker.rng
    method, path = rng.choice(attacker.paths)
    odd = rng.choice(ODD)
    bodies: tuple[bytes, ...] = (
        b"",
        b"{",
        b"[" * 20_000,
        json.dumps(odd).encode(),
        json.dumps({"name": odd, "kg": odd, "at": odd}).encode(),
        rng.randbytes(200),
        json.dumps({"given": odd, "instrument": odd, "length": odd}).encode(),
        b"a" * 1_500_000,
    )
    body = None if method in ("GET", "HEAD") else rng.choices(bodies, (3, 3, 2, 3, 3, 3, 3, 1))[0]
    kind = rng.choice(
        ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
    )
    query = f"?q={rng.randint(-9, 9)}&skip={rng.choice(('-1', '1e9', 'x', ''))}" if rng.random() < 0.3 else ""
    attacker.ask(method, attacker.path(path) + query, body, {"Content-Type": kind})


def _page(attacker: Attacker) -> None:
    """Pages of others, and forms with odd fields."""
    rng = attacker.rng
    pages = (
        "/clinic",
        "/clinic/people/{p}",
        "/clinic/captures/{p}",
        "/clinic/checks/{p}",
        "/admin",
        "/admin/people",
        "/face/result/{p}",
        "/face/wait/{p}",
        "/back/result/{p}",
        "/back/programme/{p}",
        "/back/interview/{p}",
        "/back/film/{p}.mp4",
        "/static/../app.py",
        "/static/js/{p}",
        "/ca.crt",
        "/nowhere/{p}",
        "/sign-in?then=//x",
    )
    path = attacker.path(rng.choice(pages))
    if rng.random() < 0.6:
        attacker.ask(
            "GET",
            path,
            headers={"Accept-Language": rng.choice(ODD[:6]).encode("ascii", "ignore").decode() or "x"},
        )
    else:
        body = "&".join(
            f"{name}={rng.randbytes(8).hex()}" for name in ("name", "secret", "key", "answer", "csrf")
        )
        attacker.ask("POST", path, body.encode(), {"Content-Type": "application/x-www-form-urlencoded"})


def _upload(attacker: Attacker) -> None:
    """Uploads at odds with their protocol, on the other's and on one's own."""
    rng = attacker.rng
    facts = {
        "instrument": rng.choice(("edema", "back", "x")),
        "context": rng.choice(("pre", "other", "A" * 400)),
        "length": rng.choice((0, -1, 1, 1000, 10**12, "x")),
        "content_type": rng.choice(("video/mp4", "image/png", "text/html", "video/" + "m" * 300)),
    }
    person = rng.choice((attacker.me, attacker.other))
    told = attacker.ask(
        "POST",
        f"/api/v1/people/{person}/captures",
        json.dumps(facts).encode(),
        {"Content-Type": "application/json"},
    )
    upload = attacker.path("/api/v1/uploads/{u}")
    if told.startswith(b'{"id"'):
        upload = str(json.loads(told)["upload"])
    headers = {
        "Tus-Resumable": rng.choice(("1.0.0", "0.1", "x")),
        "Upload-Offset": rng.choice(("0", "-1", "999999999999999999999", "x", "500")),
        "Content-Type": rng.choice(("application/offset+octet-stream", "text/plain")),
        "Upload-Checksum": rng.choice(("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "md5 x", "", "sha256 !!")),
    }
    attacker.ask("PATCH", upload, rng.randbytes(rng.randint(0, 2000)), headers)
    attacker.ask("DELETE", upload, headers={"Tus-Resumable": "1.0.0"})


def spoilt(film: bytes, rng: random.Random) -> tuple[bytes, str]:
    """A film with changed, cut, doubled or made-up bytes behind a good beginning; and its kind."""
    changed = bytearray(film)
    way = rng.randrange(5)
    if way == 0:
        for _ in range(rng.randint(1, 400)):
            changed[rng.randrange(32, len(changed))] = rng.randrange(256)
    elif way == 1:
        del changed[rng.randint(64, len(changed)) :]
    elif way == 2:
        changed[64:] = rng.randbytes(rng.randint(100, 300_000))
    elif way == 3:
        at = rng.randrange(64, len(changed))
        changed[at:at] = changed[: rng.randrange(1, len(changed))]
    else:
        return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + rng.randbytes(rng.randint(17, 5000)), "image/png"
    return bytes(changed), "video/mp4"


def send(attacker: Attacker, film: bytes, kind: str) -> bool:
    facts = {"instrument": "edema", "context": "other", "length": len(film), "content_type": kind}
    told = attacker.ask(
        "POST",
        f"/api/v1/people/{attacker.me}/captures",
        json.dumps(facts).encode(),
        {"Content-Type": "application/json"},
    )
    if not told.startswith(b'{"id"'):
        return False
    upload = str(json.loads(told)["upload"])
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
    }
    return attacker.ask("PATCH", upload, film, headers) == b""


WAYS: tuple[Ask, ...] = (_raw, _api, _api, _page, _upload)
"""Of asking; the API twice as often."""
