"""Groups against figures of the group's own sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mitate.edema.evaluate import Predictions, metric_value
from mitate.edema.study.bars import MAE, PRESENCE
from mitate.edema.study.groups import by_group, group_figures, worst
from mitate.edema.study.run import Row
from mitate.errors import InputError

Answered = Callable[..., Row]
GROUPS = {
    "skin tone": {"light": [f"p{i:02d}" for i in range(7)], "dark": [f"p{i:02d}" for i in range(7, 14)]},
    "light": {"window": ["p00", "p01"], "lamp": [f"p{i:02d}" for i in range(2, 14)]},
}


def worse_for_dark(row: Row) -> Predictions:
    said = row.session
    dark = np.isin(said.participant, GROUPS["skin tone"]["dark"])
    return replace(said, excess_kg=np.where(dark, said.excess_kg + 0.8, said.excess_kg))


def test_each_group_is_its_own_sessions_and_the_worst_is_named(answered: Answered) -> None:
    said = worse_for_dark(answered("m"))
    found = by_group(said, GROUPS, data="d", label="m", resamples=100)
    assert [(one.group, one.value) for one in found][:2] == [("skin tone", "light"), ("skin tone", "dark")]
    for one in found:
        mask = np.isin(said.participant, GROUPS[one.group][one.value])
        own = Predictions(*(getattr(said, name)[mask] for name in Predictions.__dataclass_fields__))
        assert one.figures[MAE].value == pytest.approx(metric_value(own, MAE))
        gap = metric_value(own, PRESENCE) - metric_value(said, PRESENCE)
        assert one.gaps[PRESENCE].value == pytest.approx(gap)
        assert (one.patients, one.sessions) == (own.n_participants, mask.sum())
    found_worst = worst(found, MAE)
    assert found_worst is not None
    assert found_worst.value == "dark"
    assert (found_worst.gaps[MAE].low or 0) > 0
    names = {one.name: one for one in group_figures(found)}
    assert names["worst group against all: MAE, m"].value == found_worst.gaps[MAE].value
    assert "worst is skin tone dark" in names["worst group against all: MAE, m"].data
    assert len(names) == len(group_figures(found))


def test_few_patients_are_shown_but_not_judged(answered: Answered) -> None:
    found = by_group(answered("m").session, {"light": GROUPS["light"]}, data="d", label="m", resamples=20)
    assert {one.value: one.judged for one in found} == {"window": False, "lamp": True}
    assert worst([one for one in found if not one.judged], MAE) is None


def test_what_divides_nobody_is_left_out(answered: Answered) -> None:
    everyone = {"sex": {"men": [f"p{i:02d}" for i in range(14)], "women": ["elsewhere"]}}
    assert by_group(answered("m").session, everyone, data="d", label="m", resamples=5) == []


def test_a_participant_in_two_values_is_refused(answered: Answered) -> None:
    twice = {"sex": {"men": ["p00", "p01"], "women": ["p01"]}}
    with pytest.raises(InputError, match="two values"):
        by_group(answered("m").session, twice, data="d", label="m")
