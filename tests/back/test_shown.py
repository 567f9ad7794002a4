from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.back.bending import recorded, repetitions

from mitate.back.movement import MOVEMENTS, NECK_MOVEMENTS, Phase
from mitate.back.shown import (
    MOVEMENT_WORDS,
    facing,
    plane_of,
    repetition_at,
    shown_angles,
    standing_moment,
)

TIMES = np.arange(0, 4.0, 0.1)
PHASES = repetitions(1)


def test_every_movement_has_words_and_three_angles() -> None:
    recording = recorded(TIMES, PHASES)
    assert set(MOVEMENT_WORDS) == {*MOVEMENTS, *NECK_MOVEMENTS}
    for movement in MOVEMENTS:
        assert [one.label for one in shown_angles(recording, movement, PHASES)] == [
            "trunk",
            "pelvis",
            "low back",
        ]


def test_outside_the_sagittal_plane_the_low_back_is_what_lies_between() -> None:
    recording = recorded(TIMES, PHASES)
    angles = {**recording.angles, "trunk_rotation": 3 * TIMES, "pelvis_rotation": 2 * TIMES}
    errors = {**recording.angle_errors, "trunk_rotation": 0 * TIMES + 3, "pelvis_rotation": 0 * TIMES + 4}
    turned = replace(recording, angles=angles, angle_errors=errors)
    assert plane_of("rotation") == "transverse"
    low_back = shown_angles(turned, "rotation", PHASES)[2]
    assert low_back.values == pytest.approx(TIMES)
    assert low_back.errors == pytest.approx(5)


def test_turns_count_from_standing_wherever_the_camera_stood() -> None:
    recording = recorded(TIMES, PHASES)
    turn = np.where(TIMES > 1, 40.0, 0.0)
    for stood in (0.0, 85.0, -170.0):
        angles = {**recording.angles, "trunk_rotation": stood + turn, "pelvis_rotation": stood + turn / 2}
        trunk, pelvis, _ = shown_angles(replace(recording, angles=angles), "rotation", PHASES)
        assert trunk.values == pytest.approx(turn)
        assert pelvis.values == pytest.approx(turn / 2)


@pytest.mark.parametrize(("yaw", "way"), [(90, 1), (-90, -1), (0, 1), (-10, 1), (170, 1)])
def test_forward_is_drawn_where_the_film_shows_it(yaw: float, way: int) -> None:
    assert facing(recorded(TIMES, PHASES, yaw=yaw)) == way


def test_which_repetition_goes_on() -> None:
    phases = (Phase(1, 2, 3), Phase(4, 5, 6, "left"))
    said = [repetition_at(phases, time) for time in (0.5, 1.5, 2.5, 3.5, 4.5)]
    assert said == [(0, ""), (1, "there"), (1, "back"), (0, ""), (2, "there")]


def test_standing_is_the_start_of_the_first_repetition_where_it_is_known() -> None:
    recording = recorded(TIMES, PHASES)
    assert TIMES[standing_moment(recording, PHASES)] == pytest.approx(PHASES[0].start_s)
    curve = recording.curve.copy()
    curve[TIMES < 2.3] = np.nan
    later = replace(recording, curve=curve)
    assert TIMES[standing_moment(later, PHASES)] >= 2.3
    assert standing_moment(later, ()) == standing_moment(later, PHASES)
    nothing = {name: np.full(len(TIMES), np.nan) for name in recording.angles}
    assert standing_moment(replace(recording, angles=nothing), PHASES) == 0
