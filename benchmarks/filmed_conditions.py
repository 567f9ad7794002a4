"""Conditions of simulated people against the truth: each film measured, measured perfectly, and graded."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.body_conditions import Filmed, figures, judged
from benchmarks.simulated_people import PEOPLE, SEED, Film, films, true_recording
from mitate.back.measure import measure
from mitate.back.measurement import Measures
from mitate.body.lift import LiftModel, lift
from mitate.errors import RefusalError
from mitate.figures import Figure

__all__ = ["condition_figures", "filmed"]


def filmed(people: int = PEOPLE, model: LiftModel | None = None) -> Iterator[Filmed]:
    """Every film's measures beside the true ones, which a perfect recording of it gives."""
    for film in films(people):
        truth = _measures(film, perfect=True, model=model)
        found = _measures(film, perfect=False, model=model)
        if truth is not None and found is not None:
            yield Filmed(
                person=str(film.person),
                truth={name: one.value for name, one in truth.values.items()},
                measures=found,
                age=film.age,
                view=f"{film.yaw:.0f}",
                take="0",
            )


def _measures(film: Film, *, perfect: bool, model: LiftModel | None) -> Measures | None:
    try:
        if perfect:
            return measure(true_recording(film), film.movement)
        if film.track is None:
            return None
        return measure(lift(film.track, height_m=film.height_m, model=model), film.movement)
    except RefusalError:  # no repetition was found
        return None


def condition_figures(model: LiftModel | None = None) -> list[Figure]:
    """The rows of the fourth goal."""
    found = list(filmed(model=model))
    people = len({one.person for one in found})
    data = f"simulated, {len(found)} films of {people} people, seed {SEED}"
    rows = figures(judged(found), data)
    read = Figure("conditions, films with a repetition found", len(found), "", None, None, people, data)
    return [read, *rows]
