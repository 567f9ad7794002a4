"""Every row of the comparison, made for one data set and judged on the same folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.embedders import sface_layer
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.features import FEATURES, feature_rows
from mitate.diagnosis.linear import COSTS, LinearSvm, Normalisation, Strangeness
from mitate.diagnosis.method import Evaluation, Method
from mitate.diagnosis.neighbour import NearestNeighbour
from mitate.diagnosis.nested import Labelled, Progress, evaluate
from mitate.errors import WeightsError

__all__ = [
    "FINE_TUNED",
    "FROZEN",
    "NEAREST",
    "Comparison",
    "Features",
    "Wanted",
    "compare",
    "feature_table",
    "frozen_machine",
    "looked_at",
    "machine_on",
    "methods_for",
    "title_of",
]

Features = dict[str, NDArray[np.float32]]

FROZEN = "SFace, frozen, linear SVM"
FINE_TUNED = "SFace, fine-tuned"
NEAREST = "SFace, nearest neighbour"
_RIVALS = ("imagenet", "imagenet_layer", "hog", "lbp", "pixels")
_OUTPUT, _INNER = "imagenet", "imagenet_layer"
_LEAKS = ("thumbnail", "background", "file")
_PART = 16  # faces between two signs of progress
_LEAK_COSTS = 3  # the lower ones: where there is nothing to find, high costs take minutes to say so


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows, and how they are judged.

    Attributes:
        folds: outer folds; settings are chosen by as many inner ones.
        seed: of folds, resampling and training.
        fine_tune: whether the network is fine-tuned too; needs the extra `train`, and minutes.
        rivals: whether what a transfer has to beat is measured beside it.
        threads: of every network.
    """

    folds: int = 5
    seed: int = 0
    fine_tune: bool = False
    rivals: bool = True
    threads: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """All rows on the same photos and folds.

    Attributes:
        evaluations: in the order of the table: transfers, what they have to beat, what must not work.
        leaks: of these, the rows that must not work, by feature: ``background``, ``thumbnail``, ``file``.
    """

    evaluations: tuple[Evaluation, ...]
    leaks: dict[str, Evaluation]

    def of(self, name: str) -> Evaluation:
        """The evaluation of one method.

        Raises:
            KeyError: it was not measured.
        """
        return {one.method: one for one in self.evaluations}[name]


def feature_table(
    faces: Faces, wanted: Wanted, progress: Progress | None = None
) -> tuple[Features, tuple[str, ...]]:
    """What every row looks at, (n, d) by name, and what could not be had and why.

    Raises:
        WeightsError: SFace is not installed; what is only compared is left out where its weights are missing.
    """
    found = _both_of_sface(faces, wanted, progress)
    left_out = []
    for name in (*(_RIVALS if wanted.rivals else ()), *_LEAKS):
        try:
            found[name] = feature_rows(name, faces, threads=wanted.threads, progress=progress)
        except WeightsError as error:
            left_out.append(f"{title_of(name)} was not measured: {error}")
    return found, tuple(left_out)


def _both_of_sface(faces: Faces, wanted: Wanted, progress: Progress | None) -> Features:
    """The layer and the embedding in one pass, which is most of the time that looking takes."""
    network = sface_layer(wanted.threads)
    parts = []
    for start in range(0, len(faces), _PART):
        parts.append(network.both(faces.crops[start : start + _PART]))
        if progress is not None:
            progress(FEATURES["sface_layer"].title, min(start + _PART, len(faces)), len(faces))
    layer, embedding = (np.concatenate(one) for one in zip(*parts, strict=True))
    return {"sface_layer": layer, "sface": embedding}


def methods_for(
    faces: Faces,
    features: Features,
    wanted: Wanted,
    *,
    strangeness: Strangeness,
    cache: Path | None = None,
) -> list[Method]:
    """The methods that the features allow.

    Args:
        faces: of the data set.
        features: from `feature_table`.
        wanted: which rows.
        strangeness: how unlike what is learned from a face is; for the transfers.
        cache: a folder where fine-tuning keeps the folds that are done.

    Raises:
        MissingExtraError: fine-tuning is wanted and torch is not installed.
    """
    rows: list[Method] = [frozen_machine(faces, features, wanted, strangeness)]
    if wanted.fine_tune:
        rows.insert(0, _fine_tuned(faces, wanted, strangeness, cache))
    what = "the nearest known face by the cosine of SFace's embeddings, as face recognition finds a person"
    embedded, classes = features["sface"], len(faces.labels)
    rows.append(
        NearestNeighbour(NEAREST, "traditional", what, embedded, faces.targets, faces.persons, classes)
    )
    for name in (*_RIVALS, *_LEAKS):
        if name in features and name != _INNER:
            rows.append(machine_on(faces, features, wanted, name, title_of(name)))
    return rows


def frozen_machine(
    faces: Faces, features: Features, wanted: Wanted, strangeness: Strangeness | None = None
) -> LinearSvm:
    """The published transfer: a linear machine on the frozen network's layer before the last."""
    return machine_on(faces, features, wanted, "sface_layer", FROZEN, strangeness)


def machine_on(
    faces: Labelled,
    features: Mapping[str, NDArray[np.float32]],
    wanted: Wanted,
    name: str,
    title: str,
    strangeness: Strangeness | None = None,
) -> LinearSvm:
    """A row of the comparison: the linear machine on the features `name`, as every row of its kind is set up.

    Args:
        faces: whose features they are.
        features: (n, d) by name; of those that `looked_at` names, what is there.
        wanted: folds and seed.
        name: of `FEATURES`.
        title: what the table calls it.
        strangeness: how unlike what is learned from a face is; for transfers.
    """
    info = FEATURES[name]
    transfer, leak = info.kind == "transfer", info.kind == "leak"
    normalisations: tuple[Normalisation, ...] = ("unit", "standard")
    return LinearSvm(
        title,
        info.kind,
        info.what,
        {one: features[one] for one in looked_at(name) if one in features},
        faces.targets,
        faces.persons,
        len(faces.labels),
        normalisations=normalisations[:1] if transfer else normalisations[leak:],
        costs=COSTS[:_LEAK_COSTS] if leak else COSTS,
        folds=wanted.folds,
        seed=wanted.seed,
        strangeness=strangeness,
    )


def looked_at(name: str) -> tuple[str, ...]:
    """The features that the row `name` chooses from: that on objects has an inner layer beside the output."""
    return (name, _INNER) if name == _OUTPUT else (name,)


def title_of(name: str) -> str:
    """What the table calls the linear machine on the features `name`."""
    return f"{FEATURES[name].title}, linear SVM"


def _fine_tuned(faces: Faces, wanted: Wanted, strangeness: Strangeness, cache: Path | None) -> Method:
    from mitate.diagnosis.finetuned import FineTuned

    return FineTuned(faces, seed=wanted.seed, threads=wanted.threads, strangeness=strangeness, cache=cache)


def compare(
    methods: Sequence[Method], faces: Faces, wanted: Wanted, progress: Progress | None = None
) -> Comparison:
    """Judge every method on the same folds by nested, person-grouped cross-validation.

    Args:
        methods: from `methods_for`.
        faces: that they were made for.
        wanted: folds and seed.
        progress: called with a method's name, folds done and folds in all.

    Raises:
        InputError: a class with too few people.
    """
    evaluations, leaks = [], {}
    titles = {title_of(name): name for name in _LEAKS}
    for method in methods:
        one = evaluate(method, faces, folds=wanted.folds, seed=wanted.seed, progress=progress)
        evaluations.append(one)
        if method.name in titles:
            leaks[titles[method.name]] = one
    return Comparison(tuple(evaluations), leaks)
