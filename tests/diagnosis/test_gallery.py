"""The gallery: ranks against a plain computation, what is left of a person left out, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.diagnosis.gallery import Gallery, GalleryPhoto, Look, leave_out
from mitate.diagnosis.gallery_space import Spread
from mitate.errors import InputError

LOOK = Look((("SFace", "a" * 64),), ("plain", "flip"))
Rows = tuple[NDArray[np.float32], ...]


def people(
    classes: int, persons: int, photos: int = 1, *, width: int = 12, seed: int = 0
) -> tuple[list[GalleryPhoto], Rows]:
    """Made-up faces: a person's own look, large in a few directions, and a small sign of the class."""
    rng = np.random.default_rng(seed)
    identity = np.where(np.arange(width) < width // 3, 2.0, 0.3)
    signs = rng.normal(0, 1.0, (classes, width)) * (np.arange(width) >= width // 3)
    found, rows = [], []
    for k in range(classes):
        for p in range(persons):
            own = signs[k] + identity * rng.normal(0, 1, width) + 3.0
            for f in range(photos):
                found.append(GalleryPhoto(f"{k}-{p}-{f}", f"p{k}-{p}", f"class {k}"))
                rows.append(own + rng.normal(0, 0.1, (2, width)))
    return found, (np.array(rows, np.float32),)


def filled(classes: int = 6, persons: int = 5, photos: int = 1, *, look: Look = LOOK) -> Gallery:
    return Gallery("made up", look).add(*people(classes, persons, photos), look)


def test_a_small_gallery_ranks_as_published() -> None:
    photos, rows = people(3, 2, 2)
    gallery = replace(Gallery("made up", LOOK).add(photos, rows, LOOK), ranking="nearest")
    query = people(1, 1, seed=9)[1]
    unit = rows[0] / np.linalg.norm(rows[0], axis=2, keepdims=True)
    asked = query[0][0] / np.linalg.norm(query[0][0], axis=1, keepdims=True)
    distance = 1 - np.einsum("vd,nvd->n", asked, unit) / 2
    order = np.argsort(distance)
    expected = list(dict.fromkeys(photos[row].label for row in order))
    found = gallery.match(query, LOOK)
    assert [match.label for match in found.matches] == expected
    assert found.matches[0].distance == pytest.approx(distance.min(), abs=1e-6)
    assert found.matches[0].person == photos[order[0]].person
    assert [match.rank for match in found.matches] == [1, 2, 3]
    assert {match.persons for match in found.matches} == {2}
    assert found.odd is None
    assert any("too small" in note for note in found.notes)


def test_by_default_the_people_of_a_class_are_averaged_by_their_nearest_photo() -> None:
    photos, rows = people(2, 3, 2)
    gallery = Gallery("made up", LOOK).add(photos, rows, LOOK)
    query = people(1, 1, seed=4)[1]
    unit = rows[0] / np.linalg.norm(rows[0], axis=2, keepdims=True)
    asked = query[0][0] / np.linalg.norm(query[0][0], axis=1, keepdims=True)
    distance = 1 - np.einsum("vd,nvd->n", asked, unit) / 2
    by_class = distance.reshape(2, 3, 2).min(axis=2).mean(axis=1)
    for match in gallery.match(query, LOOK).matches:
        assert match.distance == pytest.approx(by_class[int(match.label[-1])], abs=1e-6)


def test_calming_what_tells_persons_apart_ranks_better() -> None:
    gallery = filled(12, 5)
    everybody = np.unique(gallery.persons)
    calm = np.mean([one.rank == 1 for one in leave_out(gallery, everybody)])
    width = gallery.rows[0].shape[2]
    flat = Spread(1e9 * np.eye(width), 1)  # drowns the gallery's own spread
    plain = np.mean([one.rank == 1 for one in leave_out(replace(gallery, reference=(flat,)), everybody)])
    assert calm > plain + 0.2


def test_nothing_of_a_person_left_out_is_left() -> None:
    gallery = filled(6, 5, 2)
    person = gallery.photos[0].person
    asked = leave_out(gallery, np.array([person]))
    without = gallery.remove(person=person)
    for one in asked:
        found = without.match(tuple(rows[one.row : one.row + 1] for rows in gallery.rows), LOOK)
        own = next(match for match in found.matches if match.label == gallery.photos[one.row].label)
        assert own.rank == one.rank
        assert own.distance == pytest.approx(one.own, abs=1e-6)


def test_a_class_of_one_person_is_ranked_but_not_asked_about() -> None:
    photos, rows = people(2, 2)
    gallery = Gallery("made up", LOOK).add(photos[:3], (rows[0][:3],), LOOK)
    assert {one.row for one in leave_out(gallery, np.unique(gallery.persons))} == {0, 1}
    assert len(gallery.match((rows[0][3:],), LOOK).matches) == 2


def test_faces_like_nobody_are_noted_and_people_of_the_classes_rarely() -> None:
    photos, rows = people(10, 12)
    here, there = slice(0, None, 2), slice(1, None, 2)
    gallery = Gallery("made up", LOOK).add(photos[here], (rows[0][here],), LOOK).measured()
    assert gallery.usual is not None

    def odd(asked: NDArray[np.float32]) -> float:
        found = [gallery.match((row[None],), LOOK) for row in asked]
        assert all((one.matches[0].distance > (gallery.usual or 0)) == one.odd for one in found)
        assert all(any("may be of none" in note for note in one.notes) == one.odd for one in found)
        return float(np.mean([bool(one.odd) for one in found]))

    centre = rows[0].mean(axis=0)
    known = odd(rows[0][there])
    assert known < 0.15
    assert odd(centre - 2 * (rows[0][there] - centre)) > known + 0.05


@given(st.permutations(list(range(8))))
def test_the_order_of_adding_does_not_matter(order: list[int]) -> None:
    photos, rows = people(4, 2)
    query = people(1, 1, seed=3)[1]
    straight = Gallery("g", LOOK).add(photos, rows, LOOK).match(query, LOOK)
    turned = Gallery("g", LOOK)
    for row in order:
        turned = turned.add([photos[row]], (rows[0][row : row + 1],), LOOK)
    for a, b in zip(straight.matches, turned.match(query, LOOK).matches, strict=True):
        assert (a.label, a.person) == (b.label, b.person)
        assert a.distance == pytest.approx(b.distance, abs=1e-5)


def test_another_look_is_refused() -> None:
    other = Look((("SFace", "b" * 64),), LOOK.views)
    photos, rows = people(1, 1)
    with pytest.raises(InputError, match="other networks or views"):
        filled().add(photos, rows, other)
    with pytest.raises(InputError, match="other networks or views"):
        filled().match(rows, other)


def test_the_same_photo_and_a_person_in_two_classes_are_refused() -> None:
    gallery, (_, rows) = filled(), people(1, 1)
    with pytest.raises(InputError, match="in the gallery already"):
        gallery.add([GalleryPhoto("0-0-0", "somebody", "class 1")], rows, LOOK)
    with pytest.raises(InputError, match="is in the class class 0 already"):
        gallery.add([GalleryPhoto("new", "p0-0", "class 1")], rows, LOOK)
    twice = [GalleryPhoto("new", "a", "x"), GalleryPhoto("new", "b", "x")]
    with pytest.raises(InputError, match="in the gallery already"):
        gallery.add(twice, (rows[0].repeat(2, axis=0),), LOOK)
    with pytest.raises(InputError, match="needs a person and a class"):
        gallery.add([GalleryPhoto("new", "", "x")], rows, LOOK)


def test_numbers_that_do_not_fit_are_refused() -> None:
    gallery, new = filled(), [GalleryPhoto("new", "new", "class 1")]
    for wrong in (
        np.zeros((1, 2, 11)),
        np.zeros((2, 2, 12)),
        np.zeros((1, 1, 12)),
        np.full((1, 2, 12), np.nan),
    ):
        with pytest.raises(InputError):
            gallery.add(new, (wrong.astype(np.float32),), LOOK)


def test_removing() -> None:
    gallery = filled()
    assert len(gallery.remove(label="class 2").labels) == 5
    assert len(gallery.remove(person="p0-0")) == len(gallery) - 1
    with pytest.raises(InputError, match="nobody of that name"):
        gallery.remove(person="nobody")
    empty = Gallery("one", LOOK).add(*people(1, 1), LOOK).remove(label="class 0")
    with pytest.raises(InputError, match="the gallery is empty"):
        empty.match(people(1, 1)[1], LOOK)


def test_simulated_is_said_only_where_all_are() -> None:
    photos, rows = people(2, 1)
    simulated = [replace(photo, simulated=True) for photo in photos]
    assert Gallery("g", LOOK).add(simulated, rows, LOOK).trained_on == "simulated"
    mixed = Gallery("g", LOOK).add([simulated[0], photos[1]], rows, LOOK)
    assert mixed.trained_on == "g"
    assert any("simulated" in note for note in mixed.match(people(1, 1)[1], LOOK).notes)
