from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from tests.learn.lift_clips import COUNT, about, clip, seen_from, write

from mitate.body.lift_input import MASKED, VECTOR, mirrored_vectors
from mitate.body.points import MIRRORED
from mitate.body.recording import ANGLES, JOINTS
from mitate.errors import InputError
from mitate.learn.lift_batches import (
    Clip,
    LiftBatch,
    TargetParts,
    _elsewhere,
    _mirrored_truth,
    _turn,
    draw_batch,
    load_clips,
)

Floats = NDArray[np.float32]
ROTATION = ANGLES.index("pelvis_rotation")


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    return [clip(seed) for seed in range(3)]


def _parts(batch: LiftBatch) -> dict[str, NDArray[np.generic]]:
    truth = {name: getattr(batch.truth, name) for name in TargetParts.__dataclass_fields__}
    return {"vectors": batch.vectors, "patches": batch.patches, **truth}


@given(
    angles=hnp.arrays(np.float32, (4, len(ANGLES)), elements=st.floats(-170, 170, width=32)),
    joints=hnp.arrays(np.float32, (4, len(JOINTS), 3), elements=st.floats(-2, 2, width=32)),
    tilt=hnp.arrays(np.float32, (4, 2), elements=st.floats(-40, 40, width=32)),
)
@settings(max_examples=20)
def test_the_mirror_of_the_mirrored_truth_is_the_truth(angles: Floats, joints: Floats, tilt: Floats) -> None:
    once = _mirrored_truth(angles, joints, tilt)
    for before, after in zip((angles, joints, tilt), _mirrored_truth(*once), strict=True):
        np.testing.assert_array_equal(after, before)
        assert after.dtype == np.float32


def test_the_mirror_keeps_bending_and_turns_leaning_and_rotation_over() -> None:
    angles = np.arange(1, len(ANGLES) + 1, dtype=np.float32)[None]
    joints = np.arange(len(JOINTS) * 3, dtype=np.float32).reshape(1, len(JOINTS), 3)
    turned, moved, _ = _mirrored_truth(angles, joints, np.zeros((1, 2), np.float32))
    before, after = dict(zip(ANGLES, angles[0], strict=True)), dict(zip(ANGLES, turned[0], strict=True))
    assert after["trunk_inclination"] == before["trunk_inclination"]
    assert after["trunk_list"] == -before["trunk_list"]
    assert after["pelvis_rotation"] == -before["pelvis_rotation"]
    assert after["knee_flexion_left"] == before["knee_flexion_right"]
    left, right = JOINTS.index("left_wrist"), JOINTS.index("right_wrist")
    np.testing.assert_array_equal(moved[0, left], joints[0, right] * [-1, 1, 1])


@pytest.mark.parametrize("view", [(40.0, 0.0, 0.0), (-120.0, 12.0, 3.0), (175.0, -8.0, -5.0)])
def test_rows_and_truth_are_mirrored_alike(clips: list[Clip], view: tuple[float, float, float]) -> None:
    """A mirrored body before a camera that is turned, and tilted, to the other side."""
    points = (
        clips[0].points
        + np.array([0.05, 0, 0.02], np.float32) * np.arange(30, dtype=np.float32)[:, None, None]
    )
    other = points[:, list(MIRRORED)] * np.array([-1, 1, 1], np.float32)
    angles = np.zeros((1, len(ANGLES)), np.float32)
    angles[:, ROTATION] = view[0]
    joints = np.zeros((1, len(JOINTS), 3), np.float32)
    turned, _, tilt = _mirrored_truth(angles, joints, np.array([view[1:]], np.float32))
    opposite = (float(turned[0, ROTATION]), float(tilt[0, 0]), float(tilt[0, 1]))
    expected = mirrored_vectors(seen_from(points, view, 2.0))
    np.testing.assert_allclose(seen_from(other, opposite, 2.0), expected, atol=2e-5)


@given(yaw=st.floats(-180, 180), pitch=st.floats(-40, 40), roll=st.floats(-20, 20))
@settings(max_examples=30)
def test_a_view_turns_about_y_then_x_then_z(yaw: float, pitch: float, roll: float) -> None:
    expected = about("z", roll) @ about("x", pitch) @ about("y", yaw)
    np.testing.assert_allclose(_turn(yaw, pitch, roll), expected, atol=1e-12)


def _off(vectors: Floats, points: Floats, view: tuple[float, float, float]) -> float:
    """How far rows are from the points seen like that, in body lengths, at the distance that fits best."""
    kept = vectors[:, 2 * COUNT : 3 * COUNT] > 0
    at = []
    for distance in np.geomspace(1.1, 4.0, 12):
        apart = (vectors - seen_from(points, view, float(distance)))[:, : 2 * COUNT].reshape(-1, COUNT, 2)
        at.append(float(np.sqrt((apart[kept] ** 2).mean())))
    return min(at)


@pytest.mark.parametrize("seed", range(6))
def test_rows_from_elsewhere_are_the_points_seen_from_there(clips: list[Clip], seed: int) -> None:
    own, whole = clips[seed % 3], slice(0, 30)
    vectors, angles, tilt = _elsewhere(np.random.default_rng(seed), own, whole)
    turned = angles - own.angles
    others = [i for i, name in enumerate(ANGLES) if name not in ("pelvis_rotation", "trunk_rotation")]
    np.testing.assert_array_equal(turned[:, others], 0)
    np.testing.assert_allclose(turned[:, ROTATION], turned[0, ROTATION], atol=1e-3)
    view = (float(own.view[0] + turned[0, ROTATION]), float(tilt[0, 0]), float(tilt[0, 1]))
    assert _off(vectors, own.points, view) < 0.03
    for wrong in (view[0] + 40, view[0] - 40):
        assert _off(vectors, own.points, (wrong, *view[1:])) > 0.045
    np.testing.assert_array_equal(vectors[:, 3 * COUNT : MASKED + 1], 0.0)  # no metres, no silhouette
    hidden = vectors[:, 2 * COUNT : 3 * COUNT] == 0
    np.testing.assert_array_equal(vectors[:, : 2 * COUNT].reshape(-1, COUNT, 2)[hidden], 0.0)


@pytest.mark.parametrize("changed", [True, False])
def test_a_batch_has_its_shapes_and_types(clips: list[Clip], changed: bool) -> None:
    batch = draw_batch(np.random.default_rng(0), clips, 7, 12, changed=changed)
    shapes = {
        "vectors": (VECTOR,),
        "patches": (64, 64),
        "angles": (14,),
        "joints": (24, 3),
        "curve": (17, 2),
        "tilt": (2,),
        "known": (),
    }
    for name, values in _parts(batch).items():
        assert values.shape == (7, 12, *shapes[name]), name
        assert np.isfinite(values).all(), name
    assert batch.patches.dtype == np.uint8
    assert batch.truth.known.dtype == np.bool_
    floats = ("vectors", "angles", "joints", "curve", "tilt")
    assert all(_parts(batch)[name].dtype == np.float32 for name in floats)


def test_the_same_seed_draws_the_same_batch(clips: list[Clip]) -> None:
    first, again = (_parts(draw_batch(np.random.default_rng(4), clips, 6, 12)) for _ in range(2))
    other = _parts(draw_batch(np.random.default_rng(5), clips, 6, 12))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["vectors"], other["vectors"])


def test_for_judging_rows_are_as_they_were_read(clips: list[Clip]) -> None:
    batch = draw_batch(np.random.default_rng(1), clips, 8, 30, changed=False)
    for i in range(8):
        assert any(
            np.array_equal(batch.vectors[i], own.vectors)
            and np.array_equal(batch.patches[i], own.patches)
            and np.array_equal(batch.truth.angles[i], own.angles)
            and np.array_equal(batch.truth.curve[i], own.curve)
            for own in clips
        )
        np.testing.assert_array_equal(batch.truth.tilt[i], np.tile([3.0, -1.0], (30, 1)))


def test_drawing_leaves_the_clips_as_they_are() -> None:
    used, untouched = clip(7), clip(7)
    draw_batch(np.random.default_rng(2), [used], 40, 12)
    for name in ("vectors", "patches", "seen", "angles", "joints", "curve", "points", "view"):
        np.testing.assert_array_equal(getattr(used, name), getattr(untouched, name), err_msg=name)


def test_every_kind_of_row_is_drawn(clips: list[Clip]) -> None:
    batch = draw_batch(np.random.default_rng(3), clips, 200, 12)
    silhouette = batch.vectors[:, 0, MASKED] > 0
    np.testing.assert_array_equal(batch.patches.any(axis=(1, 2, 3)), silhouette)
    assert 0.45 < silhouette.mean() < 0.8  # 0.75 as read, of which 0.85 keep it
    assert not batch.vectors[:, :, 3 * COUNT : MASKED].any()  # the detector's own metres
    assert (batch.vectors[:, 0, 2 * COUNT : 3 * COUNT] == 0).any(axis=1).mean() > 0.2
    assert batch.truth.known.all()


def test_clips_of_points_only_are_seen_from_elsewhere(clips: list[Clip], tmp_path: Path) -> None:
    whole = clips[0]
    fields = {name: getattr(whole, name) for name in ("angles", "joints", "points", "view")}
    np.savez(tmp_path / "points.npz", **fields, curve=100 * whole.curve, looseness=0.0)
    bare = load_clips(tmp_path)["points.npz"]
    assert not bare.pictured
    np.testing.assert_allclose(bare.curve, whole.curve, rtol=1e-6)
    batch = draw_batch(np.random.default_rng(5), [bare, whole], 100, 12)
    assert batch.truth.known.all()
    assert batch.vectors[:, :, : 2 * COUNT].any(axis=(1, 2)).all()
    assert 0.3 < batch.patches.any(axis=(1, 2, 3)).mean() < 0.7
    judged = draw_batch(np.random.default_rng(5), [bare, whole], 20, 12, changed=False)
    assert judged.patches.any(axis=(1, 2, 3)).all()


def test_missed_moments_are_known_only_where_the_true_points_stand_in(clips: list[Clip]) -> None:
    seen = np.arange(30) % 2 == 0
    half = Clip(**{**{n: getattr(clips[0], n) for n in Clip.__dataclass_fields__}, "seen": seen})
    batch = draw_batch(np.random.default_rng(3), [half], 60, 12)
    from_elsewhere = batch.truth.known.all(axis=1)
    assert 0.1 < from_elsewhere.mean() < 0.45
    np.testing.assert_array_equal(batch.truth.known[~from_elsewhere].sum(axis=1), 6)


def test_clips_are_read_once_and_new_ones_taken_in(tmp_path: Path, clips: list[Clip]) -> None:
    write(tmp_path / "a.npz", clips[0], movement=np.array("squat"))
    write(tmp_path / "short.npz", clip(3, moments=20))
    first = load_clips(tmp_path)
    assert list(first) == ["a.npz"]
    np.testing.assert_allclose(first["a.npz"].curve, clips[0].curve, atol=1e-6)
    np.testing.assert_array_equal(first["a.npz"].angles, clips[0].angles)
    assert first["a.npz"].looseness == 0.0
    write(tmp_path / "b.npz", clips[1])
    more = load_clips(tmp_path, first)
    assert set(more) == {"a.npz", "b.npz"}
    assert more["a.npz"] is first["a.npz"]
    assert set(first) == {"a.npz"}
    assert set(load_clips(tmp_path, least=20)) == {"a.npz", "b.npz", "short.npz"}


def test_no_clips_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no training clips"):
        load_clips(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file", b"something else"])
def test_a_file_that_is_no_clip_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.npz: not a training clip"):
        load_clips(tmp_path)


def test_a_clip_without_its_truth_is_named(tmp_path: Path, clips: list[Clip]) -> None:
    np.savez(tmp_path / "part.npz", seen=clips[0].seen)
    with pytest.raises(InputError, match=r"part\.npz: not a training clip"):
        load_clips(tmp_path)
