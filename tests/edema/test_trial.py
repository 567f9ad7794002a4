from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.edema.evaluate import metric_value
from mitate.edema.prior import PatientSessions, Phase, SessionEmbeddings, fit_prior
from mitate.edema.trial import first_days, trial
from mitate.errors import InputError

PHASES: tuple[Phase, ...] = ("pre", "post")
People = Callable[..., list[PatientSessions]]


def session(day: int, phase: Phase, excess: float | None) -> SessionEmbeddings:
    return SessionEmbeddings(np.zeros((1, 2), np.float32), excess, phase, day, f"{day}{phase}")


@given(
    days=st.integers(0, 6),
    captured=st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(PHASES), st.none() | st.floats(0, 4)),
        min_size=1,
        max_size=12,
        unique_by=lambda row: row[:2],
    ),
)
def test_nothing_tested_is_known_before(days: int, captured: list[tuple[int, Phase, float | None]]) -> None:
    sessions = [session(*row) for row in captured]
    reference, labelled, later = first_days(sessions, days)
    seen = {reference.session_id, *(s.session_id for s in labelled)}
    assert not seen & {s.session_id for s in later}
    assert reference.session_id not in {s.session_id for s in labelled}
    assert all(s.excess_kg is not None for s in labelled)
    assert len({s.day for s in labelled}) <= days
    assert not {s.day for s in labelled} & {s.day for s in later}
    assert reference.phase == "post" or all(s.phase == "pre" for s in sessions)
    if days == 0:
        assert labelled == []
        own = next(s for s in sessions if s.session_id == reference.session_id)
        assert reference.excess_kg == own.excess_kg
        assert first_days(sessions, 0, weigh_reference=False)[0].excess_kg is None


def test_no_sessions() -> None:
    with pytest.raises(InputError, match="reference"):
        first_days([], 1)


def test_people_never_seen_are_estimated_well_where_embeddings_tell(made_up: People) -> None:
    people = made_up(40, 6)
    prior = fit_prior(people[:30])
    for days in (0, 2):
        said = trial(prior, people[30:], days)
        assert said.n_participants == 10
        assert metric_value(said, "MAE") < 0.5
        assert metric_value(said, "presence accuracy") > 95
    frames = trial(prior, people[30:], 2, frames=True)
    assert len(frames.truth_kg) == 5 * len(said.truth_kg)


def test_nobody_has_so_many_days(made_up: People) -> None:
    people = made_up(8, 4)
    with pytest.raises(InputError, match="after 4 days"):
        trial(fit_prior(people), people, 4)
