"""``mitate back``: movements measured from films, likely mechanical causes, next questions, an interview."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mitate.cli import assess as assess_command
from mitate.cli import coach as coach_command
from mitate.cli import programme as programme_commands
from mitate.cli.printing import Json, plain, print_json, program, progress_bar
from mitate.cli.reasoning import Graph, Language, LanguageOption, Most, TimeLimit, written
from mitate.errors import InputError

if TYPE_CHECKING:
    from mitate.back.interview import Interview

__all__ = ["app"]

app = typer.Typer(
    help="Low back pain: movements measured from a film; red flags first, then likely causes with proofs. "
    "Research use; not a medical device.",
    no_args_is_help=True,
)
app.command("assess")(assess_command.assess)
for _command in (
    programme_commands.programme,
    programme_commands.exercises,
    coach_command.coach,
    programme_commands.diary,
):
    app.command()(_command)

Observations = Annotated[
    Path, typer.Argument(metavar="OBSERVATIONS.json", help="What was seen and answered; see docs/back.md.")
]


MovementName = Annotated[
    str,
    typer.Option(
        "--movement",
        metavar="NAME",
        help="forward_bend, backward_bend, rotation, side_bend, waiters_bow, one_leg_stance or squat; of the "
        "neck: neck_flexion, neck_extension, neck_rotation, neck_side_bend or arm_raise.",
    ),
]
OutFolder = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="A new folder for the annotated film, pictures, JSON, and files for OpenSim and pose tools.",
    ),
]
Earlier = Annotated[
    Path | None,
    typer.Option("--before", metavar="FILE", help="Compare with the result.json of an earlier film."),
]


@app.command()
def measure(
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="One person, whole, making one movement.")],
    movement: MovementName,
    age: Annotated[float | None, typer.Option(help="Years; what is expected changes with it.")] = None,
    sex: Annotated[str | None, typer.Option(metavar="SEX", help="female or male, for explain.")] = None,
    height: Annotated[
        float | None, typer.Option(metavar="CM", help="Standing height; without it centimetres are a guess.")
    ] = None,
    out: OutFolder = None,
    before: Earlier = None,
    json: Json = False,
) -> None:
    """Measure a movement from a film: what each part of the body does, and whether that is as expected.

    Example: `mitate back measure bend.mp4 --movement forward_bend --age 63 --out bend`

    Film the whole person from the side (from the front or behind for rotation, side bend and one-leg stance),
    with a camera that stands still, from standing to standing, three times. The neck: from the side for
    bending it and looking up, from the front for turning and tilting, from each side for raising the arms.
    """
    from mitate.back.assess import assess
    from mitate.back.change import read_before
    from mitate.back.outputs import FILES, refuse_existing, write_results
    from mitate.back.told import in_words

    if out is not None:
        refuse_existing(out)
    earlier = None if before is None else read_before(before)
    with progress_bar(not json) as move:
        result = assess(
            video,
            movement,
            age=age,
            sex=sex,
            height_m=None if height is None else height / 100,
            before=earlier,
            progress=lambda share: move(f"reading {video.name}", 100 * share, 100),
        )
        told = plain(result.as_dict())
        if out is not None:
            with written(out):
                write_results(result, out, told, progress=lambda share: move("drawing", 100 * share, 100))
    if json:
        print_json({**told, "out": out})
        return
    print(in_words(result))
    if out is None:
        print("next: the same with --out DIR, for the film with everything drawn on it and for back explain")
        return
    print(f"files in {out}: {', '.join(FILES)}")
    print(f"next: {program()} back explain {out / 'observations.json'}")


@app.command()
def explain(
    observations: Observations,
    k: Most = 3,
    time_limit: TimeLimit = 10.0,
    graph: Graph = None,
    why_not: Annotated[
        list[str] | None,
        typer.Option(
            "--why-not", metavar="CAUSE", help="Say also why not this cause, and what would make it."
        ),
    ] = None,
    language: LanguageOption = Language.en,
    json: Json = False,
) -> None:
    """Explain a case: red flags first; then the likely causes, each with its proof and its sources.

    Example: `mitate back explain case.json --graph proof.svg`
    """
    from mitate.back.cause import explain_case, why_not_case
    from mitate.back.observations import read_case
    from mitate.back.report import in_words, picture, why_not_in_words

    case = read_case(observations)
    result = explain_case(case, k=k, time_limit_s=time_limit, language=language.value)
    others = () if result.stop else tuple(why_not or ())
    reasons = [why_not_case(case, other, time_limit_s=time_limit) for other in others]
    drawn = False
    if graph is not None:
        with written(graph):
            drawn = picture(result, graph)
    if json:
        told = {"why_not": [reason.as_dict() for reason in reasons], "graph": graph if drawn else None}
        print_json({**result.as_dict(), **told})
        return
    print(in_words(result))
    for reason in reasons:
        print(why_not_in_words(reason, language.value, region=case.region))
    if drawn:
        print(f"graph: {graph}")
    elif graph is not None:
        print("no graph: there is no cause to draw")


@app.command()
def ask(
    observations: Observations,
    k: Annotated[int, typer.Option("--k", min=1, max=100, help="Questions at most, the best first.")] = 5,
    language: LanguageOption = Language.en,
    json: Json = False,
) -> None:
    """Say what to ask or to try next: what is expected to separate the leading causes most per second.

    Example: `mitate back ask case.json`
    """
    from mitate.back.cause import ask_case
    from mitate.back.observations import read_case
    from mitate.back.report import advice_in_words

    advice = ask_case(read_case(observations))
    best = advice.suggestions[:k]
    if json:
        print_json(
            {
                "stop": advice.stop,
                "age_first": advice.age_first,
                "red_flags_first": [
                    {"name": flag.name, "text": flag.question.text(language)} for flag in advice.red_flags
                ],
                "questions": [{**s.as_dict(), "text": s.question.label.text(language)} for s in best],
            }
        )
        return
    print(advice_in_words(advice, k, language.value))


@app.command()
def interview(
    language: LanguageOption = Language.en,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="JSON", help="Save the answers here after each one; explain reads them."
        ),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            "--resume", metavar="JSON", help="Go on from these answers, and save to them by default."
        ),
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="NAME", help="That hurts: low_back (as usual) or neck.")
    ] = None,
    movements: Annotated[
        bool, typer.Option("--movements", help="Ask for movements too: somebody is there to watch them.")
    ] = False,
) -> None:
    """Ask the next best question until the answer is clear: red flags first, then what tells most.

    Example: `mitate back interview --language ja --out answers.json`

    Answers are y, n, ? or a number; `back` takes the last one back, `stop` ends. Interrupted by Ctrl-C, what
    was answered is kept in the file of --out.
    """
    from mitate.back.interview import Interview
    from mitate.back.report import in_words
    from mitate.cli.talk import talk

    start = _begun(resume, region)
    goal = out or resume
    if out is not None and out.exists() and (resume is None or not out.samefile(resume)):
        raise InputError(
            "this file exists", where=out, todo="take another name, or go on from it with --resume"
        )

    def save(state: Interview) -> None:
        if goal is not None:
            _save(goal, state.document())

    done = talk(Interview(start, language=language.value, movements=movements), save)
    if done.result is not None:
        print()
        print(in_words(done.result))
    if goal is not None:
        print(f"answers: {goal}")


def _begun(resume: Path | None, region: str | None) -> dict[str, Any]:
    """The answers so far, of the region that is asked for."""
    from mitate.back._strict_json import read_json
    from mitate.back.observations import case_of
    from mitate.back.region import REGIONS, region_named

    start = {} if resume is None else read_json(resume)
    started = case_of(start, name=str(resume))
    if region is None:
        return start
    name = region_named(region, "--region").name
    if resume is not None and name != started.region:
        raise InputError(
            f"these answers are about the {REGIONS[started.region].title.en}",
            where=resume,
            todo="leave --region out, or begin a new file",
        )
    return {"region": name, **start}


def _save(path: Path, document: dict[str, Any]) -> None:
    """Write the answers, whole or not at all."""
    from mitate.files import write_text

    with written(path):
        write_text(path, json_.dumps(document, ensure_ascii=False, indent=2) + "\n")
