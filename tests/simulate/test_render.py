from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.errors import MissingExtraError
from mitate.simulate.head import SKIN, TEXTURE_SHAPE, Head
from mitate.simulate.render import Camera, Light, Look, render, vertex_normals

needs_embree = pytest.mark.skipif(
    importlib.util.find_spec("embreex") is None, reason="the simulate extra is not installed"
)
RADIUS, DISTANCE, SIDE, SCALE = 0.08, 0.5, 160, 700.0
BLACK = np.zeros((SIDE, SIDE, 3), np.float32)


def _ball(rows: int = 120, columns: int = 240) -> tuple[Head, NDArray[np.float32]]:
    """A ball in the place of a head."""
    turns = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    polar, around = np.meshgrid(np.linspace(1e-3, np.pi - 1e-3, rows), turns, indexing="ij")
    vertices = RADIUS * np.stack(
        [np.sin(polar) * np.sin(around), np.cos(polar), np.sin(polar) * np.cos(around)], axis=-1
    )
    a = (np.arange(rows - 1)[:, None] * columns + np.arange(columns)).ravel()
    b = (np.arange(rows - 1)[:, None] * columns + (np.arange(columns) + 1) % columns).ravel()
    faces = np.vstack([np.stack([a, a + columns, b], 1), np.stack([b, a + columns, b + columns], 1)])
    eye = np.zeros(0, np.int64)
    head = Head(
        faces=faces.astype(np.int32),
        uv=np.full((rows * columns, 2), 0.5, np.float32),
        material=np.full(len(faces), SKIN, np.int8),
        changes={},
        signed_changes=(),
        actions={},
        positions=np.zeros((*TEXTURE_SHAPE, 3), np.float32),
        masks={},
        eyes=(eye, eye),
        _anny=None,
    )
    return head, vertices.reshape(-1, 3).astype(np.float32)


def _light(**changes: object) -> Light:
    direction = np.array([0.48, 0.6, 0.64])
    settings: dict[str, object] = {
        "direction": direction,
        "key": 0.8,
        "fill": 0.0,
        "fill_direction": np.array([0.0, 0.0, 1.0]),
        "above": np.zeros(3),
        "below": np.zeros(3),
        "key_colour": np.array([1.0, 0.9, 0.8]),
        "wrap": 0.0,
        "shine": 0.0,
    }
    return Light(**(settings | changes))  # type: ignore[arg-type]


def _look(albedo: tuple[float, float, float] = (0.5, 0.4, 0.3)) -> Look:
    texture = np.broadcast_to(np.array(albedo, np.float32), (*TEXTURE_SHAPE, 3)).copy()
    return Look(
        texture, np.zeros((120 * 240, 3), np.float32), np.zeros(3, np.float32), np.zeros(3, np.float32)
    )


def _exact_normals(camera: Camera) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Where each pixel's ray meets the ball, as its normal, by solving the quadratic equation."""
    v, u = np.mgrid[: camera.height, : camera.width].astype(float)
    focal = camera.pixels_per_metre * camera.distance_m
    middle = (camera.width - 1) / 2, (camera.height - 1) / 2
    rays = np.stack([(u - middle[0]) / focal, (middle[1] - v) / focal, -np.ones_like(u)], axis=-1)
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    origin = np.array([*camera.target, camera.distance_m])
    along = rays @ origin
    under = along**2 - (origin @ origin - RADIUS**2)
    met = under > 0
    distance = -along - np.sqrt(np.where(met, under, 0))
    return (origin + distance[..., None] * rays) / RADIUS, met


@needs_embree
@pytest.mark.parametrize("target", [(0.0, 0.0), (0.02, -0.03)])
def test_a_dull_ball_is_shaded_as_lambert_says(target: tuple[float, float]) -> None:
    head, vertices = _ball()
    camera = Camera(SIDE, SIDE, SCALE, DISTANCE, target)
    background = np.full((SIDE, SIDE, 3), 0.25, np.float32)
    light = _light()
    image = render(head, vertices, _look(), camera, light, background)
    normal, met = _exact_normals(camera)
    cosine = (normal @ light.direction).clip(0)[..., None]
    expected = np.array([0.5, 0.4, 0.3]) * 0.8 * cosine * light.key_colour
    inside = met & (normal[..., 2] > 0.35)  # the outline is one triangle wide
    assert np.abs(image - expected)[inside].max() < 0.01
    seen = np.any(image != 0.25, axis=-1)
    assert np.mean(seen != met) < 0.01
    assert (image[~met & ~seen] == 0.25).all()


@needs_embree
def test_ambient_light_comes_from_above_and_below() -> None:
    head, vertices = _ball()
    camera = Camera(SIDE, SIDE, SCALE, DISTANCE)
    light = _light(key=0.0, above=np.array([0.4, 0.5, 0.6]), below=np.array([0.2, 0.1, 0.0]))
    image = render(
        head, vertices, _look((0.5, 0.5, 0.5)), camera, light, np.zeros((SIDE, SIDE, 3), np.float32)
    )
    normal, met = _exact_normals(camera)
    up = (0.5 + 0.5 * normal[..., 1])[..., None]
    expected = 0.5 * (up * light.above + (1 - up) * light.below)
    inside = met & (normal[..., 2] > 0.35)
    assert np.abs(image - expected)[inside].max() < 0.01


@needs_embree
def test_a_small_ball_throws_its_shadow_on_a_large_one() -> None:
    head, vertices = _ball()
    light = _light()
    small = 0.2 * vertices + (1.6 * RADIUS * light.direction).astype(np.float32)
    both = Head(
        faces=np.vstack([head.faces, head.faces + len(vertices)]),
        uv=np.vstack([head.uv, head.uv]),
        material=np.concatenate([head.material, head.material]),
        changes={},
        signed_changes=(),
        actions={},
        positions=head.positions,
        masks={},
        eyes=head.eyes,
        _anny=None,
    )
    look = Look(_look().texture, np.zeros((2 * len(vertices), 3), np.float32), _look().iris, _look().cloth)
    camera = Camera(SIDE, SIDE, SCALE, DISTANCE)
    both_vertices = np.vstack([vertices, small])
    open_sky, shaded = (
        render(both, both_vertices, look, camera, light, BLACK, shadows=shadows) for shadows in (False, True)
    )
    alone = render(head, vertices, _look(), camera, light, BLACK, shadows=False)
    normal, met = _exact_normals(camera)
    # A point lies in the shadow if the line to the light passes the small ball within its radius.
    beside = 1.6 * light.direction - normal
    off = np.linalg.norm(beside - (beside @ light.direction)[..., None] * light.direction, axis=-1)
    ratio = shaded.sum(axis=-1) / np.maximum(open_sky.sum(axis=-1), 1e-6)
    lit = met & (normal @ light.direction > 0.3) & (normal[..., 2] > 0.35)
    lit &= np.isclose(open_sky, alone).all(axis=-1)  # where the small ball does not hide the large one
    assert ratio[lit & (off < 0.18)] == pytest.approx(0.15, abs=0.02)
    assert ratio[lit & (off > 0.22)] == pytest.approx(1.0, abs=1e-3)


def test_normals_of_a_ball_point_outwards() -> None:
    head, vertices = _ball()
    normals = vertex_normals(head, vertices)
    middle = np.abs(vertices[:, 1]) < 0.9 * RADIUS
    assert np.abs(normals[middle] - vertices[middle] / RADIUS).max() < 0.02


@given(
    x=st.floats(-0.1, 0.1),
    y=st.floats(-0.1, 0.1),
    z=st.floats(-0.1, 0.1),
    tx=st.floats(-0.05, 0.05),
    ty=st.floats(-0.05, 0.05),
    distance=st.floats(0.3, 1.0),
)
def test_the_ray_of_a_point_s_pixel_goes_through_the_point(
    x: float, y: float, z: float, tx: float, ty: float, distance: float
) -> None:
    camera = Camera(400, 300, 800.0, distance, (tx, ty))
    nearer = distance / (distance - z)  # pinhole: magnification at depth z over that at the target
    u = 199.5 + 800 * (x - tx) * nearer
    v = 149.5 - 800 * (y - ty) * nearer
    column, row = round(u), round(v)
    if not (0 <= column < 400 and 0 <= row < 300):
        return
    origin, directions = camera.rays()
    ray = directions.reshape(300, 400, 3)[row, column].astype(float)
    reached = origin + ray * (distance - z) / -ray[2]
    pixel = nearer * 800
    assert abs(reached[0] - x) * pixel <= 0.5 + 1e-2
    assert abs(reached[1] - y) * pixel <= 0.5 + 1e-2


def test_without_embree_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "embreex.mesh_construction", None)
    head, vertices = _ball()
    background = np.zeros((8, 8, 3), np.float32)
    with pytest.raises(MissingExtraError, match=r"mitate\[simulate\]"):
        render(head, vertices, _look(), Camera(8, 8, SCALE, DISTANCE), _light(), background)
