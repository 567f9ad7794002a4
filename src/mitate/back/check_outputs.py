"""The folder of a back check: the report as a page and to print, its data, and the films of the exercises."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib.resources import as_file
from pathlib import Path
from typing import Any

from mitate.abduce.draw import draw_proof
from mitate.back.check import BackCheck
from mitate.back.check_page import page_of
from mitate.back.check_page_details import PICTURES, PROOF
from mitate.back.check_pdf import write_pdf
from mitate.back.check_sources import versions
from mitate.back.exercises import film_file
from mitate.back.region import knowledge
from mitate.errors import InputError
from mitate.files import write_text
from mitate.plain import plain

__all__ = ["DETAILS", "EXERCISES", "FILES", "document_of", "write_check"]

FILES: tuple[str, ...] = ("report.html", "report.pdf", "result.json", "case.json")
"""What `write_check` writes beside the folders of pictures and exercises."""
EXERCISES, DETAILS = "exercises", "measures"
"""Folders of the chosen exercises' films, and of what each film gives, if that is wanted."""
_ENDINGS = (".mp4", ".jpg", ".en.vtt", ".ja.vtt")


def document_of(check: BackCheck) -> dict[str, Any]:
    """The result as plain JSON, with versions."""
    told: dict[str, Any] = plain({**check.as_dict(), "versions": versions(check)})
    return told


def write_check(check: BackCheck, folder: Path, document: Mapping[str, Any]) -> None:
    """Write the report and everything that belongs to it.

    Args:
        folder: that exists; its `PICTURES` folder already has the stills of the films.
        document: of `document_of`.

    Raises:
        OSError: the folder cannot be written.
    """
    pictures = folder / PICTURES
    pictures.mkdir(exist_ok=True)
    films = _copy_films(check, folder / EXERCISES)
    if check.result.explanations:
        base = knowledge(check.region)
        draw_proof(base, check.result.explanations[0], pictures / PROOF, check.language)
    write_text(folder / "report.html", page_of(check, films))
    write_pdf(check, folder / "report.pdf", folder)
    _write_json(folder / "result.json", document)
    _write_json(folder / "case.json", document["case"])
    if not any(pictures.iterdir()):
        pictures.rmdir()


def _copy_films(check: BackCheck, folder: Path) -> dict[str, dict[str, str]]:
    """Copy what there is of each exercise; captions are also told as text, for the page itself."""
    found: dict[str, dict[str, str]] = {}
    for planned in () if check.programme is None else check.programme.exercises:
        name = planned.exercise.name
        for ending in _ENDINGS:
            try:
                source = film_file(name, ending)
            except InputError:  # the report then says that there is no film
                continue
            folder.mkdir(exist_ok=True)
            with as_file(source) as file:
                shutil.copyfile(file, folder / f"{name}{ending}")
            captions = ending.endswith(".vtt")
            told = source.read_text("utf-8") if captions else f"{EXERCISES}/{name}{ending}"
            found.setdefault(name, {})[ending] = told
    return found


def _write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")
