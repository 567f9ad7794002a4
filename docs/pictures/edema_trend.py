"""Draws docs/pictures/edema-trend.png: a simulated patient at home in whom fluid rises after three weeks.

Estimates are drawn from an error model, not from pictures: ``python docs/pictures/edema_trend.py``
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mitate.edema.alarm import HOME_RULE, alarm
from mitate.edema.sightings import Course, Sighting
from mitate.edema.trend import trend
from mitate.edema.trend_report import trend_picture
from mitate.simulate.day_course import clock
from mitate.simulate.week_courses import ErrorModel, HomeProfile, home_courses

SEED = 4


def main() -> None:
    """Draw the picture."""
    rng = np.random.default_rng(SEED)
    profile = HomeProfile(days=30, onset=(21.0, 21.0), rise_kg_per_day=(0.25, 0.25))
    courses = home_courses(rng, 1, profile, rising=True)
    errors = ErrorModel()
    said = courses.estimates(rng, errors)[0]
    sd = float(np.hypot(errors.session_sd, errors.shared[1]))
    sightings = [
        Sighting(clock(int(day), 8), float(kg), sd)
        for day, kg in zip(courses.days, said, strict=True)
        if np.isfinite(kg)
    ]
    course = Course(tuple(sightings), errors.shared[1], "simulated patient")
    target = Path(__file__).with_name("edema-trend.png")
    trend_picture(course, trend(course), alarm(course, HOME_RULE), target)
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
