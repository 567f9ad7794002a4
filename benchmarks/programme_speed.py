"""From four clips of twenty seconds and answers to the whole report: wall time, and the reasoner's part.

One simulated person bends forward, backward and to the sides and turns (720×1280, 30 pictures a second); the
films are made once and kept in build/bench, each cut to its first twenty seconds. The command is run as a
person would type it, in a process of its own that is kept on two cores, and timed from its start to its end:
Python's imports, the networks' loading, page and PDF are all within. It only means something when nothing
else runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.machine import processor
from mitate import video
from mitate.back.triage import red_flag_names
from mitate.errors import InputError
from mitate.figures import Figure

__all__ = ["SECONDS", "clips", "speed_figures"]

SECONDS = 20.0
"""Length of each clip."""

_ROOT = Path(__file__).parents[1]
_KEPT = _ROOT / "build" / "bench" / "programme-speed"
_RATE, _WIDTH, _HEIGHT = 30.0, 720, 1280
_SEED, _REPETITIONS = 11, 4
_FILMED: dict[str, tuple[tuple[str, ...], float, dict[str, float]]] = {
    "bends": (("forward_bend", "backward_bend"), 75.0, {"lumbar_too_much": 1.0, "pelvis_too_little": 0.6}),
    "turns": (("rotation", "side_bend"), 0.0, {}),
}
"""Movements, degrees turned from the camera, and faults of two sets of films of the same person."""
_CORES = 2
_LONGEST_S = 900.0
_WHOLE_BAR_S, _REASONING_BAR_S = 90.0, 0.2
_ANSWERS: dict[str, Any] = {
    "person": {"age": 38, "sex": "male"},
    "red_flags": dict.fromkeys(red_flag_names(), False),
    "answers": {
        "worse_sitting": True,
        "worse_bending": True,
        "worse_lifting": True,
        "worse_driving": True,
        "worse_standing": False,
        "eased_standing": True,
        "sits_long": True,
        "pain_below_knee": False,
    },
    "questionnaires": {"disability": [1, 2, 1, 3, 2, 1, 1, 0, 2, 1]},
    "programme": {"pain_now": 4, "minutes": 20, "days": 3},
}


def clips(folder: Path = _KEPT) -> dict[str, Path]:
    """The four clips by movement, made once and kept; it needs the simulate extra.

    Raises:
        InputError: a film is shorter than a clip.
    """
    from mitate.simulate.movement_set import MovementPlan, film_name, simulate_movements

    found: dict[str, Path] = {}
    for name, (movements, yaw, faults) in _FILMED.items():
        plan = MovementPlan(
            people=1,
            seed=_SEED,
            movements=movements,
            faults=faults,
            yaw=yaw,
            pitch=2.0,
            age=38.0,
            repetitions=_REPETITIONS,
            frame_rate=_RATE,
            width=_WIDTH,
            height=_HEIGHT,
        )
        for movement in movements:
            found[movement] = folder / f"{movement}-{SECONDS:.0f}s.mp4"
            if not found[movement].exists():
                simulate_movements(folder / name, plan, workers=1)
                _cut(folder / name / f"{film_name(0, movement)}.mp4", found[movement])
    return found


def _cut(source: Path, path: Path) -> None:
    """The first twenty seconds, held at the end where the film is a little shorter."""
    wanted = round(SECONDS * _RATE)
    if video.probe(source).frame_count < 0.75 * wanted:
        raise InputError("this film is too short for a clip", where=source)

    def pictures() -> Iterator[Any]:
        count, last = 0, None
        for frame in video.frames(source, stop_s=SECONDS):
            if count < wanted:
                last = frame.image
                yield last
                count += 1
        for _ in range(count, wanted):
            yield last

    video.write(path, pictures(), frame_rate=_RATE, quality=21, gop_s=1.0)


def _two_cores() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:_CORES]))


def _timed(films: dict[str, Path], answers: Path, out: Path) -> tuple[float, dict[str, Any]]:
    """Seconds from start to end of the command, and what it printed.

    Raises:
        InputError: it failed.
    """
    options = [part for name, path in films.items() for part in (f"--{name.replace('_', '-')}", str(path))]
    command = [sys.executable, "-m", "mitate", "back", "assess", *options]
    command += ["--interview", str(answers), "--height", "170", "--out", str(out), "--json"]
    begun = time.perf_counter()
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            cwd=_ROOT,
            timeout=_LONGEST_S,
            preexec_fn=_two_cores,
        )
        took = time.perf_counter() - begun
        told: dict[str, Any] = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        raise InputError(f"the check failed: {error.stdout[-300:]} {error.stderr[-300:]}") from error
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise InputError(f"the check gave no answer: {error}") from error
    return took, told


def speed_figures(*, repeats: int = 3) -> list[Figure]:
    """Wall seconds of the whole check, and of reasoning within it: the median of some runs each.

    Raises:
        InputError: the check failed.
    """
    films = clips()
    whole: list[float] = []
    parts: dict[str, list[float]] = {"reasoning": [], "reading": [], "planning": []}
    with tempfile.TemporaryDirectory() as folder:
        answers = Path(folder) / "answers.json"
        answers.write_text(json.dumps(_ANSWERS), encoding="utf-8")
        for number in range(repeats):
            took, told = _timed(films, answers, Path(folder) / f"report-{number}")
            whole.append(took)
            for key, values in parts.items():
                values.append(float(told["seconds"][key]))
    cores = min(_CORES, len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    data = (
        f"simulated: one person, seed {_SEED}, {len(films)} clips of {SECONDS:.0f} s, {_WIDTH}×{_HEIGHT} at "
        f"{_RATE:.0f} pictures a second; {repeats} runs of {min(whole):.1f} to {max(whole):.1f} s; "
        f"{cores} cores ({processor()})"
    )
    rows = (
        ("Speed, films and answers to report: wall time", whole, _WHOLE_BAR_S),
        ("Speed, films and answers to report: reasoning", parts["reasoning"], _REASONING_BAR_S),
        ("Speed, films and answers to report: reading films", parts["reading"], None),
        ("Speed, films and answers to report: selecting exercises", parts["planning"], None),
    )
    return [
        Figure(name, _median(values), "s", min(values), max(values), repeats, data, bar, at_least=False)
        for name, values, bar in rows
    ]


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
