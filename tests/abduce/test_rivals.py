"""Sets of causes in the running: shares against Bayes by hand, order, what is excluded."""

from __future__ import annotations

import numpy as np
import pytest

from mitate.abduce.forward import network
from mitate.abduce.language import Atom, Observation, Situation
from mitate.abduce.parse import parse
from mitate.abduce.rivals import Rivals, rivals

KB = parse("""
source s "a study"
sort grade "grade" = low "low", mid "mid", high "high"
hypothesis sits "sits" prior 0.3 source s
cause bends "bends" prior 0.1 source s
cause arches "arches" prior 0.2 source s
cause tight "tight" prior 0.05 source s
exclude x: bends, arches source s
observation pain "pain" unexplained 0.01 source s
observation bend(grade) "bend {1}" one of grade unexplained 0.1 source s
unexplained bend(mid) 0.8 source s
observation desk "desk" unexplained 0.2 source s
rule r1: sits => bends 0.5 source s
rule r2: sits => desk 0.9 source s
rule p1: bends => pain 0.9 source s
rule p2: arches => pain 0.8 source s
rule r3: bends => bend(high) 0.7 source s
rule r4: arches => bend(low) 0.6 source s
""")
NET = network(KB)
PAIN, DESK, HIGH = Observation(Atom("pain")), Observation(Atom("desk")), Observation(Atom("bend", ("high",)))


def by_name(found: Rivals) -> dict[tuple[str, ...], float]:
    names = [tuple(sorted(str(NET.atoms[a]) for a in causes)) for causes in found.sets]
    return dict(zip(names, found.shares.tolist(), strict=True))


def odds(situation: Situation) -> float:
    found = by_name(rivals(NET, situation))
    return found["bends",] / found["arches",]


def test_odds_are_bayes_by_hand() -> None:
    bends = 1 - 0.9 * (1 - 0.3 * 0.5)
    expected = bends / 0.2 * (1 - 0.1 * 0.99) / (1 - 0.2 * 0.99)
    assert odds(Situation((PAIN,))) == pytest.approx(expected, rel=1e-6)
    # Those who bend sit more often than others do.
    sits = 0.3 * (1 - 0.9 * 0.5) / bends
    desk = (1 - (1 - sits * 0.9) * 0.8) / (1 - (1 - 0.3 * 0.9) * 0.8)
    assert odds(Situation((PAIN, DESK))) == pytest.approx(expected * desk, rel=1e-6)
    high = (0.7 + 0.3 * 0.1) / (0.4 * 0.1)
    assert odds(Situation((PAIN, HIGH))) == pytest.approx(expected * high, rel=1e-5)


def test_absent_values_of_a_group_count_together() -> None:
    low = Observation(Atom("bend", ("low",)), absent=True)
    mid = Observation(Atom("bend", ("mid",)), absent=True)
    ratio = odds(Situation((PAIN, low, mid))) / odds(Situation((PAIN,)))
    assert ratio == pytest.approx((1 - 0.3 * 0.9) / (1 - (0.6 + 0.4 * 0.9)), rel=1e-5)


def test_shares_add_up_and_fall() -> None:
    found = rivals(NET, Situation((PAIN, HIGH)), most=4)
    assert len(found.sets) == 4
    assert found.shares.sum() == pytest.approx(1.0)
    assert np.all(np.diff(found.shares) <= 0)
    assert found.table.shape == (4, len(NET.atoms))


def test_pairs_are_among_them_but_none_that_exclude_each_other() -> None:
    names = set(by_name(rivals(NET, Situation((PAIN,)), most=50)))
    assert ("bends", "tight") in names
    assert () in names
    assert ("arches", "bends") not in names


def test_causes_seen_absent_or_present() -> None:
    gone = Situation((PAIN, Observation(Atom("bends"), absent=True)))
    assert not any("bends" in names for names in by_name(rivals(NET, gone)))
    there = Situation((PAIN, Observation(Atom("bends"))))
    assert all("bends" in names and "arches" not in names for names in by_name(rivals(NET, there)))
