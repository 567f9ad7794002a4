"""Patients whose pictures are a face of their own, with a spot that brightens with their fluid."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.edema.crops import CropSession, CropStore, open_crops, write_shard
from mitate.edema.evaluate import Predictions
from mitate.edema.participants import Participant, Session
from mitate.edema.study.course import Capture, Course
from mitate.edema.study.run import Row

SIDE = 32
Draw = Callable[..., list[Course]]


def _draw(
    people: int, days: int, frames: int, seed: int, contrast: float = 8.0
) -> list[tuple[str, int, bool, float, NDArray[np.uint8]]]:
    """Name, day, before dialysis, excess and crops of every session."""
    rng = np.random.default_rng(seed)
    pattern = np.zeros((SIDE, SIDE, 1))
    pattern[16:24, 8:16] = 1.0
    rows = []
    for number in range(people):
        face = rng.normal(120, 20, (4, 4, 3)).repeat(8, axis=0).repeat(8, axis=1)
        level = rng.normal(0, 0.2)
        for day in range(days):
            for pre in (True, False):
                excess = float((2.5 if pre else 0.3) + level + rng.normal(0, 0.3))
                light = rng.normal(0, 2)
                picture = face + contrast * excess * pattern + light
                shot = picture + rng.normal(0, 3, (frames, SIDE, SIDE, 3))
                crops = np.clip(shot, 0, 255).astype(np.uint8)
                rows.append((f"s{seed}-{number}", 2 * day, pre, excess, crops))
    return rows


@pytest.fixture(scope="session")
def world() -> Draw:
    """Courses of `people` patients over `days` days."""

    def draw(
        people: int, days: int = 4, frames: int = 5, seed: int = 0, contrast: float = 8.0
    ) -> list[Course]:
        found: dict[str, list[Capture]] = {}
        for name, day, pre, excess, crops in _draw(people, days, frames, seed, contrast):
            phase = "pre" if pre else "post"
            session = Session(name, f"{day}-{phase}", day, "pre" if pre else "post", 60 + excess)
            found.setdefault(name, []).append(Capture(session, crops))
        return [
            Course(Participant(name, dry_weight_kg=60.0), tuple(captures)) for name, captures in found.items()
        ]

    return draw


@pytest.fixture(scope="session")
def population(tmp_path_factory: pytest.TempPathFactory) -> CropStore:
    """Twenty-four other people of the same world, in a store."""
    root = tmp_path_factory.mktemp("population")
    rows = _draw(24, 4, 5, 99)
    sessions = [
        CropSession(name, f"{day}-{pre}", day, "pre" if pre else "post", excess, None, None, None, 5 * i, 5)
        for i, (name, day, pre, excess, _) in enumerate(rows)
    ]
    write_shard(root, "all", np.concatenate([crops for *_, crops in rows]), sessions, "simulated")
    return open_crops(root)


Answered = Callable[..., Row]


@pytest.fixture(scope="session")
def answered() -> Answered:
    """A row whose errors are drawn: sure of itself as it should be, doubting where it errs more."""

    def draw(method: str, days: int = 3, *, noise: float = 0.4, people: int = 14, seed: int = 0) -> Row:
        truth_of = np.random.default_rng(seed)  # the same sessions for every method
        rng = np.random.default_rng([seed, days, *method.encode()])
        each = 2 * truth_of.integers(2, 6, people)
        who = np.repeat([f"p{number:02d}" for number in range(people)], each)
        pre = np.concatenate([np.arange(many) % 2 == 0 for many in each])
        truth = np.where(pre, 2.3, 0.1) + truth_of.normal(size=len(who)) * 0.4
        sd = noise * np.exp(rng.normal(size=len(who)) * 0.5)

        def said(repeat: int, more: float) -> Predictions:
            spread = np.repeat(np.hypot(sd, more), repeat)
            guess = np.repeat(truth, repeat) + rng.normal(size=len(spread)) * spread
            chance = 1 / (1 + np.exp(-1.7 * (guess - 1.2) / spread))
            reach = 1.6448536 * spread
            around = (chance, guess - reach, guess + reach)
            whose = (np.repeat(who, repeat), np.repeat(pre, repeat), np.repeat(truth, repeat))
            return Predictions(*whose, guess, *around)

        frames = np.full(len(who), 3)
        return Row(method, days, said(1, 0.0), said(3, noise / 2), sd, frames)

    return draw
