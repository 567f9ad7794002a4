"""What the commands of facial diagnosis share."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from mitate.errors import with_todo

if TYPE_CHECKING:
    from mitate.diagnosis.photographs import LeftOut

__all__ = ["fields_of", "tell_left_out"]


def fields_of(result: Any) -> dict[str, Any]:
    """A result's fields by name, for JSON."""
    return {field.name: getattr(result, field.name) for field in fields(result)}


def tell_left_out(lost: LeftOut) -> None:
    """Print why a photo is not used."""
    print(with_todo(f"left out {lost.photo.file}: {lost.what}", lost.todo))
