"""The reasoner against an enumerator written from the definition alone, on random knowledge bases."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.abduce.language import (
    Atom,
    Exclusion,
    Kind,
    KnowledgeBase,
    Label,
    Observation,
    Predicate,
    Rule,
    Situation,
    Sort,
    is_variable,
)
from mitate.abduce.solve import Explanation, Reasoner
from mitate.errors import InputError

PROBABILITIES = st.sampled_from([0.05, 0.2, 0.37, 0.5, 0.8, 0.99])
SIDES = ("left", "right")


def cost(probability: float) -> int:
    return round(-math.log(probability) * 1e6)


# The enumerator


def bindings(kb: KnowledgeBase, atoms: tuple[Atom, ...]) -> Iterator[dict[str, str]]:
    sorts = {
        term: sort
        for atom in atoms
        for term, sort in zip(atom.terms, kb.predicates[atom.predicate].sorts, strict=True)
        if is_variable(term)
    }
    for values in itertools.product(*(kb.sorts[sort].values for sort in sorts.values())):
        yield dict(zip(sorts, values, strict=True))


def instances(kb: KnowledgeBase, predicate: Predicate) -> Iterator[Atom]:
    for terms in itertools.product(*(kb.sorts[sort].values for sort in predicate.sorts)):
        yield Atom(predicate.name, terms)


def excluded(kb: KnowledgeBase) -> set[frozenset[Atom]]:
    pairs: set[frozenset[Atom]] = set()
    for predicate in kb.predicates.values():
        for one, other in itertools.combinations(instances(kb, predicate), 2):
            apart = [i for i, (a, b) in enumerate(zip(one.terms, other.terms, strict=True)) if a != b]
            if len(apart) == 1 and apart[0] in predicate.one_of:
                pairs.add(frozenset((one, other)))
    for exclusion in kb.exclusions:
        for binding in bindings(kb, exclusion.atoms):
            ground = [atom.bind(binding) for atom in exclusion.atoms]
            pairs |= {frozenset(p) for p in itertools.combinations(ground, 2) if p[0] != p[1]}
    return pairs


def least_model(facts: set[Atom], rules: list[tuple[tuple[Atom, ...], Atom]]) -> set[Atom]:
    model = set(facts)
    while True:
        new = {head for body, head in rules if head not in model and model.issuperset(body)}
        if not new:
            return model
        model |= new


def covered(kb: KnowledgeBase, pattern: Atom) -> set[Atom]:
    return {pattern.bind(binding) for binding in bindings(kb, (pattern,))}


def enumerate_all(kb: KnowledgeBase, situation: Situation) -> list[tuple[int, frozenset[Atom]]]:
    """Cost and causes of every admissible set of chances."""
    assumable: list[tuple[Atom, int]] = []
    certain: list[tuple[tuple[Atom, ...], Atom]] = []
    chance: list[tuple[tuple[Atom, ...], Atom, float]] = []
    never: list[tuple[Atom, ...]] = []
    for predicate in kb.predicates.values():
        if predicate.kind in ("cause", "hypothesis"):
            for atom in instances(kb, predicate):
                prior = predicate.prior
                for rule in kb.rules:
                    if not rule.body and rule.head is not None and atom in covered(kb, rule.head):
                        prior = rule.probability
                if prior is not None:
                    assumable.append((atom, cost(prior)))
    for rule in kb.rules:
        if not rule.body:
            continue
        atoms = rule.body if rule.head is None else (*rule.body, rule.head)
        for binding in bindings(kb, atoms):
            body = tuple(atom.bind(binding) for atom in rule.body)
            if rule.head is None:
                never.append(body)
            elif rule.probability == 1:
                certain.append((body, rule.head.bind(binding)))
            else:
                chance.append((body, rule.head.bind(binding), rule.probability))
    pairs = excluded(kb)
    present = {o.atom: o for o in situation.observations if not o.absent}
    absent = {o.atom for o in situation.observations if o.absent}
    for pair in pairs:
        for one, other in itertools.permutations(pair):
            if one in present or one in situation.given:
                absent.add(other)
    found = []
    for bits in itertools.product((False, True), repeat=len(assumable) + len(chance)):
        priors = [a for a, bit in zip(assumable, bits, strict=False) if bit]
        fired = [c for c, bit in zip(chance, bits[len(assumable) :], strict=True) if bit]
        idle = [c for c, bit in zip(chance, bits[len(assumable) :], strict=True) if not bit]
        rules = [*certain, *((body, head) for body, head, _ in fired)]
        model = least_model({*situation.given, *(atom for atom, _ in priors)}, rules)
        if (
            model & absent
            or any(model.issuperset(p) for p in pairs)
            or any(model.issuperset(b) for b in never)
        ):
            continue
        total = sum(c for _, c in priors) + sum(cost(p) for _, _, p in fired)
        total += sum(cost(1 - p) for body, head, p in idle if head in absent and model.issuperset(body))
        possible = True
        for atom, seen in present.items():
            if atom not in model:
                predicate = kb.predicates[atom.predicate]
                free = seen.unexplained
                if free is None and predicate.kind == "observation":
                    free = predicate.unexplained
                if free is None:
                    possible = False
                    break
                total += cost(free)
        if possible:
            found.append((total, frozenset(a for a in model if kb.predicates[a.predicate].kind == "cause")))
    return found


# Random knowledge bases


@st.composite
def problems(draw: st.DrawFn, circles: bool = False) -> tuple[KnowledgeBase, Situation]:
    label = Label("")
    sorts = {"side": Sort("side", label, dict.fromkeys(SIDES, label))}
    predicates: dict[str, Predicate] = {}
    counts: dict[Kind, tuple[int, int]] = {
        "cause": (1, 3),
        "hypothesis": (0, 1),
        "derived": (0, 2),
        "observation": (1, 3),
        "given": (0, 1),
    }
    names: dict[Kind, list[str]] = {kind: [] for kind in counts}
    for kind, (least, most) in counts.items():
        for number in range(draw(st.integers(least, most))):
            sided = draw(st.integers(0, 3)) == 0
            prior = draw(PROBABILITIES) if kind in ("cause", "hypothesis") else None
            free = draw(st.none() | PROBABILITIES) if kind == "observation" else None
            one_of = (0,) if sided and draw(st.booleans()) else ()
            name = f"{kind[0]}{number}"
            names[kind].append(name)
            predicates[name] = Predicate(
                name,
                kind,
                ("side",) if sided else (),
                label,
                one_of,
                prior,
                free,
            )

    def atom(kinds: tuple[Kind, ...], variables: bool = True) -> Atom:
        predicate = predicates[
            draw(st.sampled_from([name for kind in kinds for name in names[kind]] or names["cause"]))
        ]
        values = (*SIDES, "X", "Y") if variables else SIDES
        return Atom(predicate.name, tuple(draw(st.sampled_from(values)) for _ in predicate.sorts))

    body_kinds: tuple[Kind, ...] = ("cause", "hypothesis", "derived", "given")
    rules = []
    for number in range(draw(st.integers(1, 5))):
        body = tuple(atom(body_kinds) for _ in range(draw(st.integers(1, 2))))
        shape = draw(st.integers(0, 9))
        if shape == 0:
            rules.append(Rule(f"r{number}", body, None))
            continue
        heads: tuple[Kind, ...] = ("observation", "observation", "derived")
        if circles or shape == 1:
            heads = (*heads, "cause")
        head = atom(heads)
        probability = draw(st.just(1.0) | PROBABILITIES)
        rules.append(Rule(f"r{number}", body, head, probability))
    if draw(st.integers(0, 3)) == 0:
        rules.append(Rule("p", (), atom(("cause",)), draw(PROBABILITIES)))
    exclusions = []
    if draw(st.integers(0, 2)) == 0:
        exclusions.append(Exclusion("x", tuple(atom(("cause", "derived")) for _ in range(2))))
    kb = KnowledgeBase(label, {}, sorts, predicates, tuple(rules), tuple(exclusions))
    observed = {}
    for _ in range(draw(st.integers(1, 3))):
        seen_kinds: tuple[Kind, ...] = ("observation",)
        if draw(st.integers(0, 4)) == 0:
            seen_kinds = ("cause", "derived", "observation")
        seen = atom(seen_kinds, variables=False)
        observed[seen] = Observation(seen, draw(st.integers(0, 3)) == 0, draw(st.none() | PROBABILITIES))
    facts = (atom(("given",), variables=False),) if bool(names["given"]) and draw(st.booleans()) else ()
    return kb, Situation(tuple(observed.values()), facts)


def chances(kb: KnowledgeBase) -> int:
    priors = sum(
        1 for p in kb.predicates.values() if p.kind in ("cause", "hypothesis") for _ in instances(kb, p)
    )
    rules = [r for r in kb.rules if r.body and r.head is not None and r.probability < 1]
    return priors + sum(sum(1 for _ in bindings(kb, (*r.body, r.head))) for r in rules if r.head is not None)


def contradictory(kb: KnowledgeBase, situation: Situation) -> bool:
    present = {o.atom for o in situation.observations if not o.absent} | set(situation.given)
    absent = {o.atom for o in situation.observations if o.absent}
    return bool(present & absent) or any(present.issuperset(pair) for pair in excluded(kb))


def agree(kb: KnowledgeBase, situation: Situation) -> None:
    if chances(kb) > 11:
        return
    try:
        answer = Reasoner(kb).explain(situation, k=3)
    except InputError:
        assert contradictory(kb, situation)
        return
    everything = enumerate_all(kb, situation)
    assert answer.status == ("optimal" if everything else "impossible")
    left = everything
    for found in answer.explanations:
        assert left
        assert found.cost == min(total for total, _ in left)
        assert (found.cost, frozenset(found.causes)) in left
        check_proof(situation, found)
        left = [(total, causes) for total, causes in left if not causes.issuperset(found.causes)]
    if len(answer.explanations) < 3:
        assert not left


def check_proof(situation: Situation, found: Explanation) -> None:
    proved: set[Atom] = set()
    for step in found.steps:
        assert proved.issuperset(step.body)
        assert step.rule is not None or step.chance is not None or step.head in situation.given
        proved.add(step.head)
    for seen in situation.observations:
        if not seen.absent:
            explained = seen.atom in proved or seen.atom in situation.given
            assert explained != (seen.atom in found.unexplained)


@given(problems())
@settings(max_examples=1500)
def test_equal_to_the_enumerator(problem: tuple[KnowledgeBase, Situation]) -> None:
    agree(*problem)


@given(problems(circles=True))
@settings(max_examples=1500)
def test_equal_to_the_enumerator_where_rules_run_in_circles(problem: tuple[KnowledgeBase, Situation]) -> None:
    agree(*problem)
