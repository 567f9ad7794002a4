"""Other engines than Chromium: WebKit (every browser of an iPhone or iPad) and Gecko, with a phone's window.

WebKitGTK's driver speaks WebDriver over HTTP (https://www.w3.org/TR/webdriver2/); Firefox has the same
commands in its Marionette protocol (https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html).
So neither needs a further package.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.driven import Engine, EngineError
from benchmarks.served import free_port

__all__ = ["ENGINES", "HEIGHT", "WIDTH", "Engine", "EngineError", "Gecko", "WebKit", "absent", "engine"]

ENGINES = ("WebKit", "Gecko")
WIDTH, HEIGHT = 390, 844
DRIVER = "WebKitWebDriver"
FIREFOX = ("firefox-esr", "firefox")
MINI_BROWSERS = "/usr/lib", "*/webkit2gtk-4.1/MiniBrowser"
_START_S, _STEP_S = 60.0, 0.05
_COMMANDS = {
    "Navigate": ("POST", "/url"),
    "GetCurrentURL": ("GET", "/url"),
    "ExecuteScript": ("POST", "/execute/sync"),
    "ExecuteAsyncScript": ("POST", "/execute/async"),
    "FindElement": ("POST", "/element"),
    "ElementClick": ("POST", "/element/{id}/click"),
    "ElementSendKeys": ("POST", "/element/{id}/value"),
    "TakeScreenshot": ("GET", "/screenshot"),
    "SetWindowRect": ("POST", "/window/rect"),
}
_GECKO_PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "widget.gtk.overlay-scrollbars.enabled": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}


class WebKit(Engine):
    """WebKitGTK's MiniBrowser on a screen of its own, as large as a phone's.

    Args:
        folder: its log goes there.
        dark: whether the system's scheme is the dark one.
    """

    name = "WebKitGTK"

    def __init__(self, folder: Path, *, dark: bool = False) -> None:
        self._screen, display = _screen()
        port = free_port()
        theme = {"GTK_THEME": "Adwaita:dark"} if dark else {}
        with (folder / "webkit.log").open("wb") as log:
            self._driver = subprocess.Popen(
                [DRIVER, "-p", str(port)],
                env={**os.environ, "DISPLAY": display, **theme},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
        self._session = ""
        try:
            made = self._begin()
        except BaseException:
            self.end()
            raise
        self._session, self.version = made["sessionId"], made["capabilities"]["browserVersion"]
        self.ask("SetWindowRect", x=0, y=0, width=WIDTH, height=HEIGHT)

    def _begin(self) -> dict[str, Any]:
        wishes = [
            *("--automation", "--full-screen", "--ignore-tls-errors"),
            *("--enable-media-stream=true", "--enable-mock-capture-devices=true"),
        ]
        options = {"binary": str(_mini_browser()), "args": wishes}
        asked = {"alwaysMatch": {"acceptInsecureCerts": True, "webkitgtk:browserOptions": options}}
        end = time.monotonic() + _START_S
        while True:
            try:
                answer = self._client.post("/session", json={"capabilities": asked})
                return dict(_value(answer.json()["value"]))
            except httpx2.ConnectError:
                if time.monotonic() > end or self._driver.poll() is not None:
                    raise EngineError(f"{DRIVER} did not start") from None
                time.sleep(_STEP_S)

    def ask(self, command: str, **told: Any) -> Any:
        method, path = _COMMANDS[command]
        address = f"/session/{self._session}{path.format(**told)}"
        body = {key: value for key, value in told.items() if key != "id"} if method == "POST" else None
        return _value(self._client.request(method, address, json=body).json()["value"])

    def end(self) -> None:
        if self._session:
            self._client.delete(f"/session/{self._session}")
        self._client.close()
        _end(self._driver)
        _end(self._screen)


class Gecko(Engine):
    """Firefox without a screen, by its Marionette protocol.

    Args:
        folder: its profile goes there.
        dark: whether the system's scheme is the dark one.
    """

    name = "Firefox"

    def __init__(self, folder: Path, *, dark: bool = False) -> None:
        profile = folder / "profile"
        profile.mkdir(parents=True)
        port = free_port()
        wishes = {
            **_GECKO_PREFERENCES,
            "marionette.port": port,
            "layout.css.prefers-color-scheme.content-override": 0 if dark else 1,
        }
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in wishes.items()]
        profile.joinpath("user.js").write_text("".join(lines))
        size = {"MOZ_HEADLESS_WIDTH": str(WIDTH), "MOZ_HEADLESS_HEIGHT": str(HEIGHT)}
        command = [
            *(_firefox(), "--headless", "--kiosk", "--no-remote", "--profile", str(profile)),
            *("--marionette", "--remote-allow-system-access", "about:blank"),
        ]
        with (folder / "gecko.log").open("wb") as log:
            self._process = subprocess.Popen(
                command, env={**os.environ, **size}, stdout=log, stderr=log, start_new_session=True
            )
        self._number = 0
        self._socket: socket.socket | None = None
        try:
            self._socket = self._connect(port)
            self._hear()  # it introduces itself
            made = self.ask("NewSession", acceptInsecureCerts=True)
        except BaseException:
            self.end()
            raise
        self.version = made["capabilities"]["browserVersion"]
        self._chrome(  # a window is never as narrow as a phone: its page is made so
            "for (const [name, size] of Object.entries(arguments[0]))"
            " gBrowser.selectedBrowser.style.setProperty(name, `${size}px`);",
            {"width": WIDTH, "height": HEIGHT},
        )

    def _chrome(self, script: str, *args: Any) -> Any:
        """What a script of the browser itself returns."""
        self._ask("Marionette:SetContext", {"value": "chrome"})
        try:
            return self.run(script, *args)
        finally:
            self._ask("Marionette:SetContext", {"value": "content"})

    def _connect(self, port: int) -> socket.socket:
        end = time.monotonic() + _START_S
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=120)
            except OSError:
                if time.monotonic() > end or self._process.poll() is not None:
                    raise EngineError("Firefox did not start") from None
                time.sleep(_STEP_S)

    def _hear(self) -> Any:
        if self._socket is None:
            raise EngineError("Firefox is not there")
        length = b""
        while not length.endswith(b":"):
            length += self._some(1)
        left, whole = int(length[:-1]), b""
        while len(whole) < left:
            whole += self._some(left - len(whole))
        return json.loads(whole)

    def _some(self, most: int) -> bytes:
        got = self._socket.recv(most) if self._socket else b""
        if not got:
            raise EngineError("Firefox has gone")
        return got

    def ask(self, command: str, **told: Any) -> Any:
        return self._ask(f"WebDriver:{command}", {"full": False, **told} if "Screenshot" in command else told)

    def _ask(self, command: str, told: dict[str, Any]) -> Any:
        if self._socket is None:
            raise EngineError("Firefox is not there")
        self._number += 1
        sent = json.dumps([0, self._number, command, told]).encode()
        self._socket.sendall(str(len(sent)).encode() + b":" + sent)
        _, _, error, value = self._hear()
        if error:
            raise EngineError(f"{error['error']}: {error['message']}")
        return value["value"] if isinstance(value, dict) and set(value) == {"value"} else value

    def end(self) -> None:
        if self._socket is not None:
            self._socket.close()
        _end(self._process)


def _value(told: Any) -> Any:
    if isinstance(told, dict) and "error" in told and "message" in told:
        raise EngineError(f"{told['error']}: {told['message']}")
    return told


def _screen() -> tuple[subprocess.Popen[bytes], str]:
    """A screen of a phone's size that nobody sees, and its name."""
    reads, writes = os.pipe()
    command = ["Xvfb", "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp", "-displayfd", str(writes)]
    process = subprocess.Popen(
        command,
        pass_fds=(writes,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(writes)
    with os.fdopen(reads) as told:
        number = told.readline().strip()
    if not number:
        raise EngineError("Xvfb did not start")
    return process, f":{number}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started in a group of its own, with its children."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    except ProcessLookupError:
        process.wait()


def _mini_browser() -> Path | None:
    folder, pattern = MINI_BROWSERS
    return next(Path(folder).glob(pattern), None)


def _firefox() -> str:
    return next((found for name in FIREFOX if (found := shutil.which(name))), "")


def absent(name: str) -> str | None:
    """Why an engine cannot be driven here; None where it can."""
    if name == "Gecko":
        return None if _firefox() else "Firefox is not installed"
    if shutil.which(DRIVER) is None or _mini_browser() is None:
        return "WebKitGTK's driver (webkit2gtk-driver) is not installed"
    return None if shutil.which("Xvfb") else "Xvfb is not installed"


@contextmanager
def engine(name: str, folder: Path, *, dark: bool = False) -> Iterator[Engine]:
    """A browser of an engine, for as long as it is needed.

    Args:
        name: one of `ENGINES`.
        folder: for its log and its profile.
        dark: whether the system's scheme is the dark one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    running: Engine = (WebKit if name == "WebKit" else Gecko)(folder, dark=dark)
    try:
        yield running
    finally:
        running.end()
