"""Rows on networks that were trained for something else and stay as they are.

Their numbers of a crop take the place of an encoder's embedding, under the same Bayesian head; the prior is
learned on the same other people. Against the encoders these rows tell what pre-training on swelling brings.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.edema.crops import CropStore
from mitate.edema.population import Progress, learn_prior
from mitate.edema.prior import Prior
from mitate.edema.sessions import PatientSessions, SessionEmbeddings
from mitate.edema.study.bayes import BayesianHead
from mitate.edema.study.courses import courses_of_store
from mitate.edema.study.features import Features
from mitate.errors import InputError
from mitate.files import new_folder
from mitate.weights import onnx_session, path_of

__all__ = ["FROZEN", "NetworkFeatures", "enlarged", "make_frozen", "people_of", "taught"]

FROZEN = {"ImageNet": ("efficientnet_lite0", 224), "face recognition": ("sface", 112)}
"""Row → the weight's name and the side in pixels of the pictures it reads."""

_BLOCK = 16  # pictures at a time
_PRIOR = "prior.json"
_FRAMES = 5  # of a session that the prior learns from; the spread of frames is known from them


class NetworkFeatures:
    """What a third-party network sees of an edema crop, enlarged to its input.

    EfficientNet-Lite0 (Tan & Le, ICML 2019): pooled, (1280,). SFace (Zhong et al., IEEE TIP 2021): (128,),
    not normalised; the edema crop shows a face a tenth larger, and higher up, than the crops it was trained
    on.

    Args:
        weight: name of the installed weight.
        side: of its input, pixels.
    """

    def __init__(self, weight: str, side: int) -> None:
        self.weight, self.side = weight, side

    @property
    def key(self) -> str:
        """Weight and side."""
        return f"{self.weight} {self.side}"

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        session = _network(self.weight)
        name = session.get_inputs()[0].name
        parts = []
        for start in range(0, len(crops), _BLOCK):
            pictures = enlarged(crops[start : start + _BLOCK], self.side)
            planes = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), dtype=np.float32)
            parts.append(session.run(None, {name: planes})[0])
        return np.asarray(np.concatenate(parts), np.float32)


@lru_cache(maxsize=4)
def _network(weight: str) -> Any:
    return onnx_session(path_of(weight))


def enlarged(crops: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """(n, S, S, 3) → (n, side, side, 3): smoothly where it grows, by area where it shrinks."""
    if crops.shape[1] == side:
        return crops
    how = cv2.INTER_CUBIC if side > crops.shape[1] else cv2.INTER_AREA
    return np.stack([cv2.resize(crop, (side, side), interpolation=how) for crop in crops])


def people_of(
    store: CropStore, see: Callable[[NDArray[np.uint8]], NDArray[np.float32]], say: Progress, what: str
) -> list[PatientSessions]:
    """Everybody in a store with two labelled sessions or more, as a network sees up to five frames of each.

    Args:
        store: other people than those of the test.
        see: (n, S, S, 3) uint8 → (n, D).
        say: called with `what`, done, all.
        what: is being done.
    """
    courses = courses_of_store(store, frames=_FRAMES)
    total = sum(len(course.captures) for course in courses)
    people, done = [], 0
    for course in courses:
        sessions = []
        for capture in course.captures:
            session, weight = capture.session, capture.session.weight_kg
            excess = None if weight is None else weight - (course.participant.dry_weight_kg or 0.0)
            sessions.append(SessionEmbeddings(see(capture.crops), excess, session.phase, session.day))
            done += 1
            say(what, done, total, "")
        if sum(s.excess_kg is not None for s in sessions) >= 2:
            people.append(PatientSessions(course.participant.participant_id, tuple(sessions)))
    return people


def taught(
    features: Features,
    store: CropStore,
    out: Path,
    *,
    name: str,
    people: Callable[[Progress], list[PatientSessions]] | None = None,
    progress: Progress | None = None,
) -> BayesianHead:
    """The Bayesian head on `features` with a prior of the people in `store`, kept in the folder `out`.

    Args:
        features: of a frame.
        store: other people than those of the test.
        out: folder of the prior; it is read from there if it was learned from the same.
        name: of the row.
        people: gives the people as the head is to meet them, where not simply by `features`.
        progress: called with what, done, all, and a word.

    Raises:
        InputError: too few people.
        WeightsError: the network is not installed.
    """
    say = progress or _silent
    kept = out / _PRIOR
    if not kept.exists():
        found = (
            people_of(store, features, say, f"{name}: looking at people") if people is None else people(say)
        )
        prior, _ = learn_prior(found, store.trained_on, store.size, features.key, say)
        with new_folder(out) as folder:
            prior.save(folder / _PRIOR)
    prior = Prior.load(kept)  # as every later call will have it
    if prior.encoder_sha256 != features.key:
        raise InputError("this prior was learned under other features", where=kept, todo="remove it")
    return BayesianHead(features, prior, name=name)


def make_frozen(
    name: str, prior_store: CropStore, out: Path, *, progress: Progress | None = None
) -> BayesianHead:
    """A row of `FROZEN`, whose prior lies in the folder `out` from then on.

    Raises:
        InputError: no such row, or too few people.
        WeightsError: the network is not installed.
    """
    if name not in FROZEN:
        raise InputError(f"no frozen network {name!r}", todo=f"choose from {', '.join(FROZEN)}")
    weight, side = FROZEN[name]
    return taught(NetworkFeatures(weight, side), prior_store, out, name=f"{name}, frozen", progress=progress)


def _silent(what: str, done: float, total: float, detail: str) -> None:
    """Where nobody watches."""
