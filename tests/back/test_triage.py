"""Red flags: every one stops the path, none of them unasked passes, the most urgent comes first."""

from __future__ import annotations

import itertools
import json
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mitate.back.triage as module
from mitate.abduce.parse import read
from mitate.back.triage import Category, RedFlag, Urgency, red_flag_names, red_flags, triage
from mitate.errors import InputError

KNOWLEDGE = Path(module.__file__).parent / "knowledge"
FLAGS = red_flags()
STOPPING = [flag for flag in FLAGS if flag.stops]
NAMES = red_flag_names()
ORDER: tuple[Urgency, ...] = ("emergency_now", "doctor_today", "doctor_this_week")
NO: dict[str, bool | None] = dict.fromkeys(NAMES, False)

# The cited tables, entry by entry, and the flags that stand for each.
CITED = {
    "AHCPR: major trauma": ["major_trauma"],
    "AHCPR: minor trauma or strenuous lifting, older or osteoporotic": ["minor_trauma"],
    "AHCPR: age over 50 or under 20": ["new_pain_at_this_age"],
    "AHCPR: history of cancer": ["history_of_cancer"],
    "AHCPR: fever, chills": ["fever_or_chills"],
    "AHCPR: unexplained weight loss": ["unexplained_weight_loss"],
    "AHCPR: recent bacterial infection": ["recent_infection"],
    "AHCPR: intravenous drug abuse": ["iv_drug_use"],
    "AHCPR: immune suppression": ["immune_suppression"],
    "AHCPR: pain worse supine": ["worse_lying_down"],
    "AHCPR: severe night pain": ["severe_night_pain"],
    "AHCPR: saddle anaesthesia": ["saddle_anaesthesia"],
    "AHCPR: bladder dysfunction": ["urinary_retention", "urinary_frequency", "overflow_incontinence"],
    "AHCPR: severe or progressive deficit in the leg": ["growing_leg_deficit"],
    "AHCPR: lax anal sphincter": ["anal_sphincter_weakness"],
    "AHCPR: perianal or perineal sensory loss": ["perineal_numbness"],
    "AHCPR: major motor weakness": ["weak_knee", "weak_push_off", "weak_ankle_outward", "foot_drop"],
    "Verhagen: steroids or immunosuppressors": ["prolonged_steroids", "immune_suppression"],
    "UK physiotherapists: difficulty with micturition": ["urinary_retention"],
    "Chiropractic table: prolonged steroids": ["prolonged_steroids"],
    "Chiropractic table: vertebral tenderness": ["vertebral_tenderness"],
    "Chiropractic table: neurological findings over a month": ["leg_signs_over_a_month"],
}


def age_for(flag: RedFlag) -> int:
    """An age at which the flag counts."""
    return 72 if flag.above is not None else 40


@pytest.mark.parametrize("flag", STOPPING, ids=lambda flag: flag.name)
def test_every_flag_alone_stops_the_path(flag: RedFlag) -> None:
    result = triage({**NO, flag.name: True}, age=age_for(flag))
    assert result.stops
    assert not result.clear
    assert [finding.flag for finding in result.findings] == [flag.name]
    (finding,) = result.findings
    assert finding.urgency == flag.urgency
    for words in (finding.words, finding.where, finding.how_fast):
        assert words.en
        assert words.ja


@pytest.mark.parametrize("flag", STOPPING, ids=lambda flag: flag.name)
def test_every_flag_stops_with_nothing_else_answered(flag: RedFlag) -> None:
    assert triage({flag.name: True}, age=age_for(flag)).stops


@pytest.mark.parametrize("entry", CITED)
def test_every_entry_of_the_cited_tables_has_a_flag_that_stops(entry: str) -> None:
    for name in CITED[entry]:
        flag = next(flag for flag in STOPPING if flag.name == name)
        assert triage({name: True}, age=age_for(flag)).stops


def test_no_flag_is_without_an_entry() -> None:
    assert {flag.name for flag in STOPPING} == set(itertools.chain(*CITED.values()))


@pytest.mark.parametrize("age", [0, 19, 20, 35, 50, 51, 72, 95, 120])
def test_nothing_found_does_not_stop(age: int) -> None:
    result = triage(NO, age=age)
    assert (result.stops, result.clear, result.findings, result.unanswered) == (False, True, (), ())


@pytest.mark.parametrize(("age", "told"), [(19, True), (20, False), (50, False), (51, True), (80, True)])
def test_age_alone_is_advice_and_stops_only_a_new_pain(age: int, told: bool) -> None:
    assert bool(triage(NO, age=age).advice) is told
    new = triage({**NO, "new_pain_at_this_age": True}, age=age)
    assert new.stops is told
    assert new.advice == ()


@pytest.mark.parametrize(
    ("age", "others", "stops"),
    [
        (30, {}, False),
        (50, {}, False),
        (51, {}, True),
        (30, {"osteoporosis": True}, True),
        (30, {"prolonged_steroids": True}, True),
    ],
)
def test_minor_trauma_needs_age_or_fragile_bones(age: int, others: dict[str, bool], stops: bool) -> None:
    flags = {**NO, "minor_trauma": True, **others}
    assert triage(flags, age=age).stops is stops
    assert ("minor_trauma" in [f.flag for f in triage(flags, age=age).findings]) is stops


def test_osteoporosis_alone_does_not_stop_and_is_asked_only_where_it_matters() -> None:
    assert triage({**NO, "osteoporosis": True}, age=70).clear
    young: dict[str, bool | None] = {**NO, "minor_trauma": True, "osteoporosis": None}
    assert triage(young, age=30).unanswered == ("osteoporosis",)
    assert not triage(young, age=30).clear
    assert triage({**young, "minor_trauma": False}, age=30).clear
    assert "osteoporosis" not in triage({"minor_trauma": True}, age=70).unanswered


def test_unanswered_is_not_no() -> None:
    result = triage({}, age=40)
    assert not result.stops
    assert not result.clear
    assert set(result.unanswered) == set(NAMES) - {"new_pain_at_this_age"}
    assert "new_pain_at_this_age" in triage({}, age=60).unanswered
    assert triage({**NO, "foot_drop": None}, age=40).unanswered == ("foot_drop",)


def test_without_an_age_the_age_is_asked_where_it_decides() -> None:
    assert triage(NO).clear
    new = triage({**NO, "new_pain_at_this_age": True})
    assert (new.stops, new.clear, new.unanswered) == (False, False, ("age",))
    assert triage({}).unanswered[0] == "age"


def test_the_most_urgent_comes_first() -> None:
    result = triage({**NO, "severe_night_pain": True, "history_of_cancer": True, "foot_drop": True}, age=40)
    assert [finding.urgency for finding in result.findings] == [
        "emergency_now",
        "doctor_today",
        "doctor_today",  # raised by the history of cancer
    ]


@pytest.mark.parametrize("flag", [flag for flag in STOPPING if flag.raised_by], ids=lambda flag: flag.name)
def test_company_makes_a_flag_more_urgent_by_one_step(flag: RedFlag) -> None:
    alone = ORDER.index(flag.urgency)
    for other in flag.raised_by:
        result = triage({**NO, flag.name: True, other: True}, age=72)
        found = next(finding for finding in result.findings if finding.flag == flag.name)
        assert ORDER.index(found.urgency) == max(alone - 1, 0)


@given(st.dictionaries(st.sampled_from(NAMES), st.sampled_from([True, False, None])), st.integers(0, 120))
def test_more_flags_never_stop_less(flags: dict[str, bool | None], age: int) -> None:
    result = triage(flags, age=age)
    ranks = [ORDER.index(finding.urgency) for finding in result.findings]
    assert ranks == sorted(ranks)
    assert result.stops is bool(result.findings)
    assert not (result.clear and result.stops)
    assert all(flags[finding.flag] for finding in result.findings)
    answered = {name for name, said in flags.items() if said is not None}
    assert not answered & set(result.unanswered)
    worst = triage({**flags, "saddle_anaesthesia": True}, age=age)
    assert worst.findings[0].urgency == "emergency_now"
    assert len(worst.findings) >= len(result.findings)
    json.dumps(result.as_dict("ja"))


@pytest.mark.parametrize(
    "age", [-1, 121, float("nan"), float("inf"), True, "70", 10**400, -(10**5000)], ids=lambda a: str(type(a))
)
def test_impossible_ages_are_refused(age: float) -> None:
    with pytest.raises(InputError, match="no age in years"):
        triage(NO, age=age)


def test_unknown_flags_and_answers_are_refused() -> None:
    with pytest.raises(InputError, match=r"[Dd]id you mean saddle_anaesthesia"):
        triage({"saddle_anesthesia": True}, age=40)
    wrong: list[object] = [1, 0, "yes", 0.0, []]
    for answer in wrong:
        with pytest.raises(InputError, match="no yes or no"):
            triage({"foot_drop": answer}, age=40)  # type: ignore[dict-item]


def test_the_file_is_whole() -> None:
    sources = read(KNOWLEDGE / "sources.kb").sources
    with (KNOWLEDGE / "red_flags.toml").open("rb") as stream:
        assert {tuple(sorted(row)) for row in tomllib.load(stream)["urgency"].values()} == {
            ("how_fast", "where")
        }
    assert len(set(NAMES)) == len(NAMES)
    assert {flag.category for flag in FLAGS} <= set(get_args(Category))
    for flag in FLAGS:
        assert flag.urgency in ORDER
        assert flag.question.en.endswith("?")
        assert flag.question.ja.endswith("か。")
        assert flag.sources
        assert set(flag.sources) <= set(sources)
        assert set(flag.raised_by) | set(flag.with_any) <= set(NAMES) - {flag.name}
    assert len({flag.question.en for flag in FLAGS}) == len(FLAGS)
