from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mitate.back.triage import red_flag_names

Run = Callable[..., tuple[int, str, str]]
EXAMPLES = Path(__file__).parents[2] / "examples" / "back"
BENDS = EXAMPLES / "bends-too-much.json"
FLAG = EXAMPLES / "red-flag.json"
QUICK = ("--time-limit", 2)
ASKED: dict[str, Any] = {
    "person": {"age": 38, "sex": "male"},
    "red_flags": dict.fromkeys(red_flag_names(), False),
}


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What is typed at the interview, line by line."""
    return lambda text: monkeypatch.setattr("sys.stdin", StringIO(text))


def write(path: Path, value: object) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def test_help_has_an_example_for_every_command(mitate: Run) -> None:
    for command in ("explain", "ask", "interview"):
        code, out, _ = mitate("back", command, "--help")
        assert code == 0
        assert f"Example: mitate back {command}" in " ".join(out.split())


def test_explain(mitate: Run, tmp_path: Path) -> None:
    graph = tmp_path / "proof.svg"
    code, out, err = mitate("back", "explain", BENDS, "--k", 2, "--graph", graph, *QUICK)
    assert (code, err) == (0, "")
    assert "Likely mechanical causes" in out
    assert "the low back bends forward too much" in out
    assert "not validated on patients" in out
    assert out.endswith(f"graph: {graph}\n")
    assert graph.read_text(encoding="utf-8").startswith("<?xml")


def test_explain_in_japanese(mitate: Run) -> None:
    code, out, _ = mitate("back", "explain", BENDS, "--language", "ja", "--k", 1, *QUICK)
    assert code == 0
    assert "考えられる力学的な原因" in out
    assert "腰椎の屈曲が過剰" in out


def test_explain_as_json(mitate: Run) -> None:
    code, out, err = mitate("back", "explain", BENDS, "--json", "--why-not", "guarded_movement", *QUICK)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["stop"] is False
    assert told["causes"][0]["name"] == "excessive_lumbar_flexion"
    assert told["explanations"][0]["proof"]
    assert told["why_not"][0]["atom"] == "guarded_movement"
    assert told["red_flags"]["unanswered"]
    assert told["graph"] is None


def test_every_example_is_answered(mitate: Run) -> None:
    expected = {
        "arches-too-much": ("control_impairment(passive_extension)", "excessive_lumbar_extension"),
        "bends-too-much": ("excessive_lumbar_flexion", "restricted_hip_flexion"),
        "red-flag": (),
    }
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(expected)
    for name, causes in expected.items():
        told = json.loads(mitate("back", "explain", EXAMPLES / f"{name}.json", "--json", *QUICK)[1])
        assert {row["name"] for row in told["causes"][:2]} == set(causes)


def test_a_red_flag_stops(mitate: Run, tmp_path: Path) -> None:
    graph = tmp_path / "proof.svg"
    code, out, _ = mitate("back", "explain", FLAG, "--graph", graph, "--why-not", "guarded_movement")
    assert code == 0
    assert "STOP" in out
    assert "emergency department" in out
    assert "Likely" not in out
    assert "no graph" in out
    assert not graph.exists()
    told = json.loads(mitate("back", "explain", FLAG, "--json")[1])
    assert (told["stop"], told["causes"], told["status"]) == (True, [], "red_flag")
    code, out, _ = mitate("back", "ask", FLAG)
    assert code == 0
    assert "ask nothing more" in out


def test_ask(mitate: Run) -> None:
    code, out, err = mitate("back", "ask", BENDS, "--k", 2)
    assert (code, err) == (0, "")
    assert "First, for the red flags:" in out
    assert out.count("expected gain") == 2
    told = json.loads(mitate("back", "ask", BENDS, "--json", "--language", "ja")[1])
    assert told["questions"][0]["seconds"] > 0
    assert "か" in told["questions"][0]["text"] or "ください" in told["questions"][0]["text"]


WRONG: list[tuple[object, str]] = [
    ("{", "this is not JSON"),
    ("[1]", "cannot stand here"),
    ('{"answers": {}, "answers": {}}', "stands twice"),
    ({}, "nothing was observed"),
    ({"answers": {}}, "nothing was observed"),
    ({"answers": {"worse_siting": True}}, "Did you mean worse_sitting?"),
    ({"answers": {"a\nb\u0000\ud800": True}}, "there is no observation"),
    ({"person": {"age": 200}, "answers": {"worse_sitting": True}}, "no age"),
    ({"signs": {"judder": True}, "answers": {"judder": False}}, "says the other"),
    ({"signs": {"judder": 1}}, "true, false or null"),
    ({"red_flags": {"foot_drp": True}}, "Did you mean foot_drop?"),
]


@pytest.mark.parametrize(
    ("command", "value", "said"),
    [("explain", *row) for row in WRONG]
    + [("interview --resume", *row) for row in WRONG if row[1] != "nothing was observed"],
)
def test_bad_input_is_one_line(
    mitate: Run, typed: Callable[[str], None], tmp_path: Path, command: str, value: object, said: str
) -> None:
    typed("")
    path = write(tmp_path / "case.json", value)
    code, out, err = mitate("back", *command.split(), path)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert said in err
    assert "Traceback" not in err
    if command == "explain":
        code, out, err = mitate("back", "explain", path, "--json")
        assert (code, err) == (2, "")
        assert json.loads(out)["error"]["kind"] == "InputError"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--graph", "proof.txt"), "Use .svg or .png"),
        (("--graph", "absent/\0.svg"), "proof"),
        (("--k", "0"), "--k"),
        (("--time-limit", "0"), "--time-limit"),
        (("--language", "de"), "de"),
        (("--why-not", "nothing_like_it"), "there is no cause"),
    ],
)
def test_bad_options_are_one_line(
    mitate: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, str], said: str
) -> None:
    if "\0" in options[1]:
        options, said = ("--graph", str(write(tmp_path / "file", "") / "proof.svg")), "cannot write"
    monkeypatch.chdir(tmp_path)
    code, out, err = mitate("back", "explain", BENDS, *QUICK, *options)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert said in err


def test_the_interview_saves_what_explain_reads(
    mitate: Run, typed: Callable[[str], None], tmp_path: Path
) -> None:
    out_file, start = tmp_path / "answers.json", write(tmp_path / "start.json", ASKED)
    typed("y\nperhaps\nback\nn\n?\nstop\n")
    code, out, err = mitate("back", "interview", "--resume", start, "--out", out_file)
    assert (code, err) == (0, "")
    assert "Please type y/n/?" in out
    assert out.splitlines()[-1] == f"answers: {out_file}"
    assert "Stopped." in out
    saved = json.loads(out_file.read_text(encoding="utf-8"))
    assert list(saved["answers"].values()) == [False, None]
    assert saved["person"] == ASKED["person"]
    assert mitate("back", "explain", out_file, *QUICK)[0] == 0
    assert start.read_text(encoding="utf-8") == json.dumps(ASKED)


def test_the_interview_in_japanese_with_full_width_answers(mitate: Run, typed: Callable[[str], None]) -> None:
    typed("はい\n")
    code, out, _ = mitate("back", "interview", "--language", "ja")
    assert code == 0
    assert "危険信号に当てはまるため" in out
    assert "救急外来" in out
    typed("ｎ\nいいえ\n？\n戻る\n終了\n")
    assert mitate("back", "interview", "--language", "ja")[0] == 0


def test_the_end_of_the_input_stops_the_interview(
    mitate: Run, typed: Callable[[str], None], tmp_path: Path
) -> None:
    typed("")
    code, out, _ = mitate("back", "interview")
    assert code == 0
    assert "Nothing was answered that could be explained" in out
    typed("y\ny")
    code, out, _ = mitate("back", "interview", "--resume", write(tmp_path / "a.json", ASKED))
    assert code == 0
    assert "Likely mechanical causes" in out
    assert len(json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["answers"]) == 2


def test_an_interrupt_keeps_what_was_answered(
    mitate: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def answers() -> Iterator[str]:
        yield from ("n", "n")
        raise KeyboardInterrupt

    lines = answers()
    monkeypatch.setattr("builtins.input", lambda prompt: next(lines))
    code, _, err = mitate("back", "interview", "--out", tmp_path / "a.json")
    assert (code, err) == (130, "mitate: interrupted\n")
    assert (
        list(json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["red_flags"].values())
        == [False] * 2
    )
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


LINES = [
    "y",
    "n",
    "?",
    "",
    "back",
    "1",
    "2",
    "1 2",
    "9",
    "-1",
    "1e9",
    "ｙ",
    "はい",
    "戻る",
    "\x00",
    "é" * 200,
    "[]",
]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(LINES) | st.text(max_size=5), max_size=12))
def test_whatever_is_typed_the_interview_goes_on(
    mitate: Run, typed: Callable[[str], None], tmp_path: Path, lines: list[str]
) -> None:
    typed("\n".join(lines))
    code, _, err = mitate("back", "interview", "--resume", write(tmp_path / "a.json", ASKED))
    assert (code, err) == (0, "")
    assert mitate("back", "ask", tmp_path / "a.json")[0] == 0


def test_the_interview_overwrites_nothing(mitate: Run, typed: Callable[[str], None], tmp_path: Path) -> None:
    kept = write(tmp_path / "kept.json", ASKED)
    typed("n\n")
    code, out, err = mitate("back", "interview", "--out", kept)
    assert (code, out) == (2, "")
    assert "this file exists" in err
    assert kept.read_text(encoding="utf-8") == json.dumps(ASKED)
    code, _, err = mitate("back", "interview", "--out", kept / "below.json")
    assert code == 2
    assert "cannot write" in err
