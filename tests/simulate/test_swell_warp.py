from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.swell_cases import made_mesh

from mitate.simulate.swell_mesh import OVAL, POINTS, fit_surface, nominal_pattern
from mitate.simulate.swell_warp import make_grid, spread, warped

RAMP = np.stack(
    np.broadcast_arrays(np.arange(640)[None, :] / 4, np.arange(640)[:, None] / 4, 90.0), axis=2
).astype(np.uint8)


def test_a_movement_of_all_points_moves_the_face_and_ends_beyond_it() -> None:
    surface = fit_surface(made_mesh())
    grid = make_grid(surface)
    field = spread(grid, np.tile([3.0, -2.0, 0.5], (len(surface.points), 1)), 2.0)
    column, row = ((320 - corner) / grid.step for corner in grid.corner)
    assert field[round(row), round(column)] == pytest.approx([3.0, -2.0, 0.5], abs=1e-3)
    for edge in (field[0], field[-1], field[:, 0], field[:, -1]):
        assert np.abs(edge).max() < 0.02


@pytest.mark.parametrize("yaw", [-30.0, 0.0, 30.0])
def test_fields_are_smooth_so_that_nothing_tears(yaw: float) -> None:
    surface = fit_surface(made_mesh(yaw))
    grid = make_grid(surface)
    moves = surface.pixels(surface.movement(nominal_pattern(), 8.0))
    field = spread(grid, np.column_stack([moves, np.zeros(len(moves))]), 2.0)
    slope = max(float(np.abs(np.diff(field[..., :2], axis=axis)).max()) for axis in (0, 1)) / grid.step
    assert slope < 0.7  # from 1 on, the picture would fold


def test_points_carry_the_picture_with_them() -> None:
    surface = fit_surface(made_mesh())
    grid = make_grid(surface)
    moves = surface.pixels(surface.movement(nominal_pattern(), 8.0))
    field = spread(grid, np.column_stack([moves, np.zeros(len(moves))]), 0.5)
    moved, extra = warped(RAMP, grid, field, (0.0, 0.0))
    np.testing.assert_array_equal(extra, 0)
    at = surface.pixels(surface.points)
    cheeks = [k for k in range(POINTS) if np.hypot(*moves[k]) > 2 and k not in OVAL]
    assert len(cheeks) > 20
    for k in cheeks:
        x, y = np.round(at[k] + moves[k]).astype(int)
        seen, meant = moved[y, x, :2] * 4, at[k] + (np.array([x, y]) - at[k] - moves[k])
        assert np.abs(seen - meant).max() < 4.5  # the ramp has steps of 4 px


def test_no_movement_and_no_shift_give_the_picture_back() -> None:
    surface = fit_surface(made_mesh())
    grid = make_grid(surface)
    field = spread(grid, np.zeros((len(surface.points), 3)), 2.0)
    moved, _ = warped(RAMP, grid, field, (0.0, 0.0))
    np.testing.assert_allclose(moved, RAMP, atol=1e-3)
    shifted, _ = warped(RAMP, grid, field, (4.0, 0.0))
    np.testing.assert_allclose(shifted[50:-50, 50:-50], RAMP[50:-50, 46:-54], atol=1e-3)
