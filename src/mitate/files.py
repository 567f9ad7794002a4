"""Writing a file or a folder all or not at all, and doing something in one process at a time."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

__all__ = ["alone", "durable_folder", "new_folder", "write_bytes", "write_text"]


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with line feeds; otherwise as `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` through a temporary file beside `path`, so that no half file is ever seen.

    Raises:
        OSError: the folder cannot be made or written to; `path` is then as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)  # a temporary file is private; the real one follows the umask
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    durable_folder(path.parent)


def durable_folder(folder: Path) -> None:
    """Have it on the disk which names a folder holds: a file that was made or moved is lost without, its own
    bytes safe or not, where the power goes. Windows does so by itself.

    Raises:
        OSError: the disk does not take it.
    """
    if sys.platform != "win32":
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # network disks that know no such thing
                raise
        finally:
            os.close(fd)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `path` when the block ends, and vanishes if it fails.

    Args:
        path: must not exist, or be an empty folder.

    Raises:
        OSError: the folder cannot be made, or `path` has something in it.
    """
    part = path.with_name(f".{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # of a run that was killed
    part.mkdir(parents=True)
    try:
        yield part
        if path.exists():
            path.rmdir()
        part.replace(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def alone(path: Path, waiting: Callable[[], object] | None = None) -> Iterator[None]:
    """Holds a lock on the file `path`, which the system itself lets go if this process is killed.

    Args:
        path: made if missing, and left there; its folder must exist.
        waiting: called once if another process holds the lock.
    """
    with path.open("a+b") as stream:
        if not _lock(stream, wait=False):
            if waiting is not None:
                waiting()
            _lock(stream, wait=True)
        yield


if sys.platform == "win32":

    def _lock(stream: IO[bytes], *, wait: bool) -> bool:
        import msvcrt

        stream.seek(0)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return _lock(stream, wait=True) if wait else False  # LK_LOCK gives up after ten seconds
        return True

else:

    def _lock(stream: IO[bytes], *, wait: bool) -> bool:
        import fcntl

        try:
            fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True
