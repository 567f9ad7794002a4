"""What the reasoner answers: explanations with their chances, proofs and costs. All of it frozen data."""

from __future__ import annotations

from dataclasses import dataclass

from mitate.abduce.language import Atom, Rule, Situation
from mitate.abduce.maxsat import Status

__all__ = ["Answer", "Chance", "Explanation", "GroundRule", "Step"]


@dataclass(frozen=True, slots=True)
class Chance:
    """A coin of its own: an atom that is assumed, or an uncertain rule for one binding of its variables.

    Attributes:
        atom: the atom assumed; None for a rule.
        rule: the rule; None for an assumption.
        binding: the rule's variables with their values.
        cost: −log of its probability, in micro-nats.
        cost_false: −log of the probability that it does not come true; 0 for an assumption.
    """

    atom: Atom | None
    rule: Rule | None
    binding: tuple[tuple[str, str], ...]
    head: Atom
    body: tuple[Atom, ...]
    probability: float
    cost: int
    cost_false: int


@dataclass(frozen=True, slots=True)
class GroundRule:
    """A rule with its variables bound; `chance` is None for a certain one."""

    rule: Rule
    head: Atom | None
    body: tuple[Atom, ...]
    chance: Chance | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a proof. Without a rule: a given fact, or, with a chance, an assumption."""

    head: Atom
    body: tuple[Atom, ...]
    rule: Rule | None
    chance: Chance | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A set of assumptions that, with the rules, entails what was observed and contradicts nothing.

    Attributes:
        cost: −log of its probability in micro-nats: assumptions, rules used, rules that were expected to fire
            and did not, observations left unexplained.
        assumed: the chances assumed to have come true.
        failed: the rules expected to fire whose head was seen to be absent.
        unexplained: the observations that it leaves unexplained.
        causes: the atoms of kind ``cause`` that hold in it.
        model: everything that holds in it, of what can matter.
        steps: a proof, each body before its head.
        optimal: whether no better one exists (of those that differ from the answers before it).
    """

    cost: int
    assumed: tuple[Chance, ...]
    failed: tuple[Chance, ...]
    unexplained: tuple[Atom, ...]
    causes: tuple[Atom, ...]
    model: frozenset[Atom]
    steps: tuple[Step, ...]
    optimal: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The best explanations of a situation, the best first.

    Attributes:
        status: ``optimal``: each is the best that differs in its causes from those before; ``stopped``: the
            time was up; ``impossible``: something observed must be explained and cannot be.
        lower_bound: no explanation costs less, in micro-nats; the first answer's cost where it is optimal.
        seconds: how long it took.
    """

    situation: Situation
    explanations: tuple[Explanation, ...]
    status: Status
    lower_bound: int
    seconds: float
