"""Who is looking at pictures from running cameras: one child process a kind, a few viewers at a time.

A child is started when the first viewer comes and ended a while after the last one has gone, so that the app
itself stays small. Pictures are decoded in the child only; one that breaks it costs a second, not the app.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any, Literal

from mitate.errors import InputError, MitateError
from mitate.serve.work.packed import packed, unpacked
from mitate.serve.work.sandbox import child_environment

__all__ = ["LIVE_MEMORY_MB", "BusyLiveError", "Kind", "LivePool", "LostLiveError", "Viewer"]

Kind = Literal["face", "body"]

LIVE_MEMORY_MB = 3072
"""Addresses of a child, MiB; it holds about a tenth of that."""
_MODULE = "mitate.serve.live.watching"
_LENGTH = 4
_MOST_ANSWER = 4 * 2**20
_START_S, _LOOK_S = 60.0, 8.0


class BusyLiveError(MitateError):
    """As many look as can."""

    def __init__(self) -> None:
        super().__init__("as many cameras are looked at as can be", where="live", todo="go on without help")


class LostLiveError(MitateError):
    """The child process ended or did not answer."""

    def __init__(self) -> None:
        super().__init__("looking broke off", where="live", todo="go on without help, or try again")


@dataclass(slots=True, eq=False)
class Viewer:
    """One camera that is looked at."""

    pool: LivePool
    kind: Kind
    number: int
    facts: Mapping[str, Any]
    child: int = -1  # which child knows it

    def look(self, time_s: float, jpeg: bytes) -> dict[str, Any]:
        """What a picture shows.

        Raises:
            InputError: it is no JPEG, or too large.
            LostLiveError: the child ended; the next picture starts another.
        """
        return self.pool._ask(self, {"op": "look", "time_s": time_s}, {"jpeg": jpeg})

    def summary(self) -> dict[str, Any]:
        """What there was until now; errors as `look`."""
        return self.pool._ask(self, {"op": "summary"}, {})


@dataclass(slots=True, eq=False)
class _Child:
    """A process that looks at the pictures of one kind, one after the other."""

    kind: Kind
    number: int
    process: subprocess.Popen[bytes]
    lock: threading.Lock = field(default_factory=threading.Lock)
    used_at: float = field(default_factory=time.monotonic)
    fresh: bool = True

    def ask(self, facts: Mapping[str, Any], blobs: Mapping[str, bytes]) -> dict[str, Any]:
        """One question, one answer; the child is killed where it does not answer in time."""
        with self.lock:
            watch = threading.Timer(_START_S if self.fresh else _LOOK_S, self.process.kill)
            watch.start()
            try:
                content = packed(facts, blobs)
                write, read = _both(self.process)
                write.write(len(content).to_bytes(_LENGTH, "big") + content)
                write.flush()
                size = int.from_bytes(_exactly(read, _LENGTH), "big")
                if size > _MOST_ANSWER:
                    raise LostLiveError
                answer, _ = unpacked(_exactly(read, size))
            except (OSError, ValueError, InputError) as error:  # a pipe that was closed is a ValueError
                self.end()
                raise LostLiveError from error
            finally:
                watch.cancel()
                self.used_at, self.fresh = time.monotonic(), False
            return answer

    def end(self) -> None:
        """Kill it, and wait until it is gone."""
        self.process.kill()
        for stream in _both(self.process):
            with contextlib.suppress(OSError):
                stream.close()
        self.process.wait()


def _both(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:  # never: both are pipes
        raise LostLiveError
    return process.stdin, process.stdout


def _exactly(stream: IO[bytes], size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise OSError("the child has ended")
    return content


class LivePool:
    """Cameras that are looked at now.

    Args:
        most: viewers at a time, of both kinds together.
        idle_s: after which a child that nobody uses is ended.
    """

    def __init__(self, *, most: int = 4, idle_s: float = 60.0) -> None:
        self.most, self._idle_s = most, idle_s
        self._children: dict[Kind, _Child] = {}
        self._viewers: dict[int, Kind] = {}
        self._gone: dict[Kind, list[int]] = {"face": [], "body": []}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._sweeper: threading.Timer | None = None
        self._closed = False

    @property
    def viewers(self) -> int:
        """How many look now."""
        return len(self._viewers)

    @property
    def processes(self) -> tuple[int, ...]:
        """Ids of the child processes that run now."""
        with self._lock:
            return tuple(one.process.pid for one in self._children.values() if one.process.poll() is None)

    @contextmanager
    def viewer(self, kind: Kind, **facts: Any) -> Iterator[Viewer]:
        """A place for one camera.

        Args:
            kind: ``face`` or ``body``.
            facts: of a body: ``movement`` or ``exercise``, ``language``.

        Raises:
            BusyLiveError: all places are taken.
        """
        with self._lock:
            if self._closed or len(self._viewers) >= self.most:
                raise BusyLiveError
            number = next(self._numbers)
            self._viewers[number] = kind
        one = Viewer(self, kind, number, facts)
        try:
            yield one
        finally:
            self._leave(one)

    def close(self) -> None:
        """End all children."""
        with self._lock:
            self._closed = True
            children, self._children = list(self._children.values()), {}
            if self._sweeper is not None:
                self._sweeper.cancel()
        for child in children:
            child.end()

    def _ask(self, viewer: Viewer, facts: Mapping[str, Any], blobs: Mapping[str, bytes]) -> dict[str, Any]:
        child = self._child(viewer.kind)
        if viewer.child != child.number:
            child.ask({"op": "open", "viewer": viewer.number, **viewer.facts}, {})
            viewer.child = child.number
        with self._lock:
            gone, self._gone[viewer.kind] = self._gone[viewer.kind], []
        answer = child.ask({**facts, "viewer": viewer.number, "gone": gone}, blobs)
        if "refused" in answer:
            raise InputError(str(answer["refused"]), where="picture", todo="send a JPEG of at most 1280 px")
        return answer

    def _child(self, kind: Kind) -> _Child:
        """The child of a kind, started if there is none."""
        with self._lock:
            if self._closed:
                raise LostLiveError
            child = self._children.get(kind)
            if child is None or child.process.poll() is not None:
                child = _Child(kind, next(self._numbers), _started(kind))
                self._children[kind] = child
                self._sweep_later()
            return child

    def _leave(self, viewer: Viewer) -> None:
        """Free the place at once; the child is told with the next question that somebody asks it."""
        with self._lock:
            self._viewers.pop(viewer.number, None)
            self._gone[viewer.kind].append(viewer.number)

    def _sweep_later(self) -> None:
        self._sweeper = threading.Timer(max(0.2, self._idle_s / 4), self._sweep)
        self._sweeper.daemon = True
        self._sweeper.start()

    def _sweep(self) -> None:
        """End children that nobody used for a while."""
        late = time.monotonic() - self._idle_s
        with self._lock:
            watched = set(self._viewers.values())
            idle = [
                kind
                for kind, one in self._children.items()
                if kind not in watched and one.used_at < late and not one.lock.locked()
            ]
            ended = [self._children.pop(kind) for kind in idle]
            if self._children and not self._closed:
                self._sweep_later()
        for child in ended:
            with child.lock:
                child.end()


def _started(kind: Kind) -> subprocess.Popen[bytes]:
    posix: dict[str, Any] = {} if sys.platform == "win32" else {"start_new_session": True}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", _MODULE, kind, str(LIVE_MEMORY_MB)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**child_environment(), "OPENCV_IO_MAX_IMAGE_PIXELS": str(1280 * 1280)},
        cwd=os.sep,
        **posix,
    )
