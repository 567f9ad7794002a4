"""Regions: a case says which it is about, and everything goes by it; the reasoner knows nothing of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import mitate.abduce
from mitate.abduce.check import check
from mitate.abduce.language import Atom
from mitate.abduce.parse import read_texts
from mitate.back import norms
from mitate.back.cause import ask_case, explain_case, reasoner, why_not_case
from mitate.back.exercises import exercises
from mitate.back.interview import Done, Interview, Item, next_step
from mitate.back.movement import MOVEMENTS, NECK_MOVEMENTS
from mitate.back.observations import case_of
from mitate.back.region import (
    LOW_BACK,
    REGIONS,
    cited_beside_rules,
    cited_in,
    knowledge,
    region_named,
    region_of_movement,
)
from mitate.back.report import advice_in_words, in_words, why_not_in_words
from mitate.back.triage import red_flag_names, red_flags, triage
from mitate.cli import app
from mitate.errors import InputError

STIFF: dict[str, Any] = {
    "region": "neck",
    "person": {"age": 46, "sex": "female"},
    "measures": {"neck_rotation": {"neck_rotation_right_deg": 44, "neck_rotation_left_deg": 70}},
    "answers": {"hard_to_look_behind": ["right"], "worse_turning": ["right"]},
}
RIGHT = Atom("restricted_neck_rotation", ("right",))


def test_a_case_without_a_region_is_about_the_low_back() -> None:
    assert case_of({}).region == LOW_BACK
    assert case_of({"region": "low_back"}).region == LOW_BACK
    assert case_of({"region": "neck"}).region == "neck"
    assert case_of({}, knowledge("neck")).region == "neck"


@pytest.mark.parametrize("wrong", ["nekc", "knee", 3, ["neck"]])
def test_an_unknown_region_is_refused(wrong: object) -> None:
    with pytest.raises(InputError, match="there is no region"):
        case_of({"region": wrong})


def test_a_base_of_another_region_is_refused() -> None:
    with pytest.raises(InputError, match="neck or shoulder, which the knowledge base knows nothing of"):
        case_of({"region": "neck"}, knowledge())


def test_names_of_one_region_are_unknown_in_the_other() -> None:
    with pytest.raises(InputError, match="there is no"):
        case_of({"answers": {"hard_to_tilt": ["right"]}})
    with pytest.raises(InputError, match="there is no"):
        case_of({"region": "neck", "answers": {"worse_sitting_upright": True}})
    with pytest.raises(InputError, match="there is no red flag"):
        case_of({"region": "neck", "red_flags": {"saddle_anaesthesia": False}})
    with pytest.raises(InputError, match="there is no movement"):
        case_of({"region": "neck", "measures": {"forward_bend": {"peak_lumbar_flexion_deg": 40}}})


def test_questionnaires_are_about_the_low_back() -> None:
    with pytest.raises(InputError, match="about the low back"):
        case_of({"region": "neck", "questionnaires": {"risk": [False] * 9}})


def test_a_stiff_neck_is_explained_by_the_same_engine() -> None:
    case = case_of(STIFF)
    result = explain_case(case)
    assert result.explanations[0].causes == (RIGHT,)
    assert type(reasoner("neck")) is type(reasoner())
    assert reasoner("neck") is reasoner("neck")
    assert result.as_dict()["case"]["region"] == "neck"
    assert "turns too little to the right" in in_words(result)
    assert not ask_case(case).stop
    found = why_not_case(case, "forward_head_posture")
    assert "carried in front" in why_not_in_words(found, region="neck")
    assert advice_in_words(ask_case(case), 2, "ja")


def test_the_engine_names_no_region() -> None:
    """That the neck is only files, and the rooms are right: no word of any back or neck in `abduce`."""
    rooms = Path(mitate.abduce.__file__).parent.glob("*.py")
    assert not [room.name for room in rooms if "mitate.back" in room.read_text("utf-8")]


@pytest.mark.parametrize("region", REGIONS)
def test_the_base_of_each_region_has_no_errors(region: str) -> None:
    findings = check(knowledge(region))
    assert [f for f in findings if f.severity == "error"] == []
    assert [f for f in findings if not f.what.startswith("nothing cites the source")] == []
    assert REGIONS[region].complaint.predicate in knowledge(region).predicates


def test_the_complaint_cannot_be_denied() -> None:
    with pytest.raises(InputError, match="neck or shoulder does not hurt"):
        explain_case(case_of({**STIFF, "signs": {"pain_neck_shoulder": False}}))
    with pytest.raises(InputError, match="nothing was observed but that the neck or shoulder hurts"):
        explain_case(case_of({"region": "neck"}))


def test_red_flags_are_those_of_the_region() -> None:
    assert not set(red_flag_names("neck")) >= set(red_flag_names())
    assert triage({"clumsy_hands": True}, region="neck").stops
    with pytest.raises(InputError, match="no red flag"):
        triage({"clumsy_hands": True})
    assert explain_case(case_of({**STIFF, "red_flags": {"unsteady_gait": True}})).stop


def test_an_interview_of_the_neck_asks_its_own_questions() -> None:
    interview = Interview({"region": "neck"}, language="ja")
    asked = []
    for _ in range(60):
        step = next_step(interview, time_limit_s=0.3)
        if isinstance(step, Done):
            break
        asked.append(step)
        interview = interview.answer(step, {"age": 52, "sex": "female"}.get(step.kind, _answer(step)))
        if len(asked) > len(red_flags("neck")) + 4:
            break
    assert {item.key for item in asked if item.kind == "red_flag"} <= set(red_flag_names("neck"))
    assert any(item.kind == "question" for item in asked)
    assert interview.document()["region"] == "neck"
    assert interview.case().region == "neck"


def _answer(item: Item) -> object:
    return False if item.kind == "red_flag" else None


def test_movements_belong_to_one_region_each() -> None:
    assert REGIONS[LOW_BACK].movements == MOVEMENTS
    assert REGIONS["neck"].movements == NECK_MOVEMENTS
    assert region_of_movement("squat") == LOW_BACK
    assert region_of_movement("arm_raise") == "neck"
    assert region_named("neck").title.ja == "首・肩"
    assert not set(norms.measures(region="neck")) & set(norms.measures(region=LOW_BACK))


def test_limits_of_the_neck_fall_with_age_and_nothing_is_too_much() -> None:
    young, old = (norms.grade("neck_extension_deg", 130.0, age=age) for age in (25, 85))
    assert young.low is not None
    assert old.low is not None
    assert young.low - old.low == pytest.approx(20.0)
    assert (young.grade, young.high, old.high) == ("moderate", None, None)
    assert norms.grade("neck_extension_deg", 130.0).low == old.low
    assert norms.grade("neck_rotation_left_deg", 50.0, age=40).grade == "insufficient"


def test_the_commands_go_by_the_region_of_the_case(tmp_path: Path) -> None:
    run = CliRunner()
    file = tmp_path / "case.json"
    file.write_text(json.dumps(STIFF), encoding="utf-8")
    told = run.invoke(app, ["back", "explain", str(file), "--json"])
    assert told.exit_code == 0
    assert json.loads(told.output)["causes"][0]["name"] == str(RIGHT)
    assert run.invoke(app, ["back", "ask", str(file)]).exit_code == 0
    checked = run.invoke(app, ["kb", "check", "neck"])
    assert checked.exit_code == 0
    assert "15 causes" in checked.output
    folder = Path(norms.__file__).parent / "knowledge" / "neck"
    assert run.invoke(app, ["kb", "check", str(folder)]).exit_code == 0
    shown = run.invoke(app, ["kb", "show", "restricted_neck_extension", "--base", "neck"])
    assert "hard to look up" in shown.output
    stopped = run.invoke(app, ["back", "interview", "--region", "neck"], input="stop\n")
    assert stopped.exit_code == 0
    assert "headache" in stopped.output


@pytest.mark.parametrize("region", list(REGIONS))
def test_what_flags_and_exercises_rest_on_is_not_said_to_be_cited_by_nobody(region: str) -> None:
    cited = cited_beside_rules(region)
    flags = {source for flag in red_flags(region) for source in flag.sources}
    serves = {s for one in exercises() if one.region == region for aim in one.serves for s in aim.source}
    assert cited >= (flags | serves) & set(knowledge(region).sources)
    unused = {f.what for f in check(knowledge(region)) if f.what.startswith("nothing cites")}
    left = {f.what for f in check(knowledge(region), cited=cited) if f.what.startswith("nothing cites")}
    assert left == {what for what in unused if what.rpartition(" ")[2] not in cited} == set()
    assert len(left) < len(unused)


def test_a_source_that_nothing_at_all_cites_is_still_found() -> None:
    named = cited_in(
        ['[measure.a]\nsource = "north"\nbeside = ["south"]\nnote = "as in west"', "no toml", ""]
    )
    assert named == {"north", "south", "as in west"}
    base = read_texts(
        (("own.kb", "".join(f'source {name} "{name}"\n' for name in ("north", "south", "west"))),)
    )
    assert [f.what for f in check(base, cited=named)] == ["nothing cites the source west"]
