"""Looking up what a statement says: names, atoms, clauses and numbers, each failing where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from sys import intern
from typing import NoReturn, TypeVar

from lark import Token

from mitate.abduce.language import Atom, Predicate, Sort, Source, Support, is_variable
from mitate.abduce.names import LINES_PER_FILE, did_you_mean
from mitate.abduce.statements import Clause, Statement, Written
from mitate.errors import InputError

__all__ = ["Scope", "fresh_names", "present"]

Part = TypeVar("Part")

_LONGEST = 300


class Scope:
    """What has been declared so far, and the file at hand."""

    def __init__(self) -> None:
        self.file, self.offset = "<text>", 0
        self.sources: dict[str, Source] = {}
        self.sorts: dict[str, Sort] = {}
        self.predicates: dict[str, Predicate] = {}
        self.names: dict[str, str] = {}  # of rules, priors, exclusions and questions: where they stand

    def enter(self, name: str, index: int) -> None:
        """What follows stands in the file `name`, the `index`-th of those read."""
        self.file, self.offset = name, index * LINES_PER_FILE

    def fail(self, token: Token, what: str, todo: str | None = None) -> NoReturn:
        """Say what is wrong at `token`: raises InputError."""
        what = what if len(what) <= _LONGEST else what[:_LONGEST] + "..."  # of names without end
        raise InputError(what, where=f"{self.file}:{token.line}:{token.column}", todo=todo)

    def unknown(self, token: Token, what: str, known: Sequence[str]) -> NoReturn:
        """Refuse a name that is not among the known ones."""
        self.fail(token, f"no {what} is called {token}", did_you_mean(token, known))

    def line(self, statement: Statement) -> int:
        """The line of a statement, counted over all files read."""
        return self.offset + (statement.start.line or 0)

    def new(self, name: Token, known: Mapping[str, object], what: str) -> None:
        """Refuse a name that is declared already."""
        if name in known:
            self.fail(name, f"there is already a {what} called {name}", "give one of them another name")

    def unique(self, statement: Statement) -> str:
        """The name of a rule, prior, exclusion or question; no two share one."""
        name = present(statement.name)
        if name in self.names:
            self.fail(
                name, f"the name {name} is taken at {self.names[name]}", "give one of them another name"
            )
        self.names[str(name)] = f"{self.file}:{name.line}"
        return str(name)

    def atom(self, written: Written, sorts: dict[str, str], fresh: Callable[[], str]) -> Atom:
        """The atom, its places checked; `sorts` gathers what each variable stands for."""
        predicate = self.predicates.get(written.name)
        if predicate is None:
            self.unknown(written.name, "predicate", list(self.predicates))
        if len(written.terms) != len(predicate.sorts):
            number = len(predicate.sorts)
            form = f"{predicate.name}({', '.join(predicate.sorts)})" if number else predicate.name
            self.fail(
                written.name,
                f"{written.name} has {number or 'no'} argument{'' if number == 1 else 's'}, "
                f"and {len(written.terms)} stand here",
                f"write {form}",
            )
        terms = []
        for term, sort in zip(written.terms, predicate.sorts, strict=True):
            if not is_variable(term):
                if term not in self.sorts[sort].values:
                    self.unknown(term, f"value of {sort}", list(self.sorts[sort].values))
                terms.append(intern(str(term)))
                continue
            name = fresh() if term == "_" else intern(str(term))
            if sorts.setdefault(name, sort) != sort:
                self.fail(
                    term,
                    f"the variable {term} stands for a {sorts[name]} and for a {sort}",
                    "use two variables",
                )
            terms.append(name)
        return Atom(predicate.name, tuple(terms))

    def ground(self, written: Written, what: str) -> Atom:
        """The atom if it has no variable; `what` says in the message what it is."""
        atom = self.atom(written, {}, lambda: "_")
        for term in written.terms:
            if is_variable(term):
                self.fail(term, f"{what} is said of a certain value, and {term} is a variable")
        return atom

    def clauses(self, statement: Statement, allowed: Sequence[str]) -> dict[str, Clause]:
        """The clauses by their first words, each allowed there and at most once."""
        found: dict[str, Clause] = {}
        for clause in statement.clauses:
            word = str(clause.word)
            if word in found:
                self.fail(clause.word, f"`{word}` stands twice in one statement", "keep one")
            if word not in (*allowed, "source", "note"):
                owner = "an observation" if word == "unexplained" else "a cause or hypothesis"
                self.fail(
                    clause.word, f"{statement.name} is declared {statement.kind}; only {owner} has `{word}`"
                )
            found[word] = clause
        return found

    def support(self, clauses: dict[str, Clause]) -> Support:
        """The sources, each declared, and the note."""
        names: tuple[Token, ...] = clauses["source"].names if "source" in clauses else ()
        for name in names:
            if name not in self.sources:
                self.unknown(name, "source", list(self.sources))
        note = clauses["note"].text if "note" in clauses else ""
        return Support(tuple(intern(str(name)) for name in names), note)

    def probability(self, number: Token | None) -> float:
        """A number above 0 and up to 1."""
        token = present(number)
        value = float(token)
        if not 0 < value <= 1:
            self.fail(token, f"a probability is more than 0 and at most 1, not {token[:20]}")
        return value


def present(part: Part | None) -> Part:
    """A part that the grammar gives every statement of its kind."""
    if part is None:
        raise ValueError("the grammar gives every such statement this part")
    return part


def fresh_names(statement: Statement) -> Callable[[], str]:
    """Names for the bare ``_`` of a statement, each a variable of its own: ``_`` if it is the only one."""
    atoms = statement.body if statement.head is None else (*statement.body, statement.head)
    terms = [str(term) for atom in atoms for term in atom.terms]
    if terms.count("_") <= 1:
        return lambda: "_"
    used = set(terms)
    names = (name for name in (f"_{number}" for number in count(1)) if name not in used)
    return lambda: next(names)
