"""A tiny training set on which a network can learn something, and a skip where torch is not installed."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="session")
def training_set() -> object:
    """12 people, 4 sessions each of 2 crops: a bright patch grows with the excess, on a face of their own."""
    pytest.importorskip("torch", reason="the train extra is not installed")
    from mitate.learn.batches import POST, PRE, TrainingSet

    rng = np.random.default_rng(3)
    crops, person, session, phase, excess = [], [], [], [], []
    for who in range(12):
        face = rng.uniform(60, 180, (16, 16, 3))
        for number in range(4):
            pre = number % 2 == 0
            kilograms = rng.uniform(1.5, 3.0) if pre else rng.uniform(-0.3, 0.3)
            for _ in range(2):
                picture = face + rng.normal(0, 4, face.shape)
                picture[5:11, 5:11] += 18 * kilograms
                crops.append(picture.clip(0, 255).astype(np.uint8))
                person.append(who)
                session.append(4 * who + number)
                phase.append(PRE if pre else POST)
                excess.append(kilograms)
    return TrainingSet(
        np.stack(crops),
        np.array(person),
        np.array(session),
        np.array(phase),
        np.array(excess, np.float32),
        "test",
    )
