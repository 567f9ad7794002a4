"""A gallery on disk: a folder with facts, numbers and the networks fine-tuned for it; no photos."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.gallery import RANKINGS, Gallery
from mitate.diagnosis.gallery_records import GalleryPhoto, Look
from mitate.diagnosis.gallery_space import Spread
from mitate.errors import InputError
from mitate.files import write_bytes, write_text

__all__ = ["CARD", "load_gallery", "networks_of", "save_gallery"]

CARD = "gallery.json"
_KIND, _VERSION = "mitate gallery", 1
_LARGEST = 2**31  # bytes of numbers: ten thousand photos and more
_TODO = "give a folder made by mitate diagnosis gallery add"


def save_gallery(gallery: Gallery, folder: Path, networks: dict[str, Path] | None = None) -> Gallery:
    """Write a gallery into a folder, over the one that is there.

    The card is written last and names the numbers by their checksum: an interrupted save leaves the gallery
    as it was.

    Args:
        gallery: what to write.
        folder: made if missing; if it has something in it, that must be a gallery.
        networks: SHA-256 to file of each fine-tuned network, copied so that the folder stands alone.

    Returns:
        The gallery as it was written, with its usual distance measured.

    Raises:
        InputError: the folder has something else in it.
        OSError: it cannot be written.
    """
    if folder.exists() and not (folder / CARD).is_file() and (folder.is_file() or any(folder.iterdir())):
        raise InputError("there is something else in this place", where=folder, todo="give an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    for sha256, source in (networks or {}).items():
        place = folder / f"{sha256[:16]}.onnx"
        if not place.is_file():
            content = source.read_bytes()
            if hashlib.sha256(content).hexdigest() != sha256:
                raise InputError("the network is not the one that the gallery was made with", where=source)
            write_bytes(place, content)
    gallery = gallery.measured()
    arrays: dict[str, Any] = {f"rows{i}": rows for i, rows in enumerate(gallery.rows)}
    arrays |= {f"scatter{i}": spread.scatter for i, spread in enumerate(gallery.reference)}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    sha256 = hashlib.sha256(buffer.getvalue()).hexdigest()
    numbers = f"numbers-{sha256[:16]}.npz"
    write_bytes(folder / numbers, buffer.getvalue())
    card = {
        "kind": _KIND,
        "version": _VERSION,
        "name": gallery.name,
        "trained_on": gallery.trained_on,
        "note": "numbers that describe faces are personal data: keep this folder as you keep the photos",
        "look": asdict(gallery.look),
        "ranking": gallery.ranking,
        "usual": gallery.usual,
        "reference_freedom": [spread.freedom for spread in gallery.reference],
        "numbers": {"file": numbers, "sha256": sha256},
        "photos": [asdict(photo) for photo in gallery.photos],
    }
    write_text(folder / CARD, json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    for old in folder.glob("numbers-*.npz"):
        if old.name != numbers:
            old.unlink()
    return gallery


def load_gallery(folder: Path) -> Gallery:
    """Read what `save_gallery` wrote.

    Raises:
        InputError: no gallery, damaged, or of a later version.
    """
    card = _card(folder)
    try:
        look = card["look"]
        named = Look(tuple((str(a), str(b)) for a, b in look["networks"]), tuple(map(str, look["views"])))
        photos = [GalleryPhoto(**photo) for photo in card["photos"]]
        usual = None if card["usual"] is None else float(card["usual"])
        rankings = [one for one in RANKINGS if one == card["ranking"]]
        arrays = _numbers(folder, str(card["numbers"]["file"]), str(card["numbers"]["sha256"]))
        reference = tuple(
            Spread(np.asarray(arrays[f"scatter{i}"], np.float64), int(freedom))
            for i, freedom in enumerate(card["reference_freedom"])
        )
        empty = Gallery(str(card["name"]), named, reference=reference, ranking=rankings[0])
        rows = tuple(
            np.asarray(arrays[f"rows{i}"], np.float32) for i in range(len(named.networks) * bool(photos))
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError("the gallery's card lacks something", where=folder / CARD, todo=_TODO) from error
    return replace(empty.add(photos, rows, named), usual=usual) if photos else empty


def networks_of(folder: Path, look: Look) -> tuple[Path, ...]:
    """Files of the fine-tuned networks that lie in a gallery's folder, in the order of its look.

    Raises:
        InputError: one is missing or damaged.
    """
    found = []
    for name, sha256 in look.networks[1:]:
        path = folder / f"{sha256[:16]}.onnx"
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            raise InputError(f"the gallery's network {name} is missing or damaged", where=path, todo=_TODO)
        found.append(path)
    return tuple(found)


def _card(folder: Path) -> dict[str, Any]:
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError("there is no gallery here", where=folder, todo=_TODO) from error
    except (OSError, ValueError) as error:
        raise InputError("the gallery's card cannot be read", where=folder / CARD, todo=_TODO) from error
    if not isinstance(card, dict) or card.get("kind") != _KIND:
        raise InputError("this is no gallery's card", where=folder / CARD, todo=_TODO)
    if card.get("version") != _VERSION:
        raise InputError(
            f"a gallery of version {card.get('version')}", where=folder / CARD, todo="update mitate"
        )
    return card


def _numbers(folder: Path, file: str, sha256: str) -> dict[str, NDArray[Any]]:
    path = folder / Path(file).name
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
    except OSError as error:
        raise InputError("the gallery's numbers cannot be read", where=path, todo=_TODO) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise InputError("the gallery's numbers are damaged", where=path, todo=_TODO)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as read:
            return dict(read)
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError("the gallery's numbers cannot be read", where=path, todo=_TODO) from error
