"""Parts of the simulated photos that come along."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "diagnosis"


def part_of(example: Path, folder: Path, people: slice, *, relabel: dict[str, str] | None = None) -> Path:
    """A data set in `folder` of some people of each class, the photos staying where they are.

    Args:
        example: a folder with ``photos.csv``.
        folder: to make.
        people: which rows of each class.
        relabel: other names for classes.
    """
    with (example / "photos.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    by_class = defaultdict(list)
    for row in rows:
        by_class[row["label"]].append(row)
    kept = [row for label in sorted(by_class) for row in by_class[label][people]]
    folder.mkdir(parents=True)
    with (folder / "photos.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        for row in kept:
            label = (relabel or {}).get(row["label"], row["label"])
            writer.writerow(row | {"file": str((example / row["file"]).resolve()), "label": label})
    (folder / "dataset.toml").write_text('name = "a part of the example"\nsimulated = true\n', "utf-8")
    return folder
