"""`mitate` whose pages note what goes wrong in their scripts, for engines that tell nobody else.

WebKit's windows for automation are private ones, and those write no console. So the first script of every
page begins with listeners here; all else is the app as it is. ``python -m benchmarks.watched serve ...``
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from starlette.responses import Response
from starlette.types import Scope

from mitate.cli import main
from mitate.serve.static_files import KeptFiles

__all__ = ["TAKEN", "watch"]

_KEY = "watched"
_FIRST = "js/shell_scheme.js"
_NOTED = f"""
{{
  const note = (text) => sessionStorage.setItem("{_KEY}", JSON.stringify(
    [...JSON.parse(sessionStorage.getItem("{_KEY}") ?? "[]"), `${{location.pathname}}: ${{text}}`]));
  const missed = (event) => `not loaded: ${{event.target.src ?? event.target.href}}`;
  addEventListener("error", (event) => note(event.message ?? missed(event)), true);
  addEventListener("unhandledrejection", (event) => note(`not caught: ${{event.reason}}`));
  const stopped = (event) => `${{event.violatedDirective}} ${{event.blockedURI}}`;
  addEventListener("securitypolicyviolation", (event) => note(stopped(event)));
  const said = console.error;
  console.error = (...all) => {{ note(all.join(" ")); said.apply(console, all); }};
}}
"""
TAKEN = f"""
const noted = sessionStorage.getItem("{_KEY}") ?? "[]";
sessionStorage.removeItem("{_KEY}");
return JSON.parse(noted);
"""
"""What a browser runs to tell what was noted since the last time, on all pages of the window."""


_FILE = Path(str(resources.files("mitate.serve"))) / "static" / _FIRST


def watch() -> None:
    """Put the listeners before the first script of every page of this process's app."""
    plain = KeptFiles.get_response

    async def watched(self: KeptFiles, path: str, scope: Scope) -> Response:
        if path.replace("\\", "/").endswith(_FIRST):
            script = _FILE.read_text(encoding="utf-8")
            return Response(_NOTED + script, media_type="text/javascript")
        return await plain(self, path, scope)

    KeptFiles.get_response = watched  # type: ignore[method-assign]


if __name__ == "__main__":
    watch()
    main()
