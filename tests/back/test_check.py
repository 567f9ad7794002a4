from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.back.checked import ANSWERS, NOW, REFUSED, bend, checked, film_of

from mitate.back.check import BackCheck, begin, check_back
from mitate.back.check_inputs import refuse_unusable
from mitate.back.check_outputs import FILES, document_of, write_check
from mitate.back.check_text import in_words
from mitate.back.observations import case_of
from mitate.errors import InputError, RefusalError

BEND = Path(__file__).parents[2] / "examples" / "films" / "forward-bend.mp4"


@pytest.fixture(scope="module")
def check() -> BackCheck:
    return checked()


def answers(folder: Path, **more: Any) -> Path:
    path = folder / "answers.json"
    path.write_text(json.dumps({**ANSWERS, **more}), encoding="utf-8")
    return path


def test_films_and_answers_give_causes_questions_and_exercises(check: BackCheck) -> None:
    assert not check.stop
    assert check.result.explanations
    assert check.advice.suggestions
    assert check.programme is not None
    assert check.programme.exercises
    assert [one.movement for one in check.measured] == ["forward_bend"]
    assert [one.movement for one in check.refused] == ["rotation"]
    assert check.not_filmed == ("backward_bend",)
    assert all(one.question.name != "film_forward_bend" for one in check.advice.suggestions)


def test_the_case_reads_back_and_gives_the_same_causes(check: BackCheck) -> None:
    assert case_of(dict(check.document)).situation == check.case.situation


def test_the_document_is_plain_json_and_says_what_it_rests_on(check: BackCheck) -> None:
    told = document_of(check)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["kind"] == "mitate back assess"
    assert told["made"] == NOW.isoformat(timespec="seconds")
    assert told["trained_on"] == "simulated"
    assert told["films"][1]["refused"]["reason"] == "too_dark"
    assert told["versions"]["lift"] == "x.onnx:1"
    assert len(told["versions"]["knowledge"]) == 64
    assert told["next"]["questions"][0]["text"]
    assert told["seconds"]["reasoning"] > 0


def test_the_folder_has_everything(check: BackCheck, tmp_path: Path) -> None:
    write_check(check, tmp_path, document_of(check))
    assert set(FILES) <= {path.name for path in tmp_path.iterdir()}
    assert (tmp_path / "pictures" / "proof.svg").read_text("utf-8").startswith("<?xml")
    assert json.loads((tmp_path / "case.json").read_text("utf-8")) == json.loads(
        json.dumps(dict(check.document))
    )


@pytest.mark.parametrize("language", ["en", "ja"])
def test_in_words_it_is_short_and_says_the_same(language: str) -> None:
    said = in_words(checked(language=language))
    assert len(said.splitlines()) < 60
    assert ("研究用です" in said) == (language == "ja")


def test_a_red_flag_stops_before_any_film_is_looked_at(tmp_path: Path) -> None:
    flagged = answers(tmp_path, red_flags={"saddle_anaesthesia": True})
    check = check_back({"forward_bend": tmp_path / "not there.mp4"}, flagged)
    assert check.stop
    assert (check.films, check.programme, check.result.explanations) == ((), None, ())
    assert document_of(check)["stop"] is True
    assert "emergency department" in in_words(check)


def test_told_things_alone_are_enough(tmp_path: Path) -> None:
    check = check_back({}, answers(tmp_path), now=NOW)
    assert check.result.explanations
    assert check.measured == ()


@pytest.mark.parametrize(
    ("films", "more", "said"),
    [
        ({}, {"answers": {}}, "nothing to judge from"),
        ({"cartwheel": BEND}, {}, "no movement"),
        ({"squat": Path("gone.mp4")}, {}, r"gone\.mp4"),
        ({"squat": BEND}, {"region": "neck"}, "a movement of the region low_back"),
        ({"squat": BEND}, {"answers": {"pain_low_back": False}}, "does not hurt"),
        ({"squat": BEND}, {"answers": {"worse_siting": True}}, "worse_sitting"),
        ({"squat": BEND}, {"person": {"age": 300}}, "no age"),
    ],
)
def test_what_cannot_be_checked_is_told_before_a_film_is_read(
    tmp_path: Path, films: dict[str, Path], more: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        check_back(films, answers(tmp_path, **more))


def test_an_earlier_check_of_somebody_else_is_refused_before_a_film_is_read(
    check: BackCheck, tmp_path: Path
) -> None:
    (tmp_path / "result.json").write_text(json.dumps(document_of(check)), encoding="utf-8")
    other = answers(tmp_path, person={"age": 40, "sex": "female"})
    with pytest.raises(InputError, match="74 years"):
        check_back({"squat": Path("gone.mp4")}, other, before=tmp_path)


def test_films_that_are_all_refused_end_it_only_where_nothing_was_told() -> None:
    nothing = begin({}, now=NOW).case
    told = begin(ANSWERS, now=NOW).case
    refuse_unusable([REFUSED, REFUSED], told)
    refuse_unusable([REFUSED, film_of(bend())], nothing)
    with pytest.raises(RefusalError) as one:
        refuse_unusable([REFUSED], nothing)
    assert one.value is REFUSED.refusal
    with pytest.raises(RefusalError, match="none of the 2 films") as both:
        refuse_unusable([REFUSED, REFUSED], nothing)
    assert both.value.reason == "no_usable_film"
