"""Run the benchmarks: ``python -m benchmarks.main [NAME ...]``.

If none is named, speed and real_faces are run. By name only: crop_size, which trains encoders for up to an
hour, and clean_clone, which fetches everything anew. How well oedema is told: benchmarks.edema.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

OUT = Path(__file__).parents[1] / "docs" / "benchmarks"
BY_DEFAULT = ("speed", "real_faces")


def main(names: list[str]) -> int:
    """Run the named benchmarks."""
    from benchmarks import clean_clone, real_faces, speed, studies

    rooms: dict[str, Callable[[Path], object]] = {
        "speed": speed.run,
        "real_faces": real_faces.run,
        "crop_size": studies.crop_size,
        "clean_clone": clean_clone.run,
    }
    unknown = set(names) - set(rooms)
    if unknown:
        print(
            f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(rooms)}", file=sys.stderr
        )
        return 2
    for name in names or BY_DEFAULT:
        print(f"== {name}")
        rooms[name](OUT / "main.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
