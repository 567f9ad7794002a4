from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from mitate.edema.personal import personalise
from mitate.edema.prior import PatientSessions, fit_prior
from mitate.edema.sightings import Course, Sighting, as_readings, shared_error_kg
from mitate.errors import InputError

START = datetime(2026, 3, 2, 8)


def test_a_course_is_put_in_order() -> None:
    later, earlier = Sighting(START + timedelta(days=2), 1.0, 0.3), Sighting(START, 0.5, 0.3)
    course = Course((later, earlier))
    assert [one.excess_kg for one in course.sightings] == [0.5, 1.0]
    np.testing.assert_allclose(course.days, [0, 2])
    assert course.shared_kg == pytest.approx(0.3 * np.sqrt(0.5))


def test_rows_split_an_estimates_variance_into_own_and_shared() -> None:
    course = Course((Sighting(START, 1.0, 0.5, weighed_kg=0.8), Sighting(START, 1.0, 0.2)), 0.3)
    rows = as_readings(course, "home", grid=np.array([0.0, 1.0]))
    assert rows.camera.tolist() == [True, True, False, False, False]
    np.testing.assert_allclose(rows.variances[:3], [0.16, 0.01, 0.09])  # never less than a quarter of its own
    assert rows.session.tolist() == [0, 1, 0, -1, -1]
    np.testing.assert_allclose(rows.seen[2], [1, 0])


def test_the_scales_after_a_meal_count_for_less() -> None:
    course = Course((Sighting(START, 1.0, 0.5, "after meal", 0.8),))
    rows = as_readings(course, "home")
    assert rows.values[1] == pytest.approx(0.3)
    assert rows.variances[1] > 0.3
    assert rows.events.tolist() == [True, False]


def test_a_left_out_session_stays_a_row_without_value() -> None:
    course = Course(tuple(Sighting(START + timedelta(days=d), 1.0, 0.5) for d in range(3)))
    assert np.isnan(as_readings(course, "home", left_out=[1]).values).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("sightings", "message"),
    [
        ((), "at least one session"),
        ((Sighting(START, np.nan, 0.3),), "finite excess"),
        ((Sighting(START, 1.0, 0.0),), "sd above 0"),
        ((Sighting(START, 1.0, 0.3, "lunch"),), "known context"),  # type: ignore[arg-type]
        ((Sighting(START, 1.0, 0.3), Sighting(START.replace(tzinfo=UTC), 1.0, 0.3)), "time zone"),
    ],
)
def test_what_cannot_be_is_refused(sightings: tuple[Sighting, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Course(sightings)


def test_a_negative_shared_error_is_refused() -> None:
    with pytest.raises(InputError, match="0 or more"):
        Course((Sighting(START, 1.0, 0.3),), -0.1)


def test_labelled_days_make_the_shared_error_smaller(made_up: Callable[..., list[PatientSessions]]) -> None:
    people = made_up(12, 6)
    prior = fit_prior(people)
    sessions = people[0].sessions
    none = personalise(prior, sessions[1])
    some = personalise(prior, sessions[1], [sessions[0], *sessions[2:]])
    assert shared_error_kg(some) < shared_error_kg(none)
