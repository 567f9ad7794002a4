"""The table of speed beside MediaPipe: its film, its rows, and what fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks import body_speed
from benchmarks.mediapipe_pose import peak_mb

from mitate import video
from mitate.errors import InputError

RUNS: list[dict[str, Any]] = [
    {
        "seconds": seconds,
        "processor_seconds": 2 * seconds,
        "frames": 300,
        "found": 299,
        "peak_mb": 400.0 + seconds,
        "versions": "some 1.0",
    }
    for seconds in (5.0, 4.0, 9.0)
]


def test_rows_are_medians_with_a_bar_for_our_own(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(bytes(1000))
    time, worked, faster, peak = body_speed.rows("chain", RUNS, clip)
    assert (time.unit, time.met) == ("ms", None)
    assert time.value == pytest.approx(5000 / 300)
    assert worked.value == 2 * time.value
    assert (faster.value, faster.bar, faster.met) == (2.0, 1.0, True)
    assert (peak.value, peak.met) == (405.0, True)
    assert "median of 3 runs of 4.0 to 9.0 s" in time.data
    assert all(row.bar is None for row in body_speed.rows("mediapipe", RUNS, clip))


def test_the_film_goes_to_and_fro_at_thirty_a_second(tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    shades = [np.full((48, 64, 3), shade, np.uint8) for shade in (20, 80, 140, 200)]
    video.write(source, shades, frame_rate=60.0)
    path = body_speed.film(tmp_path, source=source, times=3)
    assert video.probe(path).frame_rate == 30.0
    seen = [float(frame.image.mean()) for frame in video.frames(path)]
    assert np.round(np.array(seen) / 60).astype(int).tolist() == [0, 1, 2, 3, 2, 1, 0, 1, 2, 3]
    assert body_speed.film(tmp_path, source=source, times=3) == path


def test_a_way_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mediapipe failed"):
        body_speed.measured("mediapipe", tmp_path / "none.mp4", sys.executable)
    with pytest.raises(InputError, match="gave no answer"):
        body_speed.measured("mediapipe", tmp_path / "none.mp4", str(tmp_path / "no-python"))


def test_peak_memory_is_the_processs_own() -> None:
    held = np.ones(200_000_000, np.uint8)
    assert peak_mb() > held.nbytes / 2**20
    command = [sys.executable, "-c", "from benchmarks.mediapipe_pose import peak_mb; print(peak_mb())"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=body_speed.ROOT)
    assert 5 < float(done.stdout) < 100  # not what its parent held
