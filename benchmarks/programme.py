"""Run the programme's benchmarks: ``python -m benchmarks.programme [NAME ...]``; without a name, all of them.

Each writes its rows into docs/benchmarks/programme.json; those on recorded data need the shared data:

- ``causes``: simulated people with a known fault, from films and interview to the cause; they are filmed
  first, in two hours, and kept in build/known-faults.
- ``exercises``: how many there are, what they serve, and their films.
- ``motions``: what is wrong in the motions of the films, if anything.
- ``sets``: repetitions of simulated sets, counted by the coach; filmed first and kept in build/bench.
- ``movements``: repetitions on the films of ``causes``.
- ``squats``: repetitions of a real clip.
- ``quality``: correct against incorrect repetitions of real people.
- ``neck``: the neck's knowledge and its films.
- ``speed``: from four clips and answers to the report; for when nothing else runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.parts import Part, run, write
from mitate.figures import Figure

OUT = Path(__file__).parents[1] / "docs" / "benchmarks" / "programme.json"


def causes(out: Path) -> None:
    """Known causes of simulated people, and who lost those that were not found."""
    from benchmarks.programme_causes import cause_figures

    write(out, cause_figures())


def exercises(out: Path) -> None:
    """Counts of exercises and of what they serve; lengths and sizes of their films."""
    from benchmarks.exercise_films import exercise_figures

    write(out, exercise_figures())


def motions(out: Path) -> None:
    """The motions of the films: floor, contacts, joints, limbs through each other, jerks."""
    from benchmarks.exercise_films import motion_figures

    write(out, motion_figures())


def sets(out: Path) -> None:
    """Repetitions counted on films of simulated people."""
    from benchmarks.coach_sets import set_figures

    write(out, set_figures())


def movements(out: Path) -> None:
    """Repetitions counted on the films of ``causes``, as far as they are there."""
    from benchmarks.coach_sets import movement_figures

    _if_any(out, movement_figures)


def squats(out: Path) -> None:
    """Repetitions counted on the real squat clip."""
    from benchmarks.coach_sets import squat_clip_figures

    _if_any(out, squat_clip_figures)


def quality(out: Path) -> None:
    """Correct and incorrect repetitions of people left out."""
    from benchmarks.coach_quality import quality_figures

    _if_any(out, quality_figures)


def neck(out: Path) -> None:
    """The neck's knowledge, vignettes, simulated patients and films."""
    from benchmarks.neck import neck_figures

    write(out, neck_figures())


def speed(out: Path) -> None:
    """Seconds from four clips to the report."""
    from benchmarks.programme_speed import speed_figures

    write(out, speed_figures())


def _if_any(out: Path, figures: Callable[[], list[Figure]]) -> None:
    """What says itself that its data are absent gives no rows."""
    if found := figures():
        write(out, found)


PARTS: dict[str, Part] = {
    part.__name__: part
    for part in (causes, exercises, motions, sets, movements, squats, quality, neck, speed)
}


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], PARTS, OUT))
