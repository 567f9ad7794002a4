"""Tables as files of rows: out of one snapshot of a database, and into an empty one of either kind.

A file begins with a line of JSON, the names of the columns; a row is a line of JSON, its values in that
order, and then the bytes that it announced. What JSON has no word for is told by an object of one field:
``{"b": 12}`` 12 bytes that follow, ``{"t": ...}`` a time (ISO 8601, UTC), ``{"j": ...}`` a value of JSON
itself. No more than some rows are in memory at once, however long the table is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, MetaData, Table, insert, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from mitate.record.errors import RecordError
from mitate.record.schema import Base

__all__ = ["copy_tables", "read_table", "write_tables"]

_AT_ONCE = 20
_BATCH_BYTES = 4 << 20
_LONGEST_LINE = 16 << 20
Row = Sequence[Any]


def write_tables(connection: Connection, folder: Path) -> dict[str, int]:
    """Write every table into a file of its own.

    Args:
        connection: in a transaction that sees one moment.
        folder: there, and empty.

    Returns:
        How many rows each has, in an order in which they can be read back: what is pointed at comes first.
    """
    counts = {}
    for table in Base.metadata.sorted_tables:
        with (folder / f"{table.name}.rows").open("wb") as out:
            out.write(_line([column.name for column in table.columns]))
            counts[table.name] = 0
            for row in _rows(connection, table):
                counts[table.name] += 1
                _write(out, row)
    return counts


def read_table(connection: Connection, name: str, path: Path) -> int:
    """Bring a table back from its file; how many rows.

    Args:
        connection: in a transaction that writes, to a database of the schema that the file was written with.
        name: of the table, which is empty.
        path: of the file.

    Raises:
        RecordError: the file is not as `write_tables` writes it, or does not fit.
    """
    try:
        with path.open("rb") as stream:
            columns = _parsed(stream)
            return _insert(connection, name, columns, _read(stream, len(columns)))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise _unfit(name) from error


def copy_tables(source: Connection, target: Connection) -> None:
    """Every row of one database into another of the same schema, which has none.

    Raises:
        RecordError: they do not fit.
    """
    for table in Base.metadata.sorted_tables:
        columns = [column.name for column in table.columns]
        rows = ((tuple(row), sum(map(sys.getsizeof, row))) for row in _rows(source, table))
        _insert(target, table.name, columns, rows)


def _rows(connection: Connection, table: Table) -> Iterator[Row]:
    asked = select(table).order_by(*table.primary_key)
    with connection.execute(asked, execution_options={"yield_per": _AT_ONCE}) as found:
        yield from found


def _write(out: IO[bytes], row: Row) -> None:
    blobs = [value for value in row if isinstance(value, bytes)]
    out.write(_line([_told(value) for value in row]))
    for blob in blobs:
        out.write(blob)


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _told(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"b": len(value)}
    if isinstance(value, datetime):
        return {"t": value.astimezone(UTC).isoformat()}
    return {"j": value} if isinstance(value, dict | list) else value


def _parsed(stream: IO[bytes]) -> list[Any]:
    line = stream.readline(_LONGEST_LINE)
    values = json.loads(line)
    if not line.endswith(b"\n") or not isinstance(values, list):
        raise ValueError("no line of ours")
    return values


def _read(stream: BufferedReader, width: int) -> Iterator[tuple[Row, int]]:
    """Rows, and about how many bytes each is."""
    while stream.peek(1):
        start = stream.tell()
        values = [_back(value, stream) for value in _parsed(stream)]
        if len(values) != width:
            raise ValueError("a row of another width")
        yield values, stream.tell() - start


def _back(value: Any, stream: IO[bytes]) -> Any:
    if not isinstance(value, Mapping):
        return value
    ((kind, told),) = value.items()
    if kind == "t":
        return datetime.fromisoformat(told).astimezone(UTC)
    if kind == "j":
        return told
    if kind != "b" or type(told) is not int or told < 0:
        raise ValueError("no value of ours")
    blob = stream.read(told)
    if len(blob) != told:
        raise ValueError("bytes are missing")
    return blob


def _insert(
    connection: Connection, name: str, columns: Sequence[str], rows: Iterator[tuple[Row, int]]
) -> int:
    table = Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
    if {column.name for column in table.columns} != set(columns):
        raise _unfit(name)
    known = [table.c[column].key for column in columns]
    count, size, batch = 0, 0, list[dict[str, Any]]()
    try:
        for values, bytes_of_it in rows:
            batch.append(dict(zip(known, values, strict=True)))
            count, size = count + 1, size + bytes_of_it
            if size >= _BATCH_BYTES:
                connection.execute(insert(table), batch)
                size, batch = 0, []
        if batch:
            connection.execute(insert(table), batch)
    except StatementError as error:
        if isinstance(error, DBAPIError) and not isinstance(error, DataError | IntegrityError):
            raise
        raise _unfit(name) from error
    return count


def _unfit(name: str) -> RecordError:
    return RecordError(
        "this backup is damaged: its rows do not fit", where=f"table {name}", todo="take another one"
    )
