"""What can be said of an answer: its proof, what speaks for it, why not another, how probable it is."""

from __future__ import annotations

from mitate.abduce.contributions import Contribution, contributions, seen_in_words
from mitate.abduce.posterior import Posterior, posterior
from mitate.abduce.proof import explanation_as_dict, in_words, proof_text
from mitate.abduce.whynot import Change, WhyNot, why_not

__all__ = [
    "Change",
    "Contribution",
    "Posterior",
    "WhyNot",
    "contributions",
    "explanation_as_dict",
    "in_words",
    "posterior",
    "proof_text",
    "seen_in_words",
    "why_not",
]
