"""A data set on disk: a table of photos, or a folder for each class, and perhaps ``dataset.toml``.

What can be handed in, in the order in which it is looked for:

- a folder with ``photos.csv`` (or ``photos.tsv``), or such a table itself: the columns ``person``, ``label``
  and ``file``, if wanted ``consent`` and ``licence``; every other column is a group (``age``, ``sex``,
  ``skin_tone``, ``source`` ...). Cells are separated by commas, semicolons or tabs;
- a folder with one folder for each class. In it each photo is a person, and each folder is a person with
  several photos; the person's id is then ``class/name``.

``dataset.toml`` may say ``name``, ``simulated``, and a ``consent`` and ``licence`` that hold for all photos
that say nothing themselves.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mitate.diagnosis.dataset_folders import read_folders
from mitate.diagnosis.dataset_table import COLUMNS, RESERVED, Reading, check_people, read_photos
from mitate.diagnosis.photographs import Dataset
from mitate.errors import InputError
from mitate.files import write_text
from mitate.tables import Problem, unwritable

__all__ = ["check_dataset", "read_dataset", "write_dataset"]

_TABLES = ("photos.csv", "photos.tsv")
_FACTS: dict[str, type] = {"name": str, "simulated": bool, "consent": str, "licence": str}
_TODO = "give a folder with photos.csv or with one folder for each class, or a table of photos"


def read_dataset(path: Path, *, to_train: bool = True) -> Dataset:
    """Read a data set.

    Args:
        path: a folder or a table, see the module.
        to_train: whether there must be two classes, each with people enough to hold one out; not so for a
            gallery, nor for trying a finished model.

    Raises:
        InputError: naming the first error with its file and line, and how many more there are. Warnings do
            not stop reading; `check_dataset` lists them.
    """
    dataset, problems = check_dataset(path, to_train=to_train)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        first, more = errors[0], len(errors) - 1
        rest = f"; {more} more: run `mitate diagnosis check {path}`" if more else ""
        raise InputError(first.message, where=first.where, todo=first.todo + rest)
    if dataset is None:
        raise InputError("there are no photos here", where=path, todo=_TODO)
    return dataset


def check_dataset(path: Path, *, to_train: bool = True) -> tuple[Dataset | None, tuple[Problem, ...]]:
    """What could be read of a data set, and every problem, errors before warnings.

    Never raises for what is on disk. Arguments as of `read_dataset`.

    Returns:
        The photos whose rows could be read (None where there are none), and the problems.
    """
    path = Path(path)
    reading, read = _opened(path)
    facts = _facts(reading)
    reading.simulated = facts.get("simulated", False)
    reading.defaults = {name: facts.get(name, "") for name in ("consent", "licence")}
    if read is not None:
        read(reading)
        check_people(reading, to_train=to_train)
    problems = sorted(
        reading.problems, key=lambda p: (p.severity == "warning", p.file.name, p.line, p.column)
    )
    photos = tuple(found.photo for found in reading.found)
    if not photos:
        return None, tuple(problems)
    name = facts.get("name", "") or reading.root.resolve().name
    return Dataset(name, reading.root, photos, reading.simulated), tuple(problems)


def _opened(path: Path) -> tuple[Reading, Callable[[Reading], None] | None]:
    """The reading to fill and what fills it; None with a problem noted where there is nothing to read."""
    try:
        if path.is_dir():
            reading = Reading(root=path, source=path)
            beside = {entry.name.lower(): entry for entry in path.iterdir()}
            tables = [beside[name] for name in _TABLES if name in beside and beside[name].is_file()]
            if len(tables) > 1:
                reading.warn(
                    tables[1], f"there is a {tables[0].name} too, which is read", "delete one of them"
                )
            if tables:
                reading.source = tables[0]
                return reading, read_photos
            return reading, read_folders
        there = path.is_file()  # reading a pipe would wait for ever
    except OSError as error:
        reading = Reading(root=path.parent, source=path)
        reading.error(path, f"cannot be read: {error.strerror}", _TODO)
        return reading, None
    reading = Reading(root=path.parent, source=path)
    if there:
        return reading, read_photos
    reading.error(path, "there is no such file or folder", _TODO)
    return reading, None


def _facts(reading: Reading) -> dict[str, Any]:
    """What ``dataset.toml`` says; what is wrong with it is noted."""
    path = reading.root / "dataset.toml"
    todo = 'write lines such as: name = "Our clinic" and simulated = false'
    try:
        if not path.is_file():
            return {}
        facts = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        reading.error(path, f"cannot be read: {error.strerror}", todo)
        return {}
    except (ValueError, RecursionError) as error:
        place = re.search(r"at line (\d+), column (\d+)", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (0, 0)
        reading.problems.append(Problem(path, line, column, "error", "not a TOML file in UTF-8", todo))
        return {}
    for name in facts:
        if name not in _FACTS:
            reading.warn(path, f"{name!r} means nothing here", f"the names are {', '.join(_FACTS)}")
        elif not isinstance(facts[name], _FACTS[name]):
            kind = "text" if _FACTS[name] is str else "true or false"
            reading.error(path, f"{name} must be {kind}", todo)
    return {name: facts[name] for name, kind in _FACTS.items() if isinstance(facts.get(name), kind)}


def write_dataset(root: Path, dataset: Dataset) -> None:
    """Write ``photos.csv`` and ``dataset.toml`` into `root`; the photos are the caller's to put there.

    A file below `root` is written relative to it, any other with its whole path.

    Raises:
        InputError: a name that a table cannot hold, or a folder that cannot be written to.
    """
    root = Path(root)
    groups = sorted({name for photo in dataset.photos for name in photo.groups})
    _check_writable(root, dataset, groups)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *groups, "consent", "licence"])
    for photo in dataset.photos:
        values = [photo.groups.get(name, "") for name in groups]
        place = _place(root, photo.file)
        writer.writerow([photo.person, photo.label, place, *values, photo.consent, photo.licence])
    # JSON's strings are TOML's, but for the delete character
    name = json.dumps(dataset.name, ensure_ascii=False).replace("\x7f", "\\u007f")
    simulated = "true" if dataset.simulated else "false"
    try:
        write_text(root / "dataset.toml", f"name = {name}\nsimulated = {simulated}\n")
        write_text(root / "photos.csv", text.getvalue())
    except OSError as error:
        todo = "name a folder that can be written to"
        raise InputError(f"the tables cannot be written: {error.strerror}", where=root, todo=todo) from error


def _place(root: Path, file: Path) -> str:
    """The path as the table holds it."""
    whole, base = file.absolute(), root.absolute()
    return whole.relative_to(base).as_posix() if whole.is_relative_to(base) else str(whole)


def _check_writable(root: Path, dataset: Dataset, groups: list[str]) -> None:
    for name in groups:
        plain = unicodedata.normalize("NFKC", name).strip().lower()
        if name in RESERVED or name != plain or not name or unwritable(name):
            todo = "use a plain word in small letters"
            raise InputError(f"{name!r} cannot be the name of a group", where=root, todo=todo)
    if any("\ud800" <= letter <= "\udfff" for letter in dataset.name):
        raise InputError("the name is not text", where=root)
    for photo in dataset.photos:
        cells = {"person": photo.person, "label": photo.label, "file": _place(root, photo.file)}
        for name, value in cells.items():
            if not value:
                raise InputError(f"{name} is empty", where=root)
        for name, value in {
            **cells,
            **photo.groups,
            "consent": photo.consent,
            "licence": photo.licence,
        }.items():
            reason = unwritable(value)
            if reason:
                raise InputError(f"{name} {value!r} {reason}", where=root, todo="use plain names")
