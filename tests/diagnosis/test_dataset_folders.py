"""A folder for each class, with what people really have in their folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mitate.diagnosis.dataset import check_dataset, write_dataset

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20


def filled(root: Path) -> Path:
    for name in ("p1.JPG", "p2.jpeg", "p3.HEIC", "p4.png", "p5", "Thumbs.db", ".DS_Store", "._p1.JPG"):
        file = root / "sick" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(JPEG)
    for name in ("q1/a.jpg", "q1/deep/b.jpg", "q2/a.jpg", "q3.jpg", "q4.jpg", "q4.png", "q5.jpg"):
        file = root / "well" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(JPEG)
    (root / "dataset.toml").write_text('consent = "yes"\nlicence = "ours"\n')
    return root


def test_photos_are_people_and_folders_are_people_with_several(tmp_path: Path) -> None:
    dataset, problems = check_dataset(filled(tmp_path))
    assert not problems
    assert dataset is not None
    assert [photo.person for photo in dataset.photos] == [
        *(f"sick/p{number}" for number in range(1, 6)),
        *("well/q1", "well/q1", "well/q2", "well/q3", "well/q4.jpg", "well/q4.png", "well/q5"),
    ]
    assert {photo.label for photo in dataset.photos} == {"sick", "well"}
    assert {photo.consent for photo in dataset.photos} == {"yes"}


def test_it_can_be_turned_into_a_table(tmp_path: Path) -> None:
    dataset, _ = check_dataset(filled(tmp_path))
    assert dataset is not None
    write_dataset(tmp_path, dataset)
    assert check_dataset(tmp_path) == (dataset, ())


def test_what_is_no_photo_is_left_out_with_a_warning(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "sick" / "notes.docx").write_bytes(b"PK")
    (tmp_path / "sick" / "scan.tif").write_bytes(b"II*\0")
    (tmp_path / "stray.jpg").write_bytes(JPEG)
    (tmp_path / "report").mkdir()
    dataset, problems = check_dataset(tmp_path)
    assert dataset is not None
    assert len(dataset.photos) == 12
    assert [(problem.severity, problem.file.name) for problem in problems] == [
        ("warning", "notes.docx"),
        ("warning", "report"),
        ("warning", "scan.tif"),
        ("warning", "stray.jpg"),
    ]
    assert "JPEG or PNG" in problems[2].todo


def test_classes_that_differ_in_case_are_one(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "well").rename(tmp_path / "ＳＩＣＫ")
    _, problems = check_dataset(tmp_path)
    assert any(p.severity == "error" and "differ only" in p.message for p in problems)


def test_a_ring_of_links_ends(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "well" / "q1" / "round").symlink_to(tmp_path / "well")
    dataset, _ = check_dataset(tmp_path)
    assert dataset is not None
    assert len(dataset.photos) == 12


def test_without_photos_it_says_what_to_make(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    dataset, (problem, _) = check_dataset(tmp_path)
    assert dataset is None
    assert (problem.severity, problem.message) == ("error", "there are no photos here")
    assert "photos.csv" in problem.todo
    (tmp_path / "list.csv").touch()
    assert "'list.csv'" in check_dataset(tmp_path)[1][0].todo


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_pipes_and_broken_links_are_not_waited_for(tmp_path: Path) -> None:
    filled(tmp_path)
    os.mkfifo(tmp_path / "sick" / "pipe.jpg")
    os.mkfifo(tmp_path / "photos.csv")
    (tmp_path / "sick" / "link.jpg").symlink_to(tmp_path / "nowhere.jpg")
    dataset, problems = check_dataset(tmp_path)
    assert dataset is not None
    assert len(dataset.photos) == 12
    assert [problem.file.name for problem in problems] == ["link.jpg", "pipe.jpg"]
