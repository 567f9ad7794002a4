"""Large and hard generated bases: time and memory at 100,000 ground rules, and whether a time limit holds.

Three large bases of random Horn rules over a finite sort, with random priors and probabilities:

* ``register``: the low-back base's kind, many times its size: causes, and findings that also come about for
  no reason. One case is drawn from it with three true causes and complete data, so that every ground rule
  bears on the answer. The goal of 2 s is this one's.
* ``patient``: rare causes, derived findings, observations that also come about for no reason. One case is
  drawn from it with five true causes and complete data, so that each ground rule for an observation bears on
  the answer: what was seen asks for a cause, what was seen to be absent speaks against one.
* ``derivation``: a few observations that must be explained; backward chaining from them reaches every layer
  and every ground rule.

Each is measured in a process of its own, so that its peak memory is its own. The hard problem is the cheapest
weighted vertex cover of a random graph: each edge is an observation that must be explained, each vertex a
cause that explains its edges.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mitate.abduce.answer import Answer
from mitate.abduce.forward import network
from mitate.abduce.ground import MICRO, Grounder
from mitate.abduce.language import KnowledgeBase, Observation, Situation
from mitate.abduce.parse import parse
from mitate.abduce.relevant import relevant
from mitate.abduce.sample import draw
from mitate.abduce.solve import Reasoner
from mitate.figures import Figure

__all__ = ["derivation", "patient", "register", "scale", "stop", "vertex_cover"]

SEEDS = (1, 2, 3)
GROUND_RULES = 100_000
_LIMIT_S = 10.0
_FIRST_S, _MEMORY_MB, _OVERSHOOT_S = 2.0, 2000.0, 0.2
_THINGS = 20


def _sort(size: int) -> list[str]:
    names = ", ".join(f't{i} "t{i}"' for i in range(size))
    return ['title "generated"', f'sort thing "thing" = {names}']


def _body(rng: np.random.Generator, layer: int, width: int, *, pairs: float, free: float) -> str:
    """One or two atoms of a layer over X and Y, at times with a third variable."""
    first, second = (f"l{layer}_{number}" for number in rng.choice(width, size=2, replace=False))
    third = rng.random() < free
    if rng.random() < pairs:
        ends = ("X, Z", "Z, Y") if third else ("X, Y", ("Y, X", "X, Y")[rng.integers(2)])
        return f"{first}({ends[0]}) and {second}({ends[1]})"
    one = ("X, Z", "Z, Y") if third else ("X, Y", "Y, X")
    return f"{first}({one[rng.integers(2)]})"


def register(seed: int) -> tuple[KnowledgeBase, Situation]:
    """A base like a clinic's, only larger: 1,000 causes, 5,000 findings, and a case with complete data."""
    rng = np.random.default_rng(seed)
    size, causes, findings, links = 10, 100, 500, 100
    lines = _sort(size)
    lines += [f'cause c{i}(thing) "c" prior {rng.uniform(0.0005, 0.003):.5f}' for i in range(causes)]
    lines += [
        f'observation o{i}(thing) "o" unexplained {rng.uniform(0.002, 0.02):.4f}' for i in range(findings)
    ]
    for i in range(causes):
        for finding in rng.choice(findings, size=links, replace=False).tolist():
            chance = rng.uniform(0.3, 0.95)
            lines.append(f"rule r{i}_{finding}: c{i}(X) => o{finding}(X) {chance:.4f}")
    return _case(parse("\n".join(lines)), rng, causes=3)


def patient(seed: int) -> tuple[KnowledgeBase, Situation]:
    """A base of causes, derived findings and observations, and a case drawn from it."""
    rng = np.random.default_rng(seed)
    lines = _sort(_THINGS)
    lines += [f'cause l0_{i}(thing, thing) "c" prior {rng.uniform(0.0005, 0.003):.5f}' for i in range(10)]
    lines += [f'derived l1_{i}(thing, thing) "d"' for i in range(10)]
    lines += [
        f'observation l2_{i}(thing, thing) "o" unexplained {rng.uniform(0.002, 0.02):.4f}' for i in range(20)
    ]
    for layer, width, rules in ((1, 10, 10), (2, 20, 12)):
        for i in range(width):
            for number in range(rules):
                body = _body(rng, layer - 1, 10, pairs=0.3, free=0.02)
                chance = rng.uniform(0.3, 0.95)
                lines.append(f"rule r{layer}_{i}_{number}: {body} => l{layer}_{i}(X, Y) {chance:.4f}")
    return _case(parse("\n".join(lines)), rng, causes=5)


def _case(kb: KnowledgeBase, rng: np.random.Generator, *, causes: int) -> tuple[KnowledgeBase, Situation]:
    """A base with a case drawn from it: so many true causes, and all that is seen and seen to be absent."""
    net = network(kb)
    ground = [atom for atom, kind in zip(net.atoms, net.kinds, strict=True) if kind == "cause"]
    true = tuple(ground[place] for place in rng.choice(len(ground), size=causes, replace=False).tolist())
    sample = draw(kb, rng, causes=true)
    seen = (
        *map(Observation, sample.present),
        *(Observation(atom, absent=True) for atom in sample.absent),
    )
    return kb, Situation(seen)


def derivation(seed: int) -> tuple[KnowledgeBase, Situation]:
    """A base of five layers, and ten observations that must be explained, from which all of it is reached."""
    rng = np.random.default_rng(seed)
    size, width, layers, rules = 16, 6, 6, 4
    lines = _sort(size)
    for i in range(width):
        lines.append(f'cause l0_{i}(thing, thing) "c" prior {rng.uniform(0.01, 0.3):.4f}')
        for x, y in rng.integers(size, size=(2 * size, 2)).tolist():
            lines.append(f"prior p{len(lines)}: l0_{i}(t{x}, t{y}) {rng.uniform(0.01, 0.3):.4f}")
    for layer in range(1, layers):
        lines += [f'derived l{layer}_{i}(thing, thing) "d"' for i in range(width)]
        for i in range(width):
            for number in range(rules):
                body = _body(rng, layer - 1, width, pairs=0.3, free=0.4)
                chance = rng.uniform(0.3, 0.95)
                lines.append(f"rule r{layer}_{i}_{number}: {body} => l{layer}_{i}(X, Y) {chance:.4f}")
    lines.append('observation seen(thing, thing) "s"')
    lines += [f"rule s{i}: l{layers - 1}_{i}(X, Y) => seen(X, Y) 0.9" for i in range(width)]
    for cell in sorted(rng.permutation(size * size)[:10].tolist()):
        lines.append(f"observe seen(t{cell // size}, t{cell % size})")
    kb = parse("\n".join(lines))
    return kb, kb.situation


_BASES: dict[str, Callable[[int], tuple[KnowledgeBase, Situation]]] = {
    "register": register,
    "patient": patient,
    "derivation": derivation,
}


def _measure(name: str, seed: int) -> dict[str, Any]:
    """One base: its ground rules, seconds to the answer, gap, and the peak memory of this process."""
    kb, situation = _BASES[name](seed)
    began = time.perf_counter()
    reasoner = Reasoner(kb)
    answer = reasoner.explain(situation, k=1, time_limit_s=_LIMIT_S)
    seconds = time.perf_counter() - began
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    early = Reasoner(kb).explain(situation, k=1, time_limit_s=_FIRST_S)
    return {
        "seconds": seconds,
        "status": answer.status,
        "best": _cost(answer),
        "best_at_2_s": _cost(early),
        "something_at_2_s": bool(early.explanations and early.explanations[0].steps),
        "bound": answer.lower_bound / MICRO,
        "peak_mb": peak / 1e6,
        "ground_rules": _ground_rules(kb, situation),
    }


def _cost(answer: Answer) -> float:
    """What the best explanation costs, in nats; that of the bound where there is none."""
    return (answer.explanations[0].cost if answer.explanations else answer.lower_bound) / MICRO


def _ground_rules(kb: KnowledgeBase, situation: Situation) -> int:
    """The distinct ground rules that conclude something which was observed or may be needed to explain it."""
    grounder = Grounder(kb)
    problem = relevant(grounder, situation)
    found = {
        (instance.rule, instance.values)
        for atom in (*problem.proving, *problem.absent)
        for instance in grounder.concluding(atom)
    }
    return len(found)


def scale(core: str) -> list[Figure]:
    """Both large bases, three of each, each in a process of its own."""
    figures = []
    for name in _BASES:
        rows = [_measured(name, seed) for seed in SEEDS]
        for seed, row in zip(SEEDS, rows, strict=True):
            told = ", ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items())
            print(f"  {name} {seed}: {told}", flush=True)
        figures += _scale_figures(name, rows, core)
    return figures


def _measured(name: str, seed: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.hard", name, str(seed)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=300, cwd=Path(__file__).parents[1]
    )
    row: dict[str, Any] = json.loads(done.stdout)
    return row


def _scale_figures(name: str, rows: list[dict[str, Any]], core: str) -> list[Figure]:
    least = int(min(row["ground_rules"] for row in rows))
    optimal = sum(row["status"] == "optimal" for row in rows)
    data = (
        f"generated base ({name}), seeds 1 to {len(rows)}, at least {least} ground rules that matter; "
        f"from the parsed base, grounding included; optimum proven in {optimal} of {len(rows)} "
        f"within {_LIMIT_S:g} s; {core}"
    )
    slowest = max(row["seconds"] for row in rows)
    peak = max(row["peak_mb"] for row in rows)
    gap = max((row["best"] - row["bound"]) / max(row["best"], 1e-9) for row in rows)
    early = [row for row in rows if row["something_at_2_s"]]
    above = [100 * (row["best_at_2_s"] / row["best"] - 1) for row in early]
    n, title = len(rows), f"Scale, {name}"
    first = _FIRST_S if name == "register" else None  # the others say how far it goes
    return [
        Figure(f"{title}: ground rules, least", least, "", None, None, n, data, GROUND_RULES),
        Figure(f"{title}: time to the answer, slowest", slowest, "s", None, None, n, data, first, False),
        Figure(f"{title}: optimum proven", optimal, "", None, None, n, data, n if first else None),
        Figure(
            f"{title}: overshoot of the 10 s limit",
            max(0.0, slowest - _LIMIT_S),
            "s",
            None,
            None,
            n,
            data,
            _OVERSHOOT_S,
            False,
        ),
        Figure(f"{title}: gap to the bound, largest", 100 * gap, "%", None, None, n, data),
        Figure(f"{title}: explained at a limit of 2 s", len(early), "", None, None, n, data),
        *(
            [
                Figure(
                    f"{title}: cost at a limit of 2 s above that at 10 s",
                    max(above),
                    "%",
                    None,
                    None,
                    n,
                    data,
                )
            ]
            if above
            else []
        ),
        Figure(f"{title}: peak memory of the process", peak, "MB", None, None, n, data, _MEMORY_MB, False),
    ]


def vertex_cover(seed: int, *, vertices: int = 300, degree: float = 12.0) -> KnowledgeBase:
    """The cheapest weighted vertex cover of a random graph, as causes that must explain every edge."""
    rng = np.random.default_rng(seed)
    lines = ['title "vertex cover"']
    lines += [f'cause v{i} "v" prior {rng.uniform(0.05, 0.6):.4f}' for i in range(vertices)]
    rules = []
    for i in range(vertices):
        for j in range(i + 1, vertices):
            if rng.random() < degree / (vertices - 1):
                edge = f"e{i}_{j}"
                lines.append(f'observation {edge} "e"')
                rules += [
                    f"rule r{edge}a: v{i} => {edge}",
                    f"rule r{edge}b: v{j} => {edge}",
                    f"observe {edge}",
                ]
    return parse("\n".join(lines + rules))


def stop(core: str) -> list[Figure]:
    """Limits of 10 s and 1 s on three hard graphs: by how much each is exceeded, and what was found."""
    bases = [vertex_cover(seed) for seed in SEEDS]
    figures = []
    for limit in (_LIMIT_S, 1.0):
        over, gaps, ended = [], [], 0
        for kb in bases:
            began = time.perf_counter()
            answer = Reasoner(kb).explain(kb.situation, k=1, time_limit_s=limit)
            over.append(time.perf_counter() - began - limit)
            ended += answer.status != "stopped"
            best = answer.explanations[0].cost if answer.explanations else 0
            gaps.append(100 * (best - answer.lower_bound) / best if best else 100.0)
        data = (
            f"weighted vertex cover of 3 random graphs, 300 vertices, mean degree 12, "
            f"{ended} solved in time; {core}"
        )
        name = f"Stop, limit {limit:g} s"
        figures += [
            Figure(f"{name}: overshoot, largest", max(over), "s", None, None, 3, data, _OVERSHOOT_S, False),
            Figure(f"{name}: gap to the bound, largest", max(gaps), "%", None, None, 3, data),
        ]
    return figures


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2]))))
