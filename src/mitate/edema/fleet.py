"""Daily scores of very many patients from stored embeddings: what `personal.estimate` says, in blocks.

A fleet is a folder of numpy arrays, one row a patient, read by memory map: a million patients need no more
memory than a few thousand. It appears whole or not at all. Scores are written block by block, and a run that
was interrupted goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.edema import model_file
from mitate.edema.personal import PersonalModel
from mitate.edema.prior import HORIZON_DAYS, Prior
from mitate.edema.readout import ManyLevels, ReadOut, noise_variance, read_out, unfamiliar
from mitate.errors import InputError
from mitate.files import new_folder, write_text

__all__ = ["SCORES", "Fleet", "open_fleet", "score", "score_to", "write_fleet"]

Array = NDArray[np.float64]

_INDEX, _KIND, _VERSION = "fleet.json", "mitate edema fleet", 1
_BLOCK = 2048  # patients at a time: about 100 MB at 64 dimensions
_ROWS = ("reference", "mean", "root", "scale", "levels", "threshold", "day")

SCORES = np.dtype(
    [
        ("excess_kg", "<f4"),
        ("sd_kg", "<f4"),
        ("low_kg", "<f4"),
        ("high_kg", "<f4"),
        ("probability", "<f4"),
    ]
)
"""What is said of a patient: excess, sd and 90 % interval in kilograms, probability of oedema."""


@dataclass(frozen=True, slots=True, eq=False)
class Fleet:
    """Models of N patients, all from one prior.

    Attributes:
        root: the folder.
        prior: that they were made from.
        rows: by name, each (N, ...): ``reference`` (N, D) and ``mean`` (N, d+1) float32; ``root`` and
            ``scale`` as `model_file.packed` makes them; ``levels`` (N, 4) means and spreads; ``threshold``
            and ``day`` (N,).
    """

    root: Path
    prior: Prior
    rows: dict[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.rows["day"])

    def participants(self) -> list[str]:
        """Participant ids in the order of the rows."""
        return (self.root / "participants.txt").read_text(encoding="utf-8").split("\n")[: len(self)]


def _row(model: PersonalModel) -> dict[str, NDArray[Any]]:
    whole, scale = model_file.packed(model.covariance)
    levels = np.concatenate([model.level_mean, model.level_spread])
    return {
        "reference": model.reference.astype(np.float32),
        "mean": model.mean.astype(np.float32),
        "root": whole,
        "scale": scale,
        "levels": levels.astype(np.float32),
        "threshold": np.asarray(model.threshold_kg, np.float32),
        "day": np.asarray(model.day, np.float64),
    }


def write_fleet(root: Path, models: Iterable[PersonalModel], count: int) -> None:
    """Store the models of many patients, whole or not at all.

    Args:
        root: a new folder.
        models: all from one prior; taken one by one, so that they need not fit into memory.
        count: how many.

    Raises:
        InputError: none, more or fewer than `count`, or models of different priors; the folder exists.
    """
    source = iter(models)
    first = next(source, None)
    if first is None or count < 1:
        raise InputError("a fleet needs at least one model", where=root)
    if root.exists():
        raise InputError("this already exists", where=root, todo="give the name of a new folder")
    with new_folder(root) as folder:
        arrays = {
            name: np.lib.format.open_memmap(
                folder / f"{name}.npy", mode="w+", dtype=array.dtype, shape=(count, *array.shape)
            )
            for name, array in _row(first).items()
        }
        names: list[str] = []
        for number, model in enumerate(chain([first], source)):
            if number >= count:
                raise InputError(f"there are more than {count} models", where=root)
            if model.prior_id != first.prior_id or "\n" in model.participant_id:
                raise InputError(
                    f"the model of {model.participant_id!r} is of another prior, or its name has two lines",
                    where=root,
                    todo="make all models with one encoder",
                )
            for name, array in _row(model).items():
                arrays[name][number] = array
            names.append(model.participant_id)
        if len(names) != count:
            raise InputError(f"there are {len(names)} models, not {count}", where=root)
        for array in arrays.values():
            array.flush()
        write_text(folder / "participants.txt", "\n".join(names) + "\n")
        index = {"kind": _KIND, "version": _VERSION, "count": count, "prior_id": first.prior_id}
        write_text(folder / _INDEX, json.dumps(index, indent=1) + "\n")


def open_fleet(root: Path, prior: Prior) -> Fleet:
    """A stored fleet; its arrays stay on disk until asked for.

    Raises:
        InputError: not a fleet, damaged, or made with another prior.
    """
    todo = "store the patients' models again"
    try:
        index = json.loads((root / _INDEX).read_text(encoding="utf-8"))
        count, prior_id = int(index["count"]), str(index["prior_id"])
        whole = index["kind"] == _KIND and index["version"] == _VERSION
        rows = {name: np.load(root / f"{name}.npy", mmap_mode="r") for name in _ROWS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("this is not a fleet of patients' models", where=root, todo=todo) from error
    size = prior.basis.shape[0] + 1
    sides = (4,) if prior.levels is not None else (0,)
    expected = {
        "reference": (prior.basis.shape[1],),
        "mean": (size,),
        "root": (size * (size + 1) // 2,),
        "scale": (size,),
        "levels": sides,
        "threshold": (),
        "day": (),
    }
    if prior_id != prior.short_id:
        raise InputError("these models were made with another encoder or prior", where=root, todo=todo)
    if not whole or any(rows[name].shape != (count, *shape) for name, shape in expected.items()):
        raise InputError("this fleet is damaged: its parts do not belong together", where=root, todo=todo)
    return Fleet(root, prior, rows)


def _block(
    fleet: Fleet, part: slice, embeddings: Array, frames: Array, days: Array | None, dialysis: bool
) -> ReadOut:
    """What the models of a block of patients say of their mean embeddings."""
    prior = fleet.prior
    rows = {name: np.asarray(array[part]) for name, array in fleet.rows.items()}
    difference = prior.project(embeddings.astype(np.float64) - rows["reference"])
    x = np.ones((len(difference), difference.shape[1] + 1))
    x[:, 1:] = difference
    size = x.shape[1]
    root = np.zeros((len(x), size, size), np.float32)
    root[:, *np.tril_indices(size)] = rows["root"]
    # the factor is exact in float32 (16-bit integers); its scale comes after the sum
    seen = np.einsum("nq,nqk->nk", x.astype(np.float32), root, optimize=True)
    own = np.sum((seen * (rows["scale"].astype(np.float64) / model_file.FULL)) ** 2, axis=1)
    shown = own + noise_variance(prior, unfamiliar(difference, prior.typical_change))
    shown += prior.frame_noise_kg**2 / frames
    since = np.full(len(x), HORIZON_DAYS) if days is None else np.abs(days - rows["day"])
    levels = rows["levels"].astype(np.float64)
    many = ManyLevels(
        levels[:, :2] if levels.shape[1] else np.zeros(0),
        levels[:, 2:] if levels.shape[1] else np.zeros(0),
        rows["threshold"].astype(np.float64),
        prior.dof,
    )
    values = np.einsum("nq,nq->n", x, rows["mean"].astype(np.float64))
    return read_out(many, values, shown, prior.drift_kg**2 * since, dialysis)


def score(
    fleet: Fleet,
    embeddings: NDArray[Any],
    frames: NDArray[Any] | int,
    days: NDArray[Any] | float | None = None,
    *,
    dialysis: bool = False,
    start: int = 0,
) -> Iterator[NDArray[np.void]]:
    """Scores of all patients, a block at a time; the same as `personal.estimate` of each.

    Args:
        fleet: N patients.
        embeddings: (N, D) mean embedding of today's clip of each, in the order of the fleet; may be mapped.
        frames: (N,) frames of each clip, or one number.
        days: (N,) days of the clips, counted as the models' labelled days are, or one; None is a week later.
        dialysis: as in `personal.estimate`.
        start: patients that are passed over.

    Yields:
        Arrays of `SCORES`; a patient without a clip (an embedding that is not finite) has not-a-numbers.

    Raises:
        InputError: shapes that do not belong together, or fewer than one frame.
    """
    shape = fleet.rows["reference"].shape
    if embeddings.shape != shape:
        raise InputError(f"today's embeddings must be {shape}, not {embeddings.shape}", where=fleet.root)
    counts = np.broadcast_to(np.asarray(frames, np.float64), shape[:1])
    when = None if days is None else np.broadcast_to(np.asarray(days, np.float64), shape[:1])
    if (counts < 1).any():
        raise InputError("a clip has at least one frame", where=fleet.root)
    for first in range(start, len(fleet), _BLOCK):
        part = slice(first, min(first + _BLOCK, len(fleet)))
        today = np.asarray(embeddings[part])
        there = np.isfinite(today).all(axis=1)
        said = _block(
            fleet,
            part,
            np.where(there[:, None], today, 0.0),
            counts[part],
            None if when is None else when[part],
            dialysis,
        )
        found = np.zeros(len(today), SCORES)
        found["excess_kg"], found["sd_kg"] = said.excess_kg, said.sd_kg
        found["low_kg"], found["high_kg"] = said.interval_90.T
        found["probability"] = said.probability
        for name in SCORES.names or ():
            found[name][~there] = np.nan
        yield found


def score_to(
    out: Path,
    fleet: Fleet,
    embeddings: NDArray[Any],
    frames: NDArray[Any] | int,
    days: NDArray[Any] | float | None = None,
    *,
    dialysis: bool = False,
) -> None:
    """Write the scores of all patients to a file, (N,) `SCORES` as npy; arguments and errors as `score`.

    They grow in a file beside it, named after what is scored; the same call after an interruption goes on
    from there, and one with other embeddings begins anew. A score that is there is left as it is.
    """
    if out.exists():
        return
    sha = hashlib.sha256(f"{fleet.prior.short_id} {len(fleet)} {dialysis} {days is None}".encode())
    for array in (np.asarray(frames), np.asarray(0.0 if days is None else days)):
        sha.update(np.ascontiguousarray(array).tobytes())
    for first in range(0, len(embeddings), _BLOCK):
        sha.update(np.ascontiguousarray(embeddings[first : first + _BLOCK]).tobytes())
    partial = out.with_name(f"{out.name}.{sha.hexdigest()[:12]}.part")
    size = SCORES.itemsize
    done = partial.stat().st_size // (size * _BLOCK) * _BLOCK if partial.exists() else 0
    with partial.open("r+b" if partial.exists() else "w+b") as file:
        file.truncate(done * size)
        file.seek(done * size)
        for block in score(fleet, embeddings, frames, days, dialysis=dialysis, start=done):
            file.write(block.tobytes())
            file.flush()
    found = np.memmap(partial, SCORES, mode="r", shape=(len(fleet),))
    whole = out.with_name(f"{out.name}.whole")
    with whole.open("wb") as file:
        np.save(file, found)
    whole.replace(out)
    partial.unlink()
