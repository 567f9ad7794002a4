"""Run the benchmarks: ``python -m benchmarks.main [speed] [accuracy]``; all of them if none is named."""

from __future__ import annotations

import sys
from pathlib import Path

OUT = Path(__file__).parents[1] / "docs" / "benchmarks"


def main(names: list[str]) -> int:
    """Run the named benchmarks."""
    from benchmarks import accuracy, speed

    rooms = {"speed": speed.run, "accuracy": accuracy.run}
    unknown = set(names) - set(rooms)
    if unknown:
        print(
            f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(rooms)}", file=sys.stderr
        )
        return 2
    for name in names or list(rooms):
        print(f"== {name}")
        rooms[name](OUT / "main.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
