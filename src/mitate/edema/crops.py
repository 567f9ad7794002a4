"""Face crops of many sessions on disk: what encoders are trained on, from real videos or from the simulator.

A store is a folder of shards. A shard is two files, ``NAME.npy`` (crops, read by memory map) and
``NAME.json`` (its sessions), and exists only when both are whole, so that an interrupted run goes on where it
stopped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError

__all__ = ["CropSession", "CropStore", "is_crop_store", "open_crops", "resized", "write_shard"]


@dataclass(frozen=True, slots=True)
class CropSession:
    """One session's place in a store and what is known of it.

    Attributes:
        participant_id, session_id: as in the cohort's tables.
        day: which day of this person.
        phase: ``pre``, ``post`` or ``other``.
        excess_kg: weight minus dry weight; None if unknown.
        fluid_kg: the true fluid, known for simulated patients only.
        sex, age: of the person, where known.
        first, count: rows of the crops within the shard, or within the store once opened.
    """

    participant_id: str
    session_id: str
    day: int
    phase: str
    excess_kg: float | None
    fluid_kg: float | None
    sex: str | None
    age: int | None
    first: int
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class CropStore:
    """Crops of many sessions, read as needed.

    Attributes:
        root: the folder.
        trained_on: ``simulated`` or the cohort's name, for the card of what is learned from it.
        size: side of a crop in pixels.
        sessions: in the order of the crops.
    """

    root: Path
    trained_on: str
    size: int
    sessions: tuple[CropSession, ...]
    _shards: tuple[NDArray[np.uint8], ...]
    _starts: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def participants(self) -> tuple[str, ...]:
        """Participant ids in order of appearance."""
        return tuple(dict.fromkeys(s.participant_id for s in self.sessions))

    def crops(self, session: CropSession) -> NDArray[np.uint8]:
        """(count, size, size, 3) uint8 RGB of one session."""
        shard = int(np.searchsorted(self._starts, session.first, side="right") - 1)
        first = session.first - int(self._starts[shard])
        return np.asarray(self._shards[shard][first : first + session.count])

    def blocks(self) -> Iterator[NDArray[np.uint8]]:
        """The crops shard by shard, each (n, size, size, 3)."""
        yield from self._shards

    def only(self, participants: Sequence[str]) -> CropStore:
        """The same store with the sessions of some participants."""
        wanted = set(participants)
        kept = tuple(s for s in self.sessions if s.participant_id in wanted)
        return CropStore(self.root, self.trained_on, self.size, kept, self._shards, self._starts)


def resized(crops: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """(n, S, S, 3) crops as (n, size, size, 3), by area, so that nothing is aliased."""
    if crops.shape[1] == size:
        return crops
    return np.stack([cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA) for crop in crops])


def write_shard(
    root: Path, name: str, crops: NDArray[np.uint8], sessions: Sequence[CropSession], trained_on: str
) -> None:
    """Add a shard, whole or not at all.

    Args:
        root: folder of the store, made if missing.
        name: of the shard; shards are read in the order of their names.
        crops: (n, S, S, 3) uint8.
        sessions: whose `first` and `count` refer to this shard.
        trained_on: ``simulated`` or the cohort's name.
    """
    root.mkdir(parents=True, exist_ok=True)
    partial = root / f".{name}.npy.part"
    with partial.open("wb") as file:
        np.save(file, crops)
    partial.replace(root / f"{name}.npy")
    content = {"trained_on": trained_on, "sessions": [asdict(s) for s in sessions]}
    partial = root / f".{name}.json.part"
    partial.write_text(json.dumps(content), encoding="utf-8")
    partial.replace(root / f"{name}.json")


def _read_index(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        content["sessions"] = [CropSession(**row) for row in content["sessions"]]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            "not an index of face crops", where=path, todo="delete this shard and make it again"
        ) from error
    return content


def is_crop_store(root: Path) -> bool:
    """Whether a folder holds face crops rather than a cohort's tables and videos."""
    return not (root / "sessions.tsv").exists() and any(root.glob("*.npy"))


def open_crops(root: Path) -> CropStore:
    """Open a store for reading; crops stay on disk until asked for.

    Args:
        root: the folder.

    Raises:
        InputError: no crops there, or shards that do not belong together.
    """
    names = sorted(path.stem for path in root.glob("*.json") if (root / f"{path.stem}.npy").exists())
    if not names:
        raise InputError(
            "no face crops here", where=root, todo="make them with: mitate simulate face-cohort --crops"
        )
    shards, sessions, starts = [], [], [0]
    sources, sizes = set(), set()
    for name in names:
        crops = np.load(root / f"{name}.npy", mmap_mode="r")
        index = _read_index(root / f"{name}.json")
        sources.add(index["trained_on"])
        sizes.add(crops.shape[1:])
        for row in index["sessions"]:
            moved = asdict(row) | {"first": row.first + starts[-1]}
            sessions.append(CropSession(**moved))
        shards.append(crops)
        starts.append(starts[-1] + len(crops))
    if len(sources) != 1 or len(sizes) != 1:
        raise InputError(
            "shards of different cohorts or sizes are mixed here", where=root, todo="use one folder for each"
        )
    return CropStore(
        root, sources.pop(), int(sizes.pop()[0]), tuple(sessions), tuple(shards), np.array(starts)
    )
