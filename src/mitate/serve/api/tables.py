"""What a clinic's table would bring, or brought, as the API tells it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Query

from mitate.record.csv_in import Applied, CsvPreview, PersonLine
from mitate.serve.api.shapes import Told

__all__ = ["ImportTold", "LeaveOut", "Preview", "imported"]

Preview = Annotated[bool, Query(description="only look; nothing is added")]
LeaveOut = Annotated[bool, Query(description="add the rest where some lines are refused")]
_SHOWN = 200


class RowTold(Told):
    """A row that was understood; `known` where it is in the record already."""

    line: int
    known: bool
    number: str
    name: str | None = None
    birth_date: date | None = None
    at: datetime | None = None
    kg: float | None = None
    kind: Literal["weight", "dry"] | None = None
    context: Literal["pre", "post", "other"] | None = None


class RefusedTold(Told):
    """A line that cannot be taken in, and why."""

    line: int
    column: str
    what: str
    todo: str


class ImportTold(Told):
    """What a table brings.

    The first 200 rows and refused lines are shown; `understood`, `new` and `refused_lines` count all. `added`
    is None where it was only looked at.
    """

    what: Literal["weights", "people"]
    understood: int
    new: int
    refused_lines: int
    added: int | None
    rows: list[RowTold]
    refused: list[RefusedTold]
    warnings: list[str]


def imported(found: CsvPreview, applied: Applied | None) -> ImportTold:
    """A preview, or what came of it."""
    rows = []
    for row in found.rows[:_SHOWN]:
        if isinstance(row, PersonLine):
            facts = row.facts
            told = RowTold(
                line=row.line,
                known=row.known,
                number=facts.number,
                name=facts.name,
                birth_date=facts.birth_date,
            )
        else:
            weight = row.weight
            told = RowTold(
                line=row.line,
                known=row.known,
                number=row.number,
                at=weight.at,
                kg=weight.kg,
                kind=weight.kind,
                context=weight.context,
            )
        rows.append(told)
    return ImportTold(
        what=found.what,
        understood=len(found.rows),
        new=found.new,
        refused_lines=len(found.refused),
        added=None if applied is None else applied.added,
        rows=rows,
        refused=[RefusedTold.model_validate(one) for one in found.refused[:_SHOWN]],
        warnings=list(found.warnings),
    )
