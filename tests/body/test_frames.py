from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from mitate.body import frames
from mitate.body.frames import GROUND, OPENSIM_GROUND, fit_rotation, mean_rotation

Array = NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)

# A person in OpenSim's ground: x forward, y up, z to the right, metres.
PERSON: dict[str, Array] = {
    name: np.array(place)
    for name, place in {
        "right_asis": (0.1, 1.0, 0.13),
        "left_asis": (0.1, 1.0, -0.13),
        "sacrum": (-0.1, 1.0, 0.0),
        "right_hip": (0.0, 0.9, 0.09),
        "left_hip": (0.0, 0.9, -0.09),
        "l5s1": (0.0, 1.05, 0.0),
        "c7": (-0.08, 1.5, 0.0),
        "t8": (-0.1, 1.3, 0.0),
        "jugular_notch": (0.08, 1.45, 0.0),
        "xiphoid": (0.1, 1.25, 0.0),
        "right_shoulder": (0.0, 1.45, 0.18),
        "left_shoulder": (0.0, 1.45, -0.18),
        "lateral_epicondyle": (0.0, 0.5, 0.14),
        "medial_epicondyle": (0.0, 0.5, 0.04),
        "knee": (0.0, 0.5, 0.09),
        "lateral_malleolus": (0.0, 0.1, 0.13),
        "medial_malleolus": (0.0, 0.1, 0.05),
    }.items()
}


def built(p: dict[str, Array]) -> dict[str, Array]:
    """Every kind of frame of this person."""
    with np.errstate(invalid="ignore"):
        across = p["right_asis"] - p["left_asis"]
    return {
        "pelvis_from_spines": frames.pelvis_from_spines(p["right_asis"], p["left_asis"], p["sacrum"]),
        "pelvis_from_hips": frames.pelvis_from_hips(p["right_hip"], p["left_hip"], p["l5s1"]),
        "thorax": frames.thorax(p["c7"], p["t8"], p["jugular_notch"], p["xiphoid"]),
        "thorax_from_shoulders": frames.thorax_from_shoulders(
            p["right_shoulder"], p["left_shoulder"], p["l5s1"]
        ),
        "thigh": frames.thigh(p["right_hip"], p["lateral_epicondyle"], p["medial_epicondyle"]),
        "shank": frames.shank(p["knee"], p["lateral_malleolus"], p["medial_malleolus"]),
        "limb": frames.limb(p["right_hip"], p["knee"], across),
    }


def rotation(seed: int) -> Array:
    return np.asarray(Rotation.random(rng=np.random.default_rng(seed)).as_matrix())


def test_who_stands_straight_has_the_axes_of_the_world() -> None:
    for name, frame in built(PERSON).items():
        np.testing.assert_allclose(frame, OPENSIM_GROUND, atol=1e-12, err_msg=name)


@given(seed=seeds, size=st.floats(1e-3, 1e4))
def test_frames_turn_with_the_person_whatever_size_and_place(seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    person = {name: place + rng.normal(0, 0.02, 3) for name, place in PERSON.items()}
    turn, shift = rotation(seed), rng.normal(0, 10, 3)
    moved = built({name: size * (turn @ place + shift) for name, place in person.items()})
    for name, frame in built(person).items():
        np.testing.assert_allclose(moved[name], turn @ frame, atol=1e-8, err_msg=name)
        np.testing.assert_allclose(frame.T @ frame, np.eye(3), atol=1e-12, err_msg=name)
        assert np.linalg.det(frame) == pytest.approx(1)


def test_over_time_unknown_points_make_unknown_frames_only() -> None:
    film = {name: np.tile(place, (4, 1)) for name, place in PERSON.items()}
    for place in film.values():
        place[1], place[2] = np.nan, np.inf
    for name, frame in built(film).items():
        assert frame.shape == (4, 3, 3), name
        assert np.isfinite(frame[[0, 3]]).all(), name
        assert np.isnan(frame[1:3]).all(), name


def test_points_in_one_line_or_upon_each_other_span_nothing() -> None:
    a, b, c = np.array([0.0, 0, 0]), np.array([0.0, 1, 0]), np.array([0.0, 2, 0])
    assert np.isnan(frames.pelvis_from_spines(a, b, c)).all()
    assert np.isnan(frames.thigh(a, b, b)).all()
    assert np.isnan(frames.limb(a, a, c)).all()
    assert np.isfinite(frames.thigh(np.array([0, 1e-200, 0]), [0, 0, 1e-200], [0, 0, -1e-200])).all()


def test_midpoint_takes_any_number() -> None:
    np.testing.assert_allclose(frames.midpoint([0, 0, 0], [3, 0, 0], [0, 3, 0]), [1, 1, 0])


def test_heading_holds_in_a_deep_bend() -> None:
    for bend in (0, 45, 89, 90, 120):
        pelvis = GROUND @ Rotation.from_euler("YXZ", [30, 5, -bend], degrees=True).as_matrix()
        ahead = frames.heading(pelvis)
        # 30 degrees to the person's left of +z is towards +x.
        np.testing.assert_allclose(ahead, [np.sin(np.pi / 6), 0, np.cos(np.pi / 6)], atol=1e-12)


def test_grounds_are_right_handed() -> None:
    assert np.linalg.det(GROUND) == pytest.approx(1)
    np.testing.assert_allclose(GROUND[:, 0], [0, 0, 1])  # people look along +z
    np.testing.assert_allclose(-GROUND[:, 2], [1, 0, 0])  # and have x to their left


@given(seed=seeds, markers=st.integers(3, 8))
def test_a_turned_cluster_gives_its_turn_back(seed: int, markers: int) -> None:
    rng = np.random.default_rng(seed)
    cluster = rng.normal(0, 0.1, (markers, 3))
    turns = np.stack([rotation(seed + i) for i in range(3)])
    moved = cluster @ np.swapaxes(turns, -1, -2) + rng.normal(0, 1, (3, 1, 3))
    np.testing.assert_allclose(fit_rotation(cluster, moved), turns, atol=1e-5)


def test_a_fit_is_the_least_squares_one() -> None:
    rng = np.random.default_rng(3)
    cluster = rng.normal(0, 0.1, (6, 3))
    moved = cluster @ rotation(5).T + rng.normal(0, 0.01, (6, 3))
    expected, _ = Rotation.align_vectors(moved - moved.mean(0), cluster - cluster.mean(0))
    np.testing.assert_allclose(fit_rotation(cluster, moved), expected.as_matrix(), atol=1e-9)
    moved[1] = np.nan
    some = [0, 2, 3, 4, 5]
    np.testing.assert_allclose(
        fit_rotation(cluster, moved), fit_rotation(cluster[some], moved[some]), atol=1e-12
    )


def test_too_few_markers_or_a_line_of_them_fix_no_rotation() -> None:
    cluster = np.eye(3)
    film = np.stack([cluster, cluster, cluster])
    film[1, 0] = np.nan
    found = fit_rotation(cluster, film)
    np.testing.assert_allclose(found[0], np.eye(3), atol=1e-12)
    assert np.isnan(found[1]).all()
    line = np.outer(np.arange(4.0), [1, 2, 3])
    assert np.isnan(fit_rotation(line, line)).all()
    assert np.isnan(fit_rotation(np.zeros((3, 3)), np.zeros((3, 3)))).all()


def test_the_mean_of_rotations_about_one() -> None:
    turns = Rotation.from_euler("z", np.array([[10], [20], [30], [40]]), degrees=True).as_matrix()
    turns = np.concatenate([turns, np.full((1, 3, 3), np.nan)])
    np.testing.assert_allclose(
        mean_rotation(turns), Rotation.from_euler("z", 25, degrees=True).as_matrix(), atol=1e-12
    )
    assert np.isnan(mean_rotation(turns[-1:])).all()
