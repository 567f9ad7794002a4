"""Seconds and disk of ``make demo``, run twice, and of ``make test`` from a clean clone.

The clone, the weights and pip's own cache lie in a temporary folder, so the first run of each fetches what a
newcomer's would. It takes as long as the tests do, and fetches some 650 MB; hence it is run only when named.
"""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from mitate.errors import InputError
from mitate.figures import Figure, write_figures

__all__ = ["run"]

_ROOT = Path(__file__).parents[1]
_RUNS = {"demo": (", first run", ", second run")}
"""Others once: of twenty minutes of tests a second run would tell nothing."""


def _megabytes(folder: Path) -> float:
    """Disk used by the files of a folder, links not followed."""
    files = (Path(root) / name for root, _, names in os.walk(folder) for name in names)
    return sum(path.lstat().st_blocks * 512 for path in files) / 1e6


def _seconds(target: str, clone: Path, environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    done = subprocess.run(["make", target], cwd=clone, env=environment, check=False)
    if done.returncode:
        raise InputError(f"make {target} failed in a clean clone, exit code {done.returncode}", where=clone)
    return time.perf_counter() - begun


def _environment(place: Path) -> dict[str, str]:
    """Without our virtual environment, with caches of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    path = [p for p in kept.get("PATH", "").split(os.pathsep) if not p.startswith(str(_ROOT))]
    return {
        **kept,
        "PATH": os.pathsep.join(path),
        "MITATE_CACHE": str(place / "weights"),
        "PIP_CACHE_DIR": str(place / "pip"),
    }


def run(out: Path, *, targets: Sequence[str] = ("demo", "test")) -> list[Figure]:
    """Measure, print and write the figures.

    Args:
        out: the figures file.
        targets: of the Makefile, in the order in which they are run.

    Raises:
        InputError: one of the commands fails.
    """
    figures = []
    with tempfile.TemporaryDirectory(prefix="mitate-clone-") as folder:
        place = Path(folder)
        clone = place / "mitate"
        subprocess.run(["git", "clone", "--quiet", f"file://{_ROOT}", str(clone)], check=True)
        environment = _environment(place)
        system = f"Python {platform.python_version()}, {platform.system()}"
        data = f"a clean clone, {os.cpu_count()} cores, {system}"

        def figure(name: str, value: float, unit: str) -> None:
            figures.append(Figure(name, value, unit, None, None, 1, data))
            write_figures(out, figures[-1:])  # each as it comes: the whole takes half an hour
            print(f"{name}: {value:.0f} {unit}", flush=True)

        figure("disk, the clone itself", _megabytes(clone), "MB")
        for target in targets:
            for which in _RUNS.get(target, ("",)):
                figure(f"make {target}{which}", _seconds(target, clone, environment), "s")
            figure(f"disk, .venv after make {target}", _megabytes(clone / ".venv"), "MB")
        figure("disk, weights in the cache", _megabytes(place / "weights"), "MB")
    write_figures(out, figures)
    return figures
