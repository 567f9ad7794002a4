from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from mitate.errors import InputError
from mitate.simulate.capture import sample_frames
from mitate.simulate.face_cohort import conditions_of
from mitate.simulate.head import Head
from mitate.simulate.nuisances import NUISANCES, THINNED, nuisance_named
from mitate.simulate.person import Person, sample_person
from mitate.simulate.shifted import NOMINAL_WORLD
from mitate.simulate.study_people import published_design

CHANGES = {
    "published": {"frames"},
    "strength-0.5": {"person.strength"},
    "strength-1": set(),
    "strength-2": {"person.strength"},
    "same-light": {"capture.light"},
    "no-expression": {"capture.expression"},
    "no-pose": {"capture.pose_deg"},
    "same-distance": {"capture.distance_m"},
    "same-skin-colour": {"capture.lab_drift"},
    "no-puffiness": {"person.fluid.puffiness_sd"},
    "no-fat-drift": {"person.fluid.fat_drift_sd"},
    "same-pattern": {"person.pattern_sd", "person.sensitivity_sd"},
    "light-doubled": {"capture.light"},
    "expression-doubled": {"capture.expression"},
    "make-up": {"capture.makeup"},
    "fat-gain": {"person.fluid.fat_gain_kg_a_week"},
    "groups": {"frames", "participants", "days", "seed", "people", "days_each", "shard"},
}


def _flat(tree: dict[str, Any], stem: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        flat |= _flat(value, f"{stem}{name}.") if isinstance(value, dict) else {stem + name: value}
    return flat


def _person(head: Head, name: str, place: int = 0) -> Person:
    plan = NUISANCES[name].plan()
    return sample_person(head, plan.seed, plan.people[place], plan.person)


@pytest.mark.parametrize("name", CHANGES)
def test_a_plan_changes_what_it_says_and_nothing_else(name: str) -> None:
    base, plan = _flat(asdict(published_design(frames=THINNED))), _flat(asdict(NUISANCES[name].plan()))
    assert {key for key in base if base[key] != plan[key]} == CHANGES[name]


def test_all_plans_are_here_and_say_what_they_do() -> None:
    assert set(NUISANCES) == set(CHANGES) | {"nominal-world", "learning-world"}
    assert len({one.what for one in NUISANCES.values()}) == len(NUISANCES)
    for name, one in NUISANCES.items():
        assert one.name == name
        assert one.plan(3).frames == 3
    with pytest.raises(InputError, match="no plan 'sunshine'"):
        nuisance_named("sunshine")
    with pytest.raises(InputError, match="at least one"):
        NUISANCES["make-up"].plan(0)


def test_another_world_films_the_same_patients() -> None:
    plan, base = NUISANCES["nominal-world"].plan(), published_design(frames=THINNED)
    assert plan.capture == NOMINAL_WORLD.capture
    assert (plan.people, plan.days_each, plan.seed) == (base.people, base.days_each, base.seed)
    assert plan.person.skin is None
    assert plan.person.mended_gender
    assert plan == published_design(frames=THINNED, world=NOMINAL_WORLD)


def test_groups_are_other_people_and_many() -> None:
    plan = NUISANCES["groups"].plan()
    assert (len(plan.roster()), plan.days, plan.frames) == (240, 3, 5)
    assert plan.seed != published_design().seed


def test_what_is_not_changed_is_drawn_alike(head: Head) -> None:
    base = NUISANCES["strength-1"].plan()
    person = _person(head, "strength-1")
    usual = conditions_of(person, 1, base.capture)
    for name in ("no-expression", "no-pose", "same-distance", "make-up", "expression-doubled"):
        other = conditions_of(person, 1, NUISANCES[name].plan().capture)
        assert np.array_equal(other.light.direction, usual.light.direction)
        assert (other.exposure, other.jpeg, other.sensor and other.sensor.jpeg) == (
            usual.exposure,
            usual.jpeg,
            usual.sensor and usual.sensor.jpeg,
        )
        assert (other.distance_m == usual.distance_m) == (name != "same-distance")
    still = NUISANCES["no-pose"].plan().capture
    frames = [
        sample_frames(np.random.default_rng(1), usual, 2, capture)[1] for capture in (base.capture, still)
    ]
    assert frames[0].actions == frames[1].actions
    assert frames[0].seed == frames[1].seed


def test_fluid_stays_where_something_else_changes(head: Head) -> None:
    usual = _person(head, "strength-1").course(6)
    for name in ("no-puffiness", "no-fat-drift", "fat-gain"):
        other = _person(head, name).course(6)
        assert [v.fluid_kg for v in other] == [v.fluid_kg for v in usual]
        assert ([v.fat_kg for v in other] == [v.fat_kg for v in usual]) == (name == "no-puffiness")
    assert {v.puffiness_kg for v in _person(head, "no-puffiness").course(6)} == {0.0}
    gained = [
        o.fat_kg - u.fat_kg
        for o, u in zip(
            _person(head, "fat-gain").course(10), _person(head, "strength-1").course(10), strict=True
        )
    ]
    assert gained[0] == 0
    assert gained[-1] == pytest.approx(3.0, abs=0.2)  # over the longest course, and the scale shows it


def test_the_same_pattern_is_everybodys(head: Head) -> None:
    first, second = (_person(head, "same-pattern", place).ml_per_kg for place in (0, 1))
    assert first == pytest.approx(second)
    assert first != pytest.approx(_person(head, "strength-1").ml_per_kg)
    doubled, usual = (_person(head, name).ml_per_kg for name in ("strength-2", "strength-1"))
    assert doubled == pytest.approx({region: 2 * ml for region, ml in usual.items()})
