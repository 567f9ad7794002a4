from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.simulate.fluid import FAT_ML_PER_KG, REGIONS, FluidProfile, course, displacement_per_kg
from mitate.simulate.head import Head, swept_volume_ml
from mitate.simulate.person import Person

CHANGES = [(change, r.ml_per_kg / len(r.changes)) for r in REGIONS for change in r.changes]


@pytest.mark.parametrize(("change", "millilitres"), CHANGES)
@pytest.mark.parametrize("kilograms", [0.5, 2.0, 4.0])
def test_a_region_swells_by_the_volume_stated(
    head: Head, person: Person, change: str, millilitres: float, kilograms: float
) -> None:
    shape = displacement_per_kg(head, person.neutral, {change: millilitres})
    found = swept_volume_ml(person.neutral, kilograms * shape, head.faces)
    # The lips curve so much that at four kilograms their volume is 4 % off.
    assert found == pytest.approx(kilograms * millilitres, rel=0.05 if kilograms > 3 else 0.03)


def test_fat_fills_the_cheeks_as_measured(head: Head, person: Person) -> None:
    cheeks = {name: value for name, value in FAT_ML_PER_KG.items() if "cheek" in name}
    shape = displacement_per_kg(head, person.neutral, cheeks)
    # Paton et al. 2007: about 3.1 mL a cheek at a gain of about 7 kg
    assert swept_volume_ml(person.neutral, 7 * shape, head.faces) == pytest.approx(2 * 3.1, rel=0.05)


@given(seed=st.integers(0, 10_000), days=st.integers(1, 30))
def test_a_course_is_a_run_of_dialysis_days(seed: int, days: int) -> None:
    visits = course(np.random.default_rng(seed), days)
    assert [v.phase for v in visits] == ["pre", "post"] * days
    for pre, post in zip(visits[::2], visits[1::2], strict=True):
        assert pre.day == post.day
        assert pre.fluid_kg > post.fluid_kg
        assert pre.fat_kg == post.fat_kg
    for visit in visits:
        assert visit.excess_kg == visit.fluid_kg + visit.fat_kg
        assert -0.3 <= visit.fluid_kg <= 6.7
    steps = np.diff([v.day for v in visits[::2]])
    assert steps.tolist() == [3 if i % 3 == 2 else 2 for i in range(days - 1)]


@given(seed=st.integers(0, 10_000), days=st.integers(1, 10), more=st.integers(1, 10))
def test_more_days_only_lengthen_a_course(seed: int, days: int, more: int) -> None:
    short = course(np.random.default_rng(seed), days)
    assert course(np.random.default_rng(seed), days + more)[: len(short)] == short


def test_the_population_gains_what_dialysis_patients_gain() -> None:
    gains = [
        [pre.fluid_kg - post.fluid_kg for pre, post in zip(visits[::2], visits[1::2], strict=True)]
        for seed in range(400)
        for visits in [course(np.random.default_rng(seed), 6)]
    ]
    profile = FluidProfile()
    assert np.mean(gains) == pytest.approx(profile.gain[0], abs=0.1)
    assert np.std(np.mean(gains, axis=1)) == pytest.approx(np.hypot(0.6, 0.5 / np.sqrt(6)), abs=0.08)


def test_a_gain_of_fat_is_seen_by_the_scale_and_leaves_the_fluid() -> None:
    usual, gaining = (
        course(np.random.default_rng(3), 10, profile)
        for profile in (FluidProfile(), FluidProfile(fat_gain_kg_a_week=1.0))
    )
    for old, new in zip(usual, gaining, strict=True):
        assert (new.fluid_kg, new.puffiness_kg, new.day) == (old.fluid_kg, old.puffiness_kg, old.day)
        assert new.excess_kg - old.excess_kg == pytest.approx(old.day / 7)
