"""The most probable etcetera literals that, with the clauses, entail some observations.

All proofs up to a depth are grown at once (`prooftree`), thinned (`dominance`), and the choice among them is
weighted partial MaxSAT (`proofchoice`): which step proves each goal, which etcetera literals are paid, and
which are the same as another that is needed (`unify`). The cost is -log of the product of the probabilities
of the different etcetera literals, in whole micro-nats, as in etcetera abduction (A. Gordon, "Commonsense
Interpretation of Triangle Behavior", AAAI 2016).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mitate.abduce.dominance import prune
from mitate.abduce.entailment import Choice, ClauseAnswer, ClauseExplanation
from mitate.abduce.etcetera import ClauseProblem, Literal
from mitate.abduce.maxsat import Maxsat, Status
from mitate.abduce.proofchoice import Encoding, alone
from mitate.abduce.prooftree import Index, grow, index
from mitate.errors import InputError

__all__ = ["Size", "choose", "explain_clauses"]

DEPTH = 5
TIME_LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Size:
    """How large a search may become, so that memory stays under 2 GB.

    Attributes:
        goals: goals and steps in the tree of proofs.
        pairs: pairs of etcetera literals that may be compared.
        shared: pairs of them that may be equal.
        clauses: propositional clauses, about.
    """

    goals: int = 200_000
    pairs: int = 4_000_000
    shared: int = 200_000
    clauses: int = 500_000


def explain_clauses(
    problem: ClauseProblem,
    *,
    k: int = 1,
    depth: int = DEPTH,
    time_limit_s: float = TIME_LIMIT_S,
    size: Size = Size(),
) -> ClauseAnswer:
    """The `k` most probable explanations of a problem's observations, of different proofs and literals.

    Args:
        depth: how many clauses may stand above one another in a proof, at most.
        time_limit_s: seconds for everything.
        size: where more would be needed the search is less deep, and the answer's status is ``stopped``.

    Raises:
        InputError: nothing to explain, a `k` or a depth below 1, or a probability bound to what is none.
    """
    if not problem.observations:
        raise InputError(
            "there is nothing to explain", where="observations", todo="add literals outside of clauses"
        )
    if k < 1 or depth < 1:
        raise InputError("this must be at least 1", where="k" if k < 1 else "depth")
    began = time.monotonic()
    search = _Search(index(problem.clauses), problem.observations, k, size, began + time_limit_s)
    answer = ClauseAnswer((), "impossible", 0, 0, False, 0.0)
    for level in range(1, depth + 1):
        answer = search.deepen(answer, level)
        if answer.status == "stopped" or answer.complete:
            break
    return replace(answer, seconds=time.monotonic() - began)


def choose(
    problem: ClauseProblem,
    choices: Sequence[Sequence[Literal]],
    *,
    depth: int = DEPTH,
    time_limit_s: float = TIME_LIMIT_S,
    size: Size = Size(),
) -> Choice:
    """Which choice has the most probable explanation together with the observations; the first of equals.

    That explanation is the most probable one of the observations that also entails the choice. Each choice
    may take up to `time_limit_s` seconds.

    Raises:
        InputError: as `explain_clauses`.
    """
    answers = tuple(
        explain_clauses(
            replace(problem, observations=(*problem.observations, *further)),
            depth=depth,
            time_limit_s=time_limit_s,
            size=size,
        )
        for further in choices
    )
    costs = sorted((a.explanations[0].cost, place) for place, a in enumerate(answers) if a.explanations)
    margin = costs[1][0] - costs[0][0] if len(costs) > 1 else None
    return Choice(costs[0][1] if costs else None, margin, answers)


@dataclass(frozen=True, slots=True)
class _Search:
    by_head: Index
    literals: Sequence[Literal]
    k: int
    size: Size
    deadline: float

    def deepen(self, before: ClauseAnswer, depth: int) -> ClauseAnswer:
        """The answer among proofs of `depth`, given that of one less: its cost bounds what is of interest."""
        best_only = self.k == 1
        bound = before.explanations[0].cost if best_only and before.explanations else math.inf
        tree = grow(
            self.by_head,
            self.literals,
            depth=depth,
            max_goals=self.size.goals,
            deadline=self.deadline,
            bound=bound,
        )
        if tree.depth < depth and not tree.complete:
            return replace(before, status="stopped")
        if not all(goal.steps for goal in tree.roots):
            return ClauseAnswer((), "impossible", 0, depth, tree.complete, 0.0)
        fallback = alone(tree)
        shared = prune(
            tree,
            looks=self.size.pairs,
            limit=self.size.shared,
            deadline=self.deadline,
            bound=bound,
            dominated=best_only,
        )
        known = before.explanations
        if fallback and all(fallback.paid != one.paid for one in known):
            known = tuple(sorted((*known, fallback), key=lambda one: one.cost)[: self.k])
        encoding = Encoding(tree, shared) if shared is not None else None
        if encoding is None or encoding.size > self.size.clauses:
            return replace(before, explanations=known, status="stopped")
        answer = self._solve(encoding, depth, complete=tree.complete)
        if answer.status == "stopped" and (
            not answer.explanations or (known and known[0].cost < answer.explanations[0].cost)
        ):
            return replace(answer, explanations=known)
        return answer

    def _solve(self, encoding: Encoding, depth: int, *, complete: bool) -> ClauseAnswer:
        encoding.write()
        solver = Maxsat(encoding.clauses, encoding.cost_of, variables=encoding.last)
        found: list[ClauseExplanation] = []
        bound = 0
        status: Status = "impossible"
        try:
            while len(found) < self.k:
                optimum = solver.minimise(self.deadline)
                bound = bound if found else optimum.bound
                if optimum.true is not None:
                    explanation = encoding.explanation(optimum.true)
                    if all(explanation.paid != other.paid for other in found):
                        found.append(explanation)
                    solver.add(encoding.not_again(optimum.true))
                status = "optimal" if found else "impossible"
                if optimum.status != "optimal":
                    status = "stopped" if optimum.status == "stopped" else status
                    break
        finally:
            solver.close()
        return ClauseAnswer(tuple(found), status, bound, depth, complete, 0.0)
