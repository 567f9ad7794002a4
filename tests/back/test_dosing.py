from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.back.exercise_samples import sample

from mitate.back.dosing import RULES, dosed, half_minutes, lighter, seconds
from mitate.back.exercise import Dose
from mitate.back.wishes import Irritability

doses = st.builds(
    Dose,
    sets=st.integers(1, 4),
    repetitions=st.integers(1, 20),
    days_a_week=st.integers(1, 7),
    hold_s=st.floats(0, 30),
    tempo_s=st.tuples(st.floats(0.5, 5), st.floats(0.5, 5)),
    rest_s=st.floats(0, 90),
    per_side=st.booleans(),
    minutes=st.sampled_from([0.0, 0.0, 5.0, 10.0]),
)


def of(dose: Dose, minutes: float = 4.0) -> float:
    """Half-minutes of an exercise whose file gives this dose and time."""
    one = sample("one", dose=msgspec.to_builtins(dose), minutes=minutes)
    return half_minutes(one, dose)


@given(dose=doses, irritability=st.sampled_from(["low", "medium", "high"]), age=st.none() | st.floats(18, 99))
def test_a_dose_is_lowered_and_never_raised(
    dose: Dose, irritability: Irritability, age: float | None
) -> None:
    one = sample("one", dose=msgspec.to_builtins(dose))
    begun = dosed(one, irritability, age)
    assert 1 <= begun.dose.sets <= dose.sets
    assert 1 <= begun.dose.repetitions <= dose.repetitions
    assert begun.dose.hold_s <= dose.hold_s
    assert begun.dose.minutes <= dose.minutes
    assert begun.dose.rest_s >= dose.rest_s
    assert set(begun.rules) <= set(RULES)
    assert bool(begun.rules) == (begun.dose != dose)
    assert half_minutes(one, begun.dose) >= 1


def test_each_rule() -> None:
    one = sample("one", dose={"sets": 3, "repetitions": 9, "days_a_week": 3, "rest_s": 20})
    assert dosed(one, "low", 40) == dosed(one, "low", None)
    assert dosed(one, "low", 40).dose == one.dose
    high = dosed(one, "high", 40)
    assert (high.dose.sets, high.dose.repetitions, high.rules) == (1, 5, ("irritable_high",))
    medium = dosed(one, "medium", 70)
    assert (medium.dose.sets, medium.dose.rest_s, medium.rules) == (2, 45, ("irritable_medium", "elderly"))
    old = dosed(one, "low", 80)
    assert (old.dose.sets, old.dose.tempo_s, old.dose.rest_s, old.rules) == (1, (3, 3), 60, ("old",))


@given(dose=doses)
def test_half_as_much_is_less_and_comes_to_an_end(dose: Dose) -> None:
    less = lighter(dose)
    assert seconds(less) <= seconds(dose)
    for _ in range(12):
        less = lighter(less)
    assert lighter(less) == less


def test_how_long_a_dose_takes() -> None:
    dose = Dose(sets=2, repetitions=10, days_a_week=3, hold_s=1, tempo_s=(2, 2), rest_s=30, per_side=True)
    assert seconds(dose) == 2 * 10 * 2 * 5 + 30
    assert seconds(Dose(sets=1, repetitions=1, days_a_week=5, minutes=10)) == 600
    assert of(dose, 4.0) == 8  # what the file says
    assert of(dose, 1.0) == 8  # it cannot take less than the dose does
    assert of(dose, 5.25) == 11


@given(dose=doses, minutes=st.floats(1, 20))
def test_no_session_is_longer_than_it_is_counted(dose: Dose, minutes: float) -> None:
    assert 30 * of(dose, minutes) >= seconds(dose) - 1e-6
    assert 30 * of(dose, minutes) >= 60 * minutes - 1e-6
