"""From the rows of a table of photos to photos, with every problem and its place on the way."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from mitate.diagnosis.photographs import Photo
from mitate.tables import Problem, Row, read_table, unwritable

__all__ = ["COLUMNS", "LEAST_PEOPLE", "RESERVED", "Found", "Reading", "check_people", "folded", "read_photos"]

COLUMNS = ("person", "label", "file")
RESERVED = (*COLUMNS, "consent", "licence")

LEAST_PEOPLE, FEW_PEOPLE = 2, 5
"""People of a class without whom nothing can be held out, and with fewer of whom little can be learned."""

_UNKNOWN = ("", "na", "n/a", "nan", "-", "?", "unknown", "不明")
# Words of consent cells that say that the photo must not be used.
_REFUSED = re.compile(
    "no|n|none|false|0|nein|non|expired|opted[ -]out|opt-out|無|なし|いいえ|.*(撤回|拒否).*|"
    "(no consent|not (given|granted|obtained|signed|consent)|withdr|revok|refus|declin|denied).*"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A photo and where it was named; `row` is None for photos found in folders."""

    photo: Photo
    row: Row | None


@dataclass(slots=True)
class Reading:
    """What was read so far, beside where it stood.

    Attributes:
        root: the folder that relative files belong to.
        source: the table, or the folder of classes.
        simulated, defaults: as ``dataset.toml`` says.
        found: photos without an error of their own.
        problems: in the order of finding.
    """

    root: Path
    source: Path
    simulated: bool = False
    defaults: dict[str, str] = field(default_factory=lambda: {"consent": "", "licence": ""})
    found: list[Found] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def error(self, file: Path, message: str, todo: str) -> None:
        """Note an error of a whole file or folder."""
        self.problems.append(Problem(file, 0, 0, "error", message, todo))

    def warn(self, file: Path, message: str, todo: str) -> None:
        """Note a warning about a whole file or folder."""
        self.problems.append(Problem(file, 0, 0, "warning", message, todo))


def folded(text: str) -> str:
    """A name without what people vary by mistake: width, case, and spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def read_photos(reading: Reading) -> None:
    """Read the table `reading.source`; see `mitate.diagnosis.dataset` for what it holds."""
    table = read_table(reading.source, COLUMNS, separators=",;\t")
    reading.problems += table.problems
    files: dict[Path, int] = {}
    for row in table.rows:
        person, label = _name(reading, row, "person"), _name(reading, row, "label")
        file = _file(reading, row, files)
        consents = _consents(reading, row)
        if person is None or label is None or file is None or not consents:
            continue
        groups = {
            name: value
            for name, value in row.cells.items()
            if name and name not in RESERVED and folded(value) not in _UNKNOWN
        }
        licence = row.cells.get("licence", "") or row.cells.get("license", "")
        groups.pop("license", None)
        photo = Photo(
            file=file,
            person=person,
            label=label,
            groups=groups,
            consent=row.cells.get("consent", "") or reading.defaults["consent"],
            licence=licence or reading.defaults["licence"],
        )
        reading.found.append(Found(photo, row))
    if not table.rows and not table.problems:
        reading.problems.append(
            Problem(reading.source, 2, 0, "error", "no photos", "add a row for each photo")
        )


def _name(reading: Reading, row: Row, column: str) -> str | None:
    text = row.cells[column]
    reason = "is empty" if not text else unwritable(text)
    if reason:
        todo = {"person": "say who is on the photo", "label": "say which class the person belongs to"}
        reading.problems.append(row.problem(column, f"{column} {reason}", todo[column]))
        return None
    return text


def _file(reading: Reading, row: Row, files: dict[Path, int]) -> Path | None:
    """Where the photo of a row lies; None with a problem noted where it cannot be used."""

    def wrong(message: str, todo: str) -> None:
        reading.problems.append(row.problem("file", message, todo))

    text = row.cells["file"]
    if not text:
        wrong("file is empty", "name the photo's file")
        return None
    inside = "give a path below the table's folder, such as photos/p01.jpg, or the whole path"
    if unwritable(text):
        wrong(f"the file {text!r} {unwritable(text)}", inside)
        return None
    path = Path(text)
    if not path.is_absolute():
        parts = [part for part in text.replace("\\", "/").split("/") if part not in ("", ".")]
        if ".." in parts or re.match("[A-Za-z]:", text):
            wrong(f"the file {text!r} is not below the table's folder", inside)
            return None
        path = reading.root.joinpath(*parts)
    try:
        there, key = path.is_file(), path.resolve()
    except (OSError, RuntimeError, ValueError):  # too long, a loop of links, not encodable: not a file
        there, key = False, path
    if not there:
        wrong(f"there is no file {text!r}", _nearly(path) or "add the file or correct the name")
        return None
    if key in files:
        wrong(f"the file {text!r} stands already in line {files[key]}", "name each photo once")
        return None
    files[key] = row.line
    return path


def _nearly(path: Path) -> str:
    """The file that was probably meant, as a thing to do."""
    try:
        names = [entry.name for entry in path.parent.iterdir() if folded(entry.name) == folded(path.name)]
        if not names:
            names = [entry.name for entry in path.parent.iterdir() if folded(entry.stem) == folded(path.stem)]
    except (OSError, ValueError):  # the folder is not there either: nothing to suggest
        return ""
    return f"did you mean {sorted(names)[0]!r}?" if names else ""


def _consents(reading: Reading, row: Row) -> bool:
    """Whether nothing in the row says that the photo must not be used."""
    text = row.cells.get("consent", "")
    if not _REFUSED.fullmatch(folded(text)):
        return True
    message = f"consent {text!r}: this photo must not be used"
    reading.problems.append(row.problem("consent", message, "remove this row, and the photo where you must"))
    return False


def check_people(reading: Reading, *, to_train: bool = True) -> None:
    """Note what is wrong with people and classes as a whole; sizes matter only where one would train."""
    _check_labels_of_people(reading)
    _check_spelling(reading, "label")
    _check_spelling(reading, "person")
    _check_sexes(reading)
    if to_train:
        _check_sizes(reading)
    if not reading.simulated:
        for name, todo in (
            ("consent", "add a column that says what each person agreed to"),
            ("licence", "add a column that says on what terms each photo may be used"),
        ):
            without = sum(not getattr(found.photo, name) for found in reading.found)
            if without:
                message = f"nothing is said of {name} for {without} of {len(reading.found)} photos"
                reading.warn(reading.source, message, f"{todo}, or say it for all in dataset.toml")


def _check_labels_of_people(reading: Reading) -> None:
    first: dict[str, Found] = {}
    for found in reading.found:
        before = first.setdefault(found.photo.person, found)
        if before.photo.label == found.photo.label or found.row is None or before.row is None:
            continue
        message = (
            f"{found.photo.person!r} is in the class {found.photo.label!r} here and in "
            f"{before.photo.label!r} in line {before.row.line}"
        )
        todo = "one person is of one class: correct the label, or tell two people apart by their ids"
        reading.problems.append(found.row.problem("label", message, todo))


def _check_spelling(reading: Reading, column: str) -> None:
    """Names that differ only in case, width or spaces are one name written in two ways."""
    first: dict[str, str] = {}
    said = set()
    for found in reading.found:
        name = str(getattr(found.photo, column))
        before = first.setdefault(folded(name), name)
        if before == name or (name, before) in said:
            continue
        said.add((name, before))
        message = f"{column} {name!r} and {before!r} differ only in how they are written"
        severity = "error" if column == "label" else "warning"
        place = (found.row.line, found.row.columns.get(column, 0)) if found.row else (0, 0)
        file = found.row.file if found.row else reading.source
        todo = "write them alike" if column == "label" else "write them alike if they are one person"
        reading.problems.append(Problem(file, *place, severity, message, todo))  # type: ignore[arg-type]


def _check_sexes(reading: Reading) -> None:
    first: dict[str, str] = {}
    for found in reading.found:
        sex = found.photo.groups.get("sex")
        if sex and found.row and folded(first.setdefault(found.photo.person, sex)) != folded(sex):
            message = f"{found.photo.person!r} is {first[found.photo.person]!r} elsewhere and {sex!r} here"
            reading.problems.append(found.row.problem("sex", message, "is this one person?", "warning"))


def _check_sizes(reading: Reading) -> None:
    people: dict[str, set[str]] = defaultdict(set)
    for found in reading.found:
        people[found.photo.label].add(found.photo.person)
    if len(people) == 1:
        message = f"there is only one class here, {next(iter(people))!r}, and two are needed"
        reading.error(reading.source, message, "add another class, such as unaffected people")
    for label, persons in sorted(people.items()):
        if len(persons) >= FEW_PEOPLE:
            continue
        many = f"{len(persons)} {'person' if len(persons) == 1 else 'people'}"
        if len(persons) < LEAST_PEOPLE:
            message = f"the class {label!r} has {many}: nobody can be held out to test it"
            reading.error(reading.source, message, "add people, or take the class out")
        else:
            message = f"the class {label!r} has {many} only"
            reading.warn(reading.source, message, f"{FEW_PEOPLE} or more make figures mean something")
