"""The base read forwards: what it grounds, and marginals against the sum over all worlds."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from mitate.abduce.forward import Network, instances_of, network
from mitate.abduce.language import Atom, Observation, Situation
from mitate.abduce.parse import parse
from mitate.errors import InputError

TEXT = """
source s "a study"
sort side "side" = left "left", right "right"
sort grade "grade" = low "low", mid "mid", high "high"
hypothesis sits "sits" prior 0.3 source s
cause stiff(side) "stiff" prior 0.1 source s
prior p: stiff(left) 0.2 source s
cause weak "weak" prior 0.05 source s
derived loaded "loaded"
observation bend(grade) "bends" one of grade unexplained 0.1 source s
unexplained bend(mid) 0.7 source s
observation sore(side) "sore" unexplained 0.25 source s
observation red "red" unexplained 0.1 source s
observation pale "pale" unexplained 0.2 source s
exclude x: red, pale source s
exclude y: stiff(left), weak source s
rule r1: stiff(Side) => sore(Side) 0.8 source s
rule r2: sits => weak 0.4 source s
rule r3: weak and sits => loaded 0.5 source s
rule r4: loaded => bend(high) 0.9 source s
rule r5: stiff(_) => bend(low) 0.6 source s
rule r6: weak => bend(low) source s
rule r7: weak => red 0.5 source s
rule r8: loaded => pale 0.5 source s
rule n: never sits and stiff(right) source s
"""


def atom(text: str) -> Atom:
    name, _, terms = text.rstrip(")").partition("(")
    return Atom(name, tuple(terms.split(", ")) if terms else ())


def by_worlds(net: Network, held: dict[Atom, float]) -> dict[Atom, float]:
    """Marginals by brute force: all values of the held atoms, all coins, all orders of competition."""
    truth = {net.find(a): p for a, p in held.items() if p > 0}
    total = np.zeros(len(net.atoms))
    chances = [i for i in net.instances if i.head not in truth]
    for values in product((False, True), repeat=len(truth)):
        start = {a for a, value in zip(truth, values, strict=True) if value}
        weight = np.prod([p if a in start else 1 - p for a, p in truth.items()])
        for coins in product((False, True), repeat=len(chances)):
            chance = np.prod(
                [i.probability if c else 1 - i.probability for i, c in zip(chances, coins, strict=True)]
            )
            if weight * chance:
                fired = [i for i, c in zip(chances, coins, strict=True) if c]
                total += weight * chance * seen(net, start, fired)
    return {a: float(total[net.index[a]]) for a in net.atoms}


def seen(net: Network, start: set[int], fired: list) -> np.ndarray:  # type: ignore[type-arg]
    true = set(start)
    while new := {i.head for i in fired if true.issuperset(i.body)} - true:
        true |= new
    share = np.zeros(len(net.atoms))
    for group in net.groups:
        made = [a for a in group if a in true]
        if made:
            orders = list(permutations(made))
            for order in orders:
                share[order[0]] += 1 / len(orders)
        else:
            for a in group:
                share[a] += net.base[a]
    for a in true:
        if net.kinds[a] != "observation":
            share[a] = 1
    return share


def test_grounds_every_instance_once() -> None:
    net = network(parse(TEXT))
    assert [str(a) for a in net.atoms][:4] == ["sits", "stiff(left)", "stiff(right)", "weak"]
    assert net.prior[net.find(atom("stiff(left)"))] == pytest.approx(0.2)
    assert net.prior[net.find(atom("stiff(right)"))] == pytest.approx(0.1)
    assert net.base[net.find(atom("bend(mid)"))] == pytest.approx(0.7, rel=1e-5)
    assert len([i for i in net.instances if net.atoms[i.head] == atom("bend(low)")]) == 3
    named = [tuple(str(net.atoms[a]) for a in group) for group in net.groups]
    assert ("bend(low)", "bend(mid)", "bend(high)") in named
    assert ("red", "pale") in named
    assert ("sore(left)",) in named
    assert [tuple(str(net.atoms[a]) for a in body) for body in net.contradictions] == [
        ("sits", "stiff(right)")
    ]
    assert network(parse(TEXT)) is net


def test_marginals_are_the_sum_over_all_worlds() -> None:
    # Independent bodies, so noisy-or is exact: weak and sits are held, loaded has one way.
    net = network(parse(TEXT))
    held = {atom("weak"): 1.0, atom("sits"): 0.3, atom("stiff(left)"): 1.0}
    row = np.zeros((1, len(net.atoms)))
    for a, p in held.items():
        row[0, net.find(a)] = p
    free = np.array([[kind == "derived" for kind in net.kinds]])
    got = net.marginals(row, free)[0]
    expected = by_worlds(net, held)
    for a in net.atoms:
        if a.predicate not in ("bend", "red", "pale"):
            assert got[net.find(a)] == pytest.approx(expected[a], abs=1e-6), a
    # red (from weak) and pale (from loaded) share no chance but the held weak, and compete.
    assert got[net.find(atom("red"))] == pytest.approx(expected[atom("red")], abs=1e-6)
    assert got[net.find(atom("pale"))] == pytest.approx(expected[atom("pale")], abs=1e-6)
    total = sum(got[net.find(atom(f"bend({grade})"))] for grade in ("low", "mid", "high"))
    assert total == pytest.approx(1.0)
    assert got[net.find(atom("bend(low)"))] == pytest.approx(expected[atom("bend(low)")], abs=1e-6)


def test_rows_are_independent_cases() -> None:
    net = network(parse(TEXT))
    rng = np.random.default_rng(3)
    held = rng.random((4, len(net.atoms)))
    free = np.tile([kind == "derived" for kind in net.kinds], (4, 1))
    together = net.marginals(held, free)
    for row in range(4):
        assert together[row] == pytest.approx(net.marginals(held[row : row + 1], free[row : row + 1])[0])
    assert together.min() >= 0
    assert together.max() <= 1 + 1e-12


def test_circles_of_derived_atoms_end_and_support_nothing() -> None:
    net = network(
        parse("""source s "x"
        cause c "c" prior 0.1 source s
        derived a "a"
        derived b "b"
        observation o "o" unexplained 0.1 source s
        rule r1: a => b source s
        rule r2: b => a source s
        rule r3: c => a 0.5 source s
        rule r4: b => o source s""")
    )
    free = np.array([[kind == "derived" for kind in net.kinds]] * 2)
    held = np.zeros((2, len(net.atoms)))
    held[1, net.find(atom("c"))] = 1.0
    got = net.marginals(held, free)
    assert got[0, net.find(atom("a"))] == 0
    assert got[1, net.find(atom("c"))] == 1
    assert got[1, net.find(atom("o"))] >= 0.5


def test_excluded_atoms_of_a_situation() -> None:
    net = network(parse(TEXT))
    situation = Situation((Observation(atom("bend(low)")), Observation(atom("sore(left)"), absent=True)))
    out = {str(net.atoms[a]) for a in net.excluded(situation)}
    assert out == {"bend(mid)", "bend(high)", "sore(left)"}


def test_patterns_name_their_instances() -> None:
    kb = parse(TEXT)
    assert instances_of(kb, atom("bend(_)")) == tuple(atom(f"bend({g})") for g in ("low", "mid", "high"))
    with pytest.raises(InputError, match="not declared"):
        instances_of(kb, atom("bends(_)"))
    with pytest.raises(InputError, match="no such atom"):
        network(kb).find(atom("bend(none)"))


def test_a_base_made_to_explode_is_refused() -> None:
    values = ", ".join(f'v{n} "v"' for n in range(100))
    text = f'source s "x"\nsort v "v" = {values}\nobservation o(v, v, v, v) "o" unexplained 0.1 source s'
    with pytest.raises(InputError, match="ground atoms"):
        network(parse(text))
