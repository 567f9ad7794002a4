"""From a folder for each class to photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mitate.diagnosis.dataset_table import Found, Reading
from mitate.diagnosis.photographs import Photo
from mitate.tables import unwritable

__all__ = ["read_folders"]

_PHOTOS = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".heic", ".heif")
_OTHER_PICTURES = (".webp", ".bmp", ".tif", ".tiff", ".gif", ".pgm", ".ppm", ".avif", ".jp2", ".dng", ".raw")
# What systems leave behind, in small letters; hidden files begin with a full stop.
_LITTER = ("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "$recycle.bin")
_OURS = ("dataset.toml", "not-the-same.csv")
_SAVE_AS = "save it as JPEG or PNG"


def read_folders(reading: Reading) -> None:
    """Read the classes in the folder `reading.source`; see `mitate.diagnosis.dataset` for what it holds."""
    stray = []
    for entry in _entries(reading, reading.source):
        if entry.is_dir():
            _read_class(reading, entry)
        elif entry.name.lower() not in _OURS and _is_photo(entry):
            stray.append(entry)
    if stray:
        message = f"{len(stray)} photos lie beside the classes and belong to none"
        reading.warn(stray[0], message, "move them into the folder of their class")
    if not reading.found:
        todo = "make a folder for each class, or a table photos.csv with the columns person, label and file"
        tables = sorted(reading.source.glob("*.[ct]sv"))
        todo = f"is {tables[0].name!r} the table of photos? Then give its path" if tables else todo
        reading.error(reading.source, "there are no photos here", todo)


def _read_class(reading: Reading, folder: Path) -> None:
    reason = unwritable(folder.name)
    if reason:
        reading.error(folder, f"the folder's name {reason}", "give the class a plain name")
        return
    before = len(reading.found)
    entries = _entries(reading, folder)
    stems = Counter(entry.name if entry.is_dir() else entry.stem for entry in entries)
    for entry in entries:
        if entry.is_dir():
            for photo in _photos_below(reading, entry):
                _add(reading, photo, folder.name, entry.name)
        elif _usable(reading, entry):
            # p1.jpg and p1.png are two people, unless somebody says otherwise in a table
            _add(reading, entry, folder.name, entry.stem if stems[entry.stem] == 1 else entry.name)
    if len(reading.found) == before:
        reading.warn(
            folder, "no photos in this folder: it is not taken for a class", "remove it if it is none"
        )


def _add(reading: Reading, file: Path, label: str, name: str) -> None:
    reason = unwritable(file.name) or unwritable(name)
    if reason:
        reading.error(file, f"the name {reason}", "rename it")
        return
    photo = Photo(
        file=file,
        person=f"{label}/{name}",
        label=label,
        consent=reading.defaults["consent"],
        licence=reading.defaults["licence"],
    )
    reading.found.append(Found(photo, None))


def _photos_below(reading: Reading, folder: Path) -> Iterator[Path]:
    """All photos of one person, however deep they lie."""
    for entry in _entries(reading, folder):
        if entry.is_dir() and not entry.is_symlink():  # a link could lead back up for ever
            yield from _photos_below(reading, entry)
        elif not entry.is_dir() and _usable(reading, entry):
            yield entry


def _entries(reading: Reading, folder: Path) -> list[Path]:
    """What lies in a folder, in order of name, without what systems leave behind."""
    try:
        return sorted(
            entry
            for entry in folder.iterdir()
            if not entry.name.startswith(".") and entry.name.lower() not in _LITTER
        )
    except OSError as error:
        reading.error(folder, f"the folder cannot be read: {error.strerror}", "ask for permission to read it")
        return []


def _usable(reading: Reading, file: Path) -> bool:
    if _is_photo(file):
        return True
    if file.suffix.lower() in _OTHER_PICTURES:
        reading.warn(file, f"{file.suffix} pictures are not read: left out", _SAVE_AS)
    else:
        reading.warn(file, "not a photo: left out", "remove it, or name a photo by its kind, such as .jpg")
    return False


def _is_photo(file: Path) -> bool:
    """By its name, or by its first bytes: photos without a suffix are common where files were exported."""
    try:
        if not file.is_file():  # a broken link, or a pipe that would be waited for
            return False
        if file.suffix.lower() in _PHOTOS:
            return True
        with file.open("rb") as stream:
            head = stream.read(12)
    except OSError:  # it is reported as no photo
        return False
    return head[:3] == b"\xff\xd8\xff" or head[:8] == b"\x89PNG\r\n\x1a\n" or head[4:12] == b"ftypheic"
