"""The squats of the real clip: how many the stored poses show, and how a count is told."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.squats import FILM, figures, stored_knees, stored_squats
from numpy.typing import NDArray

from mitate.body.recording import ANGLES, Recording

pytestmark = pytest.mark.skipif(not FILM.is_file(), reason="the shared film of squats is not here")


def saying(knees: NDArray[np.float64]) -> Recording:
    """A recording with these knees, standing still otherwise."""
    n = len(knees)
    nothing = np.full(n, np.nan)
    both = dict.fromkeys(("knee_flexion_right", "knee_flexion_left"), knees)
    return Recording(
        times_s=np.arange(n) / 5.0,
        angles={name: both.get(name, np.zeros(n)) for name in ANGLES},
        angle_errors=dict.fromkeys(ANGLES, np.full(n, 2.0)),
        joints=np.full((n, 24, 3), np.nan),
        curve=np.full((n, 17, 2), np.nan),
        curve_error=nothing,
        curve_hidden="none",
        yaw=nothing,
        pitch=nothing,
        roll=nothing,
        view_errors=nothing,
        height_m=1.7,
        height_known=True,
    )


def test_the_stored_poses_show_two_whole_squats() -> None:
    knees = stored_knees()
    assert knees.shape == (65,)
    assert (round(float(knees.min())), round(float(knees.max()))) == (14, 107)
    first, second = stored_squats()
    assert 1.8 < first.peak_s < 2.4
    assert 6.6 < second.peak_s < 7.4


def test_stored_knees_are_counted_as_they_are() -> None:
    rows = {row.name: row for row in figures(saying(stored_knees()))}
    assert rows["Squat clip: squats counted too many or too few"].met is True
    assert rows["Squat clip: deepest moments apart, at most"].value < 0.5
    assert rows["Squat clip: knees from the stored ones, median absolute difference"].value == 0


def test_who_sees_no_squat_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {row.name: row for row in figures(saying(np.full(65, 10.0)))}
    assert rows["Squat clip: squats counted too many or too few"].value == 2
    assert rows["Squat clip: squats counted too many or too few"].met is False
    assert "no squat was found" in capsys.readouterr().out
