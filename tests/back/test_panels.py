from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.back.bending import recorded, repetitions

from mitate.back.canvas import INK, PAPER, TRUNK, Colour, Pixels, text_width
from mitate.back.movement import Phase
from mitate.back.panels import CoursePanel, CurvePanel, DialPanel, ValuesPanel, angle_in_words, wrapped
from mitate.back.shown import Plane, shown_angles

TIMES = np.arange(0, 3.1, 0.1)
PHASES = repetitions(1)
RECORDING = recorded(TIMES, PHASES)
SHOWN = shown_angles(RECORDING, "forward_bend", PHASES)
PEAK = 15


def places(image: Pixels, colour: Colour) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """(k, 2) rows and columns of the pixels of one colour."""
    return np.argwhere(np.abs(image.astype(int) - colour).max(axis=2) < 12)


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (57.4, 3.6, "57° ± 4"),
        (-12.3, 2.0, "−12° ± 2"),
        (-0.2, 3.0, "0° ± 3"),
        (30.0, math.nan, "30°"),
        (math.nan, 3.0, "–"),
        (20.0, 9.0, "unsure"),
        (100.0, 14.0, "100° ± 14"),
    ],
)
def test_an_angle_in_words(value: float, error: float, words: str) -> None:
    assert angle_in_words(value, error) == words


@pytest.mark.parametrize("size", [(560, 180), (300, 500)])
def test_values_are_written_only_where_they_are_known(size: tuple[int, int]) -> None:
    panel = ValuesPanel(*size, 40, SHOWN)
    assert len(places(panel.at(PEAK), INK)) > len(places(panel.at(None), INK)) > 0
    assert panel.at(PEAK).shape == (size[1], size[0], 3)


@pytest.mark.parametrize(
    ("plane", "forward", "side"),
    [("sagittal", 1, 1), ("sagittal", -1, -1), ("frontal", 1, 1), ("transverse", 1, -1)],
)
def test_hands_go_to_the_side_that_is_written_there(plane: Plane, forward: int, side: int) -> None:
    trunk = replace(SHOWN[0], values=np.full(len(TIMES), 60.0))
    panel = DialPanel(400, 420, 30, [trunk], plane, forward)
    columns = places(panel.at(0), TRUNK)[:, 1]
    assert side * (columns.mean() - 200) > 20
    assert not len(places(panel.at(None), TRUNK))


def test_a_hand_that_is_unsure_or_unknown_is_not_drawn() -> None:
    for values, errors in (((60.0, 30.0)), ((math.nan, 3.0))):
        trunk = replace(SHOWN[0], values=np.array([values]), errors=np.array([errors]))
        assert not len(places(DialPanel(400, 420, 30, [trunk], "sagittal", 1).at(0), TRUNK))


@given(st.floats(-180, 180), st.integers(0, len(TIMES) - 1))
def test_every_curve_lies_within_its_panel_whichever_way_the_person_faces(yaw: float, moment: int) -> None:
    recording = recorded(TIMES, PHASES, yaw=yaw)
    image = CurvePanel(300, 340, 20, recording, 0).at(moment)
    found = places(image, TRUNK)
    assert len(found) > 50
    assert found.min() > 2
    assert found[:, 0].max() < 337
    assert found[:, 1].max() < 297


def test_a_curve_that_is_not_known_at_one_moment_leaves_the_standing_one() -> None:
    curve = RECORDING.curve.copy()
    curve[PEAK] = np.nan
    panel = CurvePanel(300, 340, 20, replace(RECORDING, curve=curve), 0)
    assert not len(places(panel.at(PEAK), TRUNK))
    assert len(places(panel.at(PEAK - 1), TRUNK))


def test_the_course_shows_now_between_start_and_end() -> None:
    panel = CoursePanel(600, 100, 30, (0.0, 10.0), (Phase(2, 4, 6, "left"), Phase(6, 8, 9, "right")))
    columns = [np.median(places(panel.at(time), INK)[:, 1]) for time in (0.0, 5.0, 10.0)]
    assert columns == sorted(columns)
    many = tuple(Phase(i / 10, i / 10 + 0.05, i / 10 + 0.1) for i in range(100))
    assert CoursePanel(600, 100, 30, (0.0, 10.0), many).at(3.0).shape == (100, 600, 3)
    assert (CoursePanel(600, 100, 30, (0.0, 0.0), ()).at(0.0) == PAPER).any()


@given(st.text("ab ", max_size=60), st.integers(8, 30), st.integers(40, 300))
def test_words_are_wrapped_within_their_room(words: str, size: int, room: int) -> None:
    lines = wrapped(words, size, room)
    assert " ".join(lines).split() == words.split()
    assert all(text_width(line, size) <= room or " " not in line for line in lines)
