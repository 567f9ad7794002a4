"""``mitate back coach``: watches a film of one exercise as if it were happening now."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitate.cli.printing import Json, plain, print_json, program, progress_bar
from mitate.cli.reasoning import Language, LanguageOption, written

__all__ = ["coach"]


def coach(
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="One person doing one exercise.")],
    exercise: Annotated[
        str,
        typer.Option("--exercise", metavar="NAME", help="What is done; `mitate back exercises` lists them."),
    ],
    repetitions: Annotated[
        int | None,
        typer.Option("--repetitions", metavar="N", help="Of the set, both sides; by default the dose's."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="A new folder for coach.json and a chart."),
    ] = None,
    language: LanguageOption = Language.en,
    json: Json = False,
) -> None:
    """Count an exercise's repetitions, measure range and tempo, and correct one thing at a time.

    Example: `mitate back coach squats.mp4 --exercise sit_to_stand --out set-1`

    Film the whole person with a camera that stands still, from where the exercise asks for.
    """
    from mitate.back.coach import watch
    from mitate.back.coach_told import FILES, in_words, write_set_files
    from mitate.back.exercises import exercise as exercise_named
    from mitate.back.outputs import refuse_existing

    one = exercise_named(exercise)
    if out is not None:
        refuse_existing(out)
    with progress_bar(not json) as move:
        done = watch(
            video,
            one,
            repetitions=repetitions,
            progress=lambda share: move(f"watching {video.name}", 100 * share, 100),
        )
    told = plain(done.as_dict(language.value))
    if out is not None:
        with written(out):
            write_set_files(done, out, told)
    if json:
        print_json({**told, "out": out})
        return
    print(in_words(done, language.value))
    if out is None:
        print("next: the same with --out DIR, for a chart and the file that the diary reads")
        return
    print(f"files in {out}: {', '.join(FILES)}")
    print(f"next: put coach.json into the diary that {program()} back diary reads")
