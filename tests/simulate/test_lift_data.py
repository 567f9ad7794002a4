"""Clips for the lift: a number is a clip, what the detector read stands beside what is true."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from mitate.body.lift_input import PATCH_SIDE, VECTOR
from mitate.body.points import INDEX
from mitate.body.read import Networks
from mitate.body.recording import ANGLES, JOINTS
from mitate.simulate import lift_data
from mitate.simulate.body_model import load_body
from mitate.simulate.lift_data import POINTS_EACH, RATE_HZ, draw_scene, make_clip, make_clips, make_points
from mitate.simulate.movement_film import MovementScene, film_truth, sample_scene
from mitate.simulate.movements import DOF, Motion
from mitate.simulate.mover import sample_mover

TRUTH = {"angles": (len(ANGLES),), "joints": (len(JOINTS), 3), "curve": (17, 2), "points": (33, 3)}
SEED = 77


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    lacking = [name for name in ("anny", "embreex", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")


@pytest.fixture(scope="module")
def bodies(weights_ready: None) -> Networks:
    return Networks.load()


@pytest.fixture(scope="module")
def tiny() -> MovementScene:
    rng = np.random.default_rng(2)
    mover = sample_mover(rng, load_body())
    dof = {name: np.zeros(3) for name in DOF} | {"pelvis_tilt": np.array([0.0, 8.0, 16.0])}
    motion = Motion("free", np.arange(3) / RATE_HZ, dof, {}, mover.age, ())
    return sample_scene(rng, mover, motion, yaw=30.0, pitch=3.0, looseness=0.0, size=(192, 256))


def same(one: MovementScene, other: MovementScene) -> bool:
    return (
        one.view == other.view
        and one.noise_seed == other.noise_seed
        and one.mover.phenotype == other.mover.phenotype
        and one.motion.movement == other.motion.movement
        and one.motion.faults == other.motion.faults
        and all(np.array_equal(values, other.motion.dof[name]) for name, values in one.motion.dof.items())
        and np.array_equal(one.dress.colour, other.dress.colour)
        and np.array_equal(one.dress.off_skin, other.dress.off_skin)
        and np.array_equal(one.room.background, other.room.background)
    )


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_a_number_is_a_scene() -> None:
    first = draw_scene(SEED, 3)
    assert same(first, draw_scene(SEED, 3))
    assert not same(first, draw_scene(SEED, 4))
    assert not same(first, draw_scene(SEED + 1, 3))


def test_scenes_are_short_and_of_every_side() -> None:
    scenes = [draw_scene(SEED, index) for index in range(12)]
    for scene in scenes:
        assert 1 < len(scene.motion) <= 40
        assert np.allclose(scene.motion.times_s, np.arange(len(scene.motion)) / RATE_HZ)
        assert set(scene.motion.dof) == set(DOF)
        assert {len(values) for values in scene.motion.dof.values()} == {len(scene.motion)}
        assert scene.motion.repetitions == ()  # a part of a movement has none
    assert np.ptp([scene.view.yaw for scene in scenes]) > 180
    assert len({scene.motion.movement for scene in scenes}) > 3
    assert "free" in {scene.motion.movement for scene in scenes}


def test_a_clip_is_what_was_read_beside_what_is_true(tiny: MovementScene, bodies: Networks) -> None:
    clip = make_clip(tiny, bodies)
    assert clip is not None
    assert clip["vectors"].shape == (3, VECTOR)
    assert clip["patches"].shape == (3, PATCH_SIDE, PATCH_SIDE)
    assert clip["seen"].tolist() == [True] * 3
    for name, shape in TRUTH.items():
        assert clip[name].shape == (3, *shape), name
        assert clip[name].dtype == np.float32, name
        assert np.isfinite(clip[name]).all(), name
    truth, height = film_truth(tiny), tiny.mover.height_m
    assert np.allclose(clip["angles"], truth.angles, atol=1e-4)
    assert np.allclose(height * clip["joints"], truth.joints, atol=1e-5)
    assert np.allclose(height * clip["curve"], truth.curve, atol=1e-3)
    assert np.allclose(height * clip["points"], truth.points, atol=1e-5)
    assert clip["view"] == pytest.approx([30.0, 3.0, tiny.view.roll])
    assert (float(clip["age"]), str(clip["movement"])) == (tiny.mover.age, "free")
    shares = (clip["patches"] > 127).mean(axis=(1, 2))
    assert ((shares > 0.1) & (shares < 0.8)).all()  # there is a person in the silhouette's square


def test_nobody_in_the_picture_is_no_clip(tiny: MovementScene, bodies: Networks) -> None:
    away = replace(tiny, view=replace(tiny.view, aim=(40.0, 0.0)))
    assert make_clip(away, bodies) is None


def test_points_alone_are_a_clip_without_pictures() -> None:
    clip, again, other = (make_points(SEED, index) for index in (2, 2, 3))
    assert "vectors" not in clip
    for name, shape in TRUTH.items():
        assert clip[name].shape == (40, *shape), name
        assert clip[name].dtype == np.float32, name
        assert np.isfinite(clip[name]).all(), name
        assert np.array_equal(clip[name], again[name]), name
        assert not np.array_equal(clip[name], other[name]), name
    assert clip["view"].tolist() == [0, 0, 0]
    assert str(clip["movement"]) == "wild"
    assert 20 <= float(clip["age"]) <= 90
    feet = clip["points"][:, [INDEX["left_foot_index"], INDEX["right_foot_index"]], 1]
    assert (feet.min(axis=1) > -1e-5).all()  # in standing heights, above the floor
    assert clip["points"][:, INDEX["nose"], 1].max() < 1.1


def test_clips_go_on_where_they_stopped_and_leave_files_alone(
    tmp_path: Path, bodies: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lift_data, "_MOST_FRAMES", 2)  # pictures take long
    kept = tmp_path / f"{SEED}-00000.npz"
    kept.write_bytes(b"an earlier clip")
    make_clips(tmp_path, SEED, range(1))
    assert set(files(tmp_path)) == {kept.name}
    make_clips(tmp_path, SEED, range(2))
    made = files(tmp_path)
    assert made[kept.name][0] == b"an earlier clip"
    points = {f"{SEED}-points-{one:06d}.npz" for one in range(POINTS_EACH, 2 * POINTS_EACH)}
    assert set(made) == {kept.name, f"{SEED}-00001.npz"} | points
    with np.load(tmp_path / f"{SEED}-00001.npz", allow_pickle=False) as clip:
        assert clip["angles"].shape == (2, len(ANGLES))
        assert "allow_pickle" not in clip.files
    (tmp_path / f"{SEED}-00001.npz").unlink()  # as if it had been stopped before the pictures
    make_clips(tmp_path, SEED, range(2))
    again = files(tmp_path)
    assert {name: again[name] for name in made if name != f"{SEED}-00001.npz"} == {
        name: made[name] for name in made if name != f"{SEED}-00001.npz"
    }
    assert again[f"{SEED}-00001.npz"][0] == made[f"{SEED}-00001.npz"][0]
