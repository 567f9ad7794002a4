"""A page as a screen reader has it: names, headings, what is tied to what; and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.serve.spoken import VOID

UNREAD = re.compile("[←→↑↓↕↺↻✓✕]|[0-9]\u2060? ?… ?[\u2212+]?[0-9]|^[–…]$|\\b[0-9]{4}-[0-9]{2}-[0-9]{2}\\b")
"""Signs that are read wrongly or not at all: arrows and ticks, dots between numbers, a dash or dots alone,
dates of figures and hyphens."""
QUOTED = frozenset(("code", "script", "style", "svg", "title"))
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
TYPED = frozenset(("hidden", "submit", "button"))


@dataclass(slots=True)
class Part:
    """An element: what it holds, in order."""

    tag: str
    facts: dict[str, str]
    held: list[Part | str] = field(default_factory=list)

    def parts(self) -> Iterator[Part]:
        """Itself and all below."""
        yield self
        for one in self.held:
            if isinstance(one, Part):
                yield from one.parts()

    def of(self, *tags: str) -> list[Part]:
        return [one for one in self.parts() if one.tag in tags]

    def heard(self) -> str:
        """Its text without what is only for the eye."""
        if self.facts.get("aria-hidden") == "true" or self.tag in ("script", "style"):
            return ""
        if self.tag == "img":
            return self.facts.get("alt", "")
        return "".join(one if isinstance(one, str) else one.heard() for one in self.held)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Part("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Part(tag, {name: value or "" for name, value in attrs})
        self.open[-1].held.append(made)
        if tag not in VOID and not (self.open[-1].tag == "svg" and tag in ("path", "circle", "rect")):
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.open[-1].tag == tag:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if any(one.tag == tag for one in self.open):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].held.append(data)


class Heard:
    """A page that was read."""

    def __init__(self, html: str) -> None:
        reader = _Reader()
        reader.feed(html)
        self.root = reader.root
        self.by_id = {one.facts["id"]: one for one in self.root.parts() if "id" in one.facts}

    @property
    def title(self) -> str:
        return " ".join(self.root.of("title")[0].heard().split())

    @property
    def main(self) -> Part:
        return self.root.of("main")[0]

    def name(self, part: Part) -> str:
        """What it is called."""
        label, ids = part.facts.get("aria-label", ""), part.facts.get("aria-labelledby", "").split()
        text = label or " ".join(self.by_id[one].heard() for one in ids if one in self.by_id)
        if not text and part.tag == "svg":
            text = " ".join(one.heard() for one in part.of("title")[:1])
        if not text and part.tag in ("input", "select", "textarea"):
            text = " ".join(one.heard() for one in self.labels(part))
        return " ".join((text or part.heard()).split())

    def labels(self, part: Part) -> list[Part]:
        own = part.facts.get("id")
        labels = self.root.of("label")
        return [one for one in labels if (own and one.facts.get("for") == own) or part in one.parts()]

    def faults(self) -> list[str]:
        """What would be heard wrongly, or not at all."""
        return [text for rule in RULES for text in rule(self)]


def headings(page: Heard) -> Iterator[str]:
    """One h1, first of all; none of a lower level is left out."""
    found = page.root.of(*HEADINGS)
    levels = [HEADINGS.index(one.tag) + 1 for one in found]
    if levels.count(1) != 1 or levels[0] != 1:
        yield f"headings begin or repeat: {levels}"
    for before, after, one in zip(levels, levels[1:], found[1:], strict=False):
        if after > before + 1:
            yield f"h{before} is followed by h{after}: {page.name(one)}"
    yield from (f"an empty {one.tag}" for one in found if not page.name(one) and not one.facts.get("id"))


def same_names(page: Heard) -> Iterator[str]:
    """Nothing with the same name leads to, or does, two things."""
    targets: dict[tuple[str, str], set[str]] = {}
    for one in page.root.of("a"):
        if "href" in one.facts and one.facts.get("aria-hidden") != "true":
            targets.setdefault(("link", page.name(one)), set()).add(one.facts["href"])
    for form in page.root.of("form"):
        fields = form.of("input")
        sent = sorted(one.facts.get("value", "") for one in fields if one.facts.get("type") == "hidden")
        for one in form.of("button"):
            if one.facts.get("type", "submit") == "submit":
                does = f"{form.facts.get('action')} {sent} {one.facts.get('value')}"
                targets.setdefault(("button", page.name(one)), set()).add(does)
    for (kind, name), where in targets.items():
        if not name:
            yield f"a {kind} without a name: {where}"
        elif len(where) > 1:
            yield f"{len(where)} of the {kind} {name!r}"


def fields(page: Heard) -> Iterator[str]:
    """Each box has its label; each error is tied to its box."""
    told: set[str] = set()
    for one in page.root.of("input", "select", "textarea", "fieldset"):
        ids = one.facts.get("aria-describedby", "").split()
        kind = one.facts.get("type", "text")
        if one.facts.get("aria-invalid") == "true":
            told |= set(ids)
            if not ids:
                yield f"wrong, and nothing says why: {page.name(one)}"
        if one.tag == "fieldset":
            told |= set(ids)
            continue
        if kind not in TYPED and not page.name(one):
            yield f"a box without a label: {one.facts}"
        if "required" in one.facts and kind in ("file", "radio") and "aria-invalid" not in one.facts:
            yield f"told as wrong before anything was chosen: {page.name(one)}"
    for one in page.main.parts():
        shown = "error" in one.facts.get("class", "").split() and "hidden" not in one.facts
        if shown and one.facts.get("id") not in told:
            yield f"an error that no box is tied to: {one.heard()}"


def references(page: Heard) -> Iterator[str]:
    """What is named as a description or label is there, once."""
    ids = [one.facts["id"] for one in page.root.parts() if "id" in one.facts]
    yield from (f"the id {one} twice" for one in {one for one in ids if ids.count(one) > 1})
    for part in page.root.parts():
        for key in ("aria-describedby", "aria-labelledby", "aria-controls", "for"):
            for one in part.facts.get(key, "").split():
                if one not in page.by_id:
                    yield f"{key} names {one}, which is not there"


def pictures(page: Heard) -> Iterator[str]:
    """Each picture is said in words, or is meant to be passed over."""
    for one in page.root.of("svg", "img", "canvas", "video", "progress"):
        if one.facts.get("aria-hidden") == "true" or (one.tag == "img" and "alt" in one.facts):
            continue
        if one.tag in ("svg", "canvas") and one.facts.get("role") != "img":
            yield f"{one.tag} that is no picture and is not hidden"
        elif not (one.facts.get("aria-label") or one.facts.get("aria-labelledby")):
            yield f"{one.tag} without words"
        if "chart" in one.facts.get("class", "").split() and not any(
            len(text.heard()) > 40 for text in one.of("desc")
        ):
            yield "a chart that does not say what it shows"


def tables(page: Heard) -> Iterator[str]:
    """Each table says what it is; each of its columns, where there is a head, has a name."""
    for table in page.root.of("table"):
        if not table.of("caption"):
            yield "a table without a caption"
        for head in table.of("thead"):
            yield from ("a column without a name" for one in head.of("th") if not page.name(one))
        rows = [one for body in table.of("tbody") for one in body.of("tr")]
        yield from ("a row without a head" for one in rows if not one.of("th"))


def landmarks(page: Heard) -> Iterator[str]:
    names = [page.name(one) for one in page.root.of("nav") if one.facts.get("aria-label")]
    if len(names) != len(page.root.of("nav")) or len(set(names)) != len(names):
        yield f"ways that have no name, or the same one: {names}"


def signs(page: Heard) -> Iterator[str]:
    """Text that is not read as it is meant."""

    def texts(part: Part) -> Iterator[str]:
        if part.tag in QUOTED or part.facts.get("aria-hidden") == "true":
            return
        if "aria-label" in part.facts:
            yield part.facts["aria-label"]
            return
        for one in part.held:
            if isinstance(one, Part):
                yield from texts(one)
            else:
                yield one.strip()

    yield from (f"not read as meant: {text}" for text in texts(page.main) if UNREAD.search(text))


Rule = Callable[[Heard], Iterator[str]]
RULES: tuple[Rule, ...] = (
    headings,
    same_names,
    fields,
    references,
    pictures,
    tables,
    landmarks,
    signs,
)
