"""Risk band and disability percentage: equal to the published rules, told by another route."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mitate.back.questionnaires as module
from mitate.abduce.parse import read
from mitate.back.questionnaires import (
    disability,
    disability_items,
    introduction,
    risk_band,
    risk_items,
)
from mitate.errors import InputError

KNOWLEDGE = Path(module.__file__).parent / "knowledge"
TROUBLE = ("not_at_all", "slightly", "moderately", "very_much", "extremely")


@given(st.lists(st.booleans(), min_size=9, max_size=9))
def test_risk_band_is_the_published_one(answers: list[bool]) -> None:
    got = risk_band(answers)
    total, subscale = sum(answers), sum(answers[4:])
    # the published table, row by row: 0-3 low; 4-9 with a subscale of 3 or less medium; subscale 4-5 high
    rows = {
        "low": total in range(4),
        "medium": total in range(4, 10) and subscale <= 3,
        "high": subscale in (4, 5),
    }
    if total <= 3:  # a subscale of 4 has a total of 4
        assert not rows["high"]
    assert [band for band, holds in rows.items() if holds] == [got.band]
    assert (got.total, got.psychosocial) == (total, subscale)
    assert got.as_dict()["band"] == got.band


@pytest.mark.parametrize(
    ("answers", "band"),
    [
        ([0, 0, 0, 0, 0, 0, 0, 0, False], "low"),
        ([1, 1, 1, 0, 0, 0, 0, 0, False], "low"),
        ([0, 0, 0, 0, 1, 1, 1, 0, False], "low"),
        ([1, 1, 1, 1, 0, 0, 0, 0, False], "medium"),
        ([1, 1, 1, 1, 1, 1, 1, 0, False], "medium"),
        ([0, 0, 0, 0, 1, 1, 1, 1, False], "high"),
        ([1, 1, 1, 1, 1, 1, 1, 1, True], "high"),
    ],
)
def test_risk_band_by_hand(answers: list[bool | int | str], band: str) -> None:
    assert risk_band(answers).band == band


@pytest.mark.parametrize(("word", "counts"), list(zip(TROUBLE, (0, 0, 0, 1, 1), strict=True)))
def test_trouble_counts_from_very_much(word: str, counts: int) -> None:
    assert risk_band([False] * 8 + [word]).total == counts


def test_risk_refuses_what_it_cannot_score() -> None:
    eight: list[bool | int | str | None] = [False] * 8
    with pytest.raises(InputError, match="8 answers"):
        risk_band(eight)
    with pytest.raises(InputError, match="no answer to 1, 9"):
        risk_band([None, *eight[1:], None])
    with pytest.raises(InputError, match=r"risk\[1\]: this is no yes or no"):
        risk_band([2, *eight[1:], False])
    with pytest.raises(InputError, match=r"risk\[1\]: this is no yes or no"):
        risk_band(["yes", *eight[1:], False])
    with pytest.raises(InputError, match=r"here\[9\]: this says not how much.*extremely"):
        risk_band([*eight, 1], where="here")
    with pytest.raises(InputError, match=r"[Dd]id you mean very_much"):
        risk_band([*eight, "verymuch"])
    with pytest.raises(InputError, match="answers"):
        risk_band("true")


SCORES = st.lists(st.none() | st.integers(0, 5), min_size=10, max_size=10)


@given(SCORES.filter(lambda scores: any(score is not None for score in scores)))
def test_disability_is_the_published_one(scores: list[int | None]) -> None:
    got = disability(scores)
    given = [score for score in scores if score is not None]
    percent = Fraction(100 * sum(given), 5 * len(given))
    assert got.percent == pytest.approx(float(percent))
    assert got.answered == len(given)
    # the published bands are in whole percents; every possible percentage falls into one and only one
    whole = {
        "minimal": (0, 20),
        "moderate": (21, 40),
        "severe": (41, 60),
        "very_severe": (61, 80),
        "bed_bound": (81, 100),
    }
    assert [band for band, (low, high) in whole.items() if low <= percent <= high] == [got.band]
    assert got.examine is (percent > 40)


@given(SCORES.filter(lambda scores: any(score is not None for score in scores)))
def test_disability_does_not_depend_on_the_order_and_grows(scores: list[int | None]) -> None:
    turned = scores[::-1]
    assert disability(turned) == disability(scores)
    higher = [None if score is None else min(score + 1, 5) for score in scores]
    assert disability(higher).percent >= disability(scores).percent


def test_disability_by_hand() -> None:
    assert disability([1] * 10).band == "minimal"
    assert disability([1] * 9 + [3]).percent == 24
    assert disability([1] * 9 + [None]).percent == 20
    assert (disability([2] * 10).band, disability([2] * 10).examine) == ("moderate", False)
    assert disability([3] * 10).examine
    assert disability([5] + [None] * 9).as_dict() == {
        "percent": 100.0,
        "band": "bed_bound",
        "answered": 1,
        "examine": True,
        "detectable_percent": 10.0,
        "source": "odi_scoring",
    }


def test_disability_refuses_what_it_cannot_score() -> None:
    with pytest.raises(InputError, match="9 answers"):
        disability([1] * 9)
    with pytest.raises(InputError, match="no section is answered"):
        disability([None] * 10)
    wrong: list[object] = [6, -1, 2.0, True, "3", float("nan")]
    for score in wrong:
        with pytest.raises(InputError, match=r"disability\[10\]: a score is a whole number from 0 to 5"):
            disability([0] * 9 + [score])  # type: ignore[list-item]


def test_items_have_both_languages_and_answers_that_score() -> None:
    risk, sections = risk_items(), disability_items()
    assert (len(risk), len(sections)) == (9, 10)
    assert tuple(value for value, _ in risk[8].answers) == TROUBLE
    labels = [item.text for item in (*risk, *sections)]
    labels += [label for item in (*risk, *sections) for _, label in item.answers]
    labels += [introduction("risk"), introduction("disability")]
    assert all(label.en and label.ja for label in labels)
    assert sections[0].answers[5][1] != sections[1].answers[5][1]
    for item in sections:
        assert [value for value, _ in item.answers] == [0, 1, 2, 3, 4, 5]
    sources = read(KNOWLEDGE / "sources.kb").sources
    assert {risk_band([False] * 9).source, disability([0] * 10).source} <= set(sources)


def test_the_results_do_not_bear_the_owners_names() -> None:
    text = (KNOWLEDGE / "questionnaires.toml").read_text(encoding="utf-8").lower()
    for name in ("start back", "oswestry", "keele", "odi "):
        assert name not in text
