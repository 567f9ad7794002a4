from __future__ import annotations

from typing import Any

import pytest

from mitate.back.cause import knowledge
from mitate.back.interview import LEAST_ANSWERS, MOST_QUESTIONS, Done, Interview, Item, next_step
from mitate.back.observations import case_of
from mitate.back.triage import red_flag_names
from mitate.errors import InputError

ASKED: dict[str, Any] = {
    "person": {"age": 38, "sex": "male"},
    "red_flags": dict.fromkeys(red_flag_names(), False),
}


def step(interview: Interview) -> Item | Done:
    return next_step(interview, time_limit_s=0.5)


def item(interview: Interview) -> Item:
    found = step(interview)
    assert isinstance(found, Item)
    return found


def test_red_flags_then_age_then_sex_then_questions() -> None:
    interview, kinds, keys = Interview(), [], []
    for _ in range(30):
        asked = item(interview)
        kinds.append(asked.kind)
        keys.append(asked.key)
        if asked.kind == "question":
            break
        value = {"age": 38, "sex": "male"}.get(asked.kind, False)
        interview = interview.answer(asked, value)
    assert kinds[0] == "red_flag"
    assert kinds[-3:] == ["age", "sex", "question"]
    assert "minor_trauma" not in keys  # matters in fragile bones only, and these are told to be sound
    assert len(set(keys)) == len(keys)


def test_flags_that_depend_on_age_are_asked_of_whom_they_concern() -> None:
    flags = {name: False for name in red_flag_names() if name != "new_pain_at_this_age"}
    young, old = ({"person": {"age": age, "sex": None}, "red_flags": flags} for age in (38, 70))
    assert item(Interview(old)).key == "new_pain_at_this_age"
    assert item(Interview(young)).kind == "question"


def test_a_red_flag_ends_it_at_once() -> None:
    interview = Interview()
    done = step(interview.answer(item(interview), True))
    assert isinstance(done, Done)
    assert done.reason == "red_flag"
    assert done.result is not None
    assert done.result.stop


def test_unknown_is_not_asked_again_and_not_taken_for_no() -> None:
    interview = Interview()
    first = item(interview)
    interview = interview.answer(first, None)
    assert item(interview).key != first.key
    assert interview.document() == {"red_flags": {first.key: None}}
    assert interview.case().red_flags == {}


def test_undo_goes_back_one_answer_a_time() -> None:
    start = Interview(ASKED)
    one = start.answer(item(start), True)
    two = one.answer(item(one), None)
    assert two.undo() == one
    assert one.undo() == start
    assert start.undo() == start
    assert item(two.undo()) == item(one)


def test_what_it_gathers_can_be_read_and_taken_up_again() -> None:
    interview = Interview(ASKED)
    for known in (True, False, True):
        asked = item(interview)
        interview = interview.answer(asked, asked.choices[0].value if known and not asked.several else None)
    document = interview.document()
    assert case_of(document, knowledge()).situation.given
    assert item(Interview(document)) == item(interview)
    assert ASKED["red_flags"] == dict.fromkeys(red_flag_names(), False)  # not written into


def test_it_ends_by_itself_and_says_why() -> None:
    interview, count = Interview(ASKED), 0
    found = step(interview)
    while isinstance(found, Item):
        count += 1
        interview = interview.answer(found, None if found.several else found.choices[0].value)
        found = step(interview)
    assert found.reason in ("clear", "enough", "nothing_left")
    assert LEAST_ANSWERS <= count <= MOST_QUESTIONS
    assert found.result is not None
    assert found.result.explanations


def test_stopping() -> None:
    assert step(Interview(ASKED).stop()) == Done("stopped", None)
    interview = Interview(ASKED)
    interview = interview.answer(item(interview), True)
    done = step(interview.stop())
    assert isinstance(done, Done)
    assert done.reason == "stopped"
    assert done.result is not None


def test_what_has_to_be_watched_is_asked_only_where_somebody_watches() -> None:
    def asked(movements: bool) -> set[str]:
        interview, names = Interview(ASKED, movements=movements), set()
        for _ in range(6):
            found = step(interview)
            if isinstance(found, Done):
                break
            names.add(found.question)
            interview = interview.answer(found, None)
        return names

    assert not any(name.startswith("film_") for name in asked(False))


def test_the_parts_of_a_film_are_asked_one_after_the_other() -> None:
    from mitate.back.interview import _items

    parts = list(_items(Interview(ASKED, movements=True), "film_one_leg_stance", set()))
    assert len(parts) >= 3
    assert len({part.key for part in parts}) == len(parts)
    assert all(part.text.startswith("Film ten seconds") for part in parts)
    graded = next(_items(Interview(ASKED, movements=True), "film_squat", set()))
    assert [choice.value for choice in graded.choices] == ["insufficient", "moderate", "excessive"]
    interview = Interview(ASKED, movements=True).answer(graded, "excessive")
    assert interview.case().situation.observations[0].atom.terms == ("squat", "excessive")
    assert item(interview).question == "film_squat"  # the rest of it comes next


def test_every_question_of_the_base_can_be_asked_in_both_languages() -> None:
    from mitate.back.interview import _items

    for language in ("en", "ja"):
        interview = Interview(language=language, movements=True)
        for question in knowledge().questions:
            for asked in _items(interview, question.name, set()):
                assert asked.text
                assert all(choice.label for choice in asked.choices)
                interview.answer(asked, [] if asked.several else asked.choices[-1].value)


@pytest.mark.parametrize("value", ["yes", 3, [True], "left"])
def test_an_answer_that_is_none_is_refused(value: object) -> None:
    interview = Interview()
    with pytest.raises(InputError, match="none of the answers"):
        interview.answer(item(interview), value)


def test_an_impossible_age_and_a_contradiction_are_refused() -> None:
    interview = Interview({"red_flags": ASKED["red_flags"]})
    with pytest.raises(InputError, match="no age in years"):
        interview.answer(item(interview), 130)
    contradicted = Interview({**ASKED, "signs": {"worse_sitting": True}})
    with pytest.raises(InputError, match="worse_sitting"):
        contradicted.answer(Item("question", "worse_sitting", "?", item(Interview()).choices), False)
