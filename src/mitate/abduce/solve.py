"""The best explanations of a situation: ground what matters, encode, minimise, and read the proof back."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from mitate.abduce.answer import Answer, Chance, Explanation, GroundRule, Step
from mitate.abduce.encode import Encoding, closure, encode, loop_formulas
from mitate.abduce.ground import Grounder, Instance, OutOfTime
from mitate.abduce.language import Atom, KnowledgeBase, Situation
from mitate.abduce.maxsat import Maxsat, Status
from mitate.abduce.relevant import Problem, given_only, relevant
from mitate.errors import InputError

__all__ = ["Answer", "Chance", "Explanation", "GroundRule", "Reasoner", "Step"]

_GRACE_S = 0.1
"""How long after the deadline an answer is looked for that needs no search."""
_TELLING_S = 0.3
"""How long before the deadline grounding, or a large search, ends at the latest."""
_READING_S = 8e-6
"""How long before the deadline a search ends, for each of its variables, so that the answer can be read."""


class Reasoner:
    """Explains situations by one knowledge base and keeps what it has grounded; one for each thread.

    Args:
        kb: a parsed knowledge base.
    """

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb = kb
        with _uncollected():
            self._ground = Grounder(kb)
        self._circular = _has_circles(kb)
        self._steps: dict[Instance, Step] = {}
        self._chances: dict[Instance | int, Chance] = {}

    def explain(self, situation: Situation, *, k: int = 3, time_limit_s: float = 10.0) -> Answer:
        """The k best explanations that differ in their causes.

        Each further one lacks a cause of every one before it. In a stopped answer the last one may not be the
        best.

        Args:
            situation: what was seen, seen absent and given.
            k: how many at most.
            time_limit_s: after which the best found so far is returned; kept within a tenth of a second.

        Raises:
            InputError: unknown atoms, observations that contradict each other, rules that explode, or a k or
                a time limit that cannot be.
        """
        if k < 1 or not time_limit_s > 0:
            raise InputError(
                f"{k} answers within {time_limit_s} s cannot be found",
                todo="ask for at least one answer and a time above 0",
            )
        with _uncollected():
            return self._search(situation, k, time.monotonic() + time_limit_s)

    def best_with(
        self,
        situation: Situation,
        *,
        include: Sequence[Atom] = (),
        exclude: Sequence[Atom] = (),
        time_limit_s: float = 10.0,
    ) -> Explanation | None:
        """The best explanation in which some atoms hold and others do not; None if there is none in time."""
        with _uncollected():
            answer = self._search(situation, 1, time.monotonic() + time_limit_s, include, exclude)
        return answer.explanations[0] if answer.explanations else None

    def ground_rules(self, atom: Atom) -> tuple[GroundRule, ...]:
        """The ground instances of the rules that conclude an atom."""
        self._check(atom)
        ground = self._ground
        ground.deadline = float("inf")
        return tuple(self._ground_rule(instance) for instance in ground.concluding(ground.number(atom)))

    def prior(self, atom: Atom) -> int | None:
        """What it costs to assume an atom, in micro-nats; None where it cannot be assumed."""
        self._check(atom)
        return self._ground.prior(self._ground.number(atom))

    def unexplained(self, atom: Atom) -> int | None:
        """What it costs to leave an atom unexplained, in micro-nats; None where it must be explained."""
        self._check(atom)
        return self._ground.unexplained(self._ground.number(atom))

    def rivals(self, atom: Atom) -> tuple[Atom, ...]:
        """The atoms that cannot be true together with an atom."""
        self._check(atom)
        return tuple(map(self._ground.atom, self._ground.rivals(self._ground.number(atom))))

    def _check(self, atom: Atom) -> None:
        predicate = self.kb.predicates.get(atom.predicate)
        sorts = self.kb.sorts
        if predicate is None or len(predicate.sorts) != len(atom.terms):
            raise InputError(f"{atom} is not an atom of this knowledge base", todo="see its declarations")
        for term, sort in zip(atom.terms, predicate.sorts, strict=True):
            if term not in sorts[sort].values:
                known = ", ".join(sorts[sort].values)
                raise InputError(f"{term!r} in {atom} is no {sort}", todo=f"use one of {known}")

    def _search(
        self,
        situation: Situation,
        k: int,
        deadline: float,
        include: Sequence[Atom] = (),
        exclude: Sequence[Atom] = (),
    ) -> Answer:
        started = time.monotonic()
        for atom in (*(o.atom for o in situation.observations), *situation.given, *include, *exclude):
            self._check(atom)
        ground = self._ground
        ground.deadline = deadline - min(_TELLING_S, (deadline - started) / 10)
        wanted, barred = map(ground.number, include), map(ground.number, exclude)
        try:
            problem = relevant(ground, situation, wanted=wanted, barred=barred)
            made = encode(ground, problem, circular=self._circular)
        except OutOfTime:
            found = () if include or exclude else self._nothing_assumed(situation)
            return Answer(situation, found, "stopped", 0, time.monotonic() - started)
        found, status, bound = self._minimise(problem, made, k, deadline)
        if status == "stopped" and not found and not include and not exclude:
            found = self._nothing_assumed(situation)
        return Answer(situation, found, status, bound, time.monotonic() - started)

    def _minimise(
        self, problem: Problem, made: Encoding, k: int, deadline: float
    ) -> tuple[tuple[Explanation, ...], Status, int]:
        found: list[Explanation] = []
        bound = 0
        refine = partial(loop_formulas, made, problem) if self._circular else None
        left = deadline - time.monotonic()
        deadline -= min(_READING_S * made.variables, _TELLING_S, left / 10)
        solver = Maxsat(made.clauses, made.costs, variables=made.variables, deadline=deadline)
        try:
            while len(found) < k:
                best = solver.minimise(deadline, refine)
                if not found:
                    bound = best.bound + made.base
                if best.true is not None:
                    found.append(self._read(problem, made, best.true, optimal=best.status == "optimal"))
                if best.status == "stopped":
                    return tuple(found), "stopped", bound
                if best.true is None:
                    return tuple(found), "optimal" if found else "impossible", bound
                causes = [made.atoms.get(self._ground.number(atom)) for atom in found[-1].causes]
                solver.add([-variable for variable in causes if variable is not None])
        finally:
            solver.close()
        return tuple(found), "optimal", bound

    def _read(self, problem: Problem, made: Encoding, true: frozenset[int], *, optimal: bool) -> Explanation:
        """The explanation that a model stands for, without what its proofs do not need."""
        ground = self._ground
        assumed = dict.fromkeys(atom for own, atom in made.assumed.items() if own in true)
        chosen = [instance for variable, instance in made.chosen.items() if variable in true]
        certain = _certain(problem, made, true)
        why = closure((*problem.given, *assumed), (*certain, *chosen))
        for atom in made.leaves:
            instance = None if atom in why else _cheapest(problem, atom, why)
            if instance is not None:
                chosen.append(instance)
                why[atom] = instance
        goals = [atom for atom in (*problem.present, *problem.wanted) if atom in why]
        needed = _needed(goals, why)
        keep = {(i.rule, i.values) for atom in needed if (i := why[atom]) is not None} if chosen else ()
        proof = why  # the next one may derive an atom by another rule, whose body comes too late
        used = [atom for atom in needed if atom in assumed]
        fired = [i for i in chosen if (i.rule, i.values) in keep]
        if len(used) < len(assumed) or len(fired) < len(chosen):
            why = closure((*problem.given, *used), (*certain, *fired))
        failed = [i for i in problem.failing if all(atom in why for atom in i.body)]
        left = [atom for atom in problem.present if atom not in why]
        cost = (
            sum(problem.assumable[atom] for atom in used)
            + sum(instance.cost for instance in fired)
            + sum(instance.cost_false for instance in failed)
            + sum(problem.present[atom] or 0 for atom in left)
        )
        return Explanation(
            cost=cost,
            assumed=(*(self._assumption(atom) for atom in used), *(self._chance(i) for i in fired)),
            failed=tuple(self._chance(i) for i in failed),
            unexplained=tuple(ground.atom(atom) for atom in left),
            causes=tuple(ground.atom(atom) for atom in why if ground.is_cause(atom)),
            model=frozenset(map(ground.atom, why)),
            steps=tuple(self._step(atom, proof[atom], atom in problem.given) for atom in needed),
            optimal=optimal,
        )

    def _nothing_assumed(self, situation: Situation) -> tuple[Explanation, ...]:
        """The explanation that assumes nothing, if it is one and that is soon told."""
        self._ground.deadline = time.monotonic() + _GRACE_S
        try:
            problem = given_only(self._ground, situation)
        except OutOfTime:
            return ()
        return () if problem is None else (self._read(problem, Encoding(), frozenset(), optimal=False),)

    def _step(self, atom: int, instance: Instance | None, given: bool) -> Step:
        if instance is None:
            return Step(self._ground.atom(atom), (), None, None if given else self._assumption(atom))
        found = self._steps.get(instance)
        if found is None:
            chance = None if instance.certain else self._chance(instance)
            head, *body = map(self._ground.atom, (atom, *instance.body))
            found = self._steps[instance] = Step(head, tuple(body), self.kb.rules[instance.rule], chance)
        return found

    def _assumption(self, atom: int) -> Chance:
        found = self._chances.get(atom)
        if found is None:
            head = self._ground.atom(atom)
            probability = self._ground.prior_probability(atom) or 1.0
            cost = self._ground.prior(atom) or 0
            found = self._chances[atom] = Chance(head, None, (), head, (), probability, cost, 0)
        return found

    def _chance(self, instance: Instance) -> Chance:
        found = self._chances.get(instance)
        if found is None:
            rule = self.kb.rules[instance.rule]
            found = self._chances[instance] = Chance(
                atom=None,
                rule=rule,
                binding=self._ground.binding(instance),
                head=self._ground.atom(instance.head),
                body=tuple(map(self._ground.atom, instance.body)),
                probability=rule.probability,
                cost=instance.cost,
                cost_false=instance.cost_false,
            )
        return found

    def _ground_rule(self, instance: Instance) -> GroundRule:
        chance = None if instance.certain else self._chance(instance)
        body = tuple(map(self._ground.atom, instance.body))
        return GroundRule(self.kb.rules[instance.rule], self._ground.atom(instance.head), body, chance)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leaves out the search for circular garbage, of which there is none here to speak of.

    It takes a third of the time of a large base, and at the wrong moment an answer is late by half a second.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _cheapest(problem: Problem, atom: int, holding: Mapping[int, object]) -> Instance | None:
    """The cheapest way to explain an observation by what holds; None if it is cheaper left unexplained."""
    limit = problem.present[atom]
    ways = [i for i in problem.proving.get(atom, ()) if all(part in holding for part in i.body)]
    best = min(ways, key=lambda i: i.cost, default=None)
    return best if best is not None and (limit is None or best.cost < limit) else None


def _certain(problem: Problem, made: Encoding, true: frozenset[int]) -> list[Instance]:
    """The certain instances that can fire in a model."""
    if problem.forced:
        return [i for i in problem.forced if i.head not in problem.absent and i.head != -1]
    holding = dict.fromkeys(atom for atom, variable in made.atoms.items() if variable in true)
    holding |= dict.fromkeys(problem.present)
    return [i for atom in holding for i in problem.proving.get(atom, ()) if i.certain]


def _needed(goals: Iterable[int], why: dict[int, Instance | None]) -> list[int]:
    """The atoms that the proofs of some goals use, each after those of its own proof."""
    done: dict[int, None] = {}
    todo = [(goal, False) for goal in reversed(list(goals))]
    while todo:
        atom, ready = todo.pop()
        if ready:
            done[atom] = None
        elif atom not in done:
            instance = why[atom]
            todo.append((atom, True))
            todo.extend((part, False) for part in (instance.body if instance else ()) if part not in done)
    return list(done)


def _has_circles(kb: KnowledgeBase) -> bool:
    """Whether some predicate may rest on itself; only then can an explanation support itself."""
    below: dict[str, set[str]] = {}
    for rule in kb.rules:
        if rule.head is not None:
            below.setdefault(rule.head.predicate, set()).update(atom.predicate for atom in rule.body)
    open_: dict[str, int] = {name: len(parts & below.keys()) for name, parts in below.items()}
    above: dict[str, list[str]] = {}
    for name, parts in below.items():
        for part in parts & below.keys():
            above.setdefault(part, []).append(name)
    ready = [name for name, count in open_.items() if not count]
    settled = 0
    while ready:
        settled += 1
        for name in above.get(ready.pop(), ()):
            open_[name] -= 1
            if not open_[name]:
                ready.append(name)
    return settled < len(below)
