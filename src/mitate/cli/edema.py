"""``mitate edema``: check a cohort, train an encoder, make a patient's model, estimate, compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mitate.cli import edema_benchmark, edema_explain, edema_trend
from mitate.cli.edema_shared import (
    CohortFolder,
    EncoderFolder,
    EncoderOut,
    Frames,
    clip_told,
    origin,
    tell_held_out,
    tell_left_out,
    tell_warnings,
)
from mitate.cli.printing import Json, print_json, program, progress_bar
from mitate.errors import InputError, with_todo

if TYPE_CHECKING:
    from mitate.edema.patient import LeftOut

__all__ = ["app"]

app = typer.Typer(
    help="Facial oedema: how many kilograms of excess fluid a face video shows, with an interval. "
    "Research use; not a medical device.",
    no_args_is_help=True,
)


@app.command()
def check(cohort: CohortFolder, json: Json = False) -> None:
    """Check a cohort on disk: every problem with its file, line and column. Exit code 2 if there is an error.

    Example: `mitate edema check our-clinic`
    """
    from mitate.edema.cohort import check_cohort, read_cohort

    problems = check_cohort(cohort)
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    found = None if errors else read_cohort(cohort)
    if json:
        print_json(
            {
                "ok": not errors,
                "participants": None if found is None else len(found.participants),
                "sessions": None if found is None else len(found.sessions),
                "problems": [{"where": problem.where, **_fields(problem)} for problem in problems],
            }
        )
        raise typer.Exit(InputError.exit_code if errors else 0)
    for problem in problems:
        print(with_todo(f"{problem.where}: {problem.severity}: {problem.message}", problem.todo))
    if found is None:
        raise InputError(f"{errors} errors and {warnings} warnings", where=cohort, todo="mend the errors")
    print(
        f"{found.name}: {len(found.participants)} participants, {len(found.sessions)} sessions; "
        + (f"usable, with {warnings} warnings" if warnings else "nothing to mend")
    )


@app.command()
def pretrain(
    cohort: CohortFolder,
    out: EncoderOut,
    objective: Annotated[
        str | None, typer.Option(help="change, both, within, centred, weightsupmoco, supmoco or moco.")
    ] = None,
    backbone: Annotated[str | None, typer.Option(help="facenet or sface.")] = None,
    size: Annotated[int | None, typer.Option(min=32, max=512, help="Side of the face crops, pixels.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the participants.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of weights, order and augmentation.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Of the training.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Videos read at the same time.")] = 1,
    crops: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep the face crops here for another training."),
    ] = None,
    frames: Frames = 100,
    json: Json = False,
) -> None:
    """Train an encoder on a cohort's videos. Interrupted, the same command goes on where it stopped.

    Example: `mitate edema pretrain our-clinic --out our-encoder --epochs 30`

    COHORT may also be a folder of face crops, such as `mitate simulate face-cohort --crops` makes. Needs the
    extra `train`. Until it is done, crops and checkpoint lie in ENCODER.work.
    """
    from mitate.edema.cohort import read_cohort
    from mitate.edema.crops import is_crop_store, open_crops
    from mitate.edema.pretrain import make_encoder, pretrain_cohort
    from mitate.learn.pretrain_settings import PretrainSettings

    given: dict[str, Any] = {
        "objective": objective,
        "backbone": backbone,
        "size": size,
        "epochs": epochs,
        "seed": seed,
        "threads": threads,
    }
    settings = PretrainSettings(**{name: value for name, value in given.items() if value is not None})
    left_out: tuple[LeftOut, ...] = ()
    with progress_bar(not json) as move:
        if is_crop_store(cohort):
            encoder = make_encoder(open_crops(cohort), out, settings, progress=move)
        else:
            encoder, left_out = pretrain_cohort(
                read_cohort(cohort), out, settings, crops=crops, frames=frames, workers=workers, progress=move
            )
    if json:
        print_json({"encoder": out, "sha256": encoder.sha256, "left_out": left_out, "card": encoder.card})
        return
    tell_left_out(left_out)
    people = encoder.card["participants"]
    print(f"made {out}: an encoder trained on {people['network']} participants of {encoder.trained_on!r},")
    print(f"with a prior learned from {people['prior']} others.")
    tell_held_out(encoder)
    print(f"next: {program()} edema personalise {cohort} --participant ID --encoder {out} --out MODEL")


@app.command()
def prior(
    cohort: CohortFolder,
    out: EncoderOut,
    encoder: EncoderFolder = None,
    workers: Annotated[int, typer.Option(min=1, help="Videos read at the same time.")] = 1,
    frames: Frames = 100,
    json: Json = False,
) -> None:
    """Learn anew, from your own cohort, how patients differ, and keep the network. Needs no torch.

    Example: `mitate edema prior our-clinic --out our-encoder`

    For people whom the network was not trained on, such as a clinic's under the encoder that comes along.
    """
    import shutil

    from mitate.edema.cohort import read_cohort
    from mitate.edema.cohort_crops import cohort_crops
    from mitate.edema.crops import is_crop_store, open_crops
    from mitate.edema.patient import find_encoder
    from mitate.edema.population import refuse_existing, renew_prior

    used = find_encoder(encoder)
    refuse_existing(out)
    work = out.with_name(f"{out.name}.work")
    left_out: tuple[LeftOut, ...] = ()
    with progress_bar(not json) as move:
        if is_crop_store(cohort):
            store = open_crops(cohort)
        else:
            store, left_out = cohort_crops(
                read_cohort(cohort),
                work / "crops",
                size=used.crop_size,
                frames=frames,
                workers=workers,
                progress=move,
            )
        made = renew_prior(used, store, out, progress=move)
    if work.exists():
        shutil.rmtree(work)
    if json:
        print_json({"encoder": out, "sha256": made.sha256, "left_out": left_out, "card": made.card})
        return
    tell_left_out(left_out)
    learned = made.prior.n_participants
    print(f"made {out}: the network as it was, with a prior learned from {learned} participants.")
    tell_held_out(made)


@app.command()
def personalise(
    cohort: CohortFolder,
    participant: Annotated[str, typer.Option(metavar="ID", help="Whose model to make.")],
    out: Annotated[Path, typer.Option("--out", metavar="MODEL", help="File to write, such as p01.json.")],
    days: Annotated[
        int | None,
        typer.Option(min=0, help="Learn from the first DAYS days; 0 is one reference with its weight."),
    ] = None,
    encoder: EncoderFolder = None,
    fine_tune: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Adapt the whole network too, and write it here; needs torch."),
    ] = None,
    frames: Frames = 100,
    json: Json = False,
) -> None:
    """Make one patient's model from his own sessions; none, one or many weighed days will do.

    Example: `mitate edema personalise our-clinic --participant p01 --days 3 --out p01.json`
    """
    from mitate.edema.cohort import read_cohort
    from mitate.edema.patient import find_encoder, read_patient

    network = find_encoder(encoder)
    with progress_bar(not json) as move:
        read = read_patient(
            read_cohort(cohort),
            participant,
            network,
            days=days,
            frames=frames,
            progress=lambda what, share: move(f"reading {what}", 100 * share, 100),
        )
        if fine_tune is not None:
            from mitate.edema.finetune import fine_tune_encoder

            network = fine_tune_encoder(
                network,
                read.labelled_crops(),
                fine_tune,
                participant_id=participant,
                progress=lambda step, steps, loss: move("fine-tuning", step, steps, f"loss {loss:.3f}"),
            )
            read = read.reread(network)
    made = read.model(network)
    made.model.save(out)
    if json:
        told = {"participant": participant, "model": out, "model_id": made.model.model_id}
        told |= {name: getattr(made.model, name) for name in ("n_labelled", "threshold_kg")}
        told |= {name: getattr(made, name) for name in ("reference", "labelled", "later", "left_out")}
        print_json({**told, **origin(network)})
        return
    tell_left_out(made.left_out)
    print(
        f"made {out}: the model of {participant}, compared with session {made.reference.session_id}, "
        f"from {made.model.n_labelled} weighed sessions; {out.stat().st_size / 1000:.0f} kB"
    )
    print(f"trained on: {network.trained_on}. {origin(network)['intended_use']}")
    own = fine_tune or encoder
    print(f"next: {program()} edema estimate VIDEO --model {out}" + (f" --encoder {own}" if own else ""))


@app.command()
def estimate(
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="A video or a photo of the patient's face.")],
    model: Annotated[Path, typer.Option(metavar="MODEL", help="Made by mitate edema personalise.")],
    encoder: EncoderFolder = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Write a picture of the result here.")
    ] = None,
    frames: Frames = 100,
    json: Json = False,
) -> None:
    """Estimate a patient's excess fluid from a new video. Another person's video is refused.

    Example: `mitate edema estimate today.mp4 --model p01.json --picture today.png`
    """
    from mitate.edema.patient import encoder_of, estimate_video
    from mitate.edema.personal import PersonalModel
    from mitate.edema.report import estimate_in_words, estimate_picture

    own = PersonalModel.load(model)
    network = encoder_of(own, encoder)
    with progress_bar(not json) as move:
        result, reading = estimate_video(
            video,
            own,
            network,
            frames=frames,
            progress=lambda share: move(f"reading {video.name}", 100 * share, 100),
        )
    if picture is not None:
        estimate_picture(result, reading.clip, picture, title=f"{result.participant_id}, {video.name}")
    if json:
        print_json(
            {**result.as_dict(), "video": video, "clip": clip_told(reading.clip), "encoder": network.sha256}
        )
        return
    tell_warnings(reading.clip)
    print(estimate_in_words(result))
    if picture is not None:
        print(f"picture: {picture}")


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="A video or photo of a face.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="A later one of the same person.")],
    encoder: EncoderFolder = None,
    frames: Frames = 100,
    json: Json = False,
) -> None:
    """Change of excess fluid between two videos of any one person, without a model.

    Example: `mitate edema compare monday.mp4 wednesday.mp4`
    """
    from mitate.edema.patient import compare_videos, find_encoder
    from mitate.edema.report import change_in_words

    network = find_encoder(encoder)
    with progress_bar(not json) as move:
        change, first, second = compare_videos(
            before,
            after,
            network,
            frames=frames,
            progress=lambda what, share: move(f"reading {what}", 100 * share, 100),
        )
    if json:
        clips = {"before": clip_told(first.clip), "after": clip_told(second.clip)}
        print_json({**change.as_dict(), **clips, "encoder": network.sha256})
        return
    tell_warnings(first.clip)
    tell_warnings(second.clip)
    print(change_in_words(change))


app.command()(edema_benchmark.benchmark)
app.command()(edema_explain.explain)
app.command()(edema_trend.trend)


def _fields(problem: Any) -> dict[str, Any]:
    return {
        name: getattr(problem, name) for name in ("severity", "message", "todo", "file", "line", "column")
    }
