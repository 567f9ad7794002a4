"""What is said of a film is what its pictures show, also to the detector that reads them."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from mitate.body.points import INDEX
from mitate.body.recording import ANGLES, JOINTS
from mitate.body.track import PoseTracker, Seen
from mitate.simulate.body_model import load_body
from mitate.simulate.movement_film import MovementScene, film_frames, film_truth, sample_scene
from mitate.simulate.movements import DOF, Motion
from mitate.simulate.mover import sample_mover
from mitate.simulate.studio import project

PUT_IN = {"pelvis_tilt": 35.0, "lumbar_flexion": 25.0, "pelvis_rotation": 30.0, "elbow_flexion_left": 60.0}
SHAPES = {"angles": (len(ANGLES),), "joints": (len(JOINTS), 3), "curve": (17, 2), "points": (33, 3)}


@pytest.fixture(scope="module")
def scene() -> MovementScene:
    """Three moments: upright, half bent and turned, bent and turned."""
    lacking = [name for name in ("anny", "embreex", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")
    rng = np.random.default_rng(12)
    mover = sample_mover(rng, load_body())
    dof = {name: np.linspace(0, PUT_IN.get(name, 0.0), 3) for name in DOF}
    motion = Motion("free", np.arange(3) / 10, dof, {}, mover.age, ())
    return sample_scene(rng, mover, motion, yaw=40.0, pitch=5.0, looseness=0.0, size=(240, 320))


def seen_from(scene: MovementScene, yaw: float) -> MovementScene:
    return replace(scene, view=replace(scene.view, yaw=yaw))


def drawn(scene: MovementScene) -> np.ndarray:
    """(n, height, width) where the person is, by a dark body in a bright room."""
    room = replace(scene.room, background=np.ones_like(scene.room.background), noise=0.0, blur_px=0.3,
                   key=0.0, ambient=0.2)  # fmt: skip
    dark = replace(scene.dress, colour=0 * scene.dress.colour, off_skin=0 * scene.dress.off_skin)
    films = list(film_frames(replace(scene, room=room, dress=dark)))
    return np.asarray(np.stack(films).mean(axis=3) < 100)


def test_rotations_are_against_the_camera_and_nothing_else_is(scene: MovementScene) -> None:
    level, turned = film_truth(seen_from(scene, 0.0)), film_truth(seen_from(scene, 170.0))
    assert level.angle("pelvis_rotation") == pytest.approx([0, 15, 30], abs=1e-4)
    assert turned.angle("pelvis_rotation") == pytest.approx([170, 185, 200], abs=1e-4)  # not wrapped
    assert turned.angle("trunk_rotation") - level.angle("trunk_rotation") == pytest.approx([170] * 3)
    for name in ANGLES:
        if name not in ("pelvis_rotation", "trunk_rotation"):
            assert np.array_equal(level.angle(name), turned.angle(name)), name
    for name in ("joints", "curve", "points"):
        assert np.array_equal(getattr(level, name), getattr(turned, name)), name


def test_the_truth_has_a_row_a_moment_and_is_what_was_put_in(scene: MovementScene) -> None:
    truth = film_truth(scene)
    assert np.array_equal(truth.times_s, scene.motion.times_s)
    for name, shape in SHAPES.items():
        assert getattr(truth, name).shape == (3, *shape), name
        assert np.isfinite(getattr(truth, name)).all(), name
    assert truth.angle("pelvis_tilt") == pytest.approx([0, 17.5, 35], abs=1e-4)
    assert truth.angle("lumbar_flexion") == pytest.approx([0, 12.5, 25], abs=1e-4)


def test_pixels_are_the_points_in_the_camera(scene: MovementScene) -> None:
    truth = film_truth(scene)
    assert np.array_equal(truth.pixels, project(truth.points, scene.view, scene.mover.height_m))
    moved = replace(scene, view=replace(scene.view, focal_px=2 * scene.view.focal_px))
    middle = 0.5 * (np.array([scene.view.width, scene.view.height]) - 1)
    assert np.allclose(film_truth(moved).pixels - middle, 2 * (truth.pixels - middle))


def test_a_picture_a_moment_and_the_same_seed_gives_the_same(scene: MovementScene) -> None:
    film, again = (np.stack(list(film_frames(scene))) for _ in range(2))
    assert film.shape == (3, 320, 240, 3)
    assert film.dtype == np.uint8
    assert np.array_equal(film, again)
    other = next(iter(film_frames(replace(scene, noise_seed=scene.noise_seed + 1))))
    assert not np.array_equal(film[0], other)
    assert np.abs(film[0].astype(int) - other).mean() < 12  # only the sensor's noise


@pytest.mark.parametrize("yaw", [0.0, 90.0, -140.0])
def test_the_silhouette_lies_where_the_points_are(scene: MovementScene, yaw: float) -> None:
    turned = seen_from(scene, yaw)
    truth = film_truth(turned)
    height = np.ptp(truth.pixels[0, :, 1])
    for mask, pixels in zip(drawn(turned), truth.pixels, strict=True):
        rows, columns = np.nonzero(mask)
        away = np.hypot(columns[:, None] - pixels[:, 0], rows[:, None] - pixels[:, 1])
        assert away.min(axis=0).max() < 2.0  # every point is on the person
        inside = [INDEX[f"{s}_{p}"] for s in ("left", "right") for p in ("shoulder", "hip", "knee")]
        assert away[:, inside].min(axis=0).max() < 0.75
        assert away.min(axis=1).max() < 0.25 * height  # and the person is around the points


@pytest.mark.parametrize("yaw", [0.0, 35.0])
def test_the_detector_finds_an_upright_person_where_they_are(
    scene: MovementScene, weights_ready: None, yaw: float
) -> None:
    upright = replace(scene.motion, times_s=np.zeros(1), dof={name: np.zeros(1) for name in DOF})
    filmed = replace(seen_from(scene, yaw), motion=upright)
    seen = PoseTracker()(next(iter(film_frames(filmed))), 0.0)
    assert isinstance(seen, Seen)
    true = film_truth(filmed).pixels[0]
    height = np.ptp(np.nonzero(drawn(filmed)[0])[0])
    for part in ("shoulder", "hip", "knee"):
        for side in ("left", "right"):
            point = INDEX[f"{side}_{part}"]
            away = float(np.linalg.norm(seen.pose.points[point] - true[point]))
            assert away < 0.05 * height, f"{side} {part}: {away:.1f} px of {height}"
