from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.back.canvas import INK, PAPER, disc, hex_of, line, sector, shade, text, text_width
from mitate.back.panels import blank

RED = (255, 0, 0)


def test_a_line_has_its_colour_where_it_goes_and_nowhere_else() -> None:
    image = blank(60, 40)
    line(image, [(10, 20), (50, 20)], RED, 4)
    assert tuple(image[20, 30]) == RED
    assert (image[[10, 30], 5:55] == PAPER).all()


def test_a_point_that_is_not_known_breaks_the_line() -> None:
    image = blank(60, 40)
    line(image, [(5, 20), (15, 20), (math.nan, math.nan), (45, 20), (55, 20)], RED, 3)
    assert tuple(image[20, 10]) == tuple(image[20, 50]) == RED
    assert tuple(image[20, 30]) == PAPER


def test_opacity_lets_the_ground_show_through() -> None:
    image = blank(40, 40, (0, 0, 0))
    line(image, [(5, 20), (35, 20)], (200, 100, 0), 6, opacity=0.5)
    assert image[20, 20] == pytest.approx([100, 50, 0], abs=2)
    disc(image, (20, 8), 4, (200, 100, 0), opacity=0.0)
    assert not image[8, 20].any()


@given(
    st.lists(st.tuples(st.floats(allow_nan=True, width=16), st.floats(allow_nan=True, width=16)), max_size=6),
    st.floats(0.1, 30),
)
def test_nothing_that_is_drawn_outside_the_picture_does_harm(
    points: list[tuple[float, float]], width: float
) -> None:
    image = blank(32, 24)
    places = np.array(points, dtype=np.float64).reshape(-1, 2)
    line(image, places, RED, width, edge=INK)
    for place in places:
        disc(image, place, width, RED, edge=INK)
    shade(image, np.vstack([places, [(0, 0), (1, 1)]]), RED, 0.5)
    assert image.shape == (24, 32, 3)


def test_text_lies_on_its_line_and_within_its_room() -> None:
    image = blank(200, 60)
    text(image, "57° ± 4", (100, 40), 20, anchor=0.5)
    inked = np.argwhere((image < 128).all(axis=2))
    assert inked[:, 0].max() in range(38, 42)
    assert inked[:, 1].mean() == pytest.approx(100, abs=4)
    narrow = blank(200, 60)
    text(narrow, "a long line of words", (10, 40), 30, room=80)
    assert np.argwhere((narrow < 128).all(axis=2))[:, 1].max() <= 92
    assert text_width("mm", 20) > text_width("i", 20)
    text(narrow, "", (0, 0), 20)


def test_a_sector_lies_clockwise_from_up() -> None:
    image = blank(100, 100)
    sector(image, (50, 50), 40, 60, 120, RED, 1.0)
    assert tuple(image[50, 80]) == RED
    assert tuple(image[50, 20]) == tuple(image[20, 50]) == tuple(image[80, 50]) == PAPER


def test_colours_are_written_as_the_web_does() -> None:
    assert hex_of((0, 121, 107)) == "#00796b"
