from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from tests.body.lift_tracks import bending, mirrored, missing, rows

from mitate.body.clip import PoseTrack
from mitate.body.lift_input import (
    MASKED,
    METRIC,
    PATCH_SIDE,
    PATCH_SPAN,
    VECTOR,
    body_length,
    lift_input,
    mirrored_vectors,
)
from mitate.body.points import INDEX, MIRRORED, POINTS
from mitate.body.region import Region, matrix

TIMES = np.arange(12) / 10
COUNT = len(POINTS)


@pytest.fixture(scope="module")
def track() -> PoseTrack:
    return bending(TIMES, every_s=1.2)


def test_the_body_length_is_trunk_thigh_and_shank() -> None:
    upright = bending(np.zeros(3), turn_deg=0.0, masks=False)
    expected = 240 * (0.5 + 0.42 + 0.40)  # as drawn, in pixels
    assert body_length(upright.points, upright.visibility) == pytest.approx(expected, rel=1e-5)


@settings(max_examples=30)
@given(
    x=st.floats(-500, 500),
    y=st.floats(-500, 500),
    scale=st.floats(0.1, 10),
    turn=st.floats(0, 2 * np.pi),
)
def test_the_body_length_goes_with_the_picture(x: float, y: float, scale: float, turn: float) -> None:
    track = bending(TIMES, every_s=1.2, masks=False)
    points = track.points.astype(np.float64)
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    moved = points @ np.array([[cos, sin], [-sin, cos]]) + [x, y]
    whole = body_length(points, track.visibility)
    assert body_length(moved, track.visibility) == pytest.approx(scale * whole, rel=1e-6)


@settings(max_examples=40)
@given(gone=hnp.arrays(np.bool_, (12, COUNT)))
def test_the_body_length_survives_lost_points(gone: NDArray[np.bool_]) -> None:
    upright = bending(np.zeros(12), turn_deg=0.0, masks=False)
    points, visibility = upright.points.copy(), upright.visibility.copy()
    points[gone], visibility[gone] = np.nan, 0.0
    length = body_length(points, visibility)
    torso = [INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("shoulder", "hip")]
    legs = [[INDEX[f"{side}_{part}"] for part in ("hip", "knee", "ankle")] for side in ("left", "right")]
    seen = (~gone[:, torso]).all(axis=1).any()
    for part in (slice(0, 2), slice(1, 3)):
        seen &= any((~gone[:, leg[part]]).all(axis=1).any() for leg in legs)
    assert np.isfinite(length) == seen
    if seen:
        assert length == pytest.approx(240 * 1.32, rel=1e-4)


def test_clear_points_are_asked_first_and_hidden_ones_where_there_are_no_others() -> None:
    upright = bending(np.zeros(4), turn_deg=0.0, masks=False)
    points, visibility = upright.points.copy(), upright.visibility.copy()
    ankles = [INDEX["left_ankle"], INDEX["right_ankle"]]
    points[:2, ankles, 1] += 500.0  # far off, and hidden
    visibility[:2, ankles] = 0.1
    assert body_length(points, visibility) == pytest.approx(240 * 1.32, rel=1e-4)
    visibility[:] = 0.1
    assert body_length(points, visibility) > 240 * 1.32 + 400


def test_the_rows_hold_what_they_say(track: PoseTrack) -> None:
    given_ = lift_input(track)
    assert given_.vectors.shape == (12, VECTOR)
    assert given_.vectors.dtype == np.float32
    assert given_.patches.shape == (12, PATCH_SIDE, PATCH_SIDE)
    assert given_.seen.all()
    places = given_.vectors[:, : 2 * COUNT].reshape(12, COUNT, 2)
    hips = places[:, [INDEX["left_hip"], INDEX["right_hip"]]].mean(axis=1)
    np.testing.assert_allclose(hips, 0, atol=1e-6)
    assert places[0, INDEX["nose"], 1] > 0.2  # y is up
    assert places[0, INDEX["left_ankle"], 1] < -0.2
    np.testing.assert_allclose(given_.vectors[:, 2 * COUNT : 3 * COUNT], 0.95)
    np.testing.assert_array_equal(given_.vectors[:, MASKED], 1.0)


def test_the_detectors_own_metres_are_left_out_unless_asked_for(track: PoseTrack) -> None:
    without, with_them = lift_input(track), lift_input(track, metres=True)
    assert not without.vectors[:, 3 * COUNT : METRIC + 1].any()
    np.testing.assert_array_equal(with_them.vectors[:, METRIC], 1.0)
    assert with_them.vectors[:, 3 * COUNT : METRIC].any()
    with_them.vectors[:, 3 * COUNT : METRIC + 1] = 0.0
    np.testing.assert_array_equal(with_them.vectors, without.vectors)


def test_lost_points_are_zero_with_no_visibility(track: PoseTrack) -> None:
    points, visibility = track.points.copy(), track.visibility.copy()
    wrist = INDEX["left_wrist"]
    points[4, wrist], visibility[4, wrist] = np.nan, 0.7
    given_ = lift_input(replace(track, points=points, visibility=visibility))
    assert given_.seen.all()
    np.testing.assert_array_equal(given_.vectors[4, 2 * wrist : 2 * wrist + 2], 0.0)
    assert given_.vectors[4, 2 * COUNT + wrist] == 0.0
    assert np.isfinite(given_.vectors).all()


def test_missed_frames_are_empty(track: PoseTrack) -> None:
    gone = np.arange(12) % 3 == 1
    given_ = lift_input(missing(track, gone))
    np.testing.assert_array_equal(given_.seen, ~gone)
    assert not given_.vectors[gone].any()
    assert not given_.patches[gone].any()


@pytest.mark.parametrize("kind", ["nobody", "no frames", "one place"])
def test_a_track_of_nothing_gives_nothing(track: PoseTrack, kind: str) -> None:
    empty = {
        "nobody": missing(track, np.ones(12, bool)),
        "no frames": rows(track, slice(0, 0)),
        "one place": replace(track, points=np.full_like(track.points, 50.0)),
    }[kind]
    given_ = lift_input(empty)
    assert not given_.seen.any()
    assert not given_.vectors.any()
    assert not given_.patches.any()


def test_without_masks_and_metres_the_row_says_so(track: PoseTrack) -> None:
    bare = replace(track, masks=None, world=np.full_like(track.world, np.nan))
    given_ = lift_input(bare, metres=True)
    np.testing.assert_array_equal(given_.vectors[:, 3 * COUNT : MASKED + 1], 0.0)
    assert not given_.patches.any()


@settings(max_examples=15)
@given(factor=st.floats(0.3, 3), x=st.floats(-50, 50), y=st.floats(-50, 50))
def test_size_and_place_in_the_picture_do_not_matter(factor: float, x: float, y: float) -> None:
    track = bending(np.arange(3) / 2)
    regions = tuple(
        Region((r.centre[0] * factor + x, r.centre[1] * factor + y), r.size * factor, r.rotation)
        for r in track.regions
        if r is not None
    )
    moved = replace(track, points=(track.points * factor + [x, y]).astype(np.float32), regions=regions)
    before, after = lift_input(track), lift_input(moved)
    np.testing.assert_allclose(after.vectors, before.vectors, atol=1e-4)
    off = np.abs(after.patches.astype(int) - before.patches)
    assert off.mean() < 0.5
    assert after.length_px == pytest.approx(factor * before.length_px, rel=1e-4)


Box = tuple[float, float, float, float]


def _with_box(track: PoseTrack, region: Region, box: Box) -> PoseTrack:
    """An upright rectangle of the picture as the mask, its edges soft over one pixel of the mask."""
    v, u = np.mgrid[0:256, 0:256]
    turn, shift = np.split(matrix(region, 256), [2], axis=1)
    x, y = np.moveaxis(np.stack([u, v], axis=-1) @ turn.T + shift[:, 0], 2, 0)
    pixel = region.size / 256
    left, top, right, bottom = box
    inside = np.minimum.reduce([x - left, right - x, y - top, bottom - y]) / pixel
    mask = np.clip(255 * (inside + 0.5), 0, 255).astype(np.uint8)
    return replace(track, masks=mask[None], regions=(region,))


def _crossings(line: NDArray[np.uint8]) -> tuple[float, float]:
    """Where a line of pixels first rises over and last falls under one half, in pixels."""
    over = np.flatnonzero(line > 127.5)
    first, last = int(over[0]), int(over[-1])
    a, b = line[first - 1].astype(float), line[first].astype(float)
    c, d = line[last].astype(float), line[last + 1].astype(float)
    return first - 1 + (127.5 - a) / (b - a), last + (c - 127.5) / (c - d)


@pytest.mark.parametrize("rotation", [0.0, 33.0, -90.0, 171.0])
@pytest.mark.parametrize("size", [330.0, 520.0])
@pytest.mark.parametrize("pixels", [1.0, 0.5, 3.0])
def test_edges_of_the_silhouette_lie_where_they_are(rotation: float, size: float, pixels: float) -> None:
    upright = bending(np.zeros(1), turn_deg=20.0, masks=False)
    track = replace(upright, points=upright.points * np.float32(pixels))
    shoulders = [INDEX["left_shoulder"], INDEX["right_shoulder"]]
    hips = [INDEX["left_hip"], INDEX["right_hip"]]
    middle = 0.5 * (track.points[0, shoulders].mean(axis=0) + track.points[0, hips].mean(axis=0))
    mx, my = (float(v) for v in middle)
    box = (mx - 51.3 * pixels, my - 40.8 * pixels, mx + 36.6 * pixels, my + 62.1 * pixels)
    region = Region((mx + 14.2 * pixels, my - 8.7 * pixels), size * pixels, rotation)
    given_ = lift_input(_with_box(track, region, box))
    cell = PATCH_SPAN * given_.length_px / PATCH_SIDE
    half = (PATCH_SIDE - 1) / 2
    across, down = _crossings(given_.patches[0, 32]), _crossings(given_.patches[0, :, 32])
    found = [mx + cell * (v - half) for v in across] + [my + cell * (v - half) for v in down]
    expected = [box[0], box[2], box[1], box[3]]
    np.testing.assert_allclose((np.array(found) - expected) / cell, 0, atol=0.12)


@given(vectors=hnp.arrays(np.float32, (2, 3, VECTOR), elements=st.floats(-4, 4, width=32)))
@settings(max_examples=15)
def test_the_mirror_of_the_mirror_is_the_row(vectors: NDArray[np.float32]) -> None:
    before = vectors.copy()
    np.testing.assert_array_equal(mirrored_vectors(mirrored_vectors(vectors)), vectors)
    np.testing.assert_array_equal(vectors, before)


@pytest.mark.parametrize("turn", [0.0, 50.0, -130.0])
def test_mirrored_rows_are_those_of_the_mirrored_film(turn: float) -> None:
    track = bending(TIMES, turn_deg=turn, every_s=1.2)
    gone = np.arange(12) == 5
    track = missing(track, gone)
    visibility = track.visibility * np.linspace(0.6, 1.0, COUNT, dtype=np.float32)
    track = replace(track, visibility=visibility)
    straight, turned = lift_input(track), lift_input(mirrored(track))
    np.testing.assert_allclose(turned.vectors, mirrored_vectors(straight.vectors), atol=2e-5)
    off = np.abs(turned.patches[:, :, ::-1].astype(int) - straight.patches)
    assert off.max() < 24
    assert off.mean() < 0.3


def test_the_mirror_exchanges_sides() -> None:
    assert all(MIRRORED[MIRRORED[i]] == i for i in range(COUNT))
