"""Rules with variables: rows to keys and back; of what is stated of an atom, the last that fits counts."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from mitate.abduce.language import Atom, is_variable
from mitate.abduce.parse import parse
from mitate.abduce.template import Compiled, Stated

SIDES = parse(
    """
    sort side = left, right
    sort part = hip, knee, foot
    derived sore(side, part)
    derived both(part)
    rule r: sore(S, P) and sore(left, P) and sore(_, hip) => both(P)
    """
)
TERMS = st.sampled_from(["left", "right", "X", "Y", "_"])
PATTERNS = st.builds(lambda one, other: Atom("p", (one, other)), TERMS, TERMS)


def test_a_rule_is_compiled_to_rows_and_back() -> None:
    rule = SIDES.rules[0]
    compiled = Compiled(0, (*rule.body, *((rule.head,) if rule.head else ())), SIDES)
    assert [len(values) for values in compiled.ranges] == [2, 3, 2]  # S, P and what stands for _
    sore, left, hip, both = compiled.templates
    assert sore.match(("sore", "right", "foot")) == {0: "right", 1: "foot"}
    assert left.match(("sore", "right", "foot")) is None
    assert hip.match(("sore", "right", "foot")) is None
    assert both.match(("both", "knee")) == {1: "knee"}
    rows = list(compiled.rows({1: "knee"}))
    assert len(rows) == 4
    made = {both.read(row + compiled.tails[3]) for row in rows}
    assert made == {("both", "knee")}
    assert left.read(rows[0] + compiled.tails[1]) == ("sore", "left", "knee")


def fits(pattern: Atom, key: tuple[str, ...]) -> bool:
    first, second = pattern.terms
    if first == second and is_variable(first) and first != "_":
        return key[1] == key[2]
    return all(is_variable(term) or term == value for term, value in zip(pattern.terms, key[1:], strict=True))


@given(st.lists(PATTERNS, max_size=6), st.none() | st.just(0.5))
def test_the_last_statement_that_fits_counts(patterns: list[Atom], default: float | None) -> None:
    stated = Stated()
    for place, pattern in enumerate(patterns):
        stated.add(place, pattern, (place + 1) / 10)
    for key in (("p", one, other) for one in ("left", "right") for other in ("left", "right")):
        fitting = [(place + 1) / 10 for place, pattern in enumerate(patterns) if fits(pattern, key)]
        assert stated.of(key, default) == (fitting[-1] if fitting else default)


def test_twenty_thousand_statements_of_one_predicate_are_looked_up_at_once() -> None:
    stated = Stated()
    for place in range(20_000):
        stated.add(place, Atom("p", (f"v{place}",)), 0.5)
    began = time.process_time()
    assert all(stated.of(("p", f"v{place}"), None) == 0.5 for place in range(20_000))
    assert time.process_time() - began < 1  # measured 0.01
