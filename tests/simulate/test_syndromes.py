from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.errors import InputError
from mitate.simulate.head import Head
from mitate.simulate.syndromes import (
    SyndromePlan,
    class_label,
    person_name,
    sample_affected,
    skin_tone,
    syndrome_signs,
    visible_changes,
)

PLAN = SyndromePlan(seed=3)
PEOPLE = 60


def test_labels_are_made_up_and_never_end() -> None:
    assert PLAN.labels == ("unaffected", "simulated A", "simulated B", "simulated C", "simulated D")
    assert [class_label(number) for number in (26, 27, 52, 53, 703)] == [
        "simulated Z",
        "simulated AA",
        "simulated AZ",
        "simulated BA",
        "simulated AAA",
    ]
    assert len({class_label(number) for number in range(2000)}) == 2000


@pytest.mark.parametrize(
    "wrong",
    [
        {"classes": 0},
        {"people": 0},
        {"photos": 0},
        {"strength": -0.1},
        {"strength": float("nan")},
        {"seed": -1},
        {"signs": 0},
        {"penetrance": 1.1},
        {"first_class": -1},
        {"first_person": 100_000},
        {"side": 20},
        {"jpeg": (80, 70)},
        {"background": "striped"},
        {"duplicates": 201},
        {"classes": 1, "duplicates": 1},
    ],
)
def test_a_plan_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        replace(PLAN, **wrong)


def test_signs_are_of_the_face_and_none_is_of_its_age(head: Head) -> None:
    names = visible_changes(head)
    assert len(names) > 50
    assert not [name for name in names if name.startswith("r-") or "ear" in name.split("-") or "age" in name]
    assert all(f"r-{name[2:]}" in head.changes for name in names if name.startswith("l-"))


def test_a_syndrome_is_the_same_in_every_plan_of_its_seed(head: Head) -> None:
    signs = syndrome_signs(head, PLAN, 2)
    assert len(signs) == 10
    assert max(Counter(name.removeprefix("l-").split("-")[0] for name in signs).values()) <= 2
    for name, size in signs.items():
        most = 1000 * np.linalg.norm(head.changes[name], axis=1).max()
        assert most > 2.49
        assert 0.7 * min(1, 12 / most) <= abs(size) <= 1.3 * min(1, 12 / most) + 1e-9
    elsewhere = SyndromePlan(classes=60, people=5, first_class=1, seed=3, first_person=9)
    assert syndrome_signs(head, elsewhere, 2) == signs
    assert syndrome_signs(head, PLAN, 3).keys() != signs.keys()
    assert syndrome_signs(head, replace(PLAN, seed=4), 2).keys() != signs.keys()
    assert syndrome_signs(head, PLAN, 0) == {}
    half = syndrome_signs(head, replace(PLAN, strength=0.5), 2)
    assert half == pytest.approx({name: size / 2 for name, size in signs.items()})


def test_signs_point_both_ways(head: Head) -> None:
    every = [size for number in range(1, 40) for size in syndrome_signs(head, PLAN, number).values()]
    assert 0.4 < np.mean(np.array(every) > 0) < 0.6


def test_people_show_their_signs_on_both_sides_more_or_less_and_not_always(head: Head) -> None:
    plain = replace(PLAN, strength=0.0)
    shown: list[float] = []
    for index in range(PEOPLE):
        with_signs, without = sample_affected(head, PLAN, 1, index), sample_affected(head, plain, 1, index)
        changed = {k: with_signs.local[k] - without.local[k] for k in with_signs.local}
        signs = syndrome_signs(head, PLAN, 1)
        both = {name for one in signs for name in (one, f"r-{one[2:]}" if one.startswith("l-") else one)}
        assert {name for name, by in changed.items() if abs(by) > 1e-9} <= both
        for name, size in signs.items():
            shown.append(changed[name] / size)
            if name.startswith("l-") and abs(with_signs.local[name]) < 1.49:
                other = f"r-{name[2:]}"
                assert abs(with_signs.local[other]) == 1.5 or changed[other] == pytest.approx(changed[name])
    there = np.array(shown)
    assert 0.03 < np.mean(np.abs(there) < 1e-9) < 0.18  # a tenth is not shown
    assert 0.85 < np.median(there[there > 1e-9]) < 1.1
    assert there.max() > 1.3


def test_nothing_but_the_signs_depends_on_the_class_or_the_strength(head: Head) -> None:
    for strength in (0.0, 1.3):
        person = sample_affected(head, replace(PLAN, strength=strength), 1, 4)
        same = sample_affected(head, PLAN, 1, 4)
        assert (person.age, person.sex, person.skin) == (same.age, same.sex, same.skin)
        assert person.phenotype == same.phenotype
        assert person.participant_id == same.participant_id
    ages, men = {}, {}
    for number in (0, 1, 2):
        people = [sample_affected(head, PLAN, number, index) for index in range(PEOPLE)]
        ages[number] = np.mean([person.age for person in people])
        men[number] = np.mean([person.sex == "M" for person in people])
    assert all(50 < age < 65 for age in ages.values())
    assert all(0.3 < share < 0.7 for share in men.values())


def test_men_have_the_faces_of_men(head: Head) -> None:
    people = [sample_affected(head, PLAN, 0, index) for index in range(PEOPLE)]
    gender = {sex: np.mean([p.phenotype["gender"] for p in people if p.sex == sex]) for sex in "MF"}
    assert gender["M"] < 0.25  # Anny's 0 is a man
    assert gender["F"] > 0.75


def test_people_of_different_classes_are_different_people(head: Head) -> None:
    people = [sample_affected(head, PLAN, number, index) for number in (0, 1) for index in (0, 1)]
    assert len({person.skin.seed for person in people}) == 4
    assert len({person.participant_id for person in people}) == 4


@given(st.integers(0, 99), st.integers(0, 200), st.integers(0, 200))
def test_a_name_tells_nothing_but_who(seed: int, number: int, index: int) -> None:
    name = person_name(seed, number, index)
    assert name == person_name(seed, number, index)
    assert name.startswith("sim-")
    assert len(name) == 14
    assert name != person_name(seed, number + 1, index)


def test_skin_tones() -> None:
    assert [skin_tone((lightness, 11.0, 17.0)) for lightness in (72.0, 58.0, 40.0)] == [
        "light",
        "medium",
        "dark",
    ]
