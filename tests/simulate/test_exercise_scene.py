"""Things stand where the motion rests on them, and what the equipment names is held."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from mitate.back.exercise import Exercise
from mitate.back.exercises import exercises
from mitate.simulate.exercise_mesh import joined
from mitate.simulate.exercise_scene import props, room_for, seen_points
from mitate.simulate.exercise_support import Box, Support

CHAIR = Support(
    (
        Box("chair_seat", (0.0, 0.43, -0.2), (0.22, 0.02, 0.22), 30.0),
        Box("chair_back", (0.0, 0.72, -0.45), (0.21, 0.16, 0.02), 30.0),
        Box("chair_leg", (0.19, 0.21, 0.0), (0.018, 0.21, 0.018), 30.0),
    )
)


def one_with(start: str, *equipment: str, parts: tuple[str, ...] = ("arms",)) -> Exercise:
    changes: dict[str, object] = {"start": start, "equipment": equipment, "parts": parts}
    return msgspec.structs.replace(exercises()[0], **changes)


def test_a_chair_has_its_seat_at_its_height_and_a_back_that_stands_on_it() -> None:
    chair = joined(props(CHAIR))
    assert chair.vertices[:, 1].max() == pytest.approx(0.88, abs=1e-3)
    assert chair.vertices[:, 1].min() == pytest.approx(0.0, abs=1e-3)
    between = (chair.vertices[:, 1] > 0.449) & (chair.vertices[:, 1] < 0.57)
    assert between.any()  # posts: the back does not float


def test_a_mat_lies_under_all_that_is_low_and_hides_nothing() -> None:
    points = np.random.default_rng(1).uniform([-0.3, 0.01, -0.9], [0.3, 0.3, 0.8], (500, 3))
    room = room_for(one_with("supine", "mat"), Support(), points)
    low, high = room.things.vertices.min(axis=0), room.things.vertices.max(axis=0)
    assert (low[[0, 2]] < points.min(axis=0)[[0, 2]]).all()
    assert (high[[0, 2]] > points.max(axis=0)[[0, 2]]).all()
    assert high[1] < 0.008
    assert len(room.surfaces) == 2


def test_who_stands_without_a_mat_has_a_bare_floor() -> None:
    points = np.random.default_rng(1).uniform([-0.3, 0.0, -0.2], [0.3, 1.7, 0.2], (500, 3))
    room = room_for(one_with("standing"), Support(), points)
    assert not len(room.things.faces)
    assert len(room.surfaces) == 1


def test_a_chair_is_in_the_picture_and_a_wall_need_not_be() -> None:
    points = np.zeros((1, 3))
    wall = Support((Box("wall", (0, 1.15, -1), (1.2, 1.15, 0.05)),))
    assert len(seen_points(one_with("standing", "wall"), wall, points)) == 1
    assert np.ptp(seen_points(one_with("sitting", "chair"), CHAIR, points)[:, 1]) > 0.8


def test_a_wall_takes_shadows_on_the_face_towards_the_body() -> None:
    wall = Support((Box("wall", (0.0, 1.15, -0.30), (1.2, 1.15, 0.05), 0.0),))
    points = np.random.default_rng(1).uniform([-0.3, 0.0, -0.2], [0.3, 1.7, 0.2], (50, 3))
    found = room_for(one_with("standing", "wall"), wall, points).surfaces[1]
    assert (found.axis, found.sign) == (2, 1.0)
    assert found.at == pytest.approx(-0.25)
