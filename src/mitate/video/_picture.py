"""A decoded picture to upright RGB of the wanted size, with the colours that its own tags describe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from mitate.video._types import RGBImage

if TYPE_CHECKING:
    from av.sidedata.sidedata import SideData
    from av.video.frame import VideoFrame

_UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED
_BT2020 = (9, 10)  # AVCOL_SPC_BT2020_NCL, _CL
_UNSCALED = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
_SCALED = Interpolation.AREA | Interpolation.ACCURATE_RND


class Turn(NamedTuple):
    """How stored pixels become upright: first swap the axes, then mirror."""

    swap: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    @property
    def degrees(self) -> int:
        """The clockwise rotation in it, a left-right mirroring afterwards left out."""
        if self.swap:
            return 270 if self.mirror_y else 90
        return 180 if self.mirror_y else 0

    def __call__(self, image: RGBImage) -> RGBImage:
        if self.swap:
            image = image.swapaxes(0, 1)
        return np.ascontiguousarray(image[:: -1 if self.mirror_y else 1, :: -1 if self.mirror_x else 1])


def turn_of(frame: VideoFrame) -> Turn:
    """The turn that the frame's display matrix asks for, to the nearest quarter (ISO/IEC 14496-12, 6.2.2)."""
    try:
        # The stubs call the container a mapping; it is iterated as a list of side data.
        listed = cast("Iterable[SideData]", iter(frame.side_data))
        data = next((bytes(d) for d in listed if d.type.name == "DISPLAYMATRIX"), b"")
    except ValueError:  # PyAV knows no name for some newer side data and then lists none of it
        return _turn_clockwise(-frame.rotation)
    if len(data) < 36:
        return Turn()
    a, b, _, c, d = np.frombuffer(data, dtype=np.int32)[:5].tolist()
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Turn(False, a < 0, d < 0)
    return Turn(True, c < 0, b < 0)


def _turn_clockwise(degrees: int) -> Turn:
    quarter = round(degrees / 90) % 4
    return Turn(swap=quarter % 2 == 1, mirror_x=quarter in (1, 2), mirror_y=quarter in (2, 3))


class Converter:
    """Turns decoded pictures of one clip into upright RGB arrays no larger than `max_side`."""

    def __init__(self, max_side: int | None) -> None:
        self._max_side = max_side
        self._reformatter = VideoReformatter()
        self._turn: Turn | None = None

    def size_of(self, frame: VideoFrame, pixel_aspect: float) -> tuple[int, int]:
        """Width and height after square pixels and `max_side`, before turning."""
        width, height = frame.width * pixel_aspect, float(frame.height)
        scale = 1.0 if self._max_side is None else min(1.0, self._max_side / max(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))

    def __call__(self, frame: VideoFrame, pixel_aspect: float = 1.0) -> RGBImage:
        width, height = self.size_of(frame, pixel_aspect)
        is_scaled = (width, height) != (frame.width, frame.height)
        rgb = self._reformatter.reformat(
            frame,
            width=width,
            height=height,
            format="rgb24",
            src_colorspace=_matrix_of(frame),
            dst_color_range=ColorRange.JPEG,
            interpolation=_SCALED if is_scaled else _UNSCALED,
            threads=1,
        )
        if self._turn is None:  # once a clip: asking makes a reference cycle that keeps the picture alive
            self._turn = turn_of(frame)
        return self._turn(np.asarray(rgb.to_ndarray(), dtype=np.uint8))


def _matrix_of(frame: VideoFrame) -> int:
    """The YUV matrix; where the file does not say, BT.709 for HD and BT.601 below, as players do."""
    space = frame.colorspace
    if space in _BT2020:
        return int(Colorspace.BT2020)
    if space == _UNSPECIFIED:
        return int(Colorspace.ITU709 if frame.width >= 1280 or frame.height > 576 else Colorspace.ITU601)
    return int(space)
