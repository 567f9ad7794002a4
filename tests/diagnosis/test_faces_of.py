"""The faces of a data set: order, what is left out, and the cache."""

from __future__ import annotations

import dataclasses
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.diagnosis.faces import Faces
from mitate.diagnosis.faces_of import read_faces, read_faces_with_notes
from mitate.diagnosis.photographs import Dataset, Photo
from mitate.errors import InputError

Image = NDArray[np.uint8]


@pytest.fixture
def dataset(tmp_path: Path, portrait: Callable[[str], Image], weights_ready: None) -> Dataset:
    """Three faces 150 px wide, between them a photo of nothing and a file that is no photo."""
    photos: list[Photo] = []
    for stem in ("person_a_2", "nothing", "impostor_1", "damaged", "person_b_1"):
        file = tmp_path / "photos" / f"{stem}.png"
        file.parent.mkdir(exist_ok=True)
        if stem == "damaged":
            file.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
        else:
            image = np.full((200, 150, 3), 90, np.uint8) if stem == "nothing" else portrait(stem)
            small = cv2.resize(image, (150, round(150 * image.shape[0] / image.shape[1])))
            cv2.imwrite(str(file), small[..., ::-1])
        photos.append(Photo(file, stem, "ab"[len(photos) % 2]))
    return Dataset("five", tmp_path, tuple(photos))


def same(a: Faces, b: Faces) -> bool:
    return all(
        np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other
        for one, other in (
            (getattr(a, field.name), getattr(b, field.name)) for field in dataclasses.fields(Faces)
        )
    )


def test_faces_in_order_and_why_the_others_are_left_out(dataset: Dataset) -> None:
    said: list[tuple[str, int, int]] = []
    faces, notes = read_faces_with_notes(dataset, progress=lambda *told: said.append(told))
    assert faces.persons.tolist() == ["person_a_2", "impostor_1", "person_b_1"]
    assert [(one.photo.person, one.reason) for one in faces.left_out] == [
        ("nothing", "no_face"),
        ("damaged", "unreadable"),
    ]
    assert all(one.what and one.todo for one in faces.left_out)
    assert len(notes) == len(faces) == 3
    assert faces.trained_on == "five"
    assert said == [("reading photos", done, 5) for done in range(6)]
    for row, photo in enumerate(faces.photos):
        assert faces.digests[row] == hashlib.sha256(photo.file.read_bytes()).hexdigest()
    assert faces.facts.dtype == faces.quality.dtype == faces.mesh.dtype == np.float32


def test_the_cache_gives_what_was_read_and_only_the_new_is_read(dataset: Dataset, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = read_faces(dataset, cache=cache)
    files = sorted(cache.iterdir())
    assert len(files) == 5
    times = [file.stat().st_mtime_ns for file in files]
    assert same(read_faces(dataset, cache=cache), first)
    assert same(read_faces(dataset), first)
    assert [file.stat().st_mtime_ns for file in files] == times


def test_a_damaged_cache_is_read_anew(dataset: Dataset, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = read_faces(dataset, cache=cache)
    files = sorted(cache.iterdir())
    whole = files[1].read_bytes()
    files[0].write_bytes(b"")
    files[1].write_bytes(whole[: len(whole) // 2])
    files[2].write_bytes(b"no archive")
    with zipfile.ZipFile(files[3], "w") as archive:
        archive.writestr("crop.npy", b"nothing")
    with files[4].open("wb") as stream:
        np.save(stream, np.zeros(3))
    assert same(read_faces(dataset, cache=cache), first)
    assert files[1].read_bytes() == whole


def test_two_processes_read_the_same(dataset: Dataset, tmp_path: Path) -> None:
    two = dataclasses.replace(dataset, photos=dataset.photos[:2])
    assert same(read_faces(two, workers=2, cache=tmp_path / "cache"), read_faces(two))


def test_no_usable_photo_gives_no_rows(dataset: Dataset) -> None:
    gone = Photo(dataset.root / "gone.png", "x", "a")
    faces = read_faces(dataclasses.replace(dataset, photos=(dataset.photos[1], gone)))
    assert len(faces) == 0
    assert faces.crops.shape == (0, 112, 112, 3)
    assert faces.targets.shape == (0,)
    assert [one.reason for one in faces.left_out] == ["no_face", "unreadable"]


def test_a_cache_that_cannot_be_is_said(dataset: Dataset, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(InputError, match="cannot be kept here"):
        read_faces(dataset, cache=tmp_path / "taken")
