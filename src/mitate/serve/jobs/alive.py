"""Whether a worker on this record is alive, by a lock that the system lets go of when its process is killed.

So a job whose process was killed need not wait for its lease to run out, where the processes share a folder.
Where they do not, there is no such file and the lease decides.
"""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import ExitStack
from pathlib import Path

from mitate.files import alone
from mitate.record.written import told_plainly

__all__ = ["Alive", "clean", "is_gone"]

_FOLDER = "workers"


class Alive:
    """Says that this worker lives, until `close` or the end of its process.

    Attributes:
        name: to be given to `is_gone`.
    """

    def __init__(self, folder: Path) -> None:
        """Raises FullError where the record's folder cannot be written to."""
        self.name = f"{socket.gethostname()[:20]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._path = folder / _FOLDER / self.name
        self._held = ExitStack()
        with told_plainly(_FOLDER):
            self._path.parent.mkdir(exist_ok=True)
            self._held.enter_context(alone(self._path))

    def close(self) -> None:
        """Say nothing any more, once the worker holds nothing."""
        self._path.unlink(missing_ok=True)
        self._held.close()


def is_gone(folder: Path, name: str) -> bool:
    """Whether a worker's process has ended without a word; False where that cannot be told."""
    path = folder / _FOLDER / name
    if not path.is_file():
        return False
    try:
        with alone(path, waiting=_refuse):
            pass
    except _Lives:
        return False
    return True


def clean(folder: Path) -> None:
    """Remove what killed workers left, after their jobs were taken back."""
    for path in (folder / _FOLDER).iterdir():
        if is_gone(folder, path.name):
            path.unlink(missing_ok=True)


class _Lives(Exception):
    """Somebody holds the lock."""


def _refuse() -> None:
    raise _Lives
