"""What reading a photo or a video gives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

RGBImage = NDArray[np.uint8]
"""RGB, uint8, shape (height, width, 3), upright, x right and y down."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a clip.

    Attributes:
        image: RGB uint8, shape (height, width, 3), upright, C-contiguous.
        time_s: seconds after the clip's first picture, from the file's own time stamps; 0.0 for a photo.
        index: position among the clip's pictures in order of showing, from 0.
    """

    image: RGBImage
    time_s: float
    index: int


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a file holds, as read from the file itself and not from its name.

    Attributes:
        path: the file.
        kind: ``video`` or ``photo``.
        width, height: pixels of the upright picture.
        rotation_deg: clockwise turn (0, 90, 180, 270) that makes the stored pixels upright; reading does it.
        duration_s: from the first picture's time to the last one's; 0.0 for a photo or a single picture.
        frame_rate: mean pictures per second, 0.0 where there is only one.
        codec: ``h264``, ``hevc``, ``vp8``, ``vp9``, ``av1``, ``jpeg``, ``png``, ``heic`` and so on.
        frame_count: pictures in the file as the container counts them (damaged ones included).
        keyframe_count: pictures that can be decoded without any other.
    """

    path: Path
    kind: Literal["video", "photo"]
    width: int
    height: int
    rotation_deg: int
    duration_s: float
    frame_rate: float
    codec: str
    frame_count: int
    keyframe_count: int


@dataclass(slots=True)
class DecodeStats:
    """What reading a clip has cost so far; `frames` fills one in when it is given one.

    Attributes:
        packets: compressed pictures in the file.
        fed: of those, handed to the decoder.
        decoded: pictures that came out of the decoder.
        delivered: pictures converted to RGB and given to the caller.
        damaged: packets or pictures left out because they were damaged or hung on a damaged one.
    """

    packets: int = 0
    fed: int = 0
    decoded: int = 0
    delivered: int = 0
    damaged: int = 0
