"""The exercises that come with the package, and the check that what they refer to is there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable

import msgspec

from mitate.abduce.names import did_you_mean
from mitate.back.exercise import Exercise, Region
from mitate.back.toml_lines import line_of_error
from mitate.back.typed import read_toml
from mitate.errors import InputError

__all__ = ["exercise", "exercise_files", "exercises", "film_file", "read_exercise"]

_ENDINGS = (".mp4", ".jpg", ".en.vtt", ".ja.vtt")


def exercise_files() -> tuple[Traversable, ...]:
    """The files of the exercises that come with the package, in the order of their names."""
    folder = resources.files("mitate.back") / "knowledge" / "exercises"
    files = (item for item in folder.iterdir() if item.name.endswith(".toml"))
    return tuple(sorted(files, key=lambda item: item.name))


@lru_cache(maxsize=1)
def _all() -> dict[str, Exercise]:
    read = (read_exercise(file.read_bytes(), file.name.removesuffix(".toml")) for file in exercise_files())
    return {one.name: one for one in read}


def read_exercise(content: bytes, name: str, where: str = "") -> Exercise:
    """One exercise from the bytes of its file, which is told as `where` (``NAME.toml`` if not given).

    Raises:
        InputError: no TOML, or not of the schema (`mitate.back.exercise`); says on which line.
    """
    try:
        read = read_toml(content, Exercise)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        line = line_of_error(content.decode("utf-8", "replace"), str(error))
        raise InputError(
            f"this is no exercise: {error}",
            where=f"{where or f'{name}.toml'}:{line}",
            todo="docs/programme.md shows a whole one",
        ) from error
    return msgspec.structs.replace(read, name=name)


def exercises(region: Region | None = None) -> tuple[Exercise, ...]:
    """All exercises, or those of one region, in the order of their names."""
    return tuple(one for one in _all().values() if region in (None, one.region))


def exercise(name: str) -> Exercise:
    """One exercise by its name.

    Raises:
        InputError: no exercise of this name.
    """
    found = _all().get(name)
    if found is None:
        raise InputError(
            f"there is no exercise {name[:40]!r}",
            todo=did_you_mean(name, _all()) or "`mitate back exercises` lists them",
        )
    return found


def film_file(name: str, ending: str = ".mp4") -> Traversable:
    """The film of an exercise (``.mp4``), its still (``.jpg``) or captions (``.en.vtt``, ``.ja.vtt``).

    Raises:
        InputError: no such exercise or ending, or the file is not there.
    """
    exercise(name)
    file = resources.files("mitate.back") / "films" / f"{name}{ending}"
    if ending not in _ENDINGS or not file.is_file():
        raise InputError(
            f"there is no film of this exercise ({name}{ending})",
            todo="make it with `mitate simulate films`, or install the package anew",
        )
    return file


def each_reference(one: Exercise) -> Iterator[tuple[str, str]]:
    """Other exercises that this one names, with the place where it does."""
    for place, steps in (("harder", one.harder), ("easier", one.easier)):
        for number, step in enumerate(steps):
            if step.exercise:
                yield f"{place}[{number}]", step.exercise
    for place, instead in (("elder", one.elder), ("chair", one.chair)):
        if instead.exercise:
            yield place, instead.exercise
