"""The public diagnosis problems: the same cost as clingo's optimum on every one of them."""

from __future__ import annotations

import time
from pathlib import Path

import clingo
import pytest

from mitate.abduce.atms import read_atms
from mitate.abduce.ground import cost_of
from mitate.abduce.language import KnowledgeBase
from mitate.abduce.solve import Reasoner

FMEA = Path(__file__).parents[2] / "../shared/data/fmea_abduction"


def optimum(kb: KnowledgeBase) -> int:
    """The least number of hypotheses, by answer set programming."""
    lines = [f"{{h({name})}}. #minimize {{1,{name}: h({name})}}." for name in _quoted(kb, "cause")]
    for rule in kb.rules:
        body = ", ".join(_literal(kb, atom.predicate) for atom in rule.body)
        if rule.head is not None:
            lines.append(f"{_literal(kb, rule.head.predicate)} :- {body}.")
    lines += [f":- not {_literal(kb, seen.atom.predicate)}." for seen in kb.situation.observations]
    control = clingo.Control(["--warn=none"], logger=lambda code, message: None)
    control.add("base", [], "\n".join(lines))
    control.ground([("base", [])])
    cost = -1
    with control.solve(yield_=True) as models:
        for model in models:
            cost = model.cost[0] if model.cost else 0
    return cost


def _quoted(kb: KnowledgeBase, kind: str) -> list[str]:
    return [f'"{predicate.name}"' for predicate in kb.predicates.values() if predicate.kind == kind]


def _literal(kb: KnowledgeBase, name: str) -> str:
    return f'{"h" if kb.predicates[name].kind == "cause" else "a"}("{name}")'


@pytest.mark.skipif(not FMEA.is_dir(), reason="the shared FMEA problems are not here")
def test_the_same_cost_as_clingo_on_every_public_problem() -> None:
    paths = sorted(FMEA.glob("*/*.atms"))
    assert len(paths) > 180
    spent = 0.0
    for path in paths:
        kb = read_atms(path)
        best = optimum(kb)
        began = time.process_time()
        answer = Reasoner(kb).explain(kb.situation, k=3)
        spent += time.process_time() - began
        if best < 0:
            assert answer.status == "impossible", path
            continue
        assert answer.status == "optimal", path
        first = answer.explanations[0]
        assert first.cost == best * cost_of(kb.predicates[first.causes[0].predicate].prior or 1.0), path
        assert len(first.causes) == best
        assert all(one.cost >= first.cost for one in answer.explanations)
    assert spent < 20  # measured 1
