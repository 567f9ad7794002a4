from __future__ import annotations

import csv
from pathlib import Path

import pytest

from mitate.diagnosis.gallery_add import add_dataset, add_photos, match_photo
from mitate.diagnosis.gallery_files import load_gallery
from mitate.diagnosis.train import Trained
from mitate.errors import InputError, RefusalError

pytestmark = pytest.mark.usefixtures("weights_ready")


def _rows(data: Path) -> list[dict[str, str]]:
    with (data / "photos.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_data_set_and_then_one_person_of_a_new_class(our_faces: Path, others: Path, tmp_path: Path) -> None:
    folder = tmp_path / "gallery"
    made = add_dataset(folder, our_faces)
    assert made.added == len(made.gallery) == 18
    new = _rows(others)[0]
    photo = Path(new["file"])
    grown = add_photos(folder, [photo], "a new class", "p1", consent="yes", simulated=True)
    assert grown.added == 1
    kept = load_gallery(folder)
    assert "a new class" in kept.labels
    assert kept.trained_on == "simulated"
    found = match_photo(folder, photo)
    assert found.matches[0].label == "a new class"
    assert found.matches[0].distance == pytest.approx(0, abs=1e-5)
    assert [one.rank for one in found.matches] == list(range(1, len(kept.labels) + 1))


def test_the_same_photo_is_refused_and_the_gallery_stays(our_faces: Path, tmp_path: Path) -> None:
    folder = tmp_path / "gallery"
    photo = Path(_rows(our_faces)[0]["file"])
    add_photos(folder, [photo], "one", "p1")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(InputError, match="already"):
        add_photos(folder, [photo], "two", "p2")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_picture_without_a_face_is_refused_and_nothing_is_begun(tmp_path: Path) -> None:
    import cv2
    import numpy as np

    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), np.full((200, 200, 3), 120, np.uint8))
    with pytest.raises(InputError, match="usable face"):
        add_photos(tmp_path / "gallery", [wall], "one", "p1")
    assert not (tmp_path / "gallery").exists()


def test_no_face_is_a_refusal_with_its_reason(our_faces: Path, tmp_path: Path) -> None:
    import cv2
    import numpy as np

    folder = tmp_path / "gallery"
    add_photos(folder, [Path(_rows(our_faces)[0]["file"])], "one", "p1")
    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), np.full((200, 200, 3), 120, np.uint8))
    with pytest.raises(RefusalError) as refused:
        match_photo(folder, wall)
    assert refused.value.reason == "no_face"


def test_a_model_without_a_network_of_its_own_adds_nothing_to_look_with(
    trained: Trained, our_faces: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no network of its own"):
        add_dataset(tmp_path / "gallery", our_faces, model=trained.folder)
