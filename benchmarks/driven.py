"""A browser's one page, driven by the commands of WebDriver (https://www.w3.org/TR/webdriver2/)."""

from __future__ import annotations

import base64
import json
import time
from abc import ABC, abstractmethod
from typing import Any

from benchmarks.watched import TAKEN

__all__ = ["Engine", "EngineError"]

_STEP_S = 0.05
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element's id (WebDriver, section 12)


class EngineError(RuntimeError):
    """What a driver said that it could not do."""


class Engine(ABC):
    """A running browser with one page of a phone's size.

    Attributes:
        name, version: of the engine's browser.
    """

    name: str
    version: str

    @abstractmethod
    def ask(self, command: str, **told: Any) -> Any:
        """The value of a WebDriver command's answer.

        Raises:
            EngineError: the driver refused it.
        """

    @abstractmethod
    def end(self) -> None:
        """End the browser."""

    def go(self, address: str) -> None:
        """Open an address and wait until it is loaded."""
        self.ask("Navigate", url=address)

    @property
    def address(self) -> str:
        """Where the page is."""
        return str(self.ask("GetCurrentURL"))

    def run(self, script: str, *args: Any) -> Any:
        """What a script returns."""
        return self.ask("ExecuteScript", script=script, args=list(args))

    def later(self, script: str, *args: Any) -> Any:
        """What the promise of an async script comes to; an error's text where it fails."""
        wrapped = (
            "const done = arguments[arguments.length - 1], given = [...arguments].slice(0, -1);"
            f"(async function () {{ {script} }})(...given)"
            ".then((made) => done(made ?? null), (error) => done(`failed: ${error}`));"
        )
        return self.ask("ExecuteAsyncScript", script=wrapped, args=list(args))

    def find(self, css: str) -> str:
        """An element's id, once there is one."""
        self.until(f"return !!document.querySelector({json.dumps(css)})", what=css)
        return str(self.ask("FindElement", using="css selector", value=css)[_ELEMENT])

    def click(self, css: str) -> None:
        """Press what is there as a finger would."""
        found = self.find(css)
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", {_ELEMENT: found})
        self.ask("ElementClick", id=found)

    def write(self, css: str, text: str) -> None:
        """Type into a field, or give a file's path to one that takes files."""
        self.ask("ElementSendKeys", id=self.find(css), text=text)

    def until(self, script: str, *, what: str = "", most_s: float = 20.0) -> Any:
        """Wait until a script returns something true; what it returned.

        Raises:
            EngineError: it did not in `most_s` seconds.
        """
        end = time.monotonic() + most_s
        while time.monotonic() < end:
            try:
                found = self.run(script)
            except EngineError:  # the page is being changed for another one
                found = None
            if found:
                return found
            time.sleep(_STEP_S)
        raise EngineError(f"{self.name}: not within {most_s:g} s: {what or script} ({self.address})")

    def arrive(self, path: str, most_s: float = 30.0) -> None:
        """Wait for an address whose path fits a pattern, and for its page to be loaded."""
        fits = f"new RegExp({json.dumps(path)}).test(location.pathname)"
        self.until(f"return document.readyState === 'complete' && {fits}", what=path, most_s=most_s)

    def troubles(self) -> list[str]:
        """What went wrong in scripts since the last time, of an app that `benchmarks.watched` runs."""
        return list(self.run(TAKEN))

    def picture(self) -> bytes:
        """What is in the window, as PNG."""
        return base64.b64decode(str(self.ask("TakeScreenshot")))
