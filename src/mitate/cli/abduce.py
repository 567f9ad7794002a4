"""``mitate abduce``: the most probable explanations of what a rule file says was observed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mitate.cli.printing import Json, print_json
from mitate.cli.reasoning import Graph, Language, LanguageOption, Most, TimeLimit, percent, written
from mitate.errors import InputError

if TYPE_CHECKING:
    from mitate.abduce.entailment import ClauseAnswer
    from mitate.abduce.language import KnowledgeBase

__all__ = ["abduce"]

_MICRO = 1e6  # as mitate.abduce.ground has it, which is heavy to import for help
_KINDS = {".kb": "rules", ".atms": "rules", ".lisp": "clauses"}


def abduce(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="A rule file (.kb, .atms, or .lisp with etcetera clauses); several are read as one.",
        ),
    ],
    k: Most = 3,
    time_limit: TimeLimit = 10.0,
    graph: Graph = None,
    language: LanguageOption = Language.en,
    json: Json = False,
) -> None:
    """Explain what a rule file says was observed: the most probable causes, each with its proof.

    Example: `mitate abduce fault.kb --k 2 --graph proof.svg`

    The file holds rules and a case: `observe` and `given:` in a .kb file (docs/abduction.md). Without a case
    there is nothing to explain, which is an error.
    """
    if _kind(files) == "clauses":
        _clauses(files, k, time_limit, graph, json)
    else:
        _rules(files, k, time_limit, graph, language.value, json)


def _kind(files: list[Path]) -> str:
    """What sort of file these are, all alike.

    Raises:
        InputError: an unknown ending, or several sorts.
    """
    for file in files:
        if file.suffix not in _KINDS:
            raise InputError(
                f"a rule file does not end in {file.suffix}" if file.suffix else "this name has no ending",
                where=file,
                todo=f"name it by what it holds: {', '.join(_KINDS)}",
            )
        if file.suffix != files[0].suffix:
            raise InputError(
                f"{files[0].suffix} and {file.suffix} files cannot be read as one",
                where=file,
                todo="name one sort",
            )
    return _KINDS[files[0].suffix]


def _rules(
    files: list[Path], k: int, time_limit: float, graph: Path | None, language: str, json: bool
) -> None:
    from mitate.abduce.explain import explanation_as_dict, posterior, proof_text
    from mitate.abduce.solve import Reasoner

    base = _base(files)
    if not any(not observation.absent for observation in base.situation.observations):
        raise InputError("nothing was observed", where=files[0], todo="add a line such as: observe symptom")
    answer = Reasoner(base).explain(base.situation, k=k, time_limit_s=time_limit)
    shares = posterior(answer, k=k)
    if graph is not None and answer.explanations:
        from mitate.abduce.draw import draw_proof

        with written(graph):
            draw_proof(base, answer.explanations[0], graph, language=language)
    if json:
        print_json(
            {
                "status": answer.status,
                "seconds": answer.seconds,
                "lower_bound_nats": answer.lower_bound / _MICRO,
                "explanations": [
                    {**explanation_as_dict(base, one, language), "share": share}
                    for one, (_, share) in zip(answer.explanations, shares.sets, strict=True)
                ],
                "posterior": shares.as_dict(),
                "graph": graph if answer.explanations else None,
            }
        )
        return
    if answer.status == "impossible":
        print("Nothing explains this: something observed must be explained and no cause can.")
        return
    for number, (one, (_, share)) in enumerate(zip(answer.explanations, shares.sets, strict=True), 1):
        print(f"{number}. explanation, {percent(share)} of those compared")
        print(proof_text(base, one, language))
        print()
    for limit in shares.limits(language):
        print(limit)
    _tell_end(answer.status, answer.explanations[0].cost if answer.explanations else None, answer.lower_bound)
    if graph is not None and answer.explanations:
        print(f"graph: {graph}")


def _base(files: list[Path]) -> KnowledgeBase:
    if files[0].suffix == ".kb":
        from mitate.abduce.parse import read

        return read(*files)
    if len(files) > 1:
        raise InputError("only one .atms file can be read at a time", where=files[1], todo="name one")
    from mitate.abduce.atms import read_atms

    return read_atms(files[0])


def _clauses(files: list[Path], k: int, time_limit: float, graph: Path | None, json: bool) -> None:
    from mitate.abduce.entail import explain_clauses
    from mitate.abduce.etcetera import read_clauses

    if graph is not None:
        raise InputError(
            "the proof of etcetera clauses is not drawn",
            where="--graph",
            todo="leave out --graph, or use --json",
        )
    problem = read_clauses(*files)
    answer = explain_clauses(problem, k=k, time_limit_s=time_limit)
    if json:
        print_json(_clauses_as_dict(answer))
        return
    if answer.status == "impossible":
        print(f"Nothing explains this within {answer.depth} clauses above one another.")
    for number, one in enumerate(answer.explanations, 1):
        print(f"{number}. explanation, probability {one.probability:.3g}")
        for paid in one.paid:
            print(
                f"  assumed: {paid.literal} at {paid.probability:g}"
                + (f", {paid.times} times" if paid.times > 1 else "")
            )
        for step in one.steps:
            print(f"  {step.head} because {' and '.join(map(str, step.body)) or 'of that alone'}")
        for name, known in one.bindings.items():
            print(f"  {name} is {known}")
    _tell_end(answer.status, answer.explanations[0].cost if answer.explanations else None, answer.lower_bound)


def _clauses_as_dict(answer: ClauseAnswer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "seconds": answer.seconds,
        "lower_bound_nats": answer.lower_bound / _MICRO,
        "depth": answer.depth,
        "complete": answer.complete,
        "explanations": [
            {
                "cost_nats": one.cost / _MICRO,
                "probability": one.probability,
                "assumed": [
                    {"literal": str(paid.literal), "probability": paid.probability, "times": paid.times}
                    for paid in one.paid
                ],
                "proof": [
                    {"head": str(step.head), "body": list(map(str, step.body)), "clause": step.clause.where}
                    for step in one.steps
                ],
                "bindings": one.bindings,
            }
            for one in answer.explanations
        ],
    }


def _tell_end(status: str, cost: int | None, bound: int) -> None:
    """How good the answer is, where the search did not end by itself."""
    if status == "stopped":
        gap = (
            ""
            if cost is None
            else f"; the best possible costs at most {(cost - bound) / _MICRO:.2f} nats less"
        )
        print(f"The search was stopped by its limits{gap}.")
