"""Everything that is said of a data set before anything is learned from it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mitate.diagnosis.check import check, in_words, refuse_small_classes
from mitate.diagnosis.dataset import write_dataset
from mitate.diagnosis.faces_of import read_faces
from mitate.diagnosis.photographs import Dataset, Photo
from mitate.errors import InputError

ORL = Path(__file__).parents[2] / "../shared/data/orl_faces/archive"


@pytest.fixture
def dataset(tmp_path: Path, weights_ready: None) -> Dataset:
    """Twenty people of ORL in two classes, all of one class children; written to disk."""
    if not ORL.is_dir():
        pytest.skip("the ORL faces are not here")
    photos = []
    for subject in range(1, 21):
        image = cv2.imread(str(ORL / f"s{subject}" / "1.pgm"), cv2.IMREAD_COLOR)
        file = tmp_path / f"s{subject}.png"
        cv2.imwrite(str(file), image)
        age = "7" if subject % 2 else "41"
        photos.append(Photo(file, f"s{subject}", "ab"[subject % 2], {"age": age}, "research", "ours"))
    dataset = Dataset("orl", tmp_path, tuple(photos))
    write_dataset(tmp_path, dataset)
    return dataset


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All tests see the same faces."""
    return tmp_path_factory.mktemp("cache")


def test_a_sound_data_set(dataset: Dataset, cache: Path) -> None:
    checkup = check(dataset.root, cache=cache)
    assert checkup.usable
    assert checkup.photos_read
    assert checkup.dataset == dataset
    assert not checkup.duplicates
    assert [(one.label, one.people, one.usable_photos) for one in checkup.classes] == [
        ("a", 10, 10),
        ("b", 10, 10),
    ]
    assert (checkup.consent, checkup.licence) == ({"research": 20}, {"ours": 20})
    said = "\n".join(in_words(checkup))
    assert said.startswith("a: 10 people, 10 photos\n")
    assert "age: known for everybody; association with the class 1.00 (Cramér's V)" in said
    assert "age goes strongly with the class and could be read off instead of the disease" in said
    assert said.endswith("Usable.")


def test_what_is_wrong_is_said(dataset: Dataset, cache: Path) -> None:
    root = dataset.root
    (root / "s1.png").write_bytes((root / "s2.png").read_bytes())
    for subject in range(3, 12, 2):
        cv2.imwrite(str(root / f"s{subject}.png"), np.full((112, 92, 3), 99, np.uint8))
    checkup = check(root, cache=cache)
    assert not checkup.usable
    (duplicate,) = checkup.duplicates
    assert duplicate.kind == "same_file"
    said = "\n".join(in_words(checkup))
    assert "b: 10 people, 10 photos; 5 left out (50%; no_face: 5), 5 usable people" in said
    assert "s1.png (s1), s2.png (s2): the same file, in two classes" in said
    assert said.endswith("Not usable as it is.")
    assert checkup.refusal.startswith("people stand under two names")
    assert "b loses more of its photos than the other classes" in said


def test_a_table_with_errors_is_mended_first(dataset: Dataset, cache: Path) -> None:
    (dataset.root / "s1.png").unlink()
    checkup = check(dataset.root, cache=cache)
    assert not checkup.usable
    assert not checkup.photos_read
    assert checkup.errors == 1
    first, *_, last = in_words(checkup)
    assert "photos.csv:2:6: error: there is no file 's1.png'. " in first
    assert last == "1 error: mend them first; then the photos are looked at."


def test_nothing_there(tmp_path: Path) -> None:
    checkup = check(tmp_path / "nowhere")
    assert not checkup.usable
    assert in_words(checkup)[-1] == "There is nothing to learn from here."


def test_a_class_that_lost_everybody_is_refused(dataset: Dataset, cache: Path) -> None:
    for subject in range(1, 19, 2):
        cv2.imwrite(str(dataset.root / f"s{subject}.png"), np.full((112, 92, 3), 99, np.uint8))
    faces = read_faces(dataset, cache=cache)
    with pytest.raises(InputError, match=r"'b' has 1 person with a usable face; 9 photos cannot be used"):
        refuse_small_classes(faces, dataset)


def test_a_wrong_list_of_pairs_is_a_refusal(dataset: Dataset, cache: Path) -> None:
    (dataset.root / "not-the-same.csv").write_text("person,other\ns1,nobody\n")
    checkup = check(dataset.root, cache=cache)
    assert not checkup.usable
    assert "not-the-same.csv:2:4: nobody here is called 'nobody'" in checkup.refusal


def test_a_group_that_is_known_in_one_class_only(dataset: Dataset, cache: Path) -> None:
    table = dataset.root / "photos.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",41,", ",,"), encoding="utf-8")
    said = "\n".join(in_words(check(dataset.root, cache=cache)))
    assert "age: known for 0% (a) to 100% (b) of the people\n" in said
    assert "that age is known says something of the class by itself" in said
