"""A rule file as it was written: one `Statement` after the other, each name with its line and column.

Nothing is resolved here; `mitate.abduce.resolve` makes a knowledge base of it, `mitate.abduce.format` a text.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lark import Token, Transformer

from mitate.abduce.language import Label

__all__ = ["Clause", "Starts", "Statement", "Statements", "Written"]

_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Written:
    """An atom as it was written."""

    name: Token
    terms: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """What may follow a statement: ``one of``, ``prior``, ``unexplained``, ``source`` or ``note``."""

    word: Token
    names: tuple[Token, ...] = ()
    number: Token | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it was written; `kind` is its first word, ``never`` and ``fact`` apart.

    Attributes:
        body: the atoms of a rule's body, of an exclusion, a question or ``given:``.
        head: the atom of a rule's head, a prior, ``unexplained`` or ``observe``.
        number: probability of a rule, prior or ``unexplained``; seconds of a question; cap of a convention.
        values: the constants of a sort.
        parameters: the sorts of a predicate's places.
        text, url: of a source or convention.
    """

    kind: str
    start: Token
    name: Token | None = None
    label: Label | None = None
    parameters: tuple[Token, ...] = ()
    values: tuple[tuple[Token, Label | None], ...] = ()
    body: tuple[Written, ...] = ()
    head: Written | None = None
    number: Token | None = None
    text: str = ""
    url: str | None = None
    absent: bool = False
    clauses: tuple[Clause, ...] = ()


class Starts:
    """Tells ``source``, ``prior`` and ``unexplained`` that start a statement from those inside one."""

    always_accept: tuple[str, ...] = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The same tokens, those that start a statement renamed; looks two tokens ahead."""
        window: deque[Token] = deque()
        for token in stream:
            window.append(token)
            if len(window) == 3:
                yield self._named(window)
        while window:
            yield self._named(window)

    def _named(self, window: deque[Token]) -> Token:
        token = window.popleft()
        following = [other.type for other in window]
        if token.type == "SOURCE":
            if following == ["NAME", "STRING"]:
                token.type = "SOURCE_STATEMENT"
        elif token.type in ("PRIOR", "UNEXPLAINED") and following[:1] in (["NAME"], ["VARIABLE"]):
            token.type += "_STATEMENT"
        return token


def _text(token: Token) -> str:
    inside = token[1:-1]
    if "\\" not in inside:
        return inside
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], inside)


Parts = list[Any]  # what lark hands over: tokens, and what the methods below returned


class Statements(Transformer[Token, list[Statement]]):
    """From lark's reductions straight to statements, without a tree between."""

    def start(self, parts: Parts) -> list[Statement]:
        return parts

    def title(self, parts: Parts) -> Statement:
        return Statement("title", parts[0], label=parts[1])

    def source(self, parts: Parts) -> Statement:
        start, name, text, url, *notes = parts
        link = None if url is None else _text(url)
        return Statement("source", start, name, text=_text(text), url=link, clauses=tuple(notes))

    def convention(self, parts: Parts) -> Statement:
        start, name, text, cap, *notes = parts
        return Statement("convention", start, name, text=_text(text), number=cap, clauses=tuple(notes))

    def sort(self, parts: Parts) -> Statement:
        start, name, label, *values = parts
        return Statement("sort", start, name, label, values=tuple(values))

    def value(self, parts: Parts) -> tuple[Token, Label | None]:
        return parts[0], parts[1]

    def predicate(self, parts: Parts) -> Statement:
        start, name, parameters, label, *traits = parts
        return Statement(str(start), start, name, label, parameters or (), clauses=tuple(traits))

    def parameters(self, parts: Parts) -> tuple[Token, ...]:
        return tuple(parts)

    def rule(self, parts: Parts) -> Statement:
        start, name, body, head, number, *support = parts
        return Statement("rule", start, name, body=body, head=head, number=number, clauses=tuple(support))

    def never(self, parts: Parts) -> Statement:
        start, name, _, body, *support = parts
        return Statement("never", start, name, body=body, clauses=tuple(support))

    def prior(self, parts: Parts) -> Statement:
        start, name, head, number, *support = parts
        return Statement("prior", start, name, head=head, number=number, clauses=tuple(support))

    def exclude(self, parts: Parts) -> Statement:
        start, name, atoms, *support = parts
        return Statement("exclude", start, name, body=atoms, clauses=tuple(support))

    def unexplained(self, parts: Parts) -> Statement:
        start, head, number, *support = parts
        return Statement("unexplained", start, head=head, number=number, clauses=tuple(support))

    def ask(self, parts: Parts) -> Statement:
        start, name, label, seconds, atoms, *support = parts
        return Statement("ask", start, name, label, body=atoms, number=seconds, clauses=tuple(support))

    def observe(self, parts: Parts) -> Statement:
        start, absent, head, unexplained = parts
        clauses = () if unexplained is None else (unexplained,)
        return Statement("observe", start, head=head, absent=absent is not None, clauses=clauses)

    def fact(self, parts: Parts) -> Statement:
        return Statement("fact", parts[0], body=parts[1])

    def one_of(self, parts: Parts) -> Clause:
        return Clause(parts[0], names=tuple(parts[1:]))

    def sources(self, parts: Parts) -> Clause:
        return Clause(parts[0], names=tuple(parts[1:]))

    def prior_of(self, parts: Parts) -> Clause:
        return Clause(parts[0], number=parts[1])

    def unexplained_of(self, parts: Parts) -> Clause:
        return Clause(parts[0], number=parts[1])

    def note(self, parts: Parts) -> Clause:
        return Clause(parts[0], text=_text(parts[1]))

    def label(self, parts: Parts) -> Label:
        return Label(_text(parts[0]), "" if parts[1] is None else _text(parts[1]))

    def body(self, parts: Parts) -> tuple[Written, ...]:
        return tuple(parts)

    def atoms(self, parts: Parts) -> tuple[Written, ...]:
        return tuple(parts)

    def atom(self, parts: Parts) -> Written:
        return Written(parts[0], tuple(term for term in parts[1:] if term is not None))
