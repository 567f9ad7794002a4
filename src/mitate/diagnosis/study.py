"""Everything that is measured on a data set before a model of it is believed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from mitate.diagnosis.check import Checkup, check, refuse_small_classes
from mitate.diagnosis.compare import (
    FINE_TUNED,
    FROZEN,
    Comparison,
    Features,
    Wanted,
    compare,
    feature_table,
    frozen_machine,
    methods_for,
)
from mitate.diagnosis.curve import SIZES, CurvePoint, learning_curve
from mitate.diagnosis.dataset import read_dataset
from mitate.diagnosis.duplicates import refuse_duplicates
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.faces_of import read_faces
from mitate.diagnosis.folds import fewest_people
from mitate.diagnosis.groups import Group, break_down, tones_of
from mitate.diagnosis.leaks import Leaks, find_leaks
from mitate.diagnosis.linear import LinearSvm
from mitate.diagnosis.measures import Measures, measure
from mitate.diagnosis.method import Evaluation
from mitate.diagnosis.nested import Progress
from mitate.diagnosis.saliency import ClassSaliency, layer_saliency
from mitate.diagnosis.unlike import strangeness

__all__ = ["Study", "study"]

_CURVE_FOLDS, _CURVE_DRAWS = 3, 2  # inner folds, and draws of people, of the curve: a side show


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Everything that was measured on a data set.

    Attributes:
        name: of the data set.
        checkup: of the data.
        faces: that were used.
        comparison: every row on the same folds.
        main: the row of which the model is made.
        measures: of every row, in the comparison's order.
        leaks: what the photos' style gives away.
        groups: results of `main` by group.
        curve: of the frozen transfer, by people a class.
        saliency: where on the face its evidence lies.
        not_measured: rows left out, and why.
        seconds: from the first photo to here.
        wanted: how it was judged.
    """

    name: str
    checkup: Checkup
    faces: Faces
    comparison: Comparison
    main: Evaluation
    measures: tuple[Measures, ...]
    leaks: Leaks
    groups: tuple[Group, ...]
    curve: tuple[CurvePoint, ...]
    saliency: tuple[ClassSaliency, ...]
    not_measured: tuple[str, ...]
    seconds: float
    wanted: Wanted = field(default_factory=Wanted)


def study(
    data: Path,
    wanted: Wanted,
    *,
    work: Path,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[Study, Features]:
    """All that `train` measures, and the features that it was measured on.

    Args:
        work: a folder for what was read of the photos and for folds that are done.

    Raises:
        InputError, WeightsError, MissingExtraError: as `train`.
    """
    if wanted.fine_tune:
        import mitate.learn  # noqa: F401  # without torch it says so now, and not after the photos are read
    start = time.perf_counter()
    checkup = check(data, cache=work / "faces", workers=workers, progress=progress)
    dataset = read_dataset(data)  # raises where the check found errors
    refuse_duplicates(checkup.duplicates, allow=checkup.not_the_same, where=data)
    faces = read_faces(dataset, cache=work / "faces", workers=workers)
    refuse_small_classes(faces, dataset)
    features, not_measured = feature_table(faces, wanted, progress)
    methods = methods_for(faces, features, wanted, strangeness=strangeness, cache=work / "folds")
    comparison = compare(methods, faces, wanted, progress)
    main = comparison.of(FINE_TUNED if wanted.fine_tune else FROZEN)
    frozen = frozen_machine(faces, features, wanted)
    few = replace(wanted, folds=min(wanted.folds, _CURVE_FOLDS))
    setting, _ = frozen.choose(np.arange(len(faces)))
    found = Study(
        name=dataset.name,
        checkup=checkup,
        faces=faces,
        comparison=comparison,
        main=main,
        measures=tuple(measure(one, seed=wanted.seed) for one in comparison.evaluations),
        leaks=find_leaks(comparison.leaks, main, seed=wanted.seed),
        groups=break_down(main, faces.photos, tones=tones_of(faces), seed=wanted.seed),
        curve=_curve(frozen_machine(faces, features, few), faces, wanted, progress),
        saliency=layer_saliency(
            faces, features["sface_layer"], cost=setting.cost, normalisation=setting.normalisation
        ),
        not_measured=not_measured,
        seconds=time.perf_counter() - start,
        wanted=wanted,
    )
    return found, features


def _curve(
    method: LinearSvm, faces: Faces, wanted: Wanted, progress: Progress | None
) -> tuple[CurvePoint, ...]:
    """None where a fold's training people are fewer than the smallest size."""
    people = fewest_people(faces.targets, faces.persons)
    if people - -(-people // min(wanted.folds, people)) < SIZES[0]:
        return ()

    def tell(_: str, done: int, total: int) -> None:
        if progress is not None:
            progress("learning curve", done, total)

    return learning_curve(
        method, faces, draws=_CURVE_DRAWS, folds=wanted.folds, seed=wanted.seed, progress=tell
    )
