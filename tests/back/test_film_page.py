"""The page of the films has all it needs within itself and in its folder."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mitate.back.exercise import Exercise
from mitate.back.exercises import exercises, film_file
from mitate.back.film_page import write_page
from mitate.errors import InputError


class Tags(HTMLParser):
    """All tags with their attributes, and all text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def filmed() -> list[Exercise]:
    found = []
    for one in exercises():
        try:
            film_file(one.name)
        except InputError:
            continue
        found.append(one)
    return found


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_page_has_films_captions_and_words(tmp_path: Path, language: str) -> None:
    chosen = filmed()[:3]
    page = write_page(tmp_path / "page", chosen, language)
    text = page.read_text(encoding="utf-8")
    read = Tags()
    read.feed(text)
    assert not re.search(r"https?://|//[a-z]", re.sub(r"base64,[^\"]*", "", text))
    for one in chosen:
        assert one.title.text(language) in read.text
        assert all(step in read.text for step in one.steps.text(language))
        assert one.description.text(language) in read.text
    ids = [told["id"] for _, told in read.tags if "id" in told]
    assert len(ids) == len(set(ids))
    tracks = [told for tag, told in read.tags if tag == "track"]
    assert [told["srclang"] for told in tracks] == ["en", "ja"] * len(chosen)
    assert [told["srclang"] for told in tracks if "default" in told] == [language] * len(chosen)
    texts = [base64.b64decode((told["src"] or "").partition(",")[2]) for told in tracks]
    assert texts[:2] == [film_file(chosen[0].name, f".{each}.vtt").read_bytes() for each in ("en", "ja")]
    for tag, told in read.tags:
        for name in ("poster", "src"):
            place = told.get(name)
            if tag in ("video", "source") and place:
                assert (page.parent / place).is_file()


def test_an_exercise_without_a_film_is_refused(tmp_path: Path) -> None:
    import msgspec

    stranger = msgspec.structs.replace(exercises()[0], name="no_such_exercise")
    with pytest.raises(InputError):
        write_page(tmp_path / "page", [stranger], "en")
