"""``mitate record import``: a cohort on disk goes into a record, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mitate import cli

Run = Callable[..., tuple[int, str, str]]
EXAMPLE = Path(__file__).parents[2] / "examples" / "two-patients"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        where = ["--folder", str(tmp_path / "record"), "--key-file", str(tmp_path / "key")]
        with pytest.raises(SystemExit) as left:
            cli.main(["record", "import", *arguments, *where])
        told = capsys.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return run


def test_a_cohort_is_taken_in_once(run: Run) -> None:
    code, out, err = run(str(EXAMPLE))
    assert (code, err) == (0, "")
    assert "added: 2 people, 18 weights, 16 films" in out
    assert "mitate serve" in out
    code, out, _ = run(str(EXAMPLE), "--json")
    told = json.loads(out)
    assert (code, told["people"], told["films"], told["known"]) == (0, 0, 0, 18)


def test_what_is_no_cohort_is_told_and_makes_no_record(run: Run, tmp_path: Path) -> None:
    for arguments in (("nowhere",), (str(EXAMPLE), "--language", "fr")):
        code, out, err = run(*arguments)
        assert (code, out) == (2, "")
        assert "give" in err.lower()
    assert not (tmp_path / "record").exists()
