"""Pictures as a phone's camera would send them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mitate import video
from mitate.serve.live.pool import LivePool

EXAMPLES = Path(__file__).parents[3] / "examples"
FACE = EXAMPLES / "two-patients" / "videos" / "sim-460-0000_d000-pre.mp4"
BODY = EXAMPLES / "films" / "forward-bend.mp4"


def jpeg(image: NDArray[np.uint8]) -> bytes:
    """An RGB picture as JPEG."""
    done, raw = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
    assert done
    return raw.tobytes()


@pytest.fixture(scope="session")
def pictures() -> Callable[[Path, int], list[tuple[float, NDArray[np.uint8]]]]:
    """The first pictures of a film, at most 640 px, with their times."""

    def read(path: Path, count: int) -> list[tuple[float, NDArray[np.uint8]]]:
        frames = video.frames(path, max_side=640)
        return [(one.time_s, one.image) for one, _ in zip(frames, range(count), strict=False)]

    return read


@pytest.fixture
def pool() -> Iterator[LivePool]:
    one = LivePool(most=2)
    yield one
    one.close()
