"""Photos into a gallery, and a photo asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mitate.diagnosis.dataset import read_dataset
from mitate.diagnosis.embedders import VIEWS, View
from mitate.diagnosis.face_in import Seeing, face_in
from mitate.diagnosis.faces_of import read_faces
from mitate.diagnosis.gallery import Gallery, GalleryPhoto, Matches
from mitate.diagnosis.gallery_files import CARD, load_gallery, networks_of, save_gallery
from mitate.diagnosis.gallery_look import Looker
from mitate.diagnosis.model_files import NETWORK, load_model
from mitate.diagnosis.nested import Progress
from mitate.diagnosis.photographs import Dataset, LeftOut, Photo
from mitate.errors import InputError
from mitate.video import read_photo

__all__ = ["Added", "add_dataset", "add_photos", "match_photo"]

_PART = 8


@dataclass(frozen=True, slots=True, eq=False)
class Added:
    """What came of adding.

    Attributes:
        gallery: as it is now on disk.
        added: photos that are new in it.
        left_out: photos without a usable face.
    """

    gallery: Gallery
    added: int
    left_out: tuple[LeftOut, ...]


def add_dataset(
    folder: Path,
    data: Path,
    *,
    model: Path | None = None,
    workers: int = 1,
    threads: int = 1,
    progress: Progress | None = None,
) -> Added:
    """Add a data set, which may have a single class and a single photo of each.

    Args:
        folder: of the gallery; made if missing.
        data: as for training.
        model: with a fine-tuned network of its own that looks beside SFace; for a new gallery only.
        workers: processes that read photos.
        threads: of the networks.
        progress: called with what is done, how much, and how much there is.

    Raises:
        InputError: the data cannot be read, or the gallery refuses a photo (see `Gallery.add`).
        WeightsError: weights are not installed.
    """
    dataset = read_dataset(data, to_train=False)
    return _add(folder, dataset, model, workers, threads, progress)


def add_photos(
    folder: Path,
    photos: Sequence[Path],
    label: str,
    person: str,
    *,
    consent: str = "",
    licence: str = "",
    model: Path | None = None,
    simulated: bool = False,
    threads: int = 1,
    progress: Progress | None = None,
) -> Added:
    """Add photos of one person.

    Args:
        folder: of the gallery; made if missing.
        photos: files.
        label: the class.
        person: who.
        consent, licence: as given.
        model, threads, progress: as of `add_dataset`.
        simulated: whether the person is.

    Raises:
        InputError, WeightsError: as `add_dataset`.
    """
    given = tuple(Photo(photo, person, label, consent=consent, licence=licence) for photo in photos)
    return _add(folder, Dataset(folder.name, folder, given, simulated), model, 1, threads, progress)


def _add(
    folder: Path,
    dataset: Dataset,
    model: Path | None,
    workers: int,
    threads: int,
    progress: Progress | None,
) -> Added:
    gallery, looker, networks = _opened(folder, dataset, model, threads)
    faces = read_faces(dataset, workers=workers, progress=progress)
    if not len(faces):
        first = faces.left_out[0] if faces.left_out else None
        raise InputError(
            "no photo here has a usable face" + (f": {first.what}" if first else ""),
            where=first.photo.file if first else dataset.root,
            todo=first.todo if first else "give photos of faces",
        )
    parts = []
    for start in range(0, len(faces), _PART):
        parts.append(looker(faces.crops[start : start + _PART]))
        if progress is not None:
            progress("looking at the faces", min(start + _PART, len(faces)), len(faces))
    rows = tuple(np.concatenate(one) for one in zip(*parts, strict=True))
    photos = [
        GalleryPhoto(digest, one.person, one.label, one.consent, one.licence, dataset.simulated)
        for one, digest in zip(faces.photos, faces.digests, strict=True)
    ]
    added = gallery.add(photos, rows, looker.look)
    save_gallery(added, folder, networks)
    return Added(added, len(photos), faces.left_out)


def _opened(
    folder: Path, dataset: Dataset, model: Path | None, threads: int
) -> tuple[Gallery, Looker, dict[str, Path]]:
    """The gallery, what looks at faces for it, and its own networks by checksum."""
    if (folder / CARD).is_file():
        if model is not None:
            raise InputError(
                "a gallery keeps the networks that it was begun with",
                where=folder,
                todo="leave the model out, or begin another gallery",
            )
        gallery = load_gallery(folder)
        own = networks_of(folder, gallery.look)
        looker = Looker.load(own, views=_views(gallery), threads=threads)
    else:
        own = () if model is None else (_network_of(model),)
        looker = Looker.load(own, threads=threads)
        gallery = Gallery(dataset.name or folder.name, looker.look)
    shas = [sha256 for _, sha256 in looker.look.networks[1:]]
    return gallery, looker, dict(zip(shas, own, strict=True))


def _views(gallery: Gallery) -> tuple[View, ...]:
    return tuple(view for view in VIEWS if view in gallery.look.views)


def _network_of(model: Path) -> Path:
    if not load_model(model).own_network:
        raise InputError(
            "this model has no network of its own: it uses SFace, which every gallery has",
            where=model,
            todo="leave it out, or train it with --fine-tune",
        )
    return model / NETWORK


def match_photo(folder: Path, photo: Path, *, threads: int = 1, seeing: Seeing | None = None) -> Matches:
    """The classes of a gallery, ranked for one photo.

    Raises:
        InputError: no gallery, an empty one, or no photo.
        RefusalError: the photo has no usable face.
        WeightsError: weights are not installed.
    """
    gallery = load_gallery(folder)
    looker = Looker.load(networks_of(folder, gallery.look), views=_views(gallery), threads=threads)
    face = face_in(read_photo(photo).image, seeing or Seeing.load())
    return gallery.match(looker(face.crop[None]), looker.look)
