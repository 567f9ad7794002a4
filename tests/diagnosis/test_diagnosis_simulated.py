"""The benchmarks on simulated syndromes: what is counted, on made-up faces."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from benchmarks import diagnosis_trust as trust
from benchmarks.diagnosis_simulated import SIMULATED
from benchmarks.simulated_syndromes import DOUBLED, HELD_OUT, MAIN, PLANS, UNSEEN, folder, machine, together

from mitate.diagnosis.faces import Faces
from mitate.diagnosis.photographs import LeftOut, Photo
from mitate.simulate.syndrome_photos import planned_photos


def _faces(people: int, classes: int = 2, tag: str = "p") -> Faces:
    n = people * classes
    return Faces(
        photos=tuple(Photo(Path(f"{tag}{i}.jpg"), f"{tag}{i}", f"class {i % classes}") for i in range(n)),
        crops=np.zeros((n, 112, 112, 3), np.uint8),
        mesh=np.zeros((n, 468, 2), np.float32),
        backgrounds=np.zeros((n, 64, 64, 3), np.uint8),
        thumbnails=np.zeros((n, 16, 16, 3), np.uint8),
        facts=np.zeros((n, 4), np.float32),
        quality=np.ones(n, np.float32),
        digests=tuple(f"{tag}{i}" for i in range(n)),
        left_out=(),
        trained_on="simulated",
    )


def test_every_part_has_a_name_and_says_what_it_does() -> None:
    assert len(SIMULATED) == 8
    assert all(part.__doc__ for part in SIMULATED.values())


def test_no_one_learned_from_is_asked_about_and_no_two_plans_share_a_folder() -> None:
    people = {plan: {photo.person for photo in planned_photos(plan)} for plan in (MAIN, HELD_OUT, UNSEEN)}
    assert len(people[HELD_OUT]) == 5 * 110
    assert not people[MAIN] & people[HELD_OUT]
    assert not (people[MAIN] | people[HELD_OUT]) & people[UNSEEN]
    assert len({folder(plan) for plan in PLANS}) == len(PLANS)


def test_planted_duplicates_are_the_ones_that_the_plan_plants() -> None:
    photos = planned_photos(DOUBLED)
    names = Counter(photo.person for photo in photos)
    for number in range(DOUBLED.duplicates):
        own, again = photos[: -DOUBLED.duplicates], photos[len(photos) - DOUBLED.duplicates + number]
        pair = trust.planted(number)
        assert again.person in pair
        (other,) = pair - {again.person}
        assert names[other] == names[again.person] == 1
        source = next(photo for photo in own if photo.person == other)
        assert (source.number, source.index) == (again.number, again.index)
        assert source.label != again.label
        assert again.copied == bool(number % 2)


def test_faces_put_together_keep_their_order() -> None:
    a, b = _faces(3, tag="a"), _faces(2, tag="b")
    both = together(a, b)
    assert len(both) == 10
    assert list(both.persons) == [*a.persons, *b.persons]


def test_sets_of_twenty_share_nobody() -> None:
    parts = trust.parts_of(_faces(45, classes=5))
    assert [len(part) for part in parts] == [100, 100]
    assert not set(parts[0].persons) & set(parts[1].persons)
    assert all(set(np.bincount(part.targets)) == {20} for part in parts)


def test_strangers_turned_away_are_counted_with_those_without_a_face() -> None:
    faces = _faces(2)  # four people
    nobody = Photo(Path("x.jpg"), "x", "class 0")
    faces = together(faces, faces.take([]))
    left = Faces(
        **{name: getattr(faces, name) for name in Faces.__slots__ if name != "left_out"},
        left_out=(LeftOut(nobody, "no_face", "no face", "another photo"),),
    )
    told = np.array([[[0.5, 0.01], [0.01, 0.01], [0.5, 0.5], [0.01, 0.5]]] * 2)
    figure = trust.turned_away("strangers", left, told)
    assert figure.value == pytest.approx(60.0)  # none, everything, no face; of five
    assert figure.n == 5
    assert figure.met is False


def test_coverage_is_of_those_who_were_asked_about() -> None:
    known = _faces(20, classes=5)
    told = np.zeros((100, 5))
    told[np.arange(100), known.targets] = 0.5
    told[:50] = np.nan  # learned from
    told[50:55, :] = 0.01  # none of these
    figures = {figure.name.partition(": ")[2]: figure for figure in trust.coverage(known, [told])}
    assert figures["true class inside, at least"].value == pytest.approx(90.0)
    assert figures["true class inside, at most"].met
    assert figures["none of these"].value == pytest.approx(10.0)
    assert figures["mean number of classes"].value == pytest.approx(0.9)
    assert figures["true class inside, at least"].n == 50


def test_a_machine_of_a_row_that_must_not_work_is_a_leak() -> None:
    faces = _faces(6)
    rows = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
    assert machine("background", faces, {"background": rows}).kind == "leak"
    assert machine("sface_layer", faces, {"sface_layer": rows}).kind == "transfer"
