"""The models that this project trained itself: committed, each in a folder with its card."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mitate.errors import WeightsError
from mitate.weights.store import Check, digest_of

__all__ = ["OwnModel", "own_models", "verify_own"]


@dataclass(frozen=True, slots=True)
class OwnModel:
    """A committed model.

    Attributes:
        name: its folder's name.
        folder: where it lies.
        bytes: size of all its files together.
        trained_on: ``simulated`` or the name of a cohort, as its card says.
        card: the whole card.
    """

    name: str
    folder: Path
    bytes: int
    trained_on: str
    card: dict[str, Any]


def own_models(folder: Path | None = None) -> list[OwnModel]:
    """The committed models, by name.

    Args:
        folder: where to look for ``*/card.json``; this package by default.

    Raises:
        WeightsError: a card cannot be read as JSON or does not say what the model was trained on.
    """
    root = Path(__file__).parent if folder is None else folder
    return [_own_model(card) for card in sorted(root.glob("*/card.json"))]


def _own_model(path: Path) -> OwnModel:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        trained_on = str(card["trained_on"])
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError("not a model card with a field 'trained_on'", where=path) from error
    size = sum(file.stat().st_size for file in path.parent.iterdir() if file.is_file())
    return OwnModel(path.parent.name, path.parent, size, trained_on, card)


def verify_own(model: OwnModel) -> Check:
    """Compares a committed model's files with its card's ``sha256`` table (file name -> digest), if any."""
    for file, wanted in dict(model.card.get("sha256", {})).items():
        path = model.folder / file
        if not path.is_file():
            return Check(model.name, "missing", path, "not there")
        if digest_of(path).sha256 != wanted:
            return Check(model.name, "damaged", path, "its sha256 is not the one on its card")
    return Check(model.name, "ok", model.folder)
