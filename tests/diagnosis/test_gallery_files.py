"""A gallery's folder: what was written is read, and what is damaged is refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from mitate.diagnosis.gallery import Gallery, GalleryPhoto, Look
from mitate.diagnosis.gallery_files import CARD, load_gallery, networks_of, save_gallery
from mitate.diagnosis.gallery_space import Spread
from mitate.errors import InputError

OWN = b"a network"
LOOK = Look((("SFace", "a" * 64), ("network", hashlib.sha256(OWN).hexdigest())), ("plain",))


def made(count: int = 30) -> Gallery:
    rng = np.random.default_rng(0)
    rows = (rng.normal(0, 1, (count, 1, 6)), rng.normal(0, 1, (count, 1, 4)))
    photos = [GalleryPhoto(f"d{i}", f"p{i}", f"c{i % 3}", "written", "CC0", i > 3) for i in range(count)]
    reference = tuple(Spread(np.eye(width), 40) for width in (6, 4))
    typed = tuple(np.asarray(row, np.float32) for row in rows)
    return Gallery("rare", LOOK, reference=reference).add(photos, typed, LOOK)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    source = tmp_path / "network.onnx"
    source.write_bytes(OWN)
    written = save_gallery(made(), tmp_path / "g", {LOOK.networks[1][1]: source})
    read = load_gallery(tmp_path / "g")
    assert (read.name, read.look, read.photos) == (written.name, written.look, written.photos)
    assert (read.usual, read.ranking) == (written.usual, "mean")
    assert read.usual is not None
    for a, b in zip(read.rows, written.rows, strict=True):
        np.testing.assert_array_equal(a, b)
    query = tuple(rows[:1] + np.float32(0.1) for rows in written.rows)
    assert read.match(query, LOOK) == written.match(query, LOOK)
    (own,) = networks_of(tmp_path / "g", read.look)
    assert own.read_bytes() == OWN


def test_an_empty_gallery_is_kept(tmp_path: Path) -> None:
    save_gallery(Gallery("none yet", LOOK), tmp_path / "g")
    assert len(load_gallery(tmp_path / "g")) == 0


def test_saving_again_replaces_the_numbers(tmp_path: Path) -> None:
    save_gallery(made(), tmp_path)
    save_gallery(made().remove(label="c1"), tmp_path)
    assert load_gallery(tmp_path).labels == ("c0", "c2")
    assert len(list(tmp_path.glob("*.npz"))) == 1


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="something else"):
        save_gallery(made(), tmp_path)


def test_photos_are_not_kept(tmp_path: Path) -> None:
    save_gallery(made(), tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".npz"}


@pytest.mark.parametrize("damage", ["numbers", "gone", "card", "kind", "version", "field", "folder"])
def test_damage_is_refused(tmp_path: Path, damage: str) -> None:
    save_gallery(made(), tmp_path)
    card = json.loads((tmp_path / CARD).read_text(encoding="utf-8"))
    numbers = tmp_path / card["numbers"]["file"]
    if damage == "numbers":
        content = bytearray(numbers.read_bytes())
        content[len(content) // 2] ^= 1
        numbers.write_bytes(content)
    elif damage == "gone":
        numbers.unlink()
    elif damage == "card":
        (tmp_path / CARD).write_text("{")
    elif damage == "folder":
        (tmp_path / CARD).unlink()
    else:
        changed = {"kind": {"kind": "x"}, "version": {"version": 99}, "field": {"look": {}}}[damage]
        (tmp_path / CARD).write_text(json.dumps(card | changed))
    with pytest.raises(InputError) as caught:
        load_gallery(tmp_path)
    assert caught.value.where is not None


def test_a_network_that_was_exchanged_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "network.onnx"
    source.write_bytes(b"another")
    with pytest.raises(InputError, match="not the one"):
        save_gallery(made(), tmp_path / "g", {LOOK.networks[1][1]: source})
    with pytest.raises(InputError, match="missing or damaged"):
        networks_of(tmp_path / "g", LOOK)
