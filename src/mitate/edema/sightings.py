"""A patient's sessions as his model judged them, and as rows for the filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mitate.edema.course_model import CONTEXTS, Context, Kind, dialysis_days, rows_seen
from mitate.edema.personal import PersonalModel
from mitate.edema.prior import HORIZON_DAYS
from mitate.errors import InputError

__all__ = ["Course", "Readings", "Sighting", "as_readings", "shared_error_kg"]

Array = NDArray[np.float64]

_SCALE_KG = 0.3  # sd of a home scale's excess: clothes, bladder, bowels
_MEAL_KG = (0.5, 0.6)  # what a meal puts on the scales, and sd of the scales' excess after one


@dataclass(frozen=True, slots=True)
class Sighting:
    """One session of a patient as his model judged it.

    Attributes:
        at: when.
        excess_kg, sd_kg: estimated excess over dry weight and its sd, as `mitate edema estimate` gives them.
        context: what it was before or after.
        weighed_kg: excess by the scales in the same session, where there were some.
    """

    at: datetime
    excess_kg: float
    sd_kg: float
    context: Context = "other"
    weighed_kg: float | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """A patient's sessions.

    Attributes:
        sightings: at least one; put in order of time.
        common_kg: sd of the error that all estimates share; None takes half of the variance as shared.
        participant_id: who.

    Raises:
        InputError: no session, a number that is not finite, an sd not above 0, an unknown context, or times
            with and without a time zone.
    """

    sightings: tuple[Sighting, ...]
    common_kg: float | None = None
    participant_id: str = ""

    def __post_init__(self) -> None:
        if not self.sightings:
            raise InputError("a course needs at least one session", where=self.participant_id or "course")
        if len({one.at.tzinfo is None for one in self.sightings}) > 1:
            raise InputError("some times have a time zone and others have none", where="course")
        for one in self.sightings:
            numbers = (one.excess_kg, one.sd_kg, 0.0 if one.weighed_kg is None else one.weighed_kg)
            if not np.isfinite(numbers).all() or one.sd_kg <= 0 or one.context not in CONTEXTS:
                raise InputError(
                    "needs a finite excess, an sd above 0 and a known context", where=f"session of {one.at}"
                )
        if self.common_kg is not None and not 0 <= self.common_kg < np.inf:
            raise InputError("must be 0 or more", where="common_kg")
        object.__setattr__(self, "sightings", tuple(sorted(self.sightings, key=lambda one: one.at)))

    @property
    def days(self) -> Array:
        """(n,) days since the first session."""
        first = self.sightings[0].at
        return np.array([(one.at - first) / timedelta(days=1) for one in self.sightings])

    @property
    def contexts(self) -> tuple[Context, ...]:
        """Of each session."""
        return tuple(one.context for one in self.sightings)

    @property
    def shared_kg(self) -> float:
        """sd of the error that all estimates share."""
        if self.common_kg is not None:
            return self.common_kg
        return float(np.sqrt(0.5) * np.median([one.sd_kg for one in self.sightings]))


def shared_error_kg(model: PersonalModel) -> float:
    """sd of the error that all estimates of a patient's model share: his constant, and a week's drift."""
    return float(np.sqrt(model.covariance[0, 0] + HORIZON_DAYS * model.drift_kg**2))


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """A course as rows for the filter: the camera's, the scales', and empty ones for the curve.

    Attributes:
        days: (n,) in order.
        values, variances: (n,) nan where nothing was seen.
        camera: (n,) whether the row is the camera's; `noise_scale` is on these.
        session: (n,) number of the session, −1 for none.
        events: (n,) whether the level may have jumped right before.
        seen: (n, s).
        dialyses: days of them.
    """

    days: Array
    values: Array
    variances: Array
    camera: NDArray[np.bool_]
    session: NDArray[np.int64]
    events: NDArray[np.bool_]
    seen: Array
    dialyses: Array


def as_readings(
    course: Course, kind: Kind, *, grid: Array | None = None, left_out: Sequence[int] = ()
) -> Readings:
    """Rows of a course in order of time.

    Args:
        course: the sessions.
        kind: how the state is made up.
        grid: (m,) further days at which the course is wanted.
        left_out: numbers of sessions whose estimate is not used.
    """
    by_camera, by_scales, _ = rows_seen(kind)
    rows: list[tuple[float, int, float, float, bool, int, bool, Array]] = []
    days, shared = course.days, course.shared_kg
    for number, (day, one) in enumerate(zip(days.tolist(), course.sightings, strict=True)):
        event = one.context in ("after meal", "after toilet")
        own = max(one.sd_kg**2 - shared**2, one.sd_kg**2 / 4)
        value = np.nan if number in left_out else one.excess_kg
        rows.append((day, 1, value, own, True, number, event, by_camera))
        if one.weighed_kg is not None:
            meal, sd = _MEAL_KG if one.context == "after meal" else (0.0, _SCALE_KG)
            rows.append((day, 2, one.weighed_kg - meal, sd**2, False, number, False, by_scales))
    for day in [] if grid is None else grid.tolist():
        rows.append((day, 3, np.nan, 1.0, False, -1, False, by_camera))
    rows.sort(key=lambda row: row[:2])
    columns = list(zip(*rows, strict=True))
    return Readings(
        np.array(columns[0], float),
        np.array(columns[2], float),
        np.array(columns[3], float),
        np.array(columns[4], bool),
        np.array(columns[5], np.int64),
        np.array(columns[6], bool),
        np.stack(columns[7]),
        dialysis_days(days, course.contexts),
    )
