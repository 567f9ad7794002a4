from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mitate.edema.alarm import DIALYSIS_RULE, HOME_RULE, AlarmRule
from mitate.errors import InputError
from mitate.simulate.alarm_trial import choose_rule, score_courses, try_alarm
from mitate.simulate.week_courses import DialysisProfile, ErrorModel, HomeProfile, home_courses

EXACT = ErrorModel(0.02, (0.0, 0.02), (1.0, 0.0), 0.0)
QUIET = HomeProfile(ordinary=(0.05, 3.0), puffiness_sd=0.02, missed=0.0)


def test_with_exact_estimates_every_rise_is_noticed_and_nothing_else() -> None:
    score = try_alarm(HOME_RULE, EXACT, replace(QUIET, peak_kg=(1.7, 2.0)), count=40, seed=1)
    assert score.detection == 1
    assert score.false_per_month == 0
    assert (score.ahead_days >= 0).all()


def test_an_alarm_before_the_rise_is_no_detection() -> None:
    """A rule that is always on sounds once, long before the onset, and never again."""
    always = AlarmRule(-3, 0.5, 0.5, step_kg=0.3, repeat_days=1e6)
    score = try_alarm(always, EXACT, QUIET, count=20, seed=1)
    assert score.detection == 0
    assert score.on_share.min() == 1


@pytest.mark.parametrize(
    ("profile", "rule"),
    [(HomeProfile(), HOME_RULE), (HomeProfile(every=2), HOME_RULE), (DialysisProfile(), DIALYSIS_RULE)],
)
def test_the_rules_keep_what_they_state(profile: HomeProfile | DialysisProfile, rule: AlarmRule) -> None:
    """On courses that they were not chosen on."""
    score = try_alarm(rule, ErrorModel(), profile, count=200, seed=77)
    assert score.detection > 0.93
    assert score.false_per_month < 0.85


def test_what_the_alarm_is_told_of_errors_matters() -> None:
    wrong = ErrorModel(shared=(0.0, 0.5))
    known = try_alarm(HOME_RULE, wrong, HomeProfile(), count=150, seed=3)
    unknown = try_alarm(HOME_RULE, wrong, HomeProfile(), count=150, seed=3, told=ErrorModel())
    assert known.false_per_month < unknown.false_per_month


def test_the_rule_with_fewest_false_alarms_that_notices_enough_is_chosen() -> None:
    rules = [AlarmRule(0.75, p, p / 2, step_kg=0.25, pull_days=15.0) for p in (0.02, 0.4, 0.99)]
    rule, score = choose_rule(rules, [ErrorModel()], [HomeProfile()], count=80, seed=4, least_detection=0.9)
    assert rule.probability == 0.4
    assert score.false_per_month < 1
    none, _ = choose_rule(rules[1:], [ErrorModel()], [HomeProfile()], count=80, seed=4, least_detection=1.1)
    assert none.probability == 0.4  # the nearest, where none is enough


def test_courses_that_never_reach_it_cannot_be_scored() -> None:
    rng = np.random.default_rng(1)
    low = home_courses(rng, 3, replace(QUIET, peak_kg=(0.5, 0.5)), rising=True)
    with pytest.raises(InputError, match="no course reaches"):
        score_courses(low, low, (low.fluid_kg, low.fluid_kg), 0.1, 0.1, HOME_RULE)
