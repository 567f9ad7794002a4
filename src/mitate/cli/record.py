"""``mitate record``: backups, the audit trail, erasing, keys and retention of the record on this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mitate.cli.printing import Json, print_json
from mitate.cli.record_audit import audit
from mitate.cli.record_import import import_cohort
from mitate.cli.record_place import Ask, Folder, KeyFile, Url, opened, place_of
from mitate.cli.record_secret import secret
from mitate.errors import InputError

__all__ = ["app"]

app = typer.Typer(
    help="Backups, audit trail, erasing, keys and retention of the record.", no_args_is_help=True
)
app.command("import")(import_cohort)
app.command()(audit)
app.command()(secret)

_NEW = "MITATE_NEW_PASSPHRASE"
Sure = Annotated[bool, typer.Option("--yes", help="Do not ask whether you are sure.")]


@app.command()
def backup(
    to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Another folder, such as a stick's; better.")
    ] = None,
    folder: Folder = None,
    ask: Ask = False,
    key_file: KeyFile = None,
    url: Url = None,
    json: Json = False,
) -> None:
    """Make a backup of everything in one file, while the app runs. It opens with what the record opens with.

    Example: `mitate record backup --to /media/stick`
    """
    from mitate.record.backup import back_up

    with opened(folder, ask, key_file, url) as record:
        made = back_up(record, to=to)
    if json:
        print_json(made)
        return
    print(f"{made.path}: {made.files} files, {made.size / 1e6:.1f} MB")
    print(f"end of its audit trail: {made.audit_head}")


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(metavar="BACKUP", help="File of a backup.")], json: Json = False
) -> None:
    """Check every byte of a backup against its sums; needs no key. Exit code 2 if it is damaged.

    Example: `mitate record verify mitate-20260102-030405-000000.tar`
    """
    from mitate.record.backup import verify as check

    seen = check(path)
    if json:
        print_json(seen)
        return
    print(f"whole: {seen.files} files of {seen.made_at:%Y-%m-%d %H:%M} UTC, {seen.size / 1e6:.1f} MB")


@app.command()
def restore(
    path: Annotated[Path, typer.Argument(metavar="BACKUP", help="File of a backup.")],
    into: Annotated[Path, typer.Argument(metavar="DIR", help="An empty folder, or a new one.")],
    current: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Of the record as it is now: who was erased there stays erased."),
    ] = None,
    erased: Annotated[
        Path | None, typer.Option(metavar="FILE", help="More ids of erased people, one a line.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="Put the tables into this empty PostgreSQL database."),
    ] = None,
    current_url: Annotated[
        str | None,
        typer.Option("--current-database", metavar="URL", help="Where the record's tables are as it is now."),
    ] = None,
    json: Json = False,
) -> None:
    """Bring a backup back, all of it or nothing, without the people who were erased since.

    Example: `mitate record restore mitate-20260102-030405-000000.tar restored`
    """
    from mitate.record.restoring import restore as bring_back

    ids = _listed(erased) | _erased_since(current, current_url)
    done = bring_back(path, into, ids, url)
    if json:
        print_json(done)
        return
    print(f"{done.folder}: {done.people} people as of {done.made_at:%Y-%m-%d %H:%M} UTC")
    if done.erased:
        print(f"erased again: {done.erased}")
    where = " --database URL" if url else ""
    print(f"to open it: mitate serve --folder {done.folder}{where}")


def _listed(file: Path | None) -> set[str]:
    try:
        return set() if file is None else set(file.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "this list cannot be read", where=file, todo="give a text of ids, one a line"
        ) from error


def _erased_since(current: Path | None, url: str | None) -> set[str]:
    from mitate.record.database import open_database, sqlite_url
    from mitate.record.restoring import erased_ids
    from mitate.record.whereabouts import DATABASE, need_place

    if current is None and url is None:
        return set()
    if current is not None:
        need_place(current, url, may_begin=False, by="--current-database")
    database = open_database(url or sqlite_url((current or Path()) / DATABASE))
    try:
        return erased_ids(database)
    finally:
        database.close()


@app.command()
def erase(
    person: Annotated[str, typer.Argument(metavar="ID", help="Of a person, as her page's address tells it.")],
    folder: Folder = None,
    ask: Ask = False,
    key_file: KeyFile = None,
    url: Url = None,
    sure: Sure = False,
    json: Json = False,
) -> None:
    """Erase a person for good: her key, rows and films. Nothing brings her back but an older backup.

    Example: `mitate record erase 0123456789abcdef0123456789abcdef`
    """
    from mitate.record.erasure import erase as destroy

    with opened(folder, ask, key_file, url) as record:
        _sure(sure, f"erase {person} for good?")
        done = destroy(record, person, "system")
    if json:
        print_json(done)
        return
    print(f"erased {person}, {done.films} films")
    if not done.compacted:
        print("the database was busy: the next sweep overwrites what it held of her")
    for name in done.backups:
        print(f"a backup made before still holds her, sealed: {name}")


@app.command()
def passphrase(
    folder: Folder = None,
    ask: Ask = False,
    key_file: KeyFile = None,
    to_keyring: Annotated[
        bool, typer.Option("--to-keyring", help="Keep the key in the system's key store instead.")
    ] = False,
    to_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the key in this new file instead.")
    ] = None,
    json: Json = False,
) -> None:
    """Set the passphrase anew, or choose another way to open the record; nothing is sealed anew.

    Example: `mitate record passphrase`

    The new one is asked for, or taken from the environment variable MITATE_NEW_PASSPHRASE. Backups that were
    made before open as they did.
    """
    import os

    from mitate.record.master import open_vault, protect, read_keys

    place = place_of(folder)
    old = typer.prompt("passphrase now", hide_input=True, err=True) if ask else None
    vault = open_vault(place, passphrase=old, key_file=key_file)
    new = None
    if not to_keyring and to_file is None:
        new = os.environ.get(_NEW) or typer.prompt(
            "new passphrase", hide_input=True, err=True, confirmation_prompt=True
        )
    protect(place, vault, passphrase=new, keyring=to_keyring, key_file=to_file)
    keys = read_keys(place)
    where = str(keys.key_file) if keys.way == "file" else None
    if json:
        print_json({"record": str(place), "way": keys.way, "key_file": where})
        return
    print(f"the record is now opened by {where or keys.way}; keep a copy where the record is not")


@app.command()
def rotate(
    folder: Folder = None,
    ask: Ask = False,
    key_file: KeyFile = None,
    url: Url = None,
    sure: Sure = False,
    json: Json = False,
) -> None:
    """Put a new master key in the place of the old; the app must be started again afterwards.

    Example: `mitate record rotate`
    """
    from mitate.record.master import open_vault
    from mitate.record.opened import open_record
    from mitate.record.rotation import rotate as renew
    from mitate.record.whereabouts import need_place

    place = place_of(folder)
    need_place(place, url, may_begin=False)
    phrase = typer.prompt("passphrase", hide_input=True, err=True) if ask else None
    record = open_record(place, open_vault(place, passphrase=phrase, key_file=key_file), url)
    try:
        _sure(sure, "put a new master key in the place of the old?")
        renew(record, phrase, key_file)
    finally:
        record.close()
    if json:
        print_json({"record": str(place), "rotated": True})
        return
    print("the master key is a new one; start mitate again where it runs")


@app.command()
def retention(
    uploads_hours: Annotated[
        int | None, typer.Option(help="Hours that an unfinished upload is waited for.")
    ] = None,
    captures_years: Annotated[
        int | None, typer.Option(help="Years after which sessions and checks go; 0: never.")
    ] = None,
    jobs_days: Annotated[int | None, typer.Option(help="Days that ended jobs are listed.")] = None,
    backups_days: Annotated[
        int | None, typer.Option(help="Days that backups in the record's folder stay; the newest always.")
    ] = None,
    sweep: Annotated[bool, typer.Option("--sweep", help="Remove what is over its time now.")] = False,
    folder: Folder = None,
    ask: Ask = False,
    key_file: KeyFile = None,
    url: Url = None,
    json: Json = False,
) -> None:
    """Show how long things are kept, set it, or remove now what is over its time (the app does it hourly).

    Example: `mitate record retention --captures-years 10 --sweep`
    """
    from mitate.record import retention as keeping
    from mitate.record import settings
    from mitate.record.audit import note
    from mitate.record.schema import now
    from mitate.serve.jobs.queue import RowsOnly

    asked = {"uploads_hours": uploads_hours, "jobs_days": jobs_days, "backups_days": backups_days}
    new: dict[str, int | None] = {name: value for name, value in asked.items() if value is not None}
    if captures_years is not None:
        new["captures_years"] = captures_years or None
    with opened(folder, ask, key_file, url) as record:
        if new:
            with record.database.writing() as session:
                settings.put(session, "retention", new)
                note(session, "system", "settings.retention", fields=sorted(new))
        swept = keeping.sweep(record, now(), RowsOnly().add) if sweep else None
        with record.database.reading() as session:
            held = settings.get(session, "retention")
    if json:
        print_json({"retention": held, "swept": None if swept is None else asdict(swept)})
        return
    for name, value in held.items():
        print(f"{name:<16} {'for good' if value is None else value}")
    if swept is not None:
        told = [f"{number} {name}" for name, number in asdict(swept).items() if number]
        print(f"removed: {', '.join(told) or 'nothing, as all is within its time'}")


def _sure(sure: bool, question: str) -> None:
    if not sure:
        typer.confirm(question, abort=True, err=True)
