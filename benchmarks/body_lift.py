"""How far angles and back curves are off on simulated people that the lift has not seen, from every side.

The error of a film is the median over its frames; a figure is the median over films, with an interval
resampled over people. Yaw 0 faces the camera; 90 is the side that sagittal movements are best filmed from.
BlazePose's own angles get the benefit of a constant: where their zero lies is fitted on these very films.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.blazepose_world import blazepose_angles
from benchmarks.simulated_people import PEOPLE, SEED, Film, films
from mitate.body.lift import LiftModel, lift
from mitate.body.recording import ANGLES, CURVE_T12, Recording
from mitate.body.spine import curve_distance, posture
from mitate.figures import Figure

__all__ = ["PARTS", "FilmError", "all_errors", "errors_of", "figures", "yaw_picture"]

Array = NDArray[np.float64]

PARTS: dict[str, tuple[str, ...]] = {
    "trunk": ("trunk_inclination",),
    "pelvis": ("pelvis_tilt",),
    "lumbar": ("lumbar_flexion",),
    "hip": ("hip_flexion_right", "hip_flexion_left"),
    "knee": ("knee_flexion_right", "knee_flexion_left"),
}
_BLAZEPOSE = {  # part → our truth and BlazePose's name of the same thing
    "trunk": (("trunk_inclination", "trunk_inclination"),),
    "knee": (("knee_flexion_right",) * 2, ("knee_flexion_left",) * 2),
}
_BAR_DEG, _CURVE_BARS, _LORDOSIS_BARS = 5.0, (0.6, 1.0), (5.0, 8.0)
_STEP_DEG = 15.0
_DRAWS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class FilmError:
    """How far one film's numbers are off.

    Attributes:
        person, yaw, movement, looseness: of the film.
        angles: part → median over frames of the absolute error, degrees.
        blazepose: the same of BlazePose's own metres, degrees, signed per frame: part → (n,).
        within: share of frames and angles inside one standard deviation, and inside 1.645.
        yaw_off: median absolute error of the pelvis's yaw, degrees.
        curve_cm, lordosis: median over frames of the curve's mean distance, cm, and of the error of the
            lordosis, degrees; NaN where no curve was given.
        curve_told_cm: what the curve's error was said to be.
        curve_laid_cm: as curve_cm, the curves laid upon each other by a shift: where along the outline S1 was
            taken to be then does not count, as it does not in studies that compare outlines.
    """

    person: int
    yaw: float
    movement: str
    looseness: float
    angles: dict[str, float]
    blazepose: dict[str, Array]
    within: tuple[float, float]
    yaw_off: float
    curve_cm: float
    lordosis: float
    curve_told_cm: float
    curve_laid_cm: float


def errors_of(film: Film, recording: Recording) -> FilmError:
    """The errors of one film."""
    rows = np.searchsorted(film.truth.times_s, recording.times_s - 1e-3).clip(0, len(film.truth.times_s) - 1)
    true = {name: film.truth.angle(name)[rows] for name in ANGLES}
    off = {name: (recording.angles[name] - true[name] + 180.0) % 360.0 - 180.0 for name in ANGLES}
    ratio = np.abs(np.stack([off[name] / recording.angle_errors[name] for name in ANGLES]))
    ratio = ratio[np.isfinite(ratio)]
    curve_off = curve_distance(recording.curve, film.truth.curve[rows])
    laid = [curve - curve.mean(axis=1, keepdims=True) for curve in (recording.curve, film.truth.curve[rows])]
    bent = posture(recording.curve, CURVE_T12).lordosis - posture(film.truth.curve[rows], CURVE_T12).lordosis
    own = blazepose_angles(film.track) if film.track is not None else {}
    return FilmError(
        person=film.person,
        yaw=film.yaw,
        movement=film.movement,
        looseness=film.looseness,
        angles={
            part: float(np.nanmedian(np.abs(np.concatenate([off[name] for name in names]))))
            for part, names in PARTS.items()
        },
        blazepose={
            part: np.concatenate([own[theirs] - true[ours] for ours, theirs in pairs])
            for part, pairs in _BLAZEPOSE.items()
            if own
        },
        within=(float((ratio < 1).mean()), float((ratio < 1.645).mean())),
        yaw_off=float(np.nanmedian(np.abs(off["pelvis_rotation"]))),
        curve_cm=_median(curve_off),
        lordosis=_median(np.abs(bent)),
        curve_told_cm=_median(recording.curve_error),
        curve_laid_cm=_median(curve_distance(*laid)),
    )


def _median(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def all_errors(model: LiftModel | None = None, people: int = PEOPLE) -> list[FilmError]:
    """The errors of every film that was read."""
    return [
        errors_of(film, lift(film.track, height_m=film.height_m, model=model))
        for film in films(people)
        if film.track is not None
    ]


def figures(found: list[FilmError]) -> list[Figure]:
    """The rows of the issue's first and third goals."""
    data = f"simulated, {len({one.person for one in found})} people, seed {SEED}"
    rows = [row for part in PARTS for row in _angle_rows(found, part, data)]
    rows += _blazepose_rows(found, data)
    rows += _curve_rows(found, data)
    inside = [one.within for one in found]
    for share, place, name in ((68.0, 0, "one standard deviation"), (90.0, 1, "1.645 standard deviations")):
        values = [100 * one[place] for one in inside]
        rows.append(_row(f"angles within {name} (should be {share:.0f})", found, values, "%", data))
    rows.append(
        _row("yaw of the body, median absolute error", found, [o.yaw_off for o in found], "degrees", data)
    )
    return rows


def _angle_rows(found: list[FilmError], part: str, data: str) -> Iterable[Figure]:
    for word, away in (("front", _from_front), ("side", _from_side)):
        near = [one for one in found if away(one.yaw) <= 60.0]
        yield _row(
            f"{part}, within 60° of the {word}, median absolute error",
            near,
            [one.angles[part] for one in near],
            "degrees",
            data,
            _BAR_DEG,
        )
        signed = {"front": _signed, "side": _signed_side}[word]
        by_yaw = []
        for middle in np.arange(-60.0, 61.0, _STEP_DEG):
            bin_ = [one for one in found if abs(signed(one.yaw) - middle) <= _STEP_DEG / 2]
            if bin_:
                by_yaw.append(_row("", bin_, [one.angles[part] for one in bin_], "degrees", data, _BAR_DEG))
        worst = max(by_yaw, key=lambda row: row.value)
        name = f"{part}, worst of nine yaws from −60° to 60° around the {word}, median absolute error"
        yield Figure(name, worst.value, "degrees", worst.low, worst.high, worst.n, data, _BAR_DEG, False)


def _blazepose_rows(found: list[FilmError], data: str) -> Iterable[Figure]:
    at_45 = [
        one for one in found if 30.0 <= abs(_signed(one.yaw)) <= 60.0 or 120 <= abs(_signed(one.yaw)) <= 150
    ]
    for part in _BLAZEPOSE:
        shift = np.nanmedian(np.concatenate([one.blazepose[part] for one in found]))
        theirs = [_median(np.abs(one.blazepose[part] - shift)) for one in at_45]
        ours = [one.angles[part] for one in at_45]
        yield _row(
            f"{part} at 45°, BlazePose's own metres, median absolute error", at_45, theirs, "degrees", data
        )
        yield _row(f"{part} at 45°, mitate, median absolute error", at_45, ours, "degrees", data)
        pairs = np.column_stack([ours, theirs])
        low, high = _interval(at_45, pairs, lambda both: float(np.divide(*np.nanmedian(both, axis=0))))
        ratio = float(np.divide(*np.nanmedian(pairs, axis=0)))
        name = f"{part} at 45°, error of mitate over BlazePose's"
        yield Figure(name, ratio, "", low, high, _people(at_45), data, 0.5, False)


def _curve_rows(found: list[FilmError], data: str) -> Iterable[Figure]:
    views = (
        ("side view", [one for one in found if _from_side(one.yaw) <= 15.0]),
        ("45°", [one for one in found if 30.0 <= _from_side(one.yaw) <= 60.0]),
    )
    for place, (view, seen) in enumerate(views):
        for clothes, some in (
            ("tight clothes", [one for one in seen if one.looseness == 0.0]),
            ("all clothes", seen),
        ):
            given = [one for one in some if np.isfinite(one.curve_cm)]
            if not given:
                continue
            bars = (_CURVE_BARS[place], _LORDOSIS_BARS[place]) if clothes == "tight clothes" else (None, None)
            name = f"back curve, {view}, {clothes}"
            values = [one.curve_cm for one in given]
            yield _row(f"{name}, mean distance", given, values, "cm", data, bars[0], mean=True)
            values = [one.curve_laid_cm for one in given]
            laid = f"{name}, mean distance when laid upon each other"
            yield _row(laid, given, values, "cm", data, bars[0], mean=True)
            values = [one.lordosis for one in given]
            yield _row(
                f"{name}, lumbar angle, median absolute error", given, values, "degrees", data, bars[1]
            )
            told = [one.curve_told_cm for one in given]
            yield _row(f"{name}, error as it is told", given, told, "cm", data, mean=True)
            share = 100.0 * len(given) / len(some)
            yield Figure(f"{name}, share of films given", share, "%", None, None, _people(some), data)


def _row(
    name: str,
    found: list[FilmError],
    values: list[float],
    unit: str,
    data: str,
    bar: float | None = None,
    *,
    mean: bool = False,
) -> Figure:
    middle: Callable[[Array], float] = (
        (lambda v: float(np.nanmean(v))) if mean else lambda v: float(np.nanmedian(v))
    )
    array = np.asarray(values, np.float64)
    low, high = _interval(found, array, middle)
    return Figure(name, middle(array), unit, low, high, _people(found), data, bar, at_least=False)


def _interval(found: list[FilmError], values: Array, of: Callable[[Array], float]) -> tuple[float, float]:
    """95 % interval of a figure, people drawn with replacement."""
    rng = np.random.default_rng(0)
    whose = np.array([one.person for one in found])
    people = np.unique(whose)
    rows = {person: np.flatnonzero(whose == person) for person in people}
    drawn = [
        of(values[np.concatenate([rows[p] for p in rng.choice(people, len(people))])]) for _ in range(_DRAWS)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def _people(found: list[FilmError]) -> int:
    return len({one.person for one in found})


def _signed(yaw: float) -> float:
    return (yaw + 180.0) % 360.0 - 180.0


def _signed_side(yaw: float) -> float:
    """Degrees from the nearer side view; positive towards the camera."""
    return 90.0 - abs(_signed(yaw))


def _from_front(yaw: float) -> float:
    return abs(_signed(yaw))


def _from_side(yaw: float) -> float:
    return abs(_signed_side(yaw))


def yaw_picture(found: list[FilmError], path: Path) -> None:
    """Error over yaw, all the way round, one line a part, as a picture."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    middles = np.arange(-180.0, 181.0, _STEP_DEG)
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    for part in PARTS:
        line = [
            np.median(
                [one.angles[part] for one in found if abs((one.yaw - m + 180) % 360 - 180) <= _STEP_DEG]
                or [np.nan]
            )
            for m in middles
        ]
        axes.plot(middles, line, label=part, linewidth=2)
    axes.axhline(_BAR_DEG, color="0.5", linestyle="--", linewidth=1)
    axes.text(181, _BAR_DEG, "goal", va="center")
    axes.set(xlim=(-180, 180), ylim=(0, 8), xticks=np.arange(-180, 181, 45))
    axes.set_xlabel("yaw of the body against the camera, degrees (0 faces it, ±90 from the side)")
    axes.set_ylabel("median absolute error, degrees")
    axes.set_title("Angles on simulated people that the lift has not seen")
    axes.legend(ncols=5, frameon=False, loc="upper center")
    figure.savefig(path, dpi=110)
    plt.close(figure)
