"""What photos of faces are compared with: a model for frequent classes, a gallery for rare ones.

The clinic has one of each at most. Both are sealed under keys of their own: a gallery holds numbers that
describe the faces of people, who are not the clinic's patients alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.record.audit import note
from mitate.record.errors import MissingError
from mitate.record.opened import Record
from mitate.record.schema import FaceModel, now
from mitate.record.vault import Vault

__all__ = [
    "FACE_KINDS",
    "FaceCard",
    "FaceClass",
    "FaceFigure",
    "FaceKind",
    "KnownFaceModel",
    "content_of",
    "face_models",
    "install",
    "rewrap_face_models",
    "take_away",
]

FaceKind = Literal["model", "gallery"]
FACE_KINDS: tuple[FaceKind, ...] = ("model", "gallery")


@dataclass(frozen=True, slots=True)
class FaceClass:
    """A class, and of how many people and photos it was learned."""

    label: str
    people: int
    photos: int


@dataclass(frozen=True, slots=True)
class FaceFigure:
    """How well a model did on people it had not seen, with the 95 % interval, in `unit`, over `n` people."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class FaceCard:
    """What a model or gallery says of itself.

    Attributes:
        id: changes with anything in it.
        name: of the data that it was made of.
        trained_on: ``simulated``, or the data's name.
        intended_use: in the instrument's own words.
        classes: with people and photos.
        figures: of a model, from nested cross-validation; none of a gallery.
        limits: what must be known before it is trusted, in English.
        coverage: of prediction sets, percent; None of a gallery.
        own_network: whether it brings a network that was fine-tuned for it.
        left_out: names of files that came with it and are not kept.
    """

    id: str
    name: str
    trained_on: str
    intended_use: str
    classes: tuple[FaceClass, ...]
    figures: tuple[FaceFigure, ...] = ()
    limits: tuple[str, ...] = ()
    coverage: float | None = None
    own_network: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        """Of all classes."""
        return sum(one.people for one in self.classes)

    @property
    def simulated(self) -> bool:
        """Whether nobody whom it was made of is real."""
        return self.trained_on == "simulated"

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> FaceCard:
        """From what `as_dict` told."""
        parts = {
            "classes": tuple(FaceClass(**one) for one in told["classes"]),
            "figures": tuple(FaceFigure(**one) for one in told["figures"]),
            "limits": tuple(told["limits"]),
            "left_out": tuple(told["left_out"]),
        }
        return cls(**{**told, **parts})

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class KnownFaceModel:
    """A model or gallery that is installed.

    Attributes:
        kind: ``model`` or ``gallery``.
        at: when it was installed, UTC.
        by: the account that did it.
        card: what it says of itself.
    """

    kind: FaceKind
    at: datetime
    by: str
    card: FaceCard = field(repr=False)


def face_models(record: Record, session: Session) -> dict[FaceKind, KnownFaceModel]:
    """What is installed, by kind."""
    known: dict[FaceKind, KnownFaceModel] = {}
    columns = (FaceModel.kind, FaceModel.at, FaceModel.by, FaceModel.wrapped_key, FaceModel.sealed)
    for row in session.execute(select(*columns)):  # not the content, which is megabytes
        kind = next(one for one in FACE_KINDS if one == row.kind)
        key = record.vault.unwrap(row.wrapped_key, _about(kind))
        card = FaceCard.of(key.open_json(row.sealed, f"face_model.sealed {kind}"))
        known[kind] = KnownFaceModel(kind, row.at, row.by, card)
    return known


def content_of(record: Record, session: Session, kind: FaceKind) -> bytes | None:
    """The packed files of a model or gallery; None where none is installed."""
    row = session.get(FaceModel, kind)
    if row is None:
        return None
    key = record.vault.unwrap(row.wrapped_key, _about(kind))
    return key.open(row.content, f"face_model.content {kind}")


def install(
    record: Record, session: Session, kind: FaceKind, content: bytes, card: FaceCard, by: str
) -> KnownFaceModel:
    """Keep a model or gallery in the place of the one that there was.

    Args:
        record: open.
        session: writing.
        kind: which place.
        content: packed files, looked through before (`mitate.serve.work.faces`).
        card: what they say of themselves.
        by: account, for the audit trail.
    """
    key, wrapped = record.vault.new_key(_about(kind))
    row = session.get(FaceModel, kind, with_for_update=True)
    before = "" if row is None else face_models(record, session)[kind].card.id
    values = {
        "at": now(),
        "by": by,
        "wrapped_key": wrapped,
        "sealed": key.seal_json(card.as_dict(), f"face_model.sealed {kind}"),
        "content": key.seal(content, f"face_model.content {kind}"),
    }
    if row is None:
        row = FaceModel(kind=kind, **values)
        session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    note(session, by, "faces.installed", kind, id=card.id, instead_of=before)
    return KnownFaceModel(kind, row.at, by, card)


def take_away(record: Record, session: Session, kind: FaceKind, by: str) -> None:
    """Remove a model or gallery; what it said of photos stays with them.

    Raises:
        MissingError: none is installed.
    """
    known, row = face_models(record, session).get(kind), session.get(FaceModel, kind)
    if row is None or known is None:
        raise MissingError(f"no {kind} of faces is installed", where="faces")
    session.delete(row)
    session.flush()
    note(session, by, "faces.removed", kind, id=known.card.id)


def rewrap_face_models(session: Session, old: Vault, new: Vault) -> None:
    """Wrap their keys anew, in the transaction in which the master key is changed."""
    for row in session.scalars(select(FaceModel)):
        about = _about(row.kind)
        row.wrapped_key = new.wrap(old.unwrap(row.wrapped_key, about), about)


def _about(kind: str) -> str:
    return f"face_model {kind}"
