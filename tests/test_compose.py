"""compose.yaml, without Docker: what it runs is a command line of ours, what it sets is read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml  # type: ignore[import-untyped]

from mitate.cli import app
from mitate.record.outer import PASSPHRASE

ROOT = Path(__file__).resolve().parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
OURS = {name: one for name, one in COMPOSE["services"].items() if "build" in one}
GIVEN = {
    "MITATE_PASSPHRASE": "four words to remember",
    "MITATE_ORIGIN": "https://mitate.clinic.example",
    "MITATE_DATABASE_PASSWORD": "secret",
}


def filled(text: str) -> str:
    """With variables as Docker Compose puts them in, each of them given."""
    return re.sub(r"\$\{(\w+)(?::[-?][^}]*)?\}", lambda found: GIVEN[found.group(1)], text)


def parsed(name: str) -> dict[str, Any]:
    """The options that a service's command line gives to `mitate serve`, with its environment."""
    group: Any = typer.main.get_command(app)
    first, *rest = [filled(one) for one in OURS[name]["command"]]
    command = group.commands[first]
    context = command.make_context(first, rest)
    return dict(context.params)


def test_there_are_web_processes_and_workers() -> None:
    assert set(OURS) == {"web", "worker"}
    for one in OURS.values():
        assert (ROOT / one["build"]["dockerfile"]).is_file()


@pytest.mark.parametrize("name", OURS)
def test_every_command_line_is_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in OURS[name]["environment"].items():
        monkeypatch.setenv(variable, filled(value))
    options = parsed(name)
    assert options["folder"] == Path("/record")
    assert options["database"] == "postgresql+psycopg://mitate:secret@database/mitate"
    assert options["redis"] == "redis://queue:6379/0"
    if name == "worker":
        assert options["worker"]
    else:
        assert (options["tls"], options["jobs"], options["browser"]) == (False, False, False)
        assert (options["host"], options["port"]) == ("0.0.0.0", 8080)
        assert (options["origin"], options["proxies"]) == (GIVEN["MITATE_ORIGIN"], "*")


@pytest.mark.parametrize("name", OURS)
def test_every_variable_that_is_set_is_read(name: str) -> None:
    group: Any = typer.main.get_command(app)
    read = {one.envvar for one in group.commands["serve"].params if one.envvar} | {PASSPHRASE}
    assert set(OURS[name]["environment"]) == read


def test_names_of_machines_and_volumes_are_there() -> None:
    services = COMPOSE["services"]
    for one in services.values():
        for volume in one.get("volumes", ()):
            assert volume.partition(":")[0] in COMPOSE["volumes"]
        assert set(one.get("depends_on", ())) <= set(services)
    environment = OURS["web"]["environment"]
    assert "@database/" in environment["MITATE_DATABASE"]
    assert "//queue:" in environment["MITATE_REDIS"]
    assert services["proxy"]["command"][-1] == "web:8080"


def test_the_image_is_made_of_what_is_here() -> None:
    lines = (ROOT / "deploy/Dockerfile").read_text("utf-8").splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    assert [word for word in copied if not (ROOT / word).exists()] == []
    assert "ENTRYPOINT" in lines[-1]
    extras = re.findall(r"'\.\[([\w,]+)\]'", "\n".join(lines))
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for extra in extras[0].split(","):
        assert re.search(rf"(?m)^{extra} = \[", project)
