"""Measure the reasoner: ``python -m benchmarks.abduction [PART ...]``; writes docs/benchmarks/abduction.json.

Parts are fmea, tricopa, vignettes, scale, stop, asking and patients; all of them if none is named. Rows of
parts that are not run are kept. A part whose data are not beside this checkout is passed over. Everything is
seeded, and all of it runs on one core, within half an hour at full size.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.machine import one_core, processor, versions
from mitate.figures import Figure, write_figures

OUT = Path(__file__).parents[1] / "docs" / "benchmarks" / "abduction.json"
PARTS = ("fmea", "tricopa", "vignettes", "scale", "stop", "asking", "patients")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named parts; rows are written after each."""
    options = _options(arguments)
    core = f"{processor()}, {one_core()}"  # before numpy, which counts the cores when it is imported
    from benchmarks.rows import show

    print(f"{core}, {versions()}")
    for name in options.parts or PARTS:
        missing = _missing(name)
        if missing is not None:
            print(f"== {name}: passed over, as there is no {missing}")
            continue
        print(f"== {name}", flush=True)
        began = time.monotonic()
        figures = _part(name, options, core)()
        write_figures(options.out, figures)
        for figure in figures:
            show(figure)
        print(f"   {time.monotonic() - began:.0f} s", flush=True)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.abduction", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--patients", type=int, default=10_000, help="with complete data (%(default)s)")
    parser.add_argument("--interviews", type=int, default=300, help="patients to be asked (%(default)s)")
    parser.add_argument("--out", type=Path, default=OUT, help="the file of figures (%(default)s)")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.parts if name not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if min(options.patients, options.interviews) < 1:
        parser.error("at least one patient is needed")
    return options


def _part(name: str, options: argparse.Namespace, core: str) -> Callable[[], list[Figure]]:
    from benchmarks import asking, fmea, hard, patients, tricopa, vignettes

    parts: dict[str, Callable[[], list[Figure]]] = {
        "fmea": lambda: fmea.run(core),
        "tricopa": tricopa.run,
        "vignettes": vignettes.run,
        "scale": lambda: hard.scale(core),
        "stop": lambda: hard.stop(core),
        "asking": lambda: asking.run(options.interviews),
        "patients": lambda: patients.run(options.patients, core),
    }
    return parts[name]


def _missing(name: str) -> Path | None:
    """What a part needs and does not find."""
    from benchmarks import fmea, tricopa, vignettes

    needed = {"fmea": fmea.DATA, "tricopa": tricopa.DATA, "vignettes": vignettes.FILE}.get(name)
    return needed if needed is not None and not needed.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
