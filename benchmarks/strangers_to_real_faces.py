"""Strangers to a model of real faces: whether strangeness means more than "this is not a rendered face".

Every photograph is far from simulated faces, so a model of those turns cats away easily. Here the 40 people
of ORL stand for the classes, dealt into two that mean nothing: four fifths of the people are learned from,
and the others and the strangers are asked about, in grey as all ORL photos are. No class can be told of
anybody, so what counts is how often the answer is that the face is like none of the classes: often for
strangers, and about as rarely as was asked (one in ten) for people. The strangers are shown as if a face had
been found on them, which spares them what turns most of them away.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.orl import photos
from benchmarks.simulated_syndromes import machine
from benchmarks.strangers import GROUPS, as_if_found
from mitate.diagnosis.conformal import in_sets
from mitate.diagnosis.embedders import sface_layer
from mitate.diagnosis.face_in import Seeing, face_in
from mitate.diagnosis.intervals import over_persons
from mitate.diagnosis.nested import Truth, calibrated
from mitate.diagnosis.unlike import strangeness
from mitate.errors import RefusalError
from mitate.figures import Figure

__all__ = ["figures"]

Rows = NDArray[np.float32]

_FOLDS = 5
_BARS = {"cats": 95.0}
_PART = 20


def figures() -> list[Figure]:
    """Share told to be like none of the classes, of people and of each group of strangers."""
    rows, who = _people()
    asked = [(group, *_crops_of(group)) for group in GROUPS if group != "real faces"]
    strange = [(group, _rows(crops), which) for group, crops, which in asked if len(crops)]
    everything = np.concatenate([rows, *(found for _, found, _ in strange)])
    # Strangers are given the first class, which nothing learns from: they are only asked about.
    targets = np.concatenate([who % 2, np.zeros(len(everything) - len(who), np.int64)])
    names = np.concatenate([who.astype(str), [f"stranger {n}" for n in range(len(everything) - len(who))]])
    truth = Truth(("even", "odd"), targets, names)
    method = machine("sface_layer", truth, {"sface_layer": everything}, strangeness)
    none = np.full((_FOLDS, len(everything)), np.nan)
    for fold in range(_FOLDS):
        train = np.flatnonzero((who // 2) % _FOLDS != fold)
        test = np.setdiff1d(np.arange(len(everything)), train)
        run = method.run(train, test, inner=True)
        calibration, conformal = calibrated(run, targets[train], names[train])
        p_values = conformal.p_values(calibration.probabilities(run.scores), run.unlike)
        none[fold, test] = ~in_sets(p_values).any(axis=1)
    told = np.nanmean(none, axis=0)
    data = f"learned from orl_faces, 32 of 40 people, {_FOLDS} folds, grey"
    out = [_row("ORL people not learned from", told[: len(who)], who, data, None)]
    start = len(who)
    for group, found, which in strange:
        out.append(
            _row(f"{group}, as if found", told[start : start + len(found)], which, data, _BARS.get(group))
        )
        start += len(found)
    return out


def _row(
    name: str, told: NDArray[np.float64], who: NDArray[np.int64], data: str, bar: float | None
) -> Figure:
    low, high = over_persons(told, who)
    title = f"strangers to real faces, {name}: none of these"
    value = 100 * float(told.mean())
    return Figure(title, value, "%", 100 * low, 100 * high, len(np.unique(who)), data, bar)


def _people() -> tuple[Rows, NDArray[np.int64]]:
    """The rows of all ORL photos on which a face is found, and whose they are."""
    images, who = photos()
    seeing, crops, whose = Seeing.load(), [], []
    for image, person in zip(images, who, strict=True):
        try:
            crops.append(face_in(image, seeing).crop)
        except RefusalError:
            continue
        whose.append(person)
    return _rows(np.stack(crops)), np.array(whose, np.int64)


def _crops_of(group: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Grey crops of a group's pictures, and which picture each is of."""
    crops = [as_if_found(name, image) for name, image in GROUPS[group]()]
    if not crops:
        return np.zeros((0, 112, 112, 3), np.uint8), np.zeros(0, np.int64)
    grey = [cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) for own in crops for crop in own]
    which = np.repeat(np.arange(len(crops)), [len(own) for own in crops])
    return np.repeat(np.stack(grey)[..., None], 3, axis=3).astype(np.uint8), which


def _rows(crops: NDArray[np.uint8]) -> Rows:
    embedder = sface_layer()
    return np.concatenate([embedder(crops[at : at + _PART]) for at in range(0, len(crops), _PART)])
