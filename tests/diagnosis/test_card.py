"""The card says what a model is for, what it was learned from and what it cannot do."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.diagnosis.small_model import LABELS, made_up_faces

from mitate.diagnosis.card import OUT_OF_SCOPE, card_in_words, model_card
from mitate.diagnosis.results import INTENDED_USE

FIGURES = {"top-1": {"value": 0.912, "low": 0.87, "high": 0.94, "n": 75, "unit": ""}, "folds": 5}


def test_the_card_counts_people_photos_consent_and_groups() -> None:
    card = model_card("clinic", made_up_faces(12), method="colours", figures=FIGURES, limits=("One camera.",))
    assert json.loads(json.dumps(card)) == card
    assert card["classes"] == {label: {"persons": 12, "photos": 12} for label in LABELS}
    assert card["data"]["persons"] == card["data"]["photos"] == 36
    assert card["data"]["consent"] == {"written": 36}
    assert card["data"]["licence"] == {"CC0": 36}
    assert card["data"]["groups"] == {"sex": {"F": 18, "M": 18}}
    assert card["data"]["left_out"] == {"no_face": 1}
    assert card["intended_use"] == INTENDED_USE
    assert "simulated" in card["limits"][0]
    assert not any("amber" in limit for limit in card["limits"])
    few = model_card("clinic", made_up_faces(9), method="", figures={})
    assert any("amber (9)" in limit for limit in few["limits"])
    assert card["limits"][-1] == "One camera."


def test_data_have_one_checksum_whatever_their_order() -> None:
    faces = made_up_faces(3)
    turned = faces.take(list(range(8, -1, -1)))
    cards = [model_card("x", one, method="", figures={}) for one in (faces, turned, faces.take([0, 3, 6]))]
    assert cards[0]["data"]["sha256"] == cards[1]["data"]["sha256"] != cards[2]["data"]["sha256"]


def test_the_page_says_it_in_words() -> None:
    page = card_in_words(model_card("clinic", made_up_faces(12), method="colours", figures=FIGURES))
    assert page.startswith("# facial diagnosis: amber, blue, coral\n")
    assert "**Learned from simulated faces only." in page
    assert INTENDED_USE in page
    assert all(one in page for one in OUT_OF_SCOPE)
    assert "- top-1: 0.912 (95 % interval 0.87 to 0.94), n = 75" in page
    assert "- folds: 5" in page
    assert "| amber | 12 | 12 |" in page
    assert "By sex, photos: F (18), M (18)." in page


def test_real_data_are_not_called_simulated_and_a_card_that_lacks_parts_can_be_read() -> None:
    faces = replace(made_up_faces(25), trained_on="clinic")
    assert "simulated" not in card_in_words(model_card("clinic", faces, method="", figures={}))
    assert INTENDED_USE in card_in_words({})
