"""Ground instances of rules, made when first asked for and kept: nothing is grounded that cannot matter.

Atoms are numbered. Rules are compiled to templates (`mitate.abduce.template`), so that an instance costs a
few microseconds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from mitate.abduce.language import Atom, KnowledgeBase, Rule, is_variable
from mitate.abduce.template import Compiled, Key, Stated
from mitate.errors import InputError

__all__ = ["MICRO", "Grounder", "Instance", "OutOfTime", "cost_of"]

MICRO = 1_000_000
"""Micro-nats in a nat: all costs are whole numbers of them, so that sums are exact."""
MOST_INSTANCES = 500_000
"""More ground rules than this would not fit into two gigabytes once they are clauses."""


class OutOfTime(Exception):
    """The deadline passed while rules were being grounded; never leaves the engine."""


def cost_of(probability: float) -> int:
    """−log of a probability in whole micro-nats; 0 for certainty."""
    return round(-math.log(probability) * MICRO)


class Instance(NamedTuple):
    """A rule with its variables bound. `head` is −1 for a contradiction; `cost` is 0 for a certain rule."""

    rule: int
    head: int
    body: tuple[int, ...]
    values: tuple[str, ...]
    cost: int
    cost_false: int
    certain: bool


class Grounder:
    """The ground instances of a knowledge base, by the atom they conclude or use.

    Args:
        kb: a parsed knowledge base; nothing is grounded yet.
    """

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb = kb
        self.keys: list[Key] = []
        self.deadline = math.inf
        self._ids: dict[Key, int] = {}
        self._count = 0
        self._kept = 0
        self._concluding: dict[int, tuple[Instance, ...]] = {}
        self._using: dict[int, tuple[Instance, ...]] = {}
        self._rivals: dict[int, tuple[int, ...]] = {}
        self._priors: dict[int, int | None] = {}
        self._unexplained: dict[int, int | None] = {}
        self._by_head: dict[str, list[Compiled]] = {}
        self._by_body: dict[str, list[tuple[Compiled, int]]] = {}
        self._variables: dict[int, tuple[str, ...]] = {}
        self._costs: list[tuple[int, int]] = []
        self._own_priors: dict[str, Stated] = {}
        self._own_unexplained: dict[str, Stated] = {}
        self._ticks = 0
        self._excluding: dict[str, list[tuple[Compiled, int]]] = {}
        self._fixed_concluding: dict[int, list[Instance]] = {}
        self._fixed_using: dict[int, list[Instance]] = {}
        self._atoms: dict[int, Atom] = {}
        self._compile()

    def _compile(self) -> None:
        for number, rule in enumerate(self.kb.rules):
            miss = 1 - rule.probability
            self._costs.append((cost_of(rule.probability), cost_of(miss) if miss > 0 else 0))
            if rule.head is not None and not rule.body:
                stated = self._own_priors.setdefault(rule.head.predicate, Stated())
                stated.add(number, rule.head, rule.probability)
                continue
            atoms = rule.body if rule.head is None else (rule.head, *rule.body)
            if not any(is_variable(term) for atom in atoms for term in atom.terms):
                self._fix(number, rule)
                continue
            compiled = Compiled(number, atoms, self.kb)
            self._variables[number] = compiled.variables
            if rule.head is not None:
                self._by_head.setdefault(rule.head.predicate, []).append(compiled)
            if rule.head is None or rule.probability == 1:
                first = 0 if rule.head is None else 1
                for place in range(first, len(atoms)):
                    self._by_body.setdefault(atoms[place].predicate, []).append((compiled, place))
        for number, line in enumerate(self.kb.unexplained):
            stated = self._own_unexplained.setdefault(line.atom.predicate, Stated())
            stated.add(number, line.atom, line.probability)
        for number, exclusion in enumerate(self.kb.exclusions):
            compiled = Compiled(number, exclusion.atoms, self.kb)
            for place, atom in enumerate(exclusion.atoms):
                self._excluding.setdefault(atom.predicate, []).append((compiled, place))

    def _fix(self, number: int, rule: Rule) -> None:
        """Files a rule without variables, which is its own only instance."""
        head = -1 if rule.head is None else self.number(rule.head)
        body = tuple(map(self.number, rule.body))
        certain = rule.probability == 1
        instance = Instance(number, head, body, (), *self._costs[number], certain)
        if rule.head is not None:
            self._fixed_concluding.setdefault(head, []).append(instance)
        if certain or rule.head is None:
            for atom in dict.fromkeys(body):
                self._fixed_using.setdefault(atom, []).append(instance)

    @property
    def forward(self) -> bool:
        """Whether some rule must be followed forwards: a certain one or a contradiction."""
        return bool(self._by_body or self._fixed_using)

    @cached_property
    def consequential(self) -> bool:
        """Whether what follows for certain can matter by itself: contradict, or name further causes."""
        kb = self.kb
        return self.forward and (
            bool(kb.exclusions)
            or any(predicate.one_of for predicate in kb.predicates.values())
            or any(
                rule.head is None
                or (rule.probability == 1 and kb.predicates[rule.head.predicate].kind == "cause")
                for rule in kb.rules
            )
        )

    def number(self, atom: Atom) -> int:
        """The number of a ground atom."""
        return self._number((atom.predicate, *atom.terms))

    def atom(self, number: int) -> Atom:
        """The ground atom with that number."""
        found = self._atoms.get(number)
        if found is None:
            key = self.keys[number]
            found = self._atoms[number] = Atom(key[0], key[1:])
        return found

    def _number(self, key: Key) -> int:
        found = self._ids.get(key)
        if found is None:
            found = self._ids[key] = len(self.keys)
            self.keys.append(key)
        return found

    def concluding(self, number: int) -> tuple[Instance, ...]:
        """The instances of rules that conclude an atom."""
        found = self._concluding.get(number)
        if found is None:
            key = self.keys[number]
            made = list(self._fixed_concluding.get(number, ()))
            for rule in self._by_head.get(key[0], ()):
                self.tick()
                bound = rule.templates[0].match(key)
                if bound is not None:
                    made.extend(self._instances(rule, bound))
            found = self._concluding[number] = tuple(made)
            self._kept = self._count
        return found

    def using(self, number: int) -> tuple[Instance, ...]:
        """The instances of certain rules and of contradictions that have an atom in their body."""
        found = self._using.get(number)
        if found is None:
            key = self.keys[number]
            made = {(i.rule, i.values): i for i in self._fixed_using.get(number, ())}
            for rule, place in self._by_body.get(key[0], ()):
                self.tick()
                bound = rule.templates[place].match(key)
                if bound is not None:
                    for instance in self._instances(rule, bound):
                        made[instance.rule, instance.values] = instance
            found = self._using[number] = tuple(made.values())
            self._kept = self._count
        return found

    def tick(self) -> None:
        """One step of work on ground atoms; every so often looks at the clock.

        Raises:
            OutOfTime: the deadline passed.
        """
        self._ticks += 1
        if not self._ticks & 127 and time.monotonic() >= self.deadline:
            raise OutOfTime

    def _instances(self, rule: Compiled, bound: dict[int, str]) -> Iterator[Instance]:
        whole = self.kb.rules[rule.number]
        cost, cost_false = self._costs[rule.number]
        certain = whole.probability == 1
        first = 0 if whole.head is None else 1
        number = self._number
        readers = [(t.read, t.key, tail) for t, tail in zip(rule.templates, rule.tails, strict=True)]
        for row in rule.rows(bound):
            self._one_more()
            atoms = [number(read(row + tail)) if key is None else number(key) for read, key, tail in readers]
            head = atoms[0] if first else -1
            yield Instance(rule.number, head, tuple(atoms[first:]), row, cost, cost_false, certain)

    def _one_more(self) -> None:
        self._count += 1
        if self._count & 255:
            return
        if time.monotonic() >= self.deadline:
            self._count = self._kept  # what is not finished is not kept
            raise OutOfTime
        if self._count > MOST_INSTANCES:
            raise InputError(
                f"the rules that matter here have more than {MOST_INSTANCES:,} ground instances",
                where=", ".join(self.kb.files) or None,
                todo="use fewer variables in a rule, or smaller sorts",
            )

    def rivals(self, number: int) -> tuple[int, ...]:
        """The atoms that cannot be true together with an atom: other values of its place, and exclusions."""
        found = self._rivals.get(number)
        if found is None:
            found = self._rivals[number] = tuple(dict.fromkeys(self._rivals_of(number)))
            self._kept = self._count
        return found

    def _rivals_of(self, number: int) -> Iterator[int]:
        key = self.keys[number]
        predicate = self.kb.predicates[key[0]]
        for place in predicate.one_of:
            for value in self.kb.sorts[predicate.sorts[place]].values:
                if value != key[place + 1]:
                    yield self._number((*key[: place + 1], value, *key[place + 2 :]))
        for exclusion, place in self._excluding.get(key[0], ()):
            self.tick()
            bound = exclusion.templates[place].match(key)
            if bound is None:
                continue
            for row in exclusion.rows(bound):
                self._one_more()
                for other, template in enumerate(exclusion.templates):
                    made = template.key or template.read(row + exclusion.tails[other])
                    if other != place and made != key:
                        yield self._number(made)

    def prior(self, number: int) -> int | None:
        """What it costs to assume an atom; None where it cannot be assumed."""
        if number not in self._priors:
            probability = self.prior_probability(number)
            self._priors[number] = None if probability is None else cost_of(probability)
        return self._priors[number]

    def prior_probability(self, number: int) -> float | None:
        """The probability that an atom holds for no further reason; None where it cannot be assumed."""
        key = self.keys[number]
        predicate = self.kb.predicates[key[0]]
        if predicate.kind not in ("cause", "hypothesis"):
            return None
        stated = self._own_priors.get(key[0])
        return predicate.prior if stated is None else stated.of(key, predicate.prior)

    def binding(self, instance: Instance) -> tuple[tuple[str, str], ...]:
        """The variables of an instance's rule with their values."""
        return tuple(zip(self._variables.get(instance.rule, ()), instance.values, strict=True))

    def unexplained(self, number: int) -> int | None:
        """What it costs to leave an observation unexplained; None where it must be explained."""
        if number not in self._unexplained:
            key = self.keys[number]
            predicate = self.kb.predicates[key[0]]
            chosen = predicate.unexplained if predicate.kind == "observation" else None
            if (stated := self._own_unexplained.get(key[0])) is not None:
                chosen = stated.of(key, chosen)
            self._unexplained[number] = None if chosen is None else cost_of(chosen)
        return self._unexplained[number]

    def is_cause(self, number: int) -> bool:
        """Whether an atom makes a difference in substance."""
        return self.kb.predicates[self.keys[number][0]].kind == "cause"
