from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from mitate import cli, video

Run = Callable[..., tuple[int, str, str]]
needs_simulator = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("anny", "embreex", "torch")),
    reason="the simulate extra is not installed",
)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            cli.main(["simulate", "movements", *arguments])
        told = capfd.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return run


@pytest.mark.parametrize(
    "wrong",
    [
        ["--people", "0"],
        ["--seed", "-1"],
        ["--movement", "cartwheel"],
        ["--movement", "free"],
        ["--movement", "squat", "--movement", "squat"],
        ["--fault", "judder"],
        ["--fault", "judder=much"],
        ["--fault", "judder=nan"],
        ["--fault", "judder=1.5"],
        ["--fault", "judder=-0.5"],
        ["--fault", "judder=0.5", "--fault", "judder=0.6"],
        ["--fault", "judder=0.5", "--random-faults"],
        ["--fault", "judder=0.5", "--movement", "rotation"],
        ["--yaw", "181"],
        ["--yaw", "nan"],
        ["--pitch", "80"],
        ["--age", "12"],
        ["--loose", "1.1"],
        ["--frame-rate", "0"],
        ["--size", "large"],
        ["--size", "481x640"],
        ["--movement", "rotation", "--repetitions", "1"],
    ],
)
def test_options_that_cannot_be_are_one_line_and_nothing_is_written(
    run: Run, tmp_path: Path, wrong: list[str]
) -> None:
    out = tmp_path / "out"
    code, told, error = run(str(out), *wrong)
    assert code == 2
    assert told == ""
    assert error.startswith("mitate: ")
    assert error.count("\n") == 1
    assert not out.exists()


@needs_simulator
def test_a_film_as_json_and_again_with_other_settings(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "moves"
    asked = (str(out), "--movement", "squat", "--fault", "judder=0.8", "--repetitions", "1", "--yaw", "30",
             "--age", "70", "--loose", "0.5", "--frame-rate", "2", "--size", "64x112", "--workers", "1",
             "--json")  # fmt: skip
    code, told, _ = run(*asked)
    assert code == 0
    said = json.loads(told)
    assert (said["films"], said["people"], said["simulated"]) == (1, 1, True)
    label = json.loads((out / "person-0000_squat.json").read_text())
    assert label["person"]["age"] == 70
    assert label["person"]["loose"] == 0.5
    assert label["faults"] == {"judder": 0.8}
    assert label["view"]["yaw"] == 30
    assert video.probe(out / label["film"]).width == 64
    code, told, _ = run(*asked, "--pitch", "5")
    assert code == 2
    assert "other settings" in json.loads(told)["error"]["what"]
