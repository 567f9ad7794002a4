from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from typing import Any

import pytest
from tests.back.checked import ANSWERS, REFUSED, bend, checked, film_of

from mitate.back.check import BackCheck
from mitate.back.check_page import page_of
from mitate.back.check_words import words_of
from mitate.back.exercises import exercises
from mitate.back.measurement import NotMeasured
from mitate.errors import RefusalError

_FILMS = resources.files("mitate.back") / "films"
VOID = {"meta", "img", "br", "source", "track", "rect", "line", "circle", "path"}


class Reader(HTMLParser):
    """Tags must be closed in order; ids, links, pictures, headings and words are gathered."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.headings: list[int] = []
        self.tags: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.ids += [given["id"] or ""] if "id" in given else []
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "img":
            self.pictures.append(given)
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def read(check: BackCheck) -> Reader:
    reader = Reader()
    reader.feed(page_of(check, ()))
    reader.close()
    assert not reader.open
    return reader


@pytest.fixture(scope="module", params=["en", "ja"])
def page(request: pytest.FixtureRequest) -> tuple[str, Reader]:
    return request.param, read(checked(language=request.param))


def test_the_page_is_whole_and_can_be_walked_by_headings_and_links(page: tuple[str, Reader]) -> None:
    _, reader = page
    assert len(reader.ids) == len(set(reader.ids))
    for link in reader.links:
        assert link.startswith(("http", "#"))
        assert link.startswith("http") or link[1:] in reader.ids, link
    assert reader.headings[0] == 1
    assert reader.headings.count(1) == 1
    assert all(
        after - before <= 1 for before, after in zip(reader.headings, reader.headings[1:], strict=False)
    )
    assert "script" not in reader.tags
    assert all(picture.get("alt") for picture in reader.pictures)


def test_nothing_is_fetched_from_elsewhere() -> None:
    text = page_of(checked(), ())
    assert not re.findall(r'(?:src|poster)="(?:https?:)?//', text)
    assert "@import" not in text
    assert "url(" not in text


def test_it_says_what_was_found_what_to_do_and_how_sure(page: tuple[str, Reader]) -> None:
    language, reader = page
    say = words_of(language)
    for key in (
        "found",
        "week",
        "doctor",
        "sure",
        "not_judged",
        "details",
        "measures",
        "reasoning",
        "method",
    ):
        assert say[key] in reader.text
    assert say["intended_use"] in reader.text
    assert say["simulated"] in reader.text
    assert "trained_on: simulated" in reader.text
    assert "± " in reader.text
    assert "laird2019" in reader.text


def test_the_page_of_each_language_speaks_it(page: tuple[str, Reader]) -> None:
    language, reader = page
    assert f'<html lang="{language}">' in page_of(checked(language=language), ())
    japanese = re.findall(r"[ぁ-んァ-ヶ一-龠]", reader.text)
    assert len(japanese) > 1500 if language == "ja" else not japanese
    if language == "ja":
        assert "the picture is too dark" not in reader.text
        assert "映像が暗すぎます" in reader.text


def test_a_red_flag_leaves_nothing_but_where_to_go() -> None:
    stopped = checked({**ANSWERS, "red_flags": {"saddle_anaesthesia": True}})
    reader, say = read(stopped), words_of("en")
    assert say["stop_title"] in reader.text
    assert "emergency department" in reader.text
    for key in ("week", "found", "measures", "reasoning", "programme"):
        assert say[key] not in reader.text


def test_flags_that_nobody_asked_about_come_before_anything_else() -> None:
    asked = checked({**ANSWERS, "red_flags": {}})
    text, say = read(asked).text, words_of("en")
    assert text.index(say["first_flags"]) < text.index(say["found"])
    assert say["first_flags"] not in read(checked()).text


def test_words_from_outside_cannot_become_markup() -> None:
    evil = '<script>alert("x")</script>'
    refused = replace(REFUSED, refusal=RefusalError(evil, reason="too_dark", todo=evil))
    missing = {"peak_thoracic_flexion_deg": NotMeasured("peak_thoracic_flexion_deg", evil, evil)}
    one = bend()
    hidden = replace(one, measures=replace(one.measures, missing=missing), warnings=(evil,))
    reader = read(checked(None, film_of(hidden), refused))
    assert "script" not in reader.tags
    assert "alert(" in reader.text


def test_films_and_captions_of_the_exercises_lie_in_the_page() -> None:
    check = checked()
    assert check.programme is not None
    filmed = [one for one in exercises("low_back") if (_FILMS / f"{one.name}.mp4").is_file()]
    if not filmed:
        pytest.skip("no exercise film is there yet")
    name = filmed[0].name
    plan = replace(check.programme, exercises=(replace(check.programme.exercises[0], exercise=filmed[0]),))
    text = page_of(replace(check, programme=plan), {name})
    assert f'<source src="exercises/{name}.mp4" type="video/mp4">' in text
    assert f'<img src="exercises/{name}.jpg"' in text
    assert text.count("<track ") == 2
    assert "data:text/vtt" in text
    assert words_of("en")["no_film"] not in text


def test_without_anything_observed_the_page_says_so() -> None:
    check = checked({"person": {"age": 50}}, REFUSED)
    text, say = read(check).text, words_of("en")
    assert say["verdict_nothing"] in text
    assert say["camera_none"] in text


def test_both_languages_have_the_same_words_and_gaps() -> None:
    english, japanese = words_of("en"), words_of("ja")
    assert english.keys() == japanese.keys()
    for key, words in english.items():
        gaps: list[set[Any]] = [set(re.findall(r"\{(\w+)", text)) for text in (words, japanese[key])]
        assert gaps[0] == gaps[1], key


def test_the_style_folds_tables_on_a_phone_and_prints_what_is_folded() -> None:
    text = page_of(checked(), ())
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in text
    assert "@media print" in text
    assert "details::details-content" in text
