"""Checks of a made-up person: recordings as the lift would give them, answers, and no film that was read."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from tests.back.bending import recorded, repetitions, seen_by

from mitate.back.assess import Assessment, assessed
from mitate.back.change import Before
from mitate.back.check import BackCheck, begin, conclude
from mitate.back.checking import WatchedFilm
from mitate.back.earlier import Earlier
from mitate.back.triage import red_flag_names
from mitate.body.clip import PoseTrack
from mitate.body.recording import Recording
from mitate.errors import RefusalError

__all__ = ["ANSWERS", "NOW", "REFUSED", "bend", "checked", "film_of"]

NOW = datetime.fromisoformat("2026-11-22T10:00:00+09:00")
ANSWERS: dict[str, Any] = {
    "person": {"age": 74, "sex": "female"},
    "answers": {
        "worse_sitting": True,
        "worse_bending": True,
        "worse_lifting": True,
        "worse_standing": False,
        "eased_standing": True,
        "sits_long": True,
    },
    "red_flags": dict.fromkeys(red_flag_names(), False),
    "questionnaires": {"disability": [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]},
    "programme": {"pain_now": 4},
}
REFUSED = WatchedFilm(
    "rotation",
    Path("turn.mp4"),
    None,
    RefusalError(
        "the picture is too dark",
        reason="too_dark",
        where="turn.mp4",
        todo="put on more light, or film by day with the window behind the camera",
    ),
)


@lru_cache(maxsize=1)
def _seen() -> tuple[PoseTrack, Recording]:
    phases = repetitions(3)
    recording = recorded(np.arange(0, 8.5, 0.05), phases)
    return seen_by(recording, Path("bend.mp4")), recording


def bend(age: float | None = 74, before: Before | None = None) -> Assessment:
    """A forward bend of 52 degrees in the low back, three times."""
    return assessed(*_seen(), "forward_bend", age=age, before=before, model="lift x.onnx:1")


def film_of(one: Assessment) -> WatchedFilm:
    """As if it had been read."""
    return WatchedFilm(one.movement, one.track.path, one, None, seconds=3.0)


def checked(
    answers: dict[str, Any] | None = None,
    *films: WatchedFilm,
    language: str = "en",
    earlier: Earlier | None = None,
) -> BackCheck:
    """A whole check; of a bend and a refused rotation where no film is given."""
    told = ANSWERS if answers is None else answers
    begun = begin(told, language=language, now=NOW, height_m=1.52, answered=bool(told))
    if begun.stop:
        return begun
    return conclude(begun, films or (film_of(bend()), REFUSED), earlier, spent={"reading": 12.0})
