"""Measures of the movements to both sides: rotation, side bend, one-leg stance.

Each side is given, their difference (left less right), and under the plain name one value for both. Where a
norm asks a reach of each side it is the smaller, so that one stiff side is not hidden by the other: the SFMA
passes a rotation only if both sides reach their angle, and Troke's side bend is that of each. The smaller
of two uncertain values is a little too small. The navel's criterion is about either side, so it is given the
larger; the rest, without a norm, is the mean. All as it is true of simulated people.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitate.back.measurement import Findings
from mitate.back.measures_common import length_error_cm, unseen
from mitate.back.movement import SIDES
from mitate.back.readings import Reading, Repetitions, Row, minus

__all__ = ["one_leg_stance", "rotation", "side_bend"]

Array = NDArray[np.float64]

_BOTH = ("left", "right")


def rotation(repetitions: Repetitions, findings: Findings) -> None:
    """Turn of shoulders, pelvis and spine from standing, and the ratio of spine to pelvis.

    The shoulders' turn is that of the chest against the room, as is the pelvis's; the spine's is one against
    the other, and its ratio to the pelvis's is Taniguchi's (PLoS One 2017;12:e0186369). The lumbar part of it
    is never given: it is some 7 degrees, and one camera does not see where in the spine the turn happens.
    Shoulders and pelvis are those of the smaller side (SFMA: each side must reach its angle), which need not
    be the same one; the spine's turn is the mean of both sides.
    """
    chest, pelvis = repetitions.angles["trunk_rotation"], repetitions.angles["pelvis_rotation"]
    turns = {
        "shoulder_rotation": (chest, "sfma", "smaller"),
        "pelvic_rotation": (pelvis, "sfma", "smaller"),
        "spine_rotation": (minus(chest, pelvis), "taniguchi2017", "mean"),
    }
    for name, (reading, source, which) in turns.items():
        _sided(repetitions, findings, name, _to_side(repetitions, reading), source, which=which)
    _ratio(repetitions, findings, chest, pelvis)
    for side in ("right", "left"):
        row = repetitions.change(repetitions.angles[f"knee_flexion_{side}"])
        findings.add(
            f"peak_knee_flexion_{side}_deg", row.values, row.errors, unit="deg", source="sfma",
            unseen=unseen(repetitions, f"knee_{side}"),
        )  # fmt: skip
    findings.miss(
        "lumbar_rotation_deg",
        "the low back turns by about 7 degrees each side, less than one camera can tell",
        "none: this is not measured from a film",
    )


def side_bend(repetitions: Repetitions, findings: Findings) -> None:
    """Bend of trunk, pelvis and low back to each side; lumbar is T12 against the pelvis (Troke 2005).

    For both sides, the low back's is that of the smaller side, trunk's and pelvis's are means.
    """
    trunk, pelvis = repetitions.angles["trunk_list"], repetitions.angles["pelvis_list"]
    for name, reading, source, which in (
        ("lumbar_side_bend", minus(trunk, pelvis), "troke2005", "smaller"),
        ("trunk_side_bend", trunk, "laird2016", "mean"),
        ("pelvic_side_bend", pelvis, "laird2016", "mean"),
    ):
        rows = _to_side(repetitions, reading)
        _sided(repetitions, findings, name, rows, source, which=which, repeatable=True)


def one_leg_stance(repetitions: Repetitions, findings: Findings) -> None:
    """Standing on each leg: list of the pelvis, lean of the trunk, and how far the navel moves.

    ``pelvic_drop_*`` is positive where the pelvis sinks on the lifted leg's side, ``trunk_lean_*`` where the
    trunk leans over the leg that is stood on. The navel's way is that of the middle of the hips against the
    foot on the floor, from standing on both legs (criteria of the movement control tests: 10 cm, or 2 cm of
    difference between the sides). The side is the leg stood on.
    """
    drop = _to_side(repetitions, repetitions.angles["pelvis_list"])
    drop = Row(-drop.values, drop.errors)
    lean = _to_side(repetitions, repetitions.angles["trunk_list"])
    _sided(repetitions, findings, "pelvic_drop", drop, "luomajoki_battery", which="mean")
    _sided(repetitions, findings, "trunk_lean", lean, "sadler2019", which="mean")
    for joint in ("knee", "hip"):
        rows = _lifted(repetitions, joint)
        _sided(repetitions, findings, f"lifted_{joint}_flexion", rows, "expert", which="mean")
    shift = _navel(repetitions)
    _sided(
        repetitions, findings, "navel_shift", shift, "mct_criteria", which="larger", unit="cm",
        unknown=("the foot on the floor was not seen", "film from the front, feet and hips in the picture"),
    )  # fmt: skip
    _between_sides(findings)


def _sided(
    repetitions: Repetitions,
    findings: Findings,
    name: str,
    row: Row,
    source: str,
    *,
    which: str,
    unit: str = "deg",
    repeatable: bool = False,
    unknown: tuple[str, str] | None = None,
) -> None:
    """Each side, their difference, and under the plain name ``smaller``, ``larger`` or ``mean``.

    The error of a smaller or larger side is that side's own.
    """
    suffix, taken, reason = (
        unit,
        {},
        unknown or ("it was not seen at the peak", "film from the front or behind"),
    )
    for side in _BOTH:
        chosen = row.of(repetitions.side(side))
        lacking = reason if repetitions.side(side).any() else _one_sided(side)
        key = f"{name}_{side}_{suffix}"
        findings.add(
            key, chosen.values, chosen.errors, unit=unit, source=source, repeatable=repeatable, unseen=lacking
        )  # fmt: skip
        if key in findings.values:
            taken[side] = chosen
    _difference(findings, name, suffix, source)
    if not taken:
        findings.miss(f"{name}_{suffix}", *_why(findings, name, suffix))
        return
    values = {side: findings.values[f"{name}_{side}_{suffix}"].value for side in taken}
    if len(taken) == 1:
        side, note = next(iter(taken)), f"to the {next(iter(taken))} only: the other side is not known"
    elif which == "mean":
        _mean(findings, name, suffix, source, repeatable)
        return
    else:
        side = (min if which == "smaller" else max)(values, key=values.__getitem__)
        note = f"to the {side}, the {which} of both sides"
    findings.add(
        f"{name}_{suffix}", taken[side].values, taken[side].errors, unit=unit, source=source,
        repeatable=repeatable, note=note,
    )  # fmt: skip


def _one_sided(side: str) -> tuple[str, str]:
    return f"no repetition to the {side} was found", "film the movement to both sides"


def _why(findings: Findings, name: str, suffix: str) -> tuple[str, str]:
    for side in _BOTH:
        lacking = findings.missing.get(f"{name}_{side}_{suffix}")
        if lacking is not None:
            return lacking.reason, lacking.todo
    return "it takes both sides", "film the movement to both sides"


def _mean(findings: Findings, name: str, suffix: str, source: str, repeatable: bool) -> None:
    left, right = (findings.values[f"{name}_{side}_{suffix}"] for side in _BOTH)
    findings.add(
        f"{name}_{suffix}",
        np.array([(left.value + right.value) / 2]),
        np.array([max(left.error, right.error)]),
        unit=left.unit,
        source=source,
        repeatable=repeatable,
        note="the mean of both sides",
        n=left.n + right.n,
    )


def _difference(findings: Findings, name: str, suffix: str, source: str) -> None:
    """Left less right; an error that both sides share falls out of it, which is not counted on."""
    key = f"{name}_asymmetry_{suffix}"
    sides = [findings.values.get(f"{name}_{side}_{suffix}") for side in _BOTH]
    left, right = sides
    if left is None or right is None:
        findings.miss(key, "it takes both sides", "film the movement to both sides")
        return
    findings.add(
        key,
        np.array([left.value - right.value]),
        np.array([np.hypot(left.error, right.error)]),
        unit=left.unit,
        source=source,
        note="left less right",
        difference=True,
        n=left.n + right.n,
    )


def _to_side(repetitions: Repetitions, reading: Reading) -> Row:
    """(k,) changes from standing at the peak, positive to the side of each repetition."""
    row = repetitions.change(reading)
    return Row(_signs(repetitions) * row.values, row.errors)


def _signs(repetitions: Repetitions) -> Array:
    """(k,) 1 for repetitions to the side of a positive course, -1 for those to the other."""
    return np.where(repetitions.side(SIDES[repetitions.movement][0]), 1.0, -1.0)


def _ratio(repetitions: Repetitions, findings: Findings, chest: Reading, pelvis: Reading) -> None:
    """Spine over pelvis: the turns of chest and pelvis at the peak, both sides together."""
    whole, base = _to_side(repetitions, chest), _to_side(repetitions, pelvis)
    turned = np.where(np.abs(base.values) >= 10.0, base.values, np.nan)
    ratio = (whole.values - base.values) / turned
    errors = np.hypot(whole.errors / turned, whole.values * base.errors / turned**2)
    findings.add(
        "spine_pelvis_rotation_ratio", ratio, np.abs(errors), unit="", source="taniguchi2017",
        note="both sides together",
        unseen=("the pelvis turns too little for a ratio", "film from the front or behind, turning farther"),
    )  # fmt: skip


def _lifted(repetitions: Repetitions, joint: str) -> Row:
    """Flexion of the lifted leg, the one not stood on."""
    rows = {side: repetitions.change(repetitions.angles[f"{joint}_flexion_{side}"]) for side in _BOTH}
    on_left = repetitions.side("left")
    return Row(
        np.where(on_left, rows["right"].values, rows["left"].values),
        np.where(on_left, rows["right"].errors, rows["left"].errors),
    )


def _navel(repetitions: Repetitions) -> Row:
    """(k,) cm that the middle of the hips moves over the foot stood on, positive towards its side."""
    recording, shifts = repetitions.recording, {}
    for side in _BOTH:
        parts = np.stack(
            [recording.joint(f"{side}_{part}")[:, 0] for part in ("ankle", "heel", "foot_index")]
        )
        foot = 100.0 * parts.mean(axis=0)
        # The foot stands still: what it moves against the hips, the hips move the other way.
        shifts[side] = -repetitions.change(repetitions.reading_of(foot)).values
    values = np.where(repetitions.side("left"), shifts["left"], -shifts["right"])
    row = Row(values, values)
    return Row(values, length_error_cm(repetitions, row, sideways=True))


def _between_sides(findings: Findings) -> None:
    """``navel_shift_difference_cm``: by how much the two sides differ, whichever is larger."""
    findings.missing.pop("navel_shift_asymmetry_cm", None)
    signed = findings.values.pop("navel_shift_asymmetry_cm", None)
    if signed is None:
        findings.miss("navel_shift_difference_cm", *_why(findings, "navel_shift", "cm"))
        return
    findings.add(
        "navel_shift_difference_cm", np.array([abs(signed.value)]), np.array([signed.error]), unit="cm",
        source="mct_criteria", note=f"{signed.note}: {signed.value:+.1f}", difference=True, n=signed.n,
    )  # fmt: skip
