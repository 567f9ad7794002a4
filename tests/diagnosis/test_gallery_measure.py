"""Top-n of a gallery: class averages, intervals and chance."""

from __future__ import annotations

import numpy as np
import pytest

from mitate.diagnosis.gallery import Gallery, GalleryPhoto, Look
from mitate.diagnosis.gallery_measure import TOP, evaluate_gallery, figures_of
from mitate.errors import InputError

LOOK = Look((("SFace", "a" * 64),), ("plain",))


def test_classes_count_alike_however_many_people_they_have() -> None:
    ranks = np.array([1, 1, 1, 1, 7])
    labels = ["many"] * 4 + ["one"]
    persons = np.array(["a", "b", "c", "d", "e"])
    figures = figures_of(ranks, labels, persons, classes_in_gallery=20, trained_on="simulated")
    assert [top.n for top in figures.top] == list(TOP)
    assert [top.value for top in figures.top] == [0.5, 0.5, 1.0, 1.0]
    assert [top.chance for top in figures.top] == [0.05, 0.25, 0.5, 1.0]
    assert [(one.label, one.persons) for one in figures.classes] == [("many", 4), ("one", 1)]


def test_a_person_with_many_photos_counts_once() -> None:
    ranks, persons = np.array([1, 1, 1, 9]), np.array(["a", "a", "a", "b"])
    figures = figures_of(ranks, ["x"] * 4, persons, classes_in_gallery=10, trained_on="g")
    assert figures.top[0].value == 0.5
    assert (figures.persons, figures.photos) == (2, 4)


def test_the_interval_holds_the_value_and_is_reproducible() -> None:
    rng = np.random.default_rng(0)
    ranks = rng.integers(1, 12, 60)
    labels = [f"c{i // 5}" for i in range(60)]
    persons = np.array([f"p{i}" for i in range(60)])
    first, second = (
        figures_of(ranks, labels, persons, classes_in_gallery=12, trained_on="g") for _ in range(2)
    )
    assert first == second
    assert all(top.low <= top.value <= top.high for top in first.top)
    assert first.top[0].low < first.top[0].high


def test_faces_of_a_class_that_lie_together_are_found() -> None:
    rng = np.random.default_rng(1)
    middles = rng.normal(0, 1, (8, 10))
    rows = np.concatenate([middle + 0.05 * rng.normal(0, 1, (4, 10)) for middle in middles])
    photos = [GalleryPhoto(f"d{i}", f"p{i}", f"c{i // 4}", simulated=True) for i in range(32)]
    gallery = Gallery("g", LOOK).add(photos, (np.asarray(rows[:, None], np.float32),), LOOK)
    figures = evaluate_gallery(gallery)
    assert figures.top[0].value == 1.0
    assert (figures.classes_in_gallery, figures.persons, figures.trained_on) == (8, 32, "simulated")


def test_classes_of_one_person_cannot_be_asked_about() -> None:
    photos = [GalleryPhoto(f"d{i}", f"p{i}", f"c{i}") for i in range(3)]
    rows = np.random.default_rng(0).normal(0, 1, (3, 1, 5)).astype(np.float32)
    gallery = Gallery("g", LOOK).add(photos, (rows,), LOOK)
    with pytest.raises(InputError, match="no class of the gallery has two people"):
        evaluate_gallery(gallery)
