"""What a page says, to the eye and to screen readers, and in which language each word of it is meant."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from mitate.serve.words import all_words

SAID_IN = ("aria-label", "alt", "title", "placeholder", "aria-description", "aria-roledescription")
"""Attributes that are read aloud or shown."""
DATA = re.compile(r"data-(label|pause|play|on|off|told|again|words)")
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905
CODE = frozenset(("code", "style", "pre"))
"""What is quoted as a program wrote it."""

ENGLISH = re.compile(r"[A-Za-z][A-Za-z'’]+")
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]+")
GAP = re.compile(r"\{[a-z_0-9]+\}")
KEY = re.compile(rf"\b(?:{'|'.join({key.partition('.')[0] for key in all_words()})})\.[a-z][a-z0-9_]+\b")


@dataclass(slots=True)
class Said:
    """One piece of text and the language that the page says it is in."""

    language: str
    text: str


@dataclass(slots=True)
class _Open:
    tag: str
    language: str
    code: bool


@dataclass(slots=True)
class Page(HTMLParser):
    """The words of a page: texts, attributes that are read aloud, and words handed to scripts."""

    html: str
    said: list[Said] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)
    _words: bool = False

    def __post_init__(self) -> None:
        HTMLParser.__init__(self, convert_charrefs=True)
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        above = self._open[-1] if self._open else _Open("", "", False)
        here = _Open(tag, told.get("lang") or above.language, above.code or tag in CODE)
        for name, value in attrs:
            if value and (name in SAID_IN or DATA.fullmatch(name)):
                self.said.append(Said(here.language, value))
        if tag == "script":
            self._words = told.get("type") == "application/json" and str(told.get("id")).endswith("-words")
        if tag not in VOID:
            self._open.append(here)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        here = self._open[-1] if self._open else _Open("", "", False)
        if here.tag == "script":
            if self._words:
                self.said += [Said(here.language, text) for text in json.loads(data).values()]
        elif data.strip() and not here.code:
            self.said.append(Said(here.language, data.strip()))


def foreign(html: str, language: str, allowed: frozenset[str], given: re.Pattern[str]) -> list[str]:
    """What a page of one language says in the other.

    Args:
        html: the page.
        language: ``en`` or ``ja``, of the page; a part with another ``lang`` is judged by that.
        allowed: words that may stand in both, such as names and units.
        given: what was typed in or cited, and stands as it is.
    """
    found = []
    for one in Page(html).said:
        if one.language != language:
            found.append(f"meant as {one.language!r}: {one.text}")
        elif language == "ja":
            text = given.sub("", GAP.sub("", one.text))
            words = [word for word in ENGLISH.findall(text) if word not in allowed]
            found += [f"{' '.join(words)} <- {one.text}"] if words else []
        elif JAPANESE.search(one.text):
            found.append(one.text)
        found += [f"a raw key: {key}" for key in KEY.findall(one.text)]
    return found
