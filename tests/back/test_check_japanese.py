from __future__ import annotations

import re

import pytest
from tests.back.checked import bend

from mitate.back.check_japanese import in_japanese, measure_in_japanese
from mitate.body.refusals import INSTRUCTIONS

_AGAIN = "closer and in good light, or repeat the movement more evenly"


@pytest.mark.parametrize("said", [words for pair in INSTRUCTIONS.values() for words in pair])
def test_every_refusal_is_known(said: str) -> None:
    assert re.search(r"[ぁ-ん]", in_japanese(said))


@pytest.mark.parametrize(
    ("said", "has"),
    [
        ("seen like this it would be off by 16 deg, too much to say anything", "16度"),
        ("seen like this it would be off by 0.27, too much to say anything", "0.27"),
        ("no rotation was found: the angle that shows it changed by 3 degrees only", "3度"),
        ("the low back was not seen where it counts", "腰"),
        ("no repetition to the left was found", "左"),
        ("centimetres rest on an assumed height of 163 cm: tell the person's own", "163 cm"),
        (f"film from the front or from behind, {_AGAIN}", "正面"),
    ],
)
def test_numbers_and_parts_are_kept(said: str, has: str) -> None:
    assert has in in_japanese(said)


def test_what_is_not_known_stays_as_it_is() -> None:
    assert in_japanese("the moon is full") == "the moon is full"
    assert measure_in_japanese("moon_phase") == "moon phase"


def test_measures_of_a_bend_have_names_and_reasons_in_japanese() -> None:
    found, graded = bend().measures, {one.measure for one in bend().conditions}
    for name in found.values.keys() - graded:
        stem = re.sub(r"_(deg_s|deg|cm|percent|s|count)$", "", name)
        assert not re.search(r"[a-z]{3}", measure_in_japanese(stem)), stem
    for one in found.missing.values():
        assert re.search(r"[ぁ-ん]", in_japanese(one.reason)), one.reason
        assert re.search(r"[ぁ-ん]", in_japanese(one.todo)), one.todo
