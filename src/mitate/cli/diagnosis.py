"""``mitate diagnosis``: check photos, train and try a model, predict, keep a gallery, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mitate.cli.printing import Json, print_json, program, progress_bar
from mitate.errors import InputError, RefusalError

if TYPE_CHECKING:
    from mitate.diagnosis.evaluate import Tested
    from mitate.diagnosis.photographs import LeftOut
    from mitate.diagnosis.train import Trained

__all__ = ["app"]

app = typer.Typer(
    help="Facial diagnosis: from photos of faces to classes such as diseases, and how far to trust it. "
    "Research use; not a medical device.",
    no_args_is_help=True,
)
gallery = typer.Typer(
    help="Rare and new classes: known people, and the classes nearest to a face. Nothing is trained.",
    no_args_is_help=True,
)
app.add_typer(gallery, name="gallery")

Data = Annotated[
    Path, typer.Argument(metavar="DATA", help="A folder with a folder a class, or with photos.csv.")
]
Model = Annotated[Path, typer.Option(metavar="MODEL", help="Made by mitate diagnosis train.")]
Gallery = Annotated[Path, typer.Option("--gallery", metavar="FOLDER", help="Where the gallery lies.")]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Photos read at the same time.")]
Threads = Annotated[int, typer.Option(min=1, max=64, help="Of every network.")]
Kept = Annotated[
    Path | None, typer.Option("--cache", metavar="FOLDER", help="Keep what is read of the photos here.")
]


@app.command()
def check(data: Data, cache: Kept = None, workers: Workers = 2, json: Json = False) -> None:
    """Check photos before anything is learned from them. Exit code 2 if they cannot be used as they are.

    Example: `mitate diagnosis check our-faces`

    Finds what is wrong in the table, photos without a usable face, the same photo or person under two names,
    and groups by which a class could be told without looking at the disease.
    """
    from mitate.diagnosis.check import check as check_data
    from mitate.diagnosis.check import in_words

    with progress_bar(not json) as move:
        found = check_data(data, cache=cache, workers=workers, progress=move)
    if json:
        print_json({"ok": found.usable, **_of(found)})
    else:
        for line in in_words(found):
            print(line)
    if not found.usable:
        if json:
            raise typer.Exit(InputError.exit_code)
        number = "1 error" if found.errors == 1 else f"{found.errors} errors"
        errors = f"{number} in the table or folders" if found.errors else found.refusal
        raise InputError(
            errors or "there is nothing to learn from", where=data, todo="mend what is told above"
        )


@app.command()
def train(
    data: Data,
    out: Annotated[Path, typer.Option("--out", metavar="MODEL", help="Folder to make.")],
    fine_tune: Annotated[
        bool,
        typer.Option("--fine-tune", help="Fine-tune the network too: needs the extra train and minutes."),
    ] = False,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Outer folds; never through a person.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Of folds, resampling and training.")] = 0,
    rivals: Annotated[
        bool, typer.Option(help="Measure what a transfer has to beat beside it (pixels, LBP, HOG ...).")
    ] = True,
    workers: Workers = 2,
    threads: Threads = 1,
    json: Json = False,
) -> None:
    """From a folder of photos to a model and a report that says what to mistrust.

    Example: `mitate diagnosis train our-faces --out our-model`

    Everything is judged by nested cross-validation over people. Until it is done, what was read lies in
    MODEL.work, and the same command goes on from there.
    """
    from mitate.diagnosis.compare import Wanted
    from mitate.diagnosis.train import train as train_model

    wanted = Wanted(folds=folds, seed=seed, fine_tune=fine_tune, rivals=rivals, threads=threads)
    with progress_bar(not json) as move:
        made = train_model(data, out, wanted, workers=workers, progress=move)
    if json:
        print_json(
            {
                "model": out,
                "model_id": made.model.model_id,
                "trained_on": made.model.trained_on,
                "report": made.report,
                "labels": made.model.labels,
                "figures": made.model.card["figures"],
                "rows": [
                    {"method": one.method, "kind": one.kind, "top_1": float(one.right.mean())}
                    for one in made.study.comparison.evaluations
                ],
                "leaks": made.study.leaks.leaks,
                "left_out": made.study.faces.left_out,
                "not_measured": made.study.not_measured,
                "seconds": made.study.seconds,
                "intended_use": made.model.card["intended_use"],
            }
        )
        return
    _tell_trained(made)


def _tell_trained(made: Trained) -> None:
    from mitate.diagnosis.report import verdict
    from mitate.diagnosis.train import report_of

    study = made.study
    for lost in study.faces.left_out:
        _tell_left_out(lost)
    print(verdict(report_of(study, made.model)))
    for leak in study.leaks.leaks:
        if leak.level != "none":
            print(f"warning: {leak.what_it_means} {leak.todo[:1].upper()}{leak.todo[1:]}")
    for one in study.comparison.evaluations:
        print(f"  {one.method:<44} {one.kind:<12} {100 * one.right.mean():5.1f} %")
    for line in study.not_measured:
        print(f"note: {line}")
    print(f"made {made.folder} in {study.seconds:.0f} s; read {made.report} before using it")
    print(f"trained on: {made.model.trained_on}. {made.model.card['intended_use']}")
    print(f"next: {program()} diagnosis predict PHOTO --model {made.folder}")


@app.command()
def evaluate(
    data: Data,
    model: Model,
    cache: Kept = None,
    workers: Workers = 2,
    threads: Threads = 1,
    json: Json = False,
) -> None:
    """Try a finished model on people whom it has not seen. Whoever it was learned from is refused.

    Example: `mitate diagnosis evaluate next-year --model our-model`

    Classes that the model does not have show how often it withholds an answer, as it should.
    """
    from mitate.diagnosis.evaluate import evaluate_model
    from mitate.diagnosis.model_files import load_model

    with progress_bar(not json) as move:
        found = evaluate_model(
            load_model(model, threads=threads), data, cache=cache, workers=workers, progress=move
        )
    if json:
        print_json({name: value for name, value in _of(found).items() if name != "evaluation"})
        return
    _tell_tested(found)


def _tell_tested(found: Tested) -> None:
    origin = "simulated people" if found.data_simulated else f"the people of {found.name!r}"
    print(f"model {found.model_id}, trained on {found.trained_on!r}, tried on {origin}:")
    for lost in found.left_out:
        _tell_left_out(lost)
    if found.measures is not None:
        print(
            f"  top-1 {_share(found.measures.accuracy)}; balanced {_share(found.measures.balanced_accuracy)}"
        )
    for one in found.outcomes:
        print(f"{one.label}: {one.people} people, {one.photos} photos")
        if one.right is not None and one.covered is not None:
            print(f"  right {_share(one.right)}")
            print(f"  in the prediction set {_share(one.covered)}, asked for {100 * found.coverage:.0f} %")
        else:
            print("  a class that the model does not have")
        print(f"  no class told (none of these, cannot tell) {_share(one.withheld)}")
    for group in found.groups:
        if group.worst is not None:
            worst = group.worst
            print(
                f"by {group.name}, worst {worst.value}: {100 * worst.accuracy:.0f} % "
                f"({100 * worst.low:.0f} to {100 * worst.high:.0f}), {worst.persons} people"
            )


@app.command()
def predict(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="JPEG, PNG or HEIC.")],
    model: Model,
    threads: Threads = 1,
    json: Json = False,
) -> None:
    """What a model says of photos: a class, several, none of them, or that it cannot be told and why.

    Example: `mitate diagnosis predict face.jpg --model our-model`
    """
    from mitate.diagnosis.faces_of import Seeing
    from mitate.diagnosis.in_words import diagnosis_in_words
    from mitate.diagnosis.model_files import load_model

    ready, seeing = load_model(model, threads=threads), Seeing.load(threads)
    found = [(photo, ready.predict(photo, seeing)) for photo in photos]
    if json:
        print_json({"model": model, "photos": [{"photo": photo, **_of(one)} for photo, one in found]})
        return
    for place, (photo, one) in enumerate(found):
        if len(found) > 1:
            print(("\n" if place else "") + f"{photo}:")
        print(diagnosis_in_words(one))


@app.command()
def export(
    model: Model,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder to make.")],
    json: Json = False,
) -> None:
    """Write a model as one ONNX file, from an aligned face to probabilities, with its card.

    Example: `mitate diagnosis export --model our-model --out our-onnx`

    The file is compared with the model; it is not kept if they differ.
    """
    from mitate.diagnosis.export import export as export_model
    from mitate.diagnosis.model_files import load_model

    made = export_model(load_model(model), out)
    if json:
        print_json(made)
        return
    print(f"made {out}: {made.bytes / 1e6:.1f} MB; it differs from the model by {made.parity:.1e} at most")
    print(f"({made.compared} faces compared); {out / 'README.md'} says how to use it")


@gallery.command()
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
    workers: Workers = 2,
    threads: Threads = 1,
    json: Json = False,
) -> None:
    """Add photos to a gallery, which is begun if it is not there. The photos themselves are not kept.

    Example: `mitate diagnosis gallery add face.jpg --label "a rare class" --person p7 --gallery rare`
    """
    from mitate.diagnosis.gallery_add import add_dataset, add_photos

    with progress_bar(not json) as move:
        if data is not None:
            if photos or label or person:
                raise InputError("give a data set or photos of one person, not both", where="--data")
            made = add_dataset(gallery, data, model=model, workers=workers, threads=threads, progress=move)
        else:
            if not photos or not label.strip() or not person.strip():
                raise InputError(
                    "photos, --label and --person are needed", where="gallery add", todo="or give --data"
                )
            made = add_photos(
                gallery,
                photos,
                label.strip(),
                person.strip(),
                consent=consent,
                licence=licence,
                model=model,
                simulated=simulated,
                threads=threads,
                progress=move,
            )
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
        _tell_left_out(lost)
    print(f"added {made.added} photos: {gallery} has {len(whole)} of {len(set(whole.persons))} people")
    print(f"in {len(whole.labels)} classes. What is kept of a face is personal data: keep it as the photos.")


@gallery.command()
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


@gallery.command()
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
        print_json({"photo": photo, **_of(found), "matches": found.matches[:top]})
        return
    width = max(len(one.label) for one in found.matches[:top])
    for one in found.matches[:top]:
        people = "1 person" if one.persons == 1 else f"{one.persons} people"
        print(f"{one.rank:>3}  {one.label:<{width}}  distance {one.distance:.3f}  ({people})")
    for note in found.notes:
        print(f"note: {note}")
    print(found.intended_use)


@gallery.command(name="evaluate")
def evaluate_ranks(gallery: Gallery, json: Json = False) -> None:
    """How often the right class is among the first: each person is left out in turn.

    Example: `mitate diagnosis gallery evaluate --gallery rare`
    """
    from mitate.diagnosis.gallery_files import load_gallery
    from mitate.diagnosis.gallery_measure import evaluate_gallery

    found = evaluate_gallery(load_gallery(gallery))
    if json:
        print_json({"gallery": gallery, **_of(found)})
        return
    print(f"{found.persons} people of {len(found.classes)} classes; mean over classes, {found.trained_on}:")
    for one in found.top:
        print(
            f"  top-{one.n}: {100 * one.value:.1f} % ({100 * one.low:.1f} to {100 * one.high:.1f}); "
            f"by chance {100 * one.chance:.1f} %"
        )


def _of(result: Any) -> dict[str, Any]:
    """A result's fields."""
    from dataclasses import fields

    return {field.name: getattr(result, field.name) for field in fields(result)}


def _share(one: Any) -> str:
    return f"{100 * one.value:.1f} % ({100 * one.low:.1f} to {100 * one.high:.1f})"


def _tell_left_out(lost: LeftOut) -> None:
    print(f"left out {lost.photo.file}: {lost.what}. {lost.todo[:1].upper()}{lost.todo[1:]}")
