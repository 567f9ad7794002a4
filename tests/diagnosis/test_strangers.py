"""Strangers: what is shown, and what is told of it."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import strangers
from benchmarks.strangers import as_if_found, noise, objects, variants

from mitate.diagnosis.face_in import Seeing


def test_variants_are_twelve_pictures_of_one() -> None:
    image = np.random.default_rng(0).integers(0, 255, (60, 100, 3), np.uint8)
    shown = list(variants(image))
    assert len(shown) == 12
    assert (shown[0] == image).all()
    assert (shown[1] == image[:, ::-1]).all()
    assert {one.shape for one in shown} == {
        *((60, 100, 3), (30, 50, 3), (44, 76, 3), (22, 38, 3)),
        *((34, 56, 3), (17, 28, 3)),
    }


def test_what_has_no_face_is_cut_out_of_its_middle() -> None:
    image = np.zeros((300, 500, 3), np.uint8)
    image[:, 100:400] = 90
    crops = as_if_found("a thing", image)
    assert crops.shape == (10, 112, 112, 3)
    assert (crops == 90).all()


def test_an_animals_points_carry_its_eyes_to_the_template() -> None:
    image = np.zeros((300, 451, 3), np.uint8)
    for x, y in ((168, 115), (312, 137)):
        image[y - 9 : y + 10, x - 9 : x + 10] = 255
    first = as_if_found("chelsea", image)[0, ..., 0]
    rows, columns = np.nonzero(first > 128)
    assert rows.mean() == pytest.approx(51, abs=6)
    assert columns.mean() == pytest.approx(56, abs=6)


def test_what_is_drawn_and_made_up_is_the_same_each_time() -> None:
    drawn, again = strangers.drawings(), strangers.drawings()
    assert len({name for name, _ in drawn}) == len(drawn) == 19
    assert all((a == b).all() for (_, a), (_, b) in zip(drawn, again, strict=True))
    # a glyph that the font lacks would be the same box for all
    assert len({image.tobytes() for _, image in drawn}) == 19
    made, once_more = noise(4), noise(4)
    assert all((a == b).all() for (_, a), (_, b) in zip(made, once_more, strict=True))
    assert all(image.shape == (256, 256, 3) and image.dtype == np.uint8 for _, image in made)


def test_things_are_colour_photographs() -> None:
    found = objects()
    assert len(found) == 15
    assert all(image.dtype == np.uint8 and image.shape[2:] == (3,) for _, image in found)


def test_real_faces_are_found(weights_ready: None) -> None:
    name, image = strangers.real_faces()[0]
    assert name == "astronaut"
    assert strangers.has_face(image, Seeing.load())
    assert not strangers.has_face(noise(1)[0][1], Seeing.load())
