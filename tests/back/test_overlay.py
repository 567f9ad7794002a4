from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.back.bending import project, recorded, repetitions, seen_by

from mitate.back.overlay import overlaid
from mitate.body.recording import JOINTS

TIMES = np.arange(0, 2.4, 0.2)
PHASES = repetitions(1, seconds=1.6, rest=0.3)
FILM = Path("film.mp4")


@settings(max_examples=25)
@given(st.floats(-180, 180), st.floats(-15, 15), st.floats(-12, 12))
def test_joints_and_curve_lie_where_the_camera_saw_them(yaw: float, pitch: float, roll: float) -> None:
    recording = recorded(TIMES, PHASES, yaw=yaw, pitch=pitch)
    track = seen_by(recording, FILM)
    turn = np.radians(roll)
    tilted = track.points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    overlay = overlaid(recording, replace(track, points=tilted.astype(np.float32)))
    for row in range(len(TIMES)):
        s1 = recording.joints[row, JOINTS.index("s1")]
        forward, up = recording.curve[row].T / 100
        curve = s1 + np.column_stack([0 * up, up, forward])
        for space, found in ((recording.joints[row], overlay.joints[row]), (curve, overlay.curve[row])):
            seen = project(recording, row, space, track.width, track.height)
            seen = seen @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
            # A person is 460 px tall here; perspective at 3.5 m is what the fit leaves out.
            assert np.abs(found - seen).max() < 22
            assert np.abs(found - seen).mean() < 7


def test_a_moment_without_enough_points_has_no_place() -> None:
    recording = recorded(TIMES, PHASES)
    track = seen_by(recording, FILM)
    visibility = track.visibility.copy()
    visibility[3] = 0.0
    overlay = overlaid(recording, replace(track, visibility=visibility))
    assert np.isnan(overlay.joints[3]).all()
    assert np.isfinite(overlay.joints[[2, 4]]).all()


def test_moments_of_other_times_are_not_laid_on_the_film() -> None:
    recording = recorded(TIMES, PHASES)
    track = seen_by(recording, FILM)
    late = overlaid(replace(recording, times_s=recording.times_s + 10), track)
    assert np.isnan(late.joints).all()
    empty = replace(
        track, times_s=track.times_s[:0], points=track.points[:0], visibility=track.visibility[:0]
    )
    assert np.isnan(overlaid(recording, empty).curve).all()


def test_a_back_that_is_not_seen_is_not_drawn() -> None:
    recording = recorded(TIMES, PHASES, curve_hidden="loose clothing")
    overlay = overlaid(recording, seen_by(recording, FILM))
    assert np.isnan(overlay.curve).all()
    assert np.isfinite(overlay.joints).all()


def test_a_trunk_that_leans_to_a_side_takes_its_curve_along() -> None:
    recording = recorded(TIMES, (), yaw=0)
    joints = recording.joints.copy()
    joints[:, JOINTS.index("c7"), 0] -= 0.15
    joints[:, JOINTS.index("t12"), 0] -= 0.04
    overlay = overlaid(replace(recording, joints=joints), seen_by(recording, FILM))
    straight = overlaid(recording, seen_by(recording, FILM))
    aside = (overlay.curve - straight.curve)[0, :, 0]
    assert aside[-1] == pytest.approx(0, abs=1e-6)
    assert (np.diff(aside) > 0).all()  # from C7 down; the person's right is the picture's left


def test_an_unknown_view_gives_no_places() -> None:
    recording = recorded(TIMES, PHASES)
    track, nothing = seen_by(recording, FILM), np.full(len(TIMES), np.nan)
    for unknown in (replace(recording, yaw=nothing), replace(recording, pitch=nothing)):
        assert np.isnan(overlaid(unknown, track).joints).all()
