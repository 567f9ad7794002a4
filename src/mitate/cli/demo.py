"""``mitate demo``: the main job once from end to end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from mitate.cli.printing import Json, print_json, program, progress_bar

__all__ = ["demo"]


def demo(
    examples: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="A cohort of two participants; by default examples/two-patients."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="For the picture and the model.")] = Path(
        "mitate-demo"
    ),
    json: Json = False,
) -> None:
    """The main job on simulated patients: a model from the first days, an estimate of a later one.

    Example: `mitate demo`
    """
    from mitate.demo import demonstrate, find_example
    from mitate.edema.report import estimate_in_words

    example = find_example() if examples is None else examples
    begun = time.monotonic()
    if not json:
        kind = "simulated patients" if examples is None else "patients"
        print(f"Two {kind} in {example}: reading their face videos.")
    with progress_bar(not json) as move:
        shown = demonstrate(
            example, out, progress=lambda what, share: move(f"reading {what}", round(100 * share), 100)
        )
    if json:
        print_json({"seconds": round(time.monotonic() - begun, 1), **shown.as_dict()})
        return
    patient, session = shown.estimate.participant_id, shown.session.session_id
    learned = ", ".join(s.session_id for s in (shown.made.reference, *shown.made.labelled))
    print(f"1. Made the model of {patient} from {learned}: {shown.model}")
    print(f"2. Estimated session {session}, which this model has never seen:")
    print("\n".join(f"   {line}" for line in estimate_in_words(shown.estimate).splitlines()))
    print(f"   by the scales it was {shown.truth_kg:.1f} kg over dry weight")
    if shown.refusal is None:
        print(
            f"3. A clip of {shown.stranger} was NOT refused by the model of {patient}: it should have been."
        )
    else:
        print(f"3. Offered a clip of {shown.stranger}, the model of {patient} refused it:")
        print(f"   {shown.refusal}")
    print(f"4. Picture: {shown.picture}  ({time.monotonic() - begun:.0f} s in all)")
    video = example / shown.session.video
    print(f"next: {program()} edema estimate {video} --model {shown.model}")
    print(f"      {program()} edema --help    shows how to use videos of your own")
