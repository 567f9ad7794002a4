"""Pictures and clips that the tests of this room share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mitate import video


class Scene:
    """Pictures that can be told apart in every turn, and what a decoded one shows."""

    @staticmethod
    def picture(n: int, width: int = 160, height: int = 120) -> video.RGBImage:
        """Four colour fields, unlike in every turn and mirroring, and a white bar whose place tells n."""
        image = np.empty((height, width, 3), dtype=np.uint8)
        image[: height // 2, : width // 2] = (200, 60, 50)
        image[: height // 2, width // 2 :] = (60, 180, 70)
        image[height // 2 :, : width // 2] = (60, 70, 190)
        image[height // 2 :, width // 2 :] = (220, 215, 205)
        at = (n * 4) % (width - 12)
        image[height // 2 - 8 : height // 2 + 8, at : at + 12] = 255
        return image

    @staticmethod
    def fields(image: video.RGBImage) -> video.RGBImage:
        """The mean colour of the four fields, uint8 (4, 3), away from their edges and the bar."""
        height, width = image.shape[:2]
        centres = [(height // 6, width // 4), (height // 6, 3 * width // 4)]
        centres += [(5 * height // 6, width // 4), (5 * height // 6, 3 * width // 4)]
        return np.stack([image[y - 4 : y + 4, x - 4 : x + 4].mean(axis=(0, 1)) for y, x in centres]).astype(
            np.uint8
        )

    @staticmethod
    def bar_of(image: video.RGBImage) -> int:
        """The left edge of the white bar, in pixels."""
        row = image[image.shape[0] // 2 - 4 : image.shape[0] // 2 + 4].astype(int).mean(axis=(0, 2))
        return int(np.argmax(np.convolve(row, np.ones(12), mode="valid")))


@pytest.fixture(scope="session")
def scene() -> Scene:
    return Scene()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """90 pictures at 30 a second, a keyframe each second."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    video.write(path, (Scene.picture(n) for n in range(90)), frame_rate=30)
    return path
