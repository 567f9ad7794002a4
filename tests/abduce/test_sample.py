"""Simulated people: frequencies are the model's probabilities, conditions hold, one seed gives one person."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from mitate.abduce.forward import network
from mitate.abduce.language import Atom
from mitate.abduce.parse import parse
from mitate.abduce.sample import Sample, complete_situation, draw
from mitate.abduce.solve import Reasoner
from mitate.errors import InputError

KB = parse("""
source s "a study"
sort side "side" = left "left", right "right"
sort grade "grade" = low "low", mid "mid", high "high"
sort sex "sex" = female "female", male "male"
given sex(sex) "is {1}" one of sex
hypothesis sits "sits" prior 0.3 source s
cause bends "bends" prior 0.1 source s
cause arches "arches" prior 0.2 source s
cause turns(side) "turns {1}" prior 0.05 source s
exclude one_way: bends, arches source s
observation pain "pain" unexplained 0.01 source s
observation bend(grade) "bend {1}" one of grade unexplained 0.1 source s
unexplained bend(mid) 0.8 source s
observation ache(side) "ache {1}" unexplained 0.2 source s
ask q_pain "pain?" takes 5 reveals pain
ask q_bend "film" takes 40 reveals bend(_)
rule r1: sits => bends 0.5 source s
rule r2: bends => bend(high) 0.8 source s
rule r3: arches => bend(low) 0.6 source s
rule r4: bends => bend(mid) 0.3 source s
rule r5: turns(S) => ache(S) 0.7 source s
rule r6: bends => pain 0.9 source s
rule r7: sex(female) => ache(left) 0.5 source s
""")
BENDS, ARCHES, SITS, PAIN = Atom("bends"), Atom("arches"), Atom("sits"), Atom("pain")
N = 8000


def people(n: int = N, seed: int = 1, **conditions: object) -> list[Sample]:
    rng = np.random.default_rng(seed)
    return [draw(KB, rng, **conditions) for _ in range(n)]  # type: ignore[arg-type]


def near(count: int, n: int, p: float) -> None:
    sd = math.sqrt(n * p * (1 - p))
    assert abs(count - n * p) <= 4.5 * sd + 1e-9, f"{count / n} is not {p}"


def test_hidden_frequencies_are_the_models() -> None:
    drawn = people()
    bends = 1 - 0.9 * (1 - 0.3 * 0.5)
    # Worlds in which both hold are refused.
    allowed = 1 - bends * 0.2
    near(sum(BENDS in s.causes for s in drawn), N, bends * 0.8 / allowed)
    near(sum(ARCHES in s.causes for s in drawn), N, 0.2 * (1 - bends) / allowed)
    assert not any(BENDS in s.causes and ARCHES in s.causes for s in drawn)
    near(sum(Atom("turns", ("left",)) in s.causes for s in drawn), N, 0.05)


def test_observations_compete_and_fall_back_to_their_base_rates() -> None:
    drawn = people(causes=(BENDS,))
    assert all(s.causes == (BENDS,) for s in drawn)
    count = Counter(a.terms[0] for s in drawn for a in s.present if a.predicate == "bend")
    assert sum(count.values()) == N
    high = 0.8 * 0.7 + 0.8 * 0.3 / 2 + 0.2 * 0.7 * 0.1
    near(count["high"], N, high)
    near(count["low"], N, 0.2 * 0.7 * 0.1)
    near(sum(PAIN in s.present for s in drawn), N, 1 - 0.1 * 0.99)
    near(sum(Atom("ache", ("left",)) in s.present for s in drawn), N, 0.2)


def test_what_leads_to_a_forced_cause_is_drawn_as_among_people_who_have_it() -> None:
    drawn = people(4000, causes=(BENDS,))
    with_habit, without = 0.3 * (1 - 0.9 * 0.5), 0.7 * 0.1
    near(sum(SITS in s.hypotheses for s in drawn), 4000, with_habit / (with_habit + without))


def test_other_causes_come_about_where_allowed() -> None:
    drawn = people(4000, causes=(BENDS,), others=True)
    near(sum(Atom("turns", ("left",)) in s.causes for s in drawn), 4000, 0.05)
    assert not any(ARCHES in s.causes for s in drawn)


def test_given_facts_and_required_findings() -> None:
    female = Atom("sex", ("female",))
    drawn = people(3000, given=(female,), causes=(ARCHES,))
    near(sum(Atom("ache", ("left",)) in s.present for s in drawn), 3000, 1 - 0.5 * 0.8)
    assert complete_situation(drawn[0], KB).given == (female,)
    assert all(PAIN in s.present for s in people(50, causes=(ARCHES,), required=(PAIN,)))


def test_every_observation_is_present_or_absent() -> None:
    everything = {a for a in network(KB).atoms if KB.predicates[a.predicate].kind == "observation"}
    for sample in people(50):
        assert set(sample.present) | set(sample.absent) == everything
        assert not set(sample.present) & set(sample.absent)


def test_the_same_seed_gives_the_same_people() -> None:
    assert people(20, seed=5) == people(20, seed=5)
    assert people(20, seed=5) != people(20, seed=6)


def test_impossible_conditions_end_with_a_message() -> None:
    with pytest.raises(InputError, match=r"no simulated person .* bends, arches"):
        draw(KB, np.random.default_rng(0), causes=(BENDS, ARCHES))
    with pytest.raises(InputError, match="no such atom"):
        draw(KB, np.random.default_rng(0), causes=(Atom("bend_s"),))


def test_a_situation_states_what_was_seen_and_contradicts_nothing() -> None:
    sample = draw(KB, np.random.default_rng(2), causes=(BENDS,))
    situation = complete_situation(sample, KB)
    stated = {o.atom for o in situation.observations if not o.absent}
    assert stated == set(sample.present)
    assert not any(o.atom.predicate == "bend" and o.absent for o in situation.observations)
    assert Reasoner(KB).explain(situation).explanations


def test_a_share_or_some_questions_of_a_situation() -> None:
    sample = draw(KB, np.random.default_rng(2), causes=(BENDS,))
    rng = np.random.default_rng(0)
    assert len(complete_situation(sample, KB, keep=0.5, rng=rng).observations) == 2
    assert complete_situation(sample, KB, keep=0.0, rng=rng).observations == ()
    asked = complete_situation(sample, KB, questions=KB.questions[1:])
    assert [o.atom.predicate for o in asked.observations] == ["bend"]
    with pytest.raises(InputError, match="share"):
        complete_situation(sample, KB, keep=1.5, rng=rng)
    with pytest.raises(InputError, match="generator"):
        complete_situation(sample, KB, keep=0.5)
