from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.back.observations import BackCase, case_of
from mitate.back.region import REGIONS, knowledge
from mitate.back.triage import red_flags
from mitate.back.wishes import AT_HOME, Irritability, Wishes, irritability, limits, sayings, wishes_of
from mitate.errors import InputError

_ORDER = ("low", "medium", "high")


def told(**programme: Any) -> Wishes:
    return wishes_of(BackCase(name="case.json", programme=programme))


def test_nothing_told_is_assumed_and_said() -> None:
    wishes = told()
    assert (wishes.minutes, wishes.days, wishes.level, wishes.equipment) == (20, 3, 2, AT_HOME)
    assert wishes.irritability == "medium"
    assert wishes.assumed == ("equipment", "minutes", "days", "level", "irritability")
    assert told(pain_now=None, minutes=None, limits={"knee_pain": None}) == wishes


def test_everything_told() -> None:
    wishes = told(
        limits={"knee_pain": True, "pregnant": False},
        equipment=["band"],
        minutes=12.5,
        days=5,
        goals=["sit_longer", "sit_longer", "less_pain"],
        pain_now=2,
        pain_after_exercise=3,
        settles_after_min=20,
        level=3,
        language="ja",
    )
    assert wishes.limits == {"knee_pain": True, "pregnant": False}
    assert wishes.equipment == {"band", "wall"}
    assert wishes.goals == ("sit_longer", "less_pain")
    assert (wishes.minutes, wishes.days, wishes.level, wishes.language) == (12.5, 5, 3, "ja")
    assert wishes.irritability == "low"
    assert wishes.assumed == ()
    assert wishes.as_dict()["equipment"] == ["band", "wall"]


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("minuts", 20, "did you mean minutes"),
        ("limits", {"nee_pain": True}, "did you mean knee_pain"),
        ("limits", {"knee_pain": "yes"}, "true, false or null"),
        ("limits", [], "braces"),
        ("equipment", ["chairs"], "did you mean chair"),
        ("equipment", "chair", "brackets"),
        ("equipment", [3], "no equipment 3"),
        ("goals", ["sit_long"], "did you mean sit_longer"),
        ("minutes", 2, "from 5 to 120"),
        ("minutes", True, "from 5 to 120"),
        ("minutes", float("nan"), "from 5 to 120"),
        ("days", 0, "whole number from 1 to 7"),
        ("days", 2.5, "whole number from 1 to 7"),
        ("level", 4, "whole number from 1 to 3"),
        ("pain_now", 11, "from 0 to 10"),
        ("settles_after_min", -1, "from 0"),
        ("language", "fr", "no language"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(key: str, value: object, says: str) -> None:
    with pytest.raises(InputError) as refused:
        told(**{key: value})
    message = str(refused.value).lower()
    assert says in message
    assert message.startswith("case.json: programme")


@pytest.mark.parametrize(
    ("now", "after", "settles", "expected"),
    [
        (0, 0, 0, "low"),
        (3.9, None, 60, "low"),
        (None, 4, None, "medium"),
        (2, 2, 61, "medium"),
        (None, None, None, "medium"),
        (7, None, None, "high"),
        (1, 7, 5, "high"),
        (None, None, 721, "high"),
    ],
)
def test_irritability_by_its_limits(
    now: float | None, after: float | None, settles: float | None, expected: Irritability
) -> None:
    assert irritability(now, after, settles) == expected


@given(
    pains=st.tuples(*[st.floats(0, 10)] * 2),
    more=st.floats(0, 10),
    settles=st.floats(0, 3000),
    longer=st.floats(0, 3000),
)
def test_more_pain_is_never_less_irritable(
    pains: tuple[float, float], more: float, settles: float, longer: float
) -> None:
    before = irritability(*pains, settles)
    after = irritability(max(pains[0], more), pains[1], settles + longer)
    assert _ORDER.index(after) >= _ORDER.index(before)


def test_what_the_files_say_is_whole_and_cites_what_is_there() -> None:
    sources = {name for region in REGIONS for name in knowledge(region).sources}
    said = sayings()
    for saying in (*said.advice, *said.stop):
        assert saying.en
        assert saying.ja
        assert set(saying.source) <= sources, saying.name
        assert set(saying.limits) <= set(limits())
        predicates = {p for region in REGIONS for p in knowledge(region).predicates}
        assert set(saying.causes) <= predicates
    for limit in limits().values():
        assert limit.say.en
        assert limit.ask.ja
        assert set(limit.source) <= sources
    names = [saying.name for saying in (*said.advice, *said.stop)]
    assert len(set(names)) == len(names)


def test_a_case_file_carries_the_wishes() -> None:
    case = case_of({"programme": {"minutes": 30, "language": "ja"}})
    assert wishes_of(case).minutes == 30
    assert wishes_of(case).language == "ja"


def test_every_region_says_when_to_stop_by_its_red_flags() -> None:
    for region in REGIONS:
        flags = {flag.name: flag for flag in red_flags(region)}
        here = [saying for saying in sayings().stop if saying.region in (None, region)]
        named = [flags[name] for saying in here for name in saying.flags]
        assert all(flag.stops for flag in named)
        for saying in here:
            urgent = {flags[name].urgency == "emergency_now" for name in saying.flags}
            assert urgent <= {saying.name.startswith("emergency")}
        known = {name for saying in here for name in saying.source}
        assert all(known & set(flag.sources) for flag in named)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(key=st.sampled_from(sorted(Wishes().as_dict())), junk=JUNK)
def test_anything_is_taken_or_refused(key: str, junk: Any) -> None:
    try:
        wishes = told(**{key: junk})
    except InputError as refused:
        assert "programme" in str(refused)  # noqa: PT017
        return
    assert wishes.irritability in _ORDER
    assert 5 <= wishes.minutes <= 120
