"""Photos that stand twice in a data set, and people who stand in it under two names.

If a person is on both sides of a split, an evaluation measures how well faces are recognised and not how well
diseases are. Three things are looked for:

- the same file: by SHA-256;
- near copies, the same photo saved again or changed a little (`mitate.diagnosis.copies`);
- one person on different photos, by how far the likeness of two faces stands out
  (`mitate.diagnosis.likeness`). Siblings may, too: ``not-the-same.csv`` beside the table of photos lists
  pairs of people (columns ``person`` and ``other``) who look like one and are two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.copies import near_copies
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.likeness import Likeness
from mitate.diagnosis.photographs import Dataset, Photo
from mitate.errors import InputError
from mitate.tables import read_table

__all__ = ["Duplicate", "find_duplicates", "not_the_same", "refuse_duplicates"]

Kind = Literal["same_file", "near_copy", "same_person"]
_NOT_THE_SAME = "not-the-same.csv"
_NAMED = 3  # pairs in an error; `mitate diagnosis check` lists more


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two photos that should not both be there, or not under two names.

    Attributes:
        first, second: the photos, in the order of the data set.
        kind: the same file, a near copy, or two photos that show one person.
        likeness: 1 for the same file; the correlation of near copies; for one person, how many standard
            deviations the pair is more alike than pairs of different people are.
        across_persons: whether the two stand under two names.
        across_classes: whether they stand in two classes.
    """

    first: Photo
    second: Photo
    kind: Kind
    likeness: float
    across_persons: bool
    across_classes: bool


def find_duplicates(
    faces: Faces,
    *,
    embeddings: NDArray[np.floating] | None = None,
    likeness: Likeness | None = None,
    threads: int = 1,
) -> tuple[Duplicate, ...]:
    """All duplicates, those across persons first.

    A pair is told once, by the strongest evidence. That two photos of one name show one person is as it
    should be and is not told.

    Args:
        faces: of the data set.
        embeddings: (n, 128) SFace embeddings of the crops, where they are known already.
        likeness: of these faces, where it is known already.
        threads: for computing the embeddings where neither is.

    Raises:
        WeightsError: weights are not installed, where embeddings have to be computed.
    """
    found: dict[tuple[int, int], tuple[Kind, float]] = {}
    for pair in _same_files(faces.digests):
        found[pair] = ("same_file", 1.0)
    for pair, correlation in near_copies(faces.crops):
        found.setdefault(pair, ("near_copy", correlation))
    if len(faces):
        likeness = likeness or Likeness.of(faces, embeddings=embeddings, threads=threads)
        for pair, deviations in likeness.outliers():
            found.setdefault(pair, ("same_person", deviations))
    told = [_told(faces.photos, pair, *what) for pair, what in sorted(found.items())]
    order = {"same_file": 0, "near_copy": 1, "same_person": 2}
    return tuple(sorted(told, key=lambda d: (not d.across_persons, order[d.kind], -d.likeness)))


def _told(photos: Sequence[Photo], pair: tuple[int, int], kind: Kind, likeness: float) -> Duplicate:
    a, b = photos[pair[0]], photos[pair[1]]
    return Duplicate(a, b, kind, likeness, a.person != b.person, a.label != b.label)


def _same_files(digests: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Each file with the first one that is the same."""
    first: dict[str, int] = {}
    for row, digest in enumerate(digests):
        if first.setdefault(digest, row) != row:
            yield first[digest], row


def not_the_same(dataset: Dataset) -> frozenset[frozenset[str]]:
    """The pairs of people of whom ``not-the-same.csv`` says that they are two, such as siblings.

    Raises:
        InputError: the file cannot be read, or names somebody who is not in the data set.
    """
    path = dataset.root / _NOT_THE_SAME
    if not path.is_file():
        return frozenset()
    table = read_table(path, ("person", "other"), separators=",;\t")
    for problem in table.problems:
        if problem.severity == "error":
            raise InputError(problem.message, where=problem.where, todo=problem.todo)
    known = {photo.person for photo in dataset.photos}
    pairs = set()
    for row in table.rows:
        for column in ("person", "other"):
            if row.cells[column] not in known:
                where = row.problem(column, "", "").where
                name = row.cells[column]
                raise InputError(f"nobody here is called {name!r}", where=where, todo="correct the name")
        pairs.add(frozenset((row.cells["person"], row.cells["other"])))
    return frozenset(pairs)


def refuse_duplicates(
    duplicates: Sequence[Duplicate],
    *,
    allow: Collection[frozenset[str]] = frozenset(),
    where: Path | None = None,
) -> None:
    """Refuse a data set in which one person stands under two names.

    Args:
        duplicates: from `find_duplicates`.
        allow: pairs of names that are two people though they look like one (`not_the_same`). It does not lift
            a refusal of the same file or a near copy.
        where: the data set, for the message.

    Raises:
        InputError: naming the pairs and what to do.
    """
    refused = [
        one
        for one in duplicates
        if one.across_persons
        and not (one.kind == "same_person" and frozenset((one.first.person, one.second.person)) in allow)
    ]
    if not refused:
        return
    words = {"same_file": "the same file", "near_copy": "copies of one photo", "same_person": "one person"}
    shown = [
        f"{one.first.file.name} ({one.first.person}) and {one.second.file.name} ({one.second.person}) are "
        f"{words[one.kind]}{', in two classes' if one.across_classes else ''}"
        for one in refused[:_NAMED]
    ]
    more = f"; and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
    todo = "give both photos the same person in photos.csv, or remove one of them"
    if any(one.kind == "same_person" for one in refused):
        todo += (
            "; if they truly are two people, such as siblings, list the pair in "
            f"{_NOT_THE_SAME} (columns person,other)"
        )
    raise InputError(
        "people stand under two names, which would flatter every figure: " + "; ".join(shown) + more,
        where=where,
        todo=todo,
    )
