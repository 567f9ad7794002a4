from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from mitate.abduce.language import Atom
from mitate.back import cause
from mitate.back.cause import COMPLAINT, ask_case, explain_case, knowledge, reasoner, why_not_case
from mitate.back.observations import BackCase, case_of
from mitate.back.report import in_words, picture, why_not_in_words
from mitate.back.triage import red_flag_names, red_flags
from mitate.errors import InputError

BENDS: dict[str, Any] = {
    "person": {"age": 38, "sex": "male"},
    "conditions": {"forward_bend": {"lumbar_flexion": "excessive"}},
    "answers": {"worse_sitting": True, "worse_bending": True, "worse_lifting": True, "worse_standing": False},
}
NO_FLAGS = dict.fromkeys(red_flag_names(), False)


def case(value: dict[str, Any]) -> BackCase:
    return case_of(value, knowledge(), name="case.json")


def test_the_knowledge_base_comes_whole() -> None:
    base = knowledge()
    assert COMPLAINT.predicate in base.predicates
    assert sum(p.kind == "cause" for p in base.predicates.values()) >= 25
    assert base is knowledge()
    assert all(name.startswith("knowledge/") for name in base.files)


def test_each_thread_has_its_reasoner() -> None:
    other = []
    thread = threading.Thread(target=lambda: other.append(reasoner()))
    thread.start()
    thread.join()
    assert other[0] is not reasoner()
    assert reasoner() is reasoner()


def test_the_likely_cause_with_its_proof() -> None:
    result = explain_case(case(BENDS), k=2, time_limit_s=3)
    best = result.explanations[0]
    assert Atom("excessive_lumbar_flexion") in best.causes
    assert COMPLAINT in {step.head for step in best.steps}
    assert not result.stop
    assert len(result.explanations) <= 2
    assert len(result.contributions) == len(result.explanations)
    assert result.posterior is not None
    assert max(result.posterior.causes.values()) <= 1


def test_the_result_is_json_and_words_in_both_languages() -> None:
    for language in ("en", "ja"):
        result = explain_case(case(BENDS), time_limit_s=3, language=language)
        told = json.loads(json.dumps(result.as_dict(), allow_nan=False))
        assert told["intended_use"].startswith("Research use")
        assert "not validated on patients" in told["knowledge"]
        assert told["causes"][0]["name"] == "excessive_lumbar_flexion"
        text = in_words(result)
        assert knowledge().label(Atom("excessive_lumbar_flexion"), language) in text
        assert ("not validated on patients" in text) == (language == "en")
        assert ("患者での検証はされていません" in text) == (language == "ja")
        assert ("腰椎の屈曲が過剰" in text) == (language == "ja")


@pytest.mark.parametrize("flag", [flag for flag in red_flags() if flag.stops], ids=lambda flag: flag.name)
def test_any_red_flag_stops_before_a_cause_is_looked_for(flag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cause, "reasoner", lambda: pytest.fail("a cause was looked for"))
    told = {**BENDS, "person": {"age": 80}, "red_flags": {**NO_FLAGS, flag.name: True}}
    result = explain_case(case(told))
    assert result.stop
    assert result.answer is None
    assert not result.explanations
    assert result.as_dict()["status"] == "red_flag"
    text = in_words(result)
    assert text.splitlines()[2].startswith("STOP")
    assert flag.words.en in text
    assert "Where to go" in text
    assert ask_case(case(told)).stop


def test_a_red_flag_needs_no_observations() -> None:
    assert explain_case(case({"red_flags": {"saddle_anaesthesia": True}})).stop


def test_red_flags_that_were_not_asked_about_are_said() -> None:
    nothing = in_words(explain_case(case(BENDS), k=1, time_limit_s=3))
    assert "Red flags: not asked about" in nothing
    assert "saddle" in nothing
    some = in_words(explain_case(case({**BENDS, "red_flags": {"foot_drop": False}}), k=1, time_limit_s=3))
    assert "none among those answered" in some
    all_asked = in_words(explain_case(case({**BENDS, "red_flags": NO_FLAGS}), k=1, time_limit_s=3))
    assert "all asked about, none present" in all_asked
    assert "saddle" not in all_asked


def test_measures_and_scores_are_told() -> None:
    told = {
        **BENDS,
        "conditions": {},
        "measures": {"forward_bend": {"peak_lumbar_flexion_deg": 66}, "failed_control_tests": 2},
        "questionnaires": {"risk": [True] * 9, "disability": [3] * 10},
    }
    text = in_words(explain_case(case(told), k=1, time_limit_s=3))
    assert "peak_lumbar_flexion_deg 66: in the forward bend the low back bends too much" in text
    assert "a second measurement may say otherwise" in text
    assert "Risk that the pain lasts: high (9 of 9" in text
    assert "Held up in daily life: 60 %" in text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "nothing was observed"),
        ({"answers": {"pain_low_back": True, "worse_sitting": None}}, "nothing was observed"),
        ({"answers": {"pain_low_back": False, "worse_sitting": True}}, "does not hurt"),
    ],
)
def test_nothing_to_explain(value: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        explain_case(case(value))


def test_what_to_ask_next() -> None:
    advice = ask_case(case({}))
    assert {flag.name for flag in advice.red_flags} <= set(red_flag_names())
    assert advice.age_first
    assert advice.suggestions
    first = advice.suggestions[0].question.name
    assert first not in {s.question.name for s in ask_case(case({}), asked=[first]).suggestions}
    assert not ask_case(case({**BENDS, "red_flags": NO_FLAGS})).red_flags


def test_why_not_another_cause() -> None:
    found = why_not_case(case(BENDS), "insufficient_lumbar_flexion", time_limit_s=3)
    assert found.gap is None or found.gap > 0
    assert why_not_in_words(found).startswith("Why not: the low back bends forward too little?")
    assert "なぜ違うのか" in why_not_in_words(found, "ja")
    best = why_not_case(case(BENDS), "excessive_lumbar_flexion", time_limit_s=3)
    assert "It is in the best explanation" in why_not_in_words(best)
    with pytest.raises(InputError, match="Did you mean"):
        why_not_case(case(BENDS), "excesive_lumbar_flexion")
    with pytest.raises(InputError, match=r"Name one of restricted_hip_extension\(left\)"):
        why_not_case(case(BENDS), "restricted_hip_extension")


def test_the_proof_is_drawn(tmp_path: Path) -> None:
    assert picture(explain_case(case(BENDS), k=1, time_limit_s=3), tmp_path / "p.svg")
    assert "the low back bends" in (tmp_path / "p.svg").read_text(encoding="utf-8")
    assert not picture(explain_case(case({"red_flags": {"foot_drop": True}})), tmp_path / "q.svg")
    assert not (tmp_path / "q.svg").exists()
