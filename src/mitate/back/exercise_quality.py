"""Was a repetition done correctly? From the hips' path and the girdles, learned from people who showed both.

What a repetition is described by is what the coach's signals are too: how far, how fast out and back, held
or not, how evenly, how far aside and ahead the hips went on the way, and the shape of the path at shares of
its time. Where they are known, shoulders and hip joints against the middle of the trunk are looked at too:
raised, drawn forward, and how unlike left and right are. Everything is in lengths of the leg and counts from
where the repetition began, so that neither build nor where somebody stood tells anything.

What correct is, is what the people were shown who were recorded (Vakanski A and others, Data 2018;3(1):2:
incorrect repetitions are acted by healthy people). Nothing that is learned here is built into the coach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mitate.back.repetitions import count_repetitions
from mitate.errors import InputError

__all__ = ["FEATURES", "GIRDLES", "HipPath", "Separation", "described", "leave_people_out", "separation"]

Array = NDArray[np.float64]

GIRDLES: tuple[str, ...] = tuple(
    f"{what} {girdle} {way}"
    for what in ("both", "apart", "range of both", "range apart")
    for girdle in ("shoulders", "hips")
    for way in ("out", "up", "ahead")
)
"""Features of shoulders and hip joints within the trunk."""

_EDGE = 0.06  # share of the way at which a repetition has begun, and is over
_NEAR_END = 0.6  # beyond this share of the way: where one drops into a chair, or pushes off
_SHARES = 16  # of the time, at which the path is looked up
_TREES, _LEAST_LEAF = 400, 3
_FEWEST = 12  # moments
_FAR = 0.8  # share of the way from which on the girdles are looked at
_TINY = 1e-9
_DRAWS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class HipPath:
    """Where the middle of the hips was through one repetition.

    Attributes:
        times_s: (n,) even seconds.
        places: (n, 3) in per cent of the leg's length: aside, up and ahead (towards the camera).
        girdles: (n, 2, 2, 3) in the same: shoulders and hip joints, left and right, against the middle
            of the trunk; None where they are not known.
    """

    times_s: Array
    places: Array
    girdles: Array | None = None

    @classmethod
    def of(
        cls, times_s: ArrayLike, places_m: ArrayLike, leg_m: float, *, girdles_m: ArrayLike | None = None
    ) -> HipPath:
        """From metres, or any unit that the leg is in as well.

        Raises:
            InputError: too few moments, or something that is no number.
        """
        times, places = np.asarray(times_s, np.float64), np.asarray(places_m, np.float64)
        girdles = None if girdles_m is None else np.asarray(girdles_m, np.float64)
        if girdles is not None and (girdles.shape != (len(times), 2, 2, 3) or not np.isfinite(girdles).all()):
            raise InputError("girdles are two pairs of places at every moment", where="hip path")
        if len(times) < _FEWEST or places.shape != (len(times), 3) or not np.isfinite(places).all():
            raise InputError(f"a repetition needs {_FEWEST} known moments or more", where="hip path")
        if not leg_m > 0:
            raise InputError("a leg has a length", where="hip path")
        return cls(times, 100.0 * places / leg_m, None if girdles is None else 100.0 * girdles / leg_m)


def described(path: HipPath) -> dict[str, float]:
    """The features of a repetition by name (`FEATURES`); it goes down and up again, or up and down.

    Without girdles those of `GIRDLES` are 0.

    Raises:
        InputError: nobody moved.
    """
    from scipy.signal import savgol_filter

    step = float(np.median(np.diff(path.times_s)))
    reach = max(3, 2 * int(0.15 / step) + 1)
    smooth = savgol_filter(path.places, min(reach, len(path.places) // 2 * 2 - 1), 2, axis=0)
    aside, up, ahead = (smooth - smooth[:3].mean(axis=0)).T
    gone = -up if -up.min() > up.max() else up
    size = float(gone.max())
    if not size > 1.0:
        raise InputError("the hips did not move", where="hip path")
    far = gone > _FAR * size
    on = np.flatnonzero(gone > _EDGE * size)
    part = slice(int(on[0]), int(on[-1]) + 1)
    aside, gone, ahead = aside[part], gone[part], ahead[part]
    if len(gone) < 5:
        raise InputError("a repetition needs more moments", where="hip path")
    return {
        "range": size,
        **_tempo(path.times_s, gone, size, smooth, part),
        **_speeds(gone, aside, ahead, size, step),
        **_sideways(gone, aside, size),
        **_fore_and_aft(gone, ahead, size),
        **_shape(gone, aside, ahead, size),
        **_girdles(path.girdles, far),
    }


def _girdles(girdles: Array | None, far: NDArray[np.bool_]) -> dict[str, float]:
    """How both sides together, and left against right, have moved where the repetition is far out."""
    if girdles is None:
        return dict.fromkeys(GIRDLES, 0.0)
    moved = girdles - girdles[:3].mean(axis=0)
    left, right = moved[:, :, 0], moved[:, :, 1] * [-1.0, 1.0, 1.0]
    both, apart = 0.5 * (left + right), np.abs(left - right)
    values = [
        *np.median(both[far], axis=0).ravel(),
        *np.median(apart[far], axis=0).ravel(),
        *np.ptp(both, axis=0).ravel(),
        *np.log(np.ptp(apart, axis=0) + 0.05).ravel(),
    ]
    return dict(zip(GIRDLES, map(float, values), strict=True))


def _tempo(times: Array, gone: Array, size: float, smooth: Array, part: slice) -> dict[str, float]:
    """Seconds out, held and back, as the coach's counter says; shares of the time at top and bottom."""
    course = np.abs(smooth[:, 1] - smooth[:3, 1].mean())
    still = np.full(10, course[0]), np.full(20, course[-1])
    step = float(np.median(np.diff(times)))
    padded = np.concatenate([still[0], course, still[1]])
    found = count_repetitions(step * np.arange(len(padded)), padded, 0.5 * size)
    out, held, back = 1.0, 0.0, 1.0
    if found:
        longest = max(found, key=lambda one: one.range)
        out, held, back = (max(value, 0.05) for value in (longest.out_s, longest.hold_s, longest.back_s))
    return {
        "seconds out": np.log(out),
        "seconds back": np.log(back),
        "seconds held": held,
        "back over out": np.log(back / out),
        "time far": float(np.mean(gone > 0.8 * size)),
        "time near": float(np.mean(gone < 0.3 * size)),
    }


def _speeds(gone: Array, aside: Array, ahead: Array, size: float, step: float) -> dict[str, float]:
    speed, beside, before = (np.gradient(values, step) for values in (gone, aside, ahead))
    top = int(np.argmax(gone))
    away, home = speed[: top + 1], -speed[top:]
    fastest, fastest_home = max(float(away.max()), _TINY), max(float(home.max()), _TINY)

    def late(values: Array, at: Array, most: float) -> float:
        far = values[at > _NEAR_END * size]
        return float(np.log(np.clip(far.max() / most, 0.02, None))) if len(far) else 0.0

    return {
        "fastest out": np.log(fastest / size + 0.01),
        "fastest back": np.log(fastest_home / size + 0.01),
        "fastest": np.log(np.abs(speed).max() + 1.0),
        "fastest aside": np.log(np.abs(beside).max() + 1.0),
        "fastest ahead": np.log(np.abs(before).max() + 1.0),
        "drops": late(away, gone[: top + 1], fastest),
        "pushes": late(home, gone[top:], fastest_home),
        "uneven out": np.log(fastest / max(float(np.mean(np.abs(away))), _TINY)),
        "uneven back": np.log(fastest_home / max(float(np.mean(np.abs(home))), _TINY)),
        "turns out": float(np.mean(away < -0.03 * size)),
        "turns back": float(np.mean(home < -0.03 * size)),
        "speed aside": np.log(np.std(beside) / size + 0.01),
        "speed ahead": np.log(np.std(before) / size + 0.01),
        "reversals aside": float(np.mean(beside[1:] * beside[:-1] < 0)),
        "reversals ahead": float(np.mean(before[1:] * before[:-1] < 0)),
        "jerk": _jerk(gone, step),
        "jerk aside": _jerk(aside, step),
        "jerk ahead": _jerk(ahead, step),
    }


def _jerk(values: Array, step: float) -> float:
    """Log dimensionless jerk (Balasubramanian S and others, J Neuroeng Rehabil 2015;12:112)."""
    jerk = np.diff(values, 3) / step**3
    fastest = float(np.abs(np.diff(values)).max()) / step
    return float(
        np.log(max(np.sum(jerk**2) * step * (len(values) * step) ** 3 / max(fastest**2, _TINY), _TINY))
    )


def _sideways(gone: Array, aside: Array, size: float) -> dict[str, float]:
    slope, start = np.polyfit(gone, aside, 1)
    looked = np.interp(np.linspace(0, len(aside) - 1, _SHARES), np.arange(len(aside)), aside)
    half = _SHARES // 2
    return {
        "aside": np.log(np.ptp(aside) + 0.5),
        "aside of range": np.log((np.ptp(aside) + 0.3) / size),
        "aside at the end": float(abs(aside[int(np.argmax(gone))])),
        "leans aside": float(abs(slope)),
        "wanders aside": np.log(np.std(aside - slope * gone - start) + 0.1),
        "way aside": np.log((np.sum(np.abs(np.diff(aside))) + 0.5) / size),
        "aside there and back": np.log(np.mean(np.abs(looked[:half] - looked[::-1][:half])) + 0.1),
        "ends aside": float(abs(aside[-1])),
    }


def _fore_and_aft(gone: Array, ahead: Array, size: float) -> dict[str, float]:
    top = int(np.argmax(gone))
    bow = np.polyfit(gone, ahead, 2)
    there = np.interp(0.5 * size, np.maximum.accumulate(gone[: top + 1]), ahead[: top + 1])
    home = np.interp(0.5 * size, np.maximum.accumulate(gone[top:][::-1]), ahead[top:][::-1])
    return {
        "ahead": float(np.ptp(ahead)),
        "ahead of range": np.log((np.ptp(ahead) + 0.5) / size),
        "ahead at the end": float(ahead[top]),
        "farthest ahead": float(ahead.max()),
        "farthest behind": float(ahead.min()),
        "wanders ahead": np.log(np.std(ahead - np.polyval(bow, gone)) + 0.1),
        "way ahead": np.log((np.sum(np.abs(np.diff(ahead))) + 0.5) / size),
        "ahead half-way there": float(there) / size,
        "ahead half-way back": float(home) / size,
    }


def _shape(gone: Array, aside: Array, ahead: Array, size: float) -> dict[str, float]:
    at = np.linspace(0, len(gone) - 1, _SHARES)
    whole = np.arange(len(gone))
    far, beside, before = (np.interp(at, whole, values) for values in (gone / size, np.abs(aside), ahead))
    steps = np.diff(np.stack([aside, gone, ahead]), axis=1)
    found = {"way": float(np.log(np.linalg.norm(steps, axis=0).sum() / (2 * size)))}
    found |= {f"far at {place}": float(far[place]) for place in range(2, 15, 2)}
    found |= {f"aside at {place}": float(beside[place]) for place in range(2, 15, 3)}
    return found | {f"ahead at {place}": float(before[place]) for place in range(2, 15, 3)}


def _names() -> tuple[str, ...]:
    share = 0.5 - 0.5 * np.cos(np.linspace(0, 2 * np.pi, 60))
    places = np.stack([0.1 * share, -share, 0.2 * share], axis=1)
    return tuple(described(HipPath.of(np.arange(60) / 30, places, 1.0)))


def model(kind: str = "trees") -> Any:
    """A model that has learned nothing: ``trees`` (extremely randomised, Geurts P and others, Mach Learn
    2006;63:3-42) or ``line`` (logistic regression).

    Raises:
        InputError: another kind.
    """
    if kind not in ("trees", "line"):
        raise InputError(f"there is no model {kind[:20]!r}", todo="trees or line")
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if kind == "trees":
        return ExtraTreesClassifier(_TREES, min_samples_leaf=_LEAST_LEAF, random_state=0)
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.03, max_iter=5000))


def leave_people_out(table: Array, correct: ArrayLike, people: ArrayLike, *, kind: str = "trees") -> Array:
    """(n,) how likely each repetition is correct, by a model that saw nothing of its person.

    Args:
        table: (n, d) features.
        correct: (n,) whether it is.
        people: (n,) whose it is; two or more people.
        kind: see `model`.
    """
    labels, whose = np.asarray(correct, bool), np.asarray(people)
    if len(np.unique(whose)) < 2:
        raise InputError("one person cannot be left out of one", where="people")
    found = np.empty(len(labels))
    for person in np.unique(whose):
        out = whose == person
        fitted = model(kind).fit(table[~out], labels[~out])
        found[out] = fitted.predict_proba(table[out])[:, 1]
    return found


@dataclass(frozen=True, slots=True)
class Separation:
    """How well correct is told from incorrect.

    Attributes:
        auc: of all repetitions together, one threshold for everybody.
        low, high: its 95 % interval, people drawn anew.
        by_person: each person's own.
    """

    auc: float
    low: float
    high: float
    by_person: Mapping[str, float]


def separation(scores: Array, correct: ArrayLike, people: ArrayLike, *, seed: int = 0) -> Separation:
    """Areas under the curve, with an interval from 2,000 draws of people."""
    labels, whose = np.asarray(correct, bool), np.asarray(people)
    rows = {str(person): np.flatnonzero(whose == person) for person in np.unique(whose)}
    rng, names, draws = np.random.default_rng(seed), list(rows), []
    for _ in range(_DRAWS):
        drawn = np.concatenate([rows[names[i]] for i in rng.integers(len(names), size=len(names))])
        draws.append(area(scores[drawn], labels[drawn]))
    low, high = np.percentile(draws, [2.5, 97.5])
    own = {name: area(scores[at], labels[at]) for name, at in rows.items()}
    return Separation(area(scores, labels), float(low), float(high), own)


def area(scores: Array, labels: NDArray[np.bool_]) -> float:
    """Area under the curve, from ranks (Mann and Whitney); NaN where there is one kind only."""
    right, wrong = scores[labels], np.sort(scores[~labels])
    if not len(right) or not len(wrong):
        return float("nan")
    below, upto = np.searchsorted(wrong, right, "left"), np.searchsorted(wrong, right, "right")
    return float((below + upto).mean() / (2 * len(wrong)))


FEATURES: tuple[str, ...] = _names()
"""Names of the features, in the order of `described`."""
