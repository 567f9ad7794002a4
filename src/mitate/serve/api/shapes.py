"""Shapes that several routes share: what comes in is taken strictly, what goes out has nothing more."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from fastapi import Body, Path, Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

__all__ = ["CaptureId", "Day", "Given", "Most", "PersonId", "Skip", "TableBody", "Time", "Told", "WeightId"]

ID = "^[0-9a-f]{32}$"
PersonId = Annotated[str, Path(pattern=ID, description="of a person")]
CaptureId = Annotated[str, Path(pattern=ID, description="of a film")]
WeightId = Annotated[str, Path(pattern=ID, description="of a weight")]
Skip = Annotated[int, Query(ge=0, le=1_000_000, description="how many to leave out at the start")]
Most = Annotated[int, Query(ge=1, le=200, description="how many to give at most")]
TableBody = Annotated[
    bytes,
    Body(
        media_type="text/csv",
        max_length=5_000_000,
        description="a table in UTF-8 or Shift-JIS with commas, semicolons or tabs; line 1 names the columns",
    ),
]


class Given(BaseModel):
    """What comes in."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Told(BaseModel):
    """What goes out."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


def _text_like(pattern: str, example: str) -> Any:
    def check(value: Any) -> Any:
        if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is None:
            raise ValueError(f"write it such as {example}")
        if isinstance(value, int | float):
            raise ValueError(f"write it as text such as {example}")
        return value

    return BeforeValidator(check)


Day = Annotated[date, Field(strict=False), _text_like(r"\d{4}-\d\d-\d\d", "1950-04-01")]
"""A day as ISO 8601 text."""
Time = Annotated[
    AwareDatetime,
    Field(strict=False),
    _text_like(r"\d{4}-\d\d-\d\d[Tt ].{5,30}", "2026-11-22T09:30:00+09:00"),
]
"""A time with its zone as text of RFC 3339."""
