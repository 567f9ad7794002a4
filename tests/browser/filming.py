"""For tests of what goes wrong while filming: a server that ends, a wire that is cut, and both pages."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, select

from mitate.record.schema import Account, Capture, Login, now
from mitate.serve.app import create_app
from mitate.serve.auth.requests import COOKIE
from mitate.serve.service import Service
from mitate.serve.words import Say

SAY = Say("en")
PATIENCE_MS = 60_000
"""What a test in a browser waits for comes within a second; on a busy machine it may take many times that."""
REFUSES = "navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{}') }}"
HIDE = """() => {
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  delete document.visibilityState;
}"""
ENDED = "document.getElementById('video').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))"
ROWS = """async () => {
  const open = indexedDB.open("mitate");
  await new Promise((done) => (open.onsuccess = done));
  const found = {};
  for (const store of open.result.objectStoreNames) {
    const all = open.result.transaction(store).objectStore(store).getAll();
    await new Promise((done) => (all.onsuccess = done));
    const text = async (value) => value instanceof Blob ? text(new Uint8Array(await value.arrayBuffer()))
      : value instanceof Uint8Array ? [...value].map((one) => String.fromCharCode(one)).join("") : value;
    found[store] = [];
    for (const row of all.result) {
      const told = {};
      for (const [name, value] of Object.entries(row)) told[name] = await text(value);
      found[store].push(told);
    }
  }
  open.result.close();
  return found;
}"""
"""Everything in the database of a page's origin; bytes as letters of Latin-1."""
SLOW_LOCK = """Object.defineProperty(navigator, "wakeLock", { value: {
  request: () => new Promise((done) => (window.awake = () => done(null))) } });"""
"""Keeping the screen on takes until `window.awake` is called: what comes after it waits."""
RECORDED = """if (window.MediaRecorder) {
  const start = MediaRecorder.prototype.start;
  MediaRecorder.prototype.start = function (...given) {
    const recorded = (window.recorded = { parts: 0, bytes: 0, over: false });
    this.addEventListener("stop", () => (recorded.over = true));
    this.addEventListener("dataavailable", ({ data }) => {
      recorded.parts += data.size > 0;
      recorded.bytes += data.size;
    });
    return start.apply(this, given);
  };
}"""
"""For every page: how much the browser has recorded of the film that it began last."""
PARTS = """async () => {
  const open = indexedDB.open("mitate");
  await new Promise((done) => (open.onsuccess = done));
  const counted = open.result.transaction("sealed_parts").objectStore("sealed_parts").count();
  await new Promise((done) => (counted.onsuccess = done));
  open.result.close();
  return counted.result;
}"""
"""How many parts of films a page's origin has kept."""


@dataclass(slots=True)
class Running:
    """The app of a service on a port of its own, that can be ended and started again, on another port."""

    service: Service
    port: int = 0  # while it runs
    _server: Any = None
    _thread: threading.Thread | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        import uvicorn

        bound = socket.create_server(("127.0.0.1", 0), backlog=128)  # nobody else can take it meanwhile
        config = uvicorn.Config(
            create_app(self.service), log_level="error", ws="websockets-sansio", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([bound],))
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.02)
        self.port = bound.getsockname()[1]

    def end(self) -> None:
        self.port = 0
        if self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
            self._thread = None


@dataclass(slots=True)
class Wire:
    """A wire to a server that breaks after so many bytes were sent, once each time it is told to."""

    to: Running
    cut_after: int | None = None
    cuts: int = 0
    _door: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._door.getsockname()[1]}"

    def start(self) -> None:
        threading.Thread(target=self._accept, daemon=True).start()

    def end(self) -> None:
        self._door.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._door.accept()
                try:
                    there = socket.create_connection(("127.0.0.1", self.to.port), timeout=30)
                except OSError:
                    here.close()
                    continue
                there.settimeout(None)  # a connection may be silent as long as it likes
                for source, target, up in ((here, there, True), (there, here, False)):
                    threading.Thread(target=self._pump, args=(source, target, up), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        sent = 0
        with suppress(OSError), closing(source), closing(target):
            while content := source.recv(16_384):
                sent += len(content)
                if up and self.cut_after is not None and sent > self.cut_after:
                    self.cut_after, self.cuts = None, self.cuts + 1
                    for one in (source, target):
                        one.shutdown(socket.SHUT_RDWR)
                    return
                target.sendall(content)


def enter(context: Any, service: Service, account_id: str, origin: str) -> None:
    """Sign an account in again in a browser."""
    token = secrets.token_urlsafe(32)
    with service.record.database.writing() as session:
        session.add(
            Login(
                token_hash=sha256(token.encode()).digest(),
                account_id=account_id,
                csrf=secrets.token_urlsafe(24),
                expires_at=now() + timedelta(days=1),
                confirmed_at=now(),
            )
        )
    context.add_cookies([{"name": COOKIE, "value": token, "url": origin}])


def sign_everybody_out(service: Service) -> None:
    """What an expired session looks like to a page."""
    with service.record.database.writing() as session:
        session.execute(delete(Login))


def captures(service: Service) -> list[tuple[str, str]]:
    """Instrument and state of every film that the server knows."""
    with service.record.database.reading() as session:
        return [(row.instrument, row.state) for row in session.scalars(select(Capture))]


def account_of(service: Service, person: str) -> str:
    with service.record.database.reading() as session:
        return session.scalars(select(Account.id).where(Account.person_id == person)).one()


class FacePage:
    """The page that films a face."""

    instrument, least_s, again = "edema", 20, "#again"
    use, file, unanswered_stage = "#send", "#film-old", True
    sent = "**/face/wait/*"

    def __init__(self, page: Any) -> None:
        self.page = page

    def open(self) -> None:
        """To the camera, or to what is left of an earlier time."""
        page = self.page
        page.goto("/face")
        page.check("input[name=context][value=pre]")
        page.fill("#weight", "66.5")
        page.click("button[name=way][value=record]")
        page.wait_for_url("**/face/record")

    def ready(self) -> None:
        self.page.wait_for_selector("#start:enabled:visible")

    def start(self) -> None:
        self.page.click("#start:enabled")
        self.page.wait_for_selector("#mirror[data-recording]")

    def choose(self, *file: Any) -> None:
        page = self.page
        page.goto("/face")
        page.check("input[name=context][value=pre]")
        page.click("button[name=way][value=upload]")
        page.wait_for_url("**/face/upload")
        page.set_input_files("#film-old", *file)
        page.click("form:has(#film-old) button")

    def stop(self) -> None:
        self.page.click("#stop")


class MovePage:
    """The page that films a movement."""

    instrument, least_s, again = "back", 6, "#again"
    use = "#use"
    sent = "**/back/movements/*"

    def __init__(self, page: Any) -> None:
        self.page = page
        self.check = ""

    def _begin(self) -> None:
        page = self.page
        if not self.check:
            page.goto("/back")
            page.click("form[action='/back/start'] button[value=low_back]")
            page.wait_for_url("**/back/interview/*")
            self.check = str(page.url).rpartition("/")[2]
        page.goto(f"/back/move/{self.check}/forward_bend")

    def open(self) -> None:
        self._begin()
        self.page.click("#open")

    def ready(self) -> None:
        self.page.wait_for_selector("#start:visible")

    def start(self) -> None:
        self.page.click("#start")
        self.page.clock.run_for(5500)
        self.page.wait_for_selector("#mirror.is-recording")

    def choose(self, *file: Any) -> None:
        self._begin()
        self.page.click("#choose summary")
        self.page.set_input_files("#film", *file)

    def stop(self) -> None:
        self.page.click("#end")


Filmed = FacePage | MovePage


def film_for(filmed: Filmed, seconds: float) -> None:
    """Film: two seconds are really recorded, the page's clock is put on for the others."""
    filmed.ready()
    filmed.start()
    until(filmed.page, "window.recorded?.parts >= 2")
    filmed.page.clock.fast_forward(int(1000 * (seconds - 2)))


def film_a_moment(filmed: Filmed) -> None:
    """Begin to film, and no more: it is not long enough to be of use."""
    filmed.ready()
    filmed.start()


def kept(page: Any) -> None:
    """Wait until the device has some of what was recorded after this was called."""
    before = page.evaluate("window.recorded.parts")
    until(page, f"async () => await ({PARTS})() > {before}")


def film_enough(filmed: Filmed) -> None:
    """Film long enough, and look at it."""
    film_for(filmed, filmed.least_s + 3)
    filmed.stop()
    filmed.page.wait_for_selector("#review:not([hidden]), #sending:not([hidden])")


def film_file(kind: str = "video/mp4", name: str = "a.mp4", size: int = 9000) -> dict[str, Any]:
    """A file to choose, whose first bytes are a film's."""
    return {"name": name, "mimeType": kind, "buffer": b"\0\0\0\x18ftypmp42" + bytes(size)}


def until(page: Any, expression: str) -> None:
    """Wait for something to be so on a page (Playwright's own way is forbidden by its policy)."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never so: {expression}"
        page.wait_for_timeout(50)  # meanwhile what stands in for the server may answer
