"""``mitate simulate``: patients that do not exist, for trying and for training."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from mitate.cli.printing import Json, print_json, program, progress_bar
from mitate.errors import InputError

__all__ = ["app"]

app = typer.Typer(
    help="Make simulated patients: films like a clinic's, or face crops for training.",
    no_args_is_help=True,
)


@app.callback()
def _group() -> None:
    """Make simulated patients: films like a clinic's, or face crops for training."""


def _sides(size: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,4})[x×](\d{2,4})", size)
    if not found:
        raise InputError(f"{size!r} is not a size", where="--size", todo="write it as 480x640")
    return int(found[1]), int(found[2])


@app.command("face-cohort")
def face_cohort(
    out: Annotated[Path, typer.Argument(help="A new or empty folder, or one that was interrupted.")],
    participants: Annotated[int, typer.Option(min=1, help="How many people.")],
    seed: Annotated[int, typer.Option(min=0, help="Of the population: the same seed gives the same pixels.")],
    days: Annotated[int, typer.Option(min=1, help="Dialysis days of each, a pre and a post film a day.")] = 4,
    seconds: Annotated[float, typer.Option(min=0.5, max=3600, help="Length of a film.")] = 8.0,
    size: Annotated[str, typer.Option(help="Width and height of a film in pixels.")] = "480x640",
    strength: Annotated[
        float, typer.Option(min=0, max=10, help="Swelling: 1 is nominal, 1 mL per cheek per kilogram.")
    ] = 1.0,
    crops: Annotated[bool, typer.Option("--crops", help="Make face crops for training, not films.")] = False,
    frames: Annotated[int, typer.Option(min=1, help="Crops of a session, with --crops.")] = 4,
    crop_size: Annotated[int, typer.Option(min=32, max=128, help="Side of a crop, with --crops.")] = 96,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    json: Json = False,
) -> None:
    """Make a cohort of simulated dialysis patients. Interrupted, it goes on where it stopped.

    Example: `mitate simulate face-cohort trial --participants 2 --seed 25 --days 4 --seconds 8`

    OUT gets participants.tsv, sessions.tsv, cohort.toml and videos/ as a clinic's cohort has, and
    simulation.json with what only a simulation knows. With --crops it gets face crops instead, several dozen
    times faster: `mitate simulate face-cohort crops --participants 1000 --seed 1 --days 2 --crops`

    It needs the simulate extra: `pip install 'mitate[simulate]'`
    """
    from mitate.simulate.clips import FilmPlan
    from mitate.simulate.face_cohort import CropPlan, simulate_crops
    from mitate.simulate.film_cohort import claim_folder, simulate_cohort
    from mitate.simulate.person import PersonProfile

    who = PersonProfile(strength=strength)
    width, height = _sides(size)
    of_crops = CropPlan(participants, days, frames, seed, size=crop_size, person=who)
    of_films = FilmPlan(participants, days, seed, seconds, width, height, person=who)
    with progress_bar(not json) as move:
        if crops:
            claim_folder(out, of_crops)
            simulate_crops(
                out, of_crops, workers=workers, progress=lambda done, total: move("people", done, total)
            )
        else:
            simulate_cohort(
                out, of_films, workers=workers, progress=lambda done, total: move("films", done, total)
            )
    sessions = 2 * days * participants
    if json:
        kind = "crops" if crops else "films"
        print_json(
            {"out": out, "kind": kind, "participants": participants, "sessions": sessions, "simulated": True}
        )
    elif crops:
        print(f"{participants} simulated people in {out}")
        print(f"next: {program()} edema pretrain {out} --out ENCODER")
    else:
        print(f"{sessions} films of {participants} simulated people in {out}")
        print(f"next: {program()} edema check {out}")
