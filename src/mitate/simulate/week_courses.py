"""Simulated courses over weeks, with and without a rise: patients at home, and between dialyses.

Published: weight before an admission for heart failure rises gradually over weeks and faster in the last one
(Chaudhry et al., Circulation 116, 2007). The sizes of ordinary fluctuation and puffiness, and the speeds of
the rises, are assumed and stand in the profiles below.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mitate.edema.course_model import Context, kind_of
from mitate.simulate.fluid import FluidProfile, Visit

__all__ = [
    "Courses",
    "DialysisProfile",
    "ErrorModel",
    "HomeProfile",
    "dialysis_courses",
    "home_courses",
    "home_visits",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HomeProfile:
    """A patient at home around his dry weight, with or without a rise. Kilograms and days; all assumed.

    Attributes:
        days: length of a course.
        every: days between sessions.
        missed: share of sessions that are not held.
        ordinary: sd and correlation time of the ordinary fluctuation of fluid about dry weight.
        puffiness_sd: look-alike swelling of one morning (sleep, salt, posture), as kilograms of fluid.
        fat_drift_sd: random walk of true fat weight in a day.
        onset: range of days at which a rise begins.
        rise_kg_per_day: range of its speed.
        peak_kg: range of the level at which it ends, above dry weight.
        threshold_kg: excess that is to be noticed.
    """

    days: int = 60
    every: int = 1
    missed: float = 0.15
    ordinary: tuple[float, float] = (0.25, 3.0)
    puffiness_sd: float = 0.12
    fat_drift_sd: float = 0.05
    onset: tuple[float, float] = (20.0, 35.0)
    rise_kg_per_day: tuple[float, float] = (0.15, 1.0)
    peak_kg: tuple[float, float] = (1.5, 1.5)
    threshold_kg: float = 1.5


@dataclass(frozen=True, slots=True)
class DialysisProfile:
    """A dialysis patient, three times a week, whose level after dialysis may rise: his dry weight is set too
    high, or too little is taken off. Kilograms and days; gains and residuals as in `fluid.FluidProfile`.

    Attributes:
        weeks: length of a course.
        missed: share of sessions before the camera that are not held; the dialyses all are.
        left: mean and sd over patients of what dialysis leaves on average.
        fluid: how it varies from one dialysis to the next, and what gathers in between.
        onset: range of days at which a rise begins.
        rise_kg_per_day: range of its speed.
        threshold_kg: excess after dialysis that is to be noticed; the rise ends there.
    """

    weeks: int = 9
    missed: float = 0.15
    left: tuple[float, float] = (0.2, 0.1)
    fluid: FluidProfile = field(default_factory=FluidProfile)
    onset: tuple[float, float] = (14.0, 28.0)
    rise_kg_per_day: tuple[float, float] = (0.05, 0.25)
    threshold_kg: float = 1.5

    @property
    def puffiness_sd(self) -> float:
        """As at home."""
        return self.fluid.puffiness_sd


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """How a face's estimate errs. Kilograms.

    Attributes:
        session_sd: anew in every session (light, expression, frames).
        shared: mean and sd over patients of what is the same in all sessions of one (his reference).
        slope: mean and sd over patients of the factor by which true fluid comes out.
        fat_share: how much of a kilogram of body fat is taken for fluid.
    """

    session_sd: float = 0.3
    shared: tuple[float, float] = (0.0, 0.2)
    slope: tuple[float, float] = (1.0, 0.15)
    fat_share: float = 0.4

    def estimates(
        self, rng: np.random.Generator, fluid_kg: Array, puffiness_kg: Array, fat_kg: Array
    ) -> Array:
        """(B, n) what the face says of B patients in n sessions each; arguments (B, n) too."""
        people = (len(fluid_kg), 1)
        value = rng.normal(*self.slope, people) * (fluid_kg + puffiness_kg) + self.fat_share * fat_kg
        value = value + rng.normal(*self.shared, people)
        return np.asarray(value + rng.normal(0, self.session_sd, fluid_kg.shape))


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """B courses with the same times.

    Attributes:
        days: (n,) of the sessions.
        contexts: (n,) of the sessions.
        fluid_kg: (B, n) true excess fluid.
        puffiness_kg, fat_kg: (B, n).
        held: (B, n) whether the session was held.
        onset: (B,) day on which the rise begins; inf for ordinary courses.
        reached: (B,) day on which true fluid (after dialysis, where there is any) first reached the threshold
            in the rise; inf if never.
    """

    days: Array
    contexts: tuple[Context, ...]
    fluid_kg: Array
    puffiness_kg: Array
    fat_kg: Array
    held: NDArray[np.bool_]
    onset: Array
    reached: Array

    @property
    def asked(self) -> NDArray[np.bool_]:
        """(B, n) sessions after which the alarm may go on: all at home, `post` ones otherwise."""
        dialysis = kind_of(self.contexts) == "dialysis"
        counts = np.array([not dialysis or context == "post" for context in self.contexts])
        return np.asarray(self.held & counts)

    def estimates(self, rng: np.random.Generator, errors: ErrorModel) -> Array:
        """(B, n) what the face says; nan where no session was held."""
        value = errors.estimates(rng, self.fluid_kg, self.puffiness_kg, self.fat_kg)
        return np.where(self.held, value, np.nan)


def home_courses(
    rng: np.random.Generator, count: int, profile: HomeProfile | None = None, *, rising: bool
) -> Courses:
    """Draw courses of patients at home.

    Args:
        rng: of the courses.
        count: how many.
        profile: of the population.
        rising: whether each has a rise, or none has.
    """
    profile = profile or HomeProfile()
    fine = np.arange(profile.days, dtype=np.float64)  # one morning each
    sd, days = profile.ordinary
    keep = np.exp(-1 / days)
    ordinary = np.empty((count, len(fine)))
    ordinary[:, 0] = rng.normal(0, sd, count)
    for k in range(1, len(fine)):
        ordinary[:, k] = keep * ordinary[:, k - 1] + rng.normal(0, sd * np.sqrt(1 - keep**2), count)
    onset = rng.uniform(*profile.onset, count)
    slow, fast = np.log(profile.rise_kg_per_day)
    speed = np.exp(rng.uniform(slow, fast, count))
    peak = rng.uniform(*profile.peak_kg, count)
    rise = np.clip((fine - onset[:, None]) * speed[:, None], 0, peak[:, None])
    fluid = ordinary + (rise if rising else 0.0)
    over = (fluid >= profile.threshold_kg) & (fine > onset[:, None]) & rising
    reached = np.where(over.any(1), fine[over.argmax(1)], np.inf)
    fat = np.cumsum(rng.normal(0, profile.fat_drift_sd, fluid.shape), axis=1)
    at = np.arange(0, profile.days, profile.every)
    held = rng.random((count, len(at))) >= profile.missed
    held[:, 0] = True
    context: Context = "other"
    return Courses(
        days=fine[at],
        contexts=(context,) * len(at),
        fluid_kg=fluid[:, at],
        puffiness_kg=rng.normal(0, profile.puffiness_sd, (count, len(at))),
        fat_kg=(fat - fat[:, :1])[:, at],
        held=held,
        onset=onset if rising else np.full(count, np.inf),
        reached=reached,
    )


def dialysis_courses(
    rng: np.random.Generator, count: int, profile: DialysisProfile | None = None, *, rising: bool
) -> Courses:
    """Draw courses of dialysis patients, a `pre` and a `post` session at each dialysis.

    Args:
        rng: of the courses.
        count: how many.
        profile: of the population.
        rising: whether what dialysis leaves rises in each, or in none.
    """
    profile = profile or DialysisProfile()
    own = profile.fluid
    dialyses = np.array([7 * week + day for week in range(profile.weeks) for day in (0, 2, 4)], float)
    shape = (count, len(dialyses))
    gap = np.diff(dialyses, prepend=-3.0)
    usual = np.clip(rng.normal(*own.gain, (count, 1)), 0.8, 4.0) / 2.33
    gain = np.clip(usual * gap + rng.normal(0, own.gain_sd_days, shape), 0.4, 5.5)
    left = rng.normal(*profile.left, (count, 1)) + rng.normal(0, own.residual[1], shape)
    onset = rng.uniform(*profile.onset, count)
    slow, fast = np.log(profile.rise_kg_per_day)
    speed = np.exp(rng.uniform(slow, fast, count))
    rise = np.clip((dialyses - onset[:, None]) * speed[:, None], 0, profile.threshold_kg - profile.left[0])
    left = left + (rise if rising else 0.0)
    over = (left >= profile.threshold_kg) & (dialyses > onset[:, None]) & rising
    after = dialyses + 4 / 24
    fat = np.cumsum(rng.normal(0, 1, shape) * own.fat_drift_sd * np.sqrt(gap), axis=1)
    held = rng.random((count, 2 * len(dialyses))) >= profile.missed
    held[:, :2] = True
    contexts: list[Context] = []
    for _ in range(len(dialyses)):
        contexts += ["pre", "post"]
    before = np.concatenate([left[:, :1], left[:, :-1]], axis=1) + gain
    return Courses(
        days=np.stack([dialyses, after], axis=1).ravel(),
        contexts=tuple(contexts),
        fluid_kg=np.stack([before, left], axis=2).reshape(count, -1),
        puffiness_kg=rng.normal(0, profile.puffiness_sd, held.shape),
        fat_kg=np.repeat(fat - fat[:, :1], 2, axis=1),
        held=held,
        onset=onset if rising else np.full(count, np.inf),
        reached=np.where(over.any(1), after[over.argmax(1)], np.inf),
    )


def home_visits(courses: Courses, number: int) -> list[Visit]:
    """One course as visits that can be rendered, only the sessions that were held."""
    return [
        Visit(
            int(courses.days[k]),
            "other",
            float(courses.fluid_kg[number, k]),
            float(courses.fat_kg[number, k]),
            float(courses.puffiness_kg[number, k]),
        )
        for k in np.flatnonzero(courses.held[number]).tolist()
    ]
