"""How probable each cause is, from the best explanations that differ in causes, with the limits of that."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from mitate.abduce.answer import Answer
from mitate.abduce.ground import MICRO
from mitate.abduce.language import Atom

__all__ = ["Posterior", "posterior"]


@dataclass(frozen=True, slots=True)
class Posterior:
    """Probabilities of causes from the best explanations, one for each set of causes.

    Attributes:
        causes: each cause that some explanation has with the share of those that have it, greatest first.
        sets: the causes of each explanation with its share.
        log_mass: log of the joint probability of all these explanations with the observations, in nats.
        complete: whether there is no further explanation that lacks a cause of each of these.
        stopped: whether the search was stopped by its time limit.
    """

    causes: Mapping[Atom, float]
    sets: tuple[tuple[tuple[Atom, ...], float], ...]
    log_mass: float
    complete: bool
    stopped: bool

    def limits(self, language: str = "en") -> tuple[str, ...]:
        """What these numbers rest on and what they are not, in sentences."""
        n = len(self.sets)
        if language == "ja":
            said = [
                f"上位{n}件の説明だけを比べた割合です。それ以外の説明の確率は計算していません。",
                "それぞれの原因の組について最も確からしい一通りの経緯だけを数え、全ての経緯の合計ではありません。",
                "事前確率と規則の確率の多くは専門家の判断であり、患者で較正されたものではありません。",
            ]
            return (
                (*said, "時間切れのため、より良い説明が残っているかもしれません。")
                if self.stopped
                else tuple(said)
            )
        rest = (
            "no other explanation differs from them in its causes"
            if self.complete
            else "others were not looked at, and what they weigh together is unknown"
        )
        said = [
            f"Shares among the {n} best explanations only; {rest}.",
            "Each set of causes counts by its single most probable course, not by the sum over all courses.",
            "Priors and many rules are judgements or come from other people; nothing was calibrated.",
        ]
        return (
            (*said, "The search was stopped: a better explanation may be missing.")
            if self.stopped
            else tuple(said)
        )

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "causes": {str(atom): share for atom, share in self.causes.items()},
            "sets": [{"causes": [str(a) for a in atoms], "share": share} for atoms, share in self.sets],
            "log_mass_nats": self.log_mass if self.sets else None,
            "complete": self.complete,
            "stopped": self.stopped,
            "limits": list(self.limits()),
        }


def posterior(answer: Answer, *, k: int | None = None) -> Posterior:
    """The probability of each cause, from explanations that differ in their causes.

    Each explanation weighs exp(−cost) and the weights are divided by their sum; a cause has the sum of the
    explanations in which it holds. This is a MAP estimate for each set of causes, not a sum over everything
    that could have happened: with independent evidence the two agree (see docs/abduction.md), with several
    ways to the same finding the shares are coarse.

    Args:
        answer: of `Reasoner.explain`; its `k` sets how many explanations there can be.
        k: that many were asked for, if this is to say whether there are further ones.
    """
    found = answer.explanations
    if not found:
        return Posterior({}, (), -math.inf, answer.status == "optimal", answer.status == "stopped")
    least = min(one.cost for one in found)
    weights = [math.exp((least - one.cost) / MICRO) for one in found]
    whole = math.fsum(weights)
    shares: dict[Atom, list[float]] = {}
    for one, weight in zip(found, weights, strict=True):
        for atom in one.causes:
            shares.setdefault(atom, []).append(weight / whole)
    ordered = sorted(((atom, math.fsum(parts)) for atom, parts in shares.items()), key=lambda pair: -pair[1])
    ended = not found[-1].causes or (k is not None and len(found) < k)
    return Posterior(
        causes=dict(ordered),
        sets=tuple((one.causes, weight / whole) for one, weight in zip(found, weights, strict=True)),
        log_mass=math.log(whole) - least / MICRO,
        complete=ended and answer.status == "optimal",
        stopped=answer.status == "stopped",
    )
