"""``mitate record import``: a cohort on disk becomes people, weights and films of the record."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mitate.cli.printing import Json, print_json
from mitate.errors import InputError

__all__ = ["import_cohort"]


def import_cohort(
    cohort: Annotated[Path, typer.Argument(metavar="COHORT", help="Its folder.")],
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Of the record; by default in your own data folder.")
    ] = None,
    language: Annotated[str, typer.Option(help="That the people read: en or ja.")] = "en",
    consent: Annotated[
        str, typer.Option(help="What real people agreed to, where cohort.toml does not say it.")
    ] = "",
    ask: Annotated[bool, typer.Option("--passphrase", help="Ask for the passphrase.")] = False,
    keyring: Annotated[bool, typer.Option("--keyring", help="Key from the system's key store.")] = False,
    key_file: Annotated[Path | None, typer.Option(metavar="FILE", help="Key from this file.")] = None,
    database: Annotated[
        str | None, typer.Option(metavar="URL", envvar="MITATE_DATABASE", help="PostgreSQL.")
    ] = None,
    json: Json = False,
) -> None:
    """Take a cohort in: its participants, weights and films, which are copied and sealed.

    Films are read when `mitate serve` next runs, or at once if it does. What was taken in before stays as it
    is, so that a run that was broken off is simply run again.

    Example: `mitate record import examples/two-patients`
    """
    if language not in ("en", "ja"):
        raise InputError(f"{language!r} is not spoken here", where="--language", todo="give en or ja")
    if not cohort.is_dir():
        raise InputError("there is no such folder", where=cohort, todo="give the folder of a cohort")
    from mitate.record.cohort_in import import_cohort as take_in
    from mitate.record.master import KEYS, open_vault
    from mitate.record.opened import open_record, own_folder
    from mitate.record.whereabouts import need_place
    from mitate.serve.jobs.queue import RowsOnly

    place = folder or own_folder()
    need_place(place, database, may_begin=not (place / KEYS).exists())
    phrase = typer.prompt("passphrase", hide_input=True, err=True) if ask else None
    vault = open_vault(place, passphrase=phrase, keyring=keyring, key_file=key_file)
    record = open_record(place, vault, database)
    try:
        done = take_in(record, RowsOnly().add, cohort, "system", language=language, consent=consent)
    finally:
        record.close()
    if json:
        print_json({"record": str(place), **asdict(done)})
        return
    print(f"added: {done.people} people, {done.weights} weights, {done.films} films")
    if done.known:
        print(f"there before: {done.known} people and films")
    if done.without_film:
        print(f"sessions without a film: {done.without_film}")
    if done.films:
        print("the films are read by `mitate serve`")
