"""Why not the other cause: gap and odds, what speaks against it, and changes that really put it first."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from mitate.abduce.language import Atom, Observation, Situation
from mitate.abduce.parse import parse
from mitate.abduce.sample import complete_situation, draw
from mitate.abduce.solve import Reasoner
from mitate.abduce.whynot import Change, WhyNot, why_not
from mitate.errors import InputError

KB = parse("""
source s "a study"
sort grade "grade" = low "low", mid "mid", high "high"
cause bends "bends" prior 0.1 source s
cause arches "arches" prior 0.1 source s
cause never_seen "never" prior 0.1 source s
observation pain "pain" unexplained 0.001 source s
observation bend(grade) "bend {1}" one of grade unexplained 0.1 source s
unexplained bend(mid) 0.8 source s
observation first "first" unexplained 0.1 source s
observation second "second" unexplained 0.1 source s
rule r1: bends => pain 0.9 source s
rule r2: arches => pain 0.9 source s
rule r3: bends => bend(high) 0.9 source s
rule r4: arches => bend(low) 0.9 source s
rule r5: bends => first 0.8 source s
rule r6: arches => second 0.8 source s
exclude x: never_seen, bends source s
exclude y: never_seen, arches source s
exclude z: bends, arches source s
""")
BENDS, ARCHES = Atom("bends"), Atom("arches")
HIGH, LOW = Observation(Atom("bend", ("high",))), Observation(Atom("bend", ("low",)))
PAIN, ONE, TWO = (Observation(Atom(name)) for name in ("pain", "first", "second"))


def changed(situation: Situation, why: WhyNot, changes: tuple[Change, ...]) -> Situation:
    to = {change.observation: change.to for change in changes}
    seen = (to.get(o, o) for o in situation.observations)
    return replace(situation, observations=tuple(o for o in seen if o is not None))


def first(reasoner: Reasoner, situation: Situation, atom: Atom) -> bool:
    best = reasoner.explain(situation, k=1).explanations[0]
    rival = reasoner.best_with(situation, include=(atom,))
    return rival is not None and rival.cost <= best.cost


def test_gap_odds_and_what_speaks_against() -> None:
    reasoner = Reasoner(KB)
    why = why_not(reasoner, Situation((PAIN, HIGH, ONE)), ARCHES)
    assert why.best is not None
    assert why.rival is not None
    assert BENDS in why.best.causes
    assert ARCHES in why.rival.causes
    # r4 was expected to show a low bend, and neither the high bend nor `first` has a reason.
    odds = (0.9 / (0.1 * 0.1)) * (0.8 / 0.1)
    assert why.odds == pytest.approx(odds, rel=1e-4)
    assert why.gap == round(math.log(odds) * 1e6) or abs((why.gap or 0) / 1e6 - math.log(odds)) < 1e-5
    assert why.against[0].observation == HIGH
    assert sum(c.difference for c in why.against) == -(why.gap or 0)


def test_one_change_is_found_where_one_is_enough() -> None:
    reasoner = Reasoner(KB)
    situation = Situation((PAIN, HIGH))
    why = why_not(reasoner, situation, ARCHES)
    assert why.changes == (Change(HIGH, None),)
    assert first(reasoner, changed(situation, why, why.changes), ARCHES)


def test_changes_are_confirmed_and_none_is_needless() -> None:
    reasoner = Reasoner(KB)
    situation = Situation((PAIN, HIGH, ONE, replace(TWO, absent=True)))
    why = why_not(reasoner, situation, ARCHES)
    assert why.changes is not None
    assert 1 <= len(why.changes) <= 3
    assert first(reasoner, changed(situation, why, why.changes), ARCHES)
    for fewer in combinations(why.changes, len(why.changes) - 1):
        assert not first(reasoner, changed(situation, why, fewer), ARCHES)


def test_changes_hold_for_simulated_people() -> None:
    reasoner = Reasoner(KB)
    rng = np.random.default_rng(4)
    found = 0
    for _ in range(40):
        situation = complete_situation(draw(KB, rng, causes=(BENDS,)), KB)
        why = why_not(reasoner, situation, ARCHES)
        if why.changes is not None:
            found += 1
            assert first(reasoner, changed(situation, why, why.changes), ARCHES)
    assert found > 30


def test_what_only_the_other_cause_explains_may_have_to_be_there() -> None:
    # Nothing observed speaks against arches: it is rarer beforehand.
    kb = parse("""
        source s "a study"
        cause bends "bends" prior 0.1 source s
        cause arches "arches" prior 0.05 source s
        exclude z: bends, arches source s
        observation pain "pain" unexplained 0.001 source s
        observation stiff "stiff" unexplained 0.2 source s
        rule r1: bends => pain 0.9 source s
        rule r2: arches => pain 0.9 source s
        rule r3: arches => stiff 0.5 source s
    """)
    reasoner = Reasoner(kb)
    loose = Observation(Atom("stiff"), absent=True)
    why = why_not(reasoner, Situation((PAIN, loose)), ARCHES)
    assert why.changes == (Change(loose, Observation(Atom("stiff"))),)


def test_a_cause_that_is_already_there_needs_nothing() -> None:
    why = why_not(Reasoner(KB), Situation((PAIN, HIGH)), BENDS)
    assert why.gap == 0
    assert why.changes == ()


def test_a_bound_on_the_number_of_changes_is_kept() -> None:
    situation = Situation((PAIN, HIGH, ONE, replace(TWO, absent=True)))
    why = why_not(Reasoner(KB), situation, ARCHES, most=0)
    assert why.changes is None
    assert not why.stopped


def test_an_impossible_cause_is_made_possible_by_leaving_out_what_forbids_it() -> None:
    reasoner = Reasoner(KB)
    forbidden = Observation(ARCHES, absent=True)
    why = why_not(reasoner, Situation((PAIN, LOW, forbidden)), ARCHES)
    assert why.rival is None
    assert why.gap is None
    assert why.odds is None
    assert why.against == ()
    assert why.changes == (Change(forbidden, None),)


def test_time_that_is_up_is_said() -> None:
    situation = Situation((PAIN, HIGH, ONE))
    why = why_not(Reasoner(KB), situation, ARCHES, time_limit_s=1e-9)
    assert why.changes is None
    assert why.stopped


def test_json_and_unknown_atoms() -> None:
    reasoner = Reasoner(KB)
    why = why_not(reasoner, Situation((PAIN, HIGH)), ARCHES)
    loaded = json.loads(json.dumps(why.as_dict()))
    assert loaded["changes"] == [{"observation": "bend(high)", "absent": False, "to": None}]
    assert loaded["possible"] is True
    with pytest.raises(InputError, match="arch"):
        why_not(reasoner, Situation((PAIN,)), Atom("arch"))
