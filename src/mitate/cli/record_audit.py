"""``mitate record audit``: whether the audit trail is as it was written."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from mitate.cli.printing import Json, print_json
from mitate.cli.record_place import Ask, Folder, KeyFile, Url, place_of

if TYPE_CHECKING:
    from mitate.record.audit import Verified

__all__ = ["audit"]


def audit(
    head: Annotated[
        str | None, typer.Option(metavar="SEQ:HASH", help="An end that was written down: it must be there.")
    ] = None,
    last: Annotated[int, typer.Option(min=0, max=10_000, help="Print so many rows, the last ones.")] = 0,
    no_key: Annotated[
        bool, typer.Option("--no-key", help="Look without the key: at the order of the rows only.")
    ] = False,
    folder: Folder = None,
    ask: Ask = False,
    key_file: KeyFile = None,
    url: Url = None,
    json: Json = False,
) -> None:
    """Check the audit trail from its first row to its last. Exit code 2 if it is broken.

    Example: `mitate record audit --last 20`
    """
    from sqlalchemy import select

    from mitate.record.audit import verify as check
    from mitate.record.errors import RecordError
    from mitate.record.master import open_vault
    from mitate.record.opened import look_at
    from mitate.record.schema import Audit

    place = place_of(folder)
    phrase = typer.prompt("passphrase", hide_input=True, err=True) if ask else None
    vault = None if no_key else open_vault(place, passphrase=phrase, key_file=key_file)
    database = look_at(place, vault, url)
    try:
        with database.reading() as session:
            seen = check(session, head)
            asked = select(Audit).order_by(Audit.seq.desc()).limit(last)
            rows = [
                {name: getattr(row, name) for name in ("seq", "at", "actor", "action", "subject", "detail")}
                for row in reversed(session.scalars(asked).all())
            ]
    finally:
        database.close()
    if json:
        print_json({**asdict(seen), "ok": seen.ok, "last": [{**row, "at": str(row["at"])} for row in rows]})
        raise typer.Exit(0 if seen.ok else RecordError.exit_code)
    for row in rows:
        what = "  ".join(str(row[name]) for name in ("actor", "action", "subject"))
        print(f"{row['seq']:>6}  {row['at']:%Y-%m-%d %H:%M:%S}  {what}")
    if not seen.ok:
        raise RecordError(f"broken at row {seen.broken_at}: {seen.why}", where="audit trail")
    print(f"whole: {seen.rows} rows; end: {seen.head}")
    print(_covered(seen))


def _covered(seen: Verified) -> str:
    if seen.keyed_from is None:
        return "under the record's key: no row; whoever can write the database can compute the trail anew"
    if seen.keyed_from > seen.rows:
        return "under the record's key: rows from now on"
    rows = f"rows {seen.keyed_from} to {seen.rows}"
    if seen.key_known:
        return f"under the record's key: {rows}"
    return f"under the record's key, which was not given: {rows}; only their order was looked at"
