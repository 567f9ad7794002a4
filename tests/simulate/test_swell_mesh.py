from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulate.swell_cases import made_mesh

from mitate.errors import InputError
from mitate.simulate.fluid import REGIONS
from mitate.simulate.head import swept_volume_ml
from mitate.simulate.swell_mesh import (
    EYE_DISTANCE_MM,
    POINTS,
    SHAPES,
    Pattern,
    eye_distance,
    fit_surface,
    nominal_pattern,
    sample_pattern,
    shapes,
    vertex_normals,
)

ON_THE_MESH = [name for name, share in zip(shapes().regions, shapes().share, strict=True) if share > 0.1]
turns = st.floats(-30, 30)


def test_the_shapes_are_small_and_whole() -> None:
    held = shapes()
    assert SHAPES.stat().st_size <= 100_000
    assert held.regions == tuple(r.name for r in REGIONS if r.name != "neck")
    assert held.mm_per_ml.shape == held.tilt_per_ml.shape == (len(held.regions), len(held.mesh_mm), 3)
    assert len(held.triangles) == 2 * POINTS - 2 - 36  # a disc with 36 points on its edge (Euler)
    assert set(held.triangles.ravel()) == set(range(POINTS))
    np.testing.assert_allclose(held.mm_per_ml[:, -36:], 0)


@settings(max_examples=15)
@given(turns, st.floats(-20, 20), st.floats(-2, 4), st.sampled_from(ON_THE_MESH))
def test_the_volume_asked_for_is_measured_back(yaw: float, pitch: float, kg: float, region: str) -> None:
    surface = fit_surface(made_mesh(yaw, pitch))
    wanted = dict(zip(shapes().regions, shapes().share, strict=True))[region] * kg
    ml = {r.name: r.ml_per_kg for r in REGIONS}[region]
    swept = surface.swept_ml(surface.movement(Pattern({region: ml}), kg))
    assert swept == pytest.approx(ml * wanted, rel=0.03, abs=1e-4)


def test_the_volume_does_not_depend_on_the_size_of_the_photo() -> None:
    sizes = [fit_surface(made_mesh(10, 5, scale)) for scale in (0.5, 2.0, 6.0)]
    swept = [s.swept_ml(s.movement(nominal_pattern(), 2.0)) for s in sizes]
    np.testing.assert_allclose(swept, swept[0], rtol=1e-4)
    seen = [np.abs(s.pixels(s.movement(nominal_pattern(), 2.0))).max() * s.mm_per_px for s in sizes]
    np.testing.assert_allclose(seen, seen[0], rtol=1e-4)


@given(turns, st.floats(-2, 8))
@settings(max_examples=8)
def test_movement_is_linear_in_kilograms(yaw: float, kg: float) -> None:
    surface = fit_surface(made_mesh(yaw))
    one = surface.movement(nominal_pattern(), 1.0)
    np.testing.assert_allclose(surface.movement(nominal_pattern(), kg), kg * one, atol=1e-12)
    np.testing.assert_array_equal(surface.movement(nominal_pattern(), 0.0), 0)
    np.testing.assert_allclose(surface.tilted(nominal_pattern(), 0.0), surface.normals, atol=1e-12)


def test_cheeks_go_outwards_and_bone_stays() -> None:
    surface = fit_surface(made_mesh())
    move = surface.movement(nominal_pattern(), 2.0)
    right, left = 187, 411
    assert move[right, 0] < -0.3 < 0.3 < move[left, 0]
    assert np.linalg.norm(move[[right, left]], axis=1) == pytest.approx(0.75, abs=0.25)
    assert np.abs(move[[10, 168, 6, 151]]).max() < 0.03


def test_movement_turns_with_the_head() -> None:
    front, turned = fit_surface(made_mesh()), fit_surface(made_mesh(yaw=25))
    a = front.movement(nominal_pattern(), 1.0)
    b = turned.movement(nominal_pattern(), 1.0)
    np.testing.assert_allclose(np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1), atol=1e-3)
    angle = np.radians(25)
    assert b[411] == pytest.approx(
        [
            np.cos(angle) * a[411, 0] + np.sin(angle) * a[411, 2],
            a[411, 1],
            np.cos(angle) * a[411, 2] - np.sin(angle) * a[411, 0],
        ],
        abs=1e-3,
    )


def test_the_scale_is_the_distance_of_the_eyes() -> None:
    surface = fit_surface(made_mesh(yaw=20))
    assert eye_distance(surface.points) == pytest.approx(EYE_DISTANCE_MM, rel=1e-5)


def test_normals_are_those_of_a_sphere() -> None:
    mesh = shapes().mesh_mm[:POINTS]
    ball = mesh - np.array([0, -20, -120])
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    normals = vertex_normals(ball, shapes().triangles)
    assert np.median(np.sum(normals * ball, axis=1)) > 0.99
    assert swept_volume_ml(ball, 0.01 * ball, shapes().triangles) > 0


def test_people_differ_as_simulated_patients_do() -> None:
    drawn = [sample_pattern(np.random.default_rng(seed)).ml_per_kg for seed in range(400)]
    nominal = nominal_pattern().ml_per_kg
    logs = np.log([[one[name] / nominal[name] for name in nominal] for one in drawn])
    assert np.abs(np.median(logs, axis=0)).max() < 0.1
    np.testing.assert_allclose(logs.std(axis=0), np.hypot(0.4, 0.2), atol=0.05)
    assert sample_pattern(np.random.default_rng(3)) == sample_pattern(np.random.default_rng(3))
    assert nominal_pattern(2.0).ml_per_kg["lips"] == 2 * nominal["lips"]


def test_what_is_no_mesh_or_no_region_is_said() -> None:
    with pytest.raises(InputError, match="not a face mesh"):
        fit_surface(np.zeros((468, 3)))
    with pytest.raises(InputError, match="not a face mesh"):
        fit_surface(made_mesh()[:400])
    with pytest.raises(InputError, match="no such region: neck"):
        fit_surface(made_mesh()).movement(Pattern({"neck": 1.5}), 1.0)
