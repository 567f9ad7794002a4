"""Another make of camera than the usual: its lens, its sensor and what its software makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Sensor", "SensorProfile"]

FloatArray = NDArray[np.float32]
Image = NDArray[np.uint8]

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601


@dataclass(frozen=True, slots=True)
class Sensor:
    """One camera in one session.

    Attributes:
        scale: lines of the sensor over those of the picture that is asked for, at most 1.
        contrast: steepness of an S-shaped tone curve; 0 is none.
        saturation: multiplies colour.
        sharpening: strength of an unsharp mask.
        chroma_noise: sd of blotches of colour, of 255.
        distortion: of the lens, at the corner of the picture; negative is a barrel.
        jpeg: quality at which the camera itself compresses, 4:2:0, before anything else does.
        tint: (3,) gains of red, green and blue that its white balance leaves.
        tilt_deg: how far the camera looks up at the face.
    """

    scale: float
    contrast: float
    saturation: float
    sharpening: float
    chroma_noise: float
    distortion: float
    jpeg: int
    tint: tuple[float, float, float]
    tilt_deg: float

    def seen(self, linear: FloatArray) -> FloatArray:
        """(h, w, 3) linear light as its lens bends it and its coarser sensor takes it, tint included."""
        height, width = linear.shape[:2]
        bent = linear
        if self.distortion:
            at = _bent(width, height, self.distortion)
            bent = cv2.remap(linear, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        size = (max(8, round(self.scale * width)), max(8, round(self.scale * height)))
        if size != (width, height):
            bent = cv2.resize(bent, size, interpolation=cv2.INTER_AREA)
        return np.asarray(bent * np.asarray(self.tint, np.float32), np.float32)

    def finished(
        self, stored: Image, rng: np.random.Generator, width: int, height: int, *, compress: bool
    ) -> Image:
        """The sensor's 8-bit picture as its software hands it out.

        Args:
            stored: (h, w, 3) uint8 RGB, after gamma.
            rng: of the frame.
            width, height: pixels that are asked for.
            compress: the camera's own compression; off where a video codec follows.

        Returns:
            (height, width, 3) uint8 RGB.
        """
        picture = stored.astype(np.float32)
        if self.chroma_noise:
            picture += self._blotches(rng, *stored.shape[:2])
        luma = (picture @ _LUMA)[..., None]
        toned = 255 * _s_curve(np.asarray(luma.clip(0, 255) / 255, np.float32), self.contrast)
        # tone acts on brightness; colours keep their share of it, times the saturation
        picture = toned * (1 + self.saturation * (picture / luma.clip(1) - 1))
        if self.sharpening:
            picture += self.sharpening * (picture - cv2.GaussianBlur(picture, (0, 0), 1.0))
        out = np.asarray((picture + 0.5).clip(0, 255), np.uint8)
        if compress:
            out = _compressed(out, self.jpeg)
        if out.shape[:2] != (height, width):
            out = np.asarray(cv2.resize(out, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
        return out

    def _blotches(self, rng: np.random.Generator, height: int, width: int) -> FloatArray:
        """Noise without brightness, a few pixels wide, as small sensors leave in the shade."""
        small = rng.normal(0, 1.5 * self.chroma_noise, (height // 2 + 1, width // 2 + 1, 3)).astype(
            np.float32
        )
        noise = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
        return np.asarray(noise - (noise @ _LUMA)[..., None], np.float32)


@dataclass(frozen=True, slots=True)
class SensorProfile:
    """A make of camera. (mean, sd) or (least, most) over sessions; attributes as in `Sensor`."""

    scale: tuple[float, float] = (0.75, 0.95)
    contrast: tuple[float, float] = (1.1, 0.25)
    saturation: tuple[float, float] = (1.05, 0.06)
    sharpening: tuple[float, float] = (0.4, 0.15)
    chroma_noise: tuple[float, float] = (1.5, 0.5)
    distortion: tuple[float, float] = (-0.03, 0.01)
    jpeg: tuple[int, int] = (60, 85)
    tint: tuple[float, float, float] = (0.97, 0.93, 0.88)
    tint_sd: float = 0.02
    tilt_deg: tuple[float, float] = (3.0, 1.0)

    def sample(self, rng: np.random.Generator, light: float = 1.0) -> Sensor:
        """Draw the camera of one session.

        Args:
            rng: of its own.
            light: `CaptureProfile.light`, which multiplies the spread of the tint.
        """

        def draw(of: tuple[float, float], low: float = 0.0) -> float:
            return max(low, float(rng.normal(*of)))

        red, green, blue = (gain * float(np.exp(rng.normal(0, light * self.tint_sd))) for gain in self.tint)
        return Sensor(
            scale=min(1.0, float(rng.uniform(*self.scale))),
            contrast=draw(self.contrast),
            saturation=draw(self.saturation),
            sharpening=draw(self.sharpening),
            chroma_noise=draw(self.chroma_noise),
            distortion=draw(self.distortion, -0.2),
            jpeg=int(rng.integers(self.jpeg[0], self.jpeg[1] + 1)),
            tint=(red, green, blue),
            tilt_deg=draw(self.tilt_deg, -15.0),
        )


def _s_curve(share: FloatArray, contrast: float) -> FloatArray:
    """A tone curve through 0, 1/2 and 1, steeper in the middle by `contrast`; the identity at 0."""
    if contrast < 1e-3:
        return share
    edge = np.tanh(0.5 * contrast)
    return np.asarray(0.5 + 0.5 * np.tanh(contrast * (share - 0.5)) / edge, np.float32)


@lru_cache(maxsize=8)  # those of a session are alike; 2.5 MB each at 480 x 640
def _bent(width: int, height: int, distortion: float) -> tuple[FloatArray, FloatArray]:
    """Where each pixel of a picture through such a lens comes from, x and y (height, width)."""
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    aspect = height / width
    radius2 = (x**2 + (aspect * y) ** 2) / (1 + aspect**2)
    # divided by its value at half the radius, so that the face keeps its size
    swell = (1 - distortion * radius2) / (1 - 0.25 * distortion)
    across = ((x * swell + 1) * (width - 1) / 2).astype(np.float32)
    down = ((y * swell + 1) * (height - 1) / 2).astype(np.float32)
    return across, down


def _compressed(picture: Image, quality: int) -> Image:
    """Through JPEG with colour at half the resolution and back, RGB."""
    settings = [
        int(cv2.IMWRITE_JPEG_QUALITY),
        quality,
        int(cv2.IMWRITE_JPEG_SAMPLING_FACTOR),
        int(cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420),
    ]
    _, coded = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), settings)
    return np.ascontiguousarray(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])
