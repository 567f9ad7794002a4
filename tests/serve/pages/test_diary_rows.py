"""The diary as pages show it: what was told and what the coach saw, in both languages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mitate.record.checks import OpenCheck
from mitate.record.schema import now
from mitate.serve.pages.diary_rows import diary_rows

SET = {"set": "a" * 32, "repetitions": 8, "target": 10, "range_share": 0.85, "unseen_share": 0.3}


def check(*diary: dict[str, Any]) -> OpenCheck:
    at: datetime = now()
    return OpenCheck("c" * 32, "p" * 32, at, "done", {"region": "low_back", "diary": list(diary)}, None, None)


def test_what_was_told_and_what_was_seen() -> None:
    row = {"date": "2026-11-23", "exercise": "bridge", "pain_before": 3.0, "effort": 6.0, "coach": [SET]}
    older = {"date": "2026-11-20", "exercise": "bridge", "done": 12.0}
    first, second = diary_rows(check(older, row), "en", 14)
    told = "8 of 10 repetitions; Range: 85 % of what was prescribed; Not seen for 30 % of the time"
    assert first.sets == (told,)
    assert (first.before, first.after, first.effort, first.done) == ("3", "–", "6", "")
    assert (second.sets, second.done) == ((), "12")
    japanese = diary_rows(check(row), "ja", 14)[0]
    assert japanese.sets[0].startswith("8回（目標10回）、")
    assert len(diary_rows(check(older, row), "en", 1)) == 1


@pytest.mark.parametrize("language", ["en", "ja"])
def test_faults_are_named_in_words_and_those_no_more_known_left_out(language: str) -> None:
    from mitate.back.exercises import exercise

    fault = exercise("bridge").coach.faults[0]
    seen = {**SET, "faults": {fault.name: 0.25, "of_an_older_version": 0.5}}
    (row,) = diary_rows(check({"date": "2026-11-23", "exercise": "bridge", "coach": [seen]}), language, 14)
    assert fault.see.text(language) in row.sets[0]
    assert "25" in row.sets[0]
    assert "of_an_older" not in row.sets[0]


def test_a_hold_is_told_in_seconds_and_a_set_by_hand_as_far_as_it_goes() -> None:
    held = {"held_s": 24.4, "target_s": 30.0}
    rows = [
        {"date": "2026-11-23", "exercise": "bridge", "coach": one} for one in (held, {"range_share": 0.9})
    ]
    assert [row.sets for row in diary_rows(check(*rows), "en", 14)] == [("",), ("24 of 30 seconds",)]
