"""Packets to decoded pictures: which packets a clip has, and the decoding of the chosen ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

import av
import numpy as np

from mitate.video._files import MAX_SIDE, Source, check_size, damaged, opened, picture_stream
from mitate.video._plan import PacketTable, Plan
from mitate.video._types import DecodeStats

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_SLICE_THREADS_ABOVE = 4096 * 2304
"""Pixels above which threads share one picture: a picture for each thread would cost too much memory."""

_OPTIONS = {"max_pixels": str(MAX_SIDE * MAX_SIDE), "err_detect": "explode"}

_SKIPS_AT_WILL = ("h264", "hevc", "mpeg4", "vp8", "mpeg2video")
"""Decoders that obey a `skip_frame` that changes from packet to packet."""

_JOINS_AT_KEY = ("h264", "vp8", "vp9", "libdav1d", "mpeg4", "mjpeg")
"""Decoders that take a keyframe after a gap as it is; others are emptied first, which idles their threads."""


class Decoded(NamedTuple):
    """A decoded picture, not yet converted: pixels as stored, time after the first one, rank in showing."""

    frame: VideoFrame
    time_s: float
    rank: int
    pixel_aspect: float


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream] | None]:
    """The stream's packets in decoding order; None in the end if the file breaks off with an error."""
    try:
        for packet in container.demux(stream):
            if packet.size > 0:
                yield packet
    except (av.FFmpegError, OSError):
        yield None


def _stamp(packet: Packet[VideoStream]) -> int | None:
    return packet.dts if packet.pts is None else packet.pts


def _stands_alone(packet: Packet[VideoStream], nal_length_size: int | None) -> bool:
    """Whether decoding can begin here: a keyframe, and in H.264 an IDR picture.

    Other H.264 keyframes are entry points for players: what follows may still refer to pictures before them.

    Args:
        nal_length_size: bytes of the length before each H.264 unit (0: start codes); None for other codecs.
    """
    if not packet.is_keyframe or nal_length_size is None:
        return packet.is_keyframe
    data, at = bytes(packet), 0
    while at < len(data):
        if nal_length_size == 0:
            at = data.find(b"\0\0\1", at) + 3
            if at < 3:
                break
            length = 0
        else:
            length = int.from_bytes(data[at : at + nal_length_size], "big")
            at += nal_length_size
        unit_type = data[at] & 31 if at < len(data) else 0  # ITU-T H.264, table 7-1
        if 1 <= unit_type <= 5:
            return unit_type == 5
        at += length
    return False


def _nal_length_size(stream: VideoStream) -> int | None:
    """Bytes of the length before each H.264 unit, from the avcC record (ISO/IEC 14496-15)."""
    if stream.codec_context.name != "h264":
        return None
    record = stream.codec_context.extradata or b""
    return (record[4] & 3) + 1 if len(record) > 6 and record[0] == 1 else 0


def scan(container: InputContainer, stream: VideoStream, path: Path) -> tuple[PacketTable, int]:
    """Read through a clip without decoding: time and kind of every packet, and how many are damaged.

    Raises:
        InputError: there is no packet with a time stamp.
    """
    stamps: list[int] = []
    keys: list[bool] = []
    shown: list[bool] = []
    bad, any_key = 0, False
    nal_length_size = _nal_length_size(stream)
    for packet in _packets(container, stream):
        if packet is None:
            bad += 1
            break
        stamp = _stamp(packet)
        bad += packet.is_corrupt
        stamps.append(stamps[-1] if stamp is None and stamps else stamp or 0)
        is_first_entry = packet.is_keyframe and not any_key
        any_key = any_key or packet.is_keyframe
        keys.append(is_first_entry or _stands_alone(packet, nal_length_size))
        shown.append(stamp is not None and not packet.is_discard and not packet.is_corrupt)
    is_key, is_shown = np.array(keys, dtype=np.bool_), np.array(shown, dtype=np.bool_)
    if is_key.any():
        is_shown[: int(np.argmax(is_key))] = False
    elif len(is_key):
        is_key[0] = True
    if not is_shown.any():
        raise damaged(path, "there is no picture in it")
    pts = np.array(stamps, dtype=np.int64)
    first = int(pts[is_shown].min())
    times = (pts - first).astype(np.float64) * float(stream.time_base or 0)
    return PacketTable(times, is_key, is_shown, first), bad


def decoded(found: Source, chosen: Plan, *, threads: int, stats: DecodeStats) -> Iterator[Decoded]:
    """The wanted pictures of a clip in order of time.

    Raises:
        InputError: a picture in the middle of the clip is larger than `MAX_SIDE`.
    """
    table = chosen.table
    wanted_times = np.sort(table.times_s[chosen.wanted])
    shown_times = np.sort(table.times_s[table.is_shown])
    with opened(found) as container:
        stream = picture_stream(container, found.path)
        tick = float(stream.time_base or 0)
        next_wanted, previous = 0, -np.inf
        for frame in _pictures(container, stream, chosen, threads, stats):
            time = ((frame.pts or 0) - table.first_stamp) * tick
            if frame.pts is None or time <= previous or time + tick / 2 < wanted_times[next_wanted]:
                continue
            check_size(frame.width, frame.height, found.path)
            rank = max(0, int(np.searchsorted(shown_times, time + tick / 2)) - 1)
            yield Decoded(frame, time, rank, _pixel_aspect(stream))
            previous = time
            next_wanted = int(np.searchsorted(wanted_times, time + tick / 2))
            if next_wanted == len(wanted_times):
                return


def _pictures(
    container: InputContainer, stream: VideoStream, chosen: Plan, threads: int, stats: DecodeStats
) -> Iterator[VideoFrame]:
    """Everything that comes out of the decoder when the packets of the plan go in."""
    decoder = _Decoder(stream, threads, stats)
    may_skip = chosen.is_sparse and decoder.name in _SKIPS_AT_WILL
    previous_fed = True
    for i, packet in enumerate(_packets(container, stream)):
        if packet is None or i >= len(chosen.fed):
            break
        if not chosen.fed[i]:
            previous_fed = False
            continue
        if not previous_fed and chosen.table.is_key[i] and decoder.name not in _JOINS_AT_KEY:
            yield from decoder.drain()
        previous_fed = True
        yield from decoder.feed(packet, skip="NONREF" if may_skip and not chosen.wanted[i] else "DEFAULT")
    yield from decoder.drain()


class _Decoder:
    """A codec that leaves out what is damaged, and what hangs on it, up to the next keyframe."""

    def __init__(self, stream: VideoStream, threads: int, stats: DecodeStats) -> None:
        self._codec = stream.codec_context
        self._stats = stats
        self._waits_for_key = False
        self._is_empty = True
        self._codec.options = dict(_OPTIONS)
        self._codec.thread_count = threads
        is_large = self._codec.width * self._codec.height > _SLICE_THREADS_ABOVE
        self._codec.thread_type = "SLICE" if is_large else "AUTO"

    @property
    def name(self) -> str:
        return self._codec.name

    def feed(self, packet: Packet[VideoStream], skip: Literal["NONREF", "DEFAULT"]) -> list[VideoFrame]:
        if packet.is_keyframe:
            self._waits_for_key = False
        if self._waits_for_key:
            self._stats.damaged += 1
            return []
        if packet.is_corrupt:
            return self._give_up()
        if packet.pts is None:
            packet.pts = packet.dts
        self._stats.fed += 1
        self._is_empty = False
        try:
            self._codec.skip_frame = skip
            return self._sound(self._codec.decode(packet))
        except av.FFmpegError:
            return self._give_up()

    def drain(self) -> list[VideoFrame]:
        """The pictures still inside; the decoder is ready for a new keyframe after it."""
        if self._is_empty:
            return []
        try:
            return self._sound(self._codec.decode(None))
        except av.FFmpegError:
            return self._give_up()
        finally:
            self._codec.flush_buffers()
            self._is_empty = True

    def _give_up(self) -> list[VideoFrame]:
        self._stats.damaged += 1
        self._waits_for_key = True
        self._codec.flush_buffers()
        return []

    def _sound(self, pictures: list[VideoFrame]) -> list[VideoFrame]:
        self._stats.decoded += len(pictures)
        sound = [picture for picture in pictures if not picture.is_corrupt]
        self._stats.damaged += len(pictures) - len(sound)
        return sound


def _pixel_aspect(stream: VideoStream) -> float:
    """Width of a pixel over its height; 1 where the file gives none or nonsense."""
    ratio = stream.sample_aspect_ratio
    return float(ratio) if ratio is not None and 0.25 <= ratio <= 4 else 1.0
