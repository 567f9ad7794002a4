"""Photo or video file to upright RGB frames with true time stamps, decoding no more than is asked for.

>>> from mitate import video
>>> for frame in video.frames("clip.mp4", spacing_s=0.6, max_side=1280):  # doctest: +SKIP
...     print(frame.time_s, frame.image.shape)
"""

from mitate.video._files import MAX_SIDE
from mitate.video._photo import read_photo
from mitate.video._read import frames, probe
from mitate.video._types import DecodeStats, Frame, RGBImage, VideoInfo
from mitate.video._write import CODECS, CONTAINERS, write

__all__ = [
    "CODECS",
    "CONTAINERS",
    "MAX_SIDE",
    "DecodeStats",
    "Frame",
    "RGBImage",
    "VideoInfo",
    "frames",
    "probe",
    "read_photo",
    "write",
]
