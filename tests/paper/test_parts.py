"""Pieces of a page: plain words never become markup, and nothing is shown where there is nothing."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.paper.parts import (
    Cell,
    card,
    contents,
    counted,
    details,
    figure,
    grid,
    heading,
    listed,
    paragraph,
    picture,
    section,
    table,
)


class Words(HTMLParser):
    """The words of markup, whose tags must be closed in order."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(markup)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def of_every_kind(words: str) -> str:
    """A page's body with the same words wherever words may stand."""
    cell = Cell(words, words, short=words, shade=0.5)
    return "".join(
        [
            heading(1, words, words),
            section(words, paragraph(words), listed([words]), listed([words], ordered=True)),
            card("care", words, details(words, paragraph(words))),
            grid(figure(picture(b"\x89PNG", words), words, name=words)),
            table(words, [words, Cell(words, short=words)], [[words, cell], [cell, words]]),
        ]
    )


@given(st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from("<>&\"'"), min_size=1))
def test_words_stay_words(words: str) -> None:
    found = Words(of_every_kind(words)).words
    assert set(filter(str.strip, found)) == {words}
    assert len(found) >= 18


def test_nothing_is_shown_where_there_is_nothing() -> None:
    assert section("Title", "", "") == ""
    assert table("Caption", ["a"], []) == details("more") == details("more", "") == ""
    assert listed([]) == paragraph("") == figure("", "words") == grid() == grid("", "") == ""
    assert figure("<svg></svg>") == "<figure><svg></svg></figure>"


def test_contents_lead_to_every_section() -> None:
    body = section("One & two", paragraph("x")) + section("Three", paragraph("y"), name="third")
    links = re.findall(r'<a href="#([^"]+)">(.*?)</a>', contents(body))
    assert links == [("one---two", "One &amp; two"), ("third", "Three")]
    for anchor, _ in links:
        assert f'<section aria-labelledby="{anchor}">\n<h2 id="{anchor}">' in body


def test_a_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    with pytest.raises(ValueError, match="zip"):
        table("Caption", ["a", "b"], [["1"]])


def test_a_table_keeps_its_roles_and_tells_a_phone_its_columns() -> None:
    made = table("Caption", ["Row", Cell("Value", short="1")], [["one", Cell("2", style="strong", shade=1)]])
    for role in ("region", "table", "rowgroup", "row", "columnheader", "rowheader", "cell"):
        assert f'role="{role}"' in made
    assert 'class="strong" style="background: rgba(var(--heat), 0.55)"' in made
    assert 'data-label="Value"' in made


@pytest.mark.parametrize(("content", "kind"), [(b"\x89PNG\r\n", "png"), (b"\xff\xd8\xff\xe0", "jpeg")])
def test_a_picture_is_within_the_page(content: bytes, kind: str) -> None:
    made = picture(content, "told", (3, 2))
    assert made.startswith('<img alt="told" width="3" height="2" src="data:image/')
    head, _, code = made.removesuffix('">').partition(";base64,")
    assert head.endswith(kind)
    assert base64.b64decode(code) == content


@pytest.mark.parametrize(
    ("count", "told"), [(1, "1 person"), (2, "2 people"), (0, "0 people"), (12000, "12\u202f000 people")]
)
def test_counting(count: int, told: str) -> None:
    assert counted(count, "person", "people") == told
    assert counted(2, "photo") == "2 photos"
