"""Run the benchmarks: ``python -m benchmarks.main [speed] [accuracy] [clean_clone]``.

If none is named, speed and accuracy are run; clean_clone fetches everything anew, so it is run by name only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

OUT = Path(__file__).parents[1] / "docs" / "benchmarks"
BY_DEFAULT = ("speed", "accuracy")


def main(names: list[str]) -> int:
    """Run the named benchmarks."""
    from benchmarks import accuracy, clean_clone, speed

    rooms: dict[str, Callable[[Path], object]] = {
        "speed": speed.run,
        "accuracy": accuracy.run,
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
