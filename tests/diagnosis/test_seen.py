from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from tests.diagnosis.small_model import made_up_faces

from mitate.diagnosis.photographs import Photo
from mitate.diagnosis.seen import refuse_seen, seen_in
from mitate.errors import InputError


def test_ids_are_not_kept_in_the_clear() -> None:
    faces = made_up_faces(3)
    told = str(seen_in(faces))
    assert not any(person in told for person in faces.persons)


def test_the_same_file_and_the_same_person_are_noticed() -> None:
    faces = made_up_faces(3)
    card = {"seen": seen_in(faces)}
    same_person = dataclasses.replace(faces, digests=tuple("f" * 64 for _ in faces.digests))
    strangers = tuple(dataclasses.replace(photo, person=f"x{i}") for i, photo in enumerate(faces.photos))
    same_file = dataclasses.replace(faces, photos=strangers)
    for again in (faces, same_person, same_file):
        with pytest.raises(InputError, match="learned from 9 of these people"):
            refuse_seen(card, again, Path("data"))
    refuse_seen(card, dataclasses.replace(same_person, photos=strangers), Path("data"))


def test_names_made_of_folder_and_file_are_no_evidence() -> None:
    faces = made_up_faces(3)
    placed = tuple(Photo(one.file, f"{one.label}/1", one.label) for one in faces.photos)
    first = dataclasses.replace(faces, photos=placed)
    second = dataclasses.replace(first, digests=tuple("f" * 64 for _ in faces.digests))
    refuse_seen({"seen": seen_in(first)}, second, Path("data"))
