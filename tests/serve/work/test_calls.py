"""What a decoder that was taken over can still do: tried by one, from inside its walls."""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from pathlib import Path

import pytest

from mitate.errors import RefusalError
from mitate.serve.work import calls, sandbox
from mitate.serve.work.limits import Limits
from mitate.serve.work.sandbox import run_apart

WALLED = Limits(memory_mb=1024, cpu_s=20, wall_s=40.0, answer_mb=1, walled=True)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what holds elsewhere differs")


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


def test_nothing_reaches_out_of_a_walled_child(tmp_path: Path) -> None:
    record, device = tmp_path / "mitate.sqlite3", tmp_path / "camera"
    record.write_text("sealed")
    device.write_text("picture")
    record.chmod(0o600)
    before = record.stat()
    facts = {"record": str(record), "parent": os.getpid(), "device": str(device)}
    told = run_apart("apart_hostile:work", facts, limits=WALLED)
    if not {"wall", "calls"} <= set(told.held):
        pytest.skip("this kernel has no Landlock or no seccomp")
    unfelt = {"open the record to all", "date the record back"}  # said to be done, and not done
    assert set(told.facts["worked"]) <= unfelt
    assert sorted(told.facts["goes"]) == ["a place of its own", "libraries", "threads"]
    after = record.stat()
    assert (after.st_mode, after.st_size, after.st_mtime) == (before.st_mode, before.st_size, before.st_mtime)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["camera", "mitate.sqlite3"]


def test_without_the_walls_much_of_it_works(tmp_path: Path) -> None:
    (tmp_path / "record").write_text("sealed")
    facts = {"record": str(tmp_path / "record"), "parent": os.getpid(), "device": __file__}
    told = run_apart("apart_hostile:work", facts, limits=Limits(memory_mb=1024, wall_s=40.0))
    Path("/dev/shm/mitate-left-behind").unlink(missing_ok=True)
    tried = {"open the record to all", "cut the record to nothing", "another process", "signal the parent"}
    assert tried <= set(told.facts["worked"])


def test_what_one_child_leaves_no_other_finds() -> None:
    first = run_apart("apart_hostile:leave", {"how": "end"}, limits=WALLED)
    assert not Path(first.facts["place"]).exists()
    with pytest.raises(RefusalError):
        run_apart("apart_hostile:leave", {"how": "die"}, limits=WALLED)
    second = run_apart("apart_hostile:leave", {"how": "end"}, limits=WALLED)
    assert (first.facts["found"], second.facts["found"]) == ([], [])
    assert not [one for one in Path("/dev/shm").glob("mitate-work-*/of another person") if one.exists()]


def test_what_a_killed_server_left_in_memory_goes_with_the_next_work(monkeypatch: pytest.MonkeyPatch) -> None:
    left = Path("/dev/shm/mitate-work-left")
    left.mkdir(exist_ok=True)
    (left / "still").write_bytes(b"a face")
    os.utime(left, (time.time() - 10 * 3600,) * 2)
    with sandbox._own_place() as own:
        assert Path(own).is_dir()
    assert not left.exists()


def test_a_child_that_babbles_fills_no_memory() -> None:
    before, threads = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, threading.active_count()
    limits = Limits(memory_mb=512, cpu_s=20, wall_s=3.0, answer_mb=1, walled=True)
    with pytest.raises(RefusalError) as told:
        run_apart("apart_hostile:babble", {}, limits=limits, report=lambda stage, share: time.sleep(0.05))
    assert told.value.reason == "too_long"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # KB; it says 60 KB at a time
    assert threading.active_count() <= threads + 2  # it listens to one child


@pytest.mark.parametrize(("column", "arch"), [(0, 0xC000003E), (1, 0xC00000B7)])
def test_the_filter_is_one_that_a_kernel_takes(column: int, arch: int) -> None:
    lines = list(calls.program(column, arch, 4711))
    assert len(lines) < 4096  # BPF_MAXINSNS
    for at, (code, jump, other, value) in enumerate(lines):
        assert 0 <= value < 2**32
        assert at + 1 + max(jump, other) < len(lines) or code == 0x06
    assert lines[-1] == (0x06, 0, 0, 0x7FFF0000)
