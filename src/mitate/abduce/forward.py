"""A rule base read forwards, from causes to what they let us see: what sampling and prediction share.

Solving grounds backwards from what was observed and only what can matter; drawing a patient or predicting an
answer needs every instance, so the base is grounded whole, once, into index arrays.

The forward model, which docs/abduction.md describes: hidden atoms (all but observations) hold by their own
chance or by a rule that fires. Of an exclusive group of observations the members for which some rule fires
compete on equal terms; if none fires, one is drawn from the `unexplained` probabilities (divided by their sum
where that exceeds one), and what is left of one is the probability that none is seen. An observation outside
any group is a group of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from mitate.abduce.ground import MICRO, MOST_INSTANCES, Grounder
from mitate.abduce.language import Atom, Kind, KnowledgeBase, Situation, is_variable
from mitate.errors import InputError

__all__ = ["Instance", "Network", "Same", "instances_of", "network"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Instance:
    """A ground rule by the indices of its atoms; `rule` is its place in the base."""

    rule: int
    head: int
    body: tuple[int, ...]
    probability: float


def instances_of(kb: KnowledgeBase, pattern: Atom) -> tuple[Atom, ...]:
    """The ground atoms that a pattern with variables stands for, in the order of the sorts.

    Raises:
        InputError: the pattern's predicate is not declared.
    """
    if pattern.predicate not in kb.predicates:
        raise InputError(f"{pattern.predicate!r} is not declared", where=str(pattern))
    sorts = kb.predicates[pattern.predicate].sorts
    names = [f"_{place}" if term == "_" else term for place, term in enumerate(pattern.terms)]
    values = {
        name: tuple(kb.sorts[sort].values) if is_variable(name) else (name,)
        for name, sort in zip(names, sorts, strict=True)
    }
    bindings = (dict(zip(values, row, strict=True)) for row in product(*values.values()))
    return tuple(Atom(pattern.predicate, tuple(bound[name] for name in names)) for bound in bindings)


@dataclass(frozen=True, eq=False)
class Network:
    """A base grounded whole. Atoms are indices into `atoms`.

    Attributes:
        atoms, index, kinds: every ground atom, its index, the kind of its predicate.
        prior: the probability that a cause or hypothesis is true for no further reason, 0 where it has none.
        base: the probability that an observation is seen for no reason, as the groups use it.
        instances: every ground rule that concludes something.
        contradictions: bodies of ``never`` rules.
        groups: observations of which at most one is seen, each observation in one group.
        rivals: the atoms that cannot hold beside an atom.
    """

    kb: KnowledgeBase
    atoms: tuple[Atom, ...]
    index: Mapping[Atom, int]
    kinds: tuple[Kind, ...]
    prior: Array
    base: Array
    instances: tuple[Instance, ...]
    contradictions: tuple[tuple[int, ...], ...]
    groups: tuple[tuple[int, ...], ...]
    rivals: Mapping[int, frozenset[int]]

    @cached_property
    def using(self) -> Mapping[int, tuple[int, ...]]:
        """The instances in whose body an atom stands."""
        using: dict[int, list[int]] = {}
        for number, instance in enumerate(self.instances):
            for atom in set(instance.body):
                using.setdefault(atom, []).append(number)
        return {atom: tuple(numbers) for atom, numbers in using.items()}

    @cached_property
    def concluding(self) -> Mapping[int, tuple[int, ...]]:
        """The instances that conclude an atom."""
        concluding: dict[int, list[int]] = {}
        for number, instance in enumerate(self.instances):
            concluding.setdefault(instance.head, []).append(number)
        return {atom: tuple(numbers) for atom, numbers in concluding.items()}

    @cached_property
    def bodiless(self) -> tuple[int, ...]:
        """The instances without a body."""
        return tuple(number for number, instance in enumerate(self.instances) if not instance.body)

    @cached_property
    def group_of(self) -> Mapping[int, tuple[int, ...]]:
        """The group of each observation."""
        return {atom: group for group in self.groups for atom in group}

    def find(self, atom: Atom) -> int:
        """The index of a ground atom.

        Raises:
            InputError: the base has no such atom.
        """
        if atom not in self.index:
            raise InputError("this base has no such atom", where=str(atom))
        return self.index[atom]

    def excluded(self, situation: Situation) -> frozenset[int]:
        """The atoms that cannot hold in a situation: seen absent, or excluded by what is seen or given.

        Raises:
            InputError: an atom that the base does not have.
        """
        holding = [self.find(o.atom) for o in situation.observations if not o.absent]
        holding += [self.find(atom) for atom in situation.given]
        out = {self.find(o.atom) for o in situation.observations if o.absent}
        return frozenset(out.union(*(self.rivals.get(atom, ()) for atom in holding)).difference(holding))

    @cached_property
    def arrays(self) -> _Arrays:
        """The same rules and groups as padded arrays."""
        return _arrays(self)

    def marginals(self, held: Array, free: NDArray[np.bool_]) -> Array:
        """The probability of every atom, rows of cases at once, as if what leads to an atom were independent.

        Args:
            held: (cases, atoms) probabilities of the hidden atoms that are not `free`.
            free: (cases, atoms) hidden atoms to be computed from the rules, by noisy-or.

        Returns:
            (cases, atoms): hidden atoms as held or computed, observations by the competition in their group.
        """
        arrays = self.arrays
        cases, size = held.shape
        truth = np.ones((cases, size + 1))
        truth[:, :size] = np.where(free, 0.0, held)
        for _ in range(arrays.depth if free.any() else 0):
            fire = self.fired(truth)
            changed = np.where(free, fire, truth[:, :size])
            if np.abs(changed - truth[:, :size]).max(initial=0.0) < 1e-12:
                break
            truth[:, :size] = changed
        if not self.groups:
            return truth[:, :size]
        fire = np.concatenate([self.fired(truth), np.zeros((cases, 1))], axis=1)[:, arrays.members]
        nodes, weights = arrays.nodes, arrays.weights
        passing = 1 - fire[..., None] + fire[..., None] * nodes
        shares = (passing.prod(axis=2, keepdims=True) / passing) @ weights
        seen = fire * shares + (1 - fire).prod(axis=2, keepdims=True) * arrays.base
        result: Array = truth
        result[:, arrays.members.ravel()] = seen.reshape(cases, -1)
        return result[:, :size]

    def fired(self, truth: Array) -> Array:
        """(cases, atoms): the probability that some rule for the atom fires, given those of its body."""
        arrays = self.arrays
        if truth.shape[1] == len(self.atoms):
            truth = np.concatenate([truth, np.ones((len(truth), 1))], axis=1)
        fire = np.zeros((truth.shape[0], len(self.atoms)))
        if len(arrays.heads):
            miss = 1 - arrays.probability * truth[:, arrays.bodies].prod(axis=2)
            fire[:, arrays.heads] = 1 - np.multiply.reduceat(miss, arrays.starts, axis=1)
        return fire


@dataclass(frozen=True, slots=True)
class _Arrays:
    """Rules sorted by head, bodies padded with the index one past the last atom, which is always true."""

    bodies: NDArray[np.intp]
    probability: Array
    heads: NDArray[np.intp]
    starts: NDArray[np.intp]
    members: NDArray[np.intp]
    base: Array
    nodes: Array
    weights: Array
    depth: int


def _padded(rows: Sequence[Sequence[int]], filler: int) -> NDArray[np.intp]:
    table = np.full((len(rows), max(map(len, rows), default=1) or 1), filler, dtype=np.intp)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return table


def _arrays(net: Network) -> _Arrays:
    ordered = sorted(net.instances, key=lambda instance: instance.head)
    heads, starts = np.unique(np.array([i.head for i in ordered], dtype=np.intp), return_index=True)
    members = _padded(net.groups, len(net.atoms))
    base = np.append(net.base, 0.0)[members] if net.groups else np.zeros((0, 1))
    # The expected share of a contested place is the integral of a polynomial, which this rule does exactly.
    nodes, weights = np.polynomial.legendre.leggauss(members.shape[1] // 2 + 1)
    hidden = sum(1 for head in heads if net.kinds[head] != "observation")
    return _Arrays(
        bodies=_padded([i.body for i in ordered], len(net.atoms)),
        probability=np.array([i.probability for i in ordered]),
        heads=heads,
        starts=starts.astype(np.intp),
        members=members,
        base=base,
        nodes=(nodes + 1) / 2,
        weights=weights / 2,
        depth=min(hidden + 1, 100),
    )


class Same:
    """A base as a key: bases hold dictionaries, so they are told apart by identity."""

    __slots__ = ("kb",)

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb = kb

    def __hash__(self) -> int:
        return id(self.kb)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.kb is self.kb


def network(kb: KnowledgeBase) -> Network:
    """The base grounded whole; the last few bases are kept.

    Raises:
        InputError: it has more ground atoms or rule instances than can be held at once.
    """
    return _network(Same(kb))


@lru_cache(maxsize=8)
def _network(same: Same) -> Network:
    kb = same.kb
    sizes = [math.prod(len(kb.sorts[sort].values) for sort in p.sorts) for p in kb.predicates.values()]
    if sum(sizes) > MOST_INSTANCES:
        raise InputError(
            f"these rules speak of more than {MOST_INSTANCES:,} ground atoms",
            where=", ".join(kb.files) or None,
            todo="use smaller sorts",
        )
    grounder = Grounder(kb)
    atoms = [
        atom
        for predicate in kb.predicates.values()
        for atom in instances_of(kb, Atom(predicate.name, ("_",) * len(predicate.sorts)))
    ]
    numbers = [grounder.number(atom) for atom in atoms]
    place = {number: here for here, number in enumerate(numbers)}  # the grounder numbers as it meets them
    kinds = tuple(kb.predicates[atom.predicate].kind for atom in atoms)
    rivals = {
        place[number]: frozenset(place[other] for other in others)
        for number in numbers
        if (others := grounder.rivals(number))
    }
    groups = _groups(kinds, atoms, rivals, kb)
    return Network(
        kb=kb,
        atoms=tuple(atoms),
        index={atom: here for here, atom in enumerate(atoms)},
        kinds=kinds,
        prior=np.array([grounder.prior_probability(number) or 0.0 for number in numbers]),
        base=_base(np.array([_unexplained(grounder, number) for number in numbers]), groups),
        instances=tuple(
            Instance(i.rule, place[number], tuple(place[a] for a in i.body), kb.rules[i.rule].probability)
            for number in numbers
            for i in grounder.concluding(number)
        ),
        contradictions=tuple(
            dict.fromkeys(
                tuple(place[a] for a in i.body)
                for number in numbers
                for i in grounder.using(number)
                if i.head == -1
            )
        ),
        groups=groups,
        rivals=rivals,
    )


def _unexplained(grounder: Grounder, number: int) -> float:
    cost = grounder.unexplained(number)
    return 0.0 if cost is None else math.exp(-cost / MICRO)


def _groups(
    kinds: Sequence[Kind],
    atoms: Sequence[Atom],
    rivals: Mapping[int, frozenset[int]],
    kb: KnowledgeBase,
) -> tuple[tuple[int, ...], ...]:
    """Exclusive sets of observations: declared so (by the last exclusive place if there are several), or by
    an exclusion of observations that exclude nothing else."""
    grouped: dict[object, list[int]] = {}
    for number, atom in enumerate(atoms):
        if kinds[number] != "observation":
            continue
        places = kb.predicates[atom.predicate].one_of[-1:]
        clique = frozenset({number}) | rivals.get(number, frozenset())
        if places:
            kept = tuple(term for place, term in enumerate(atom.terms) if place not in places)
            grouped.setdefault((atom.predicate, kept), []).append(number)
        elif all(frozenset({other}) | rivals.get(other, frozenset()) == clique for other in clique):
            grouped.setdefault(clique, []).append(number)
        else:
            grouped[number] = [number]
    return tuple(map(tuple, grouped.values()))


def _base(unexplained: Array, groups: Sequence[Sequence[int]]) -> Array:
    base = unexplained.copy()
    for group in groups:
        base[list(group)] /= max(1.0, base[list(group)].sum())
    return base
