"""Measures of neck and arms: how far the head goes each way, how it is carried, how far the arms rise.

All are changes from the person's own rest just before the repetition, of the head before the camera: the
chest is taken to keep still, as it is told to, and what it does is not taken off. Each side of a turn and of
a tilt is a measure with a norm of its own, as one stiff side is what matters. How a shoulder is hiked is not
measured: on simulated people a shoulder's point rises as much with the arm whether it is hiked or not.
"""

from __future__ import annotations

import numpy as np

from mitate.back.measurement import Findings
from mitate.back.readings import Reading, Repetitions, Row, median

__all__ = ["arm_raise", "neck_extension", "neck_flexion", "neck_rotation", "neck_side_bend"]

_SIDES = ("left", "right")
_FLEXION_SEEN = 0.87
"""Of a bend of the head forwards, how much the points tell: over simulated films; of one back, nearly all."""
_MOST_ERROR_DEG = 12.0
"""A measure of the neck that may be farther off is not given."""
_FROM_SIDE = ("the head was not seen from the side", "film from the side, the whole body in the picture")
_LOST = (
    "the face turned out of the camera's sight before the end of the turn, about 50 degrees from it",
    "for turning to the {side}, film again half from the {side}: the face then turns towards the camera",
)


def neck_flexion(repetitions: Repetitions, findings: Findings) -> None:
    """How far the chin goes down, and how far in front the head is carried at rest (Lau 2009)."""
    seen = repetitions.change(repetitions.angles["neck_flexion"])
    row = Row(seen.values / _FLEXION_SEEN, seen.errors / _FLEXION_SEEN)
    _add(findings, "neck_flexion_deg", row, "zarate2023", _FROM_SIDE)
    reading = repetitions.angles["craniovertebral"]
    rest = repetitions.standing(reading)
    error = median(reading.error)
    findings.add(
        "craniovertebral_deg", rest, np.full(len(rest), error), unit="deg", source="lau2009",
        note="from the shoulder's point, as C7 is not seen", unseen=_FROM_SIDE,
    )  # fmt: skip


def neck_extension(repetitions: Repetitions, findings: Findings) -> None:
    """How far the head goes back."""
    row = -repetitions.change(repetitions.angles["neck_flexion"])
    _add(findings, "neck_extension_deg", row, "kosmahl_aaos", _FROM_SIDE)


def neck_rotation(repetitions: Repetitions, findings: Findings) -> None:
    """How far the head turns to each side; a side that went out of sight is not measured."""
    _sided(repetitions, findings, "neck_rotation", repetitions.angles["neck_rotation"], "left", _LOST)


def neck_side_bend(repetitions: Repetitions, findings: Findings) -> None:
    """How far the head tilts to each shoulder."""
    unseen = ("the face was not seen all the way", "film from the front, in good light and closer")
    _sided(repetitions, findings, "neck_side_bend", repetitions.angles["neck_side_bend"], "right", unseen)


def arm_raise(repetitions: Repetitions, findings: Findings) -> None:
    """How far each arm rises, against the line of the trunk (Gill 2020): the one nearer to the camera."""
    rows = {}
    for side in _SIDES:
        rows[side] = repetitions.at_peak(repetitions.angles[f"arm_lift_{side}"])
        unseen = (
            f"the {side} arm was not the one nearer to a camera at the side",
            f"film from the person's {side} side, the whole body in the picture",
        )
        _add(findings, f"arm_raise_{side}_deg", rows[side], "gill2020", unseen)
        findings.miss(
            f"shoulder_hike_{side}_percent",
            "a shoulder that is hiked cannot be told from one that goes along with the arm",
            "none: this is not measured from a film; somebody has to watch it",
        )


def _sided(
    repetitions: Repetitions,
    findings: Findings,
    stem: str,
    reading: Reading,
    positive: str,
    unseen: tuple[str, str],
) -> None:
    """``stem_left_deg`` and so on, and left less right where both are known."""
    change = repetitions.change(reading)
    rows = {}
    for side in _SIDES:
        row = change.of(repetitions.side(side))
        rows[side] = row if side == positive else -row
        words = (unseen[0], unseen[1].format(side=side))
        if not repetitions.side(side).any():
            words = (f"no whole movement to the {side} was filmed", "film both sides, three times each")
        _add(findings, f"{stem}_{side}_deg", rows[side], "sforza2002", words)
    names = [f"{stem}_{side}_deg" for side in _SIDES]
    if all(name in findings.values for name in names):
        left, right = (findings.values[name] for name in names)
        findings.add(
            f"{stem}_difference_deg", np.array([left.value - right.value]),
            np.array([float(np.hypot(left.error, right.error))]), unit="deg", source="expert",
            difference=True, note="left less right", n=left.n + right.n,
        )  # fmt: skip
    else:
        findings.miss(f"{stem}_difference_deg", "it takes both sides", "film so that both sides are measured")


def _add(findings: Findings, name: str, row: Row, source: str, unseen: tuple[str, str]) -> None:
    findings.add(
        name, row.values, row.errors, unit="deg", source=source, unseen=unseen,
        note="the head before the camera; the chest is taken to keep still" if "neck" in name else "",
    )  # fmt: skip
    if name in findings.values and findings.values[name].error > _MOST_ERROR_DEG:
        findings.miss(
            name,
            f"it would be off by {findings.values[name].error:.0f} degrees, more than {_MOST_ERROR_DEG:.0f}",
            "repeat the movement more evenly, in good light and closer",
        )
