"""In the child process: a film of a movement becomes poses, angles, measures, and what pages draw of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mitate.errors import InputError, RefusalError
from mitate.plain import plain
from mitate.serve.work.arrays import scratch
from mitate.serve.work.child import Given, Tell

__all__ = ["read"]


def read(facts: dict[str, Any], blobs: dict[str, bytes], tell: Tell) -> Given:
    """Read one film.

    Args:
        facts: ``film`` (its path here), ``most_s``, ``movement``, ``age``, ``sex``, ``height_m``, ``stills``
            (whether pictures of the film may be kept).
        blobs: none.
        tell: how far it is.

    Returns:
        facts of the result (``assessment``, ``skeleton``, ``curve``, ``stills``, ``duration_s``) and the blob
        ``features``: `mitate.serve.work.kept_movement.kept`.

    Raises:
        RefusalError: of the film.
    """
    tell("opening", 0.0)
    from mitate.back.assess import assess
    from mitate.serve.work.film_checks import checked_film
    from mitate.serve.work.kept_movement import kept
    from mitate.serve.work.shown_movement import curve_of, skeleton_of, stills_of

    path = Path(facts["film"])
    info = checked_film(path, facts["most_s"])
    if info.kind == "photo":
        raise RefusalError(
            "this is a photo, and a movement takes time",
            reason="photo",
            where="film",
            todo="film it, from standing to standing",
        )
    tell("reading", 0.03)
    try:
        one = assess(
            path,
            facts["movement"],
            age=facts["age"],
            sex=facts["sex"],
            height_m=facts["height_m"],
            progress=lambda share: tell("reading", 0.03 + 0.87 * share),
        )
    except InputError as error:  # it could be opened, and broke off later
        raise RefusalError(error.what, reason="unreadable", where="film", todo=error.todo) from error
    tell("drawing", 0.95)
    stills: list[dict[str, Any]] = []
    if facts["stills"]:
        with scratch() as folder:
            stills = stills_of(one, folder)
    told = {
        "assessment": {**plain(one.as_dict()), "video": ""},
        "skeleton": skeleton_of(one.recording),
        "curve": curve_of(one.recording),
        "stills": stills,
        "duration_s": info.duration_s,
    }
    return told, {"features": kept(one.track, one.recording)}
