"""What each observation contributes adds up exactly, and lands where it belongs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.abduce.answer import Explanation
from mitate.abduce.contributions import Contribution, contributions, seen_in_words
from mitate.abduce.language import Atom, Observation, Situation
from mitate.abduce.parse import parse
from mitate.abduce.sample import complete_situation, draw
from mitate.abduce.solve import Reasoner

KB = parse("""
source s "a study"
sort grade "grade" = low "low", mid "mid", high "high"
sort sex "sex" = female "female", male "male"
given sex(sex) "is {1}" one of sex
hypothesis sits "sits" prior 0.3 source s
cause bends "bends" prior 0.1 source s
cause arches "arches" prior 0.2 source s
derived loaded "is loaded"
observation pain "has pain" / "痛い" unexplained 0.01 source s
observation bend(grade) "bend {1}" one of grade unexplained 0.1 source s
unexplained bend(mid) 0.8 source s
observation first "first" unexplained 0.05 source s
observation second "second" unexplained 0.05 source s
rule r1: sits => bends 0.5 source s
rule r2: bends => bend(high) 0.8 source s
rule r3: arches => bend(low) 0.6 source s
rule r4: bends => loaded 0.7 source s
rule r5: loaded => first 0.9 source s
rule r6: loaded => second 0.8 source s
rule r7: bends => pain 0.9 source s
rule r8: arches => pain 0.8 source s
rule r9: arches and sex(male) => bend(high) 0.2 source s
""")
BENDS, ARCHES = Atom("bends"), Atom("arches")


def seen(*names: str, absent: tuple[str, ...] = ()) -> Situation:
    def atom(name: str) -> Atom:
        predicate, _, term = name.rstrip(")").partition("(")
        return Atom(predicate, (term,) if term else ())

    return Situation(
        (*(Observation(atom(n)) for n in names), *(Observation(atom(n), absent=True) for n in absent))
    )


def pair(reasoner: Reasoner, situation: Situation) -> tuple[Explanation, Explanation]:
    one = reasoner.best_with(situation, include=(BENDS,), exclude=(ARCHES,))
    other = reasoner.best_with(situation, include=(ARCHES,), exclude=(BENDS,))
    assert one is not None
    assert other is not None
    return one, other


def by_name(parts: tuple[Contribution, ...]) -> dict[str, Contribution]:
    return {"" if p.observation is None else str(p.observation.atom): p for p in parts}


def nats(probability: float) -> int:
    return round(-math.log(probability) * 1e6)


def test_every_cost_lands_where_it_belongs() -> None:
    reasoner = Reasoner(KB)
    situation = seen("pain", "bend(mid)", "first", "second")
    here, rival = pair(reasoner, situation)
    parts = by_name(contributions(reasoner, situation, here, rival))
    assert parts["pain"].here == nats(0.9)
    assert parts["pain"].rival == nats(0.8)
    # bend(mid) shows that bend(high) and bend(low) are absent, which either cause led to expect.
    assert parts["bend(mid)"].here == nats(0.8) + nats(0.2)
    assert parts["bend(mid)"].rival == nats(0.8) + nats(0.4)
    # The chance of `loaded` is borne half by each finding that needs it.
    assert parts["first"].here + parts["second"].here == nats(0.7) + nats(0.9) + nats(0.8)
    assert abs(parts["first"].here - nats(0.9) - nats(0.7) // 2) <= 1
    assert parts["first"].rival == nats(0.05)
    assert parts[""].here == min(nats(0.1), nats(0.3) + nats(0.5))
    assert parts[""].rival == nats(0.2)
    assert parts["pain"].nats == pytest.approx(math.log(0.9 / 0.8), abs=1e-5)
    assert sum(p.difference for p in parts.values()) == here.cost - rival.cost


def test_a_failed_rule_is_borne_by_the_observation_that_shows_it() -> None:
    reasoner = Reasoner(KB)
    situation = seen("pain", absent=("bend(high)", "first"))
    here, rival = pair(reasoner, situation)
    parts = by_name(contributions(reasoner, situation, here, rival))
    assert parts["bend(high)"].here == nats(0.2)
    assert parts["bend(high)"].rival == 0
    assert sum(p.difference for p in parts.values()) == here.cost - rival.cost


def test_an_observations_own_unexplained_probability_counts() -> None:
    reasoner = Reasoner(KB)
    situation = Situation((Observation(Atom("pain")), Observation(Atom("first"), unexplained=0.5)))
    here, rival = pair(reasoner, situation)
    parts = by_name(contributions(reasoner, situation, here, rival))
    assert parts["first"].rival == nats(0.5)
    assert sum(p.difference for p in parts.values()) == here.cost - rival.cost


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), keep=st.sampled_from([0.4, 0.7, 1.0]), male=st.booleans())
def test_differences_add_up_exactly(seed: int, keep: float, male: bool) -> None:
    rng = np.random.default_rng(seed)
    sex = (Atom("sex", ("male" if male else "female",)),)
    situation = complete_situation(draw(KB, rng, given=sex), KB, keep=keep, rng=rng)
    reasoner = Reasoner(KB)
    here, rival = pair(reasoner, situation)
    parts = contributions(reasoner, situation, here, rival)
    assert [p.observation for p in parts[1:]] == list(situation.observations)
    assert sum(p.here for p in parts) == here.cost
    assert sum(p.rival for p in parts) == rival.cost
    again = contributions(reasoner, situation, rival, here)
    assert [p.difference for p in again] == [-p.difference for p in parts]


def test_words_and_json() -> None:
    assert seen_in_words(KB, Observation(Atom("pain"))) == "has pain"
    assert seen_in_words(KB, Observation(Atom("pain"), absent=True)) == "not: has pain"
    assert seen_in_words(KB, Observation(Atom("pain"), absent=True), "ja") == "「痛い」ではない"
    part = Contribution(Observation(Atom("pain"), absent=True), 1_000_000, 3_000_000)
    assert part.as_dict() == {"observation": "pain", "absent": True, "nats": 2.0}
    assert Contribution(None, 0, 0).as_dict()["observation"] is None
