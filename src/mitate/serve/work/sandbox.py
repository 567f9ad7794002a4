"""Work on what strangers send, in a process of its own that can be killed and has nothing to give away.

The request goes to the child through its standard input, what it says on the way comes back as lines of JSON
on its standard output, and its answer lies in an anonymous file that it may fill up to a limit. What else it
writes goes to a folder in memory that is its own and vanishes with it: no child finds another's things. A
child that crashes, hangs or takes too much is a refusal of the film, in plain words.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mitate.errors import InputError, MissingExtraError, MitateError, RefusalError, WeightsError
from mitate.serve.work.limits import Limits
from mitate.serve.work.packed import packed, unpacked

__all__ = ["CRASHES", "Answer", "ApartError", "child_environment", "rebuilt", "refused", "run_apart"]

CRASHES: Mapping[str, tuple[str, str]] = {
    "unreadable": ("this film cannot be read", "record it again, or choose another file"),
    "too_long": ("this film is too long", "record 20 seconds to 3 minutes"),
    "too_big": ("this film is too large to be read", "record it with the camera's ordinary settings"),
    "crashed": ("reading this film broke off", "record it again; if that does not help, choose another file"),
}
"""What can be wrong with a file before anybody is seen in it: reason → what, and what to do."""

_MODULE = "mitate.serve.work.child"
_KEPT: tuple[str, ...] = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "TZ", "SYSTEMROOT", "USERPROFILE"),
    *("APPDATA", "LOCALAPPDATA", "PYTHONPATH", "VIRTUAL_ENV", "XDG_CACHE_HOME", "MITATE_CACHE"),
)
_ALIVE_S = 5.0  # between reports of a child that says nothing
_LONGEST_LINE, _MOST_LINES = 65536, 64  # that wait to be taken in; a child that says more waits, too
_MEMORY, _LONGEST_WORK_S = Path("/dev/shm"), 6 * 3600.0
_Line = Callable[[str, float], None]


class ApartError(MitateError):
    """Something of ours went wrong in a child process: a bug, not the film."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child gave back.

    Attributes:
        facts: as JSON knows them.
        blobs: pieces of bytes by name.
        peak_mb: most memory that it held, MiB; 0 where the system does not tell.
        seconds, cpu_s: that it took, start and end included; of the processor, all threads together.
        held: the limits that held (`mitate.serve.work.limits.restrict`).
    """

    facts: dict[str, Any]
    blobs: dict[str, bytes]
    peak_mb: float = 0.0
    seconds: float = 0.0
    cpu_s: float = 0.0
    held: tuple[str, ...] = ()


def child_environment(scratch: str = "") -> dict[str, str]:
    """The environment of a child: no passphrase, no key, no address of a database.

    Args:
        scratch: a folder of its own to write to.
    """
    own = {"MITATE_SCRATCH": scratch, "TMPDIR": scratch} if scratch else {}
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**kept, **threads, **own, "MPLBACKEND": "agg", "PYTHONDONTWRITEBYTECODE": "1"}


def rebuilt(told: Mapping[str, Any]) -> MitateError:
    """The error that `MitateError.as_dict` told."""
    what, where, todo = str(told.get("what", "")), told.get("where"), told.get("todo")
    place = None if where is None else str(where)
    then = None if todo is None else str(todo)
    if "reason" in told:
        return RefusalError(what, reason=str(told["reason"]), where=place, todo=then)
    kinds: dict[str, type[MitateError]] = {
        "InputError": InputError,
        "WeightsError": WeightsError,
        MissingExtraError.__name__: WeightsError,
    }
    return kinds.get(str(told.get("kind")), MitateError)(what, where=place, todo=then)


def refused(reason: str) -> RefusalError:
    """The refusal for one of `CRASHES`."""
    what, todo = CRASHES[reason]
    return RefusalError(what, reason=reason, where="film", todo=todo)


def run_apart(
    what: str,
    facts: Mapping[str, Any],
    blobs: Mapping[str, bytes] | None = None,
    *,
    limits: Limits | None = None,
    pass_fds: Sequence[int] = (),
    report: _Line | None = None,
) -> Answer:
    """Do one piece of work in a child process.

    Args:
        what: ``module:function``, called there with facts, blobs and a `mitate.serve.work.child.Tell`.
        facts, blobs: what it needs to know.
        limits: of the child.
        pass_fds: open files that it may read, POSIX only.
        report: called with stage and share, at least every few seconds while the child lives.

    Raises:
        RefusalError: what was refused there; or ``crashed``, ``too_long``, ``too_big`` where the child ended
            or was ended before it had an answer.
        MitateError: another error of ours that was raised there.
        ApartError: a bug of ours there.
    """
    limits, begun = limits or Limits(), time.monotonic()
    with _answer_file() as (answer, place, fds), _own_place() as scratch:
        asked = {"do": what, "facts": dict(facts), "limits": limits.as_dict(), "answer": place}
        request, report = packed(asked, blobs), report or (lambda stage, share: None)
        told = _lived(request, limits, (*pass_fds, *fds), child_environment(scratch), report)
        if told.error is not None:
            raise told.error
        if os.fstat(answer.fileno()).st_size > limits.answer_mb * 2**20:
            raise refused("too_big")
        answer.seek(0)
        try:
            facts_back, blobs_back = unpacked(answer.read())
        except InputError as error:
            raise refused("crashed") from error
    return Answer(facts_back, blobs_back, told.peak_mb, time.monotonic() - begun, told.cpu_s, told.held)


@dataclass(slots=True)
class _Told:
    """What a child said until it ended."""

    done: bool = False
    error: MitateError | None = None
    peak_mb: float = 0.0
    cpu_s: float = 0.0
    held: tuple[str, ...] = ()


@contextmanager
def _answer_file() -> Iterator[tuple[IO[bytes], str, tuple[int, ...]]]:
    """A file for the answer, where the child finds it, and what must be passed on to it."""
    if sys.platform == "linux":
        with os.fdopen(os.memfd_create("mitate-answer"), "w+b") as stream:
            yield stream, f"/proc/self/fd/{stream.fileno()}", (stream.fileno(),)
        return
    handle, name = tempfile.mkstemp(prefix="mitate-answer-")
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield stream, name, ()
    finally:
        Path(name).unlink()


@contextmanager
def _own_place() -> Iterator[str]:
    """A folder in memory for one child, gone with it even if it was killed; empty where there is no such."""
    if sys.platform != "linux" or not _MEMORY.is_dir():
        yield ""
        return
    for left in _MEMORY.glob("mitate-work-*"):  # by servers that were killed
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - _LONGEST_WORK_S:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="mitate-work-", dir=_MEMORY, ignore_cleanup_errors=True) as own:
        yield own


def _lived(
    request: bytes, limits: Limits, fds: Sequence[int], environment: Mapping[str, str], report: _Line
) -> _Told:
    """Start a child, listen until it ends or its time is over, and leave nothing of it behind."""
    posix: dict[str, Any] = {} if sys.platform == "win32" else {"pass_fds": fds, "start_new_session": True}
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", _MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        **posix,
    )
    told = _Told()
    lines: queue.Queue[bytes] = queue.Queue(_MOST_LINES)
    try:
        listener = threading.Thread(target=_listen, args=(child.stdout, lines), daemon=True)
        feeder = threading.Thread(target=_feed, args=(child.stdin, request), daemon=True)
        listener.start()
        feeder.start()
        in_time = _follow(lines, time.monotonic() + limits.wall_s, told, report)
    finally:
        _end(child)
        until = time.monotonic() + 5.0
        while listener.is_alive() and time.monotonic() < until:  # it may wait for room
            with suppress(queue.Empty):
                lines.get(timeout=0.05)
    if told.error is None and not told.done:
        told.error = refused("too_long" if not in_time else _why(child.returncode))
    return told


def _feed(stream: IO[bytes], request: bytes) -> None:
    try:
        with stream:
            stream.write(request)
    except OSError:
        return  # it ended before it had listened: how is told by its exit status


def _listen(stream: IO[bytes], lines: queue.Queue[bytes]) -> None:
    with stream:
        while line := stream.readline(_LONGEST_LINE):
            lines.put(line)
    lines.put(b"")


def _follow(lines: queue.Queue[bytes], until: float, told: _Told, report: _Line) -> bool:
    """Take in what the child says; False where its time was over before it had ended."""
    stage, share = "", 0.0
    while (left := until - time.monotonic()) > 0:
        try:
            line = lines.get(timeout=min(_ALIVE_S, left))
        except queue.Empty:
            report(stage, share)
            continue
        if not line:
            return True
        said = _parsed(line)
        if "stage" in said:
            stage, share = str(said["stage"])[:40], min(1.0, max(0.0, float(said.get("share", 0.0))))
            report(stage, share)
        elif "held" in said:
            told.held = tuple(str(name) for name in said["held"])
        elif "error" in said:
            told.error = rebuilt(said["error"])
        elif said.get("ended") in CRASHES:
            told.error = refused(said["ended"])
        elif "bug" in said:
            told.error = ApartError(f"a bug in a child process: {str(said['bug'])[:200]}", where="work")
        elif "done" in said:
            told.done, told.peak_mb = True, float(said.get("peak_mb", 0.0))
            told.cpu_s = float(said.get("cpu_s", 0.0))
    return False


def _parsed(line: bytes) -> dict[str, Any]:
    """One line; nothing where it is none of ours: a decoder that was taken over may say anything."""
    try:
        said = json.loads(line)
        if not isinstance(said, dict) or not isinstance(said.get("share", 0.0), int | float):
            return {}
        if not isinstance(said.get("error", {}), dict) or not isinstance(said.get("held", []), list):
            return {}
        float(said.get("peak_mb", 0.0)) + float(said.get("cpu_s", 0.0))
    except (ValueError, TypeError, RecursionError):
        return {}
    return said


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and all that it started; a group of nobody is no error."""
    if sys.platform == "win32":
        child.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):  # all gone already
            os.killpg(child.pid, signal.SIGKILL)  # not yet waited for, so the number is still its own
    child.wait()


def _why(status: int) -> str:
    """Why a child ended that gave no answer, by its exit status."""
    if sys.platform != "win32" and status == -signal.SIGXCPU:
        return "too_long"
    if sys.platform != "win32" and status == -signal.SIGXFSZ:
        return "too_big"
    return "crashed"
