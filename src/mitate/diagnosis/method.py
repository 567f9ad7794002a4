"""What every way of telling classes apart looks like, so that all of them are judged alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Evaluation", "Kind", "Method", "Run"]

Kind = Literal["transfer", "traditional", "leak"]
"""From face recognition; what such a transfer has to beat; what must not work if the photos are fair."""

Rows = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What a method says of test rows after learning from training rows.

    Attributes:
        scores: (t, K) a value a class, the highest for the likeliest; on no particular scale.
        inner_scores: (m, K) the same of the training rows, each by a fit that had not seen its person: what
            calibration and prediction sets are fitted on. None for methods that are only compared.
        unlike: (t,) how unlike everything learned from, the larger the stranger; None as above.
        inner_unlike: (m,) the same of the training rows, each by a fit that had not seen its person.
        chosen: settings that inner validation chose.
    """

    scores: Array
    inner_scores: Array | None = None
    unlike: Array | None = None
    inner_unlike: Array | None = None
    chosen: Mapping[str, str | float] | None = None


class Method(Protocol):
    """A way of telling classes apart, made for the faces of one data set; rows are rows of these faces.

    Attributes:
        name: as in the report's table, such as ``SFace + linear SVM``.
        kind: see `Kind`.
        what: one sentence on what it looks at, with its source.
    """

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def what(self) -> str: ...

    def run(self, train: Rows, test: Rows, *, inner: bool = False) -> Run:
        """Learn from `train`, choosing its settings by validation within `train`, and score `test`.

        Args:
            train, test: rows; no person is in both.
            inner: whether `inner_scores` and, where the method has it, `unlike` are wanted.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A method's answers for every face, each by a fit that had not seen the person: nested cross-validation.

    Attributes:
        method, kind, what: of the `Method`.
        labels: (K,) the classes.
        targets: (n,) the true class's place in `labels`.
        persons: (n,) who.
        fold: (n,) the outer fold in which the row was tested.
        scores: (n, K) as `Run.scores`.
        probabilities: (n, K) calibrated within the training rows; None where a method is only compared.
        p_values: (n, K) conformal p-value of each class (`mitate.diagnosis.conformal`); None as above.
        chosen: settings of each outer fold.
        seconds: that all folds took.
    """

    method: str
    kind: Kind
    what: str
    labels: tuple[str, ...]
    targets: NDArray[np.int64]
    persons: NDArray[np.str_]
    fold: NDArray[np.int64]
    scores: Array
    probabilities: Array | None
    p_values: Array | None
    chosen: tuple[Mapping[str, str | float], ...]
    seconds: float

    @property
    def ranking(self) -> Array:
        """(n, K) what classes are ranked by: probabilities, as a model's answer is, else scores."""
        return self.scores if self.probabilities is None else self.probabilities

    @property
    def told(self) -> NDArray[np.int64]:
        """(n,) the class that is ranked first."""
        return np.asarray(self.ranking.argmax(axis=1), np.int64)

    @property
    def right(self) -> NDArray[np.bool_]:
        """(n,) whether that is the true one."""
        return np.asarray(self.told == self.targets)
