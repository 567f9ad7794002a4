"""A child process that crashes, hangs or takes too much is a refusal; what it may see and reach is little."""

from __future__ import annotations

import os
import socket
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.errors import InputError, MitateError, RefusalError, WeightsError
from mitate.serve.work.limits import Limits
from mitate.serve.work.packed import packed, unpacked
from mitate.serve.work.sandbox import Answer, ApartError, rebuilt, run_apart

SMALL = Limits(memory_mb=512, cpu_s=20, wall_s=200.0, answer_mb=1)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what holds elsewhere differs")


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setenv("MITATE_PASSPHRASE", "secret")


def run(how: str, limits: Limits = SMALL, **facts: Any) -> Answer:
    return run_apart("apart_broken:work", {"how": how, **facts}, {"a": b"123"}, limits=limits)


def reason(how: str, limits: Limits = SMALL, **facts: Any) -> str:
    with pytest.raises(RefusalError) as told:
        run(how, limits, **facts)
    assert told.value.todo
    return told.value.reason


def test_what_a_child_may_see_and_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        told = run("look", port=server.getsockname()[1])
    assert told.blobs == {"a": b"123"}
    assert "MITATE_PASSPHRASE" not in told.facts["environment"]
    assert {"memory", "cpu", "file size", "files", "core", "nice", "privileges", "parent"} <= set(told.held)
    assert told.facts["reaches"] is ("network" not in told.held)
    assert 5 < told.peak_mb < 200


def test_a_walled_child_finds_no_record_and_nothing_to_destroy(tmp_path: Path) -> None:
    secret = tmp_path / "mitate.sqlite3"
    secret.write_text("sealed")
    places = [(str(secret), "rb"), (str(secret), "ab"), (str(tmp_path / "new"), "wb"), (__file__, "rb")]
    places.append((f"/proc/{os.getpid()}/environ", "rb"))
    told = run("open", replace(SMALL, walled=True), places=places)
    if "wall" not in told.held:
        pytest.skip("this kernel has no Landlock")
    assert told.facts["opened"] == [False, False, False, True, False]
    assert secret.read_text() == "sealed"
    assert run("open", places=places[:1]).facts["opened"] == [True]


def test_whatever_goes_wrong_is_a_refusal_with_a_stable_reason() -> None:
    assert reason("eat") == "too_big"
    assert reason("die") == "crashed"
    assert reason("spin", replace(SMALL, cpu_s=1)) == "too_long"
    assert reason("write", bytes=2 * 2**20) == "too_big"
    assert reason("refuse", film="/proc/self/fd/9") == "no_face"


def test_a_child_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    where = tmp_path / "grandchild"
    for wall_s in (3.0, 12.0, 48.0):  # a busy machine may take longer to begin
        assert reason("fork", replace(SMALL, wall_s=wall_s), where=str(where)) == "too_long"
        if where.exists():
            break
    grandchild, end = Path("/proc") / where.read_text() / "stat", time.monotonic() + 120
    with suppress(OSError):  # gone, perhaps while it was looked at
        while " Z " not in grandchild.read_text():
            assert time.monotonic() < end, "the grandchild lives"
            time.sleep(0.05)


def test_a_bug_is_told_by_kind_and_place_alone() -> None:
    with pytest.raises(ApartError) as told:
        run("bug")
    assert "ValueError at apart_broken.py" in str(told.value)
    assert "name" not in str(told.value)


def test_a_path_of_the_child_means_nothing_elsewhere() -> None:
    with pytest.raises(RefusalError) as told:
        run("refuse", film="/proc/self/fd/9")
    assert told.value.where == "film"


def test_progress_is_told_while_it_runs() -> None:
    said: list[tuple[str, float]] = []
    run_apart(
        "apart_broken:work",
        {"how": "look"},
        limits=SMALL,
        report=lambda stage, share: said.append((stage, share)),
    )
    assert said[0] == ("breaking", 0.5)


@pytest.mark.parametrize(
    "error",
    [
        RefusalError("what", reason="no_face", where="film", todo="then"),
        InputError("what", where="here"),
        WeightsError("what", todo="then"),
        MitateError("what"),
    ],
)
def test_errors_come_back_as_they_were(error: MitateError) -> None:
    again = rebuilt(error.as_dict())
    assert type(again) is type(error)
    assert again.as_dict() == error.as_dict()


@given(st.dictionaries(st.text(), st.integers() | st.text()), st.dictionaries(st.text(), st.binary()))
def test_what_was_packed_comes_back(facts: dict[str, Any], blobs: dict[str, bytes]) -> None:
    assert unpacked(packed(facts, blobs)) == (facts, blobs)


@given(st.binary(max_size=200), st.integers(0, 60), st.binary(max_size=8))
def test_an_answer_that_was_changed_is_refused_or_read_and_never_more(
    content: bytes, at: int, other: bytes
) -> None:
    whole = packed({"a": 1}, {"b": content})
    for changed in (content, whole[:at], whole[:at] + other + whole[at + len(other) :]):
        try:
            unpacked(changed)
        except InputError:
            continue
