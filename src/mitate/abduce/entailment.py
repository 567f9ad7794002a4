"""What a search for the most probable etcetera literals returns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from mitate.abduce.etcetera import Clause, Literal
from mitate.abduce.maxsat import Status

__all__ = ["Choice", "ClauseAnswer", "ClauseExplanation", "Paid", "ProofStep"]


@dataclass(frozen=True, slots=True)
class Paid:
    """An assumed etcetera literal, its cost in micro-nats, and how many steps of the proof need it."""

    literal: Literal
    probability: float
    cost: int
    times: int


@dataclass(frozen=True, slots=True)
class ProofStep:
    """`clause` gives `head` from `body`."""

    head: Literal
    body: tuple[Literal, ...]
    clause: Clause


@dataclass(frozen=True, slots=True)
class ClauseExplanation:
    """One set of etcetera literals that entails the observations.

    Individuals that stay unknown keep their name if an observation names them, and are else called ``?1``,
    ``?2`` and so on.

    Attributes:
        cost: micro-nats, the sum over `paid`.
        paid: the literals with their bindings; those of probability 1 are not listed.
        steps: the proof, each body before its head.
        bindings: what variables of the observations turned out to be.
    """

    cost: int
    paid: tuple[Paid, ...]
    steps: tuple[ProofStep, ...]
    bindings: Mapping[str, str]

    @property
    def probability(self) -> float:
        """The product of the probabilities of `paid`."""
        return math.exp(-self.cost / 1e6)


@dataclass(frozen=True, slots=True)
class ClauseAnswer:
    """Explanations, the best first.

    Attributes:
        status: ``optimal``: no proof of at most the depth that was asked for costs less. ``stopped`` by the
            time limit or by the size of the problem: the best so far. ``impossible``: there is no such proof.
        lower_bound: micro-nats; no proof of at most `depth` clauses above one another costs less.
        depth: how deep all proofs were searched.
        complete: whether no deeper proof can cost less either.
        seconds: how long it took.
    """

    explanations: tuple[ClauseExplanation, ...]
    status: Status
    lower_bound: int
    depth: int
    complete: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of several further sets of literals goes best with what was observed.

    Attributes:
        best: its place; None if no choice can be explained together with the observations.
        margin: how many micro-nats the next best costs more; 0 is a tie; None without a next best.
        answers: the answer for the observations with each choice.
    """

    best: int | None
    margin: int | None
    answers: tuple[ClauseAnswer, ...]
