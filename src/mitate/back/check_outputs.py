"""The folder of a back check: the report as a page and to print, its data, and the films of the exercises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mitate.abduce.draw import draw_proof
from mitate.back.check import BackCheck
from mitate.back.check_page import page_of
from mitate.back.check_page_details import PICTURES, PROOF
from mitate.back.check_page_programme import EXERCISES
from mitate.back.check_pdf import write_pdf
from mitate.back.check_sources import versions
from mitate.back.exercises import film_file
from mitate.back.region import knowledge
from mitate.errors import InputError
from mitate.files import write_bytes, write_text
from mitate.plain import plain

__all__ = ["DETAILS", "FILES", "document_of", "write_check"]

FILES: tuple[str, ...] = ("report.html", "report.pdf", "result.json", "case.json")
"""What `write_check` writes beside the folders of pictures and exercises."""
DETAILS = "measures"
"""The folder of what each film gives by itself, if that is wanted."""
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


def _copy_films(check: BackCheck, folder: Path) -> set[str]:
    """Copy the films of the chosen exercises, with stills and captions; the names of those that have one."""
    found: set[str] = set()
    for planned in () if check.programme is None else check.programme.exercises:
        name = planned.exercise.name
        try:
            sources = [(ending, film_file(name, ending)) for ending in _ENDINGS]
        except InputError:  # the report then says that there is no film
            continue
        folder.mkdir(exist_ok=True)
        for ending, source in sources:
            write_bytes(folder / f"{name}{ending}", source.read_bytes())
        found.add(name)
    return found


def _write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")
