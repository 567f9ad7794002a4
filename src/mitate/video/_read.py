"""What is in a file, and its pictures one by one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from os import PathLike

from mitate.errors import InputError
from mitate.video._decode import decoded, scan
from mitate.video._files import Source, damaged, opened, picture_stream, source
from mitate.video._photo import photo_info, read_photo
from mitate.video._picture import Converter, turn_of
from mitate.video._plan import Plan, plan
from mitate.video._types import DecodeStats, Frame, VideoInfo

_SHORTEST_SPACING_S = 1e-3
_DECODER_NAMES = {"libdav1d": "av1", "libaom-av1": "av1", "libvpx": "vp8", "libvpx-vp9": "vp9"}


def probe(path: str | PathLike[str]) -> VideoInfo:
    """What a photo or video holds; its first picture is decoded to be sure that it can be.

    Raises:
        InputError: missing, empty, not a photo or video, damaged, without pictures, or over `MAX_SIDE`.
    """
    found = source(path)
    if found.is_photo:
        return photo_info(found)
    with opened(found) as container:
        stream = picture_stream(container, found.path)
        codec = stream.codec_context.name
        table, _ = scan(container, stream, found.path)
    everything = plan(table, spacing_s=None, start_s=0.0, stop_s=math.inf, keyframes_only=False)
    first = next(decoded(found, everything, threads=1, stats=DecodeStats()), None)
    if first is None:
        raise damaged(found.path, "no picture in it can be decoded")
    width, height = Converter(None).size_of(first.frame, first.pixel_aspect)
    turn = turn_of(first.frame)
    duration, count = float(table.times_s[table.is_shown].max()), int(table.is_shown.sum())
    return VideoInfo(
        path=found.path,
        kind="video",
        width=height if turn.swap else width,
        height=width if turn.swap else height,
        rotation_deg=turn.degrees,
        duration_s=duration,
        frame_rate=(count - 1) / duration if duration > 0 else 0.0,
        codec=_DECODER_NAMES.get(codec, codec),
        frame_count=count,
        keyframe_count=int((table.is_key & table.is_shown).sum()),
    )


def frames(
    path: str | PathLike[str],
    *,
    spacing_s: float | None = None,
    start_s: float = 0.0,
    stop_s: float | None = None,
    max_side: int | None = None,
    keyframes_only: bool = False,
    threads: int = 2,
    stats: DecodeStats | None = None,
) -> Iterator[Frame]:
    """Pictures of a clip in order of time, upright RGB, one in memory at a time.

    Args:
        path: a video, or a photo (which gives one picture at time 0).
        spacing_s: about one picture in so many seconds, spread evenly: each window of this length gives its
            cheapest picture to decode, and neighbours are at least half of it apart. So at most
            ceil((stop - start) / spacing_s) + 1 pictures. None gives every picture.
        start_s, stop_s: the part of the clip to read, in seconds after its first picture; None: to the end.
        max_side: longer side of the images in pixels; larger pictures are scaled down.
        keyframes_only: only pictures that decode alone: the cheapest reading, if the clip has enough of them.
        threads: decoder threads; each may hold a few pictures.
        stats: filled in with what the reading costs, up to date after every picture.

    Returns:
        An iterator. The file and the arguments are checked at once, before the first picture is asked for.

    Raises:
        InputError: as `probe`; also an argument out of range, a clip that ends before `start_s`, and, while
            reading, a clip of which nothing can be decoded. Damaged parts are skipped and counted in `stats`.
    """
    stop = math.inf if stop_s is None else stop_s
    _check_arguments(spacing_s, start_s, stop, max_side, threads)
    stats = DecodeStats() if stats is None else stats
    found = source(path)
    if found.is_photo:
        return iter([read_photo(path, max_side=max_side)])
    with opened(found) as container:
        table, stats.damaged = scan(container, picture_stream(container, found.path), found.path)
    stats.packets = len(table)
    chosen = plan(table, spacing_s=spacing_s, start_s=start_s, stop_s=stop, keyframes_only=keyframes_only)
    if not chosen.wanted.any():
        end = float(table.times_s.max())
        raise InputError(
            f"the clip has no picture between {start_s:g} s and {stop:g} s, it ends at {end:.2f} s",
            where=found.path,
            todo="ask for a part inside the clip",
        )
    return _converted(found, chosen, max_side, threads, stats)


def _converted(
    found: Source, chosen: Plan, max_side: int | None, threads: int, stats: DecodeStats
) -> Iterator[Frame]:
    convert = Converter(max_side)
    for picture in decoded(found, chosen, threads=threads, stats=stats):
        image = convert(picture.frame, picture.pixel_aspect)
        stats.delivered += 1
        yield Frame(image=image, time_s=picture.time_s, index=picture.rank)
    if stats.delivered == 0:
        raise damaged(found.path, "no picture in it can be decoded")


def _check_arguments(
    spacing_s: float | None, start_s: float, stop_s: float, max_side: int | None, threads: int
) -> None:
    if spacing_s is not None and not (_SHORTEST_SPACING_S <= spacing_s < math.inf):
        raise InputError(
            f"a spacing of {spacing_s} s cannot be used",
            where="spacing_s",
            todo="give at least 0.001 seconds",
        )
    if not (0 <= start_s < math.inf) or not start_s <= stop_s:
        raise InputError(
            f"the part from {start_s} s to {stop_s} s is not a part of a clip",
            where="start_s, stop_s",
            todo="give 0 <= start_s <= stop_s",
        )
    if max_side is not None and max_side < 1:
        raise InputError(f"{max_side} pixels is no size", where="max_side", todo="give 1 or more")
    if threads < 1:
        raise InputError(f"{threads} threads cannot decode", where="threads", todo="give 1 or more")
