"""What stands twice in a data set, and the refusal to learn from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.diagnosis.duplicates import Duplicate, find_duplicates, not_the_same, refuse_duplicates
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.faces_of import read_faces
from mitate.diagnosis.photographs import Dataset, Photo
from mitate.errors import InputError

Image = NDArray[np.uint8]
ORL = Path(__file__).parents[2] / "../shared/data/orl_faces/archive"


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory, weights_ready: None) -> Faces:
    """Twenty people of ORL in two classes; s1's photo also as JPEG, the file of s3 twice, s5 with another
    photo under another name, s7 with two photos under its own."""
    if not ORL.is_dir():
        pytest.skip("the ORL faces are not here")
    root = tmp_path_factory.mktemp("orl")
    photos: list[Photo] = []

    def add(person: str, label: str, subject: int, shot: int, suffix: str) -> None:
        image = cv2.imread(str(ORL / f"s{subject}" / f"{shot}.pgm"), cv2.IMREAD_COLOR)
        file = root / f"{len(photos)}{suffix}"
        cv2.imwrite(str(file), image)
        photos.append(Photo(file, person, label))

    for subject in range(1, 21):
        add(f"s{subject}", "ab"[subject % 2], subject, 1, ".png")
    add("copy", "a", 1, 1, ".jpg")
    add("file", "b", 3, 1, ".png")
    add("twin", "a", 5, 7, ".png")
    add("s7", "b", 7, 9, ".png")
    return read_faces(Dataset("orl", root, tuple(photos)))


def test_each_kind_is_found_and_nothing_else(faces: Faces) -> None:
    found = find_duplicates(faces)
    assert [(one.kind, one.first.person, one.second.person, one.across_classes) for one in found] == [
        ("same_file", "s3", "file", False),
        ("near_copy", "s1", "copy", True),
        ("same_person", "s5", "twin", True),
    ]
    assert all(one.across_persons for one in found)
    with pytest.raises(InputError, match="people stand under two names") as raised:
        refuse_duplicates(found, where=Path("here"))
    for word in ("twin", "copy", "file", "photos.csv", "not-the-same.csv", "in two classes"):
        assert word in str(raised.value)


def duplicate(kind: str, first: str = "p", second: str = "q") -> Duplicate:
    a, b = Photo(Path("1.png"), first, "a"), Photo(Path("2.png"), second, "a")
    return Duplicate(a, b, kind, 1.0, first != second, False)  # type: ignore[arg-type]


def test_two_who_look_like_one_may_be_allowed_but_copies_may_not() -> None:
    allow = frozenset({frozenset(("q", "p"))})
    refuse_duplicates([duplicate("same_person")], allow=allow)
    refuse_duplicates([duplicate("near_copy", "p", "p"), duplicate("same_file", "p", "p")])
    refuse_duplicates([])
    for kind in ("same_file", "near_copy"):
        with pytest.raises(InputError):
            refuse_duplicates([duplicate(kind)], allow=allow)
    with pytest.raises(InputError):
        refuse_duplicates([duplicate("same_person", "p", "r")], allow=allow)


def test_many_pairs_are_counted() -> None:
    with pytest.raises(InputError, match="and 5 more"):
        refuse_duplicates([duplicate("same_file", f"p{number}") for number in range(8)])


def test_pairs_that_are_two_people(tmp_path: Path) -> None:
    photos = tuple(Photo(tmp_path / f"{name}.png", name, "a") for name in "pqr")
    dataset = Dataset("x", tmp_path, photos)
    assert not_the_same(dataset) == frozenset()
    (tmp_path / "not-the-same.csv").write_text("person;other\np;q\nr;p\n")
    assert not_the_same(dataset) == {frozenset("pq"), frozenset("pr")}
    (tmp_path / "not-the-same.csv").write_text("person,other\np,q\np,nobody\n")
    with pytest.raises(InputError, match=r"not-the-same\.csv:3:3: nobody here is called 'nobody'"):
        not_the_same(dataset)
    (tmp_path / "not-the-same.csv").write_text("person\np\n")
    with pytest.raises(InputError, match="no column 'other'"):
        not_the_same(dataset)


def test_no_faces_no_duplicates(faces: Faces) -> None:
    assert find_duplicates(faces.take([])) == ()
    assert find_duplicates(faces.take([0])) == ()


def test_the_portraits_show_four_people(
    portrait: Callable[[str], Image], tmp_path: Path, weights_ready: None
) -> None:
    stems = ("person_a_1", "person_b_1", "impostor_1", "impostor_2")
    photos = []
    for stem in stems:
        cv2.imwrite(str(tmp_path / f"{stem}.png"), portrait(stem)[..., ::-1])
        photos.append(Photo(tmp_path / f"{stem}.png", stem, "a"))
    assert find_duplicates(read_faces(Dataset("x", tmp_path, tuple(photos)))) == ()
