from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from mitate.back.exercises import exercises

Run = Callable[..., tuple[int, str, str]]
GOOD = """title "Lamp"
source book "A book about lamps"
cause bulb "the bulb is broken" prior 0.1 source book
cause fuse "the fuse is blown" prior 0.02 source book
observation dark "the lamp is dark" unexplained 0.001 source book
observation kitchen_dark "the kitchen is dark too" unexplained 0.01 source book
rule r1: bulb => dark 0.99 source book
rule r2: fuse => dark 0.99 source book
rule r3: fuse => kitchen_dark 0.9 source book
exclude x1: bulb, fuse source book
ask look "Is the kitchen dark too?" takes 5 reveals kitchen_dark
ask lamp "Is the lamp dark?" takes 2 reveals dark
"""


@pytest.fixture
def lamp(tmp_path: Path) -> Path:
    path = tmp_path / "lamp.kb"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_help_has_an_example_for_every_command(mitate: Run) -> None:
    for command in ("check", "format", "show"):
        code, out, _ = mitate("kb", command, "--help")
        assert code == 0
        assert f"Example: mitate kb {command}" in " ".join(out.split())


def test_the_base_that_comes_along_has_no_errors(mitate: Run) -> None:
    code, out, err = mitate("kb", "check")
    assert (code, err) == (0, "")
    assert ": error: " not in out
    assert "usable" in out.splitlines()[-1]
    told = json.loads(mitate("kb", "check", "--json")[1])
    assert told["ok"]
    assert told["counts"]["causes"] >= 25
    assert told["counts"]["rules"] >= 120
    assert told["counts"]["questions"] >= 45
    neck = json.loads(mitate("kb", "check", "neck", "--json")[1])["counts"]
    assert neck["exercises"] + told["counts"]["exercises"] == len(exercises())


def test_norms_and_the_like_beside_rules_cite_too(mitate: Run, lamp: Path) -> None:
    lamp.write_text(GOOD + 'source by_norm "N"\nsource by_nobody "B"\n', encoding="utf-8")
    said = "nothing cites the source by_norm"
    assert said in mitate("kb", "check", lamp.parent)[1]
    norms = lamp.parent / "norms.toml"
    norms.write_text('[measure.light_lux]\nsource = "by_norm"\n', encoding="utf-8")
    out = mitate("kb", "check", lamp.parent)[1]
    assert (said in out, "nothing cites the source by_nobody" in out) == (False, True)
    assert said in mitate("kb", "check", lamp)[1]  # the file alone was named


def test_a_broken_exercise_is_told_at_its_line(mitate: Run, lamp: Path) -> None:
    file = resources.files("mitate.back") / "knowledge" / "exercises" / "bridge.toml"
    text = file.read_text("utf-8")
    broken = lamp.parent / "exercises" / "our_bridge.toml"
    broken.parent.mkdir()
    broken.write_text(text.replace("hip_extensor_weakness", "hip_extensor_weaknes"), encoding="utf-8")
    line = text[: text.index("hip_extensor_weakness")].count("\n") + 1
    for asked in ([broken], [broken.parent], [lamp, broken], [lamp.parent]):
        code, out, err = mitate("kb", "check", *asked)
        assert code == 2
        assert f"{broken}:{line}: error: serves[0].cause: " in out
        assert "hip_extensor_weakness" in out
        assert "1 errors in " in err
        assert ("2 causes" in err) == (asked not in ([broken], [broken.parent]))
    broken.write_text(text, encoding="utf-8")
    assert mitate("kb", "check", lamp.parent)[0] == 0
    assert mitate("kb", "check", broken)[1].splitlines() == ["1 exercises: usable, nothing to mend"]
    broken.write_text(text[:-20] + "[", encoding="utf-8")
    code, out, err = mitate("kb", "check", broken)
    assert code == 2
    assert f"{broken}:" in out
    assert "this is no exercise" in out
    assert mitate("kb", "check", broken.with_name("nowhere.toml"))[0] == 2


def test_a_good_file(mitate: Run, lamp: Path) -> None:
    code, out, _ = mitate("kb", "check", lamp)
    assert code == 0
    assert out.splitlines()[-1].startswith(
        "2 causes, 3 rules, 2 observations, 2 questions, 1 sources: usable"
    )


def test_an_error_is_told_at_its_line(mitate: Run, lamp: Path) -> None:
    lamp.write_text(GOOD + "rule r4: bulb => drak 0.5 source book\n", encoding="utf-8")
    code, out, err = mitate("kb", "check", lamp)
    assert (code, out) == (2, "")
    assert f"{lamp}:13:" in err
    assert "dark" in err
    assert err.count("\n") == 1


def test_findings_that_are_errors_exit_with_2(mitate: Run, lamp: Path) -> None:
    lamp.write_text(GOOD + "observe dark\nobserve not dark\n", encoding="utf-8")
    code, out, err = mitate("kb", "check", lamp)
    assert code == 2
    assert f"{lamp}:14: error: " in out + err or f"{lamp}:13: error: " in out + err
    assert "Traceback" not in err
    told = json.loads(mitate("kb", "check", lamp, "--json")[1])
    assert told.get("ok") is False or "error" in told


@pytest.mark.parametrize("content", [b"\xff\xfe", b"rule", b'title "x', b"(" * 50_000])
def test_a_file_that_does_not_parse_is_one_line(mitate: Run, lamp: Path, content: bytes) -> None:
    lamp.write_bytes(content)
    for command in ("check", "format"):
        code, out, err = mitate("kb", command, lamp)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        assert err.startswith(f"mitate: {lamp}")
    assert lamp.read_bytes() == content


def test_format_writes_only_what_changes(mitate: Run, lamp: Path, tmp_path: Path) -> None:
    assert mitate("kb", "format", lamp)[0] == 0
    formatted = lamp.read_text(encoding="utf-8")
    untidy = tmp_path / "untidy.kb"
    untidy.write_text(
        formatted.replace(" prior 0.1", "\n\n   prior   0.10") + "# the end\n", encoding="utf-8"
    )
    before = untidy.read_text(encoding="utf-8")
    code, out, err = mitate("kb", "format", untidy, lamp, "--check")
    assert code == 2
    assert out == f"{untidy}: would change\n{lamp}: nothing to change\n"
    assert "1 of 2 files are not formatted" in err
    assert untidy.read_text(encoding="utf-8") == before
    told = json.loads(mitate("kb", "format", untidy, "--json")[1])
    assert told == {"changed": [str(untidy)], "unchanged": [], "written": True}
    assert untidy.read_text(encoding="utf-8") == formatted + "# the end\n"
    assert mitate("kb", "format", untidy, "--check")[:2] == (0, f"{untidy}: nothing to change\n")


def test_no_file_is_written_where_one_does_not_parse(mitate: Run, lamp: Path, tmp_path: Path) -> None:
    lamp.write_text(GOOD.replace("prior 0.1", "prior   0.1"), encoding="utf-8")
    before = lamp.read_text(encoding="utf-8")
    assert mitate("kb", "format", lamp, tmp_path / "absent.kb")[0] == 2
    assert lamp.read_text(encoding="utf-8") == before


def test_show_a_cause(mitate: Run, lamp: Path) -> None:
    code, out, err = mitate("kb", "show", "fuse", "--base", lamp)
    assert (code, err) == (0, "")
    assert out.startswith("fuse: the fuse is blown\ncause, prior 2.0 % [book]\n")
    assert "   90 %  the kitchen is dark too [r3, book]" in out
    assert "It cannot be together with\n  the bulb is broken [x1, book]" in out
    assert out.endswith("Sources\n  book: A book about lamps\n")
    told = json.loads(mitate("kb", "show", "fuse", "--base", lamp, "--json")[1])
    assert [row["rule"] for row in told["predicts"]] == ["r2", "r3"]
    assert told["cited"]["book"]["citation"] == "A book about lamps"


def test_show_causes_of_the_low_back(mitate: Run) -> None:
    from mitate.back.cause import knowledge

    for name, predicate in knowledge().predicates.items():
        if predicate.kind == "cause":
            code, out, _ = mitate("kb", "show", name)
            assert code == 0
            assert "It predicts" in out
            assert "Sources" in out
            assert "{1}" not in out
    code, out, _ = mitate("kb", "show", "restricted_hip_extension", "--language", "ja")
    assert code == 0
    assert "股関節の伸展制限" in out


def test_an_unknown_cause_gives_the_nearest(mitate: Run) -> None:
    code, out, err = mitate("kb", "show", "excesive_lumbar_flexion")
    assert (code, out) == (2, "")
    assert "Did you mean excessive_lumbar_flexion?" in err
