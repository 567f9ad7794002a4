"""JSON read strictly: bounded, no key twice, no NaN, and every failure one error with line and column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from mitate.errors import InputError

__all__ = ["MOST_BYTES", "read_json", "shortened", "strict_json"]

MOST_BYTES = 1_000_000
_MOST_SHOWN = 60


def shortened(value: object) -> str:
    """What was written, as it can be shown on one line: escaped, and cut where it is long."""
    said = repr(value)
    return said if len(said) <= _MOST_SHOWN else f"{said[:_MOST_SHOWN]}…"


def read_json(path: Path) -> Any:
    """The value in a JSON file.

    Raises:
        InputError: no such file, more than `MOST_BYTES`, or not JSON, with line and column.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"cannot read this file: {error.strerror or error}",
            where=path,
            todo="check the name of the file and the right to read it",
        ) from error
    return strict_json(content, str(path))


def strict_json(content: bytes | str, name: str) -> Any:
    """The value that JSON text stands for.

    Args:
        name: of the file, for messages.

    Raises:
        InputError: too long, not UTF-8, not JSON, a key twice, or a number that is none (NaN, Infinity).
    """
    if len(content) > MOST_BYTES:
        raise InputError(
            f"this is longer than {MOST_BYTES:,} bytes, which no observations are",
            where=name,
            todo="give one case",
        )
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except _RefusedError as error:
        raise InputError(str(error), where=name, todo="mend the file") from error
    except json.JSONDecodeError as error:
        raise InputError(
            f"this is not JSON: {error.msg}",
            where=f"{name}:{error.lineno}:{error.colno}",
            todo="mend it there; JSON wants double quotes, and no comma after the last item",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError("this is not UTF-8 text", where=name, todo="save it as UTF-8") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, or brackets without end
        raise InputError(
            "this JSON has too many digits or levels", where=name, todo="mend the file"
        ) from error


class _RefusedError(ValueError):
    """Something JSON allows and this reader does not; left `strict_json` only as an InputError."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise _RefusedError(f"the key {shortened(key)} stands twice in one object")
        made[key] = value
    return made


def _no_number(word: str) -> NoReturn:
    raise _RefusedError(f"{word} is not a number that can be used")
