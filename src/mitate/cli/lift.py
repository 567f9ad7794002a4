"""``mitate lift``: a lift from pictures to space of one's own: clips to learn from, and the training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitate.cli.printing import Json, print_json, progress_bar
from mitate.errors import InputError

__all__ = ["app"]

app = typer.Typer(
    help="Train a lift (from a film to the body in space) of your own. Most people never need this.",
    no_args_is_help=True,
)


@app.command()
def clips(
    out: Annotated[Path, typer.Argument(help="Folder for the clips; those that are there are kept.")],
    people: Annotated[int, typer.Option(min=1, help="How many; each moves in one clip.")],
    seed: Annotated[int, typer.Option(min=0, help="Of the people: use another for those held out.")],
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    json: Json = False,
) -> None:
    """Film simulated people and read the films back, to learn from. Interrupted, it goes on.

    Example: `mitate lift clips learn --people 700 --seed 11`

    Five to ten seconds a person and core. Needs the simulate extra and `mitate weights install`.
    """
    from mitate.simulate.lift_clips import simulate_lift_clips

    with progress_bar(not json) as move:
        found = simulate_lift_clips(
            out, people, seed, workers=workers, progress=lambda done, total: move("people", done, total)
        )
    if json:
        print_json({"out": out, "people": people, "seed": seed, "clips": found, "simulated": True})
    else:
        print(f"{found} clips of {people} simulated people in {out}")


@app.command()
def train(
    folder: Annotated[Path, typer.Argument(metavar="CLIPS", help="Folder of clips to learn from.")],
    out: Annotated[Path, typer.Argument(help="Folder to make, with two networks and a card.")],
    held_out: Annotated[
        Path, typer.Option(help="Folder of clips of other people, who set its errors right.")
    ],
    minutes: Annotated[float, typer.Option(min=0.01, max=10000, help="Of training.")] = 35.0,
    trained_on: Annotated[str, typer.Option(help="What the clips are of, for the card.")] = "simulated",
    seed: Annotated[int, typer.Option(min=0, help="Of weights and batches.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="Of the training.")] = 1,
    json: Json = False,
) -> None:
    """Train a lift on clips. Interrupted, the same command goes on where it stopped.

    Example: `mitate lift train learn our-lift --held-out others --minutes 35`

    Needs the extra `train`. Until it is done, the checkpoint lies in OUT.work. In Python,
    `mitate.body.lift.LiftModel.load(Path("our-lift"))` uses it.
    """
    if not trained_on.strip():
        raise InputError("the card must say what it was trained on", where="--trained-on")
    from mitate.learn.lift import LiftSettings
    from mitate.learn.lift_run import train_lift

    settings = LiftSettings(minutes=minutes, seed=seed, threads=threads)
    with progress_bar(not json) as move:
        card = train_lift(
            folder,
            out,
            held_out,
            settings,
            trained_on=trained_on,
            progress=lambda done, total, detail: move("minutes", done, total, detail),
        )
    if json:
        print_json({"out": out, "card": card})
        return
    held = card["held_out"]
    trunk = held["median_error_deg"]["trunk_inclination"]
    print(f"made {out}: trained on {card['people']} clips of {card['trained_on']!r}, {card['steps']} steps")
    print(f"held out: {held['people']} people; the trunk is off by {trunk:.1f}° (median)")
