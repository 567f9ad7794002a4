"""The encoding: shared steps for what is seen, least models, and no atom that holds itself up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mitate.abduce.encode import Encoding, closure, encode, loop_formulas
from mitate.abduce.ground import Grounder, Instance, cost_of
from mitate.abduce.language import Atom
from mitate.abduce.maxsat import Maxsat
from mitate.abduce.parse import parse
from mitate.abduce.relevant import Problem, relevant


def encoded(text: str, *, circular: bool = False) -> tuple[Grounder, Problem, Encoding]:
    kb = parse(text)
    ground = Grounder(kb)
    problem = relevant(ground, kb.situation)
    return ground, problem, encode(ground, problem, circular=circular)


def test_an_observation_costs_by_steps_and_twins_share_them() -> None:
    text = """
    cause a prior 0.3
    cause b prior 0.3
    observation seen unexplained 0.05
    observation twin unexplained 0.01
    rule r1: a => seen 0.9
    rule r2: b => seen 0.5
    rule r3: a => twin 0.8
    rule r4: b => twin 0.6
    observe seen
    """
    ground, problem, one = encoded(text)
    _, _, both = encoded(text + "observe twin")
    assert list(one.leaves) == [ground.number(Atom("seen"))]
    a, b = (one.atoms[ground.number(Atom(name))] for name in "ab")
    assert one.base == cost_of(0.9)
    assert {frozenset(clause) for clause in one.clauses} == {frozenset((a, 3)), frozenset((a, b, 4))}
    assert len(one.clauses) == 2
    assert one.costs == {
        a: cost_of(0.3),
        b: cost_of(0.3),
        3: cost_of(0.5) - cost_of(0.9),
        4: cost_of(0.05) - cost_of(0.5),
    }
    assert sorted(both.clauses) == sorted(one.clauses)
    assert both.base == cost_of(0.9) + cost_of(0.8)
    assert problem.assumable.keys() == {ground.number(Atom("a")), ground.number(Atom("b"))}


def test_what_must_be_explained_and_cannot_be_is_an_empty_clause() -> None:
    _, _, made = encoded("cause a prior 0.1\nobservation seen\nobserve seen")
    assert [] in made.clauses
    _, _, free = encoded("cause a prior 0.1\nobservation seen unexplained 0.5\nobserve seen")
    assert (free.clauses, free.base) == ([], cost_of(0.5))


CIRCLE = """
cause chicken
cause egg
cause farm prior 0.01
observation cackling unexplained 0.000001
rule r1: chicken => egg
rule r2: egg => chicken
rule r3: farm => egg 0.5
rule r4: chicken => cackling 0.9
observe cackling
"""


def test_a_circle_needs_a_support_from_outside() -> None:
    ground, problem, made = encoded(CIRCLE, circular=True)
    chicken, egg = (made.atoms[ground.number(Atom(name))] for name in ("chicken", "egg"))
    clauses = loop_formulas(made, problem, frozenset([chicken, egg]))
    outside = [v for v, instance in made.chosen.items() if ground.kb.rules[instance.rule].name == "r3"]
    assert sorted(clauses) == sorted([[-chicken, *outside], [-egg, *outside]])
    farm = made.atoms[ground.number(Atom("farm"))]
    assert loop_formulas(made, problem, frozenset([chicken, egg, farm, *outside])) == []
    blind = Maxsat(made.clauses, made.costs, variables=made.variables).minimise()
    assert blind.cost + made.base == cost_of(0.9)
    sound = Maxsat(made.clauses, made.costs, variables=made.variables).minimise(
        refine=lambda true: loop_formulas(made, problem, true)
    )
    assert sound.cost + made.base == cost_of(0.9) + cost_of(0.5) + cost_of(0.01)


BODIES = st.lists(st.integers(0, 7), max_size=3).map(tuple)


@given(st.sets(st.integers(0, 7), max_size=3), st.lists(st.tuples(BODIES, st.integers(0, 7)), max_size=15))
def test_the_closure_is_the_least_model_with_reasons(
    facts: set[int], rules: list[tuple[tuple[int, ...], int]]
) -> None:
    instances = [Instance(n, head, body, (), 0, 0, True) for n, (body, head) in enumerate(rules)]
    model, before = set(facts), -1
    while before != len(model):
        before = len(model)
        model |= {head for body, head in rules if model.issuperset(body)}
    why = closure(facts, instances)
    assert why.keys() == model
    proved: set[int] = set()
    for atom, instance in why.items():
        assert (instance is None) == (atom in facts)
        assert instance is None or (instance.head == atom and proved.issuperset(instance.body))
        proved.add(atom)
