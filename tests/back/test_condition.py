from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.back.recordings import ordinary

from mitate.abduce.language import Atom
from mitate.back import norms
from mitate.back._parts import MEASURES, PART_OF, PARTS
from mitate.back._seen import BORDERLINE, softened
from mitate.back.cause import explain_case, knowledge
from mitate.back.condition import GRADES, Condition, case, conditions, norm_of, shares
from mitate.back.measure import measure
from mitate.back.measurement import Measure, Measures, NotMeasured
from mitate.back.movement import MOVEMENTS, NECK_MOVEMENTS
from mitate.back.norms import GradeName
from mitate.back.observations import BackCase, case_of
from mitate.back.report import in_words
from mitate.errors import InputError

LUMBAR = "peak_lumbar_flexion_deg"


def value_of(name: str, value: float, error: float | None, mdc: float | None = None) -> Measure:
    return Measure(name, value, "deg", math.nan if error is None else error, mdc, 3, "expert", "forward_bend")


def taken(
    values: Mapping[str, tuple[float, float | None]],
    missing: Iterable[str] = (),
    movement: str = "forward_bend",
) -> Measures:
    return Measures(
        movement,
        (),
        {name: value_of(name, *value) for name, value in values.items()},
        {name: NotMeasured(name, "the hips are hidden", "film from the side") for name in missing},
    )


def one(
    value: float,
    error: float | None = 3.0,
    *,
    measure: str = LUMBAR,
    age: float | None = 40,
    before: GradeName | None = None,
) -> Condition:
    former: dict[str, GradeName] = {} if before is None else {measure: before}
    movement = next((name for name in NECK_MOVEMENTS if measure in norms.measures(name)), "forward_bend")
    measured = taken({measure: (value, error)}, movement=movement)
    (found,) = conditions(measured, age=age, before=former)
    return found


def told(*found: Condition, **person: Any) -> BackCase:
    """The case as it comes back from a file."""
    return case_of(json.loads(json.dumps(case(found, **person))), name="case.json")


def weight(condition: Condition) -> float:
    """Nats that it costs to leave unexplained what the reasoner is told; 0 where it is told nothing."""
    present = [seen for seen in told(condition).situation.observations if not seen.absent]
    if not present:
        return 0.0
    (seen,) = present
    stated = 0.8 if seen.atom.terms[-1] == "moderate" else 0.1
    return -math.log(stated if seen.unexplained is None else seen.unexplained)


def test_grades_are_those_of_the_norms_and_say_how_sure_they_are() -> None:
    found = one(70.0, 2.5)
    assert (found.grade, found.low, found.high, found.borderline) == ("excessive", 39, 65, False)
    assert found.sure == pytest.approx(0.97725, abs=1e-5)  # two standard deviations
    assert found.observation is not None
    assert found.observation.atom == Atom("lumbar_flexion", ("forward_bend", "excessive"))
    assert one(33.0, age=85).grade == "moderate"
    assert one(33.0, age=40).grade == "insufficient"


def test_shares_are_those_of_many_measurements() -> None:
    rng = np.random.default_rng(3)
    drawn = 42 + 4.0 * rng.standard_normal(200_000)
    expected = [np.mean(drawn < 39), np.mean((drawn >= 39) & (drawn <= 65)), np.mean(drawn > 65)]
    assert list(shares(42, 4.0, 39, 65).values()) == pytest.approx(expected, abs=0.005)


@given(
    st.sampled_from(norms.measures()),
    st.floats(-180, 180),
    st.floats(0.01, 50),
    st.none() | st.integers(0, 99),
)
def test_shares_add_up_and_borderline_is_inside_the_error(
    measure: str, value: float, error: float, age: int | None
) -> None:
    found = one(value, error, measure=measure, age=age)
    if found.grade is None:
        assert found.reason
        return
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.grade == norms.grade(measure, value, age=age).grade
    limits = [limit for limit in (found.low, found.high) if limit is not None]
    if any(abs(value - limit) < 0.999 * error for limit in limits):
        assert found.borderline
    if all(abs(value - limit) > 2 * error for limit in limits):
        assert not found.borderline


def test_without_an_error_of_its_own_the_published_one_counts() -> None:
    published = one(60.0, None)
    assert published.error == pytest.approx(10 / (1.645 * math.sqrt(2)), rel=1e-3)
    assert one(60.0, math.nan).error == published.error
    measured = Measures("forward_bend", (), {LUMBAR: value_of(LUMBAR, 60.0, None, mdc=2.326)}, {})
    (stated,) = conditions(measured)
    assert stated.error == pytest.approx(1.0, rel=1e-3)
    unknown = one(49.0, None, measure="shoulder_rotation_deg")
    assert (unknown.error, unknown.sure, unknown.borderline, dict(unknown.shares)) == (None, None, False, {})
    exact = one(65.0, 0.0)
    assert (exact.sure, exact.borderline, exact.grade) == (1.0, False, "moderate")


@pytest.mark.parametrize("value", [math.nan, 700.0])
def test_a_value_that_cannot_be_is_not_measurable(value: float) -> None:
    found = one(value)
    assert found.grade is None
    assert found.reason
    assert found.observation is None


def test_what_was_not_measured_has_its_reason_and_is_null_in_the_case() -> None:
    found = conditions(taken({LUMBAR: (50.0, 2.0)}, ["peak_pelvic_flexion_deg", "speed"]))
    assert [condition.measure for condition in found] == [LUMBAR, "peak_pelvic_flexion_deg"]
    assert (found[1].reason, found[1].todo) == ("the hips are hidden", "film from the side")
    assert told(*found).unknown == ("forward_bend.pelvic_flexion",)
    assert "not measurable: the hips are hidden" in found[1].in_words()
    assert "測定できません" in found[1].in_words("ja")


def test_measures_without_a_norm_are_left_out() -> None:
    assert conditions(taken({"range_hip_deg": (3.0, 1.0), "range_hip_left_deg": (3.0, 1.0)})) == ()


def test_every_measure_has_a_part_and_words_in_both_languages() -> None:
    assert set(PART_OF) == set(MEASURES) == set(norms.measures())
    assert set(PART_OF.values()) == set(PARTS)
    assert all(label.en and label.ja for label in (*PARTS.values(), *MEASURES.values()))


def test_words() -> None:
    found = one(66.0, 3.0)
    assert found.in_words() == (
        "low back: forward bend of the low back 66 ± 3°: too much (as expected: 39 – 65) [laird2019]; "
        "borderline (63 %)"
    )
    assert found.in_words("ja") == (
        "腰：腰の曲がり 66 ± 3°：過剰（適度の範囲 39 – 65）[laird2019]、境界域（63 %）"
    )
    assert "borderline" not in one(80.0).in_words()
    made = json.loads(json.dumps(found.as_dict("ja"), allow_nan=False))
    assert (made["part_label"], made["observation"], made["borderline"]) == (
        "腰",
        "lumbar_flexion(forward_bend, excessive)",
        True,
    )


@pytest.mark.parametrize(
    ("before", "value", "grade"),
    [
        (None, 66.0, "excessive"),
        ("moderate", 66.0, "moderate"),  # past the limit of 65, and not by the error of 3
        ("moderate", 68.1, "excessive"),
        ("excessive", 63.0, "excessive"),
        ("excessive", 61.9, "moderate"),
        ("insufficient", 41.0, "insufficient"),
        ("insufficient", 42.1, "moderate"),
        ("moderate", 37.0, "moderate"),
        ("moderate", 35.9, "insufficient"),
        ("insufficient", 70.0, "excessive"),
        ("excessive", 30.0, "insufficient"),
    ],
)
def test_a_grade_changes_only_past_the_limit_by_more_than_the_error(
    before: GradeName | None, value: float, grade: GradeName
) -> None:
    found = one(value, before=before)
    assert found.grade == grade
    assert found.held == (norms.grade(LUMBAR, value, age=40).grade != grade)


@given(
    st.sampled_from(norms.measures()),
    st.sampled_from(GRADES),
    st.floats(-30, 120),
    st.floats(0.1, 8),
    st.floats(-1, 1),
)
def test_a_change_is_not_taken_back_within_two_errors(
    measure: str, before: GradeName, value: float, error: float, moved: float
) -> None:
    first = one(value, error, measure=measure, before=before)
    assume(first.grade not in (None, before))
    again = one(value + 1.99 * moved * error, error, measure=measure, before=first.grade)
    assert again.grade in (None, first.grade)


def test_what_stood_before_is_checked() -> None:
    with pytest.raises(InputError, match="Did you mean"):
        conditions(taken({}), before={"peak_lumbar_flexion": "moderate"})
    with pytest.raises(InputError, match="grade"):
        conditions(taken({}), before={LUMBAR: "much"})  # type: ignore[dict-item]
    with pytest.raises(InputError, match="age"):
        conditions(taken({}), age=-1)


def test_conditions_become_a_case_that_gives_causes() -> None:
    values = {
        LUMBAR: (72.0, 3.0),
        "peak_pelvic_flexion_deg": (33.0, 4.0),
        "lumbar_contribution_percent": (69.0, 3.0),
        "peak_trunk_flexion_deg": (94.0, 3.0),
        "fingertips_to_floor_cm": (30.0, 2.0),
    }
    found = conditions(taken(values), age=38)
    made = told(*found, age=38, sex="male")
    assert (made.age, made.sex) == (38, "male")
    result = explain_case(made, k=3, time_limit_s=5)
    assert result.posterior is not None
    assert str(next(iter(result.posterior.causes))) in (
        "excessive_lumbar_flexion",
        "insufficient_hip_flexion",
    )
    (borderline,) = (unsure for unsure in made.unsure if unsure.borderline)
    assert borderline.observation.atom == Atom("trunk_flexion", ("forward_bend", "moderate"))
    assert not borderline.left_out
    assert "(borderline; right with 63 %)\n" in in_words(result)
    assert "境界域、確からしさ 63 %" in in_words(explain_case(made, language="ja", time_limit_s=5))
    (printed,) = (row for row in result.as_dict()["unsure"] if row["borderline"])
    assert printed["label"] == "in the forward bend the trunk goes down as expected"


def test_the_weight_falls_as_the_value_nears_the_limit() -> None:
    values = np.linspace(65.01, 90, 40)
    weights = [weight(one(float(value), 4.0)) for value in values]
    assert all(near <= far + 1e-12 for near, far in pairwise(weights))
    assert weights[0] == pytest.approx(0, abs=0.01)
    assert weights[-1] == pytest.approx(-math.log(0.1), abs=1e-3)
    assert weight(one(64.0, 4.0)) < 0.11  # borderline, and hardly needs a cause
    assert weight(one(52.0, 4.0)) == pytest.approx(-math.log(0.8), abs=0.01)


@given(st.floats(0.001, 1), st.floats(0.001, 1), st.floats(0.001, 1))
def test_what_is_surer_weighs_more(unexplained: float, one_sure: float, other_sure: float) -> None:
    less, more = sorted((one_sure, other_sure))
    assert (
        unexplained - 1e-12 <= softened(unexplained, more) <= softened(unexplained, less) + 1e-12 <= 1 + 1e-9
    )
    assert softened(unexplained, 1.0) == unexplained
    assert softened(unexplained, 0.5) == 1


def test_on_both_sides_of_a_limit_the_reasoner_says_the_same() -> None:
    def share(value: float) -> float:
        answers = {"worse_bending": True, "eased_bending_backward": True}
        made = case_of({**case([one(value, 3.0)]), "answers": answers}, knowledge())
        posterior = explain_case(made, k=6).posterior
        assert posterior is not None
        return posterior.causes.get(Atom("excessive_lumbar_flexion"), 0.0)

    shares = [share(value) for value in (58.0, 63.0, 64.9, 65.1, 67.0, 72.0)]
    assert shares[2] == pytest.approx(shares[3], abs=0.02)
    assert all(less <= more + 0.02 for less, more in pairwise(shares))
    assert shares[0] < shares[-1]


def test_what_may_be_anything_is_told_as_nothing() -> None:
    wide = told(one(52.0, 20.0)).situation.observations
    assert wide == ()


def test_a_sign_that_is_borderline_and_not_there_is_told_so() -> None:
    far = told(one(10.0, 2.0, measure="fingertips_to_floor_cm"))
    assert [(str(seen.atom), seen.absent) for seen in far.situation.observations] == [
        ("fingers_far_from_floor", True)
    ]
    near = told(one(19.0, 2.0, measure="fingertips_to_floor_cm"))
    assert [(str(seen.observation.atom), seen.borderline) for seen in near.unsure] == [
        ("fingers_far_from_floor", True)
    ]
    beyond = told(one(21.0, 2.0, measure="fingertips_to_floor_cm")).situation.observations
    assert [(str(seen.atom), seen.absent) for seen in beyond] == [("fingers_far_from_floor", False)]


@pytest.mark.parametrize(
    ("minima", "extrema", "said"),
    [(9.0, 20.0, True), (9.0, 5.0, False), (2.0, 20.0, False), (None, 20.0, None)],
)
def test_judder_needs_both(minima: float | None, extrema: float, said: bool | None) -> None:
    names = ("judder_phase_minima", "judder_coupling_extrema")
    values = {name: (v, 1.0) for name, v in zip(names, (minima, extrema), strict=True) if v is not None}
    missing = [name for name in names if name not in values]
    made = case(conditions(taken(values, missing)))["signs"]["judder"]
    assert (made["is"] if isinstance(made, dict) else made) is said
    if isinstance(made, dict):
        assert made["sure"] >= BORDERLINE


def test_two_films_that_tell_differently() -> None:
    with pytest.raises(InputError, match="two films"):
        case((one(50.0), one(80.0)))
    assert case((one(50.0), one(50.0))) == case((one(50.0),))
    lost = Condition("low_back", LUMBAR, "forward_bend", reason="hidden")
    assert case((one(80.0), lost)) == case((lost, one(80.0))) == case((one(80.0),))


@given(st.sampled_from(norms.measures()), st.floats(0, 100), st.none() | st.floats(0, 30))
def test_every_condition_makes_a_case_that_can_be_read(
    measure: str, value: float, error: float | None
) -> None:
    condition = one(value, error, measure=measure)
    made = told(condition, age=40, sex="female")
    seen = {observation.atom: observation.absent for observation in made.situation.observations}
    expected = condition.observation
    if expected is not None and not condition.borderline:
        assert seen[expected.atom] is expected.absent


def test_signs_have_one_limit_so_that_the_share_of_the_grade_is_that_of_the_sign() -> None:
    for name in norms.measures():
        usual = norms.condition(name, "moderate")
        if usual is not None and usual.absent:
            graded = norms.grade(name, 10.0)
            assert (graded.low is None) != (graded.high is None)


def test_a_side_is_graded_by_the_norm_of_both() -> None:
    names = ["pelvic_rotation_right_deg", "pelvic_rotation_deg", "pelvic_rotation_left_deg"]
    found = conditions(
        taken(dict(zip(names, [(40.0, 2.0), (40.0, 2.0), (60.0, 2.0)], strict=True)), movement="rotation")
    )
    assert [(one.measure, one.side, one.grade) for one in found] == [
        ("pelvic_rotation_deg", "", "insufficient"),
        ("pelvic_rotation_left_deg", "left", "moderate"),
        ("pelvic_rotation_right_deg", "right", "insufficient"),
    ]
    assert found[1].label.en == "turn of the pelvis, left"
    assert found[2].label.ja == "骨盤の回旋（右）"
    assert found[2].observation is None
    assert case(found) == {"signs": {"pelvic_rotation(insufficient)": True}}
    conditions(taken({}), before={"pelvic_rotation_left_deg": "moderate"})


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        (12.0, 11.0, (True, True)),
        (8.0, 3.0, (True, False)),  # 5 cm more than to the other side
        (5.0, 5.2, (False, False)),
        (None, 5.0, (None, None)),
        (None, 14.0, (None, True)),
    ],
)
def test_a_shift_on_one_leg_is_too_far_or_farther_than_to_the_other(
    left: float | None, right: float, said: tuple[bool | None, bool | None]
) -> None:
    values = {"navel_shift_right_cm": (right, 0.3)}
    missing = ["navel_shift_left_cm", "navel_shift_difference_cm"]
    if left is not None:
        missing = []
        values |= {"navel_shift_left_cm": (left, 0.3), "navel_shift_difference_cm": (abs(left - right), 0.4)}
    made = case(conditions(taken(values, missing, "one_leg_stance")))
    told_of = [made["signs"][f"lateral_shift({side})"] for side in ("left", "right")]
    assert tuple(one["is"] if isinstance(one, dict) else one for one in told_of) == said
    assert case_of(made, knowledge())


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_what_is_measured_of_any_movement_becomes_a_case(movement: str) -> None:
    recording, _ = ordinary(movement)
    measures = measure(recording, movement)
    found = conditions(measures, age=50)
    names = {one.measure for one in found}
    assert names == {name for name in (*measures.values, *measures.missing) if norm_of(name) is not None}
    assert all((one.grade is None) == (one.measure in measures.missing) for one in found)
    assert all(one.in_words(language) for one in found for language in ("en", "ja"))
    json.dumps([one.as_dict() for one in found], allow_nan=False)
    assert told(*found, age=50, sex="female").age == 50
