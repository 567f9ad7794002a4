"""Which record is meant on the command line, and how it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mitate.errors import InputError

if TYPE_CHECKING:
    from mitate.record.opened import Record

__all__ = ["Ask", "Folder", "KeyFile", "Url", "opened", "place_of"]

Folder = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Of the record; by default in your own data folder.")
]
Ask = Annotated[bool, typer.Option("--passphrase", help="Ask for the passphrase.")]
KeyFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Where the key file lies now.")]
Url = Annotated[
    str | None, typer.Option("--database", metavar="URL", envvar="MITATE_DATABASE", help="PostgreSQL.")
]


def place_of(folder: Path | None) -> Path:
    """The folder of a record that is there: none is made by looking at it."""
    from mitate.record.master import KEYS
    from mitate.record.opened import own_folder

    place = folder or own_folder()
    if not (place / KEYS).exists():
        raise InputError("there is no record here", where=place, todo="name its folder by --folder")
    return place


@contextmanager
def opened(folder: Path | None, ask: bool, key_file: Path | None, url: str | None) -> Iterator[Record]:
    """A record, open for the block."""
    from mitate.record.master import open_vault
    from mitate.record.opened import open_record
    from mitate.record.whereabouts import need_place

    place = place_of(folder)
    need_place(place, url, may_begin=False)
    phrase = typer.prompt("passphrase", hide_input=True, err=True) if ask else None
    record = open_record(place, open_vault(place, passphrase=phrase, key_file=key_file), url)
    try:
        yield record
    finally:
        record.close()
