"""Simulated people with simulated syndromes for the benchmarks: rendered, read and described once, and kept.

Photos lie in build/simulated-syndromes. Rendering and reading all of it takes half an hour on one busy core:
``python -m benchmarks.simulated_syndromes`` does it beforehand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.compare import Features, Wanted, looked_at, machine_on
from mitate.diagnosis.dataset import read_dataset
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.faces_of import read_faces
from mitate.diagnosis.features import FEATURES, feature_rows
from mitate.diagnosis.linear import LinearSvm, Strangeness
from mitate.diagnosis.nested import Labelled
from mitate.simulate.syndromes import SyndromePlan

__all__ = [
    "DOUBLED",
    "HELD_OUT",
    "LEAKING",
    "MAIN",
    "OTHERS",
    "PLANS",
    "RARE",
    "STRENGTHS",
    "UNSEEN",
    "Features",
    "at_strength",
    "described",
    "faces_of",
    "looked_at",
    "machine",
    "made",
    "named",
    "together",
]

CACHE = Path(__file__).parents[1] / "build" / "simulated-syndromes"
STRENGTHS = (0.3, 0.6, 0.8, 1.0, 1.3)

MAIN = SyndromePlan(classes=5, people=40, seed=7)
HELD_OUT = replace(MAIN, people=110, first_person=40)
"""Other people of the same classes."""
UNSEEN = replace(MAIN, classes=20, people=10, first_class=1000)
"""People with syndromes that nothing has learned from."""
RARE = replace(MAIN, classes=60, people=5, first_class=1)
LEAKING = replace(MAIN, background="by class")
DOUBLED = replace(MAIN, people=8, duplicates=10)
OTHERS = tuple(replace(MAIN, seed=seed) for seed in (1, 2, 3, 4))
"""Other people with other syndromes."""


def at_strength(strength: float) -> SyndromePlan:
    """The same people with the same syndromes, weaker or stronger."""
    return replace(MAIN, strength=strength)


PLANS = (
    *(MAIN, HELD_OUT, *OTHERS, LEAKING, RARE, UNSEEN),
    *(at_strength(strength) for strength in STRENGTHS if strength != MAIN.strength),
    DOUBLED,
)


class _Here(Executor):
    """Runs each job in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def folder(plan: SyndromePlan) -> Path:
    """Where a plan's photos lie."""
    return CACHE / hashlib.sha256(repr(plan).encode()).hexdigest()[:12]


def made(plan: SyndromePlan) -> Path:
    """The data set of a plan, rendered if it is not there yet."""
    from mitate.simulate.syndrome_photos import simulate_syndromes

    root = folder(plan)
    if not (root / "photos.csv").exists():
        name = f"simulated syndromes, seed {plan.seed}"
        simulate_syndromes(root, plan, name=name, executor=_Here())
    return root


@cache
def faces_of(plan: SyndromePlan) -> Faces:
    """The faces on a plan's photos, read once and kept."""
    return read_faces(read_dataset(made(plan)), cache=CACHE / "read")


@lru_cache(maxsize=12)
def _described(plan: SyndromePlan, name: str) -> NDArray[np.float32]:
    return feature_rows(name, faces_of(plan))


def described(plans: tuple[SyndromePlan, ...], name: str) -> Features:
    """Features (n, d) of the faces of several plans, in their order, that the row `name` may choose from."""
    return {one: np.concatenate([_described(plan, one) for plan in plans]) for one in looked_at(name)}


def together(*parts: Faces) -> Faces:
    """The faces of several plans as one set."""
    return Faces(
        photos=tuple(photo for part in parts for photo in part.photos),
        crops=np.concatenate([part.crops for part in parts]),
        mesh=np.concatenate([part.mesh for part in parts]),
        backgrounds=np.concatenate([part.backgrounds for part in parts]),
        thumbnails=np.concatenate([part.thumbnails for part in parts]),
        facts=np.concatenate([part.facts for part in parts]),
        quality=np.concatenate([part.quality for part in parts]),
        digests=tuple(digest for part in parts for digest in part.digests),
        left_out=tuple(one for part in parts for one in part.left_out),
        trained_on="simulated",
    )


def machine(
    name: str, faces: Labelled, features: Features, strangeness: Strangeness | None = None
) -> LinearSvm:
    """The row of the comparison on the features `name`, by that title."""
    return machine_on(faces, features, Wanted(), name, FEATURES[name].title, strangeness)


def named(plan: SyndromePlan, more: str = "") -> str:
    """What a figure was measured on."""
    said = f"simulated, {plan.classes} classes x {plan.people} people, seed {plan.seed}"
    strength = "" if plan.strength == 1.0 else f", strength {plan.strength:g}"
    return said + strength + (f", {more}" if more else "")


if __name__ == "__main__":
    for each in PLANS:
        print(named(each), len(faces_of(each)), "faces", flush=True)
