"""In the child process: the files of a model or gallery of faces are unpacked, looked through and tried.

They come from an administrator, who may have them from anybody: numbers, JSON and ONNX networks are read by
what reads them at work; nothing that runs code when it is opened (pickles and their like) is opened at all.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from mitate.errors import InputError, MitateError
from mitate.record.face_models import FaceCard, FaceClass, FaceFigure
from mitate.serve.work.arrays import scratch
from mitate.serve.work.child import Given, Tell

__all__ = ["check", "laid_out"]

_MOST_BYTES = 256_000_000  # of all files together, unpacked
_MOST_FILES = 64
_MOST_CLASSES, _LONGEST_LABEL = 20_000, 200
_RUNS_CODE = frozenset({".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".h5", ".keras", ".dill"})
_TODO = {
    "model": "choose all files of a folder that mitate diagnosis train made, or that folder as ZIP",
    "gallery": "choose all files of a folder that mitate diagnosis gallery add made, or that folder as ZIP",
}
_CARDS = {"model": "model.json", "gallery": "gallery.json"}


def check(facts: dict[str, Any], blobs: dict[str, bytes], tell: Tell) -> Given:
    """Look files through.

    Args:
        facts: ``kind``: model or gallery.
        blobs: the files by name, or one ZIP.
        tell: how far it is.

    Returns:
        fact ``card`` (`FaceCard.as_dict`); as blobs the files that are needed, by name.

    Raises:
        InputError: they are no model or gallery, not all of one, or of a kind that is not taken.
        WeightsError: SFace is not installed here.
    """
    kind = str(facts["kind"])
    files = _unpacked(blobs, kind)
    tell("looking", 0.3)
    with scratch() as folder:
        laid_out(files, folder)
        try:
            card, needed = _model(folder) if kind == "model" else _gallery(folder)
        except MitateError as error:
            raise _without_path(error) from error
        except MemoryError:
            raise
        except Exception as error:  # whatever breaks a reader is the fault of files that nobody of ours wrote
            raise InputError(
                f"these files are no {kind} of faces", where="faces", todo=_TODO[kind]
            ) from error
    left_out = tuple(sorted(set(files) - set(needed)))[:_MOST_FILES]
    told = FaceCard(**{**card, "left_out": left_out}).as_dict()
    return {"card": told}, {name: files[name] for name in needed}


def laid_out(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder, by their bare names."""
    for name, content in files.items():
        (folder / PurePosixPath(name).name).write_bytes(content)


def _unpacked(blobs: Mapping[str, bytes], kind: str) -> dict[str, bytes]:
    """The files by their bare names: those given, and what a ZIP holds."""
    files: dict[str, bytes] = {}
    for name, content in blobs.items():
        bare = _bare(name)
        inside = _of_zip(content, kind) if _is_zip(bare, content) else {bare: content}
        files |= {one: piece for one, piece in inside.items() if one}
    for name in files:
        if PurePosixPath(name).suffix.lower() in _RUNS_CODE:
            raise InputError(
                f"{name[:80]} is of a kind that can run a program when it is opened",
                where="faces",
                todo=_TODO[kind],
            )
    if _CARDS[kind] not in files:
        other = next((one for one, card in _CARDS.items() if card in files), None)
        what = f"this is a {other}, not a {kind}" if other else f"{_CARDS[kind]} is not among these files"
        raise InputError(what, where="faces", todo=_TODO[kind])
    return files


def _bare(name: str) -> str:
    """The last part of a path; empty for what file systems put beside things."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or "__MACOSX" in parts or parts[-1].startswith(("._", ".DS_Store")) or ".." in parts:
        return ""
    return parts[-1]


def _is_zip(name: str, content: bytes) -> bool:
    return content.startswith(b"PK\x03\x04") and PurePosixPath(name).suffix.lower() != ".npz"


def _of_zip(content: bytes, kind: str) -> dict[str, bytes]:
    """What a ZIP holds, no more than a model may be."""
    found: dict[str, bytes] = {}
    left = _MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir() and _bare(one.filename)]
            if len(members) > _MOST_FILES:
                raise InputError("too many files are in this ZIP", where="faces", todo=_TODO[kind])
            for one in members:
                with archive.open(one) as stream:
                    piece = stream.read(left + 1)
                left -= len(piece)
                if left < 0:
                    raise InputError("this ZIP holds too much", where="faces", todo=_TODO[kind])
                name = _bare(one.filename)
                if name in found:
                    raise InputError(f"{name[:80]} is in this ZIP twice", where="faces", todo=_TODO[kind])
                found[name] = piece
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise InputError("this ZIP cannot be read", where="faces", todo=_TODO[kind]) from error
    return found


def _without_path(error: MitateError) -> MitateError:
    """The same error, without the place of a file that was here for a moment only."""
    error.where = "faces"
    return error


def _model(folder: Path) -> tuple[dict[str, Any], list[str]]:
    from mitate.diagnosis.model_files import ARRAYS, FACTS, NETWORK, load_model

    _self_contained(folder)
    model = load_model(folder)
    model.judge(np.zeros((1, 112, 112, 3), np.uint8))  # its network runs
    told = dict(model.card)
    classes = told.get("classes", {})
    card = {
        "id": model.model_id,
        "name": str(told.get("data", {}).get("name", ""))[:_LONGEST_LABEL],
        "trained_on": model.trained_on[:_LONGEST_LABEL],
        "intended_use": str(told.get("intended_use", "")),
        "classes": _classes({one: _count(classes.get(one)) for one in model.labels}),
        "figures": tuple(_figure(name, one) for name, one in told.get("figures", {}).items()),
        "limits": tuple(str(one)[:1000] for one in told.get("limits", ())),
        "coverage": 100.0 * model.coverage,
        "own_network": model.own_network,
    }
    return card, [FACTS, ARRAYS, *([NETWORK] if model.own_network else [])]


def _gallery(folder: Path) -> tuple[dict[str, Any], list[str]]:
    from mitate.diagnosis.gallery_files import CARD, load_gallery, networks_of
    from mitate.diagnosis.results import INTENDED_USE

    _self_contained(folder)
    gallery = load_gallery(folder)
    own = networks_of(folder, gallery.look)
    if not len(gallery):
        raise InputError("this gallery is empty", where="faces", todo="add photos of known classes to it")
    looker = _looker(gallery, own)
    gallery.match(looker(np.zeros((1, 112, 112, 3), np.uint8)), looker.look)
    people = {label: {one.person for one in gallery.photos if one.label == label} for label in gallery.labels}
    photos = Counter(one.label for one in gallery.photos)
    numbers = sorted(folder.glob("numbers-*.npz"))
    card = {
        "id": numbers[0].stem.removeprefix("numbers-")[:12],
        "name": gallery.name[:_LONGEST_LABEL],
        "trained_on": gallery.trained_on[:_LONGEST_LABEL],
        "intended_use": INTENDED_USE,
        "classes": _classes({label: (len(people[label]), photos[label]) for label in gallery.labels}),
        "own_network": bool(own),
    }
    return card, [CARD, numbers[0].name, *(path.name for path in own)]


def _looker(gallery: Any, own: tuple[Path, ...]) -> Any:
    from mitate.diagnosis.embedders import VIEWS
    from mitate.diagnosis.gallery_look import Looker

    return Looker.load(own, views=tuple(view for view in VIEWS if view in gallery.look.views))


def _self_contained(folder: Path) -> None:
    """Networks whose numbers lie in other files would make the reader open these."""
    import onnx
    from onnx.external_data_helper import uses_external_data

    for path in folder.glob("*.onnx"):
        model = onnx.load(str(path), load_external_data=False)
        if any(uses_external_data(one) for one in model.graph.initializer):
            raise InputError("this network keeps numbers in other files", where="faces", todo=_TODO["model"])


def _classes(known: Mapping[str, tuple[int, int]]) -> tuple[FaceClass, ...]:
    if len(known) > _MOST_CLASSES or any(len(label) > _LONGEST_LABEL for label in known):
        raise InputError("too many classes, or names that are too long", where="faces")
    if any(not label.isprintable() for label in known):
        raise InputError("a class has a name that cannot be shown", where="faces")
    return tuple(FaceClass(label, people, photos) for label, (people, photos) in known.items())


def _count(told: Any) -> tuple[int, int]:
    return (int(told["persons"]), int(told["photos"])) if isinstance(told, Mapping) else (0, 0)


def _figure(name: str, told: Any) -> FaceFigure:
    if not isinstance(told, Mapping):
        return FaceFigure(str(name)[:_LONGEST_LABEL], float(told))
    low, high, n = told.get("low"), told.get("high"), told.get("n")
    return FaceFigure(
        str(name)[:_LONGEST_LABEL],
        float(told["value"]),
        None if low is None else float(low),
        None if high is None else float(high),
        None if n is None else int(n),
        str(told.get("unit", ""))[:20],
    )
