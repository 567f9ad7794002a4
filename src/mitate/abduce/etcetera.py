"""Reads etcetera clauses: first-order Horn clauses whose uncertainty is a literal of its own.

``(if (and (see' e1 x y) (threat0' e2 y x) (etc1_afraid 0.75 e1 e2 e x y)) (afraid' e x))`` says that seeing a
threat entails being afraid if ``etc1_afraid`` holds, which it does with probability 0.75 (A. Gordon,
"Commonsense Interpretation of Triangle Behavior", AAAI 2016; after J. Hobbs et al., "Interpretation as
Abduction", Artificial Intelligence 63, 1993). A term that starts with a small letter is a variable, any other
a constant, and different constants are different individuals. What is not an ``if`` is an observation. ``;``
starts a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mitate.errors import InputError

__all__ = ["Clause", "ClauseProblem", "Etcetera", "Literal", "is_unknown", "parse_clauses", "read_clauses"]

_TOKEN = re.compile(r"(?P<skip>(?:\s|;[^\n]*)+)|(?P<bracket>[()])|(?P<name>[^\s();]+)")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DEEPEST = 16  # `if`, `and` and a literal need three
_LARGEST_FILE = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Literal:
    """A predicate applied to terms: ``(see' e1 x y)``. Numbers are kept in their shortest form."""

    predicate: str
    terms: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"({' '.join((self.predicate, *self.terms))})"


@dataclass(frozen=True, slots=True)
class Etcetera:
    """All that must also hold for a clause to apply, in one literal.

    `probability` is a number, or a variable of the clause that the head binds to a number.
    """

    literal: Literal
    probability: float | str


@dataclass(frozen=True, slots=True)
class Clause:
    """``body and etcetera => head``; certain if there is no etcetera literal."""

    head: Literal
    body: tuple[Literal, ...]
    etcetera: tuple[Etcetera, ...]
    where: str = ""


@dataclass(frozen=True, slots=True)
class ClauseProblem:
    """The clauses and the observations of a file."""

    clauses: tuple[Clause, ...] = ()
    observations: tuple[Literal, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.name}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class _Form:
    """A name, or a list of forms, and where it starts."""

    place: _Place
    text: str = ""
    parts: tuple[_Form, ...] | None = None

    @property
    def keyword(self) -> str:
        return self.parts[0].text if self.parts else ""


def is_unknown(term: str) -> bool:
    """Whether a term is a variable, that is, starts with a small letter."""
    return term[0].islower()


def read_clauses(*paths: Path) -> ClauseProblem:
    """Reads files of etcetera clauses as one problem.

    Raises:
        InputError: a file that cannot be read, is no UTF-8, is larger than 64 MiB or does not parse.
    """
    clauses: list[Clause] = []
    observations: list[Literal] = []
    for path in paths:
        try:
            if path.stat().st_size > _LARGEST_FILE:
                raise InputError("this file is larger than 64 MiB", where=path, todo="split it")
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise InputError(f"this file cannot be read: {reason}", where=path) from error
        problem = parse_clauses(text, str(path))
        clauses += problem.clauses
        observations += problem.observations
    return ClauseProblem(tuple(clauses), tuple(observations))


def parse_clauses(text: str, name: str = "<text>") -> ClauseProblem:
    """Parses clauses and observations; ``(and ...)`` outside of an ``if`` is several observations.

    Raises:
        InputError: brackets that do not match, a form that is neither, a probability outside of (0, 1];
            its `where` is ``name:line:column``.
    """
    clauses: list[Clause] = []
    observations: list[Literal] = []
    forms = list(_forms(text, name))
    heads = {form.parts[2].keyword for form in forms if form.parts and len(form.parts) == 3}
    for form in forms:
        if form.keyword == "if":
            clauses.append(_clause(form, heads))
        else:
            observations += _conjunction(form)
    return ClauseProblem(tuple(clauses), tuple(observations))


def _tokens(text: str, name: str) -> Iterator[tuple[str, _Place]]:
    line, start = 1, 0
    for match in _TOKEN.finditer(text):
        if match["skip"]:
            breaks = match["skip"].count("\n")
            if breaks:
                line, start = line + breaks, match.start() + match["skip"].rindex("\n") + 1
        else:
            yield match[0], _Place(name, line, match.start() - start + 1)


def _forms(text: str, name: str) -> Iterator[_Form]:
    """The forms at the top level; no recursion, so that no nesting can exhaust the stack."""
    opened: list[tuple[_Place, list[_Form]]] = []
    for token, place in _tokens(text, name):
        if token == "(":
            if len(opened) == _DEEPEST:
                raise InputError(f"brackets nested more than {_DEEPEST} deep", where=str(place))
            opened.append((place, []))
            continue
        if token == ")":
            if not opened:
                raise InputError(
                    "')' without '('", where=str(place), todo="delete it or add the bracket it closes"
                )
            start, parts = opened.pop()
            form = _Form(start, parts=tuple(parts))
        else:
            form = _Form(place, token)
        if opened:
            opened[-1][1].append(form)
        elif form.parts is None:
            raise InputError(
                f"expected '(' but found {token!r}", where=str(place), todo="put literals in brackets"
            )
        else:
            yield form
    if opened:
        raise InputError("'(' is never closed", where=str(opened[-1][0]), todo="add the missing ')'")


def _clause(form: _Form, heads: set[str]) -> Clause:
    parts = form.parts or ()
    if len(parts) != 3:
        raise InputError(
            f"'if' takes a body and a head, not {len(parts) - 1} forms",
            where=str(form.place),
            todo="write (if (and BODY ... (etc PROBABILITY ...)) HEAD)",
        )
    _, body, head = parts
    forms = (body.parts or ())[1:] if body.keyword == "and" else (body,)
    plain, etcetera = [], []
    for literal in forms:
        if _is_etcetera(literal, heads):
            etcetera.append(_etcetera(literal))
        else:
            plain.append(_literal(literal))
    return Clause(_literal(head), tuple(plain), tuple(etcetera), str(form.place))


def _conjunction(form: _Form) -> list[Literal]:
    forms = (form.parts or ())[1:] if form.keyword == "and" else (form,)
    return [_literal(part) for part in forms]


def _literal(form: _Form) -> Literal:
    if not form.parts or form.parts[0].parts is not None or form.keyword in ("and", "if"):
        raise InputError(
            "expected a literal", where=str(form.place), todo="write a predicate and its terms: (see' e1 x y)"
        )
    for part in form.parts:
        if part.parts is not None:
            raise InputError("a term is a name, not a list", where=str(part.place))
    return Literal(form.keyword, tuple(_term(part.text) for part in form.parts[1:]))


def _term(text: str) -> str:
    return repr(float(text)) if _NUMBER.fullmatch(text) else text


def _is_etcetera(form: _Form, heads: set[str]) -> bool:
    """Named so; or with a number as its first term and no clause to prove it."""
    if form.keyword.startswith("etc"):
        return True
    parts = form.parts or ()
    return len(parts) > 1 and form.keyword not in heads and _NUMBER.fullmatch(parts[1].text) is not None


def _etcetera(form: _Form) -> Etcetera:
    literal = _literal(form)
    first = literal.terms[0] if literal.terms else ""
    probability: float | str = first
    if not first or not is_unknown(first):
        probability = float(first) if _NUMBER.fullmatch(first) else 0.0
        if not 0 < probability <= 1:
            raise InputError(
                f"the probability of {literal.predicate} is {first or 'missing'}, not in (0, 1]",
                where=str(form.place),
                todo="give a number above 0 and at most 1, or a variable, as its first term",
            )
    return Etcetera(Literal(literal.predicate, literal.terms[1:]), probability)
