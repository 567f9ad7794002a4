from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
import typer

from mitate import __version__, cli
from mitate.cli.printing import Json
from mitate.errors import InputError

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            cli.main(arguments)
        told = capsys.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return run


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command line with one command that fails as it is told."""
    app = typer.Typer()
    kinds = {
        "input": InputError("weight is 0 kg", where="s.tsv:3", todo="mend it"),
        "bug": ValueError("x\ny"),
        "stop": KeyboardInterrupt(),
    }

    @app.command()
    def fail(kind: str, json: Json = False) -> None:
        raise kinds[kind]

    monkeypatch.setattr(cli, "app", app)
    monkeypatch.delenv("MITATE_DEBUG", raising=False)


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"mitate {__version__}\n", "")


def test_help_names_every_group(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert "weights" in out
    assert "not a medical device" in " ".join(out.split())


def test_no_command_shows_help(run: Run) -> None:
    code, out, _ = run()
    assert code == 2
    assert "weights" in out


@pytest.mark.parametrize(
    "arguments", [["nope"], ["weights", "nope"], ["weights", "list", "--nope"], ["--nope"]]
)
def test_a_usage_error_is_one_line(run: Run, arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("mitate: No such ")
    assert err.count("\n") == 1


def test_a_usage_error_as_json(run: Run) -> None:
    code, out, err = run("weights", "list", "extra", "--json")
    assert (code, err) == (2, "")
    assert json.loads(out)["error"]["kind"] == "UsageError"


def test_an_error_of_ours_is_one_line(run: Run, failing: None) -> None:
    assert run("input") == (2, "", "mitate: s.tsv:3: weight is 0 kg. Mend it\n")


def test_an_error_of_ours_as_json(run: Run, failing: None) -> None:
    code, out, err = run("input", "--json")
    assert (code, err) == (2, "")
    assert json.loads(out) == {
        "error": {"kind": "InputError", "what": "weight is 0 kg", "where": "s.tsv:3", "todo": "mend it"}
    }


def test_a_bug_is_one_line_that_asks_for_a_report(run: Run, failing: None) -> None:
    code, out, err = run("bug")
    assert (code, out) == (1, "")
    assert err.startswith("mitate: a bug in mitate: ValueError: x (please report it")
    assert err.count("\n") == 1


def test_a_bug_keeps_its_traceback_where_asked(failing: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MITATE_DEBUG", "1")
    with pytest.raises(ValueError, match="x"):
        cli.main(["bug"])


def test_an_interrupt_is_a_short_line(run: Run, failing: None) -> None:
    assert run("stop") == (130, "", "mitate: interrupted\n")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom mitate import cli\n"
        "try: cli.main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('numpy', 'cv2', 'onnx', 'onnxruntime', 'torch', 'av', 'scipy', 'matplotlib')"
        " if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.splitlines()[-1] == "[]"


def test_the_package_runs_as_a_module() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "mitate", "--version"], capture_output=True, text=True, check=True
    )
    assert told.stdout == f"mitate {__version__}\n"


def test_a_reader_that_leaves_early_gets_no_traceback() -> None:
    line = f"{sys.executable} -c 'from mitate.cli import main; main()' weights list --json | true"
    told = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert "Traceback" not in told.stderr
