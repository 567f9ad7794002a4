from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.simulate.sensor import Sensor, SensorProfile

PLAIN = Sensor(1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 95, (1.0, 1.0, 1.0), 0.0)
LUMA = np.array([0.299, 0.587, 0.114])


@pytest.fixture
def picture() -> NDArray[np.uint8]:
    """Smooth colours with an edge."""
    y, x = np.mgrid[0:60, 0:48]
    colours = np.stack([60 + 2 * x, 200 - 2 * y, 90 + x + y], axis=2)
    colours[20:40, 15:30] //= 2
    return colours.astype(np.uint8)


def _finished(
    sensor: Sensor, picture: NDArray[np.uint8], *, compress: bool = False, seed: int = 0
) -> NDArray[np.uint8]:
    return sensor.finished(picture, np.random.default_rng(seed), 48, 60, compress=compress)


def test_a_plain_sensor_changes_nothing(picture: NDArray[np.uint8]) -> None:
    linear = (picture / 255).astype(np.float32)
    assert np.array_equal(PLAIN.seen(linear), linear)
    assert np.abs(_finished(PLAIN, picture).astype(int) - picture).max() <= 1


def test_a_coarser_sensor_loses_what_is_fine_and_keeps_what_is_coarse(picture: NDArray[np.uint8]) -> None:
    coarse = replace(PLAIN, scale=0.5)
    fine = np.zeros((60, 48, 3), np.float32)
    fine[:, ::2] = 1.0
    seen = coarse.seen(fine)
    assert seen.shape == (30, 24, 3)
    assert seen.std() < 0.01
    again = _finished(coarse, np.full((30, 24, 3), 120, np.uint8))
    assert again.shape == (60, 48, 3)
    assert np.array_equal(again, np.full((60, 48, 3), 120))


def test_a_barrel_draws_the_corners_in_and_keeps_the_middle() -> None:
    linear = np.zeros((101, 101, 3), np.float32)
    linear[50, 50] = linear[10, 10] = 1.0
    bent = replace(PLAIN, distortion=-0.1).seen(linear)[..., 0]
    assert divmod(int(bent.argmax()), 101) == (50, 50)
    row, column = divmod(int(bent[:40, :40].argmax()), 40)
    assert row == column
    assert row > 10


def test_tint_saturation_and_tone() -> None:
    grey = np.full((60, 48, 3), 100, np.uint8)
    vivid = replace(PLAIN, saturation=1.4, contrast=2.0)
    out = _finished(vivid, grey)
    assert np.ptp(out[0, 0].astype(int)) <= 1  # grey stays grey
    assert out[0, 0, 0] < 100  # below the middle, darker
    for level in (0, 255):
        assert np.abs(_finished(vivid, np.full_like(grey, level)).astype(int) - level).max() <= 1
    red = np.tile(np.array([150, 100, 90], np.uint8), (60, 48, 1))
    assert np.ptp(_finished(replace(PLAIN, saturation=1.4), red)[0, 0].astype(int)) > np.ptp([150, 90])
    linear = np.ones((4, 4, 3), np.float32)
    assert replace(PLAIN, tint=(1.1, 1.0, 0.8)).seen(linear)[0, 0] == pytest.approx([1.1, 1.0, 0.8])


def test_sharpening_makes_edges_steeper(picture: NDArray[np.uint8]) -> None:
    def steepest(of: NDArray[np.uint8]) -> int:
        return int(np.abs(np.diff(of[..., 0].astype(int), axis=1)).max())

    assert steepest(_finished(replace(PLAIN, sharpening=0.8), picture)) > steepest(picture)


def test_chroma_noise_has_colour_and_no_brightness() -> None:
    grey = np.full((60, 48, 3), 120, np.uint8)
    noisy = _finished(replace(PLAIN, chroma_noise=3.0), grey).astype(float)
    assert (noisy @ LUMA).std() < 0.5
    assert (noisy[..., 0] - noisy[..., 1]).std() > 1.0
    assert np.array_equal(noisy, _finished(replace(PLAIN, chroma_noise=3.0), grey))
    assert not np.array_equal(noisy, _finished(replace(PLAIN, chroma_noise=3.0), grey, seed=1))


def test_its_own_compression_is_left_out_where_a_codec_follows(picture: NDArray[np.uint8]) -> None:
    rough = replace(PLAIN, jpeg=30)
    assert np.abs(_finished(rough, picture).astype(int) - picture).max() <= 1
    assert np.abs(_finished(rough, picture, compress=True).astype(int) - picture).max() > 5


def test_a_make_of_camera_gives_sensors_in_its_range() -> None:
    profile = SensorProfile()
    sensors = [profile.sample(np.random.default_rng(k)) for k in range(200)]
    assert profile.sample(np.random.default_rng(5)) == sensors[5]
    assert len({s.jpeg for s in sensors}) > 10
    assert all(profile.scale[0] <= s.scale <= profile.scale[1] for s in sensors)
    assert all(profile.jpeg[0] <= s.jpeg <= profile.jpeg[1] for s in sensors)
    assert np.mean([s.contrast for s in sensors]) == pytest.approx(profile.contrast[0], abs=0.06)
    assert profile.sample(np.random.default_rng(5), 0.0) == replace(sensors[5], tint=profile.tint)
    assert np.mean([s.tint for s in sensors], axis=0) == pytest.approx(profile.tint, abs=0.01)
