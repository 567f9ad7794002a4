"""What must not give a class away: background, thumbnail and file."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from mitate.diagnosis.style import FACTS, background_of, file_facts, thumbnail_of


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)


def oval(x: float, y: float, width: float, height: float) -> NDArray[np.float64]:
    turn = np.linspace(0, 2 * np.pi, 468)
    return np.stack([x + width / 2 * np.cos(turn), y + height / 2 * np.sin(turn)], axis=1)


def test_the_head_is_gone_and_the_corners_are_there() -> None:
    image = np.full((400, 300, 3), 10, np.uint8)
    cv2.ellipse(image, (150, 200), (72, 112), 0, 0, 360, (250, 250, 250), -1)  # skull, hair and ears
    cv2.rectangle(image, (115, 250), (185, 330), (250, 250, 250), -1)  # neck
    seen = background_of(image, oval(150, 215, 110, 140))
    assert seen.shape == (64, 64, 3)
    assert seen.max() == 10


def test_the_hole_has_the_mean_colour_of_the_rest() -> None:
    image = noise(400, 400)
    image[:, :200] //= 2
    seen = background_of(image, oval(200, 200, 80, 100)).astype(float)
    colour = seen[32, 32]
    hole = (seen == colour).all(axis=2)
    assert hole[28:36, 28:36].all()
    assert not hole[:8].any()
    assert np.abs(seen[~hole].mean(axis=0) - colour).max() < 1


@given(st.floats(-100, 500), st.floats(-100, 500), st.floats(1, 900), st.floats(1, 900))
def test_wherever_the_face_is(x: float, y: float, width: float, height: float) -> None:
    seen = background_of(noise(40, 60), oval(x, y, width, height))
    assert seen.shape == (64, 64, 3)
    assert seen.dtype == np.uint8


def test_a_slim_and_a_broad_face_leave_one_hole() -> None:
    image = noise(300, 300)
    slim, broad = (background_of(image, oval(150, 150, 80 * r, 80 / r)) for r in (0.92, 1.08))
    assert np.array_equal(slim, broad)


def test_a_head_that_fills_the_photo_leaves_nothing() -> None:
    assert np.unique(background_of(noise(100, 100), oval(50, 50, 90, 100))).tolist() == [128]


def test_the_thumbnail_is_the_photo_by_area() -> None:
    image = noise(160, 320)
    blocks = image.reshape(16, 10, 16, 20, 3).mean(axis=(1, 3))
    assert np.abs(thumbnail_of(image) - blocks).max() <= 0.51


@pytest.mark.parametrize("quality", [5, 10, 35, 50, 75, 90, 99])
@pytest.mark.parametrize(("subsampling", "shared"), [(0, 1), (1, 2), (2, 4)])
def test_a_jpeg_tells_its_quality(tmp_path: Path, quality: int, subsampling: int, shared: int) -> None:
    image = noise(48, 80)
    Image.fromarray(image).save(tmp_path / "a.jpg", quality=quality, subsampling=subsampling)
    facts = dict(zip(FACTS, file_facts(tmp_path / "a.jpg", image), strict=True))
    assert facts["jpeg_quality"] == pytest.approx(quality, abs=1)
    assert facts["chroma_subsampling"] == shared
    assert (facts["is_jpeg"], facts["is_png"], facts["has_exif"], facts["is_grey"]) == (1, 0, 0, 0)
    assert facts["aspect"] == pytest.approx(80 / 48)
    assert facts["log_width"] == pytest.approx(np.log(80))
    size = (tmp_path / "a.jpg").stat().st_size
    assert facts["bytes_per_pixel"] == pytest.approx(size / 80 / 48)


def test_a_grey_png_and_exif(tmp_path: Path) -> None:
    grey = np.repeat(noise(48, 80)[..., :1], 3, axis=2)
    Image.fromarray(grey).save(tmp_path / "a.png")
    facts = dict(zip(FACTS, file_facts(tmp_path / "a.png", grey), strict=True))
    assert (facts["is_png"], facts["is_grey"], facts["jpeg_quality"]) == (1, 1, 100)
    exif = Image.Exif()
    exif[0x010F] = "camera"
    Image.fromarray(grey).save(tmp_path / "b.jpg", exif=exif)
    assert file_facts(tmp_path / "b.jpg", grey)[FACTS.index("has_exif")] == 1


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_header_is_no_obstacle(at: int, value: int) -> None:
    content = io.BytesIO()
    Image.fromarray(noise(16, 16)).save(content, "JPEG")
    raw = bytearray(content.getvalue())
    raw[at % len(raw)] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jpg"
        for damaged in (bytes(raw), bytes(raw[:at])):
            path.write_bytes(damaged)
            assert np.isfinite(file_facts(path, noise(16, 16))).all()
