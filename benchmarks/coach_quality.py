"""Correct repetitions told from incorrect ones, people left out: UI-PRMD's deep squat and m05.

The files hold 22 joints of a Kinect as places in the frame of the joint before, without the angles that would
put them together: only the waist is a place in the room. So the path of the hips is used, and shoulders and
hip joints within the trunk, both counted from the start of each repetition. As a control: could it be told
which recording session a repetition is from by where somebody stood and how long their bones were read?
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.back.exercise_quality import (
    FEATURES,
    HipPath,
    Separation,
    described,
    leave_people_out,
    separation,
)
from mitate.figures import Figure

__all__ = ["DATA", "Shown", "quality_figures", "read_movement"]

Array = NDArray[np.float64]

DATA = Path(__file__).parents[2] / "shared/data/ui_prmd"
_FOLDERS = {"Segmented Movements": True, "Incorrect Segmented Movements": False}
_MOVEMENTS = {"m01": "deep squat", "m05": "m05 (sit to stand)"}
_RATE_HZ = 30.0
_JOINTS, _LEGS = 22, ((15, 16), (19, 20))  # shank's and foot's rows of each side: thigh and shank as vectors
_GIRDLES = ((6, 10), (14, 18))  # rows of both collars and both hip joints
_BAR = 0.9
_GROUPS = {
    "range": ("range",),
    "tempo": ("seconds", "back over", "time", "fastest out", "fastest back"),
    "sideways": (
        "aside",
        "leans",
        "wanders aside",
        "ends aside",
        "way aside",
        "speed aside",
        "fastest aside",
    ),
    "fore and aft": ("ahead", "farthest", "wanders ahead", "way ahead", "speed ahead", "fastest ahead"),
    "shoulders and hips in the trunk": ("both", "apart", "range of both", "range apart"),
    "evenness": ("jerk", "uneven", "turns", "reversals", "drops", "pushes"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The repetitions of a movement.

    Attributes:
        table: (n, d) `FEATURES`.
        control: (n, c) where they stood at the start and the median bones, which no movement explains.
        moments: (n, 1) how long the files are.
        rest: (n, r) shoulders and hips within the trunk after the repetition, against before it.
        correct: (n,). people: (n,).
    """

    table: Array
    control: Array
    moments: Array
    rest: Array
    correct: NDArray[np.bool_]
    people: NDArray[np.int64]


def read_movement(movement: str, folder: Path = DATA) -> Shown:
    """All repetitions of ``m01`` or ``m05``."""
    rows: list[tuple[list[float], Array, int, bool, int, Array]] = []
    for name, correct in _FOLDERS.items():
        for file in sorted((folder / name).glob(f"{movement}_*.txt.gz")):
            named = re.match(r"m\d+_s(\d+)_e\d+", file.name)
            if named is None:
                continue
            joints = np.loadtxt(file, delimiter=",").reshape(-1, _JOINTS, 3)
            bones = [np.linalg.norm(joints[:, row], axis=1) for pair in _LEGS for row in pair]
            leg = 0.5 * sum(float(np.median(bone)) for bone in bones)
            girdles = joints[:, np.array(_GIRDLES)]
            times = np.arange(len(joints)) / _RATE_HZ
            found = described(HipPath.of(times, joints[:, 0], leg, girdles_m=girdles))
            stood = np.concatenate([joints[:3, 0].mean(axis=0), np.median(joints[:, 1:], axis=0).ravel()])
            still = (girdles[-3:].mean(axis=0) - girdles[:3].mean(axis=0)).ravel() / leg
            told = [found[key] for key in FEATURES]
            rows.append((told, stood, len(joints), correct, int(named.group(1)), still))
    return Shown(
        table=np.array([row[0] for row in rows]),
        control=np.stack([row[1] for row in rows]),
        moments=np.array([[float(row[2])] for row in rows]),
        rest=np.stack([row[5] for row in rows]),
        correct=np.array([row[3] for row in rows]),
        people=np.array([row[4] for row in rows]),
    )


def _row(what: str, told: Separation, shown: Shown, data: str, bar: float | None = None) -> Figure:
    people = len(np.unique(shown.people))
    return Figure(f"Coach: {what}", told.auc, "AUC", told.low, told.high, people, data, bar)


def _told(table: Array, shown: Shown, kind: str) -> Separation:
    scores = leave_people_out(table, shown.correct, shown.people, kind=kind)
    return separation(scores, shown.correct, shown.people)


def _stands(name: str, stem: str) -> bool:
    return name == stem if stem == "range" else name.startswith(stem)


def _of_movement(movement: str, words: str, folder: Path) -> list[Figure]:
    shown = read_movement(movement, folder)
    data = f"ui_prmd, {movement}, {len(shown.correct)} repetitions"
    whole = _told(shown.table, shown, "trees")
    rows = [_row(f"{words}, correct from incorrect, people left out", whole, shown, data, _BAR)]
    own = list(whole.by_person.values())
    name = f"Coach: {words}, mean of each person's own (interval: least and most)"
    rows.append(Figure(name, float(np.mean(own)), "AUC", min(own), max(own), len(own), data))
    rows.append(_row(f"{words}, by a line instead of trees", _told(shown.table, shown, "line"), shown, data))
    for group, stems in _GROUPS.items():
        chosen = [i for i, name in enumerate(FEATURES) if any(_stands(name, stem) for stem in stems)]
        told = _told(shown.table[:, chosen], shown, "line")
        rows.append(_row(f"{words}, by {group} alone, a line", told, shown, data))
    controls = (
        ("where they stood, and bones", shown.control),
        ("shoulders and hips at rest, after against before", shown.rest),
        ("the file's length", shown.moments),
    )
    for what, table in controls:
        rows.append(_row(f"{words}, control: {what}, a line", _told(table, shown, "line"), shown, data))
    return rows


def quality_figures(folder: Path = DATA) -> list[Figure]:
    """Rows for each movement: AUC over all people and each person's own, what it rests on, controls."""
    return [row for movement, words in _MOVEMENTS.items() for row in _of_movement(movement, words, folder)]


if __name__ == "__main__":
    from benchmarks.rows import show

    for figure in quality_figures():
        show(figure)
