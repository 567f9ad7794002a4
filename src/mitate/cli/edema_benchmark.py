"""``mitate edema benchmark``: the published protocol on simulated patients, or on a clinic's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mitate.cli.printing import Json, print_json, program, progress_bar

if TYPE_CHECKING:
    from mitate.edema.study.benchmark import RowLearner
    from mitate.edema.study.run import Progress, Row
    from mitate.figures import Figure
    from mitate.simulate.face_cohort import CropPlan

__all__ = ["benchmark"]

_QUICK_FRAMES, _FRAMES = 8, 100
_QUICK_PEOPLE, _QUICK_DAYS, _QUICK_CROPS = 40, 3, 4
_LEARNERS_SEED, _LEARNERS_DAYS, _LEARNERS_ROOMS = 7001, 3, 4
_SIZE, _EYES_PX = 64, 31.5
_SFACE_EPOCHS = 1
_PATIENTS, _OTHERS, _LEARNERS = "patients", "people for priors", "people to train on"


def benchmark(
    cohort: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="A cohort of your own; without it, patients are simulated."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer frames and rows, and no network is trained: minutes.")
    ] = False,
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Where everything is kept and reported.")
    ] = Path("edema-benchmark"),
    frames: Annotated[
        int | None, typer.Option(min=1, max=2000, help="Frames of each session at most.")
    ] = None,
    people: Annotated[
        int, typer.Option(min=50, max=100_000, help="Simulated people to train on, without --quick.")
    ] = 4000,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the people, without --quick.")] = 8,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    json: Json = False,
) -> None:
    """Measure every method by the published protocol: learn a patient's first days, judge his later ones.

    Example: `mitate edema benchmark --quick --out trial`

    Interrupted, the same command goes on where it stopped. With --cohort every patient is tested once, by
    what was learned from the others. Without it 39 patients are simulated in a world that nothing was trained
    in, which needs the extra `simulate` and says nothing of real people. FOLDER gets report.html,
    figures.csv, answers.csv, edema.md and figures.json; what they were made from stays beside them. Without
    --quick the networks are trained too, which takes hours. Both need the extra `train`.
    """
    with progress_bar(not json) as move:
        if cohort is None:
            found, figures = _simulated(out, quick, frames, people, epochs, workers, move)
        else:
            found, figures = _own(cohort, out, quick, frames, epochs, workers, move)
    if json:
        print_json({"out": out, "report": out / "report.html", "figures": [f.as_row() for f in figures]})
        return
    _tell(found, figures)
    if cohort is None:
        print("Simulated patients: nothing here is known of real people.")
    print(f"report: {out / 'report.html'}; tables: {out / 'figures.csv'}, {out / 'answers.csv'}")
    if quick:
        whose = "" if cohort is None else f"--cohort {cohort} "
        print(f"next, with networks trained too: {program()} edema benchmark {whose}--out ANOTHER")


def _learner(quick: bool, epochs: int, threads: int) -> RowLearner:
    """Before anything is written or rendered for hours, whether torch and the networks are there."""
    import mitate.learn  # noqa: F401 - the row from scratch needs torch in every table
    from mitate.edema.study.benchmark import RowLearner
    from mitate.edema.study.frozen import FROZEN
    from mitate.weights import path_of

    for weight in ("yunet", "face_mesh", "sface", *(weight for weight, _ in FROZEN.values())):
        path_of(weight)
    if quick:
        return RowLearner()
    from mitate.learn.pretrain_settings import PretrainSettings

    return RowLearner(PretrainSettings(size=_SIZE, threads=threads, epochs=epochs), _SFACE_EPOCHS)


def _plans(quick: bool, frames: int, people: int) -> dict[str, CropPlan]:
    """Whom to simulate: the patients, and who is learned from."""
    from mitate.simulate.face_cohort import CropPlan
    from mitate.simulate.shifted import LEARNING_WORLD
    from mitate.simulate.study_people import prior_people, published_design

    patients = published_design(frames=frames)
    if quick:
        few = prior_people(participants=_QUICK_PEOPLE, days=_QUICK_DAYS, frames=_QUICK_CROPS)
        return {_PATIENTS: patients, _OTHERS: few}
    learners = CropPlan(
        people,
        _LEARNERS_DAYS,
        1,
        _LEARNERS_SEED,
        size=_SIZE,
        rooms=_LEARNERS_ROOMS,
        eyes_px=_EYES_PX,
        person=LEARNING_WORLD.person,
        capture=LEARNING_WORLD.capture,
    )
    return {_PATIENTS: patients, _OTHERS: prior_people(), _LEARNERS: learners}


def _simulated(
    out: Path,
    quick: bool,
    frames: int | None,
    people: int,
    epochs: int,
    workers: int,
    move: Progress,
) -> tuple[list[Row], list[Figure]]:
    from mitate.edema.crops import CropStore, open_crops
    from mitate.edema.study.benchmark import benchmark_simulated, claim_benchmark, report_benchmark
    from mitate.simulate.head import load_head
    from mitate.simulate.study_people import STUDY_SEED, simulate_study

    learner = _learner(quick, epochs, workers)
    count = frames or (_QUICK_FRAMES if quick else _FRAMES)
    load_head()  # whether the extra is there
    trained = {} if quick else {"people": people, "epochs": epochs}
    claim_benchmark(out, {"cohort": None, "quick": quick, "frames": count, **trained})
    stores: dict[str, CropStore] = {}
    for name, plan in _plans(quick, count, people).items():
        root = out / "crops" / name.replace(" ", "-")
        simulate_study(root, plan, workers=workers, progress=_named(move, f"simulating {name}"))
        stores[name] = open_crops(root)
    found, courses = benchmark_simulated(
        stores[_PATIENTS],
        stores[_OTHERS],
        stores.get(_LEARNERS),
        out,
        learner,
        workers=workers,
        progress=move,
    )
    facts = {
        "patients": f"simulated, seed {STUDY_SEED}, in a world that nothing was trained in",
        "frames of a session": str(count),
        "people for priors": f"{len(stores[_OTHERS].participants)} others, simulated",
        "people trained on": "none: no network was trained" if quick else f"{people} others, simulated",
    }
    data = f"simulated, {len(courses)} patients, seed {STUDY_SEED}, {count} frames a session"
    notes = _quick_notes(count) if quick else ()
    return found, report_benchmark(out, found, courses, data=data, simulated=True, facts=facts, notes=notes)


def _quick_notes(frames: int) -> tuple[str, ...]:
    return (
        f"A quick table: {frames} frames of each session where the protocol has {_FRAMES}, and the rows that "
        "need a network trained on other people are left out.",
    )


def _named(move: Progress, what: str) -> Callable[[int, int], None]:
    return lambda done, total: move(what, done, total, "")


def _own(
    folder: Path,
    out: Path,
    quick: bool,
    frames: int | None,
    epochs: int,
    workers: int,
    move: Progress,
) -> tuple[list[Row], list[Figure]]:
    from mitate.edema.cohort import read_cohort
    from mitate.edema.cohort_crops import cohort_crops
    from mitate.edema.encoder import default_encoder
    from mitate.edema.population import filmed_people
    from mitate.edema.study.benchmark import benchmark_cohort, claim_benchmark, report_benchmark
    from mitate.edema.study.cohort_folds import refuse_few

    cohort = read_cohort(folder)
    refuse_few(len(filmed_people(cohort)), "filmed", cohort)  # before videos are read for hours
    learner = _learner(quick, epochs, workers)
    count = frames or _FRAMES
    trained = {} if quick else {"epochs": epochs}
    claim_benchmark(out, {"cohort": cohort.name, "quick": quick, "frames": count, **trained})
    size = max(default_encoder().crop_size, 0 if learner.settings is None else learner.settings.size)
    store, left_out = cohort_crops(
        cohort, out / "crops", size=size, frames=count, workers=workers, progress=move
    )
    found, courses = benchmark_cohort(cohort, store, out, learner, workers=workers, progress=move)
    tested = len({name for row in found for name in row.session.participant})
    kind = "simulated films" if cohort.simulated else "a cohort of its own"
    facts = {
        "patients": f"{cohort.name}, {kind}; each tested by what was learned from the others",
        "frames of a session": f"{count} at most",
        "sessions that could not be used": str(len(left_out)),
    }
    data = f"{'simulated, ' if cohort.simulated else ''}{cohort.name}, {tested} patients"
    notes = ("A quick table: no network was trained on this cohort.",) if quick else ()
    return found, report_benchmark(
        out, found, courses, data=data, simulated=cohort.simulated, facts=facts, notes=notes
    )


def _tell(found: Sequence[Row], figures: Sequence[Figure]) -> None:
    """One line a row: presence and error by session, after three labelled days or as many as there are."""
    from mitate.edema.study.bars import MAE, PRESENCE, figure_name

    by_name = {figure.name: figure for figure in figures}
    days = max(row.days for row in found if row.days <= 3)
    print(f"After {days} labelled days, by session:")
    for row in found:
        if row.days != days:
            continue
        right, error = (by_name.get(figure_name(m, row.method, days, "session")) for m in (PRESENCE, MAE))
        told = [f"{_spread(f, digits)}" for f, digits in ((right, 1), (error, 2)) if f is not None]
        print(f"  {row.method:44s} {'   '.join(told)}")


def _spread(figure: Figure, digits: int) -> str:
    text = f"{figure.value:.{digits}f} {figure.unit}"
    if figure.low is None or figure.high is None:
        return text
    return f"{text} ({figure.low:.{digits}f} to {figure.high:.{digits}f})"
