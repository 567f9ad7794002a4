"""What in a knowledge base can hold, lead to an observation, or run in a circle, before anything is grounded.

Atoms are compared as patterns: ``p(X, left)`` meets ``p(right, left)``. A variable that stands twice in one
atom is taken for two, so that what is called unreachable here is unreachable indeed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from mitate.abduce.language import Atom, KnowledgeBase, is_variable

__all__ = ["Patterns", "circles", "meets", "possible", "useful"]

Node = TypeVar("Node")


def meets(one: Atom, other: Atom) -> bool:
    """Whether two patterns have an instance in common."""
    return one.predicate == other.predicate and all(
        left == right or is_variable(left) or is_variable(right)
        for left, right in zip(one.terms, other.terms, strict=True)
    )


class Patterns:
    """Patterns that can be asked which of them meet another."""

    def __init__(self, atoms: Iterable[Atom]) -> None:
        self._ground: set[Atom] = set()
        self._open: dict[str, dict[Atom, None]] = {}
        self._all: dict[str, dict[Atom, None]] = {}
        for atom in atoms:
            self._all.setdefault(atom.predicate, {})[atom] = None
            if any(atom.variables()):
                self._open.setdefault(atom.predicate, {})[atom] = None
            else:
                self._ground.add(atom)

    def meeting(self, atom: Atom) -> Iterator[Atom]:
        """The patterns that have an instance in common with `atom`."""
        candidates: Iterable[Atom] = self._all.get(atom.predicate, ())
        if not any(atom.variables()):  # then only the same one, or an open one: large ground bases stay fast
            if atom in self._ground:
                yield atom
            candidates = self._open.get(atom.predicate, ())
        yield from (other for other in candidates if meets(atom, other))

    def meet(self, atom: Atom) -> bool:
        """Whether any pattern has an instance in common with `atom`."""
        return next(self.meeting(atom), None) is not None


def possible(kb: KnowledgeBase) -> tuple[bool, ...]:
    """Which rules could fire: whose bodies can be assumed, given or derived, contradictions left aside."""
    assumable = Patterns(rule.head for rule in kb.rules if rule.head is not None and not rule.body)
    patterns = Patterns(atom for rule in kb.rules for atom in rule.body)
    waiting: dict[Atom, list[int]] = {}
    missing = []
    for number, rule in enumerate(kb.rules):
        missing.append(len(set(rule.body)))
        for atom in set(rule.body):
            waiting.setdefault(atom, []).append(number)
    holding: set[Atom] = set()
    queue: deque[Atom] = deque()

    def hold(atoms: Iterable[Atom]) -> None:
        for atom in atoms:
            if atom not in holding:
                holding.add(atom)
                queue.append(atom)

    for atom in waiting:
        predicate = kb.predicates[atom.predicate]
        if predicate.kind == "given" or predicate.prior is not None or assumable.meet(atom):
            hold([atom])
    while queue:
        for number in waiting[queue.popleft()]:
            missing[number] -= 1
            head = kb.rules[number].head
            if missing[number] == 0 and head is not None:
                hold(patterns.meeting(head))
    return tuple(count == 0 for count in missing)


def useful(kb: KnowledgeBase) -> frozenset[str]:
    """The predicates from which, forwards through the rules, something that can be observed is reached."""
    seen = Patterns(observation.atom for observation in kb.situation.observations)
    concluding: dict[Atom, list[int]] = {}
    for number, rule in enumerate(kb.rules):
        if rule.head is not None and rule.body:
            concluding.setdefault(rule.head, []).append(number)
    heads = Patterns(concluding)
    found: set[Atom] = set()
    queue = deque(
        head for head in concluding if kb.predicates[head.predicate].kind == "observation" or seen.meet(head)
    )
    done = set(queue)
    while queue:
        for number in concluding[queue.popleft()]:
            for atom in kb.rules[number].body:
                if atom in found:
                    continue
                found.add(atom)
                for head in heads.meeting(atom):
                    if head not in done:
                        done.add(head)
                        queue.append(head)
    observed = {observation.atom.predicate for observation in kb.situation.observations}
    return frozenset({atom.predicate for atom in found} | observed)


def circles(kb: KnowledgeBase) -> list[list[int]]:
    """Sets of rules by which an atom can support itself, each in the order of the base."""
    concluding = Patterns(rule.head for rule in kb.rules if rule.head is not None and rule.body)
    by_head: dict[Atom, list[int]] = {}
    for number, rule in enumerate(kb.rules):
        if rule.head is not None and rule.body:
            by_head.setdefault(rule.head, []).append(number)
    # A rule depends on a body pattern, a body pattern on the heads it meets, a head on its rules.
    edges: dict[object, list[object]] = {}
    for head, numbers in by_head.items():
        edges["head", head] = list(numbers)
        for number in numbers:
            edges[number] = [("body", atom) for atom in kb.rules[number].body]
            for atom in kb.rules[number].body:
                if ("body", atom) not in edges:
                    edges["body", atom] = [("head", other) for other in concluding.meeting(atom)]
    found = [sorted(node for node in part if isinstance(node, int)) for part in _components(edges)]
    return sorted(part for part in found if part)


def _components(edges: Mapping[Node, Sequence[Node]]) -> Iterator[Collection[Node]]:
    """Strongly connected components of two nodes or more (R. Tarjan, SIAM J. Comput. 1, 1972)."""
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    stacked: set[Node] = set()
    for root in edges:
        work = [] if root in index else [(root, iter(edges[root]))]
        while work:
            node, following = work[-1]
            if node not in index:
                index[node] = low[node] = len(index)
                stack.append(node)
                stacked.add(node)
            for other in following:
                if other not in index:
                    work.append((other, iter(edges[other])))
                    break
                if other in stacked:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    place = _from_end(stack, node)
                    part = stack[place:]
                    del stack[place:]
                    stacked.difference_update(part)
                    if len(part) > 1:
                        yield part


def _from_end(stack: Sequence[Node], node: Node) -> int:
    place = len(stack) - 1
    while stack[place] != node:
        place -= 1
    return place
