"""Sealed files for films: written piece by piece as they arrive, readable only whole and in order.

How they lie on the disk stands in `chunks`. Films are about ``film CAPTURE`` (`film_about`) wherever they
lie, so that moving one from uploads/ to videos/ needs no key.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Self

from mitate.files import durable_folder
from mitate.record.chunks import CHUNK, HEADER, Place, Seal, open_chunk, open_header, places
from mitate.record.errors import ConflictError, RecordError
from mitate.record.vault import DataKey
from mitate.record.written import told_plainly

__all__ = ["PLAIN_PREFIX", "PlainCopy", "SealedWriter", "film_about", "plain_copy", "read_into"]

PLAIN_PREFIX = ".plain-"
"""Of the private folders that `plain_copy` makes where there is no memfd."""
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def film_about(capture_id: str) -> str:
    """What a film is sealed about."""
    return f"film {capture_id}"


class SealedWriter:
    """A sealed file that grows at its end, over as many openings as it takes.

    Each chunk is on the disk for good (fdatasync) before the next is begun, so that a power cut can tear the
    last one only; opening cuts that off. One writer at a time has a file: the system's own lock says so, and
    lets go of it if the process is killed.

    Attributes:
        size: bytes of plaintext that are safely on the disk; resume from there.
        finished: whether the last chunk is written; nothing can be appended any more.
    """

    def __init__(self, path: Path, stream: IO[bytes], seal: Seal, there: list[Place]) -> None:
        """Use `open`."""
        self._path, self._stream, self._seal = path, stream, seal
        self._number = len(there)
        self._end = there[-1].end if there else HEADER
        self._buffer = bytearray()
        self.size = sum(place.size for place in there)
        self.finished = bool(there) and there[-1].last

    @classmethod
    def open(cls, path: Path, key: DataKey, about: str) -> Self:
        """Begin a file, or go on with one.

        Args:
            path: its folder must exist.
            key: of the person.
            about: such as `film_about`; must be the same at every opening.

        Raises:
            RecordError: another key, another `about`, or the file was changed.
            ConflictError: another writer has it open.
            FullError: the disk is full or read-only.
        """
        with told_plainly(path.name):
            # Unbuffered: what a full disk refused must not be tried again when the file is closed.
            stream = os.fdopen(os.open(path, _FLAGS, 0o600), "r+b", buffering=0)
        try:
            if not _locked(stream):
                raise ConflictError("something is being written to this file already", where=path.name)
            with told_plainly(path.name):
                return cls(path, stream, *_as_it_is(stream, key, about, path))
        except BaseException:
            stream.close()
            raise

    def append(self, content: bytes | memoryview) -> None:
        """Take bytes; whole chunks are written at once, the rest waits for more, `flush` or `finish`.

        Raises:
            ConflictError: the file is finished.
            FullError: the disk is full; what was appended beyond `size` is gone, what is before it is safe.
        """
        if self.finished:
            raise ConflictError("this file is finished", where=self._path.name)
        with memoryview(content) as rest:
            at = 0
            while at < len(rest):
                taken = min(CHUNK - len(self._buffer), len(rest) - at)
                self._buffer += rest[at : at + taken]
                at += taken
                if len(self._buffer) == CHUNK:
                    self._write()

    def flush(self) -> None:
        """Make all that was appended durable; afterwards `size` counts it. FullError as `append`."""
        if self._buffer:
            self._write()

    def finish(self) -> None:
        """Write the last chunk; only then can the file be read. Doing it twice is once. As `append`."""
        if not self.finished:
            self._write(last=True)

    def close(self) -> None:
        """Flush and let go of the file."""
        try:
            if not self._stream.closed:
                self.flush()
        finally:
            self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _write(self, *, last: bool = False) -> None:
        content = bytes(self._buffer)
        self._buffer.clear()
        with told_plainly(self._path.name):
            try:
                _write_all(self._stream, self._end, self._seal.chunk(content, self._number, last))
            except OSError:
                self._stream.truncate(self._end)
                raise
        self._end = self._stream.tell()
        self._number += 1
        self.size += len(content)
        self.finished = last


def read_into(path: Path, key: DataKey, about: str, out: BinaryIO) -> int:
    """Write the plaintext of a finished sealed file to `out`, chunk by chunk; bytes written.

    A chunk is written only after it was proven, but that the file is whole is known at its end only: what is
    in `out` must not be used where this raises.

    Raises:
        RecordError: the file is missing, unfinished, changed, of another key or about something else.
        FullError: `out` lies on a full disk.
    """
    try:
        stream = path.open("rb")
    except FileNotFoundError as error:
        raise RecordError("a sealed file is missing", where=path.name) from error
    total, last, end = 0, False, HEADER
    with stream, told_plainly(path.name):
        seal = open_header(stream, key, about, path)
        for place in places(stream):
            if last:
                break
            out.write(open_chunk(stream, seal, place, path))
            total, last, end = total + place.size, place.last, place.end
        if not last or end != stream.seek(0, os.SEEK_END):
            raise RecordError("a sealed file is not whole", where=path.name)
    return total


@dataclass(frozen=True, slots=True)
class PlainCopy:
    """A decrypted film, for as long as it is needed.

    Attributes:
        path: to open it by; ``/proc/self/fd/N`` is good in this process only, and in children that were
            given `fd` (``subprocess``'s ``pass_fds``), where it has the same number.
        fd: of the memory it is in; None for a file on the disk.
        size: bytes.
    """

    path: Path
    fd: int | None
    size: int


@contextmanager
def plain_copy(path: Path, key: DataKey, about: str, folder: Path) -> Iterator[PlainCopy]:
    """A decrypted copy of a sealed film, gone when the block ends.

    Where the system has memfd (Linux) it is in memory, sealed against writing, and vanishes with the process
    whatever happens; elsewhere it is in a private folder made in `folder` (a killed process leaves it
    behind; `retention.sweep` removes such).

    Raises:
        RecordError, FullError: as `read_into`.
    """
    if sys.platform == "linux":
        import fcntl

        fd = os.memfd_create("mitate film", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        with os.fdopen(fd, "w+b") as memory:
            size = read_into(path, key, about, memory)
            memory.flush()
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
            memory.seek(0)
            yield PlainCopy(Path(f"/proc/self/fd/{fd}"), fd, size)
    else:
        with _file_copy(path, key, about, folder) as copy:
            yield copy


@contextmanager
def _file_copy(path: Path, key: DataKey, about: str, folder: Path) -> Iterator[PlainCopy]:
    with told_plainly(path.name):
        private = Path(tempfile.mkdtemp(prefix=PLAIN_PREFIX, dir=folder))
    try:
        with (private / "film").open("wb") as out:
            size = read_into(path, key, about, out)
        yield PlainCopy(private / "film", None, size)
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _as_it_is(stream: IO[bytes], key: DataKey, about: str, path: Path) -> tuple[Seal, list[Place]]:
    """The file's seal and its good chunks, after what is torn was cut off; a new header if there is none."""
    stream.seek(0)
    head = stream.read(HEADER + 1)
    if len(head) < HEADER or head == bytes(HEADER):  # nothing can have been appended yet
        seal = Seal.of(key, about)
        stream.truncate(0)
        _write_all(stream, 0, seal.header())
        durable_folder(path.parent)
        return seal, []
    seal = open_header(stream, key, about, path)
    there = list(places(stream))
    if there:
        try:
            open_chunk(stream, seal, there[-1], path)
        except RecordError:
            there.pop()  # torn; the one before it was on the disk before it was begun
            if there:
                open_chunk(stream, seal, there[-1], path)
    end = there[-1].end if there else HEADER
    if stream.seek(0, os.SEEK_END) != end:
        stream.truncate(end)
        _durable(stream)
    return seal, there


def _write_all(stream: IO[bytes], at: int, content: bytes) -> None:
    stream.seek(at)
    with memoryview(content) as rest:
        done = 0
        while done < len(rest):
            done += stream.write(rest[done:])
    _durable(stream)


def _durable(stream: IO[bytes]) -> None:
    getattr(os, "fdatasync", os.fsync)(stream.fileno())


if sys.platform == "win32":

    def _locked(stream: IO[bytes]) -> bool:
        import msvcrt

        stream.seek(1 << 62)  # a byte that no film reaches
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _locked(stream: IO[bytes]) -> bool:
        import fcntl

        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
