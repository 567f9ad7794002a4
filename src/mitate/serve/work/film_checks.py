"""What a film must be before anybody is looked for in it."""

from __future__ import annotations

from pathlib import Path

from mitate import video
from mitate.errors import InputError, RefusalError
from mitate.serve.work.sandbox import CRASHES, refused

__all__ = ["checked_film"]

_SLACK_S = 1.0  # recorders stop a little late


def checked_film(path: Path, most_s: float) -> video.VideoInfo:
    """What the film is, by its own bytes.

    Args:
        path: of the film.
        most_s: longest that is read, seconds.

    Raises:
        RefusalError: ``unreadable``, ``too_big`` or ``too_long``.
    """
    try:
        info = video.probe(path)
    except InputError as error:
        reason = "too_big" if f"limit is {video.MAX_SIDE}" in error.what else "unreadable"
        todo = error.todo if reason == "unreadable" else CRASHES[reason][1]
        raise RefusalError(error.what, reason=reason, where="film", todo=todo) from error
    if info.duration_s > most_s + _SLACK_S:
        raise refused("too_long")
    return info
