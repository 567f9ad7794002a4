"""The cache on disk: where each file lies, and whether what lies there is what was published."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import platformdirs

from mitate.errors import WeightsError
from mitate.weights.registry import Weight, registry

__all__ = [
    "Check",
    "Digest",
    "cache_dir",
    "check",
    "check_member",
    "derived_digest",
    "digest_of",
    "manifest_path",
    "member_path",
    "path",
    "verify",
    "weights_dir",
]

State = Literal["ok", "missing", "damaged"]


@dataclass(frozen=True, slots=True)
class Digest:
    """Size in bytes and sha256 of a file."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one weight.

    Attributes:
        name: the weight's name.
        state: ``ok``, ``missing`` or ``damaged``.
        path: where the file that is loaded lies, or should.
        reason: what is wrong; empty if nothing is.
    """

    name: str
    state: State
    path: Path
    reason: str = ""


def cache_dir() -> Path:
    """The folder of everything fetched: environment variable ``MITATE_CACHE``, or the user's cache folder."""
    chosen = os.environ.get("MITATE_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("mitate")


def weights_dir() -> Path:
    """The folder of the installed files."""
    return cache_dir() / "weights"


def path(weight: Weight) -> Path:
    """Where the file that is loaded lies once installed."""
    return weights_dir() / weight.file


def member_path(weight: Weight) -> Path:
    """Where the file as published lies once installed; the same as `path` where nothing is derived."""
    return weights_dir() / weight.member_file


def manifest_path(weight: Weight) -> Path:
    """The note of size and sha256 beside a derived file, written when it was made."""
    return path(weight).with_suffix(".json")


def digest_of(file: Path) -> Digest:
    """Size and sha256 of a file, remembered until it changes.

    Raises:
        OSError: the file cannot be read.
    """
    stat = file.stat()
    return Digest(stat.st_size, _sha256(file, stat.st_size, stat.st_mtime_ns, stat.st_ino))


@lru_cache(maxsize=64)
def _sha256(file: Path, size: int, mtime_ns: int, inode: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def derived_digest(weight: Weight) -> Digest | None:
    """What the note beside a derived file says of it, or None where there is no usable note."""
    try:
        note = json.loads(manifest_path(weight).read_text(encoding="utf-8"))
        if note["from_sha256"] != weight.sha256 or note["derive"] != weight.derive:
            return None
        return Digest(int(note["bytes"]), str(note["sha256"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check_member(weight: Weight) -> Check:
    """Compares the published file in the cache with the registry."""
    return _compare(weight.name, member_path(weight), Digest(weight.bytes, weight.sha256))


def check(weight: Weight) -> Check:
    """Compares the file that is loaded with the registry or, if it is derived, with the note of its making.

    Raises:
        WeightsError: the file is there but cannot be read.
    """
    if not weight.derive:
        return check_member(weight)
    if not path(weight).exists():
        return Check(weight.name, "missing", path(weight), "not installed")
    digest = derived_digest(weight)
    if digest is None:
        return Check(
            weight.name, "damaged", path(weight), f"{manifest_path(weight).name} is missing or unreadable"
        )
    return _compare(weight.name, path(weight), digest)


def _compare(name: str, file: Path, wanted: Digest) -> Check:
    try:
        found = digest_of(file)
    except FileNotFoundError:
        return Check(name, "missing", file, "not installed")
    except OSError as error:
        raise WeightsError(f"cannot be read: {error.strerror}", where=file) from error
    if found.bytes != wanted.bytes:
        return Check(name, "damaged", file, f"{found.bytes:,} bytes instead of {wanted.bytes:,}")
    if found.sha256 != wanted.sha256:
        return Check(
            name, "damaged", file, f"sha256 {found.sha256[:12]}... instead of {wanted.sha256[:12]}..."
        )
    return Check(name, "ok", file)


def verify(weights: Iterable[Weight] | None = None) -> list[Check]:
    """Checks files, every byte of them.

    Args:
        weights: which; by default all of the registry, but no optional one that is not installed.

    Raises:
        WeightsError: a file is there but cannot be read.
    """
    if weights is not None:
        return [check(weight) for weight in weights]
    found = [(weight, check(weight)) for weight in registry().values()]
    return [one for weight, one in found if not (weight.optional and one.state == "missing")]
