from __future__ import annotations

import numpy as np
import pytest

from mitate.edema.encoder import Encoder
from mitate.errors import InputError
from mitate.simulate.fluid import Visit
from mitate.simulate.person import Person
from mitate.simulate.rendered_courses import judged, measured_errors, visit_crops


def visits(levels: tuple[float, ...]) -> list[Visit]:
    return [Visit(day, "other", level, 0.0, 0.0) for day, level in enumerate(levels)]


def test_a_visit_is_seen_and_the_same_again(person: Person, weights_ready: None) -> None:
    dry, wet = visits((0.0, 4.0))
    one, again, other = (visit_crops(person, visit, 3, frames=1, size=32) for visit in (dry, dry, wet))
    assert one.shape == (1, 32, 32, 3)
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_a_course_is_judged_session_by_session(
    person: Person, tiny_encoder: Encoder, weights_ready: None
) -> None:
    told: list[tuple[int, int]] = []
    found, shared = judged(
        person,
        visits((0.0, 0.1, 1.5)),
        tiny_encoder,
        labelled=1,
        frames=1,
        progress=lambda *at: told.append(at),
    )
    assert len(found) == 2
    assert [one.at.day for one in found] == [6, 7]
    assert 0 < shared < 3
    assert all(one.sd_kg > 0 for one in found)
    assert told[-1] == (3, 3)
    with pytest.raises(InputError, match="labelled visits"):
        judged(person, visits((0.0,)), tiny_encoder)


def test_errors_are_measured_as_they_were_made() -> None:
    rng = np.random.default_rng(2)
    shown, said = [], []
    for _ in range(300):
        truth = rng.uniform(0, 2, 15)
        shown.append(truth)
        said.append(rng.normal(0.8, 0.2) * truth + rng.normal(0.1, 0.3) + rng.normal(0, 0.35, 15))
    found = measured_errors(shown, said)
    assert found.session_sd == pytest.approx(0.35, abs=0.02)
    assert found.shared == pytest.approx((0.1, 0.3), abs=0.06)
    assert found.slope == pytest.approx((0.8, 0.2), abs=0.04)


def test_too_few_courses_cannot_be_measured() -> None:
    with pytest.raises(InputError, match="two patients"):
        measured_errors([np.zeros(5)], [np.zeros(5)])
