"""``mitate simulate``: patients that do not exist, for trying and for training."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from mitate.cli import simulate_study
from mitate.cli.printing import Json, print_json, program, progress_bar
from mitate.cli.simulate_movements import movements
from mitate.cli.simulate_options import Out, Workers, sides
from mitate.cli.swell import swell

if TYPE_CHECKING:
    from mitate.simulate.syndromes import Background

__all__ = ["app"]

app = typer.Typer(
    help="Make simulated people: patients' faces, syndromes on photos, movements on film, with their truth.",
    no_args_is_help=True,
)


@app.callback()
def _group() -> None:
    """Make simulated people: patients' faces, syndromes on photos, movements on film, with their truth."""


app.command("swell")(swell)


@app.command("face-cohort")
def face_cohort(
    out: Out,
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
    world: Annotated[
        str, typer.Option(help="Light, camera, skins and spread of fluid: nominal, shifted or learning.")
    ] = "nominal",
    workers: Workers = 2,
    json: Json = False,
) -> None:
    """Make a cohort of simulated dialysis patients. Interrupted, it goes on where it stopped.

    Example: `mitate simulate face-cohort trial --participants 2 --seed 25 --days 4 --seconds 8`

    OUT gets participants.tsv, sessions.tsv, cohort.toml and videos/ as a clinic's cohort has, and
    simulation.json with what only a simulation knows. With --crops it gets face crops instead, several dozen
    times faster: `mitate simulate face-cohort crops --participants 1000 --seed 1 --days 2 --crops`

    It needs the simulate extra: `pip install 'mitate[simulate]'`
    """
    from mitate.simulate.claim import claim_folder
    from mitate.simulate.clips import FilmPlan
    from mitate.simulate.face_cohort import CropPlan, simulate_crops
    from mitate.simulate.film_cohort import simulate_cohort
    from mitate.simulate.shifted import world_named

    of = world_named(world)
    who, seen = replace(of.person, strength=strength), of.capture
    width, height = sides(size)
    of_crops = CropPlan(participants, days, frames, seed, size=crop_size, person=who, capture=seen)
    of_films = FilmPlan(participants, days, seed, seconds, width, height, person=who, capture=seen)
    with progress_bar(not json) as move:
        if crops:
            claim_folder(out, of_crops)
            simulate_crops(out, of_crops, workers=workers, progress=partial(move, "people"))
        else:
            simulate_cohort(out, of_films, workers=workers, progress=partial(move, "films"))
    sessions = 2 * days * participants
    if json:
        told = {"out": out, "kind": "crops" if crops else "films", "participants": participants}
        print_json({**told, "sessions": sessions, "simulated": True})
    elif crops:
        print(f"{participants} simulated people in {out}")
        print(f"next: {program()} edema pretrain {out} --out ENCODER")
    else:
        print(f"{sessions} films of {participants} simulated people in {out}")
        print(f"next: {program()} edema check {out}")


app.command("study")(simulate_study.study)


app.command("movements")(movements)


@app.command("films")
def films(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME…", help="Of exercises; all if left out.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder.")] = Path("films"),
    workers: Workers = 2,
    force: Annotated[bool, typer.Option("--force", help="Make them anew, changed or not.")] = False,
    json: Json = False,
) -> None:
    """Make the films of the exercises, with stills and captions. Interrupted, it goes on where it stopped.

    Example: `mitate simulate films bridge sit_to_stand --out films`

    OUT gets for each exercise NAME.mp4, NAME.jpg, NAME.en.vtt and NAME.ja.vtt, and manifest.json with what
    each was made from: a film whose exercise has not changed is kept. About half a minute a film. The films
    that come with the package are those of src/mitate/back/films.

    It needs the simulate extra: `pip install 'mitate[simulate]'`
    """
    from mitate.back.exercises import exercises
    from mitate.simulate.exercise_films import make_films

    chosen = list(dict.fromkeys(names or (one.name for one in exercises())))
    with progress_bar(not json) as move:
        made = make_films(
            chosen,
            out,
            workers=workers,
            force=force,
            progress=partial(move, "films"),
        )
    if json:
        print_json({"out": out, "films": chosen, "made": made, "simulated": True})
        return
    print(f"{len(made)} films made, {len(chosen) - len(made)} kept, in {out}")
    first = sorted(chosen)[0]
    print(f"next: open {out / first}.mp4; its captions are {first}.en.vtt and {first}.ja.vtt beside it")


@app.command("syndromes")
def syndromes(
    out: Out,
    classes: Annotated[int, typer.Option(min=1, help="How many; the first is unaffected.")] = 5,
    people: Annotated[int, typer.Option(min=1, help="Of each class.")] = 40,
    photos: Annotated[int, typer.Option(min=1, help="Of each person, each in another room and light.")] = 1,
    strength: Annotated[
        float, typer.Option(min=0, max=3, help="Of the signs: 1 is clearly seen, 0 makes all classes alike.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Of syndromes and people: the same gives the same.")] = 0,
    background: Annotated[
        str, typer.Option(help="shared, or 'by class': a wall for each class, which is a planted leak.")
    ] = "shared",
    duplicates: Annotated[
        int, typer.Option(min=0, help="People who appear once more, under another name and class.")
    ] = 0,
    first_class: Annotated[
        int, typer.Option(min=0, help="Number of the first class: beyond another set's, unseen syndromes.")
    ] = 0,
    first_person: Annotated[
        int, typer.Option(min=0, help="Number of each class's first: beyond another set's, unseen people.")
    ] = 0,
    side: Annotated[int, typer.Option(min=96, max=2048, help="Of a photo, pixels; it varies.")] = 256,
    workers: Workers = 2,
    json: Json = False,
) -> None:
    """Make photos of people with simulated syndromes, to try facial diagnosis on. Interrupted, it goes on.

    Example: `mitate simulate syndromes trial --classes 3 --people 8 --seed 7`

    A simulated syndrome is a few made-up signs of the face, which its people show more or less; it is no
    real disease. OUT gets photos/, photos.csv and dataset.toml as any data set has, and simulation.json with
    the signs. Nothing else differs between the classes, unless --background or --duplicates plants it.

    It needs the simulate extra: `pip install 'mitate[simulate]'`
    """
    from mitate.simulate.syndrome_photos import simulate_syndromes
    from mitate.simulate.syndromes import SyndromePlan

    plan = SyndromePlan(
        classes=classes,
        people=people,
        photos=photos,
        strength=strength,
        seed=seed,
        first_class=first_class,
        first_person=first_person,
        side=side,
        background=cast("Background", background),
        duplicates=duplicates,
    )
    with progress_bar(not json) as move:
        made = simulate_syndromes(out, plan, workers=workers, progress=partial(move, "photos"))
    if json:
        told = {"out": out, "photos": len(made.photos), "labels": plan.labels}
        print_json({**told, "plan": plan, "simulated": True})
        return
    more = f" and {classes - 6} more" if classes > 6 else ""
    print(f"{len(made.photos)} photos of simulated people in {out}: {', '.join(plan.labels[:6])}{more}")
    print(f"next: {program()} diagnosis check {out}")
