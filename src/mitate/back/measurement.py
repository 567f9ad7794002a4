"""One number measured on a film with its error and where it comes from, or why it could not be measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.back.movement import Phase

__all__ = ["REPEATABILITY", "Findings", "Measure", "Measures", "NotMeasured", "most_error"]

Array = NDArray[np.float64]

REPEATABILITY: Mapping[str, tuple[float, str]] = {
    "deg": (10.0, "laird2016"),
    "%": (11.5, "laird2016"),
    "cm": (4.5, "ekedahl2012"),
}
"""Minimal detectable change (90 %) and its source: of trunk, lumbar and pelvic ranges, of the lumbar share
(both the middle of a published span, 5-15 degrees and 8-15 %), and of the fingers' height."""

_ERRORS = {
    "deg": (8.0, 15.0),
    "%": (12.0, 20.0),
    "cm": (4.0, 8.0),
    "deg/s": (15.0, 40.0),
    "s": (0.5, 2.0),
    "": (0.2, 0.4),
}
"""By unit: an error that is always borne, and one that never is; between them a quarter of the value."""

_SHARE = 0.25
_SIDE = "film from the side or half from behind"
_FRONT = "film from the front or from behind"
_FACE = "film from the front, the face to the camera"
_VIEWS = {
    "rotation": _FRONT,
    "side_bend": _FRONT,
    "one_leg_stance": _FRONT,
    "neck_rotation": _FACE,
    "neck_side_bend": _FACE,
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of one movement.

    Attributes:
        name: as in norms.toml where there is a norm; it ends with its unit.
        value: the median of the repetitions.
        unit: ``deg``, ``%``, ``cm``, ``deg/s``, ``s``, ``count`` or empty for a ratio.
        error: one standard deviation of the value: the recording's own error at the moment, which is taken to
            be the same in all repetitions and frames, and the spread between repetitions over the root of n.
        mdc: minimal detectable change (90 %) of repeated measurements, as published for sensors on the skin;
            None where none was read; `REPEATABILITY` says whose.
        n: repetitions that it was taken from.
        source: a name of sources.kb: who described the measure (``expert``: nobody that was read).
        movement: the movement that was filmed.
        note: what to know before leaning on it.
        each: of each of the repetitions, in order of time; of what both sides make together, that one value.
    """

    name: str
    value: float
    unit: str
    error: float
    mdc: float | None
    n: int
    source: str
    movement: str
    note: str = ""
    each: tuple[float, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "error": self.error,
            "mdc": self.mdc,
            "n": self.n,
            "source": self.source,
            "movement": self.movement,
            "note": self.note,
            "each": list(self.each),
        }


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """A measure that this film does not give: why, and what the person who films can do about it."""

    name: str
    reason: str
    todo: str

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return {"name": self.name, "reason": self.reason, "todo": self.todo}


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """All measures of one movement.

    Attributes:
        movement: its name.
        phases: the repetitions found.
        values: each measure by its name.
        missing: what could not be measured, by name; no name stands in both.
        series: (n,) arrays for plots, a value for each row of the recording: ``times_s``, ``course`` (how far
            the movement has gone), each of the recording's angles smoothed, and ``speed`` (degrees a second
            of the course).
    """

    movement: str
    phases: tuple[Phase, ...]
    values: Mapping[str, Measure]
    missing: Mapping[str, NotMeasured]
    series: Mapping[str, Array] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, without the series."""
        return {
            "movement": self.movement,
            "repetitions": [
                {"start_s": p.start_s, "peak_s": p.peak_s, "end_s": p.end_s, "side": p.side}
                for p in self.phases
            ],
            "measures": {name: measure.as_dict() for name, measure in self.values.items()},
            "not_measured": {name: missing.as_dict() for name, missing in self.missing.items()},
        }


def most_error(value: float, unit: str) -> float:
    """The largest error that a value is still given with: a quarter of it, within limits by unit.

    For degrees at least 8 and at most 15; for per cent 12 and 20; cm 4 and 8; degrees a second 15 and 40;
    seconds 0.5 and 2; ratios 0.2 and 0.4. Counts have none. These limits are choices of this project.
    """
    if unit not in _ERRORS:
        return math.inf
    least, most = _ERRORS[unit]
    return min(most, max(least, _SHARE * abs(value)))


class Findings:
    """Measures as they are taken, one by one, from the repetitions of one movement."""

    def __init__(self, movement: str) -> None:
        self.movement = movement
        self.values: dict[str, Measure] = {}
        self.missing: dict[str, NotMeasured] = {}

    def add(
        self,
        name: str,
        each: Array,
        errors: Array,
        *,
        unit: str,
        source: str,
        repeatable: bool = False,
        note: str = "",
        unseen: tuple[str, str] = ("it was not seen clearly enough", "film the whole body, closer"),
        difference: bool = False,
        n: int | None = None,
    ) -> None:
        """Takes one measure, or says why not.

        Args:
            name: of the measure.
            each: (k,) one value a repetition, NaN where this repetition does not give it.
            errors: (k,) the recording's own error of each, NaN where not known.
            unit: of both.
            source: name of a source.
            repeatable: whether the minimal detectable change of `REPEATABILITY` is of this measure.
            note: what to know before leaning on it.
            unseen: reason and remedy where no repetition gives a value.
            difference: of two measures: its error may be larger by the root of two.
            n: how many repetitions `each` was taken from, where it is not their number.
        """
        known = np.isfinite(each) & np.isfinite(errors)
        if not known.any():
            self.miss(name, *unseen)
            return
        good, own = each[known], float(np.median(errors[known]))
        value = float(np.median(good))
        spread = float(np.std(good, ddof=1)) if len(good) > 1 else 0.0
        error = math.hypot(own, spread / math.sqrt(len(good)))
        if error > most_error(value, unit) * (math.sqrt(2.0) if difference else 1.0):
            view = _VIEWS.get(self.movement, _SIDE)
            self.miss(
                name,
                f"seen like this it would be off by {error:.2g} {unit}".rstrip()
                + ", too much to say anything",
                f"{view}, closer and in good light, or repeat the movement more evenly",
            )
            return
        mdc = REPEATABILITY[unit][0] if repeatable and unit in REPEATABILITY else None
        if len(good) == 1 and n is None:
            note = "; ".join(part for part in (note, "one repetition: its spread is not known") if part)
        numbers = tuple(float(number) for number in good)
        self.missing.pop(name, None)
        self.values[name] = Measure(
            name, value, unit, error, mdc, n or len(good), source, self.movement, note, numbers
        )

    def miss(self, name: str, reason: str, todo: str) -> None:
        """Says why a measure is not given."""
        self.values.pop(name, None)
        self.missing[name] = NotMeasured(name, reason, todo)
