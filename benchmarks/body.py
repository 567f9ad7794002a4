"""Run the body's benchmarks: ``python -m benchmarks.body [NAME ...]``; without a name, all of them.

Each writes its rows into docs/benchmarks/body.json and needs its folder of the shared data.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.opensim_angles import DATA, Difference, anatomy, definitions, model_markers, recorded_trials
from mitate.figures import Figure, write_figures

OUT = Path(__file__).parents[1] / "docs" / "benchmarks" / "body.json"
_BAR_DEG = 1.0


def opensim(out: Path) -> None:
    """Joint angles against OpenSim's: largest and every single difference, in degrees."""
    if not DATA.is_dir():
        print(f"skipped: {DATA.name} is not in the shared data", file=sys.stderr)
        return
    trial = model_markers()
    own = f"opensim_reference, {trial.name}, the model's own markers"
    exact, points = definitions(trial), anatomy(trial)
    figures = [
        _worst("angle definitions", exact, "rms", f"{own}, {_frames(exact)}", _BAR_DEG),
        _worst("anatomical frames", points, "rms", f"{own}, {_frames(points)}", None),
        _worst(
            "anatomical frames, constant taken off", points, "rest", f"{own}, {_frames(points)}", _BAR_DEG
        ),
    ]
    for name, one in points.items():
        figures.append(_row(f"anatomical frames, {name}: RMS difference", one.rms, own))
        figures.append(_row(f"anatomical frames, {name}: constant", one.mean, own))
    for recorded in recorded_trials():
        found = definitions(recorded)
        data = f"opensim_reference, {recorded.name}, recorded markers, {_frames(found)}"
        for name, one in found.items():
            figures.append(_row(f"{recorded.name}, {name}: RMS difference", one.rms, data, _BAR_DEG))
    write_figures(out, figures)
    for figure in figures:
        print(f"{figure.name}: {figure.value:.3g} {figure.unit}")


def _worst(name: str, found: dict[str, Difference], which: str, data: str, bar: float | None) -> Figure:
    value = max(float(getattr(one, which)) for one in found.values())
    return _row(f"{name}: largest RMS difference of {len(found)} coordinates", value, data, bar)


def _row(name: str, value: float, data: str, bar: float | None = None) -> Figure:
    return Figure(f"OpenSim, {name}", value, "degrees", None, None, 1, data, bar, at_least=False)


def _frames(found: dict[str, Difference]) -> str:
    return f"{next(iter(found.values())).frames} frames"


PARTS: dict[str, Callable[[Path], None]] = {"opensim": opensim}


def main(names: list[str]) -> int:
    """Run the named benchmarks."""
    unknown = set(names) - set(PARTS)
    if unknown:
        told = f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}"
        print(told, file=sys.stderr)
        return 2
    for name in names or PARTS:
        print(f"== {name}")
        PARTS[name](OUT)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
