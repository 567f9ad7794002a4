from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mitate.simulate.capture import CaptureProfile, sample_conditions
from mitate.simulate.makeup import Makeup, made_up, sample_makeup
from mitate.simulate.person import Person

NOTHING = Makeup(0.0, (0.0, 0.0, 0.0), 0.0, 0.0, (40.0, 40.0, 15.0))


def test_none_and_nothing_leave_the_skin(person: Person) -> None:
    assert made_up(person, None) is person.texture
    assert np.allclose(made_up(person, NOTHING), person.texture)


def test_foundation_evens_the_face_and_leaves_the_neck(person: Person) -> None:
    masks = person.head.masks
    face = (masks["face"] > 0.99) & (masks["lips"] < 0.01)
    covered = made_up(person, replace(NOTHING, cover=0.7))
    assert covered[face].std(axis=0).max() < 0.5 * person.texture[face].std(axis=0).max()
    bare = masks["face"] == 0
    assert np.array_equal(covered[bare], person.texture[bare])


def test_lips_and_cheeks_become_redder(person: Person) -> None:
    lips = person.head.masks["lips"] > 0.9
    x, y, z = np.moveaxis(person.head.positions, -1, 0)
    cheeks = (np.abs(np.abs(x) - 0.048) < 0.008) & (np.abs(y + 0.032) < 0.006) & (z > -0.08)

    def red(texture: np.ndarray) -> tuple[float, float]:
        share = texture[..., 0] / texture.sum(axis=2)
        return float(share[lips].mean()), float(share[cheeks].mean())

    before, after = red(person.texture), red(made_up(person, replace(NOTHING, blush=0.6, lips=0.9)))
    assert after[0] > before[0] + 0.03
    assert after[1] > before[1] + 0.01


def test_a_share_of_sessions_is_made_up() -> None:
    drawn = [sample_makeup(np.random.default_rng(k)) for k in range(2)]
    assert drawn[0] != drawn[1]
    sessions = [
        sample_conditions(np.random.default_rng(k), CaptureProfile(makeup=0.5)).makeup for k in range(200)
    ]
    assert np.mean([makeup is not None for makeup in sessions]) == pytest.approx(0.5, abs=0.11)
