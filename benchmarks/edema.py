"""The oedema study of docs/edema-protocol.md: ``python -m benchmarks.edema [PART ...]``.

Parts: table (every row of the protocol), and the sweeps of the shipped encoder: strength, people, frames,
nuisances. What networks and people they need is made once and kept in build/protocol; from nothing that is
some hours on two cores, and every step goes on where it was interrupted. The report of all parts measured so
far is written at the end into build/protocol/report, its page into docs/benchmarks/edema.md. Measured by
programs of their own: benchmarks.edema_alarm, edema_explain, edema_speed, orl_swelling.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.edema_limits import limits
from benchmarks.edema_pairs import pairs
from benchmarks.edema_people import ROOT, learners, prior_people, sweep, tested
from mitate.cli.printing import progress_bar
from mitate.edema.crops import CropStore
from mitate.edema.encoder import default_encoder, write_card
from mitate.edema.population import Progress
from mitate.edema.pretrain import make_encoder
from mitate.edema.study.bars import Roles
from mitate.edema.study.bayes import BayesianHead
from mitate.edema.study.course import Course, groups_of
from mitate.edema.study.courses import courses_of_store
from mitate.edema.study.findings import Extras, Sweep, main_figures
from mitate.edema.study.finetuned import FineTuned
from mitate.edema.study.groups import by_group, group_figures
from mitate.edema.study.markdown import card_figures
from mitate.edema.study.report import write_report
from mitate.edema.study.rows import rows
from mitate.edema.study.run import Row, run_study
from mitate.edema.study.trained import SFACE_ROW, SHIPPED_ROW, train_rows
from mitate.figures import Figure, write_figures
from mitate.learn.pretrain_settings import PretrainSettings
from mitate.simulate.nuisances import NUISANCES, THINNED

__all__ = ["PARTS", "main"]

DOCS = Path(__file__).parents[1] / "docs" / "benchmarks"
DATA = "simulated, 39 patients of the published design in the shifted world, seed 7003"
ROW_PEOPLE, ROW_SETTINGS, SFACE_EPOCHS = 4000, PretrainSettings(size=64, epochs=8), 1
SWEPT_PEOPLE = (10, 100, 1000)
SWEPT_CROPS = 40_000  # seen by each network of the sweep over people
FRAMES = (1, 2, 5, 10, 20, 50, 100)
SWEPT_NUISANCES = (
    "nominal-world",
    "same-light",
    "no-fat-drift",
    "light-doubled",
    "expression-doubled",
    "make-up",
    "fat-gain",
)
HEAVY_FRAMES, LARGE_FRAMES, HEAVY_PRIOR = 20, 5, 100
WORKERS = 1
_KEY_DAYS = (0, 3)


def table(move: Progress) -> list[Row]:
    """Every row of the protocol on the published design.

    Heads on small networks read all 100 frames of a session; rows that take long (large networks, training on
    each patient) read 20, which the sweep over frames shows to be as good; fine-tuned SFace reads 5.
    """
    others = prior_people()
    encoders = train_rows(
        learners(ROW_PEOPLE),
        others,
        ROOT / "rows",
        ROW_SETTINGS,
        sface_epochs=SFACE_EPOCHS,
        progress=lambda row: lambda what, done, total, word: move(f"{row}: {what}", done, total, word),
    )
    encoders[SHIPPED_ROW] = default_encoder().root
    folder = ROOT / "answers"
    whole, few = courses_of_store(tested()), courses_of_store(tested(), frames=HEAVY_FRAMES)
    heads = [BayesianHead(root, name=name) for name, root in encoders.items() if name != SFACE_ROW]
    large = BayesianHead(encoders[SFACE_ROW], name=SFACE_ROW)
    found = heavy(others, few, move)
    found += run_study(whole, heads, folder, workers=WORKERS, progress=move)
    tuned = FineTuned(encoders[SHIPPED_ROW], name=f"{SHIPPED_ROW}, fine-tuned on the patient")
    fewer = courses_of_store(tested(), frames=LARGE_FRAMES)
    found += run_study(fewer, [large], folder, workers=WORKERS, progress=move)
    return found + run_study(few, [tuned], folder, days=(3,), workers=WORKERS, progress=move)


def heavy(others: CropStore, few: Sequence[Course], move: Progress) -> list[Row]:
    """The rows that no training on other people's swelling has touched; half of `others` calibrate them."""
    half = others.only(others.participants[:HEAVY_PRIOR])
    methods = rows({}, half, ROOT / "learned", progress=move)
    return run_study(few, methods, ROOT / "answers", workers=WORKERS, progress=move)


def _shipped(
    store_name: str, move: Progress, frames: int | None = None, days: Sequence[int] = _KEY_DAYS
) -> list[Row]:
    """The shipped encoder on one variant of the test."""
    store = tested() if store_name == "published" else sweep(store_name)
    courses = courses_of_store(store, frames=frames)
    method = BayesianHead(default_encoder().root, name=SHIPPED_ROW)
    # one process: a sweep is minutes, and starting others takes as long
    return run_study(courses, [method], ROOT / "answers-sweeps", days=days, progress=move)


def _at_three(rows_: Sequence[Row]) -> Row:
    return next(row for row in rows_ if row.days == 3)


def strength(move: Progress) -> Sweep:
    """Half, nominal and double swelling per kilogram."""
    names = {"0.5": "strength-0.5", "1": "published", "2": "strength-2"}
    return Sweep(
        title="signal strength",
        axis="times the nominal millilitres per kilogram",
        rows={label: _at_three(_shipped(name, move, THINNED)) for label, name in names.items()},
        words="Nobody knows how much real faces swell; the nominal strength is an assumption. "
        "Ten frames a session; nothing was trained again: the prior expects the nominal strength.",
        usual="1",
        data=f"{DATA}, 10 frames a session",
    )


def frames(move: Progress) -> Sweep:
    """One to a hundred frames a session."""
    return Sweep(
        title="frames a session",
        axis="frames",
        rows={str(count): _at_three(_shipped("published", move, count)) for count in FRAMES},
        words="Lessons and exams alike.",
        usual="100",
    )


def people(move: Progress) -> Sweep:
    """Networks of the objective `change` that saw as many crops, of fewer and more people."""
    others, found = prior_people(), {}
    courses = courses_of_store(tested(), frames=10)
    for count in SWEPT_PEOPLE:
        root = ROOT / "people" / str(count)
        if not root.exists():
            epochs = max(1, round(SWEPT_CROPS / (6 * count)))
            settings = PretrainSettings(size=64, epochs=epochs)
            make_encoder(
                learners(count), root, settings, others=others, progress=_named(move, f"{count} people")
            )
        method = BayesianHead(root, name=f"change, {count} people")
        answers = run_study(courses, [method], ROOT / "answers-sweeps", days=(3,), progress=move)
        found[str(count)] = answers[0]
    return Sweep(
        title="people pre-trained on",
        axis="people",
        rows=found,
        words=f"Networks trained by the objective `change` on {SWEPT_CROPS:,} crops each, a fraction of what "
        "the shipped one saw, so that only the number of different people differs; ten frames a session.",
        data=f"{DATA}, 10 frames a session",
    )


def nuisances(move: Progress) -> Sweep:
    """What breaks it, and what it would gain if it were not there: one thing at a time."""
    chosen = [NUISANCES[name] for name in SWEPT_NUISANCES]
    plans = {"as it is": "published", **{one.name: one.name for one in chosen}}
    return Sweep(
        title="nuisances",
        axis="what differs",
        rows={label: _at_three(_shipped(name, move, THINNED)) for label, name in plans.items()},
        words="; ".join(f"{one.name}: {one.what}" for one in chosen) + ". Ten frames a session.",
        usual="as it is",
        data=f"{DATA}, 10 frames a session",
    )


PARTS: dict[str, Callable[[Progress], Sweep]] = {
    "strength": strength,
    "people": people,
    "frames": frames,
    "nuisances": nuisances,
}


def _named(move: Progress, name: str) -> Progress:
    return lambda what, done, total, word: move(f"{name}: {what}", done, total, word)


def main(names: Sequence[str]) -> int:
    """Measure the table and the named sweeps (all where none is named); write figures, report and page."""
    unknown = set(names) - {"table", *PARTS}
    if unknown:
        print(
            f"no such part: {', '.join(sorted(unknown))}; there are table, {', '.join(PARTS)}",
            file=sys.stderr,
        )
        return 2
    with progress_bar(True) as move:
        found = table(move)
        sweeps = tuple(PARTS[name](move) for name in PARTS if not names or name in names)
        groups = _shipped("groups", move, days=(0, 2))
    figures = _report(found, sweeps, groups)
    write_figures(DOCS / "edema.json", figures)
    return 0


def _report(found: list[Row], sweeps: tuple[Sweep, ...], groups: list[Row]) -> list[Figure]:
    card = default_encoder().card
    extras = Extras(
        sweeps=sweeps,
        facts={
            "patients": f"{DATA}; the world differs from the one that teaches (docs/simulate.md)",
            "the shipped encoder": f"{card['participants']['network']} people",
            "the other networks": f"{ROW_PEOPLE} of the same people, {ROW_SETTINGS.epochs} epochs each",
            "people for priors": "200 others",
        },
    )
    out = ROOT / "report"
    told = groups_of(courses_of_store(tested(), frames=1))
    figures = write_report(out, found, data=DATA, simulated=True, groups=told, extras=extras)
    shutil.copyfile(out / "edema.md", DOCS / "edema.md")
    tell_card(figures)
    return main_figures(figures, Roles()) + _group_figures(groups) + limits(DATA) + pairs(DATA)


def tell_card(figures: Sequence[Figure]) -> None:
    """Put what the protocol showed into the card of the encoder that comes along."""
    encoder = default_encoder()
    card = {key: value for key, value in encoder.card.items() if key != "sha256"}
    write_card(encoder.root, card | {"protocol": card_figures(figures)})


def _group_figures(groups: list[Row]) -> list[Figure]:
    """The same measures on 240 other people, group by group: enough to look at each."""
    data = "simulated, 240 people of 3 days in the shifted world, seed 7004, 5 frames a session"
    told = groups_of(courses_of_store(sweep("groups"), frames=1))
    made = []
    for row in groups:
        label = f"240 other people, {row.method}, {row.days} labelled days, session"
        made += group_figures(by_group(row.session, told, data=data, label=label))
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
