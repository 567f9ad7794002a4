"""Triangle-COPA: two-choice questions on the behaviour of three shapes, with etcetera clauses to answer them.

N. Maslan, M. Roemmele, A. Gordon, "One Hundred Challenge Problems for Logical Formalizations of Commonsense
Psychology" (2015); the clauses are those of A. Gordon, "Commonsense Interpretation of Triangle Behavior"
(AAAI 2016). An answer is the choice with the more probable explanation together with what was seen; a tie
counts as wrong. The method does not see the key, and nothing was fitted to it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path

from mitate.abduce.entail import choose
from mitate.abduce.entailment import Choice
from mitate.abduce.etcetera import ClauseProblem, Literal, parse_clauses, read_clauses
from mitate.errors import InputError
from mitate.figures import Figure

__all__ = ["DATA", "Question", "answers", "key", "questions", "run", "wilson"]

DATA = Path(__file__).parents[2] / "shared" / "data" / "tricopa"
DEPTH = 4  # clauses above one another; 2 to 7 were tried, the answers are the same from 3 on
TIME_LIMIT_S = 10.0  # for each choice
_BAR = 90.0  # per cent: 45 of 50
_ALL_BAR_S = 120.0


@dataclass(frozen=True, slots=True)
class Question:
    """What was seen, and what may lie behind it."""

    number: int
    text: str
    seen: tuple[Literal, ...]
    choices: tuple[tuple[Literal, ...], ...]


def questions(path: Path = DATA / "TriCOPA.txt") -> list[Question]:
    """The questions of a file: a numbered line of text, then formulas of what was seen and of each choice.

    Raises:
        InputError: a question without at least two choices, or a formula that does not parse.
    """
    found = []
    text = path.read_text(encoding="utf-8")
    starts = [*re.finditer(r"^(\d+)\.\s*(.*)$", text, re.MULTILINE)]
    for start, end in zip(starts, [*(one.start() for one in starts[1:]), len(text)], strict=True):
        lines = text[start.end() : end].splitlines()
        formulas = [line.strip() for line in lines if line.lstrip().startswith("(")]
        name = f"{path.name}, question {start[1]}"
        seen, *choices = (parse_clauses(formula, name).observations for formula in formulas)
        if len(choices) < 2:
            raise InputError("a question needs at least two choices", where=name)
        found.append(Question(int(start[1]), start[2].strip(), seen, tuple(choices)))
    return found


def key(path: Path = DATA / "TriCOPA-answers-1-50.txt") -> dict[int, int]:
    """The place of the right choice, by the number of the question."""
    lines = path.read_text(encoding="utf-8").split()
    return {int(number): "ab".index(letter) for number, letter in zip(lines[::2], lines[1::2], strict=True)}


def answers(
    base: ClauseProblem, asked: list[Question], *, depth: int = DEPTH, time_limit_s: float = TIME_LIMIT_S
) -> Iterator[tuple[Question, Choice, float]]:
    """Each question with its answer and the seconds that it took."""
    for question in asked:
        began = time.perf_counter()
        problem = replace(base, observations=question.seen)
        choice = choose(problem, question.choices, depth=depth, time_limit_s=time_limit_s)
        yield question, choice, time.perf_counter() - began


def wilson(right: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, both ends in per cent (JASA 22, 1927)."""
    z = 1.959964
    share, spread = right / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def run() -> list[Figure]:
    """Answers all questions that have a key, prints the wrong ones, and returns the figures."""
    base, gold = read_clauses(DATA / "tricopa-kb.lisp"), key()
    asked = [question for question in questions() if question.number in gold]
    right, proven, seconds = 0, 0, []
    for question, choice, took in answers(base, asked):
        seconds.append(took)
        proven += all(answer.status == "optimal" for answer in choice.answers)
        if choice.best == gold[question.number] and choice.margin != 0:
            right += 1
        else:
            print(f"  wrong: {question.number}. {question.text}")
    n = len(asked)
    data = f"Triangle-COPA, the {n} questions with a public key, depth {DEPTH}, one core"
    low, high = wilson(right, n)
    proven_low, proven_high = wilson(proven, n)
    return [
        Figure("Triangle-COPA accuracy", 100 * right / n, "%", low, high, n, data, _BAR),
        Figure(
            "Triangle-COPA answered with proof of the optimum",
            100 * proven / n,
            "%",
            proven_low,
            proven_high,
            n,
            data,
        ),
        Figure("Triangle-COPA, all questions", sum(seconds), "s", None, None, n, data, _ALL_BAR_S, False),
        Figure("Triangle-COPA, slowest question", max(seconds), "s", None, None, n, data),
    ]
