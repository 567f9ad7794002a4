"""The exercises that come with the package: each file is whole, what they refer to is there, and enough."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.back.exercise import Exercise, Instead, Step, Words
from mitate.back.exercise_check import (
    LEAST_EXERCISES,
    LEAST_FOR_A_CAUSE,
    check_exercise_files,
    check_exercises,
    check_own_exercises,
    served_by,
)
from mitate.back.exercise_whole import DEGREES, SURFACES, dose_minutes, film_seconds
from mitate.back.exercises import exercise, exercises, film_file, read_exercise
from mitate.back.region import knowledge
from mitate.errors import InputError
from mitate.simulate.exercise_limits import LIMITS, SIDED
from mitate.simulate.exercise_support import SURFACES as STANDING

GOOD = "seated_thoracic_rotation"
Change = Callable[[Exercise], Exercise]


def changed(one: Exercise, **fields: object) -> Exercise:
    return msgspec.structs.replace(one, **fields)


def with_aim(one: Exercise, **fields: object) -> Exercise:
    return changed(one, serves=(msgspec.structs.replace(one.serves[0], **fields),))


def with_never(one: Exercise, when: str) -> Exercise:
    return changed(one, not_when=(msgspec.structs.replace(one.not_when[0], when=when),))


def with_pose(one: Exercise, **fields: object) -> Exercise:
    return changed(one, poses=(one.poses[0], msgspec.structs.replace(one.poses[1], **fields)))


def with_coach(one: Exercise, **fields: object) -> Exercise:
    return changed(one, coach=msgspec.structs.replace(one.coach, **fields))


def with_fault(one: Exercise, **fields: object) -> Exercise:
    first, *rest = one.coach.faults
    return with_coach(one, faults=(msgspec.structs.replace(first, **fields), *rest))


def test_the_exercises_that_come_with_the_package_hang_together() -> None:
    assert check_exercises() == ()


@pytest.mark.parametrize("region", ["low_back", "neck"])
def test_there_are_enough_and_every_cause_is_served_twice_on_its_easiest_level_too(region: str) -> None:
    own = [one for one in exercises() if one.region == region]
    assert len(own) >= LEAST_EXERCISES[region]
    easiest = {one.name for one in own if one.level == 1}
    for cause, names in served_by(own, knowledge(region)).items():
        assert len(names) >= LEAST_FOR_A_CAUSE, cause
        assert easiest & set(names), f"{cause}: nothing for a beginner"


@pytest.mark.parametrize("region", ["low_back", "neck"])
def test_every_exercise_is_reached_from_a_cause(region: str) -> None:
    own = {one.name for one in exercises() if one.region == region}
    served = served_by((one for one in exercises() if one.region == region), knowledge(region))
    assert {name for names in served.values() for name in names} == own


def test_file_names_are_the_names() -> None:
    folder = resources.files("mitate.back") / "knowledge" / "exercises"
    names = {file.name for file in folder.iterdir()}
    assert names == {f"{one.name}.toml" for one in exercises()}
    assert all(one.name.replace("_", "").isalnum() and one.name == one.name.lower() for one in exercises())


def test_no_two_exercises_share_a_title() -> None:
    for language in ("en", "ja"):
        titles = [one.title.text(language) for one in exercises()]
        assert len(titles) == len(set(titles))


def test_words_of_the_solver_and_of_the_check_are_the_same() -> None:
    assert {*LIMITS, *SIDED, "neck_protraction"} == DEGREES
    assert set(STANDING) == SURFACES


WRONG: dict[str, tuple[Change, str, str]] = {
    "cause": (lambda one: with_aim(one, cause="restricted_hip_flexon"), "serves[0].cause", "did you mean"),
    "value": (lambda one: with_aim(one, cause="control_impairment(up)"), "serves[0].cause", "direction"),
    "observation as cause": (lambda one: with_aim(one, cause="worse_sitting"), "serves[0].cause", "no cause"),
    "source": (lambda one: with_aim(one, source=("apta2012",)), "serves[0].source", "apta2021"),
    "no source": (lambda one: with_aim(one, source=()), "serves[0].source", "no source"),
    "judgement called evidence": (
        lambda one: with_aim(one, source=("expert",), strength=3),
        "serves[0].strength",
        "it is 1",
    ),
    "serves nothing": (lambda one: changed(one, serves=()), "serves", "at least one"),
    "limit": (lambda one: with_never(one, "cannot_kneal"), "not_when[0].when", "cannot_kneel"),
    "value of an observation": (lambda one: with_never(one, "hip_stiff(up)"), "not_when[0].when", "side"),
    "never": (lambda one: changed(one, not_when=()), "not_when", "at least one"),
    "served and barred": (
        lambda one: with_never(one, one.serves[0].cause),
        "not_when[0].when",
        "cannot be both",
    ),
    "reference": (
        lambda one: changed(one, easier=(Step(text=one.title, exercise="seated_torso"),)),
        "easier[0]",
        "no exercise",
    ),
    "itself": (lambda one: changed(one, elder=Instead(text=one.title, exercise=GOOD)), "elder", "itself"),
    "chair": (
        lambda one: changed(one, chair=Instead(text=one.title, exercise="open_book")),
        "chair",
        "side_lying",
    ),
    "neither": (lambda one: changed(one, harder=(Step(text=one.title),)), "harder[0]", "neither"),
    "empty": (lambda one: changed(one, title=Words(en="Turn", ja=" ")), "title", "both languages"),
    "no Japanese": (lambda one: changed(one, title=Words(en="Turn", ja="Turn")), "title", "Japanese letter"),
    "minutes": (lambda one: changed(one, minutes=45.0), "minutes", "adds up"),
    "film": (
        lambda one: changed(one, film=msgspec.structs.replace(one.film, repetitions=40)),
        "film",
        "by the key poses",
    ),
    "degree": (lambda one: with_pose(one, angles={"hip_flection": 3.0}), "poses[1].angles", "hip_flexion"),
    "point": (lambda one: with_pose(one, contact={"left_fot": "floor"}), "poses[1].contact", "left_foot"),
    "surface": (lambda one: with_pose(one, contact={"left_foot": "flor"}), "poses[1].contact", "floor"),
    "equipment": (lambda one: changed(one, equipment=()), "equipment", "chair is needed"),
    "still": (lambda one: with_pose(one, hold_s=30.0), "poses[1]", "hold_s"),
    "signal": (lambda one: with_coach(one, signal="trunk_turm"), "coach.signal", "trunk_turn"),
    "signal of the spine": (lambda one: with_coach(one, signal="lumbar_flexion"), "coach.signal", "points"),
    "target": (lambda one: with_coach(one, least=60.0), "coach.target", "least"),
    "faults": (lambda one: with_coach(one, faults=()), "coach.faults", "two or three"),
    "fault's signal": (
        lambda one: with_fault(one, signal="pelvis_tern"),
        "coach.faults[0].signal",
        "pelvis_",
    ),
    "fault's bound": (lambda one: with_fault(one, more_than=None), "coach.faults[0]", "more_than"),
}


@pytest.mark.parametrize("what", list(WRONG))
def test_what_is_wrong_is_said_with_its_file_and_place(what: str) -> None:
    change, place, part = WRONG[what]
    found = [message for message in check_exercises([change(exercise(GOOD))]) if f": {place}: " in message]
    assert len(found) == 1, found
    assert found[0].startswith(f"{GOOD}.toml: {place}: ")
    assert part in found[0]


def test_a_circle_of_harder_exercises_is_found() -> None:
    one, other = exercise(GOOD), exercise("open_book")
    ring = [
        changed(one, harder=(Step(text=one.title, exercise=other.name),)),
        changed(other, harder=(Step(text=other.title, exercise=one.name),)),
    ]
    found = check_exercises(ring)
    assert {message.partition(":")[0] for message in found} == {f"{GOOD}.toml", "open_book.toml"}
    assert all("leads back" in message for message in found)


def test_a_file_that_is_no_exercise_is_refused_with_its_name() -> None:
    with pytest.raises(InputError, match=r"bent\.toml:2: this is no exercise"):
        read_exercise(b"level = 1\ntitle = 1", "bent")
    with pytest.raises(InputError, match=r"broken\.toml:1"):
        read_exercise(b"\xff = [", "broken")


def test_an_unknown_key_is_refused_and_the_rest_is_read() -> None:
    file = resources.files("mitate.back") / "knowledge" / "exercises" / f"{GOOD}.toml"
    assert read_exercise(file.read_bytes(), GOOD) == exercise(GOOD)
    with pytest.raises(InputError, match="colour"):
        read_exercise(file.read_bytes() + b"\n[colour]\nred = 1\n", GOOD)


BREAKS = {
    "an unknown cause": ('cause = "', 'cause = "no_', "serves[0].cause"),
    "no days": ("days_a_week = ", "days_a_week = 9", "dose"),
    "no such signal": ('signal = "', 'signal = "no_', "coach.signal"),
    "another kind of value": ("level = ", "level = 'one' #", "$.level"),
    "a broken line": ("[dose]", "[dose", "at line"),
}


@pytest.mark.parametrize("what", list(BREAKS))
def test_what_is_wrong_with_a_file_is_told_at_its_line(what: str, tmp_path: Path) -> None:
    before, after, told = BREAKS[what]
    text = (resources.files("mitate.back") / "knowledge" / "exercises" / f"{GOOD}.toml").read_text("utf-8")
    broken = tmp_path / "our_own.toml"
    broken.write_text(text.replace(before, after, 1), encoding="utf-8")
    line = text[: text.index(before)].count("\n") + 1
    other = tmp_path / "as_it_was.toml"
    other.write_text(text, encoding="utf-8")
    assert check_exercise_files([other]) == ()
    found = check_exercise_files([other, broken])
    assert len(found) == 1
    assert told in found[0].what
    heading = text[: text.index(before)].count("[dose]") and what == "no days"
    at = text[: text.index("[dose]")].count("\n") + 1 if heading else line
    assert found[0].where == f"{broken}:{at}"


@pytest.mark.parametrize("region", ["low_back", "neck"])
def test_the_exercises_of_a_region_have_nothing_to_mend(region: str) -> None:
    assert check_own_exercises(region) == ((), sum(one.region == region for one in exercises()))


def test_an_unknown_exercise_names_the_nearest() -> None:
    with pytest.raises(InputError, match="open_book"):
        exercise("open_bok")
    with pytest.raises(InputError, match="no exercise"):
        film_file("open_bok")


@given(st.sampled_from(exercises()))
def test_a_session_fits_its_dose_and_its_film_is_short(one: Exercise) -> None:
    assert 10.0 <= film_seconds(one) <= 40.0
    assert 0.3 <= dose_minutes(one.dose) <= 30.0
    assert one.dose.sets * one.dose.repetitions * one.dose.hold_s <= 900.0


@settings(max_examples=25)
@given(st.sampled_from(exercises()), st.text(max_size=30))
def test_no_name_breaks_the_check(one: Exercise, name: str) -> None:
    for broken in (with_aim(one, cause=name), with_never(one, name), with_coach(one, signal=name)):
        assert all(message.startswith(f"{one.name}.toml: ") for message in check_exercises([broken]))
