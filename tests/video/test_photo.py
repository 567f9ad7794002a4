"""Photos: every EXIF orientation, and one clear error for what cannot be read."""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from mitate import video
from mitate.errors import InputError

PORTRAITS = Path(__file__).parents[2] / "../shared/data/portraits"


def stored_for(upright: video.RGBImage, orientation: int) -> video.RGBImage:
    """The pixels that EXIF 2.32 (4.6.4.A, Orientation) says are shown as `upright`."""
    swapped = upright.swapaxes(0, 1)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: swapped,
        6: swapped[::-1],
        7: swapped[::-1, ::-1],
        8: swapped[:, ::-1],
    }[orientation]
    return np.ascontiguousarray(stored)


def jpeg_with(image: video.RGBImage, orientation: int | None) -> bytes:
    data: bytes = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 97])[1].tobytes()
    if orientation is None:
        return data
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    payload = b"Exif\0\0" + tiff
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + data[2:]


@pytest.mark.parametrize("orientation", [None, 1, 2, 3, 4, 5, 6, 7, 8])
def test_jpeg_comes_upright(tmp_path: Path, scene: Any, orientation: int | None) -> None:
    upright = scene.picture(3)
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg_with(stored_for(upright, orientation or 1), orientation))
    frame = video.read_photo(path)
    assert frame.image.shape == upright.shape
    assert np.abs(scene.fields(frame.image).astype(int) - scene.fields(upright)).max() <= 3
    assert abs(scene.bar_of(frame.image) - scene.bar_of(upright)) <= 1
    assert (frame.time_s, frame.index) == (0.0, 0)
    info = video.probe(path)
    assert (info.kind, info.width, info.height, info.codec) == ("photo", 160, 120, "jpeg")
    if orientation in (1, 3, 6, 8):
        assert info.rotation_deg == {1: 0, 3: 180, 6: 90, 8: 270}[orientation]


def test_png_is_exact_and_alpha_is_left_out(tmp_path: Path, scene: Any) -> None:
    image = scene.picture(1)
    plain, alpha = tmp_path / "plain.png", tmp_path / "alpha.png"
    plain.write_bytes(cv2.imencode(".png", image[..., ::-1])[1].tobytes())
    bgra = np.dstack([image[..., ::-1], np.full(image.shape[:2], 255, np.uint8)])
    alpha.write_bytes(cv2.imencode(".png", bgra)[1].tobytes())
    for path in (plain, alpha):
        assert np.array_equal(video.read_photo(path).image, image)


def test_a_photo_is_a_clip_of_one_picture(tmp_path: Path, scene: Any) -> None:
    path = tmp_path / "named_wrongly.mp4"
    path.write_bytes(jpeg_with(scene.picture(0), None))
    (frame,) = video.frames(path, max_side=40)
    assert frame.image.shape == (30, 40, 3)


@pytest.mark.parametrize("keep", [0.98, 0.5, 0.05])
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_photo_cut_short_is_refused(
    tmp_path: Path, suffix: str, keep: float, capfd: pytest.CaptureFixture[str]
) -> None:
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    data = cv2.imencode(suffix, image)[1].tobytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(InputError, match="damaged or cut short"):
        video.read_photo(path)
    assert capfd.readouterr() == ("", "")


def test_a_huge_photo_is_refused_before_it_is_decoded(tmp_path: Path, scene: Any) -> None:
    data = bytearray(cv2.imencode(".png", scene.picture(0))[1].tobytes())
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    png = tmp_path / "huge.png"
    png.write_bytes(data)
    whole = jpeg_with(scene.picture(0), None)
    at = whole.index(b"\xff\xc0")
    jpeg = tmp_path / "huge.jpg"
    jpeg.write_bytes(whole[: at + 5] + struct.pack(">HH", 9000, 9000) + whole[at + 9 :])
    for path in (png, jpeg):
        with pytest.raises(InputError, match="too large"):
            video.read_photo(path)


def test_a_video_is_not_a_photo(clip: Path) -> None:
    with pytest.raises(InputError, match="a video, not a photo"):
        video.read_photo(clip)


def test_a_still_in_an_mp4_box_is_read_by_ffmpeg(tmp_path: Path, scene: Any) -> None:
    """AVIF stands in for HEIC: the same boxes, and a still picture that FFmpeg can also write."""
    if importlib.util.find_spec("pillow_heif"):
        pytest.skip("pillow-heif is installed and would read it instead")
    path = tmp_path / "photo.heic"
    with av.open(str(path), "w", format="avif") as container:
        stream = container.add_stream("libsvtav1", rate=1, width=160, height=120, options={"crf": "10"})
        container.mux(stream.encode(av.VideoFrame.from_ndarray(scene.picture(0))))
        container.mux(stream.encode(None))
    assert (
        np.abs(scene.fields(video.read_photo(path).image).astype(int) - scene.fields(scene.picture(0))).max()
        < 8
    )


def test_heic_that_ffmpeg_cannot_read_says_what_to_install(tmp_path: Path) -> None:
    path = tmp_path / "photo.heic"
    path.write_bytes(struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"heic", 0, b"mif1", b"heic") + bytes(64))
    with pytest.raises(InputError, match="heic"):
        video.read_photo(path)


def test_real_photographs_are_read() -> None:
    photos = sorted(PORTRAITS.glob("*.jpg"))
    if not photos:
        pytest.skip("the portraits are not here")
    for photo in photos:
        info, frame = video.probe(photo), video.read_photo(photo, max_side=512)
        assert frame.image.shape[2] == 3
        assert max(frame.image.shape) <= 512
        assert frame.image.shape[1] / frame.image.shape[0] == pytest.approx(
            info.width / info.height, rel=0.02
        )
        assert 20 < frame.image.mean() < 235
