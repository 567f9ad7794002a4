"""Seconds from `mitate serve` to a usable page, and the memory of the app when nobody does anything.

To be run on a machine that does nothing else.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

import fastapi
import uvicorn

from benchmarks.served import memory_mb, served
from mitate.figures import Figure, write_figures

__all__ = ["main"]

OUT = Path("docs/benchmarks/service.json")
STARTS, IDLE_S = 7, 20.0


def main() -> int:
    """Measure, and write the figures."""
    data = (
        f"{os.cpu_count()} cores, SQLite, fastapi {fastapi.__version__}, uvicorn {uvicorn.__version__}, "
        f"Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory() as place:
        first, later = [], []
        for number in range(STARTS):
            folder = Path(place) / str(number)
            with served(folder) as running:
                first.append(running.seconds)
            with served(folder) as running:
                later.append(running.seconds)
        with served(Path(place) / "0") as running:
            time.sleep(IDLE_S)
            idle = memory_mb(running.pid)
    figures = [
        Figure(
            f"start to a usable page, {name}",
            round(statistics.median(took), 2),
            "s",
            round(min(took), 2),
            round(max(took), 2),
            STARTS,
            f"{data}; low and high are the least and the most",
            bar=4.0,
            at_least=False,
        )
        for name, took in (("first start", first), ("later starts", later))
    ]
    figures.append(
        Figure("memory, idle", round(idle, 1), "MB", None, None, 1, data, bar=400.0, at_least=False)
    )
    write_figures(OUT, figures)
    for one in figures:
        print(f"{one.name}: {one.value:g} {one.unit} (bar {one.bar:g}: {'met' if one.met else 'not met'})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
