"""A folder that is filled over a long time: taken for one plan, and gone on in under the same plan only."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mitate.errors import InputError
from mitate.files import write_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["claim_folder"]

_MAKERS = ("mitate", "anny", "embreex", "numpy", "opencv-python-headless", "av")


def claim_folder(
    root: Path,
    plan: DataclassInstance,
    truths: list[dict[str, Any]] | None = None,
    *,
    what: str = "simulated patients; no person is shown",
) -> None:
    """Take an empty folder for a plan, or go on in one that the same plan and versions have begun.

    Args:
        root: the folder.
        plan: written into ``simulation.json`` there, beside the versions of what makes the pictures.
        truths: what is known of each participant because he is simulated.
        what: is in the folder.

    Raises:
        InputError: the folder holds something else.
    """
    record = {
        "what": what,
        "plan": asdict(plan),
        "versions": {name: version(name) for name in _MAKERS},
        "participants": truths or [],
    }
    text = json.dumps(record, indent=1) + "\n"
    mark = root / "simulation.json"
    if mark.is_file():
        if mark.read_text(encoding="utf-8") != text:
            raise InputError(
                "a cohort was begun here with other settings or other versions",
                where=root,
                todo="repeat the former settings, or name another folder",
            )
    elif root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise InputError("this folder is not empty", where=root, todo="name a new or empty folder")
    else:
        try:
            write_text(mark, text)
        except OSError as error:
            raise InputError(f"cannot be written to ({error.strerror})", where=root) from error
