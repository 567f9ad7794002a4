"""One person under two names, among people who all look alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.diagnosis.faces import Faces
from mitate.diagnosis.likeness import Likeness
from mitate.diagnosis.photographs import Photo
from mitate.errors import InputError

Rows = NDArray[np.float64]


def faces_of(names: list[str], labels: list[str] | None = None) -> Faces:
    """Faces of which only the names matter."""
    n = len(names)
    labels = labels or ["a"] * n
    photos = (
        Photo(Path(f"{i}.png"), name, label)
        for i, (name, label) in enumerate(zip(names, labels, strict=True))
    )
    return Faces(
        photos=tuple(photos),
        crops=np.zeros((n, 112, 112, 3), np.uint8),
        mesh=np.zeros((n, 468, 2), np.float32),
        backgrounds=np.zeros((n, 64, 64, 3), np.uint8),
        thumbnails=np.zeros((n, 16, 16, 3), np.uint8),
        facts=np.zeros((n, 11), np.float32),
        quality=np.ones(n, np.float32),
        digests=tuple(str(i) for i in range(n)),
        left_out=(),
        trained_on="made up",
    )


def made_up(people: int, photos: int, *, noise: float = 0.5, classes: int = 1, seed: int = 0) -> Rows:
    """(people * photos, 128): every face near one direction, and the faces of a class near another."""
    rng = np.random.default_rng(seed)
    common = 3.0 * rng.normal(size=128)
    of_class = 2.0 * rng.normal(size=(classes, 128))[np.arange(people) % classes]
    own = common + of_class + rng.normal(size=(people, 128))
    rows = np.repeat(own, photos, axis=0)
    return np.asarray(rows + noise * rng.normal(size=rows.shape))


def found(likeness: Likeness) -> set[tuple[int, int]]:
    return {pair for pair, _ in likeness.outliers()}


@pytest.mark.parametrize("classes", [1, 3])
def test_the_same_people_stand_out_though_all_look_alike(classes: int) -> None:
    rows = made_up(40, 2, classes=classes)
    rows = np.concatenate([rows[::2], rows[1:10:2]])
    cosines = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert (cosines @ cosines.T).min() > 0.363  # the network's own threshold would take all for one
    labels = [str(i % classes) for i in (*range(40), *range(5))]
    likeness = Likeness.of(faces_of([f"p{i}" for i in range(45)], labels), embeddings=rows)
    assert found(likeness) == {(i, 40 + i) for i in range(5)}
    assert all(deviations > likeness.threshold for _, deviations in likeness.outliers())


@pytest.mark.parametrize("people", [1, 2, 5, 6, 20, 200])
def test_nobody_stands_out_where_nobody_is_there_twice(people: int) -> None:
    for seed in range(5):
        rows = made_up(people, 1, seed=seed)
        assert not found(Likeness.of(faces_of([f"p{i}" for i in range(people)]), embeddings=rows))


def test_people_with_several_photos_are_no_alarm_and_tell_how_many_would_be_found() -> None:
    names = [f"p{i // 3}" for i in range(90)]
    likeness = Likeness.of(faces_of(names), embeddings=made_up(30, 3))
    assert not found(likeness)
    assert likeness.known_found() == (90, 90)
    noisy = Likeness.of(faces_of(names), embeddings=made_up(30, 3, noise=3.0))
    assert noisy.known_found()[0] < 20


def test_length_and_order_of_the_embeddings_do_not_matter() -> None:
    rows = made_up(20, 2)
    names = [f"p{i}" for i in range(40)]
    order = np.random.default_rng(1).permutation(40)
    plain = found(Likeness.of(faces_of(names), embeddings=rows))
    mixed = found(Likeness.of(faces_of(names), embeddings=7 * rows[order]))
    assert {tuple(sorted((int(order[a]), int(order[b])))) for a, b in mixed} == plain
    assert len(plain) == 20


def test_many_rows_are_compared_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = made_up(30, 2)
    names = [f"p{i}" for i in range(60)]
    whole = found(Likeness.of(faces_of(names), embeddings=rows))
    monkeypatch.setattr("mitate.diagnosis.likeness._BLOCK", 7)
    assert found(Likeness.of(faces_of(names), embeddings=rows)) == whole


def test_one_embedding_for_each_face() -> None:
    with pytest.raises(InputError):
        Likeness.of(faces_of(["a", "b"]), embeddings=np.ones((3, 128)))
    with pytest.raises(InputError):
        Likeness.of(faces_of([]), embeddings=np.ones((0, 128)))
