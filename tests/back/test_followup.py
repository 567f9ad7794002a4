from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.back.checked import bend, checked, film_of

from mitate.back.change import Before
from mitate.back.check_outputs import document_of
from mitate.back.earlier import DISABILITY, Earlier, read_earlier, refuse_other_person
from mitate.back.followup import ScoreChange
from mitate.errors import InputError


@pytest.fixture(scope="module")
def earlier_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("earlier")
    (folder / "result.json").write_text(json.dumps(document_of(checked())), encoding="utf-8")
    return folder


def moved(earlier: Earlier, by: float, **grades: Any) -> Earlier:
    """The earlier check with other values of the low back's bend."""
    before = earlier.films["forward_bend"]
    name = "peak_lumbar_flexion_deg"
    value, error, unit = before.values[name]
    values = {**before.values, name: (value + by, error, unit)}
    film = Before(before.movement, values, {**before.grades, **grades})
    return replace(earlier, films={"forward_bend": film})


def test_a_check_beside_itself_has_not_changed(earlier_file: Path) -> None:
    earlier = read_earlier(earlier_file)
    assert read_earlier(earlier_file / "result.json") == earlier
    assert (earlier.age, earlier.sex, earlier.made[:10]) == (74, "female", "2026-11-22")
    now = checked(None, film_of(bend(before=earlier.films["forward_bend"])), earlier=earlier)
    follow = now.followup
    assert follow is not None
    assert follow.measures["forward_bend"]
    assert not follow.changed
    assert not follow.grades
    assert all(one.before == pytest.approx(one.now) for one in follow.causes[:1])
    assert {one.score.name: one.verdict for one in follow.scores} == {
        "disability": "within chance",
        "pain": "not judged",
    }


def test_only_what_is_beyond_chance_has_changed(earlier_file: Path) -> None:
    earlier = read_earlier(earlier_file)
    for by, real in ((3.0, False), (-30.0, True)):
        then = moved(earlier, by)
        now = checked(None, film_of(bend(before=then.films["forward_bend"])), earlier=then)
        assert now.followup is not None
        assert bool(now.followup.changed) == real
        if real:
            (one,) = now.followup.changed["forward_bend"]
    assert one.name == "peak_lumbar_flexion_deg"
    assert one.now - one.before == pytest.approx(30.0)


def test_a_grade_that_has_changed_is_named(earlier_file: Path) -> None:
    then = moved(read_earlier(earlier_file), -40.0, peak_trunk_flexion_deg="insufficient")
    now = checked(None, film_of(bend(before=then.films["forward_bend"])), earlier=then)
    assert now.followup is not None
    told = {one.measure: (one.before, one.now) for one in now.followup.grades}
    assert told["peak_trunk_flexion_deg"] == ("insufficient", "moderate")
    assert now.followup.as_dict("ja")["grades"][0]["label"]


@pytest.mark.parametrize(
    ("before", "now", "verdict", "noticeable"),
    [
        (40.0, 31.0, "within chance", False),
        (40.0, 29.0, "better", False),
        (40.0, 26.0, "better", True),
        (20.0, 40.0, "worse", True),
    ],
)
def test_a_disability_score_is_judged_by_what_was_published(
    before: float, now: float, verdict: str, noticeable: bool
) -> None:
    one = ScoreChange(DISABILITY, before, now)
    assert (one.verdict, one.is_noticeable) == (verdict, noticeable)


def test_films_that_only_one_check_has_are_named(earlier_file: Path) -> None:
    earlier = read_earlier(earlier_file)
    then = replace(earlier, films={"squat": earlier.films["forward_bend"]})
    now = checked(None, film_of(bend()), earlier=then)
    assert now.followup is not None
    assert (now.followup.only_then, now.followup.only_now) == (("squat",), ("forward_bend",))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"sex": "male"}, "female person"),
        ({"age": 60.0}, "74 years"),
        ({"age": 99.0}, "74 years"),
        ({"region": "neck"}, "region low_back"),
    ],
)
def test_another_person_or_region_is_refused(earlier_file: Path, other: dict[str, Any], said: str) -> None:
    same: dict[str, Any] = {"age": 75.0, "sex": "female", "region": "low_back"}
    refuse_other_person(read_earlier(earlier_file), **same)
    with pytest.raises(InputError, match=said):
        refuse_other_person(read_earlier(earlier_file), **{**same, **other})


@pytest.mark.parametrize(
    "content",
    ["{}", "[]", '{"kind": "mitate back assess"}', '{"kind": "mitate back assess", "films": 1}', "{"],
)
def test_what_is_no_earlier_check_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "result.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"result\.json"):
        read_earlier(tmp_path)


def test_a_folder_without_a_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_earlier(tmp_path)
