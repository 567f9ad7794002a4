"""People differ, the same chance gives the same person, and age is as asked."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from mitate.simulate.body_model import BodyModel, load_body
from mitate.simulate.mover import sample_mover


@pytest.fixture(scope="module")
def model() -> BodyModel:
    lacking = [name for name in ("anny", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")
    return load_body()


def test_the_same_chance_gives_the_same_person(model: BodyModel) -> None:
    one, other = (sample_mover(np.random.default_rng(8), model) for _ in range(2))
    assert one.phenotype == other.phenotype
    assert np.array_equal(one.shape.vertices, other.shape.vertices)


def test_people_are_of_human_height_and_stand_on_the_floor(model: BodyModel) -> None:
    people = [sample_mover(np.random.default_rng(seed), model) for seed in range(12)]
    heights = [person.height_m for person in people]
    assert min(heights) > 1.4
    assert max(heights) < 2.1
    assert np.std(heights) > 0.03
    assert {person.sex for person in people} == {"F", "M"}
    for person in people:
        assert float(person.shape.vertices[:, 1].min()) == pytest.approx(0.0, abs=1e-6)


def test_an_age_that_is_asked_for_is_had(model: BodyModel) -> None:
    assert sample_mover(np.random.default_rng(1), model, age=(70, 70)).age == 70
