"""``mitate diagnosis gallery``: known people of rare and new classes, and the classes nearest to a face."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mitate.cli.faces import fields_of, tell_left_out
from mitate.cli.printing import Json, print_json, progress_bar
from mitate.errors import InputError, RefusalError

__all__ = ["app"]

app = typer.Typer(
    help="Rare and new classes: known people, and the classes nearest to a face. Nothing is trained.",
    no_args_is_help=True,
)

Gallery = Annotated[Path, typer.Option("--gallery", metavar="FOLDER", help="Where the gallery lies.")]
Threads = Annotated[int, typer.Option(min=1, max=64, help="Of every network.")]


@app.command()
def add(
    gallery: Gallery,
    photos: Annotated[
        list[Path] | None, typer.Argument(metavar="[PHOTO...]", help="Photos of one person.")
    ] = None,
    label: Annotated[str, typer.Option(help="The class of this person.")] = "",
    person: Annotated[str, typer.Option(help="Who it is; any name that is this person's alone.")] = "",
    consent: Annotated[str, typer.Option(help="What the person agreed to.")] = "",
    licence: Annotated[str, typer.Option(help="On what terms the photo may be used.")] = "",
    data: Annotated[
        Path | None, typer.Option(metavar="DATA", help="Add a whole data set instead of photos.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="A fine-tuned model that looks beside SFace; new galleries only."),
    ] = None,
    simulated: Annotated[bool, typer.Option("--simulated", help="The person is simulated.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Photos read at the same time.")] = 2,
    threads: Threads = 1,
    json: Json = False,
) -> None:
    """Add photos to a gallery, which is begun if it is not there. The photos themselves are not kept.

    Example: `mitate diagnosis gallery add face.jpg --label "a rare class" --person p7 --gallery rare`
    """
    from mitate.diagnosis.gallery_add import add_dataset, add_photos

    label, person = label.strip(), person.strip()
    if data is not None and (photos or label or person):
        raise InputError("give a data set or photos of one person, not both", where="--data")
    if data is None and not (photos and label and person):
        raise InputError(
            "photos, --label and --person are needed", where="gallery add", todo="or give --data"
        )
    about: dict[str, Any] = {"model": model, "threads": threads}
    with progress_bar(not json) as move:
        if data is not None:
            made = add_dataset(gallery, data, workers=workers, progress=move, **about)
        else:
            said: dict[str, Any] = {"consent": consent, "licence": licence, "simulated": simulated}
            made = add_photos(gallery, photos or [], label, person, progress=move, **said, **about)
    whole = made.gallery
    if json:
        print_json(
            {
                "gallery": gallery,
                "added": made.added,
                "left_out": made.left_out,
                "photos": len(whole),
                "persons": len(set(whole.persons)),
                "classes": whole.labels,
                "trained_on": whole.trained_on,
            }
        )
        return
    for lost in made.left_out:
        tell_left_out(lost)
    print(f"added {made.added} photos: {gallery} has {len(whole)} of {len(set(whole.persons))} people")
    print(f"in {len(whole.labels)} classes. What is kept of a face is personal data: keep it as the photos.")


@app.command()
def remove(
    gallery: Gallery,
    person: Annotated[str | None, typer.Option(help="Who is to be taken out.")] = None,
    label: Annotated[str | None, typer.Option(help="Which class is to be taken out.")] = None,
    json: Json = False,
) -> None:
    """Take a person or a class out of a gallery, for instance when consent is withdrawn.

    Example: `mitate diagnosis gallery remove --person p7 --gallery rare`
    """
    from mitate.diagnosis.gallery_files import load_gallery, networks_of, save_gallery

    if (person is None) == (label is None):
        raise InputError("say who or which class is to be taken out", todo="give --person or --label")
    before = load_gallery(gallery)
    after = before.remove(person=person, label=label)
    networks_of(gallery, before.look)
    save_gallery(after, gallery)
    if json:
        print_json({"gallery": gallery, "removed": len(before) - len(after), "photos": len(after)})
        return
    print(f"removed {len(before) - len(after)} photos; {len(after)} are left")


@app.command()
def match(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="JPEG, PNG or HEIC.")],
    gallery: Gallery,
    top: Annotated[int, typer.Option(min=1, max=1000, help="How many classes to show.")] = 10,
    threads: Threads = 1,
    json: Json = False,
) -> None:
    """The classes of a gallery, the nearest first.

    Example: `mitate diagnosis gallery match face.jpg --gallery rare --top 5`
    """
    from mitate.diagnosis.gallery_add import match_photo

    try:
        found = match_photo(gallery, photo, threads=threads)
    except RefusalError as error:
        raise RefusalError(error.what, reason=error.reason, where=photo, todo=error.todo) from error
    if json:
        print_json({"photo": photo, **fields_of(found), "matches": found.matches[:top]})
        return
    width = max(len(one.label) for one in found.matches[:top])
    for one in found.matches[:top]:
        people = "1 person" if one.persons == 1 else f"{one.persons} people"
        print(f"{one.rank:>3}  {one.label:<{width}}  distance {one.distance:.3f}  ({people})")
    for note in found.notes:
        print(f"note: {note}")
    print(found.intended_use)


@app.command(name="evaluate")
def evaluate_ranks(gallery: Gallery, json: Json = False) -> None:
    """How often the right class is among the first: each person is left out in turn.

    Example: `mitate diagnosis gallery evaluate --gallery rare`
    """
    from mitate.diagnosis.gallery_files import load_gallery
    from mitate.diagnosis.gallery_measure import evaluate_gallery

    found = evaluate_gallery(load_gallery(gallery))
    if json:
        print_json({"gallery": gallery, **fields_of(found)})
        return
    print(f"{found.persons} people of {len(found.classes)} classes; mean over classes, {found.trained_on}:")
    for one in found.top:
        print(
            f"  top-{one.n}: {100 * one.value:.1f} % ({100 * one.low:.1f} to {100 * one.high:.1f}); "
            f"by chance {100 * one.chance:.1f} %"
        )
