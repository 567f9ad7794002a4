"""From a folder of photos to a model with its report, in one go that can be interrupted."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mitate.diagnosis.calibration import expected_calibration_error
from mitate.diagnosis.card import model_card
from mitate.diagnosis.check import Checkup
from mitate.diagnosis.compare import Features, Wanted, frozen_machine
from mitate.diagnosis.conformal import in_sets
from mitate.diagnosis.embedders import sface_layer
from mitate.diagnosis.intervals import Estimate, over_persons
from mitate.diagnosis.linear import fit_linear
from mitate.diagnosis.model import DiagnosisModel
from mitate.diagnosis.model_files import load_model, save_model
from mitate.diagnosis.nested import Progress, calibrated
from mitate.diagnosis.report import ReportContent, write_report
from mitate.diagnosis.seen import seen_in
from mitate.diagnosis.study import Study, study
from mitate.diagnosis.unlike import Unlike, strangeness
from mitate.errors import InputError

__all__ = ["REPORT", "Trained", "model_of", "report_of", "train"]

REPORT = "report.html"


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What `train` made.

    Attributes:
        folder: with the model and its report.
        model: as it was written.
        study: what it was measured by.
        report: the page.
    """

    folder: Path
    model: DiagnosisModel
    study: Study
    report: Path


def train(
    data: Path,
    out: Path,
    wanted: Wanted | None = None,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Trained:
    """Check a data set, judge every row by nested cross-validation, and make the model and its report.

    Until it is done, what was read of the photos lies in ``OUT.work``, and the same call goes on from there.

    Args:
        data: a folder with a folder a class, or with ``photos.csv``, or that table.
        out: folder to make.
        wanted: rows, folds and seed.
        workers: processes that read photos.
        progress: called with what is done, how much, and how much there is.

    Raises:
        InputError: something in the data, duplicates across persons, or a folder that is not empty.
        WeightsError: weights are not installed.
        MissingExtraError: fine-tuning is wanted, and torch is not installed.
    """
    from threadpoolctl import threadpool_limits

    wanted = wanted or Wanted()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError("there is something in this place", where=out, todo="give a new folder")
    work = out.with_name(f"{out.name}.work")
    with threadpool_limits(wanted.threads):  # on shared cores, more threads of BLAS only wait for each other
        return _trained(data, out, wanted, work, workers, progress)


def _trained(
    data: Path, out: Path, wanted: Wanted, work: Path, workers: int, progress: Progress | None
) -> Trained:
    found, features = study(data, wanted, work=work, workers=workers, progress=progress)
    if progress is not None:
        progress("making the model", 0, 1)
    part = work / "model"
    shutil.rmtree(part, ignore_errors=True)  # of a run that was killed
    written = save_model(model_of(found, features, work), part)
    write_report(part / REPORT, report_of(found, written))
    if out.exists():
        out.rmdir()
    part.replace(out)
    shutil.rmtree(work)
    if progress is not None:
        progress("making the model", 1, 1)
    return Trained(out, load_model(out, threads=wanted.threads), found, out / REPORT)


def model_of(found: Study, features: Features, work: Path) -> DiagnosisModel:
    """The model of all people, calibrated on inner folds as every outer fold's was.

    Args:
        found: what was measured.
        features: on which.
        work: where a fine-tuned network is kept.
    """
    faces, wanted = found.faces, found.wanted
    everybody = np.arange(len(faces))
    if wanted.fine_tune:
        from mitate.diagnosis.finetuned import fit_model

        embedder, rows, head, run = fit_model(faces, wanted, strangeness=strangeness, work=work)
    else:
        machine = frozen_machine(faces, features, wanted, strangeness)
        embedder, rows = sface_layer(wanted.threads), features["sface_layer"]
        run = machine.run(everybody, everybody[:0], inner=True)
        chosen = run.chosen or {}
        # The frozen transfer has one normalisation to choose from.
        head = fit_linear(rows, faces.targets, len(faces.labels), float(chosen["cost"]), "unit")
    calibration, conformal = calibrated(run, faces.targets, faces.persons)
    card = model_card(
        found.name,
        faces,
        method=found.main.what,
        figures=_figures(found),
        settings={**asdict(wanted), **(run.chosen or {})},
        limits=_limits(found),
    )
    return DiagnosisModel(
        labels=faces.labels,
        embedder=embedder,
        own_network=wanted.fine_tune,
        head=head,
        calibration=calibration,
        unlike=Unlike.fit(rows, faces.targets, faces.persons),
        conformal=conformal,
        trained_on=faces.trained_on,
        card={**card, "seen": seen_in(faces)},
        least_quality=float(faces.quality.min()),
    )


def report_of(found: Study, model: DiagnosisModel | None = None) -> ReportContent:
    """What the report of a study tells."""
    return ReportContent(
        name=found.name,
        trained_on=found.faces.trained_on,
        photos=found.faces.photos,
        evaluations=found.comparison.evaluations,
        best=found.main,
        measures=found.measures,
        left_out=found.faces.left_out,
        leaks=found.leaks,
        groups=found.groups,
        saliency=found.saliency,
        curve=found.curve,
        duplicates=_duplicates(found.checkup),
        skipped=found.not_measured,
        notes=_notes(found.checkup),
        folds=found.wanted.folds,
        seed=found.wanted.seed,
        seconds=found.seconds,
        versions={} if model is None else dict(model.card["versions"]),
        model_id="" if model is None else model.model_id,
    )


def _duplicates(checkup: Checkup) -> tuple[str, ...]:
    """What was let pass: copies of one person's photo, and people who look alike and are said to be two."""
    words = {"same_file": "the same file", "near_copy": "copies of one photo", "same_person": "look alike"}
    return tuple(
        f"{one.first.file.name} ({one.first.person}) and {one.second.file.name} ({one.second.person}): "
        f"{words[one.kind]}"
        for one in checkup.duplicates
    )


def _notes(checkup: Checkup) -> tuple[str, ...]:
    """What the check warned of."""
    notes = [f"{one.message}: {one.todo}" for one in checkup.problems if one.severity == "warning"]
    notes += [
        f"{one.label} loses more of its photos than the other classes; those left may not be typical of it"
        for one in checkup.classes
        if one.loses_more
    ]
    notes += [
        f"{one.name} goes {'strongly ' if one.strength == 'strong' else ''}with the class and could be read "
        "off instead of the disease"
        for one in checkup.groups
        if one.strength not in ("none", "unknown")
    ]
    return tuple(notes)


def _figures(found: Study) -> dict[str, Mapping[str, Any]]:
    """What the card says of how well it does, each with its interval over people."""
    main = found.main
    told = next(one for one in found.measures if one.method == main.method)
    figures = {
        "top-1": told.accuracy,
        "balanced accuracy": told.balanced_accuracy,
        "area under the ROC curve, mean over classes": told.macro_auc,
    }
    figures |= {f"sensitivity, {one.label}": one.sensitivity for one in told.classes}
    if main.p_values is not None:
        inside = in_sets(main.p_values)
        covered = inside[np.arange(len(inside)), main.targets]
        low, high = over_persons(covered, main.persons, strata=main.targets, seed=found.wanted.seed)
        figures["90 % prediction sets hold the true class"] = Estimate(
            float(covered.mean()), low, high, told.people
        )
    if main.probabilities is not None:
        figures["expected calibration error"] = expected_calibration_error(
            main.probabilities, main.targets, main.persons
        )
    shares: dict[str, Mapping[str, Any]] = {name: _share(one) for name, one in figures.items()}
    if found.leaks.gain is not None:
        gain = found.leaks.gain
        shares[f"gain over {gain.over} alone"] = _share(Estimate(gain.gain, gain.low, gain.high, told.people))
    return shares


def _share(one: Estimate) -> dict[str, Any]:
    return {
        "value": 100 * one.value,
        "low": 100 * one.low,
        "high": 100 * one.high,
        "n": one.people,
        "unit": "%",
    }


def _limits(found: Study) -> list[str]:
    return [leak.what_it_means for leak in found.leaks.leaks if leak.level != "none"]
