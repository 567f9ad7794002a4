"""The choice of a proof as weighted partial MaxSAT, and the way back from a model to an explanation.

A variable for each step says that it is used, one for each etcetera literal that it is paid, one for each
pair that can be shared that the later is the same as the earlier. A used step's goals each need a step; its
literals are each paid or the same as an earlier used one, so the first of equals is always paid; sameness
needs equal terms. Only payment costs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence, Set
from itertools import compress, count

from mitate.abduce.dominance import Shared
from mitate.abduce.entailment import ClauseExplanation, Paid, ProofStep
from mitate.abduce.etcetera import Literal, is_unknown
from mitate.abduce.prooftree import Goal, Leaf, Step, Terms, Tree
from mitate.abduce.unify import Classes, Equalities, Pair, at_most_one

__all__ = ["Encoding", "alone"]


class Encoding:
    """The clauses and costs of a tree of proofs; `clauses` are complete only after `write`.

    Attributes:
        clauses: as in DIMACS; all must hold.
        cost_of: micro-nats of the variables that cost something when true.
        size: about how many clauses there will be.
        last: the number of the last variable.
    """

    def __init__(self, tree: Tree, shared: Shared) -> None:
        self._tree = tree
        self._leaves, self._pairs = shared
        steps = tree.steps()
        self._step = {id(step): number for number, step in enumerate(steps, 1)}
        self._paid = {id(leaf): number for number, leaf in enumerate(self._leaves, len(steps) + 1)}
        first = len(steps) + len(self._leaves) + 1
        self._same: dict[Pair, int] = {pair: number for number, pair in enumerate(self._pairs, first)}
        self.cost_of = {self._paid[id(leaf)]: leaf.cost for leaf in self._leaves}
        self.clauses: list[list[int]] = []
        self._fresh = count(first + len(self._pairs))
        self._equalities = Equalities(tree.terms, self._possible(steps), self._fresh)
        self.size = self._equalities.size + 8 * len(self._pairs) + 8 * len(steps)
        self.last = 0

    def write(self) -> None:
        """Writes all clauses."""
        self._write_proofs(self._tree.steps())
        self._write_payment()
        self.clauses += self._equalities.clauses
        self.last = next(self._fresh) - 1

    def explanation(self, true: Set[int]) -> ClauseExplanation:
        """The explanation that a model (its true variables) stands for."""
        classes = Classes(self._tree.terms)
        for step in self._tree.steps():
            if self._step[id(step)] in true:
                _merge(classes, step.equal)
        for (a, b), same in self._same.items():
            one, other = self._leaves[a], self._leaves[b]
            if same in true and self._step[id(other.step)] in true:
                _merge(classes, list(zip(one.terms, other.terms, strict=True)))
        return _explanation(self._tree, classes, self.proof(true))

    def proof(self, true: Set[int]) -> list[Step]:
        """The steps of the proof that a model uses."""
        return _proof(self._tree, lambda step: self._step[id(step)] in true)

    def not_again(self, true: Set[int]) -> list[int]:
        """The clause that rules out the proof of a model."""
        return [-self._step[id(step)] for step in self.proof(true)]

    def _possible(self, steps: list[Step]) -> list[tuple[int, int]]:
        found = {pair for step in steps for pair in step.equal}
        for a, b in self._pairs:
            found.update(zip(self._leaves[a].terms, self._leaves[b].terms, strict=True))
        return sorted((a, b) for a, b in found if a != b)

    def _write_proofs(self, steps: list[Step]) -> None:
        shares = self._shared_whole()
        for goal in self._tree.goals:
            choices = [self._step[id(step)] for step in goal.steps]
            self.clauses += at_most_one(choices, self._fresh)
            if goal.parent is None:
                self.clauses.append(choices)
                continue
            above, whole = self._step[id(goal.parent)], shares[id(goal.parent)]
            self.clauses.append([-above, *whole, *choices])
            self.clauses += ([-choice, above] for choice in choices)
            self.clauses += ([-choice, -same] for choice in choices for same in whole)
        for step in steps:
            self._need(self._step[id(step)], step.equal)

    def _shared_whole(self) -> defaultdict[int, list[int]]:
        """For each step the variables that say it is the same as another, which then proves its body too."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for (a, b), same in self._same.items():
            one, other = self._leaves[a], self._leaves[b]
            if one.whole and one.step.clause is other.step.clause:
                found[id(other.step)].append(same)
        return found

    def _write_payment(self) -> None:
        payers: defaultdict[int, list[int]] = defaultdict(list)
        for (a, b), same in self._same.items():
            one, other = self._leaves[a], self._leaves[b]
            payers[b].append(same)
            self.clauses.append([-same, self._paid[id(one)]])
            self.clauses.append([-same, self._step[id(other.step)]])
            self._need(same, list(zip(one.terms, other.terms, strict=True)))
        for place, leaf in enumerate(self._leaves):
            used, paid = self._step[id(leaf.step)], self._paid[id(leaf)]
            self.clauses += [[-used, paid, *payers[place]], [-paid, used]]

    def _need(self, condition: int, equal: list[tuple[int, int]]) -> None:
        for one, other in equal:
            needed = self._equalities.need(one, other)
            if needed is not None:
                self.clauses.append([-condition, needed] if needed else [-condition])


def alone(tree: Tree) -> ClauseExplanation | None:
    """The explanation whose proofs share nothing but what is equal as it stands; None if there is none."""
    if tree.solo() == float("inf"):
        return None
    steps = _proof(tree, lambda step: step.solo == step.goal.solo)
    return _explanation(tree, Classes(tree.terms), steps)


def _merge(classes: Classes, equal: list[tuple[int, int]]) -> None:
    for one, other in equal:
        if not classes.merge(one, other):
            raise RuntimeError("a model makes two constants equal: the encoding is wrong")


def _proof(tree: Tree, used: Callable[[Step], bool]) -> list[Step]:
    """The steps that are used, from the roots on; a step that is the same as another has none below it."""
    found: list[Step] = []
    waiting: list[Goal] = list(reversed(tree.roots))
    while waiting:
        step = next((step for step in waiting.pop().steps if used(step)), None)
        if step is not None:
            found.append(step)
            waiting += reversed(step.children)
    return found


def _explanation(tree: Tree, classes: Classes, steps: list[Step]) -> ClauseExplanation:
    names = _Names(tree.terms, classes)
    merged: dict[tuple[str, float, tuple[int, ...]], list[Leaf]] = {}
    for step in steps:
        for leaf in step.leaves:
            key = (leaf.predicate, leaf.probability, tuple(map(classes.find, leaf.terms)))
            merged.setdefault(key, []).append(leaf)
    paid = tuple(
        Paid(names.literal(same[0].predicate, same[0].terms), same[0].probability, same[0].cost, len(same))
        for same in merged.values()
    )
    proof = []
    for step in steps:
        head = names.literal(step.goal.predicate, step.goal.terms)
        body = tuple(names.literal(child.predicate, child.terms) for child in step.children)
        proof.append(ProofStep(head, body, step.clause))
    proof = _in_order(proof)
    unknown = {term for goal in tree.roots for term in goal.terms if is_unknown(tree.terms.names[term])}
    bindings = {tree.terms.names[term]: names.of(term) for term in sorted(unknown)}
    bindings = {name: value for name, value in bindings.items() if name != value}
    return ClauseExplanation(sum(one.cost for one in paid), paid, tuple(proof), bindings)


def _in_order(steps: Sequence[ProofStep]) -> list[ProofStep]:
    """Each step once, after those that prove its body."""
    proved: set[Literal] = set()
    ordered: list[ProofStep] = []
    waiting = list(dict.fromkeys(steps))
    while waiting:
        ready = [proved.issuperset(step.body) for step in waiting]
        if not any(ready):
            raise RuntimeError("a proof supports itself: the encoding is wrong")
        ordered += compress(waiting, ready)
        proved.update(step.head for step in compress(waiting, ready))
        waiting = [step for step, is_ready in zip(waiting, ready, strict=True) if not is_ready]
    return ordered


class _Names:
    """Names of terms for people, the unknown ones numbered as they come up."""

    def __init__(self, terms: Terms, classes: Classes) -> None:
        self._terms = terms
        self._classes = classes
        self._numbered: dict[int, str] = {}

    def of(self, term: int) -> str:
        root = self._classes.find(term)
        name = self._terms.names[root]
        return name or self._numbered.setdefault(root, f"?{len(self._numbered) + 1}")

    def literal(self, predicate: str, terms: tuple[int, ...]) -> Literal:
        return Literal(predicate, tuple(map(self.of, terms)))
