from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.abduce.language import Atom, Observation, Situation
from mitate.back._strict_json import MOST_BYTES, strict_json
from mitate.back.cause import knowledge
from mitate.back.observations import BackCase, age_band, case_of, read_case
from mitate.errors import InputError

BEND = Atom("lumbar_flexion", ("forward_bend", "excessive"))


def read(value: object) -> BackCase:
    return case_of(value, knowledge(), name="case.json")


def test_a_whole_case() -> None:
    case = read(
        {
            "person": {"age": 72, "sex": "female"},
            "conditions": {
                "forward_bend": {"lumbar_flexion": "excessive", "uneven_curve": True, "trunk_flexion": None},
                "lumbar_share": "moderate",
            },
            "signs": {"judder": True, "pelvic_drop(left)": False},
            "answers": {"worse_sitting": True, "pain_below_knee": False, "worse_walking": None},
            "red_flags": {"saddle_anaesthesia": False, "foot_drop": None},
            "questionnaires": {"risk": [False] * 8 + ["not_at_all"], "disability": [1] * 9 + [None]},
        }
    )
    assert (case.age, case.sex, case.name) == (72, "female", "case.json")
    assert case.situation.given == (Atom("age", ("from_65_to_74",)), Atom("sex", ("female",)))
    assert case.situation.observations == (
        Observation(BEND),
        Observation(Atom("uneven_curve", ("forward_bend",))),
        Observation(Atom("lumbar_share", ("moderate",))),
        Observation(Atom("judder")),
        Observation(Atom("worse_sitting")),
        Observation(Atom("pelvic_drop", ("left",)), absent=True),
        Observation(Atom("pain_below_knee"), absent=True),
    )
    assert case.unknown == ("forward_bend.trunk_flexion", "worse_walking", "foot_drop")
    assert case.red_flags == {"saddle_anaesthesia": False}
    assert case.risk is not None
    assert case.risk.band == "low"
    assert case.disability is not None
    assert case.disability.percent == 20


@pytest.mark.parametrize("value", [{}, {"person": None}, {"answers": {}, "signs": None}])
def test_nothing_told_is_an_empty_case(value: object) -> None:
    assert read(value) == BackCase(name="case.json")


@pytest.mark.parametrize(
    ("said", "present", "absent"),
    [
        ("left", {"left"}, {"right"}),
        (["left", "right"], {"left", "right"}, set()),
        ([], set(), {"left", "right"}),
        (False, set(), {"left", "right"}),
        (None, set(), set()),
    ],
)
@pytest.mark.parametrize("key", ["pain_side", "pain_side(_)"])
def test_which_side(key: str, said: object, present: set[str], absent: set[str]) -> None:
    seen = read({"answers": {key: said}}).situation.observations
    assert {o.atom.terms[0] for o in seen if not o.absent} == present
    assert {o.atom.terms[0] for o in seen if o.absent} == absent


def test_a_value_of_an_exclusive_place_rules_the_others_out_by_itself() -> None:
    assert read({"answers": {"pain_onset": "gradually"}}).situation.observations == (
        Observation(Atom("pain_onset", ("gradually",))),
    )
    assert len(read({"answers": {"pain_onset": False}}).situation.observations) == 4


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "under_20"),
        (19, "under_20"),
        (20, "from_20_to_49"),
        (49.9, "from_20_to_49"),
        (50, "from_50_to_64"),
        (65, "from_65_to_74"),
        (74, "from_65_to_74"),
        (75, "over_75"),
        (120, "over_75"),
    ],
)
def test_age_bands(age: float, band: str) -> None:
    assert age_band(age) == band
    assert read({"person": {"age": age}}).situation.given == (Atom("age", (band,)),)


def test_measures_become_conditions_by_the_norm_of_the_age() -> None:
    def flexion(age: int | None, degrees: float) -> str:
        person = {} if age is None else {"age": age}
        case = read({"person": person, "measures": {"forward_bend": {"peak_lumbar_flexion_deg": degrees}}})
        (graded,) = case.graded
        assert graded.observation is not None
        assert graded.observation in case.situation.observations
        return graded.observation.atom.terms[1]

    assert flexion(40, 70.0) == "excessive"
    assert flexion(40, 50.0) == "moderate"
    assert flexion(40, 33.0) == "insufficient"
    assert flexion(85, 33.0) == "moderate"  # as expected at this age


def test_a_measure_that_is_not_known_and_one_of_no_movement() -> None:
    case = read(
        {"measures": {"forward_bend": {"peak_lumbar_flexion_deg": None}, "straight_leg_raise_deg": 120}}
    )
    assert case.unknown == ("forward_bend.peak_lumbar_flexion_deg",)
    assert case.situation.observations == (Observation(Atom("leg_raise_high")),)
    assert case.graded[0].as_dict()["absent"] is False


def test_what_is_not_sure_counts_for_less() -> None:
    def seen(sure: object, said: object = "excessive") -> BackCase:
        return read({"conditions": {"forward_bend": {"lumbar_flexion": {"is": said, "sure": sure}}}})

    assert seen(1).situation == seen(1.0).situation == Situation((Observation(BEND),))
    (unsure,) = seen(0.9).unsure
    assert unsure.observation.unexplained == pytest.approx(0.1 + 0.9 / 9)
    assert (unsure.sure, unsure.borderline, unsure.left_out) == (0.9, False, False)
    assert seen(0.9).situation.observations == (unsure.observation,)
    (borderline,) = seen(0.8).unsure
    assert (borderline.borderline, borderline.left_out) == (True, False)
    assert seen(0.49).unsure[0].left_out
    assert seen(0.49).situation.observations == ()
    assert not seen(0.6, "moderate").unsure[0].left_out
    assert seen(0.6, "moderate").situation.observations == (seen(0.6, "moderate").unsure[0].observation,)
    (sign,) = read({"signs": {"judder": {"is": True, "sure": 0.5}}}).situation.observations
    assert sign.unexplained == 1  # it rules nothing out


def test_what_is_not_sure_may_stand_beside_the_movements_and_among_signs() -> None:
    case = read(
        {
            "conditions": {"lumbar_share": {"is": "excessive", "sure": 0.8}},
            "signs": {"judder": {"is": True, "sure": 0.8}, "pelvic_drop(left)": {"is": False, "sure": 0.4}},
            "answers": {"worse_sitting": {"is": None}, "worse_bending": {"is": True}},
        }
    )
    assert [(str(one.observation.atom), one.left_out) for one in case.unsure] == [
        ("lumbar_share(excessive)", False),
        ("judder", False),
        ("pelvic_drop(left)", True),
    ]
    assert [str(one.atom) for one in case.situation.observations] == [
        "lumbar_share(excessive)",
        "judder",
        "worse_bending",
    ]
    assert case.unknown == ("worse_sitting",)


def test_told_twice_the_surer_telling_counts() -> None:
    soft = {"is": True, "sure": 0.7}
    assert read({"signs": {"judder": soft}, "answers": {"judder": True}}).unsure == ()
    assert read({"signs": {"judder": True}, "answers": {"judder": soft}}).unsure == ()


WRONG: list[tuple[object, str, str]] = [
    ([], "case.json", "cannot stand here"),
    ({"anwsers": {}}, "case.json", "did you mean answers"),
    ({"person": {"aeg": 3}}, "person", "did you mean age"),
    ({"person": {"age": -1}}, "person.age", "no age in years"),
    ({"person": {"age": 140}}, "person.age", "0 to 120"),
    ({"person": {"age": 10**400}}, "person.age", "cannot stand here"),
    ({"person": {"age": True}}, "person.age", "cannot stand here"),
    ({"person": {"age": "72"}}, "person.age", "cannot stand here"),
    ({"person": {"sex": "woman"}}, "person.sex", "female"),
    ({"conditions": {"forwardbend": {"lumbar_flexion": "moderate"}}}, "conditions", "forward_bend"),
    (
        {"conditions": {"forward_bend": {"lumber_flexion": "moderate"}}},
        "forward_bend.lumber",
        "lumbar_flexion",
    ),
    ({"conditions": {"forward_bend": {"lumbar_flexion": "too much"}}}, "lumbar_flexion", "moderate"),
    ({"conditions": {"forward_bend": {"lumbar_flexion": True}}}, "lumbar_flexion", "one of insufficient"),
    ({"conditions": {"forward_bend": {"lumbar_flexion": ["moderate", "excessive"]}}}, "flexion", "only one"),
    ({"conditions": {"forward_bend": {"judder": True}}}, "forward_bend.judder", "outside the movement"),
    ({"signs": {"judder": {"is": True, "sure": 0}}}, "signs.judder.sure", "above 0"),
    ({"signs": {"judder": {"is": True, "sure": 1.2}}}, "signs.judder.sure", "at most 1"),
    ({"signs": {"judder": {"is": True, "sure": True}}}, "signs.judder.sure", "a probability"),
    ({"signs": {"judder": {"is": True, "shure": 0.7}}}, "signs.judder", "did you mean sure"),
    ({"signs": {"judder": {"sure": 0.7}}}, "signs.judder.is", "what was seen"),
    ({"signs": {"judder": {"is": {"is": True}}}}, "signs.judder.is", "what was seen"),
    ({"signs": {"judder": {"is": "yes", "sure": 0.7}}}, "signs.judder", "true, false or null"),
    ({"conditions": {"lumber_share": {"is": "excessive"}}}, "conditions", "did you mean lumbar_share"),
    ({"conditions": {"forward_bend": "excessive"}}, "conditions.forward_bend", "object"),
    ({"signs": {"judder": "yes"}}, "signs.judder", "true, false or null"),
    ({"signs": {"judder(left)": True}}, "signs.judder", "alone"),
    ({"signs": {"pelvic_drop(lft)": True}}, "pelvic_drop(lft)", "did you mean left"),
    ({"signs": {"pelvic_drop(left, right)": True}}, "pelvic_drop", "pelvic_drop(side)"),
    ({"signs": {"lumbar_flexion(_, _)": "moderate"}}, "lumbar_flexion", "movement, grade"),
    ({"signs": {"no such thing!": True}}, "no such thing!", "there is no observation"),
    ({"signs": {"excessive_lumbar_flexion": True}}, "signs", "is a cause"),
    ({"answers": {"worse_siting": True}}, "answers.worse_siting", "worse_sitting"),
    ({"answers": [True]}, "answers", "object"),
    ({"measures": {"forward_bend": {"peak_lumbar_flexion_deg": "70"}}}, "peak_lumbar", "a number"),
    ({"measures": {"forward_bend": {"peak_lumbar_flexion_deg": 700}}}, "peak_lumbar", "120"),
    ({"measures": {"forward_bend": {"peak_lumbar_flexion": 70}}}, "peak_lumbar", "peak_lumbar_flexion_deg"),
    ({"measures": {"squat": {"peak_lumbar_flexion_deg": 70}}}, "peak_lumbar", "squat"),
    ({"measures": {"forward_bend": 3}}, "measures.forward_bend", "object"),
    ({"red_flags": {"saddle_anesthesia": True}}, "red_flags", "saddle_anaesthesia"),
    ({"red_flags": {"foot_drop": 1}}, "red_flags.foot_drop", "true, false or null"),
    ({"questionnaires": {"oswestry": []}}, "questionnaires", "there is no questionnaire"),
    ({"questionnaires": {"risk": [True]}}, "questionnaires.risk", "9"),
    ({"questionnaires": {"risk": "low"}}, "questionnaires.risk", "a list"),
    ({"questionnaires": {"disability": [9] * 10}}, "questionnaires.disability[1]", "0 to 5"),
]


@pytest.mark.parametrize(("value", "where", "said"), WRONG)
def test_what_is_wrong_is_told_at_its_place(value: object, where: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(value)
    assert caught.value.where is not None
    assert where in caught.value.where
    assert said.casefold() in str(caught.value).casefold()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


CONTRADICTIONS: list[dict[str, Any]] = [
    {"signs": {"judder": True}, "answers": {"judder": False}},
    {
        "signs": {
            "lumbar_flexion(forward_bend, moderate)": True,
            "lumbar_flexion(forward_bend, excessive)": True,
        }
    },
    {
        "conditions": {"forward_bend": {"lumbar_flexion": "moderate"}},
        "measures": {"forward_bend": {"peak_lumbar_flexion_deg": 80}},
    },
    {"person": {"age": 30}, "answers": {"age": "over_75"}},
    {"answers": {"pain_side(left)": False, "pain_side": "left"}},
]


@pytest.mark.parametrize("value", CONTRADICTIONS)
def test_contradictions_name_both_places(value: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="says the other"):
        read(value)


def test_observations_that_the_base_declares_exclusive_contradict() -> None:
    from mitate.abduce.parse import parse

    base = parse(
        "sort side = left, right\nsort movement = bend\nobservation a(side) unexplained 0.1 source s\n"
        'observation b(side) unexplained 0.1 source s\nsource s "S"\nexclude x: a(Side), b(Side) source s\n'
    )
    assert case_of({"signs": {"a(left)": True, "b(right)": True}}, base).situation.observations
    with pytest.raises(InputError, match=r"a\(left\) and b\(left\) cannot both be"):
        case_of({"signs": {"a(left)": True, "b(left)": True}}, base)


class OneLineError(Exception):
    """An error of ours that can be printed on one line."""


@contextlib.contextmanager
def one_line() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        printed = str(error).encode()
        if b"\n" in printed or not printed.startswith(b"case.json"):
            raise
        raise OneLineError from error


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PARTS = ("person", "conditions", "signs", "measures", "answers", "red_flags", "questionnaires")
NAMES = (
    "age",
    "sex",
    "forward_bend",
    "lumbar_flexion",
    "judder",
    "pain_side",
    "foot_drop",
    "risk",
    "pain_onset",
)
NEARLY = st.recursive(
    JSON | st.sampled_from(["female", "excessive", "left", "gradually", "not_at_all", 40, True]),
    lambda inner: st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150)
@given(JSON | st.dictionaries(st.sampled_from(PARTS), NEARLY, max_size=7))
def test_any_json_is_a_case_or_one_error(value: object) -> None:
    with contextlib.suppress(OneLineError), one_line():
        assert isinstance(read(value), BackCase)


@settings(max_examples=100)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_json_or_one_error(content: bytes) -> None:
    with contextlib.suppress(OneLineError), one_line():
        json.dumps(strict_json(content, "case.json"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a": 1,}', "case.json:1:"),
        (b'{\n "a": tru}', "case.json:2:7: this is not JSON"),
        (b"", "this is not JSON"),
        (b'{"a": 1, "a": 2}', "the key 'a' stands twice"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "too many digits or levels"),
        (b"9" * 10_000, "too many digits or levels"),
        (b" " * (MOST_BYTES + 1), "longer than"),
    ],
)
def test_what_is_no_json_is_told(content: bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        strict_json(content, "case.json")
    assert said in str(caught.value)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_bytes(b'\xef\xbb\xbf{"answers": {"worse_sitting": true}}')
    assert read_case(path, knowledge()).situation.observations == (Observation(Atom("worse_sitting")),)
    for bad in (tmp_path, tmp_path / "absent.json"):
        with pytest.raises(InputError, match="cannot read"):
            read_case(bad, knowledge())
    path.write_bytes(b"x" * 3 * MOST_BYTES)
    with pytest.raises(InputError, match="longer than"):
        read_case(path, knowledge())
