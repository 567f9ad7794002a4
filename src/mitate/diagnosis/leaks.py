"""Does the style of a photo give its class away?

A classifier can be right for the wrong reason: each class was photographed in another studio, cropped by
another hand, saved by another programme. On a widely used web set of 3,000 faces of five classes, sixteen by
sixteen pixels alone reach 75.7 % (issue 5 of this project). Three rows that must not work say so: the
photo with its head masked out, the photo at 16×16 pixels, and what the file says of itself. Each is tested
against guessing by a permutation of the people's classes within the folds, and the three tests are corrected
together (Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6, 1979).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.intervals import balanced_over_persons, difference
from mitate.diagnosis.method import Evaluation
from mitate.errors import InputError

__all__ = ["Gain", "Leak", "LeakName", "Leaks", "Level", "find_leaks", "holm", "permutation_p"]

LeakName = Literal["background", "thumbnail", "file"]
Level = Literal["none", "suspected", "certain"]

_SUSPECTED, _CERTAIN = 0.05, 0.01  # corrected p-values
_PERMUTATIONS = 2000
_SHARE = 0.5  # of the transfer's lead over guessing that 16×16 pixels may reach before they are suspect

_TODO: dict[LeakName, str] = {
    "background": (
        "photograph every class in the same place, with the same camera and light, or cut the photos close "
        "to the face; report results for each source by itself, and test on photos from a source that the "
        "model has not learned from"
    ),
    "file": (
        "save all photos the same way, from the originals: one format, one size, one quality; find out which "
        "class came from which source, and report results for each source by itself"
    ),
    "thumbnail": (
        "look at one photo of each class side by side: light, colour, distance and cut should not differ; "
        "photograph all classes the same way, and report results for each source by itself"
    ),
}


@dataclass(frozen=True, slots=True)
class Leak:
    """What one leak row says of the photos.

    Attributes:
        name: which row.
        level: ``none``, ``suspected`` or ``certain``.
        accuracy, low, high: balanced accuracy, 0 to 1, with its 95 % interval over people.
        chance: what guessing reaches: 1 / number of classes.
        p_value: of the permutation test, corrected for the number of rows tested (Holm).
        what_it_means, todo: in plain words; `todo` is empty where there is nothing to do.
    """

    name: LeakName
    level: Level
    accuracy: float
    low: float
    high: float
    chance: float
    p_value: float
    what_it_means: str
    todo: str


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much the transfer beats the strongest row that must not work; top-1, paired over people."""

    over: LeakName
    gain: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Leaks:
    """All leak rows, and what of the transfer's accuracy they leave."""

    leaks: tuple[Leak, ...]
    gain: Gain | None

    @property
    def worst(self) -> Level:
        """The highest level of all rows."""
        found = {leak.level for leak in self.leaks}
        return "certain" if "certain" in found else "suspected" if "suspected" in found else "none"


def find_leaks(rows: Mapping[str, Evaluation], transfer: Evaluation | None = None, *, seed: int = 0) -> Leaks:
    """Judge the leak rows of one data set.

    Args:
        rows: evaluations of ``background``, ``thumbnail`` and ``file``, as far as there are any.
        transfer: the best transfer on the same photos; without it, 16×16 pixels above chance are suspect.
        seed: of permutations and resampling.

    Raises:
        InputError: a row of another name, or evaluations of other photos than the transfer's.
    """
    unknown = sorted(set(rows) - set(_TODO))
    if unknown:
        raise InputError(f"{unknown[0]!r} is no leak row", todo=f"choose from: {', '.join(_TODO)}")
    if transfer is not None and any(not _same_photos(row, transfer) for row in rows.values()):
        raise InputError("the leak rows and the transfer were measured on different photos")
    given = [name for name in _TODO if name in rows]
    corrected = holm(np.array([permutation_p(rows[name], seed=seed) for name in given]))
    judged: dict[LeakName, Leak] = {}
    for name, p_value in zip(given, corrected, strict=True):  # 16×16 pixels come last, beside the others
        judged[name] = _judge(name, rows[name], float(p_value), transfer, judged, seed)
    leaks = tuple(judged.values())
    if transfer is None or not leaks:
        return Leaks(leaks, None)
    strongest = max(given, key=lambda name: float(rows[name].right.mean()))
    gain, low, high = difference(transfer, rows[strongest], seed=seed)
    return Leaks(leaks, Gain(strongest, gain, low, high))


def permutation_p(evaluation: Evaluation, *, rounds: int = _PERMUTATIONS, seed: int = 0) -> float:
    """How likely guessing would do as well: one-sided p-value of the balanced accuracy over people.

    The classes of people are exchanged within each outer fold while the answers stay. Where pictures say
    nothing of classes, people of a fold are exchangeable given what was learned from the others, so the test
    is exact and nothing has to be learned again; p counts the observed order too (Phipson and Smyth,
    "Permutation p-values should never be zero", Stat. Appl. Genet. Mol. Biol. 9, 2010).

    Args:
        evaluation: n photos of K classes.
        rounds: random exchanges.
        seed: of them.
    """
    hits, classes, folds = _people(evaluation)
    counts = np.bincount(classes, minlength=hits.shape[1])
    weights = 1.0 / (max(np.count_nonzero(counts), 1) * np.maximum(counts, 1))
    weighted = hits * weights

    observed = float(weighted[np.arange(len(classes)), classes].sum())
    rng = np.random.default_rng(seed)
    exchanged = np.zeros(rounds)
    for fold in np.unique(folds):
        people = np.flatnonzero(folds == fold)
        orders = rng.permuted(np.tile(classes[people].astype(np.int32), (rounds, 1)), axis=1)
        exchanged += weighted[people, orders].sum(axis=1)
    as_good = int(np.count_nonzero(exchanged >= observed - 1e-12))
    return (1 + as_good) / (1 + rounds)


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """p-values (m,) corrected for being m, so that the chance of any false alarm stays at the level."""
    order = np.argsort(p_values, kind="stable")
    steps = np.arange(len(p_values), 0, -1)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(p_values[order] * steps), 1.0)
    return corrected


def _people(
    evaluation: Evaluation,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """For u people (a person with photos of two classes counts twice): (u, K) share of photos told to be of
    each class, (u,) true class, (u,) fold."""
    keys = np.column_stack([np.unique(evaluation.persons, return_inverse=True)[1], evaluation.targets])
    units, first, unit_of = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    told = np.zeros((len(units), len(evaluation.labels)))
    np.add.at(told, (unit_of.reshape(-1), evaluation.told), 1.0)
    told /= told.sum(axis=1, keepdims=True)
    return told, np.asarray(units[:, 1], np.int64), np.asarray(evaluation.fold[first], np.int64)


def _same_photos(one: Evaluation, other: Evaluation) -> bool:
    return np.array_equal(one.persons, other.persons) and np.array_equal(one.targets, other.targets)


def _judge(
    name: LeakName,
    row: Evaluation,
    p_value: float,
    transfer: Evaluation | None,
    others: Mapping[LeakName, Leak],
    seed: int,
) -> Leak:
    accuracy, low, high = balanced_over_persons(row, seed=seed)
    chance = 1.0 / len(row.labels)
    above = p_value < _SUSPECTED
    level: Level = "none" if not above else "certain" if p_value < _CERTAIN and low > chance else "suspected"
    also = tuple(other for other in others if others[other].level != "none")
    if name == "thumbnail" and above:
        lead = None if transfer is None else balanced_over_persons(transfer, seed=seed)[0] - chance
        much = lead is None or accuracy - chance >= _SHARE * lead
        level = "suspected" if also or much else "none"
    means = _meaning(name, level, above=above, also=also)
    return Leak(
        name, level, accuracy, low, high, chance, p_value, means, _TODO[name] if level != "none" else ""
    )


def _meaning(name: LeakName, level: Level, *, above: bool, also: tuple[LeakName, ...]) -> str:
    if name == "thumbnail" and above:
        return _meaning_of_thumbnail(level, also)
    subject = {
        "background": "The background alone, with the head masked out,",
        "thumbnail": "The photo at sixteen by sixteen pixels",
        "file": "The files' format, size and compression alone",
    }[name]
    verb = "tell" if name == "file" else "tells"
    if level == "none":
        does = "do" if name == "file" else "does"
        return f"{subject} {does} not {'tell'} the classes apart better than guessing."
    if level == "suspected":
        return f"{subject} may {'tell'} the classes apart: better than guessing, but not surely."
    return (
        f"{subject} {verb} the classes apart. A model can be right without looking at the face, and its "
        "accuracy here says little about photos taken elsewhere."
    )


def _meaning_of_thumbnail(level: Level, also: tuple[LeakName, ...]) -> str:
    start = "Sixteen by sixteen pixels tell the classes apart better than guessing. They show the face too, "
    if also:
        words = "the background and the files tell"
        if len(also) == 1:
            words = "the background tells" if also[0] == "background" else "the files tell"
        return f"{start}so this alone would prove nothing; but {words} the classes apart as well."
    if level == "suspected":
        return (
            f"{start}so this alone proves nothing; but so few pixels should not come that close to the whole "
            "face. Light, colour, distance or cut may differ between the classes; where photos are cut close "
            "to the face, the row of the background cannot see that."
        )
    return (
        f"{start}but stay far behind the whole face, and nothing else of the photos tells: coarse shape and "
        "colour of the faces explain it best."
    )
