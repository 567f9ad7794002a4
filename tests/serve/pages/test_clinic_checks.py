"""One back check for a clinician: what stands on the page, and her correction."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.serve.conftest import add_person
from tests.serve.pages.clinic_rows import add_check, back_result

from mitate.record.feedback import corrections
from mitate.serve.pages.clinic_check_view import causes_view, choices, films_view
from mitate.serve.pages.clinic_proof import contradictions, grounds, proof_view
from mitate.serve.service import Service

FLEXION = "control_impairment(flexion)"
OFTEN = {"always": "always", "about": "{n} of {of}", "rarely": "rarely"}


@pytest.fixture
def check(service: Service) -> str:
    return add_check(service.record, add_person(service), back_result())


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_result_is_told_in_the_readers_language(language: str) -> None:
    result = back_result()
    film = films_view(result, language)[0]
    assert len(film.graded) == len([one for one in result["films"][0]["conditions"] if one["grade"]])
    for row in film.graded:
        assert row.bar is not None
        assert 0 <= row.bar.low <= row.bar.value <= row.bar.high <= 200
        assert sum(width for _, width, _ in row.bar.zones) == pytest.approx(200, abs=0.5)
    causes = causes_view(result, language)
    assert causes[0].name == FLEXION
    assert [one.share for one in causes] == sorted((one.share for one in causes), reverse=True)
    steps = proof_view(result, language, OFTEN)
    assert {step.kind for step in steps} == {"assumed", "follows", "failed", "unexplained"}
    assert any(step.because for step in steps)
    told = contradictions(result, language)
    assert told[0].told != told[0].filmed
    everything = [film.title, *(one.label for one in causes), *(step.label for step in steps)]
    everything += [one.label for one in grounds(result, language, "-")] + [one.told for one in told]
    japanese = [bool(re.search(r"[぀-ヿ一-鿿]", words)) for words in everything]
    assert all(japanese) if language == "ja" else not any(japanese)


def test_a_check_by_rules_that_are_gone_keeps_its_words() -> None:
    result = json.loads(json.dumps(back_result()))
    result["reasoning"]["causes"][0] |= {"name": "forgotten_cause(left)", "label": "something forgotten"}
    assert causes_view(result, "ja")[0].label == "Something forgotten"


def test_every_cause_can_be_chosen_instead() -> None:
    named = dict(choices("low_back", "en"))
    assert FLEXION in named
    assert len(set(named.values())) == len(named)


def test_the_page_shows_what_there_is(sign_in: Callable[..., Any], check: str) -> None:
    text = sign_in("clinician").client.get(f"/clinic/checks/{check}").text
    for words in (
        "What fits best",
        "84° ± 6",
        "too little",
        f"/api/v1/checks/{check}/skeleton/forward_bend",
        f"/api/v1/checks/{check}/proof.svg",
        "Is it worse when you sit for a long time?",
        "trained on simulated bodies",
        "Lean forward from the hips, sitting",
        "Not measured: 2",
        "The film counts.",
    ):
        assert words in text, words
    facts = re.search(r'id="curve-facts">(.*?)</script>', text, re.S)
    assert facts is not None
    assert len(json.loads(facts[1])["points"]) == 30


def test_an_open_check_has_only_its_interview(service: Service, sign_in: Callable[..., Any]) -> None:
    check_id = add_check(service.record, add_person(service), None)
    text = sign_in("clinician").client.get(f"/clinic/checks/{check_id}").text
    assert "Nothing has been concluded yet" in text
    assert "Is it worse when you sit for a long time?" in text
    assert "data-correction" not in text


def test_a_red_flag_stands_first_and_alone(service: Service, sign_in: Callable[..., Any]) -> None:
    result = json.loads(json.dumps(back_result()))
    flag = {"urgency": "emergency_now", "where": "emergency department", "how_fast": "now", "words": ["numb"]}
    result |= {"stop": True, "films": [], "programme": None}
    result["told"]["en"]["stop"] = [flag]
    check_id = add_check(service.record, add_person(service), result, films=0)
    text = sign_in("clinician").client.get(f"/clinic/checks/{check_id}").text
    assert "emergency department: now" in text
    assert "data-correction" not in text


def test_a_refused_film_says_why(service: Service, sign_in: Callable[..., Any]) -> None:
    result = json.loads(json.dumps(back_result()))
    refused = {"kind": "RefusalError", "what": "nobody is seen", "where": None, "todo": "step back"}
    film = {"movement": "backward_bend", "video": "x", "refused": refused, "pictures": [], "seconds": 1.0}
    result["films"].append(film)
    check_id = add_check(service.record, add_person(service), result)
    text = sign_in("clinician").client.get(f"/clinic/checks/{check_id}").text
    assert "Nobody is seen" in text
    assert "Backward bend" in text


def test_a_correction_is_filed_and_shown(service: Service, sign_in: Callable[..., Any], check: str) -> None:
    nurse, path = sign_in("clinician"), f"/clinic/checks/{check}/feedback"
    form = {"csrf": nurse.csrf, "cause": FLEXION, "verdict": "wrong", "instead": "restricted_hip_flexion",
            "note": "hips <stiff>"}  # fmt: skip
    answer = nurse.client.post(path, data=form)
    assert answer.headers["location"] == f"/clinic/checks/{check}#corrections"
    shown = nurse.client.get(f"/clinic/checks/{check}").text
    assert "hips &lt;stiff&gt;" in shown
    assert "Instead: The hips bend too little" in shown
    nurse.client.post(path, data={**form, "verdict": "right"})
    again = nurse.client.get(f"/clinic/checks/{check}").text
    assert "replaced by a later one" in again
    with service.record.database.reading() as session:
        filed = corrections(service.record, session, check)
    assert [(one.verdict, one.instead) for one in filed] == [
        ("wrong", "restricted_hip_flexion"),
        ("right", None),
    ]


@pytest.mark.parametrize("change", [{"cause": "a_devil"}, {"verdict": "maybe"}, {"instead": FLEXION}])
def test_what_cannot_be_filed(sign_in: Callable[..., Any], check: str, change: dict[str, str]) -> None:
    nurse = sign_in("clinician")
    form = {"csrf": nurse.csrf, "cause": FLEXION, "verdict": "wrong", "note": "", **change}
    assert nurse.client.post(f"/clinic/checks/{check}/feedback", data=form).status_code == 422
