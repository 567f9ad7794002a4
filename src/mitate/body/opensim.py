"""OpenSim's files: marker trajectories (``.trc``) and tables over time (``.mot``, ``.sto``).

Positions are metres in memory whatever the file's unit; a marker that was not seen is NaN in memory and an
empty cell in the file. Positions are written to the nanometre and other numbers with nine digits. Formats:
OpenSim's documentation, "Marker (.trc) Files" and "Motion (.mot) Files".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from mitate.body.frames import Array
from mitate.errors import InputError
from mitate.files import write_text

__all__ = ["Markers", "Motion", "read_mot", "read_trc", "write_mot", "write_trc"]

Unit = Literal["m", "cm", "mm"]
_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
_DIGITS = {"m": 9, "cm": 7, "mm": 6}
_TRC_KEYS = (
    "DataRate",
    "CameraRate",
    "NumFrames",
    "NumMarkers",
    "Units",
    "OrigDataRate",
    "OrigDataStartFrame",
    "OrigNumFrames",
)
_LONGEST = 64 * 1024 * 1024  # bytes; an hour of 60 markers at 60 frames a second stays below


@dataclass(frozen=True, slots=True)
class Markers:
    """Marker trajectories.

    Attributes:
        names: of the markers, in the file's order, each once.
        time: (n,) seconds, growing.
        positions: (n, m, 3) metres; NaN where a marker was not seen.
        rate: frames a second, as the file states it.
    """

    names: tuple[str, ...]
    time: Array
    positions: Array
    rate: float

    def of(self, name: str) -> Array:
        """The trajectory (n, 3) of one marker.

        Raises:
            InputError: there is no such marker.
        """
        return np.asarray(self.positions[:, _place(name, self.names, "marker")], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Motion:
    """A table over time: joint angles, marker locations or anything else OpenSim keeps so.

    Attributes:
        name: the file's first line.
        columns: names of the columns without ``time``, each once.
        time: (n,) seconds.
        values: (n, k), in the file's own units.
        in_degrees: whether angles are in degrees; else they are in radians.
    """

    name: str
    columns: tuple[str, ...]
    time: Array
    values: Array
    in_degrees: bool = True

    def of(self, name: str) -> Array:
        """One column (n,), as it stands.

        Raises:
            InputError: there is no such column.
        """
        return np.asarray(self.values[:, _place(name, self.columns, "column")], dtype=np.float64)


def read_trc(path: Path) -> Markers:
    """Read marker trajectories.

    Raises:
        InputError: the file cannot be read or is not a whole ``.trc``; it says in which line.
    """
    lines = _lines(path)
    if len(lines) < 5 or not lines[0].startswith("PathFileType"):
        raise _bad(path, 1, "this is not a .trc file", "its first line must begin with PathFileType")
    header = dict(zip(lines[1].split(), lines[2].split(), strict=False))
    missing = [key for key in _TRC_KEYS[:5] if key not in header]
    if missing:
        raise _bad(path, 3, f"the header does not state {', '.join(missing)}")
    scale = _METRES.get(header["Units"].lower())
    if scale is None:
        raise _bad(path, 3, f"unknown unit {header['Units']!r}", f"there are {', '.join(_METRES)}")
    names = tuple(cell.strip() for cell in lines[3].split("\t")[2:] if cell.strip())
    if len(names) != _count(path, header["NumMarkers"], "NumMarkers") or len(set(names)) != len(names):
        found = f"{len(names)} marker names, {len(set(names))} of them different"
        raise _bad(path, 4, f"{found}, but NumMarkers is {header['NumMarkers']}")
    width = 2 + 3 * len(names)
    places = [number for number, line in enumerate(lines[5:], 6) if line.strip()]
    rows = [_marker_row(path, number, lines[number - 1], width) for number in places]
    if len(rows) != _count(path, header["NumFrames"], "NumFrames"):
        raise _bad(path, len(lines), f"{len(rows)} frames, but NumFrames is {header['NumFrames']}")
    table = np.array(rows, dtype=np.float64).reshape(len(rows), width)
    _check_time(path, table[:, 1], places)
    positions = scale * table[:, 2:].reshape(len(rows), len(names), 3)
    return Markers(names, table[:, 1], positions, _number(path, 3, header["DataRate"]))


def write_trc(path: Path, markers: Markers, *, unit: Unit = "mm") -> None:
    """Write marker trajectories; the frames count from 1.

    Raises:
        InputError: names, times and positions do not fit together.
        OSError: the file cannot be written.
    """
    n, m = len(markers.time), len(markers.names)
    _check_names(path, markers.names)
    if markers.positions.shape != (n, m, 3):
        raise InputError(f"positions must be {n} × {m} × 3, not {markers.positions.shape}", where=path)
    if not (math.isfinite(markers.rate) and markers.rate > 0):
        raise InputError(f"the rate must be above 0, not {markers.rate}", where=path)
    _check_time(path, markers.time)
    rate = f"{markers.rate:.10g}"
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "\t".join(_TRC_KEYS),
        "\t".join((rate, rate, str(n), str(m), unit, rate, "1", str(n))),
        "Frame#\tTime\t" + "\t\t\t".join(markers.names) + "\t\t",
        "\t\t" + "\t".join(f"{axis}{i}" for i in range(1, m + 1) for axis in "XYZ"),
        "",
    ]
    cells = markers.positions.reshape(n, 3 * m) / _METRES[unit]
    for number, (second, row) in enumerate(zip(markers.time, cells, strict=True), 1):
        shown = (f"{value:.{_DIGITS[unit]}f}" if math.isfinite(value) else "" for value in row)
        lines.append("\t".join((str(number), f"{second:.9g}", *shown)))
    write_text(path, "\n".join(lines) + "\n")


def read_mot(path: Path) -> Motion:
    """Read a table over time.

    Raises:
        InputError: the file cannot be read or is not a whole ``.mot`` or ``.sto``; it says in which line.
    """
    lines = _lines(path)
    end = next((i for i, line in enumerate(lines) if line.strip().lower() == "endheader"), None)
    if end is None or end + 1 >= len(lines):
        raise _bad(path, 1, "this is not a .mot or .sto file", "its header must end with a line: endheader")
    header = dict(_settings(lines[:end]))
    columns = lines[end + 1].split()
    if not columns or columns[0] != "time":
        raise _bad(path, end + 2, "the first column must be time")
    _check_names(f"{path}:{end + 2}", columns[1:])
    places = [number for number, line in enumerate(lines[end + 2 :], end + 3) if line.strip()]
    rows = [_row(path, number, lines[number - 1].split(), len(columns)) for number in places]
    for key, found in (("nrows", len(rows)), ("ncolumns", len(columns))):
        if header.get(key, str(found)) != str(found):
            raise _bad(path, end + 1, f"{found} found, but {key} is {header[key]}", "is the file whole?")
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(columns))
    _check_time(path, table[:, 0], places)
    in_degrees = header.get("indegrees", "no").lower() == "yes"
    return Motion(lines[0].strip(), tuple(columns[1:]), table[:, 0], table[:, 1:], in_degrees)


def write_mot(
    path: Path,
    time: ArrayLike,
    columns: Mapping[str, ArrayLike],
    *,
    name: str = "Coordinates",
    in_degrees: bool = True,
) -> None:
    """Write columns (n,) over time (n,) in seconds; lengths in metres, NaN as ``nan``.

    Raises:
        InputError: columns of other lengths than the time, or names with blanks in them.
        OSError: the file cannot be written.
    """
    seconds = np.asarray(time, dtype=np.float64)
    _check_names(path, tuple(columns))
    values = {key: np.asarray(column, dtype=np.float64) for key, column in columns.items()}
    wrong = [key for key, column in values.items() if column.shape != seconds.shape]
    if wrong or seconds.ndim != 1:
        raise InputError(f"not as long as the time: {', '.join(wrong) or 'time'}", where=path)
    _check_time(path, seconds)
    lines = [
        name,
        "version=1",
        f"nRows={len(seconds)}",
        f"nColumns={len(values) + 1}",
        f"inDegrees={'yes' if in_degrees else 'no'}",
        "endheader",
        "\t".join(("time", *values)),
    ]
    for index, second in enumerate(seconds):
        lines.append("\t".join(f"{value:.9g}" for value in (second, *(c[index] for c in values.values()))))
    write_text(path, "\n".join(lines) + "\n")


def _lines(path: Path) -> list[str]:
    try:
        size = path.stat().st_size
        if size > _LONGEST:
            raise InputError(f"{size / 2**20:.0f} MB are more than this reads", where=path)
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=path) from error
    # A path in the header may be in any encoding, and nothing depends on it.
    return content.decode("utf-8", errors="replace").removeprefix("\ufeff").splitlines()


def _settings(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        key, equals, value = line.partition("=")
        if equals:
            yield key.strip().lower(), value.strip()


def _marker_row(path: Path, number: int, line: str, width: int) -> list[float]:
    """A row's numbers; markers that were not seen are empty cells, which some programs cut off at the end."""
    cells = [cell.strip() for cell in line.rstrip().split("\t")]
    if len(cells) > width or (width - len(cells)) % 3:
        raise _bad(path, number, f"{len(cells)} cells, but the header needs {width}", "is the file whole?")
    values = _row(path, number, cells + [""] * (width - len(cells)), width)
    seen = np.isfinite(np.array(values[2:])).reshape(-1, 3)
    if (seen.any(axis=1) & ~seen.all(axis=1)).any():
        marker = int(np.flatnonzero(seen.any(axis=1) & ~seen.all(axis=1))[0])
        raise _bad(path, number, f"marker {marker + 1} has some of its coordinates only")
    return values


def _row(path: Path, number: int, cells: Sequence[str], width: int) -> list[float]:
    if len(cells) != width:
        raise _bad(path, number, f"{len(cells)} columns, but the header has {width}", "is the file whole?")
    return [math.nan if not cell else _number(path, number, cell) for cell in cells]


def _number(path: Path, line: int, cell: str) -> float:
    try:
        value = float(cell.replace("_", "no number"))  # Python alone takes 1_000 for a number
    except ValueError:
        raise _bad(path, line, f"{cell!r} is not a number") from None
    if math.isinf(value):
        raise _bad(path, line, f"{cell!r} is not a finite number")
    return value


def _count(path: Path, cell: str, what: str) -> int:
    if not cell.isdecimal() or len(cell) > 9:
        raise _bad(path, 3, f"{what} must be a whole number, not {cell!r}")
    return int(cell)


def _check_time(path: Path, time: Array, lines: Sequence[int] | None = None) -> None:
    wrong = np.flatnonzero(~np.isfinite(time) | (np.diff(time, prepend=-np.inf) <= 0))
    if wrong.size:
        place = int(wrong[0])
        where = f"{path}:{lines[place]}" if lines else str(path)
        raise InputError(f"row {place + 1}: time must be a number and grow from row to row", where=where)


def _check_names(where: Path | str, names: Sequence[str]) -> None:
    bad = [name for name in names if not name or name.split() != [name]]
    if bad or len(set(names)) != len(names):
        what = f"the name {bad[0]!r} is empty or has blanks" if bad else "two columns have the same name"
        raise InputError(what, where=where)


def _place(name: str, names: Sequence[str], what: str) -> int:
    if name not in names:
        raise InputError(f"there is no {what} {name!r}", todo=f"there are {', '.join(names)}")
    return names.index(name)


def _bad(path: Path, line: int, what: str, todo: str | None = None) -> InputError:
    return InputError(what, where=f"{path}:{line}", todo=todo)
