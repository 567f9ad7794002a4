"""Whom it serves worse: results by age, sex, skin tone and source, the worst first.

A mean over all people hides those for whom a model fails (Buolamwini and Gebru, "Gender shades", FAT* 2018).
Every value of every group that came with the photos is a row with its number of people and its interval, and
its difference to everybody else. Where no skin tone was given, it is measured from the photo as the
individual typology angle (Chardon, Cretois and Hourseau, Int. J. Cosmet. Sci. 13, 1991) in the six classes of
Del Bino et al. (Pigment Cell Res. 19, 2006): a coarse measure, because the light of the photo changes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.faces import Faces
from mitate.diagnosis.intervals import over_persons
from mitate.diagnosis.method import Evaluation
from mitate.diagnosis.photographs import Photo
from mitate.errors import InputError

__all__ = [
    "FEWEST",
    "MEASURED_TONE",
    "Group",
    "GroupRow",
    "break_down",
    "skin_angle",
    "tone_of",
    "tones_of",
]

FEWEST = 10
"""People below which a group is shown but not judged."""

MEASURED_TONE = "measured from the photo; light changes it"

_AGE = re.compile(r"\s*(\d{1,3})(?:[.,]\d+)?\s*(?:y|years?|歳)?\s*", re.IGNORECASE)
_MOST_VALUES = 12  # of one group; what has more, such as a free text, is not a group

# Del Bino et al. 2006: smallest angle of each class, in degrees
_TONES = (
    (55.0, "very light"),
    (41.0, "light"),
    (28.0, "intermediate"),
    (10.0, "tan"),
    (-30.0, "brown"),
    (-np.inf, "dark"),
)
_SKIN = (50, 280, 205, 425, 187, 411, 9, 151, 108, 337)  # cheeks and forehead, MediaPipe's indices
_LEAST_CHROMA = 3.0  # CIELAB; a greyer patch comes from a photo without colour


@dataclass(frozen=True, slots=True)
class GroupRow:
    """The people with one value of a group.

    Attributes:
        value: such as ``40 to 49`` or ``female``.
        persons, photos: how many.
        accuracy, low, high: top-1, 0 to 1, with its 95 % interval over people.
        covered: share of photos whose prediction set holds the true class; None without sets.
        difference, difference_low, difference_high: accuracy here minus everybody else's, with its 95 %
            interval; None where there is nobody else.
        enough: whether there are `FEWEST` people both here and among everybody else.
        worse: whether it is surely worse here than for everybody else, with all rows that are judged together
            kept to 5 % false alarms (Bonferroni): the worst of many rows looks bad by chance alone.
    """

    value: str
    persons: int
    photos: int
    accuracy: float
    low: float
    high: float
    covered: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    enough: bool
    worse: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One way of dividing people.

    Attributes:
        name: such as ``age``.
        rows: those with enough people first, of them the worst first; then the small ones.
        unknown: photos for which it is not known.
        note: what to know before reading it, such as `MEASURED_TONE`; may be empty.
    """

    name: str
    rows: tuple[GroupRow, ...]
    unknown: int
    note: str = ""

    @property
    def worst(self) -> GroupRow | None:
        """The row with the lowest accuracy among those with enough people."""
        return self.rows[0] if self.rows and self.rows[0].enough else None


def break_down(
    evaluation: Evaluation,
    photos: Sequence[Photo],
    *,
    tones: Sequence[str] | None = None,
    coverage: float = 0.9,
    seed: int = 0,
) -> tuple[Group, ...]:
    """Results by every group that the photos name, groups with the worst row first.

    Args:
        evaluation: n photos, or as many times so; with `p_values`, prediction sets' coverage is counted too.
        photos: (n,) the same photos.
        tones: (n,) measured skin tones (`tones_of`), used where no ``skin_tone`` was given; "" is unknown.
        coverage: of the prediction sets.
        seed: of the resampling.

    Raises:
        InputError: other photos than the evaluation's.
    """
    rounds, odd = divmod(len(evaluation.targets), max(len(photos), 1))
    if odd or not rounds:
        raise InputError(f"{len(photos)} photos for an evaluation of {len(evaluation.targets)}")
    columns = [(name, values, "") for name, values in _columns(photos).items()]
    if tones is not None and "skin_tone" not in {name for photo in photos for name in photo.groups}:
        columns.append(("skin tone", list(tones), MEASURED_TONE))
    columns = [(name, values * rounds, note) for name, values, note in columns]
    judged = sum(_judged(values, evaluation.persons) for _, values, _ in columns)
    level = 1.0 - 0.05 / max(judged, 1)
    groups = [_group(*column, evaluation, coverage, level, seed) for column in columns]
    shown = [group for group in groups if len(group.rows) > 1]
    return tuple(sorted(shown, key=lambda group: group.worst.accuracy if group.worst else 2.0))


def skin_angle(crop: NDArray[np.uint8], mesh: NDArray[np.floating]) -> float | None:
    """Individual typology angle in degrees: arctan((L* − 50) / b*) of cheeks and forehead, D65.

    Args:
        crop: (112, 112, 3) RGB.
        mesh: (468, 2) in pixels of the crop.

    Returns:
        None where too little of the skin is in the crop, or the photo has no colour.
    """
    from skimage.color import rgb2lab

    side = crop.shape[0]
    patches = []
    for x, y in np.round(mesh[list(_SKIN)]).astype(int):
        if 2 <= x < side - 2 and 2 <= y < side - 2:
            patches.append(crop[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3))
    if len(patches) < len(_SKIN) // 2:
        return None
    lab = rgb2lab(np.concatenate(patches)[None].astype(np.float64) / 255.0)[0]
    lightness, red, yellow = np.median(lab, axis=0)
    if np.hypot(red, yellow) < _LEAST_CHROMA:
        return None
    return float(np.degrees(np.arctan2(lightness - 50.0, max(yellow, 1e-6))))


def tone_of(angle: float) -> str:
    """The class of Del Bino et al. (2006) that an individual typology angle in degrees falls into."""
    return next(name for least, name in _TONES if angle > least)


def tones_of(faces: Faces) -> tuple[str, ...]:
    """(n,) measured skin tone of each photo's person (the median over the person's photos), "" unknown."""
    angles = np.array(
        [
            np.nan if (angle := skin_angle(crop, mesh)) is None else angle
            for crop, mesh in zip(faces.crops, faces.mesh, strict=True)
        ]
    )
    tones = np.full(len(faces), "", dtype=object)
    for person in np.unique(faces.persons):
        mine = faces.persons == person
        known = angles[mine][np.isfinite(angles[mine])]
        if len(known):
            tones[mine] = tone_of(float(np.median(known)))
    return tuple(str(tone) for tone in tones)


def _columns(photos: Sequence[Photo]) -> Mapping[str, list[str]]:
    """Values by group, ages as decades; groups that divide nobody, or everybody, are left out."""
    names = sorted({name for photo in photos for name in photo.groups})
    columns = {}
    for name in names:
        values = [photo.groups.get(name, "").strip() for photo in photos]
        if name == "age":
            values = [_decade(value) for value in values]
        if len(set(values) - {""}) <= _MOST_VALUES:
            columns[name] = values
    return columns


def _decade(value: str) -> str:
    """``47`` is ``40 to 49``; bins that were given stay as they are."""
    found = _AGE.fullmatch(value)
    if found is None:
        return value
    first = int(found.group(1)) // 10 * 10
    return f"{first} to {first + 9}"


def _judged(values: Sequence[str], persons: NDArray[np.str_]) -> int:
    """How many of these values have enough people to be judged."""
    column = np.array(values, dtype=object)
    people = [len(np.unique(persons[column == value])) for value in set(values) - {""}]
    return sum(one >= FEWEST for one in people)


def _group(
    name: str,
    values: Sequence[str],
    note: str,
    evaluation: Evaluation,
    coverage: float,
    level: float,
    seed: int,
) -> Group:
    column = np.array(values, dtype=object)
    known = column != ""
    rows = [
        _row(value, column == value, known & (column != value), evaluation, coverage, level, seed)
        for value in sorted(set(values) - {""})
    ]
    rows.sort(key=lambda row: (row.persons < FEWEST, row.accuracy))
    return Group(name, tuple(rows), int(np.count_nonzero(~known)), note)


def _row(
    value: str,
    here: NDArray[np.bool_],
    others: NDArray[np.bool_],
    evaluation: Evaluation,
    coverage: float,
    level: float,
    seed: int,
) -> GroupRow:
    right, persons = evaluation.right.astype(np.float64), evaluation.persons
    accuracy, low, high = _share(right[here], persons[here], seed)
    covered = None
    if evaluation.p_values is not None:
        true = evaluation.p_values[np.arange(len(right)), evaluation.targets]
        covered = float((true[here] > 1.0 - coverage).mean())
    people, other_people = len(np.unique(persons[here])), len(np.unique(persons[others]))
    enough, worse = people >= FEWEST and other_people >= FEWEST, False
    difference: tuple[float | None, float | None, float | None] = (None, None, None)
    if other_people:
        difference = _minus((accuracy, low, high), _share(right[others], persons[others], seed))
    if enough and difference[2] is not None and difference[2] < 0:
        strict = [_share(right[side], persons[side], seed, level) for side in (here, others)]
        worse = _minus(strict[0], strict[1])[2] < 0
    photos = int(np.count_nonzero(here))
    return GroupRow(value, people, photos, accuracy, low, high, covered, *difference, enough, worse)


def _share(
    right: NDArray[np.float64], persons: NDArray[np.str_], seed: int, level: float = 0.95
) -> tuple[float, float, float]:
    return (float(right.mean()), *over_persons(right, persons, level=level, seed=seed))


def _minus(one: tuple[float, float, float], other: tuple[float, float, float]) -> tuple[float, float, float]:
    """Difference of two independent shares, its interval from theirs (Newcombe, Stat. Med. 17, 1998)."""
    (a, a_low, a_high), (b, b_low, b_high) = one, other
    gap = a - b
    low = gap - float(np.hypot(a - a_low, b_high - b))
    return gap, low, gap + float(np.hypot(a_high - a, b - b_low))
