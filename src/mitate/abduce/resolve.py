"""From statements to a knowledge base: every name looked up, every place's sort and every number checked.

A line of the result is counted as `mitate.abduce.names.LINES_PER_FILE` says, so that several files read as
one knowledge base can still be told apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from sys import intern
from typing import NoReturn, TypeVar

from lark import Token

from mitate.abduce.language import (
    Atom,
    Exclusion,
    Kind,
    KnowledgeBase,
    Label,
    Observation,
    Predicate,
    Question,
    Rule,
    Situation,
    Sort,
    Source,
    Support,
    Unexplained,
    is_variable,
)
from mitate.abduce.names import LINES_PER_FILE, did_you_mean
from mitate.abduce.statements import Clause, Statement, Written
from mitate.errors import InputError

__all__ = ["resolve"]

_KINDS: dict[str, Kind] = {
    "cause": "cause",
    "hypothesis": "hypothesis",
    "observation": "observation",
    "given": "given",
    "derived": "derived",
}
Part = TypeVar("Part")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def resolve(files: Sequence[tuple[str, Sequence[Statement]]]) -> KnowledgeBase:
    """One knowledge base from the statements of several files; declarations may stand after their uses.

    Raises:
        InputError: a name is unknown or declared twice, an atom has the wrong number of arguments or a
            constant of another sort, a number is not what it has to be.
    """
    build = _Build()
    for declaring in (True, False):  # sources and sorts, then predicates, then everything that uses them
        for index, (name, statements) in enumerate(files):
            build.enter(name, index)
            for statement in statements:
                if (statement.kind in ("source", "convention", "sort")) == declaring:
                    build.declare(statement)
    for index, (name, statements) in enumerate(files):
        build.enter(name, index)
        for statement in statements:
            build.use(statement)
    return build.finished(tuple(name for name, _ in files))


class _Build:
    """What has been declared so far, and the file at hand."""

    def __init__(self) -> None:
        self.file, self.offset = "<text>", 0
        self.titles: dict[str, Label] = {}
        self.sources: dict[str, Source] = {}
        self.sorts: dict[str, Sort] = {}
        self.predicates: dict[str, Predicate] = {}
        self.names: dict[str, str] = {}  # of rules, priors, exclusions and questions: where they stand
        self.rules: list[Rule] = []
        self.exclusions: list[Exclusion] = []
        self.unexplained: list[Unexplained] = []
        self.questions: list[Question] = []
        self.observations: list[Observation] = []
        self.given: list[Atom] = []

    def enter(self, name: str, index: int) -> None:
        self.file, self.offset = name, index * LINES_PER_FILE

    def finished(self, files: tuple[str, ...]) -> KnowledgeBase:
        return KnowledgeBase(
            title=next(iter(self.titles.values()), Label("")),
            sources=self.sources,
            sorts=self.sorts,
            predicates=self.predicates,
            rules=tuple(self.rules),
            exclusions=tuple(self.exclusions),
            unexplained=tuple(self.unexplained),
            questions=tuple(self.questions),
            situation=Situation(tuple(self.observations), tuple(self.given)),
            files=files,
        )

    def fail(self, token: Token, what: str, todo: str | None = None) -> NoReturn:
        raise InputError(what, where=f"{self.file}:{token.line}:{token.column}", todo=todo)

    def unknown(self, token: Token, what: str, known: Sequence[str]) -> NoReturn:
        self.fail(token, f"no {what} is called {token}", did_you_mean(token, known))

    def line(self, statement: Statement) -> int:
        return self.offset + (statement.start.line or 0)

    def declare(self, statement: Statement) -> None:
        if statement.kind in ("source", "convention"):
            self._source(statement)
        elif statement.kind == "sort":
            self._sort(statement)
        elif statement.kind in _KINDS:
            self._predicate(statement)
        elif statement.kind == "title":
            if self.file in self.titles:
                self.fail(statement.start, "a file has one title, and this is the second")
            self.titles[self.file] = statement.label or Label("")

    def use(self, statement: Statement) -> None:
        uses: dict[str, Callable[[Statement], None]] = {
            "rule": self._rule,
            "never": self._rule,
            "prior": self._prior,
            "exclude": self._exclude,
            "unexplained": self._unexplained,
            "ask": self._ask,
            "observe": self._observe,
            "fact": self._fact,
        }
        if statement.kind in uses:
            uses[statement.kind](statement)

    # Declarations

    def _source(self, statement: Statement) -> None:
        name = _present(statement.name)
        self._new(name, self.sources, "source")
        convention = statement.kind == "convention"
        cap = 1.0
        if statement.number is not None:
            cap = float(statement.number)
            if not 1 <= cap < math.inf:
                self.fail(
                    statement.number, f"a convention's greatest likelihood ratio is 1 or more, not {cap:g}"
                )
        self._clauses(statement, ())
        self.sources[str(name)] = Source(
            str(name), statement.text, statement.url, convention, cap, self.line(statement)
        )

    def _sort(self, statement: Statement) -> None:
        name = _present(statement.name)
        self._new(name, self.sorts, "sort")
        values: dict[str, Label] = {}
        for value, label in statement.values:
            self._new(value, values, f"value of {name}")
            values[intern(str(value))] = label or Label(str(value))
        self.sorts[str(name)] = Sort(str(name), statement.label or Label(""), values, self.line(statement))

    def _predicate(self, statement: Statement) -> None:
        name, kind = _present(statement.name), _KINDS[statement.kind]
        self._new(name, self.predicates, "predicate")
        for sort in statement.parameters:
            if sort not in self.sorts:
                self.unknown(sort, "sort", list(self.sorts))
        sorts = tuple(map(str, statement.parameters))
        label = statement.label or Label("")
        for text in (label.en, label.ja):
            for found in _PLACEHOLDER.findall(text):
                if len(found) > 9 or not 1 <= int(found) <= len(sorts):
                    number = f"{len(sorts)} argument{'' if len(sorts) == 1 else 's'}"
                    self.fail(name, f"the label speaks of {{{found[:9]}}}, and {name} has {number}")
        allowed = ["one"]
        if kind in ("cause", "hypothesis"):
            allowed.append("prior")
        if kind == "observation":
            allowed.append("unexplained")
        traits = self._clauses(statement, allowed)
        self.predicates[intern(str(name))] = Predicate(
            intern(str(name)),
            kind,
            sorts,
            label,
            self._one_of(traits.get("one"), statement),
            self._probability(traits["prior"].number) if "prior" in traits else None,
            self._probability(traits["unexplained"].number) if "unexplained" in traits else None,
            self._support(traits),
            self.line(statement),
        )

    def _one_of(self, clause: Clause | None, statement: Statement) -> tuple[int, ...]:
        if clause is None:
            return ()
        sorts = [str(sort) for sort in statement.parameters]
        for sort in clause.names:
            if sort not in sorts:
                self.fail(
                    sort,
                    f"`one of` names the sort of an argument, and {statement.name} has none of sort {sort}",
                    did_you_mean(sort, set(sorts)) if sorts else None,
                )
        named = set(map(str, clause.names))
        return tuple(place for place, sort in enumerate(sorts) if sort in named)

    # Uses

    def _rule(self, statement: Statement) -> None:
        name = self._unique(statement)
        sorts: dict[str, str] = {}
        fresh = _fresh(statement)
        body = tuple(self._atom(atom, sorts, fresh) for atom in statement.body)
        for written in statement.body:
            if self.predicates[str(written.name)].kind == "observation":
                self.fail(
                    written.name,
                    f"{written.name} is an observation, and an observation cannot stand in a body",
                    "declare it `given` or `derived`",
                )
        head = None if statement.head is None else self._atom(statement.head, sorts, fresh)
        probability = 1.0 if statement.number is None else self._probability(statement.number)
        support = self._support(self._clauses(statement, ()))
        self.rules.append(Rule(name, body, head, probability, support, self.line(statement)))

    def _prior(self, statement: Statement) -> None:
        name = self._unique(statement)
        head = _present(statement.head)
        atom = self._atom(head, {}, _fresh(statement))
        kind = self.predicates[atom.predicate].kind
        if kind not in ("cause", "hypothesis"):
            self.fail(head.name, f"{head.name} is declared {kind}; only a cause or hypothesis has a prior")
        probability = self._probability(statement.number)
        support = self._support(self._clauses(statement, ()))
        self.rules.append(Rule(name, (), atom, probability, support, self.line(statement)))

    def _exclude(self, statement: Statement) -> None:
        name = self._unique(statement)
        sorts: dict[str, str] = {}
        fresh = _fresh(statement)
        atoms = tuple(self._atom(atom, sorts, fresh) for atom in statement.body)
        if len(atoms) < 2 and not sorts:
            self.fail(statement.body[0].name, "an exclusion needs two atoms, or one with a variable")
        support = self._support(self._clauses(statement, ()))
        self.exclusions.append(Exclusion(name, atoms, support, self.line(statement)))

    def _unexplained(self, statement: Statement) -> None:
        head = _present(statement.head)
        atom = self._atom(head, {}, _fresh(statement))
        kind = self.predicates[atom.predicate].kind
        if kind != "observation":
            self.fail(head.name, f"{head.name} is declared {kind}; only an observation can stay unexplained")
        probability = self._probability(statement.number)
        support = self._support(self._clauses(statement, ()))
        self.unexplained.append(Unexplained(atom, probability, support, self.line(statement)))

    def _ask(self, statement: Statement) -> None:
        name = self._unique(statement)
        number = _present(statement.number)
        seconds = float(number)
        if not 0 < seconds < math.inf:
            self.fail(number, f"a question takes some seconds, more than 0, not {number[:20]}")
        sorts: dict[str, str] = {}
        fresh = _fresh(statement)
        reveals = tuple(self._atom(atom, sorts, fresh) for atom in statement.body)
        support = self._support(self._clauses(statement, ()))
        label = statement.label or Label("")
        self.questions.append(Question(name, label, seconds, reveals, support, self.line(statement)))

    def _observe(self, statement: Statement) -> None:
        head = _present(statement.head)
        atom = self._ground(head, "what is observed")
        if self.predicates[atom.predicate].kind == "given":
            self.fail(head.name, f"{head.name} is declared given", f"write given: {atom}")
        number = next((clause.number for clause in statement.clauses), None)
        unexplained = None if number is None else self._probability(number)
        if number is not None and statement.absent:
            self.fail(number, "what was seen to be absent needs no explanation, so it cannot be unexplained")
        self.observations.append(Observation(atom, statement.absent, unexplained, self.line(statement)))

    def _fact(self, statement: Statement) -> None:
        for written in statement.body:
            atom = self._ground(written, "what is given")
            kind = self.predicates[atom.predicate].kind
            if kind != "given":
                self.fail(
                    written.name,
                    f"{written.name} is declared {kind}, not given",
                    f"write observe {atom}, or declare it given",
                )
            self.given.append(atom)

    # Parts

    def _new(self, name: Token, known: Mapping[str, object], what: str) -> None:
        if name in known:
            self.fail(name, f"there is already a {what} called {name}", "give one of them another name")

    def _unique(self, statement: Statement) -> str:
        name = _present(statement.name)
        if name in self.names:
            self.fail(
                name, f"the name {name} is taken at {self.names[name]}", "give one of them another name"
            )
        self.names[str(name)] = f"{self.file}:{name.line}"
        return str(name)

    def _atom(self, written: Written, sorts: dict[str, str], fresh: Callable[[], str]) -> Atom:
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

    def _ground(self, written: Written, what: str) -> Atom:
        atom = self._atom(written, {}, lambda: "_")
        for term in written.terms:
            if is_variable(term):
                self.fail(term, f"{what} is said of a certain value, and {term} is a variable")
        return atom

    def _clauses(self, statement: Statement, allowed: Sequence[str]) -> dict[str, Clause]:
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

    def _support(self, clauses: dict[str, Clause]) -> Support:
        names: tuple[Token, ...] = clauses["source"].names if "source" in clauses else ()
        for name in names:
            if name not in self.sources:
                self.unknown(name, "source", list(self.sources))
        note = clauses["note"].text if "note" in clauses else ""
        return Support(tuple(intern(str(name)) for name in names), note)

    def _probability(self, number: Token | None) -> float:
        token = _present(number)
        value = float(token)
        if not 0 < value <= 1:
            self.fail(token, f"a probability is more than 0 and at most 1, not {token[:20]}")
        return value


def _present(part: Part | None) -> Part:
    if part is None:
        raise ValueError("the grammar gives every such statement this part")
    return part


def _fresh(statement: Statement) -> Callable[[], str]:
    """Names for the bare ``_`` of a statement, each a variable of its own: ``_`` if it is the only one."""
    atoms = statement.body if statement.head is None else (*statement.body, statement.head)
    terms = [str(term) for atom in atoms for term in atom.terms]
    if terms.count("_") <= 1:
        return lambda: "_"
    used = set(terms)
    names = (name for name in (f"_{number}" for number in count(1)) if name not in used)
    return lambda: next(names)
