"""The reasoner against an enumerator written from the definition alone, on random knowledge bases."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.abduce.language import Atom, KnowledgeBase, Predicate, Situation, is_variable
from mitate.abduce.solve import Explanation, Reasoner
from mitate.errors import InputError

Problem = tuple[KnowledgeBase, Situation]
Problems = Callable[..., st.SearchStrategy[Problem]]

MOST_CHANCES = 12


# The enumerator: sets of atoms are the bits of a number


class World(NamedTuple):
    """An admissible set of chances, by what follows from it."""

    cost: int
    causes: frozenset[Atom]
    model: frozenset[Atom]


def cost(probability: float) -> int:
    return round(-math.log(probability) * 1e6)


def apart(atoms: Iterable[Atom]) -> list[Atom]:
    fresh = (f"_{n}" for n in itertools.count())
    return [Atom(a.predicate, tuple(next(fresh) if t == "_" else t for t in a.terms)) for a in atoms]


def ground(kb: KnowledgeBase, atoms: Iterable[Atom]) -> Iterator[list[Atom]]:
    """Every instance of some atoms that share their variables."""
    atoms = apart(atoms)
    sorts = {
        term: kb.sorts[sort]
        for atom in atoms
        for term, sort in zip(atom.terms, kb.predicates[atom.predicate].sorts, strict=True)
        if is_variable(term)
    }
    for values in itertools.product(*(sort.values for sort in sorts.values())):
        yield [atom.bind(dict(zip(sorts, values, strict=True))) for atom in atoms]


def instances(kb: KnowledgeBase, predicate: Predicate) -> list[Atom]:
    return [one for (one,) in ground(kb, [Atom(predicate.name, ("_",) * len(predicate.sorts))])]


def excluded(kb: KnowledgeBase) -> set[frozenset[Atom]]:
    pairs: set[frozenset[Atom]] = set()
    for predicate in kb.predicates.values():
        for one, other in itertools.combinations(instances(kb, predicate), 2):
            differing = [i for i, (a, b) in enumerate(zip(one.terms, other.terms, strict=True)) if a != b]
            if len(differing) == 1 and differing[0] in predicate.one_of:
                pairs.add(frozenset((one, other)))
    for exclusion in kb.exclusions:
        for atoms in ground(kb, exclusion.atoms):
            pairs |= {frozenset(pair) for pair in itertools.combinations(atoms, 2) if pair[0] != pair[1]}
    return pairs


def last_of(
    lines: Iterable[tuple[Atom, float]], atom: Atom, kb: KnowledgeBase, default: float | None
) -> float | None:
    for pattern, probability in lines:
        if pattern.predicate == atom.predicate and [atom] in list(ground(kb, [pattern])):
            default = probability
    return default


def assumable(kb: KnowledgeBase) -> dict[Atom, int]:
    own = [(rule.head, rule.probability) for rule in kb.rules if rule.head is not None and not rule.body]
    found = {}
    for predicate in kb.predicates.values():
        if predicate.kind in ("cause", "hypothesis"):
            for atom in instances(kb, predicate):
                prior = last_of(own, atom, kb, predicate.prior)
                if prior is not None:
                    found[atom] = cost(prior)
    return found


def chances(kb: KnowledgeBase) -> int:
    rules = [r for r in kb.rules if r.body and r.head is not None and r.probability < 1]
    return len(assumable(kb)) + sum(
        sum(1 for _ in ground(kb, (*r.body, r.head))) for r in rules if r.head is not None
    )


def free_costs(kb: KnowledgeBase, situation: Situation) -> dict[Atom, int | None]:
    """What it costs to leave each observation unexplained."""
    own = [(line.atom, line.probability) for line in kb.unexplained]
    found = {}
    for seen in situation.observations:
        predicate = kb.predicates[seen.atom.predicate]
        default = predicate.unexplained if predicate.kind == "observation" else None
        free = last_of(own, seen.atom, kb, default) if seen.unexplained is None else seen.unexplained
        found[seen.atom] = None if free is None else cost(free)
    return found


def least_model(facts: int, rules: list[tuple[int, int]]) -> int:
    model, before = facts, -1
    while model != before:
        before = model
        for body, head in rules:
            if not body & ~model:
                model |= head
    return model


def worlds(kb: KnowledgeBase, situation: Situation) -> list[World]:
    """Every admissible set of chances."""
    every = [atom for predicate in kb.predicates.values() for atom in instances(kb, predicate)]
    bit = {atom: 1 << place for place, atom in enumerate(every)}

    def bits(atoms: Iterable[Atom]) -> int:
        return sum(bit[atom] for atom in set(atoms))

    certain, chance, never = [], [], []
    for rule in kb.rules:
        if not rule.body:
            continue
        for made in ground(kb, rule.body if rule.head is None else (*rule.body, rule.head)):
            if rule.head is None:
                never.append(bits(made))
            elif rule.probability == 1:
                certain.append((bits(made[:-1]), bit[made[-1]]))
            else:
                missed = cost(1 - rule.probability)
                chance.append((bits(made[:-1]), bit[made[-1]], cost(rule.probability), missed))
    pairs = excluded(kb)
    present = {o.atom for o in situation.observations if not o.absent} - set(situation.given)
    gone = {o.atom for o in situation.observations if o.absent}
    for pair in pairs:
        gone |= {other for other in pair for one in pair - {other} if one in present | {*situation.given}}
    never += [bits(pair) for pair in pairs] + [bit[atom] for atom in gone]
    absent = bits(gone)
    free = free_costs(kb, situation)
    causes = bits(atom for atom in every if kb.predicates[atom.predicate].kind == "cause")
    found = []
    priors = [(bit[atom], price) for atom, price in assumable(kb).items()]
    # Assumptions; then the chances of rules one by one: one whose body does not hold changes nothing, and as
    # more comes true more holds, so that what is not admissible stays so.
    todo = [(0, bits(situation.given), 0, 0, certain)]
    while todo:
        place, facts, decided, total, rules = todo.pop()
        model = least_model(facts, rules)
        if any(not body & ~model for body in never):
            continue
        if place < len(priors):
            one, price = priors[place]
            todo.append((place + 1, facts, decided, total, rules))
            todo.append((place + 1, facts | one, decided, total + price, rules))
            continue
        ready = (n for n, c in enumerate(chance) if not decided >> n & 1 and not c[0] & ~model)
        if (number := next(ready, None)) is not None:
            body, head, price, missed = chance[number]
            now = decided | 1 << number
            todo.append((place, facts, now, total + price, [*rules, (body, head)]))
            todo.append((place, facts, now, total + (missed if head & absent else 0), rules))
            continue
        left = [free[atom] for atom in present if not bit[atom] & model]
        if None not in left:
            held = frozenset(atom for atom in every if bit[atom] & model)
            named = frozenset(atom for atom in held if bit[atom] & causes)
            found.append(World(total + sum(price or 0 for price in left), named, held))
    return found


# The comparison


def contradictory(kb: KnowledgeBase, situation: Situation) -> bool:
    present = {o.atom for o in situation.observations if not o.absent} | set(situation.given)
    absent = {o.atom for o in situation.observations if o.absent}
    return bool(present & absent) or any(present.issuperset(pair) for pair in excluded(kb))


def agree(kb: KnowledgeBase, situation: Situation) -> list[World]:
    """Compares the three best; returns all worlds for further questions."""
    if chances(kb) > MOST_CHANCES:
        return []
    try:
        answer = Reasoner(kb).explain(situation, k=3)
    except InputError:
        assert contradictory(kb, situation)
        return []
    everything = left = worlds(kb, situation)
    assert answer.status == ("optimal" if everything else "impossible")
    for place, found in enumerate(answer.explanations):
        assert found.cost == min(world.cost for world in left)
        assert found.optimal
        assert place or answer.lower_bound == found.cost
        check(situation, found, left)
        left = [world for world in left if not world.causes.issuperset(found.causes)]
    if len(answer.explanations) < 3:
        assert not left
    return everything


def check(situation: Situation, found: Explanation, left: list[World]) -> None:
    """The proof is one, the parts of the cost sum up, and it is one of the worlds."""
    proved: set[Atom] = set()
    for step in found.steps:
        assert proved.issuperset(step.body)
        assert step.rule is not None or step.chance is not None or step.head in situation.given
        assert step.chance is None or step.chance in found.assumed
        proved.add(step.head)
    for seen in situation.observations:
        if not seen.absent:
            explained = seen.atom in proved or seen.atom in situation.given
            assert explained != (seen.atom in found.unexplained)
    assert proved <= found.model | set(situation.given)
    paid = sum(chance.cost for chance in found.assumed) + sum(chance.cost_false for chance in found.failed)
    assert paid <= found.cost
    if not found.unexplained:
        assert paid == found.cost
    assert any(
        world.cost == found.cost and world.causes == set(found.causes) and found.model <= world.model
        for world in left
    )


@given(st.data())
@settings(max_examples=1500)
def test_equal_to_the_enumerator(random_problems: Problems, data: st.DataObject) -> None:
    agree(*data.draw(random_problems()))


@given(st.data())
@settings(max_examples=1000)
def test_equal_to_the_enumerator_where_rules_run_in_circles(
    random_problems: Problems, data: st.DataObject
) -> None:
    agree(*data.draw(random_problems(circles=True)))


@given(st.data())
@settings(max_examples=1000)
def test_best_with_atoms_that_must_and_must_not_hold(random_problems: Problems, data: st.DataObject) -> None:
    kb, situation = data.draw(random_problems(circles=data.draw(st.booleans())))
    everything = agree(kb, situation)
    if not everything:
        return
    atoms = [atom for predicate in kb.predicates.values() for atom in instances(kb, predicate)]
    include = data.draw(st.lists(st.sampled_from(atoms), max_size=2))
    exclude = data.draw(st.lists(st.sampled_from(atoms), max_size=2))
    fitting = [w for w in everything if w.model.issuperset(include) and w.model.isdisjoint(exclude)]
    found = Reasoner(kb).best_with(situation, include=include, exclude=exclude)
    if not fitting:
        assert found is None
        return
    assert found is not None
    assert found.optimal
    assert found.cost == min(world.cost for world in fitting)
    check(situation, found, fitting)
    assert found.model.issuperset(include)


@given(st.data())
@settings(max_examples=200)
def test_what_was_asked_before_changes_nothing(random_problems: Problems, data: st.DataObject) -> None:
    kb, situation = data.draw(random_problems(circles=data.draw(st.booleans())))
    warm = Reasoner(kb)
    answers = []
    for asked in (
        situation,
        replace(situation, given=()),
        Situation(situation.observations[::-1]),
        situation,
    ):
        try:
            answers.append(warm.explain(asked))
        except InputError:
            return
    assert replace(answers[0], seconds=0) == replace(answers[3], seconds=0)
    other = Reasoner(kb)
    other.explain(Situation(situation.observations[::-1]))
    assert replace(other.explain(situation), seconds=0) == replace(answers[0], seconds=0)
