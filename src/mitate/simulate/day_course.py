"""Simulated patients at home: fluid over weeks, and within a day with its meals, drinks and toilet.

What a pair of scales sees and what a face shows are not the same. A meal is on the scales at once and in the
face hours later, if at all; the bladder is on the scales until it is emptied and never in the face; lids are
puffy after a night's lying and the scales know nothing of it.

Published: weight before an admission for heart failure rises gradually over weeks and faster in the last one
(Chaudhry et al., Circulation 116, 2007); 9 g of salt hold a litre. Everything else (sizes of ordinary
fluctuation, of puffiness and its decay, how fast water leaves the gut) is assumed, in sizes that textbooks of
physiology give, and stands in the profiles below.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mitate.edema.course_model import Context
from mitate.simulate.fluid import Visit

__all__ = [
    "DayCourse",
    "DayProfile",
    "ErrorModel",
    "HomeCourses",
    "HomeProfile",
    "day_course",
    "home_courses",
    "home_visits",
]

Array = NDArray[np.float64]

START = datetime(2026, 1, 5, 8, 0)


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
class HomeCourses:
    """B courses with the same times.

    Attributes:
        days: (n,) of the sessions.
        fluid_kg: (B, n) true excess fluid.
        puffiness_kg, fat_kg: (B, n).
        held: (B, n) whether the session was held.
        onset: (B,) day on which the rise begins; inf for ordinary courses.
        reached: (B,) day on which true fluid first reached the threshold in the rise; inf if never.
    """

    days: Array
    fluid_kg: Array
    puffiness_kg: Array
    fat_kg: Array
    held: NDArray[np.bool_]
    onset: Array
    reached: Array

    def estimates(self, rng: np.random.Generator, errors: ErrorModel) -> Array:
        """(B, n) what the face says; nan where no session was held."""
        value = errors.estimates(rng, self.fluid_kg, self.puffiness_kg, self.fat_kg)
        return np.where(self.held, value, np.nan)


def home_courses(
    rng: np.random.Generator, count: int, profile: HomeProfile | None = None, *, rising: bool
) -> HomeCourses:
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
    rise = np.clip((fine - onset[:, None]) * speed[:, None], 0, peak[:, None]) if rising else 0.0
    fluid = ordinary + rise
    over = (fluid >= profile.threshold_kg) & (fine > onset[:, None]) & rising
    reached = np.where(over.any(1), fine[over.argmax(1)], np.inf)
    fat = np.cumsum(rng.normal(0, profile.fat_drift_sd, fluid.shape), axis=1)
    at = np.arange(0, profile.days, profile.every)
    held = rng.random((count, len(at))) >= profile.missed
    held[:, 0] = True
    return HomeCourses(
        days=fine[at],
        fluid_kg=fluid[:, at],
        puffiness_kg=rng.normal(0, profile.puffiness_sd, (count, len(at))),
        fat_kg=(fat - fat[:, :1])[:, at],
        held=held,
        onset=onset if rising else np.full(count, np.inf),
        reached=reached,
    )


def home_visits(courses: HomeCourses, number: int) -> list[Visit]:
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


@dataclass(frozen=True, slots=True)
class DayProfile:
    """One day at home. Kilograms and hours; all assumed but the salt.

    Attributes:
        wake, sleep: hours of the day.
        meals: hours at which he eats and drinks.
        meal_kg: range of what a meal with its drink weighs.
        meal_water: share of it that is water and gets into the body.
        absorb_hours: time in which two thirds of that water leave the gut.
        urine_kg_per_day: mean; more is made when more fluid is held.
        insensible_kg_per_day: breath and skin, and the breath's carbon.
        bladder_kg: what is in it when he goes.
        stool_kg: once a day, what is left of the meals.
        balance_hours: time in which the kidneys take off two thirds of what the day has put on.
        puffiness_kg: mean and sd of the lids' and face's swelling on waking, as kilograms of fluid.
        puffiness_hours: in which two thirds of it go.
        salt_g: range of a salty evening's extra salt; 9 g hold a litre until the kidneys have them out.
    """

    wake: float = 6.5
    sleep: float = 22.5
    meals: tuple[float, ...] = (7.5, 12.5, 18.5)
    meal_kg: tuple[float, float] = (0.3, 0.8)
    meal_water: float = 0.75
    absorb_hours: float = 1.0
    urine_kg_per_day: float = 1.3
    insensible_kg_per_day: float = 0.8
    bladder_kg: float = 0.35
    stool_kg: float = 0.2
    balance_hours: float = 24.0
    puffiness_kg: tuple[float, float] = (0.35, 0.12)
    puffiness_hours: float = 1.2
    salt_g: tuple[float, float] = (0.0, 4.0)


@dataclass(frozen=True, slots=True, eq=False)
class DayCourse:
    """One day, every six minutes from waking to sleep.

    Attributes:
        hours: (n,) of the day.
        fluid_kg: (n,) excess fluid in the body, what is to be known.
        face_kg: (n,) what the face shows of it, puffiness included.
        scale_kg: (n,) excess by the scales: with gut and bladder.
        sessions: (hour, context) of sessions before and after each meal, after the toilet, and at night.
    """

    hours: Array
    fluid_kg: Array
    face_kg: Array
    scale_kg: Array
    sessions: tuple[tuple[float, Context], ...]

    def at(self, hour: float) -> int:
        """Row of an hour."""
        return int(np.argmin(np.abs(self.hours - hour)))


def day_course(
    rng: np.random.Generator, profile: DayProfile | None = None, *, excess_kg: float = 0.0
) -> DayCourse:
    """Draw a day.

    Args:
        rng: of the day.
        profile: of days.
        excess_kg: fluid over dry weight on waking.
    """
    profile = profile or DayProfile()
    step = 0.1
    hours = np.arange(profile.wake, profile.sleep + step / 2, step)
    meals = {int(np.argmin(np.abs(hours - h))): float(rng.uniform(*profile.meal_kg)) for h in profile.meals}
    salt = float(rng.uniform(*profile.salt_g)) / 9.0
    body, gut_water, gut_rest, bladder = excess_kg + salt / 2, 0.0, profile.stool_kg, 0.2
    fluid, scale = np.zeros(len(hours)), np.zeros(len(hours))
    sessions: list[tuple[float, Context]] = []
    usual = profile.urine_kg_per_day / 24
    for k, hour in enumerate(hours.tolist()):
        if k in meals:
            sessions.append((round(hour - step, 1), "before meal"))
            gut_water += profile.meal_water * meals[k]
            gut_rest += (1 - profile.meal_water) * meals[k] * 0.4  # the rest is used up and breathed out
            sessions.append((round(hour + 0.5, 1), "after meal"))
        absorbed = gut_water * (1 - np.exp(-step / profile.absorb_hours))
        urine = max(0.2 * usual, usual + (body - excess_kg) / profile.balance_hours) * step
        gut_water, bladder = gut_water - absorbed, bladder + urine
        body += absorbed - urine - profile.insensible_kg_per_day / 24 * step
        if bladder > profile.bladder_kg:
            if k > 0:
                sessions.append((round(hour, 1), "after toilet"))
            bladder = 0.05
            if hour > 8 and gut_rest > profile.stool_kg:
                gut_rest -= profile.stool_kg
        fluid[k], scale[k] = body, body + gut_water + gut_rest + bladder - profile.stool_kg
    swollen = max(0.0, float(rng.normal(*profile.puffiness_kg)))
    face = fluid + swollen * np.exp(-(hours - profile.wake) / profile.puffiness_hours)
    sessions.append((round(float(hours[-1]), 1), "other"))
    return DayCourse(hours, fluid, face, scale, tuple(sorted(sessions)))


def clock(day: int, hour: float) -> datetime:
    """A time of a simulated course: day 0 is a Monday."""
    return START.replace(hour=0) + timedelta(days=day, hours=hour)
