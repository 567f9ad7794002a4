"""The first published transfer: the network itself learns the classes, beside what it knew before.

The network is fine-tuned (`mitate.learn.face_classes`), and a linear machine judges the fine-tuned and the
frozen map side by side: few faces teach a network something and cost it something, and the two err on
different faces. Which layers learn and how fast is chosen on one person-grouped split of the training people,
the machine's cost on out-of-fold scores.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.embedders import Embedder
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.folds import guard, inner_folds, splits
from mitate.diagnosis.gram import between, flat_rows, gram
from mitate.diagnosis.linear import COSTS, LinearHead, Strangeness, fit_linear
from mitate.diagnosis.machines import machines
from mitate.diagnosis.method import Kind, Run
from mitate.files import write_bytes
from mitate.weights import path_of

if TYPE_CHECKING:
    from mitate.diagnosis.compare import Wanted
    from mitate.learn.face_classes import ClassSettings

__all__ = ["FineTuned", "fit_model"]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

_VERSION = 1
"""Of what is kept of a fold; raise it when anything in it would come out differently."""


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    """Inner products of some rows after fine-tuning on the first of them, and how both maps are weighed."""

    products: Array
    learned: int
    scale: float

    def kernels(self) -> tuple[Array, Array]:
        """Of the rows learned from (m, m), and of the others with them (t, m)."""
        fit, rest = np.arange(self.learned), np.arange(self.learned, len(self.products))
        return tuple(between(self.products, fit, at, unit=True) for at in (fit, rest))  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, eq=False)
class _Chosen:
    """What inner validation settled on, and what the training rows' own scores were by fits without them."""

    candidate: int
    cost: float
    scores: Array
    unlike: Array | None


class FineTuned:
    """A `Method`: fine-tuning chosen and calibrated within the training rows.

    Inner scores are out-of-fold for every training row: each comes from a network that was fine-tuned without
    the row's person. They are those of the chosen setting, so they are a little kinder than those of a test.

    Args:
        faces: of the data set.
        candidates: settings to choose from, or one; by default two, which differ in how much learns.
        folds: inner ones.
        seed: of folds and training.
        threads: of torch.
        strangeness: how unlike what is learned from; see `mitate.diagnosis.linear.Strangeness`.
        cache: a folder that keeps each outer fold that is done, so that interrupted work goes on.
        network: to start from; SFace by default.

    Raises:
        MissingExtraError: torch is not installed.
        WeightsError: SFace is not installed.
    """

    name = "SFace, fine-tuned"
    kind: Kind = "transfer"
    what = (
        "a face recognition network (Zhong et al. 2021) fine-tuned on the classes: the published transfer"
        " DTL1 (Jin, Cruz and Gonçalves 2020); a linear machine on its map and the frozen one"
    )

    def __init__(
        self,
        faces: Faces,
        *,
        candidates: Sequence[ClassSettings] | None = None,
        folds: int = 3,
        seed: int = 0,
        threads: int = 1,
        strangeness: Strangeness | None = None,
        cache: Path | None = None,
        network: Path | None = None,
    ) -> None:
        from mitate.learn.face_classes import ClassSettings

        self._crops, self._targets, self._persons = faces.crops, faces.targets, faces.persons
        self._n_classes = len(faces.labels)
        given = candidates or (ClassSettings(), ClassSettings(first=7))
        self.candidates = tuple(replace(one, seed=seed, threads=threads) for one in given)
        self._folds, self._seed, self._threads = folds, seed, threads
        self._strangeness, self._cache = strangeness, cache
        self.network = network or path_of("sface")
        self._frozen: NDArray[np.float32] | None = None

    def run(self, train: Rows, test: Rows, *, inner: bool = False) -> Run:
        """Choose within `train`, fine-tune on all of it, and score `test`; see `Method.run`.

        Raises:
            InputError: a person is on both sides, or a class with fewer than two people in `train`.
        """
        guard(self._persons[train], self._persons[test])
        key = self._key("run", train, test)
        kept = None if self._cache is None else _read(self._cache / f"{key}.npz")
        if kept is None:
            kept = self._run(train, test)
            if self._cache is not None:
                write_bytes(self._cache / f"{key}.npz", _packed(kept))
        if inner:
            return kept
        return Run(kept.scores, chosen=kept.chosen)

    def choose(self, train: Rows) -> tuple[ClassSettings, float, Run]:
        """Settings and cost for a final model, and a run without test rows that has the inner scores.

        Raises:
            InputError: a class with fewer than two people.
        """
        key = self._key("choose", train, train[:0])
        kept = None if self._cache is None else _read(self._cache / f"{key}.npz")
        if kept is None:
            found = self._choose(train)
            nobody = np.empty((0, self._n_classes))
            unlike = None if found.unlike is None else np.empty(0)
            kept = Run(nobody, found.scores, unlike, found.unlike, self._told(found))
            if self._cache is not None:
                write_bytes(self._cache / f"{key}.npz", _packed(kept))
        told = dict(kept.chosen or {})
        return self.candidates[int(told["candidate"])], float(told["cost"]), kept

    def _run(self, train: Rows, test: Rows) -> Run:
        found = self._choose(train)
        fitted = self._fit(self.candidates[found.candidate], train, test)
        scores = self._scores(fitted, train, [found.cost])[found.cost]
        unlike = self._strange(fitted, train)
        return Run(scores, found.scores, unlike, found.unlike, self._told(found))

    def _told(self, found: _Chosen) -> dict[str, str | float]:
        settings = self.candidates[found.candidate]
        return {
            "candidate": found.candidate,
            "first": settings.first,
            "body_rate": settings.body_rate,
            "epochs": settings.epochs,
            "cost": found.cost,
        }

    def _choose(self, train: Rows) -> _Chosen:
        """The candidate by the first inner fold, the cost by all of them."""
        fold = inner_folds(self._targets[train], self._persons[train], self._folds, self._seed)
        parts = list(splits(fold))
        tried = [self._inner(settings, train, *parts[0]) for settings in self.candidates]
        best = max(
            range(len(tried)),
            key=lambda place: max(self._right(one, train[parts[0][1]]) for one in tried[place][0].values()),
        )
        every = [tried[best], *(self._inner(self.candidates[best], train, *part) for part in parts[1:])]
        costs = [cost for cost in COSTS if all(cost in by_cost for by_cost, _ in every)]
        scores = {cost: np.empty((len(train), self._n_classes)) for cost in costs}
        unlike = None if self._strangeness is None else np.empty(len(train))
        for (_, left), (by_cost, strange) in zip(parts, every, strict=True):
            for cost in costs:
                scores[cost][left] = by_cost[cost]
            if unlike is not None and strange is not None:
                unlike[left] = strange
        cost = max(costs, key=lambda one: (self._right(scores[one], train), -one))
        return _Chosen(best, cost, scores[cost], unlike)

    def _inner(
        self, settings: ClassSettings, train: Rows, learn: Rows, left: Rows
    ) -> tuple[dict[float, Array], Array | None]:
        fitted = self._fit(settings, train[learn], train[left])
        return self._scores(fitted, train[learn], COSTS), self._strange(fitted, train[learn])

    def _fit(self, settings: ClassSettings, learn: Rows, others: Rows) -> _Fitted:
        """Fine-tune on `learn`, and compare these rows and the others by both maps."""
        from mitate.learn.face_body import rows_of
        from mitate.learn.face_classes import fine_tune_classes, threads_of_torch

        body = fine_tune_classes(
            self.network,
            self._crops[learn],
            self._targets[learn],
            self._n_classes,
            settings,
            start=self._frozen_rows()[learn].mean(axis=0),
        )
        rows = np.concatenate([learn, others])
        with threads_of_torch(self._threads):
            tuned = gram(rows_of(body, self._crops[rows], low_precision=settings.low_precision))
        frozen = gram(self._frozen_rows()[rows])
        fit = np.arange(len(learn))
        scale = np.sqrt(_spread(frozen, fit) / _spread(tuned, fit))
        return _Fitted(frozen + scale**2 * tuned, len(learn), float(scale))

    def _frozen_rows(self) -> NDArray[np.float32]:
        if self._frozen is None:
            from mitate.learn.face_body import FaceBody, rows_of
            from mitate.learn.face_classes import threads_of_torch

            with threads_of_torch(self._threads):
                self._frozen = rows_of(FaceBody(self.network), self._crops)
        return self._frozen

    def _scores(self, fitted: _Fitted, learn: Rows, costs: Sequence[float]) -> dict[float, Array]:
        within, towards = fitted.kernels()
        fits = machines(within, self._targets[learn], self._n_classes, list(costs), patient=len(costs) == 1)
        return {cost: fit.scores(towards) for cost, fit in fits.items()}

    def _strange(self, fitted: _Fitted, learn: Rows) -> Array | None:
        if self._strangeness is None:
            return None
        flat = np.asarray(flat_rows(fitted.products), np.float32)
        known, new = flat[: fitted.learned], flat[fitted.learned :]
        return self._strangeness(known, self._targets[learn], self._persons[learn], new)

    def _right(self, scores: Array, rows: Rows) -> float:
        """Balanced accuracy."""
        told, targets = scores.argmax(axis=1), self._targets[rows]
        return float(np.mean([np.mean(told[targets == place] == place) for place in np.unique(targets)]))

    def _key(self, what: str, train: Rows, test: Rows) -> str:
        facts = [
            _VERSION,
            what,
            self._folds,
            self._seed,
            [repr(replace(c, threads=1)) for c in self.candidates],
        ]
        facts += [self._strangeness is not None, len(train), len(test)]
        sha = hashlib.sha256(json.dumps(facts).encode())
        sha.update(hashlib.sha256(self.network.read_bytes()).digest())
        for rows in (train, test):
            for array in (self._crops[rows], self._targets[rows]):
                sha.update(np.ascontiguousarray(array).tobytes())
            sha.update("\n".join(self._persons[rows].tolist()).encode())
        return sha.hexdigest()[:32]


def fit_model(
    faces: Faces,
    wanted: Wanted,
    *,
    strangeness: Strangeness,
    work: Path,
    method: FineTuned | None = None,
) -> tuple[Embedder, NDArray[np.float32], LinearHead, Run]:
    """The final model's network and head, fine-tuned on all faces.

    Args:
        faces: of the data set.
        wanted: seed and threads.
        strangeness: as of `FineTuned`.
        work: where ``network.onnx`` is written, and what is done is kept.
        method: with other settings than the default, for the same faces.

    Returns:
        The network's embedder, cut where both maps lie side by side; (n, d) its rows of all faces; the head;
        and a run of no test rows with the inner scores that calibration is fitted on.

    Raises:
        MissingExtraError: torch is not installed.
        InputError: a class with fewer than two people.
    """
    from mitate.learn.face_body import ROWS, rows_of, save_network
    from mitate.learn.face_classes import fine_tune_classes, threads_of_torch

    method = method or FineTuned(
        faces, seed=wanted.seed, threads=wanted.threads, strangeness=strangeness, cache=work / "fine-tuned"
    )
    settings, cost, run = method.choose(np.arange(len(faces)))
    n_classes = len(faces.labels)
    body = fine_tune_classes(method.network, faces.crops, faces.targets, n_classes, settings)
    with threads_of_torch(wanted.threads):
        frozen, tuned = gram(method._frozen_rows()), gram(rows_of(body, faces.crops))
    everybody = np.arange(len(faces))
    scale = float(np.sqrt(_spread(frozen, everybody) / _spread(tuned, everybody)))
    path = work / "network.onnx"
    save_network(body, path, scale=scale, size=faces.crops.shape[1])
    embedder = Embedder(path, ROWS, threads=wanted.threads)
    rows = embedder(faces.crops)
    return embedder, rows, fit_linear(rows, faces.targets, n_classes, cost, "unit"), run


def _spread(products: Array, rows: Rows) -> float:
    """Sum of squared distances of some rows from their mean."""
    part = products[np.ix_(rows, rows)]
    return max(float(np.trace(part) - part.sum() / len(rows)), 1e-12)


def _packed(run: Run) -> bytes:
    arrays: dict[str, Any] = {"scores": run.scores, "chosen": np.array(json.dumps(dict(run.chosen or {})))}
    for name in ("inner_scores", "unlike", "inner_unlike"):
        if getattr(run, name) is not None:
            arrays[name] = getattr(run, name)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _read(path: Path) -> Run | None:
    """What was kept of a fold; None where there is nothing that can be read, and it is done again."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as kept:
            arrays = dict(kept)
        return Run(
            arrays["scores"],
            arrays.get("inner_scores"),
            arrays.get("unlike"),
            arrays.get("inner_unlike"),
            json.loads(str(arrays["chosen"])),
        )
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
