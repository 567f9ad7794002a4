"""Static files: kept for good under an address of their version."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from mitate.serve.static_files import static_url, static_version

FOLDER = Path(str(resources.files("mitate.serve"))) / "static"
IMPORT = re.compile(r"""(?:from|import)\s+["'](\./[^"']+)["']""")


def test_a_versioned_address_is_kept_for_a_year(sign_in: Callable[..., Any]) -> None:
    client = sign_in("clinician").client
    answer = client.get(static_url("js/shell.js"))
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    plain = client.get("/static/js/shell.js")
    assert plain.content == answer.content
    assert plain.headers["cache-control"] == "public, no-cache"


def test_an_old_version_is_asked_about_again(sign_in: Callable[..., Any]) -> None:
    answer = sign_in("clinician").client.get("/static/v-0123456789ab/js/shell.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize("path", ["v-0123456789ab/../../app.py", "nothing.js", "v-0123456789ab/nothing.js"])
def test_nothing_else_is_there(sign_in: Callable[..., Any], path: str) -> None:
    assert sign_in("clinician").client.get(f"/static/{path}").status_code in (404, 422)


def test_the_manifest_names_icons_that_are_there(sign_in: Callable[..., Any]) -> None:
    answer = sign_in("clinician").client.get(static_url("manifest.webmanifest"))
    assert answer.headers["content-type"].startswith("application/manifest+json")
    told = json.loads(answer.text)
    assert all((FOLDER / icon["src"]).is_file() for icon in told["icons"])


def test_modules_import_what_is_there_and_by_relative_paths() -> None:
    for file in (FOLDER / "js").glob("*.js"):
        for name in IMPORT.findall(file.read_text("utf-8")):
            assert (file.parent / name).is_file(), f"{file.name} imports {name}"


def test_the_version_is_of_what_is_there() -> None:
    assert re.fullmatch("[0-9a-f]{12}", static_version())
