"""From photos to the faces on them, one a photo, or why there is none to use.

Photos are few and old ones cannot be taken again, so less is refused than of a film (`mitate.face.select`):
a photo is left out only where nothing can be learned from it, which is where no face is found, where it is
not clear whose photo it is, and where too little of the face is there. Whatever else is wrong with it (blur,
light, a closed eye, a turned head) lowers its quality and is noted.
"""

from __future__ import annotations

import hashlib
import io
import signal
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.face_in import Face, Seeing, face_in
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.photographs import Dataset, LeftOut, Photo
from mitate.diagnosis.style import BACKGROUND_SIDE, FACTS, THUMBNAIL_SIDE, file_facts
from mitate.errors import InputError, RefusalError
from mitate.face.landmarks import POINTS
from mitate.files import write_bytes
from mitate.video import read_photo

__all__ = ["Face", "Progress", "Seeing", "face_in", "read_faces", "read_faces_with_notes"]

Progress = Callable[[str, int, int], object]

_VERSION = 2
"""Of what is kept of a photo; raise it when anything in it would come out differently."""


def read_faces(
    dataset: Dataset, *, cache: Path | None = None, workers: int = 1, progress: Progress | None = None
) -> Faces:
    """The faces of a data set.

    Args:
        dataset: whose photos are read.
        cache: a folder that keeps what was read of each photo, under the SHA-256 of its file, so that a later
            call reads only what is new. It holds pictures of faces: keep it as the photos are kept.
        workers: processes; 1 works in this one.
        progress: called with what, photos done, and photos in all.

    Returns:
        The faces in the order of the data set. Photos that cannot be used are in `left_out`; where none can,
        there are no rows.

    Raises:
        WeightsError: weights are not installed.
        InputError: `cache` cannot be written to.
    """
    return read_faces_with_notes(dataset, cache=cache, workers=workers, progress=progress)[0]


def read_faces_with_notes(
    dataset: Dataset, *, cache: Path | None = None, workers: int = 1, progress: Progress | None = None
) -> tuple[Faces, tuple[tuple[str, ...], ...]]:
    """As `read_faces`, with what is wrong with each used photo: keys of `mitate.face.refusals`."""
    read: dict[int, _Read] = {}
    say = progress or (lambda what, done, total: None)
    jobs = [(photo.file, cache) for photo in dataset.photos]
    say("reading photos", 0, len(jobs))
    for index, one in _read_all(jobs, workers):
        read[index] = one
        say("reading photos", len(read), len(jobs))
    ordered = [(photo, read[index]) for index, photo in enumerate(dataset.photos)]
    used = [(photo, one) for photo, one in ordered if one.refused is None]
    left_out = tuple(LeftOut(photo, *one.refused) for photo, one in ordered if one.refused is not None)
    return _gathered(used, left_out, dataset.trained_on), tuple(one.notes for _, one in used)


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """What one file gave: arrays, or the reason, what is wrong and what to do."""

    digest: str
    arrays: dict[str, NDArray[Any]]
    notes: tuple[str, ...]
    refused: tuple[str, str, str] | None


def _gathered(used: Sequence[tuple[Photo, _Read]], left_out: tuple[LeftOut, ...], trained_on: str) -> Faces:
    def stacked(name: str) -> NDArray[Any]:
        shape, kind = _SHAPES[name]
        rows = [one.arrays[name] for _, one in used]
        return np.stack(rows) if rows else np.zeros((0, *shape), kind)

    return Faces(
        photos=tuple(photo for photo, _ in used),
        crops=stacked("crop"),
        mesh=stacked("mesh"),
        backgrounds=stacked("background"),
        thumbnails=stacked("thumbnail"),
        facts=stacked("facts"),
        quality=stacked("quality"),
        digests=tuple(one.digest for _, one in used),
        left_out=left_out,
        trained_on=trained_on,
    )


_SHAPES: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {
    "crop": ((112, 112, 3), np.uint8),
    "mesh": ((POINTS, 2), np.float32),
    "background": ((BACKGROUND_SIDE, BACKGROUND_SIDE, 3), np.uint8),
    "thumbnail": ((THUMBNAIL_SIDE, THUMBNAIL_SIDE, 3), np.uint8),
    "facts": ((len(FACTS),), np.float32),
    "quality": ((), np.float32),
}


def _read_all(jobs: Sequence[tuple[Path, Path | None]], workers: int) -> Iterator[tuple[int, _Read]]:
    """Each job's place and what it gave, in order of getting ready."""
    if workers <= 1 or len(jobs) <= 1:
        for index, job in enumerate(jobs):
            yield index, _read_one(*job)
        return
    pool = ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("spawn"), initializer=_quiet)
    try:
        places = {pool.submit(_read_one, *job): index for index, job in enumerate(jobs)}
        for future in as_completed(places):
            yield places[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _quiet() -> None:
    """In a worker: Ctrl-C is the parent's affair, which lets the photos at hand be finished."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@lru_cache(maxsize=1)
def _seeing() -> Seeing:
    return Seeing.load()


def _read_one(file: Path, cache: Path | None) -> _Read:
    """What one photo gives, out of the cache where it is there."""
    todo = "check the name, the disk and the permissions"
    try:
        if not file.is_file():  # a pipe would be waited for
            return _Read("", {}, (), ("unreadable", "there is no such file", todo))
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        return _Read("", {}, (), ("unreadable", f"the file cannot be opened ({error.strerror})", todo))
    place = None if cache is None else cache / f"{digest}-{_VERSION}.npz"
    known = None if place is None else _kept(place, digest)
    if known is not None:
        return known
    read = _looked_at(file, digest)
    if place is not None:
        _keep(place, read)
    return read


def _looked_at(file: Path, digest: str) -> _Read:
    try:
        image = read_photo(file).image
        face = face_in(image, _seeing())
        facts = file_facts(file, image)
    except RefusalError as error:
        return _Read(digest, {}, (), (error.reason, error.what, error.todo or ""))
    except InputError as error:
        return _Read(digest, {}, (), ("unreadable", error.what, error.todo or ""))
    arrays: dict[str, NDArray[Any]] = {
        "crop": face.crop,
        "mesh": face.mesh,
        "background": face.background,
        "thumbnail": face.thumbnail,
        "facts": facts,
        "quality": np.array(face.quality, np.float32),
    }
    return _Read(digest, arrays, face.notes, None)


def _keep(place: Path, read: _Read) -> None:
    content = dict(read.arrays)
    content["notes"] = np.array(read.notes, np.str_)
    if read.refused is not None:
        content["refused"] = np.array(read.refused, np.str_)
    stream = io.BytesIO()
    np.savez(stream, **content)  # type: ignore[arg-type]
    try:
        write_bytes(place, stream.getvalue())
    except OSError as error:
        message = f"what was read of the photos cannot be kept here: {error.strerror}"
        raise InputError(message, where=place.parent, todo="name a folder that can be written to") from error


def _kept(place: Path, digest: str) -> _Read | None:
    """What was kept of a photo; None where nothing was, or where it is damaged."""
    try:
        with place.open("rb") as stream:  # numpy leaves a file open that it cannot read
            content = np.load(stream, allow_pickle=False)
            if not isinstance(content, np.lib.npyio.NpzFile):
                return None
            notes = tuple(str(note) for note in content["notes"])
            if "refused" in content:
                reason, what, todo = (str(part) for part in content["refused"])
                return _Read(digest, {}, notes, (reason, what, todo))
            arrays = {name: content[name] for name in _SHAPES}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None  # damaged: read anew and written over
    for name, (shape, kind) in _SHAPES.items():
        if arrays[name].shape != shape or arrays[name].dtype != kind:
            return None
    return _Read(digest, arrays, notes, None)
