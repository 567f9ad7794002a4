from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mitate.simulate.fluid import REGIONS, Visit
from mitate.simulate.head import Head, swept_volume_ml
from mitate.simulate.person import Person, PersonProfile, sample_person, sex_and_years
from mitate.simulate.skin import SkinShift


@pytest.fixture(scope="module")
def people(head: Head) -> list[Person]:
    return [sample_person(head, 9, index) for index in range(400)]


def test_the_make_up_is_that_of_the_published_cohort(people: list[Person]) -> None:
    ages = [p.age for p in people]  # 73.5 ± 9.4 years, 25 men of 39
    assert np.mean(ages) == pytest.approx(73.5, abs=3 * 9.4 / 20)
    assert np.std(ages) == pytest.approx(9.4, abs=1.0)
    assert np.mean([p.sex == "M" for p in people]) == pytest.approx(25 / 39, abs=0.075)
    assert min(ages) >= 30
    assert max(ages) <= 95
    for sex, kilograms in (("M", 60), ("F", 51)):
        weights = [p.dry_weight_kg for p in people if p.sex == sex]
        assert np.mean(weights) == pytest.approx(kilograms, abs=2)


def test_patterns_differ_between_people_around_the_nominal_volume(people: list[Person]) -> None:
    for region in REGIONS:
        logs = np.log([p.ml_per_kg[region.name] / region.ml_per_kg for p in people])
        assert np.mean(logs) == pytest.approx(0, abs=0.07)
        assert np.std(logs) == pytest.approx(np.hypot(0.4, 0.2), abs=0.05)
    upper, cheek = ([np.log(p.ml_per_kg[name]) for p in people] for name in ("upper_lid_left", "cheek_right"))
    assert np.corrcoef(upper, cheek)[0, 1] == pytest.approx(0.2**2 / (0.4**2 + 0.2**2), abs=0.15)


def test_a_person_is_determined_by_seed_and_index(head: Head, people: list[Person]) -> None:
    again = sample_person(head, 9, 7)
    assert again == people[7]
    assert np.array_equal(again.neutral, people[7].neutral)
    assert people[8] != people[7]
    assert sample_person(head, 10, 7) != people[7]
    assert not np.allclose(people[8].neutral, people[7].neutral, atol=1e-3)
    assert len({p.participant_id for p in people}) == 400


def test_left_and_right_of_a_face_are_nearly_alike(people: list[Person]) -> None:
    gaps = [
        person.local[name] - person.local[f"r-{name[2:]}"]
        for person in people[:50]
        for name in person.local
        if name.startswith("l-")
    ]
    assert 0.02 < np.std(gaps) < 0.06


@pytest.mark.parametrize("strength", [0.5, 1.0, 2.0])
def test_the_whole_face_swells_by_what_the_pattern_says(head: Head, strength: float) -> None:
    person = sample_person(head, 9, 3, PersonProfile(strength=strength))
    nominal = sample_person(head, 9, 3)
    assert person.ml_per_kg == pytest.approx({k: strength * v for k, v in nominal.ml_per_kg.items()})
    stated = 2.0 * sum(person.ml_per_kg.values())
    found = swept_volume_ml(person.neutral, 2.0 * person.fluid_shape, head.faces)
    assert found == pytest.approx(stated, rel=0.03)


def test_cheeks_measured_alone(head: Head, person: Person) -> None:
    only = {name: (ml if name.startswith("cheek") else 0.0) for name, ml in person.ml_per_kg.items()}
    cheeks = replace(person, ml_per_kg=only)
    found = swept_volume_ml(cheeks.neutral, cheeks.fluid_shape, head.faces)
    assert found == pytest.approx(only["cheek_left"] + only["cheek_right"], rel=0.03)


def test_a_visit_shows_fluid_puffiness_and_fat(person: Person) -> None:
    dry = person.face_at(Visit(0, "post", 0.0, 0.0, 0.0))
    assert np.array_equal(dry, person.neutral)
    wet = person.face_at(Visit(0, "pre", 1.5, 0.0, 0.5)) - dry
    assert np.allclose(wet, 2 * person.fluid_shape, atol=1e-7)
    fat = person.face_at(Visit(0, "pre", 0.0, 1.0, 0.0)) - dry
    assert np.allclose(fat, person.fat_shape, atol=1e-7)
    # A kilogram of fluid must not look like a kilogram of fat.
    cosine = np.sum(wet * fat) / (np.linalg.norm(wet) * np.linalg.norm(fat))
    assert cosine < 0.98


def test_sex_and_age_can_be_known_without_the_face(people: list[Person]) -> None:
    assert [sex_and_years(9, p.index) for p in people[:50]] == [(p.sex, p.age) for p in people[:50]]


def test_a_mended_gender_and_another_skin_change_nothing_else(head: Head, people: list[Person]) -> None:
    for old in people[:20]:
        new = sample_person(head, 9, old.index, PersonProfile(mended_gender=True, skin=SkinShift()))
        assert (new.phenotype["gender"] < 0.5) == (new.sex == "M")  # the model's 0 is a man
        phenotype = {**new.phenotype, "gender": old.phenotype["gender"]}
        assert new.skin != old.skin
        assert replace(new, phenotype=phenotype, skin=old.skin, profile=old.profile) == old
