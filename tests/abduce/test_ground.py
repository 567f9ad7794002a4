"""Ground instances: all of them, each once, made when asked for; and a base made to explode stays bounded."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.abduce.forward import instances_of, network
from mitate.abduce.ground import Grounder, OutOfTime, cost_of
from mitate.abduce.language import Atom, KnowledgeBase, Situation
from mitate.abduce.parse import parse
from mitate.errors import InputError

Problems = Callable[..., st.SearchStrategy[tuple[KnowledgeBase, Situation]]]


def test_costs_are_whole_micro_nats() -> None:
    assert cost_of(1.0) == 0
    assert cost_of(math.exp(-1)) == 1_000_000
    assert cost_of(0.5) == 693_147


@given(st.data())
@settings(max_examples=150)
def test_instances_by_head_and_by_body_are_those_of_the_whole_base(
    random_problems: Problems, data: st.DataObject
) -> None:
    kb, _ = data.draw(random_problems())
    ground = Grounder(kb)
    atoms = [
        atom for p in kb.predicates.values() for atom in instances_of(kb, Atom(p.name, ("_",) * len(p.sorts)))
    ]
    numbers = {atom: ground.number(atom) for atom in atoms}
    assert all(ground.atom(number) == atom for atom, number in numbers.items())
    concluding = [i for number in numbers.values() for i in ground.concluding(number)]
    whole = network(kb)
    assert sorted(
        (i.rule, str(ground.atom(i.head)), *(str(ground.atom(b)) for b in i.body)) for i in concluding
    ) == (
        sorted(
            (i.rule, str(whole.atoms[i.head]), *(str(whole.atoms[b]) for b in i.body))
            for i in whole.instances
        )
    )
    for atom, number in numbers.items():
        used = ground.using(number)
        assert len({(i.rule, i.values) for i in used}) == len(used)
        assert all(number in i.body and (i.certain or i.head == -1) for i in used)
        assert {i for i in concluding if i.certain and number in i.body} == {i for i in used if i.head != -1}
        rivals = {ground.atom(rival) for rival in ground.rivals(number)}
        assert rivals == {whole.atoms[r] for r in whole.rivals.get(whole.index[atom], ())}


BASE = """
sort side = left, right
source e "x"
cause ache(side) prior 0.1
observation limp(side) unexplained 0.2
rule r: ache(S) => limp(S) 0.5
prior p: ache(left) 0.3
prior q: ache(_) 0.4
unexplained limp(right) 0.05
"""


def test_the_last_prior_and_the_last_unexplained_that_fit_count() -> None:
    ground = Grounder(parse(BASE))
    number = {
        name: ground.number(Atom(name.split()[0], (name.split()[1],)))
        for name in ("ache left", "limp left", "limp right")
    }
    assert ground.prior(number["ache left"]) == cost_of(0.4)
    assert ground.unexplained(number["limp left"]) == cost_of(0.2)
    assert ground.unexplained(number["limp right"]) == cost_of(0.05)
    assert ground.prior(number["limp left"]) is None
    assert ground.unexplained(number["ache left"]) is None
    instance = ground.concluding(number["limp left"])[0]
    assert ground.binding(instance) == (("S", "left"),)


def exploding(values: int) -> KnowledgeBase:
    names = ", ".join(f"v{i}" for i in range(values))
    return parse(
        f"""
        sort value = {names}
        cause c(value, value) prior 0.1
        cause d(value, value, value) prior 0.1
        observation o unexplained 0.01
        observation seen(value, value) unexplained 0.01
        rule r: c(A, B) and c(B, C) and c(C, D) and c(D, E) => o 0.5
        rule s: c(A, B) => seen(A, B) 0.5
        exclude x: c(A, B), d(C, D, E)
        """
    )


def test_too_many_instances_are_refused_and_too_slow_ones_broken_off() -> None:
    ground = Grounder(exploding(60))
    head = ground.number(Atom("o"))
    for _ in range(3):  # what was broken off leaves nothing behind
        ground.deadline = time.monotonic() + 0.05
        with pytest.raises(OutOfTime):
            ground.concluding(head)
        assert time.monotonic() < ground.deadline + 60.0  # it would run for hours; a busy machine may be late
    with pytest.raises(OutOfTime):
        ground.rivals(ground.number(Atom("c", ("v1", "v2"))))
    ground.deadline = math.inf
    with pytest.raises(InputError, match="more than 500,000 ground instances"):
        ground.concluding(head)
    other = Grounder(exploding(80))
    with pytest.raises(InputError, match="more than 500,000 ground instances"):
        other.rivals(other.number(Atom("c", ("v1", "v2"))))
