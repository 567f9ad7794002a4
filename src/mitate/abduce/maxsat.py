"""Weighted partial MaxSAT with an answer at any time: python-sat's RC2, stratified, refinable, never overdue.

RC2 (Ignatiev, Morgado, Marques-Silva, "RC2: an Efficient MaxSAT Solver", JSAT 11, 2019) raises a lower bound
from core to core. Run as it comes it has no answer before the last core; here the cores of the heavy literals
come first (stratification: Ansotegui, Bonet, Levy, "SAT-based MaxSAT algorithms", AIJ 196, 2013), so that
each stratum ends in a model, which is an upper bound. A search that lasts is interrupted by a timer.

The SAT solver is MiniCard (Liffiton, Maglalang, SAT 2012): it takes the cardinalities of cores as they are,
without clauses, and heeds the timer at each decision, where Glucose did only at its restarts, seconds late.
"""

from __future__ import annotations

import math
import time
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import TIMEOUT_MAX, Timer
from typing import Any, Literal

from pysat.examples.rc2 import RC2
from pysat.formula import WCNF, IDPool

__all__ = ["Maxsat", "Optimum", "Status"]

Status = Literal["optimal", "stopped", "impossible"]
_SOON_S = 0.02
"""From when on a timer watches a search: most end long before, and a timer is a thread."""
_PROPAGATIONS = 100_000
"""How far the solver goes before a timer is set in any case."""
_FURTHER = 5_000_000
"""How far it goes then before Python has a look, so that Ctrl-C is heard within a second or so."""
_LARGE = 100_000
"""From so many clauses on, a timer watches from the beginning."""
_STEP = 0.9
"""Each stratum takes in the literals of at least this share of the last one's least cost."""
_EASY = 8
"""From so many cores on each is minimised first; before, it takes longer than it saves."""

Refine = Callable[[frozenset[int]], Sequence[Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Optimum:
    """What a search found.

    Attributes:
        true: the variables that are true in the best model found; None if none was found.
        cost: the cost of that model; the bound if there is none.
        bound: no model costs less than this.
        status: ``optimal``; ``stopped`` by the deadline; ``impossible``: the clauses contradict each other.
    """

    true: frozenset[int] | None
    cost: int
    bound: int
    status: Status


class _Overdue(Exception):
    """The deadline passed inside RC2; never leaves this module."""


class _Rc2(RC2):  # type: ignore[misc]
    """RC2 with a deadline, and without its own constructor, which makes a class at each call.

    Cores are minimised: on bases of causes and findings that makes the hardest cases a hundred times faster.
    """

    _Maps = namedtuple("_Maps", ["e2i", "i2e"])

    def __init__(self, cost_of: Mapping[int, int]) -> None:
        self.verbose, self.exhaust, self.process, self.solver = 0, False, 0, "mc"
        self.adapt, self.minz, self.trim = False, False, 0
        self.deadline = math.inf
        self.large = False
        self.minimizing = False
        self.alarm: Timer | None = None
        self.soon, self.rang = 0.0, False
        self.oracle: Any = None
        self.processor: Any = None
        self.expect_interrupt, self.interrupted = False, False
        self.sels: list[int] = []
        self.sall: list[int] = []
        self.sums: list[int] = []
        self.filt: list[int] = []
        self.sneg: set[int] = set()
        self.smap: dict[int, int] = {}
        self.s2cl: dict[int, list[int]] = {}
        self.wght: dict[int, int] = {}
        self.bnds: dict[int, int] = {}
        self.swgt: dict[int, int] = {}
        self.tobj: dict[int, Any] = {}
        self.cost = 0
        self.vmap = self._Maps({}, {})
        formula = WCNF()
        formula.soft = [[-literal] for literal in cost_of]
        formula.wght = list(cost_of.values())
        self.init(formula)
        self.know(0)

    def _call_oracle(self, assumptions: Sequence[int] = (), expect_interrupt: bool = False) -> bool | None:
        """Whether the clauses hold under assumptions; None only where `minimize_core` set a limit.

        Raises:
            _Overdue: the deadline passed.
        """
        assumed, oracle = list(assumptions), self.oracle
        budget, verdict = _PROPAGATIONS, None
        while verdict is None:
            self._watch(self.large or budget > _PROPAGATIONS)
            oracle.prop_budget(budget)
            verdict = oracle.solve_limited(assumptions=assumed, expect_interrupt=True)
            if verdict is None and self.minimizing and budget > _PROPAGATIONS and not self.rang:
                break  # out of conflicts
            budget = _FURTHER
        oracle.prop_budget(-1)
        return verdict

    def _watch(self, slow: bool) -> None:
        """Looks at the clock, and sets the alarm once a search is no longer a short one."""
        now = time.monotonic()
        if now >= self.deadline or self.rang:
            raise _Overdue
        if self.alarm is None and self.deadline < math.inf and (slow or now >= self.soon):
            self.alarm = Timer(min(self.deadline - now, TIMEOUT_MAX), self._ring)
            self.alarm.daemon = True
            self.alarm.start()

    def _ring(self) -> None:
        self.rang = True
        self.oracle.interrupt()

    def begin(self, deadline: float) -> None:
        """Begins a search that ends at a deadline."""
        self.deadline, self.soon = deadline, time.monotonic() + _SOON_S

    def end(self) -> None:
        """Ends it: the alarm will not ring any more."""
        if self.alarm is not None:
            self.alarm.cancel()
            self.alarm.join()
            self.alarm, self.rang = None, False
            self.oracle.clear_interrupt()

    def minimize_core(self) -> None:
        """RC2's own, whose limit on conflicts is lifted whatever happens in it."""
        self.minimizing = True
        try:
            super().minimize_core()
        finally:
            self.minimizing = False
            self.oracle.conf_budget(-1)

    def know(self, variables: int) -> None:
        """Tells how many variables the clauses have, before any other is made, and sets out from no cost."""
        self.oracle.set_phases(self.sels)
        self.known = variables
        self.pool = IDPool(start_from=variables + 1)

    def _map_extlit(self, literal: int) -> int:
        """RC2's own, without a table of the variables that mean themselves."""
        mapped: int = literal if abs(literal) <= self.known else super()._map_extlit(literal)
        return mapped


@dataclass(slots=True)
class _Search:
    """The best model so far, and how many cores it took."""

    best: frozenset[int] | None = None
    cost: int = 0
    cores: int = 0

    def note(self, true: frozenset[int], cost: int) -> None:
        """Keeps a model if it is the best so far."""
        if self.best is None or cost < self.cost:
            self.best, self.cost = true, cost


class Maxsat:
    """A set of clauses, of which all must hold, and literals that cost something when they are true.

    Args:
        clauses: lists of non-zero integers, as in DIMACS.
        cost_of: whole costs above 0 of literals; a literal and its negation must not both be here.
        variables: the greatest variable of all; None has it looked for.
        deadline: the value of `time.monotonic` at which to stop loading clauses; nothing is found then.
    """

    def __init__(
        self,
        clauses: Iterable[Sequence[int]],
        cost_of: Mapping[int, int],
        *,
        variables: int | None = None,
        deadline: float = math.inf,
    ) -> None:
        self._cost_of = dict(cost_of)
        self._rc2 = _Rc2(self._cost_of)
        self._rc2.deadline = deadline
        self._possible = True
        self._counted = variables is not None
        self._variables = variables or max(map(abs, cost_of), default=0)
        try:
            self._load(clauses)
            self._loaded = True
        except _Overdue:
            self._loaded = False
        self._rc2.know(self._variables)

    def _load(self, clauses: Iterable[Sequence[int]]) -> None:
        add, deadline = self._rc2.oracle.solver.add_clause, self._rc2.deadline
        counted, used, number = self._counted, self._variables, 0
        for number, clause in enumerate(clauses, 1):
            if not number & 1023 and time.monotonic() >= deadline:
                raise _Overdue
            if not clause:
                self._possible = False
                continue
            add(clause)
            if not counted:
                used = max(used, max(clause), -min(clause))
        self._variables, self._rc2.large = used, number > _LARGE

    def close(self) -> None:
        """Frees the solver's memory now instead of at some time later."""
        self._rc2.delete()

    def add(self, clause: Sequence[int]) -> None:
        """Adds a clause that must hold. What was found out about bounds stays true."""
        if clause:
            self._rc2.add_clause(list(clause))
        else:
            self._possible = False

    def minimise(self, deadline: float = float("inf"), refine: Refine | None = None) -> Optimum:
        """The cheapest model.

        Args:
            deadline: the value of `time.monotonic` at which to stop with the best so far.
            refine: given the true variables of a candidate, returns the clauses it breaks that were not
                written down beforehand; none accepts the candidate.
        """
        if not self._loaded:
            return Optimum(None, 0, 0, "stopped")
        search = _Search()
        self._rc2.begin(deadline)
        try:
            return self._descend(search, refine)
        except _Overdue:
            bound = self._rc2.cost
            return Optimum(search.best, bound if search.best is None else search.cost, bound, "stopped")
        finally:
            self._rc2.end()

    def _descend(self, search: _Search, refine: Refine | None) -> Optimum:
        """Through the strata, from the heaviest literals down to all of them."""
        rc2 = self._rc2
        level = max(rc2.wght.values(), default=0)
        while self._possible:
            hasty = search.cores == _EASY and search.best is None  # any model, before this lasts
            heavy = [lit for lit in rc2.sels + rc2.sums if rc2.wght[lit] >= level and not hasty]
            if not rc2._call_oracle(heavy):
                rc2.get_core()
                if not rc2.core:
                    break
                rc2.process_core()
                search.cores += 1
                rc2.minz = search.cores > _EASY
                continue
            true = self._true_variables()
            broken = refine(true) if refine else ()
            if broken:
                for clause in broken:
                    self.add(clause)
                continue
            search.note(true, self._cost(true))
            if search.cost <= rc2.cost:
                return Optimum(search.best, search.cost, search.cost, "optimal")
            if hasty:
                continue
            lighter = [rc2.wght[lit] for lit in rc2.sels + rc2.sums if rc2.wght[lit] < level]
            if not lighter:
                return Optimum(search.best, search.cost, search.cost, "optimal")
            level = max((weight for weight in lighter if weight <= level * _STEP), default=min(lighter))
        return Optimum(None, rc2.cost, rc2.cost, "impossible")

    def _true_variables(self) -> frozenset[int]:
        model = self._rc2.oracle.get_model() or []
        return frozenset(literal for literal in model[: self._variables] if literal > 0)

    def _cost(self, true: frozenset[int]) -> int:
        return sum(cost for literal, cost in self._cost_of.items() if (abs(literal) in true) == (literal > 0))
