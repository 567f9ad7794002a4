from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.back.checked import ANSWERS, bend

from mitate.abduce.language import Atom
from mitate.back.condition import Condition
from mitate.back.merged import merged, with_person
from mitate.back.norms import GRADES, condition
from mitate.back.observations import case_of
from mitate.errors import InputError


def graded(grade: str, sure: float) -> Condition:
    """The forward bend of the low back, as a film grades it."""
    found = next(one for one in bend().conditions if one.measure == "peak_lumbar_flexion_deg")
    name = next(one for one in GRADES if one == grade)
    rest = (1 - sure) / 2
    shares = {one: sure if one == grade else rest for one in GRADES}
    return replace(
        found,
        grade=name,
        shares=shares,
        borderline=sure < 0.8413,
        observation=condition("peak_lumbar_flexion_deg", name),
    )


def told(grade: Any) -> dict[str, Any]:
    return {"conditions": {"forward_bend": {"lumbar_flexion": grade}}, "answers": {"worse_sitting": True}}


def test_films_and_answers_become_one_case_that_reads_back() -> None:
    found = merged(bend().conditions, ANSWERS)
    assert not found.conflicts
    assert found.case.age == 74
    assert found.document["red_flags"] == ANSWERS["red_flags"]
    again = case_of(found.document)
    assert again.situation == found.case.situation
    seen = {one.atom for one in again.situation.observations}
    assert Atom("worse_sitting") in seen
    assert Atom("trunk_flexion", ("forward_bend", "moderate")) in seen


def test_a_clear_film_goes_before_what_was_told_and_both_are_said() -> None:
    found = merged([graded("excessive", 0.95)], told("insufficient"))
    (conflict,) = found.conflicts
    assert conflict.kept == "film"
    assert conflict.place == "conditions.forward_bend.lumbar_flexion"
    assert conflict.told.atom.terms[-1] == "insufficient"
    assert conflict.filmed.atom.terms[-1] == "excessive"
    assert found.document["conditions"]["forward_bend"]["lumbar_flexion"] == {"is": "excessive", "sure": 0.95}


def test_a_borderline_film_gives_way_to_what_was_told() -> None:
    found = merged([graded("excessive", 0.6)], told("moderate"))
    (conflict,) = found.conflicts
    assert (conflict.kept, conflict.sure) == ("told", 0.6)
    assert found.document["conditions"]["forward_bend"]["lumbar_flexion"] == "moderate"


def test_what_a_borderline_film_surely_is_not_still_counts() -> None:
    # 60 % too much, 39 % as expected, 1 % too little: told "too little" is what it surely is not.
    one = replace(graded("excessive", 0.6), shares={"insufficient": 0.01, "moderate": 0.39, "excessive": 0.6})
    found = merged([one], told("insufficient"))
    (conflict,) = found.conflicts
    assert conflict.kept == "film"
    assert conflict.filmed.absent
    assert found.document["conditions"]["forward_bend"]["lumbar_flexion"]["is"] == "excessive"


def test_a_told_measure_of_the_same_thing_is_compared_too() -> None:
    said = {"measures": {"forward_bend": {"peak_lumbar_flexion_deg": 20.0}}, "person": {"age": 40}}
    found = merged([graded("excessive", 0.99)], said)
    (conflict,) = found.conflicts
    assert conflict.place == "measures.forward_bend.peak_lumbar_flexion_deg"
    assert "measures" not in found.document


def test_what_the_film_could_not_measure_is_taken_from_what_was_told() -> None:
    lost = replace(graded("moderate", 0.9), grade=None, value=None, shares={}, observation=None)
    found = merged([lost], told("excessive"))
    assert not found.conflicts
    assert found.document["conditions"]["forward_bend"]["lumbar_flexion"] == "excessive"


@given(st.sampled_from(GRADES), st.sampled_from(GRADES), st.floats(0.34, 1.0))
def test_no_contradiction_is_left_whatever_is_told(filmed: str, said: str, sure: float) -> None:
    found = merged([graded(filmed, sure)], told(said))
    assert bool(found.conflicts) == (filmed != said)
    present = {one.atom for one in found.case.situation.observations if not one.absent}
    assert len({atom for atom in present if atom.predicate == "lumbar_flexion"}) <= 1
    assert case_of(found.document).situation == found.case.situation


def test_age_and_sex_may_stand_on_the_command_line_or_in_the_answers() -> None:
    assert with_person({}, age=50.0, sex="male")["person"] == {"age": 50.0, "sex": "male"}
    assert with_person(ANSWERS, age=74)["person"] == ANSWERS["person"]
    with pytest.raises(InputError, match="the age is 50"):
        with_person(ANSWERS, age=50)
    with pytest.raises(InputError, match="the sex is male"):
        with_person(ANSWERS, sex="male")


def test_what_cannot_be_read_is_refused_with_its_place() -> None:
    with pytest.raises(InputError, match="worse_siting"):
        merged([], {"answers": {"worse_siting": True}}, name="a.json")
    with pytest.raises(InputError, match=r"a\.json: answers"):
        merged([], {"answers": [1]}, name="a.json")
