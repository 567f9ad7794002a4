"""From statements to a knowledge base: every name looked up, every place's sort and every number checked.

A line of the result is counted as `mitate.abduce.names.LINES_PER_FILE` says, so that several files read as
one knowledge base can still be told apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from sys import intern
from typing import TypeVar

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
    Unexplained,
)
from mitate.abduce.names import did_you_mean
from mitate.abduce.scope import Scope, fresh_names, present
from mitate.abduce.statements import Clause, Statement

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


class _Build(Scope):
    """The knowledge base as it grows."""

    def __init__(self) -> None:
        super().__init__()
        self.titles: dict[str, Label] = {}
        self.rules: list[Rule] = []
        self.exclusions: list[Exclusion] = []
        self.unexplained: list[Unexplained] = []
        self.questions: list[Question] = []
        self.observations: list[Observation] = []
        self.given: list[Atom] = []

    def finished(self, files: tuple[str, ...]) -> KnowledgeBase:
        """What was built, from the files in the order in which they were read."""
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

    def declare(self, statement: Statement) -> None:
        """Take in a source, sort, predicate or title; anything else is left for `use`."""
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
        """Take in a statement that speaks of what has been declared."""
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

    def _source(self, statement: Statement) -> None:
        name = present(statement.name)
        self.new(name, self.sources, "source")
        convention = statement.kind == "convention"
        cap = 1.0
        if statement.number is not None:
            cap = float(statement.number)
            if not 1 <= cap < math.inf:
                self.fail(
                    statement.number, f"a convention's greatest likelihood ratio is 1 or more, not {cap:g}"
                )
        self.clauses(statement, ())
        self.sources[str(name)] = Source(
            str(name), statement.text, statement.url, convention, cap, self.line(statement)
        )

    def _sort(self, statement: Statement) -> None:
        name = present(statement.name)
        self.new(name, self.sorts, "sort")
        values: dict[str, Label] = {}
        for value, label in statement.values:
            self.new(value, values, f"value of {name}")
            values[intern(str(value))] = label or Label(str(value))
        self.sorts[str(name)] = Sort(str(name), statement.label or Label(""), values, self.line(statement))

    def _predicate(self, statement: Statement) -> None:
        name, kind = present(statement.name), _KINDS[statement.kind]
        self.new(name, self.predicates, "predicate")
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
        traits = self.clauses(statement, allowed)
        self.predicates[intern(str(name))] = Predicate(
            intern(str(name)),
            kind,
            sorts,
            label,
            self._one_of(traits.get("one"), statement),
            self.probability(traits["prior"].number) if "prior" in traits else None,
            self.probability(traits["unexplained"].number) if "unexplained" in traits else None,
            self.support(traits),
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

    def _rule(self, statement: Statement) -> None:
        name = self.unique(statement)
        sorts: dict[str, str] = {}
        fresh = fresh_names(statement)
        body = tuple(self.atom(atom, sorts, fresh) for atom in statement.body)
        for written in statement.body:
            if self.predicates[str(written.name)].kind == "observation":
                self.fail(
                    written.name,
                    f"{written.name} is an observation, and an observation cannot stand in a body",
                    "declare it `given` or `derived`",
                )
        head = None if statement.head is None else self.atom(statement.head, sorts, fresh)
        probability = 1.0 if statement.number is None else self.probability(statement.number)
        support = self.support(self.clauses(statement, ()))
        self.rules.append(Rule(name, body, head, probability, support, self.line(statement)))

    def _prior(self, statement: Statement) -> None:
        name = self.unique(statement)
        head = present(statement.head)
        atom = self.atom(head, {}, fresh_names(statement))
        kind = self.predicates[atom.predicate].kind
        if kind not in ("cause", "hypothesis"):
            self.fail(head.name, f"{head.name} is declared {kind}; only a cause or hypothesis has a prior")
        probability = self.probability(statement.number)
        support = self.support(self.clauses(statement, ()))
        self.rules.append(Rule(name, (), atom, probability, support, self.line(statement)))

    def _exclude(self, statement: Statement) -> None:
        name = self.unique(statement)
        sorts: dict[str, str] = {}
        fresh = fresh_names(statement)
        atoms = tuple(self.atom(atom, sorts, fresh) for atom in statement.body)
        if len(atoms) < 2:
            alone = statement.body[0].name
            todo = f"for any two of its instances write {alone}(X), {alone}(Y)" if atoms[0].terms else None
            self.fail(alone, "an exclusion needs two atoms", todo)
        support = self.support(self.clauses(statement, ()))
        self.exclusions.append(Exclusion(name, atoms, support, self.line(statement)))

    def _unexplained(self, statement: Statement) -> None:
        head = present(statement.head)
        atom = self.atom(head, {}, fresh_names(statement))
        kind = self.predicates[atom.predicate].kind
        if kind != "observation":
            self.fail(head.name, f"{head.name} is declared {kind}; only an observation can stay unexplained")
        probability = self.probability(statement.number)
        support = self.support(self.clauses(statement, ()))
        self.unexplained.append(Unexplained(atom, probability, support, self.line(statement)))

    def _ask(self, statement: Statement) -> None:
        name = self.unique(statement)
        number = present(statement.number)
        seconds = float(number)
        if not 0 < seconds < math.inf:
            self.fail(number, f"a question takes some seconds, more than 0, not {number[:20]}")
        sorts: dict[str, str] = {}
        fresh = fresh_names(statement)
        reveals = tuple(self.atom(atom, sorts, fresh) for atom in statement.body)
        support = self.support(self.clauses(statement, ()))
        label = statement.label or Label("")
        self.questions.append(Question(name, label, seconds, reveals, support, self.line(statement)))

    def _observe(self, statement: Statement) -> None:
        head = present(statement.head)
        atom = self.ground(head, "what is observed")
        if self.predicates[atom.predicate].kind == "given":
            self.fail(head.name, f"{head.name} is declared given", f"write given: {atom}")
        number = next((clause.number for clause in statement.clauses), None)
        unexplained = None if number is None else self.probability(number)
        if number is not None and statement.absent:
            self.fail(number, "what was seen to be absent needs no explanation, so it cannot be unexplained")
        self.observations.append(Observation(atom, statement.absent, unexplained, self.line(statement)))

    def _fact(self, statement: Statement) -> None:
        for written in statement.body:
            atom = self.ground(written, "what is given")
            kind = self.predicates[atom.predicate].kind
            if kind != "given":
                self.fail(
                    written.name,
                    f"{written.name} is declared {kind}, not given",
                    f"write observe {atom}, or declare it given",
                )
            self.given.append(atom)
