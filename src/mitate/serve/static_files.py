"""Static files under an address that changes with them, so that browsers may keep them for good.

Modules import each other by relative paths, so the version stands in the path (``/static/v-HASH/js/x.js``)
rather than behind it: every module that a page loads then comes from the same version.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

__all__ = ["KeptFiles", "static_url", "static_version"]

_FOLDER = Path(str(resources.files("mitate.serve"))) / "static"
_VERSIONED = re.compile(r"^v-[0-9a-f]{12}[/\\]")
_YEAR_S = 365 * 24 * 3600
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}


@cache
def static_version() -> str:
    """A short hash of all static files and their names."""
    hashed = sha256()
    for file in sorted(one for one in _FOLDER.rglob("*") if one.is_file()):
        hashed.update(file.relative_to(_FOLDER).as_posix().encode() + b"\0")
        hashed.update(sha256(file.read_bytes()).digest())
    return hashed.hexdigest()[:12]


def static_url(path: str) -> str:
    """Where browsers find a static file: ``css/base.css`` → ``/static/v-.../css/base.css``."""
    return f"/static/v-{static_version()}/{path}"


class KeptFiles(StaticFiles):
    """The files in ``static/``: kept for a year under a versioned address, asked about again otherwise."""

    def __init__(self) -> None:
        super().__init__(directory=str(_FOLDER))

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As Starlette's, for the path without its version."""
        plain = _VERSIONED.sub("", path)
        answer = await super().get_response(plain, scope)
        current = path.removesuffix(plain).strip("/\\") == f"v-{static_version()}"
        answer.headers["Cache-Control"] = (
            f"public, max-age={_YEAR_S}, immutable" if current else "public, no-cache"
        )
        kind = _TYPES.get(Path(plain).suffix)  # the system's own table of types may lack or mistake these
        if kind is not None and answer.status_code == 200:
            answer.headers["Content-Type"] = f"{kind}; charset=utf-8"
        return answer
