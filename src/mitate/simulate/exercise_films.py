"""Films of all exercises: drawn from their files, kept while what they show has not changed.

A film is an MP4 (H.264, 1280x720, 25 pictures a second, no sound), a still, and captions in English and
Japanese. ``manifest.json`` beside them says from what each was made.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.back.captions import LANGUAGES, cues_of, webvtt
from mitate.back.exercise import Exercise
from mitate.back.exercises import exercise, exercises
from mitate.errors import InputError
from mitate.files import write_bytes, write_text
from mitate.simulate.body_model import load_body
from mitate.simulate.exercise_figure import figure
from mitate.simulate.exercise_motion import exercise_motion
from mitate.simulate.exercise_plan import RATE_HZ, film_plan, sides_of
from mitate.simulate.exercise_shots import FILM_SIZE, Drawn
from mitate.simulate.parallel import completed

__all__ = ["ENDINGS", "MANIFEST", "RENDERER", "inputs_of", "is_current", "make_film", "make_films", "sex_of"]

RENDERER = 1
"""Counted up whenever the films would look otherwise; all are then made again."""

MANIFEST = "manifest.json"
ENDINGS: tuple[str, ...] = (".mp4", ".jpg", ".en.vtt", ".ja.vtt")

_QUALITY = 24  # x264's constant rate factor
_KEYFRAMES_S = 5.0
_STILL_BYTES = 80_000
_NOTE = "Made by mitate simulate films. A simulated figure; no person is shown."

Progress = Callable[[float, int], None]


def sex_of(name: str) -> Literal["woman", "man"]:
    """Whose figure shows an exercise: about half of them each, and the same one always."""
    return "woman" if zlib.crc32(name.encode()) % 2 else "man"


def inputs_of(one: Exercise) -> str:
    """A digest of all of an exercise that its film and captions show, and of the renderer's version."""
    shown = {
        "renderer": RENDERER,
        "size": FILM_SIZE,
        "figure": sex_of(one.name),
        "title": one.title,
        "start": one.start,
        "region": one.region,
        "parts": one.parts,
        "equipment": one.equipment,
        "hold_s": one.dose.hold_s,
        "film": one.film,
        "poses": one.poses,
    }
    return hashlib.sha256(msgspec.json.encode(shown, order="deterministic")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Made:
    """What the manifest says of a film."""

    name: str
    inputs: str
    seconds: float
    bytes: int


def _manifest(out: Path) -> dict[str, dict[str, object]]:
    """What was made here before; nothing where the file is absent or damaged."""
    try:
        found = json.loads((out / MANIFEST).read_text(encoding="utf-8"))["films"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return dict(found) if isinstance(found, dict) else {}


def is_current(one: Exercise, out: Path) -> bool:
    """Whether an exercise's film lies in a folder, whole, and shows what its file says now."""
    told = _manifest(out).get(one.name, {})
    whole = all((out / f"{one.name}{ending}").is_file() for ending in ENDINGS)
    return whole and isinstance(told, dict) and told.get("inputs") == inputs_of(one)


def make_film(name: str, out: Path, progress: Callable[[float], None] | None = None) -> _Made:
    """Make an exercise's film, still and captions.

    Args:
        name: of the exercise.
        out: the folder.
        progress: called with the share of the film that is done.

    Raises:
        InputError: no such exercise, poses that cannot be, or a folder that cannot be written.
        MissingExtraError: the `simulate` extra is not installed.
    """
    one = exercise(name)
    who = figure(sex_of(name))
    sides = sides_of(one, exercise_motion(one, who.shape, rate_hz=RATE_HZ))
    plan = film_plan(one, sides)
    say = progress or (lambda share: None)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with Drawn(one, sides, who, plan, folder=out) as drawn:
            drawn.draw(lambda share: say(0.9 * share))
            video.write(
                out / f"{name}.mp4",
                _told(drawn.film(), len(plan.shots), say),
                frame_rate=RATE_HZ,
                quality=_QUALITY,
                gop_s=_KEYFRAMES_S,
                streamable=True,
            )
            write_bytes(out / f"{name}.jpg", _jpeg(drawn.still()))
        for language in LANGUAGES:
            text = webvtt(cues_of(one, plan.times, language), note=_NOTE)
            write_text(out / f"{name}.{language}.vtt", text)
    except OSError as error:
        raise InputError(f"cannot be written to ({error.strerror})", where=out) from error
    size = (out / f"{name}.mp4").stat().st_size
    return _Made(name, inputs_of(one), round(plan.times.length_s, 2), size)


def _told(
    pictures: Iterator[NDArray[np.uint8]], count: int, say: Callable[[float], None]
) -> Iterator[NDArray[np.uint8]]:
    for number, picture in enumerate(pictures):
        if number % 25 == 0:
            say(0.9 + 0.1 * number / count)
        yield picture


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    """As JPEG of at most `_STILL_BYTES`."""
    import cv2

    for quality in range(88, 30, -6):
        done, coded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        if done and len(coded) <= _STILL_BYTES:
            return bytes(coded)
    raise InputError(f"the still does not go into {_STILL_BYTES} bytes", todo="give the film a simpler view")


def _job(name: str, out: Path) -> _Made:
    """One film, in whatever process it is made."""
    import cv2

    cv2.setNumThreads(1)
    return make_film(name, out)


def make_films(
    names: Sequence[str],
    out: Path,
    *,
    workers: int = 1,
    force: bool = False,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> tuple[str, ...]:
    """Make the films of exercises; those that are there and show what the exercise says are kept.

    Args:
        names: of exercises; none means all.
        out: the folder.
        workers: processes, where no executor is given; 1 makes the films in this one.
        force: make all anew.
        executor: makes the films elsewhere; it must see the same folder.
        progress: called with films done, the share of one as well, and films in all.

    Returns:
        The names of the films made now.

    Raises:
        InputError: no such exercise, poses that cannot be, or a folder that cannot be written.
        MissingExtraError: the `simulate` extra is not installed.
    """
    chosen = [exercise(name) for name in dict.fromkeys(names)] or list(exercises())
    waiting = [one.name for one in chosen if force or not is_current(one, out)]
    kept = len(chosen) - len(waiting)
    say = progress or (lambda done, total: None)
    say(kept, len(chosen))
    if not waiting:
        return ()
    load_body()  # builds Anny's cache once, before several processes would
    done = kept

    def note(made: _Made) -> None:
        nonlocal done
        done += 1
        _remember(out, made)
        say(done, len(chosen))

    if executor is None and min(workers, len(waiting)) == 1:
        for name in waiting:
            note(make_film(name, out, progress=lambda share: say(done + share, len(chosen))))
    else:
        for made in completed(_job, [(name, out) for name in waiting], workers=workers, executor=executor):
            note(made)
    return tuple(waiting)


def _remember(out: Path, made: _Made) -> None:
    """Note a film in the manifest, and forget those of exercises that are no more."""
    films = {name: told for name, told in _manifest(out).items() if (out / f"{name}.mp4").is_file()}
    films[made.name] = {"inputs": made.inputs, "seconds": made.seconds, "bytes": made.bytes}
    told = {"made_by": "mitate simulate films", "renderer": RENDERER, "films": dict(sorted(films.items()))}
    try:
        write_text(out / MANIFEST, json.dumps(told, indent=1) + "\n")
    except OSError as error:
        raise InputError(f"cannot be written to ({error.strerror})", where=out) from error
