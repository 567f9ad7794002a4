"""Horn diagnosis problems against clingo: the same optimum, and how long it takes.

The problems are those of R. Koitz-Hristov and F. Wotawa as collected with
github:nqtuan0192/LinearAlgebraicComputationofAbduction (MIT). Both solvers look for the fewest hypotheses.

Both are warm: all imports are done, and each has solved the problem once before it is timed. Ours starts from
the parsed knowledge base held by a `Reasoner`, which keeps the ground rules of the first time, and ends with
the proof; clingo starts from the program text in memory: Control, add, ground, solve. As this leaves clingo
the reading and grounding, two rows without a bar say how it is otherwise: ours with a fresh `Reasoner`, which
compiles the base anew, and clingo's solve alone on a program that is grounded beforehand. The runs are
interleaved in blocks, on one core; the time of a problem is the median of its repetitions. The first run of a
block finds the processor's caches full of the other solver's work: a further ratio counts only these.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import clingo
import numpy as np

from benchmarks.rows import quantile, share
from mitate.abduce.atms import read_atms
from mitate.abduce.ground import MICRO
from mitate.abduce.language import Atom, KnowledgeBase
from mitate.abduce.solve import Reasoner
from mitate.figures import Figure

__all__ = ["DATA", "optimum", "program", "run"]

DATA = Path(__file__).parents[2] / "shared" / "data" / "fmea_abduction"
BLOCKS, BLOCK = 5, 5
_SLOWEST_MS = 50.0
_RATIO = 4.0


@dataclass(frozen=True, slots=True)
class _Times:
    """Seconds of one problem, the median of its repetitions.

    Attributes:
        ours_after, clingo_after: of the first run of each block only.
        worst: the slowest single run of ours.
    """

    ours: float
    fresh: float
    clingo: float
    clingo_solve: float
    ours_after: float
    clingo_after: float
    worst: float


def program(kb: KnowledgeBase) -> str:
    """The problem as an answer set program: choose hypotheses, derive the goal, use as few as possible."""
    names = {name: f"a{number}" for number, name in enumerate(kb.predicates)}

    def atom(one: Atom) -> str:
        return names[one.predicate]

    causes = [names[p.name] for p in kb.predicates.values() if p.kind == "cause"]
    lines = [f"{{{'; '.join(causes)}}}."]
    lines += [
        f"{atom(rule.head)} :- {', '.join(map(atom, rule.body))}."
        for rule in kb.rules
        if rule.head is not None
    ]
    lines += [f":- not {atom(seen.atom)}." for seen in kb.situation.observations]
    lines.append("#minimize {" + "; ".join(f"1,{name} : {name}" for name in causes) + "}.")
    return "\n".join(lines)


def _grounded(text: str) -> clingo.Control:
    control = clingo.Control(logger=lambda code, message: None, message_limit=0)
    control.add("base", [], text)
    control.ground([("base", [])])
    return control


def _solved(control: clingo.Control) -> int | None:
    found: list[int] = []
    result = control.solve(on_model=lambda model: found.append(model.cost[0]))
    return found[-1] if found and result.exhausted else None


def optimum(text: str) -> int | None:
    """The number of hypotheses in clingo's proven optimum; None if there is none."""
    return _solved(_grounded(text))


def _ours(reasoner: Reasoner) -> int | None:
    answer = reasoner.explain(reasoner.kb.situation, k=1)
    return answer.explanations[0].cost if answer.explanations and answer.status == "optimal" else None


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _timed(reasoner: Reasoner, text: str) -> _Times:
    ours, fresh, theirs, solve = [], [], [], []
    for _ in range(BLOCKS):
        ours += [_seconds(partial(_ours, reasoner)) for _ in range(BLOCK)]
        theirs += [_seconds(partial(optimum, text)) for _ in range(BLOCK)]
    for _ in range(BLOCKS):
        fresh += [_seconds(lambda: _ours(Reasoner(reasoner.kb))) for _ in range(BLOCK)]
        solve += [_seconds(partial(_solved, _grounded(text))) for _ in range(BLOCK)]
    return _Times(
        ours=median(ours),
        fresh=median(fresh),
        clingo=median(theirs),
        clingo_solve=median(solve),
        ours_after=median(ours[::BLOCK]),
        clingo_after=median(theirs[::BLOCK]),
        worst=max(ours),
    )


def run(core: str) -> list[Figure]:
    """Solves every problem by both, compares, times, and returns the figures."""
    equal, times = 0, []
    for path in sorted(DATA.rglob("*.atms")):
        kb = read_atms(path)
        reasoner, text = Reasoner(kb), program(kb)
        ours, theirs = _ours(reasoner), optimum(text)  # also warms both
        if ours is not None and theirs is not None and ours == theirs * MICRO:
            equal += 1
        else:
            print(f"  differs: {path.stem}: {ours} micro-nats, clingo {theirs} hypotheses")
        times.append(_timed(reasoner, text))
    return _figures(equal, times, core)


def _figures(equal: int, times: list[_Times], core: str) -> list[Figure]:
    n = len(times)
    data = f"fmea_abduction, {n} Horn diagnosis problems"
    timed = (
        f"{data}; {core}, in turn {BLOCKS} times {BLOCK} runs each, median of each problem; "
        "warm: both solved it once before; "
    )
    held, text = (
        "ours from the parsed base in a Reasoner",
        "clingo from program text: Control, add, ground, solve",
    )
    ours = [one.ours for one in times]
    theirs = [one.clingo for one in times]
    slowest = max(ours)
    return [
        share("FMEA, cost equal to clingo's optimum", equal, n, data, 100.0),
        quantile("FMEA, time", ours, 0.5, f"{timed}{held}"),
        Figure(
            "FMEA, time, slowest problem",
            1000 * slowest,
            "ms",
            None,
            None,
            n,
            f"{timed}{held}",
            _SLOWEST_MS,
            False,
        ),
        Figure(
            "FMEA, time, slowest single run",
            1000 * max(one.worst for one in times),
            "ms",
            None,
            None,
            n * BLOCKS * BLOCK,
            f"{timed}{held}",
        ),
        quantile("FMEA, time, clingo", theirs, 0.5, f"{timed}{text}"),
        *_ratios(times, timed, held, text),
    ]


def _ratios(times: list[_Times], timed: str, held: str, text: str) -> list[Figure]:
    """How much longer clingo takes, and the rows that are less flattering than that one."""
    both = f"{timed}{held}; {text}"
    ours = [one.ours for one in times]
    theirs = [one.clingo for one in times]
    return [
        _ratio("FMEA, clingo's median time over ours", theirs, ours, both, _RATIO),
        _ratio(
            "FMEA, clingo's median time over ours, first run after the other",
            [one.clingo_after for one in times],
            [one.ours_after for one in times],
            both,
        ),
        quantile(
            "FMEA, time, fresh Reasoner",
            [one.fresh for one in times],
            0.5,
            f"{timed}ours from the parsed base, compiled anew each time",
        ),
        _ratio(
            "FMEA, clingo's median time over ours with a fresh Reasoner",
            theirs,
            [one.fresh for one in times],
            f"{timed}ours from the parsed base, compiled anew each time; {text}",
        ),
        quantile(
            "FMEA, time, clingo's solve alone",
            [one.clingo_solve for one in times],
            0.5,
            f"{timed}clingo's program grounded beforehand, which is not timed",
        ),
    ]


def _ratio(name: str, above: list[float], below: list[float], data: str, bar: float | None = None) -> Figure:
    """A ratio of medians, with a bootstrap interval over problems."""
    rng = np.random.default_rng(0)
    pairs = np.array([above, below])
    picks = rng.integers(len(above), size=(4000, len(above)))
    ratios = np.median(pairs[0][picks], axis=1) / np.median(pairs[1][picks], axis=1)
    low, high = np.percentile(ratios, [2.5, 97.5])
    value = median(above) / median(below)
    return Figure(name, value, "", float(low), float(high), len(above), data, bar)
