"""Counts of the exercises and of what they serve, and lengths and sizes of their films."""

from __future__ import annotations

from collections import Counter
from importlib import resources
from pathlib import Path
from typing import get_args

from mitate import video
from mitate.back.exercise import Exercise, Region
from mitate.back.exercises import exercises
from mitate.back.region import knowledge
from mitate.figures import Figure

__all__ = ["exercise_figures", "motion_figures"]

_MOST_MB, _MOST_ALL_MB = 1.5, 60.0
_BARS: dict[Region, int] = {"low_back": 40, "neck": 15}


def exercise_figures() -> list[Figure]:
    """The rows; every bar that is about a worst case is over all exercises."""
    rows = []
    for region in get_args(Region):
        some = exercises(region)
        rows.append(_row(f"Exercises, {region}", len(some), "", len(some), _BARS[region]))
        served = _served(some)
        causes = [name for name, one in knowledge(region).predicates.items() if one.kind == "cause"]
        least = min(served[name] for name in causes)
        rows.append(_row(f"Exercises of a cause, fewest, {region}", least, "", len(causes), 2))
    every = exercises()
    serving = sum(bool(one.serves) for one in every)
    rows.append(_row("Exercises that serve a cause", 100 * serving / len(every), "%", len(every), 100))
    return [*rows, *_films(every)]


def _row(name: str, value: float, unit: str, n: int, bar: float | None, *, least: bool = True) -> Figure:
    return Figure(name, value, unit, None, None, n, "this package", bar, at_least=least)


def _served(some: tuple[Exercise, ...]) -> Counter[str]:
    """How many exercises serve each cause, by the name of its predicate."""
    return Counter(name for one in some for name in {aim.cause.partition("(")[0] for aim in one.serves})


def _films(every: tuple[Exercise, ...]) -> list[Figure]:
    folder = Path(str(resources.files("mitate.back"))) / "films"
    films = [path for one in every if (path := folder / f"{one.name}.mp4").is_file()]
    rows = [_row("Exercises with a film", 100 * len(films) / len(every), "%", len(every), 100)]
    if not films:
        return rows
    sizes = [path.stat().st_size / 1e6 for path in films]
    probes = [video.probe(path) for path in films]
    seconds = [one.duration_s for one in probes]
    n = len(films)
    whole = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    return [
        *rows,
        _row("Films, largest", max(sizes), "MB", n, _MOST_MB, least=False),
        _row("Films with stills and captions, together", whole, "MB", n, _MOST_ALL_MB, least=False),
        _row("Films, shortest", min(seconds), "s", n, 10),
        _row("Films, longest", max(seconds), "s", n, 40, least=False),
        _row("Films, smallest height", min(one.height for one in probes), "px", n, 720),
    ]


def motion_figures() -> list[Figure]:
    """Motions of all films in which the check finds nothing wrong; what it finds is printed."""
    from mitate.simulate.exercise_checks import check_motion
    from mitate.simulate.exercise_figure import figure
    from mitate.simulate.exercise_films import sex_of
    from mitate.simulate.exercise_motion import exercise_motion

    every, sound, worst = exercises(), 0, 0.0
    for one in every:
        shape = figure(sex_of(one.name)).shape
        defects = check_motion(exercise_motion(one, shape), shape)
        sound += not defects
        worst = max([worst, *(100 * found.size for found in defects if found.kind == "below_floor")])
        for found in defects:
            print(f"  {one.name}: {found}", flush=True)
    n = len(every)
    return [
        _row("Motions of films in which the check finds nothing", 100 * sound / n, "%", n, 100),
        _row("Motions of films, deepest below the floor", worst, "cm", n, None),
    ]
