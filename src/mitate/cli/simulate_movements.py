"""``mitate simulate movements``: films of simulated people who move, with all that is true of them."""

from __future__ import annotations

import math
from functools import partial
from typing import Annotated

import typer

from mitate.cli.printing import Json, print_json, program, progress_bar
from mitate.cli.simulate_options import Out, Workers, sides
from mitate.errors import InputError

__all__ = ["movements"]

Movements = Annotated[
    list[str] | None,
    typer.Option(
        "--movement",
        help="One to make, and again for more: forward_bend, squat, neck_rotation … Left out: the seven "
        "of the low back.",
    ),
]
Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="NAME=STRENGTH",
        help="A fault from 0 (none) to 1 (clear), and again for more: judder=0.8. Signed ones (to the "
        "person's right) from -1.",
    ),
]
Yaw = Annotated[
    float | None,
    typer.Option(min=-180, max=180, help="Degrees turned from the camera, to their left; -90 to 90, drawn."),
]
Pitch = Annotated[
    float | None, typer.Option(min=-45, max=45, help="Degrees that the camera looks down; a few, drawn.")
]
Age = Annotated[float | None, typer.Option(min=18, max=100, help="Years; 20 to 90, drawn.")]
Loose = Annotated[float | None, typer.Option(min=0, max=1, help="Clothes from tight, 0, to wide, 1; drawn.")]
Repetitions = Annotated[
    int | None, typer.Option(min=1, max=30, help="Of each movement, both sides together; drawn.")
]


def movements(
    out: Out,
    people: Annotated[int, typer.Option(min=1, help="How many; each makes every movement.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of the people: the same seed gives the same pixels.")] = 0,
    movement: Movements = None,
    fault: Faults = None,
    random_faults: Annotated[
        bool, typer.Option("--random-faults", help="None, one or two faults in each film, by chance.")
    ] = False,
    yaw: Yaw = None,
    pitch: Pitch = None,
    age: Age = None,
    loose: Loose = None,
    repetitions: Repetitions = None,
    frame_rate: Annotated[float, typer.Option(min=1, max=240, help="Pictures a second.")] = 30.0,
    size: Annotated[str, typer.Option(help="Width and height of a film in pixels.")] = "720x1280",
    workers: Workers = 2,
    json: Json = False,
) -> None:
    """Make films of simulated people who move, with all that is true of them. Interrupted, it goes on.

    Example: `mitate simulate movements moves --people 2 --seed 7 --movement forward_bend --fault judder=0.8`

    OUT gets an MP4 for each person and movement; beside it a JSON (person, faults, view, repetitions, true
    measures) and a TSV (angles, curve of the back and joints of each picture); films.tsv and a README.md.
    A named fault goes into those of the movements that can have it. Two to five minutes a film.

    It needs the simulate extra: `pip install 'mitate[simulate]'`
    """
    from mitate.simulate.movement_set import CLINICAL, MovementPlan, film_name, simulate_movements

    width, height = sides(size)
    plan = MovementPlan(
        people=people,
        seed=seed,
        movements=tuple(movement or CLINICAL),
        faults=_strengths(fault or []),
        random_faults=random_faults,
        yaw=yaw,
        pitch=pitch,
        age=age,
        loose=loose,
        repetitions=repetitions,
        frame_rate=frame_rate,
        width=width,
        height=height,
    )
    with progress_bar(not json) as move:
        films = simulate_movements(out, plan, workers=workers, progress=partial(move, "films"))
    if json:
        print_json({"out": out, "people": people, "films": films, "plan": plan, "simulated": True})
        return
    first = plan.movements[0]
    print(f"{films} films of simulated people in {out}, with what is true of them")
    print(f"next: {program()} back measure {out / film_name(0, first)}.mp4 --movement {first}")


def _strengths(faults: list[str]) -> dict[str, float]:
    """``judder=0.8`` and so on."""
    found: dict[str, float] = {}
    for text in faults:
        name, _, number = text.partition("=")
        try:
            strength = float(number)
        except ValueError:
            strength = math.nan
        if math.isnan(strength) or name in found:
            why = "is named twice" if name in found else "is not a fault and its strength"
            raise InputError(f"{text[:60]!r} {why}", where="--fault", todo="write it once, as judder=0.8")
        found[name] = strength
    return found
