"""What a check says in sentences: the same parts in both languages, and a red flag alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mitate.back.check import begin, conclude
from mitate.plain import plain
from mitate.record.check_told import told_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANSWERS: dict[str, Any] = {
    "person": {"age": 67, "sex": "male"},
    "answers": {"worse_sitting": True, "worse_bending": True, "worse_standing": False},
}


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, Any]]:
    return told_of(conclude(begin(ANSWERS, now=NOON), ()))


def test_both_languages_say_the_same_of_the_same(told: dict[str, dict[str, Any]]) -> None:
    english, japanese = told["en"], told["ja"]
    assert english.keys() == japanese.keys()
    assert [one["cause"] for one in english["causes"]] == [one["cause"] for one in japanese["causes"]]
    for part in ("seen", "sure", "not_judged", "unasked"):
        assert len(english[part]) == len(japanese[part])
    names = [[one["name"] for one in each["programme"]["exercises"]] for each in (english, japanese)]
    assert names[0] == names[1] != []


def test_the_japanese_is_japanese(told: dict[str, dict[str, Any]]) -> None:
    sentences = [one["label"] for one in told["ja"]["causes"]] + told["ja"]["sure"] + told["ja"]["seen"]
    sentences += told["ja"]["programme"]["stop_rules"] + told["ja"]["doctor"]["at_once"]
    assert all(any("\u3040" <= sign <= "\u9fff" for sign in one) for one in sentences)


def test_shares_fall_and_no_share_is_whole(told: dict[str, dict[str, Any]]) -> None:
    shares = [one["share"] for one in told["en"]["causes"]]
    assert shares == sorted(shares, reverse=True)
    assert all("100" not in one["shown"] for one in told["en"]["causes"])


def test_a_red_flag_tells_where_to_go_and_no_programme() -> None:
    flagged = told_of(begin({"red_flags": {"saddle_anaesthesia": True}}, now=NOON))["en"]
    assert flagged["stop"][0]["urgency"] == "emergency_now"
    assert flagged["stop"][0]["words"]
    assert flagged["programme"] is None
    assert flagged["causes"] == []


def test_it_is_plain_json(told: dict[str, dict[str, Any]]) -> None:
    assert plain(told) == plain(plain(told))
