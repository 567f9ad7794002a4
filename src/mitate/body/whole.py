"""Whether a film shows enough of a person to measure a movement: all of the body, large, light, still, long.

The limits of size and light were found by making three real films (`pose2sim_demo`, `tfjs_pose_reference`)
smaller and darker, with noise, against the points of the films as they are. At 150 px and at a grey level of
60 one point in twenty lies 2 to 6 % of the trunk's length away and the median below 2 %; at 75 px and at 30
one in twenty lies 4 to 15 % away and more, and the network begins to lose the person or to see another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from mitate.body.background import DARK, TOO_DARK
from mitate.body.clip import PoseTrack
from mitate.body.points import INDEX, POINTS
from mitate.body.refusals import refusal
from mitate.errors import InputError

__all__ = ["HANDS", "WHOLE_BODY", "check_film", "check_whole"]

WHOLE_BODY: tuple[str, ...] = ("ear", "shoulder", "hip", "knee", "ankle", "foot_index")
"""What every movement of the back or the legs needs in the picture, on at least one side of the body."""

HANDS: tuple[str, ...] = ("wrist", "index")
"""What a movement needs besides if the hands count."""

SMALL_PX, TOO_SMALL_PX = 150.0, 75.0
"""Height of a person, px of the picture as it is looked at, below which there is a warning, and a refusal."""

LEAST_FRAMES, LEAST_S = 5, 1.0
"""Frames with the person and seconds between the first and the last that a movement needs."""

_SEEN = 0.5  # visibility from which a point is seen
_MOST_TURNED_DEG = 45.0  # of the legs: 1 to 29 in six upright films, 61 and more in the same ones turned
_SOME_LEFT = 0.02  # of the frames; a part seen in fewer is never seen
_PARTS = {
    "head": ("nose", "eye", "ear", "mouth"),
    "shoulders": ("shoulder",),
    "elbows": ("elbow",),
    "hands": ("wrist", "pinky", "index", "thumb"),
    "hips": ("hip",),
    "knees": ("knee",),
    "feet": ("ankle", "heel", "foot_index"),
}


def check_whole(
    track: PoseTrack,
    points: Sequence[str] = WHOLE_BODY,
    *,
    share: float = 0.8,
    frames: NDArray[np.bool_] | None = None,
) -> None:
    """Refuse a film in which a part of the body that is needed is out of the picture or hidden.

    Args:
        track: the poses.
        points: names of `mitate.body.points.POINTS`; one without its side, as "knee", asks for the side that
            is seen better, frame by frame, which is what a film from the side can show.
        share: of the frames with the person in which each must be seen.
        frames: (n,) the frames to judge, as those of the movement; None: all.

    Raises:
        InputError: no point of this name, or no frame with the person to judge.
        RefusalError: ``half_body``, naming the missing parts; ``no_person`` where nothing needed is seen.
    """
    judged = track.seen if frames is None else track.seen & frames
    if not judged.any():
        raise InputError("there is no frame with the person to judge", where=track.path)
    seen = {name: float(_visible(track, name)[judged].mean()) for name in points}
    missing = {name: part for name, part in seen.items() if part < share}
    if missing and max(seen.values()) < _SOME_LEFT:
        raise refusal("no_person", track.path, ", only something like one")
    if missing:
        least = min(missing.values())
        often = f" in {100 * (1 - least):.0f} % of the frames" if least > _SOME_LEFT else ""
        raise refusal("half_body", track.path, f": the {_parts_of(missing)} missing{often}")


def check_film(
    track: PoseTrack,
    points: Sequence[str] = WHOLE_BODY,
    *,
    share: float = 0.8,
    frames: NDArray[np.bool_] | None = None,
) -> tuple[str, ...]:
    """Refuse a film that no movement can be measured from, and say what to watch in one that can.

    Args:
        track, points, share, frames: as for `check_whole`.

    Returns:
        What a person should know although nothing is refused.

    Raises:
        InputError: as `check_whole`.
        RefusalError: ``too_short``, ``moving_camera``, ``too_dark``, ``too_small``, ``no_person``,
            ``half_body`` or ``turned``: the first of these that holds.
    """
    _check_length(track)
    said = [_camera(track, frames), _light(track), _size(track)]
    check_whole(track, points, share=share, frames=frames)
    _check_upright(track)
    return tuple(filter(None, said))


def _visible(track: PoseTrack, name: str) -> NDArray[np.bool_]:
    """(n,) whether a point, or the better of the two without a side, is seen in each frame."""
    columns = [place for one, place in INDEX.items() if name in (one, _without_side(one))]
    if not columns:
        raise InputError(f"there is no point {name[:40]!r}", todo=f"one of {', '.join(POINTS)}")
    known = np.isfinite(track.points[:, columns]).all(axis=2) & (track.visibility[:, columns] >= _SEEN)
    return np.asarray(known.any(axis=1), bool)


def _without_side(name: str) -> str:
    return "_".join(word for word in name.split("_") if word not in ("left", "right"))


def _parts_of(names: Iterable[str]) -> str:
    """Parts of the body in words, as "hands and feet are"."""
    bare = [_without_side(name) for name in names]
    parts = [part for part, its in _PARTS.items() if any(word.startswith(its) for word in bare)]
    verb = "is" if parts == ["head"] else "are"
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) + f" {verb}"


def _check_length(track: PoseTrack) -> None:
    times = track.times_s[track.seen]
    length = float(np.ptp(times)) if len(times) else 0.0
    if len(times) < LEAST_FRAMES or length < LEAST_S:
        plural = "s" if len(times) != 1 else ""
        detail = f": {len(times)} frame{plural} with the person in {length:.1f} s"
        raise refusal("too_short", track.path, detail)


def _check_upright(track: PoseTrack) -> None:
    """In every movement that is measured the person stands; a film laid on its side has lost what is up."""
    legs = _middle(track, "ankle") - _middle(track, "hip")
    x, y = legs[np.isfinite(legs).all(axis=1)].T
    if x.size and float(np.median(np.degrees(np.arctan2(np.abs(x), y)))) > _MOST_TURNED_DEG:
        raise refusal("turned", track.path)


def _middle(track: PoseTrack, part: str) -> NDArray[np.float32]:
    both = track.points[:, [INDEX[f"left_{part}"], INDEX[f"right_{part}"]]]
    return np.asarray(both.mean(axis=1), np.float32)


def _camera(track: PoseTrack, frames: NDArray[np.bool_] | None) -> str | None:
    camera = track.report.camera
    if frames is not None and frames.any():
        times = track.times_s[frames]
        camera = camera.between(float(times[0]), float(times[-1]))
    if camera.kind == "moving":
        raise refusal("moving_camera", track.path, f": the background {camera.told()}")
    if camera.kind == "shaking":
        return f"the camera is not quite still: the background {camera.told()}"
    return None


def _light(track: PoseTrack) -> str | None:
    light = track.report.light
    if light is None or light >= DARK:
        return None
    if light < TOO_DARK:
        raise refusal("too_dark", track.path)
    return "the person is dark: more light would make the measures surer"


def _size(track: PoseTrack) -> str | None:
    height = track.report.height_px
    if height is None or height >= SMALL_PX:
        return None
    if height < TOO_SMALL_PX:
        raise refusal("too_small", track.path, f": about {height:.0f} pixels high")
    return f"the person is small, about {height:.0f} pixels high: nearer to the camera measures are surer"
