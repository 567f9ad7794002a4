"""Tables as clinics really save them: encodings, line ends, numbers; every problem with its place."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

__all__ = ["Problem", "Row", "Table", "parse_number", "parse_time", "read_cells", "read_table", "unwritable"]

_LARGEST = 64 * 2**20
_BOMS = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in what was handed in. `column` counts characters from 1; 0 is the whole line."""

    file: Path
    line: int
    column: int
    severity: Literal["error", "warning"]
    message: str
    todo: str

    @property
    def where(self) -> str:
        """``file:line:column`` as far as known."""
        parts = [str(self.file), *(str(number) for number in (self.line, self.column) if number)]
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: cells by column name, and where they stand."""

    file: Path
    line: int
    cells: dict[str, str]
    columns: dict[str, int]

    def problem(
        self, column: str, message: str, todo: str, severity: Literal["error", "warning"] = "error"
    ) -> Problem:
        """A problem at this row's cell."""
        return Problem(self.file, self.line, self.columns.get(column, 0), severity, message, todo)


@dataclass(frozen=True, slots=True)
class Table:
    """What could be read of a file, and what could not."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def unwritable(text: str) -> str | None:
    """Why `text` cannot be an id or path in a table, or None."""
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        return "has a control character"
    return "begins or ends with a space" if text != text.strip() else None


def _line_of(raw: bytes, offset: int) -> int:
    head = raw[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return head.count(b"\n") + 1


def _decode(path: Path, raw: bytes) -> tuple[str | None, list[Problem]]:
    todo = "save the table as UTF-8 text, separated by tabs"
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            try:
                return raw.decode(encoding), []
            except UnicodeDecodeError as error:
                line = _line_of(raw, error.start) if encoding == "utf-8-sig" else 1
                name = encoding.removesuffix("-sig").upper()
                return None, [
                    Problem(path, line, 0, "error", f"marked as {name}, but a byte is not {name}", todo)
                ]
    if b"\0" in raw:
        line = _line_of(raw, raw.index(b"\0"))
        return None, [Problem(path, line, 0, "error", "not text: UTF-16 without its mark, or binary", todo)]
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = _line_of(raw, error.start)
    for encoding, name in (("cp932", "Shift-JIS (CP932)"), ("cp1252", "Western (CP1252)")):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        strange = re.findall(r"\S*[^\x00-\x7f]\S*", text)[0][:20]
        return text, [Problem(path, line, 0, "warning", f"not UTF-8; read as {name}: {strange!r}", todo)]
    return None, [Problem(path, line, 0, "error", "neither UTF-8 nor Shift-JIS nor Western text", todo)]


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of cells with the number of the line they begin on; rows without any text are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _separator(text: str, allowed: str) -> str:
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(allowed, key=header.count)


def _starts(cells: list[str]) -> list[int]:
    starts, at = [], 1
    for cell in cells:
        starts.append(at)
        at += len(cell) + 1
    return starts


def _header(
    path: Path, line: int, cells: list[str], required: tuple[str, ...]
) -> tuple[list[str], list[Problem]]:
    names = [unicodedata.normalize("NFKC", cell).strip().lower() for cell in cells]
    needed = ", ".join(required)
    if len(names) == 1 and len(required) > 1:
        for sign, word in ((",", "commas"), (";", "semicolons")):
            if sign in names[0]:
                message = f"the columns are separated by {word}, not tabs"
                return names, [
                    Problem(path, line, 1, "error", message, "save it as tab-separated text (.tsv)")
                ]
    problems = []
    for name in required:
        if name not in names:
            problems.append(
                Problem(path, line, 0, "error", f"no column {name!r}", f"the first line must name: {needed}")
            )
    for index, name in enumerate(names):
        if name and name in names[:index]:
            message = f"the column {name!r} stands twice"
            problems.append(
                Problem(path, line, _starts(cells)[index], "error", message, "delete one of them")
            )
    return names, problems


def read_cells(file: Path, raw: bytes, separators: str) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    """The cells of a table's bytes, stripped, line by line with the number of the line each begins on.

    Never raises: whatever is wrong comes back as problems. Lines without any text are left out.

    Args:
        file: that problems name.
        raw: UTF-8, UTF-16 with its mark, Shift-JIS (CP932) or Western (CP1252).
        separators: what may stand between cells; of several, the one that the first line has most of.
    """
    text, problems = _decode(file, raw)
    if text is None:
        return [], problems
    found = []
    try:
        for line, cells in _lines(text, _separator(text, separators)):
            found.append((line, [cell.strip() for cell in cells]))
    except csv.Error as error:
        line = found[-1][0] + 1 if found else 1
        problems.append(Problem(file, line, 0, "error", f"not a table: {error}", "save the table anew"))
    return found, problems


def read_table(path: Path, required: tuple[str, ...], *, separators: str = "\t") -> Table:
    """Read a table whose first line names its columns; other columns are kept, and nothing is asked of them.

    Never raises: whatever is wrong comes back as problems. Cells are stripped of outer spaces.

    Args:
        path: the file.
        required: names of columns that must be there.
        separators: what may stand between cells; of several, the one that the first line has most of.
    """
    form = "tab-separated file" if separators == "\t" else "table"
    todo = f"make a {form} with the columns {', '.join(required)}"
    try:
        if path.stat().st_size > _LARGEST:
            return Table((), (Problem(path, 0, 0, "error", "this table is larger than 64 MB", todo),))
        raw = path.read_bytes()
    except OSError as error:
        return Table((), (Problem(path, 0, 0, "error", f"cannot be read: {error.strerror}", todo),))
    text, problems = _decode(path, raw)
    if text is None:
        return Table((), tuple(problems))
    names: list[str] = []
    rows = []
    line = 1
    try:
        for line, cells in _lines(text, _separator(text, separators)):
            if not names:
                names, found = _header(path, line, cells, required)
                problems += found
                if found:
                    return Table((), tuple(problems))
                continue
            starts = _starts(cells)
            if any(cell.strip() for cell in cells[len(names) :]):
                message = f"{len(cells)} cells, but the first line names {len(names)} columns"
                problems.append(
                    Problem(path, line, starts[len(names)], "error", message, "remove the extra cell")
                )
            padded = [cell.strip() for cell in cells[: len(names)]]
            padded += [""] * (len(names) - len(padded))
            rows.append(
                Row(path, line, dict(zip(names, padded, strict=True)), dict(zip(names, starts, strict=False)))
            )
    except csv.Error as error:
        problems.append(Problem(path, line, 0, "error", f"not a table: {error}", todo))
    if not names and not problems:
        problems.append(Problem(path, 0, 0, "error", "the table is empty", todo))
    return Table(tuple(rows), tuple(problems))


def parse_number(text: str) -> float | str:
    """The number in a cell (full-width digits too), or what is wrong with it."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if _NUMBER.fullmatch(plain):
        return float(plain)
    if re.fullmatch(r"[+-]?\d+,\d+", plain):
        return f"{text!r} has a decimal comma; write {plain.replace(',', '.')}"
    if re.fullmatch(r"[+-]?\d+([.,]\d+)?\s*[a-zA-Z]+", plain):
        return f"{text!r} has a unit; write the number alone"
    return f"{text!r} is not a number"


def parse_time(text: str) -> datetime | str:
    """The ISO 8601 date or time in a cell, or what is wrong with it."""
    try:
        time = datetime.fromisoformat(unicodedata.normalize("NFKC", text).strip())
    except ValueError:
        return f"{text!r} is not a date and time such as 2024-05-31T09:30"
    if not 1990 <= time.year <= 2100:
        return f"the year {time.year} is not plausible"
    return time
