"""``mitate diagnosis``: check photos, train and try a model, predict, export; the gallery is beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mitate.cli import gallery
from mitate.cli.faces import fields_of, tell_left_out
from mitate.cli.printing import Json, print_json, program, progress_bar
from mitate.errors import InputError

if TYPE_CHECKING:
    from mitate.diagnosis.evaluate import Tested
    from mitate.diagnosis.train import Trained

__all__ = ["app"]

app = typer.Typer(
    help="Facial diagnosis: from photos of faces to classes such as diseases, and how far to trust it. "
    "Research use; not a medical device.",
    no_args_is_help=True,
)
app.add_typer(gallery.app, name="gallery")

Data = Annotated[
    Path, typer.Argument(metavar="DATA", help="A folder with a folder a class, or with photos.csv.")
]
Model = Annotated[Path, typer.Option(metavar="MODEL", help="Made by mitate diagnosis train.")]
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
        print_json({"ok": found.usable, **fields_of(found)})
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
        tell_left_out(lost)
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
        print_json({name: value for name, value in fields_of(found).items() if name != "evaluation"})
        return
    _tell_tested(found)


def _tell_tested(found: Tested) -> None:
    origin = "simulated people" if found.data_simulated else f"the people of {found.name!r}"
    print(f"model {found.model_id}, trained on {found.trained_on!r}, tried on {origin}:")
    for lost in found.left_out:
        tell_left_out(lost)
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
        print_json({"model": model, "photos": [{"photo": photo, **fields_of(one)} for photo, one in found]})
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


def _share(one: Any) -> str:
    return f"{100 * one.value:.1f} % ({100 * one.low:.1f} to {100 * one.high:.1f})"
