"""A simulated day at home, with its meals, drinks and toilet: what the scales see and what a face shows.

A meal is on the scales at once and in the face hours later, if at all; the bladder is on the scales until it
is emptied and never in the face; lids are puffy after a night's lying and the scales know nothing of it.

That 9 g of salt hold a litre is the definition of isotonic saline. All else (how fast water leaves the gut,
the size of puffiness and how it goes) is assumed, in sizes that textbooks of physiology give.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mitate.edema.course_model import Context

__all__ = ["DayCourse", "DayProfile", "clock", "day_course"]

Array = NDArray[np.float64]

START = datetime(2026, 1, 5, 8, 0)


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
