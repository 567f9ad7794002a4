"""Measures of the movements forwards and backwards: forward and backward bend, waiter's bow, squat.

"Flexion" is the change from the person's own standing just before the repetition (Laird RA et al., BMC
Musculoskelet Disord 2019;20:28); trunk, pelvis and lumbar flexion are those of T12, of S2 and of one against
the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitate.back.measurement import Findings
from mitate.back.measures_common import (
    REPEATED,
    UNSEEN_ARMS,
    height_error_cm,
    hips,
    knees,
    length_error_cm,
    unseen,
)
from mitate.back.norms import described_by
from mitate.back.readings import Reading, Repetitions, Row, both_sides
from mitate.back.rhythm_of_return import measure_return
from mitate.body.spine import lumbar_share, rhythm

__all__ = ["backward_bend", "forward_bend", "squat", "waiters_bow"]

Array = NDArray[np.float64]

_NAMES = {"trunk": "trunk_inclination", "lumbar": "lumbar_flexion", "pelvis": "pelvis_tilt"}
_WORDS = {"trunk": "trunk", "lumbar": "lumbar", "pelvis": "pelvic"}
_NEUTRAL_DEG = 10.0  # lumbar change that can be told from none: the middle of laird2016's detectable change
_ESOLA_DEG = 30.0  # of trunk flexion in each part of the rhythm
_PARTS = ("early", "middle", "late")


def forward_bend(repetitions: Repetitions, findings: Findings) -> None:
    """Peaks, the lumbar share and its rhythm, hands to floor, hips back, and the way back up."""
    trunk = repetitions.change(repetitions.angles["trunk_inclination"])
    lumbar = repetitions.change(repetitions.angles["lumbar_flexion"])
    pelvis = repetitions.change(repetitions.angles["pelvis_tilt"])
    for part, row in (("trunk", trunk), ("lumbar", lumbar), ("pelvis", pelvis)):
        _spine(repetitions, findings, f"peak_{_WORDS[part]}_flexion_deg", row, part, "laird2019")
    thoracic = repetitions.change(repetitions.angles["thoracic_flexion"])
    _plain(findings, "peak_thoracic_flexion_deg", thoracic, "sfma", unseen(repetitions, "thoracic"))
    share = Row(lumbar_share(trunk.values, lumbar.values), _share_error(trunk, lumbar))
    _spine(repetitions, findings, "lumbar_contribution_percent", share, "lumbar", "laird2019", unit="%")
    _rhythm(repetitions, findings)
    _legs(repetitions, findings, "flexion")
    _fingers(repetitions, findings)
    _hips_back(repetitions, findings)
    measure_return(repetitions, findings)


def backward_bend(repetitions: Repetitions, findings: Findings) -> None:
    """Peaks of extension, and how far overhead the arms are at the peak."""
    for part, name in _NAMES.items():
        row = -repetitions.change(repetitions.angles[name])
        source = "troke2005" if part == "lumbar" else "laird2016"
        _spine(repetitions, findings, f"peak_{_WORDS[part]}_extension_deg", row, part, source)
    thoracic = -repetitions.change(repetitions.angles["thoracic_flexion"])
    _plain(findings, "peak_thoracic_extension_deg", thoracic, "sfma", unseen(repetitions, "thoracic"))
    row = -repetitions.change(hips(repetitions))
    name = "peak_hip_extension_deg"
    _plain(findings, name, row, described_by(name), unseen(repetitions, "hips"))
    _arms(repetitions, findings)


def waiters_bow(repetitions: Repetitions, findings: Findings) -> None:
    """How far the hips bend, by how much the low back changes, and where it leaves neutral.

    The test asks for 50 to 70 degrees of hip flexion without the low back bending. Neutral ends at 10 degrees
    of lumbar change to either side, less than which cannot be told from none (ours).
    """
    hip, lumbar = hips(repetitions), repetitions.angles["lumbar_flexion"]
    bow = repetitions.change(hip)
    _plain(findings, "bow_hip_flexion_deg", bow, "mct_criteria", unseen(repetitions, "hips"))
    change = repetitions.change(lumbar)
    _spine(repetitions, findings, "bow_lumbar_change_deg", change, "lumbar", "standing_bow")
    left = np.array([_leaves_neutral(repetitions, k, hip, lumbar) for k in range(len(repetitions))])
    held = np.isfinite(left)
    where = Row(np.where(held, left, bow.values), np.where(np.isfinite(change.values), bow.errors, np.nan))
    note = "" if held.any() else "the low back stayed neutral to the end of the bow"
    if held.any() and not held.all():
        note = f"the low back stayed neutral in {int((~held).sum())} of {len(held)} repetitions"
    findings.add(
        "bow_neutral_hip_flexion_deg", where.values, where.errors, unit="deg", source="standing_bow",
        note=note, unseen=unseen(repetitions, "lumbar"),
    )  # fmt: skip
    _spine(
        repetitions, findings, "bow_trunk_flexion_deg",
        repetitions.change(repetitions.angles["trunk_inclination"]), "trunk", "standing_bow",
    )  # fmt: skip
    _legs(repetitions, findings, "flexion", hip=False)


def squat(repetitions: Repetitions, findings: Findings) -> None:
    """Knees, hips, trunk, pelvis and low back at the deepest point, as changes from standing."""
    unknown = unseen(repetitions, "knees")
    _plain(findings, "peak_knee_flexion_deg", repetitions.change(knees(repetitions)), "expert", unknown)
    _plain(
        findings, "peak_hip_flexion_deg", repetitions.change(hips(repetitions)), "expert",
        unseen(repetitions, "hips"),
    )  # fmt: skip
    words = {"trunk": "squat_trunk_flexion", "lumbar": "squat_lumbar_change", "pelvis": "squat_pelvic_tilt"}
    for part, name in _NAMES.items():
        row = repetitions.change(repetitions.angles[name])
        _spine(repetitions, findings, f"{words[part]}_deg", row, part, "expert")
    _legs(repetitions, findings, "flexion")


def _spine(
    repetitions: Repetitions,
    findings: Findings,
    name: str,
    row: Row,
    part: str,
    source: str,
    unit: str = "deg",
) -> None:
    findings.add(
        name, row.values, row.errors, unit=unit, source=source,
        repeatable=repetitions.movement in REPEATED, unseen=unseen(repetitions, part),
    )  # fmt: skip


def _plain(findings: Findings, name: str, row: Row, source: str, unknown: tuple[str, str]) -> None:
    findings.add(name, row.values, row.errors, unit="deg", source=source, unseen=unknown)


def _share_error(trunk: Row, lumbar: Row) -> Array:
    """Of 100 lumbar / trunk, the two errors taken to be independent."""
    whole = np.where(np.abs(trunk.values) > 0, trunk.values, np.nan)
    return np.asarray(100.0 * np.hypot(lumbar.errors / whole, lumbar.values * trunk.errors / whole**2))


def _rhythm(repetitions: Repetitions, findings: Findings) -> None:
    """The lumbar share of trunk flexion from 0 to 30, 30 to 60 and 60 to 90 degrees on the way down.

    Esola MA et al., Spine 1996;21:71-78. The error takes each angle to be off by the same share all the way
    down, and by 1.5 degrees more at the ends of a part (ours).
    """
    trunk, lumbar = repetitions.angles["trunk_inclination"], repetitions.angles["lumbar_flexion"]
    stood = repetitions.standing(trunk), repetitions.standing(lumbar)
    peak = repetitions.change(trunk)
    each = {part: np.full(len(repetitions), np.nan) for part in _PARTS}
    for k in range(len(repetitions)):
        down, _ = repetitions.ways(k)
        down &= repetitions.between(-np.inf, repetitions.phases[k].peak_s)
        if not _filmed_through(repetitions, down, lumbar):
            continue
        found = rhythm(trunk.smooth[down] - stood[0][k], lumbar.smooth[down] - stood[1][k])
        for part in _PARTS:
            each[part][k] = getattr(found, part)
    errors = (
        100.0 * np.hypot(repetitions.change(lumbar).errors, 0.5 * peak.errors) / np.maximum(peak.values, 1.0)
    )
    errors = np.hypot(errors, 100.0 * 1.5 / _ESOLA_DEG)
    deepest = float(np.nanmax(peak.values)) if np.isfinite(peak.values).any() else 0.0
    for i, part in enumerate(_PARTS):
        short = deepest < _ESOLA_DEG * (i + 1)
        reason = (f"the trunk bends by {deepest:.0f} degrees only", "none: this bend does not get so far")
        name = f"lumbar_share_{part}_percent"
        findings.add(
            name, each[part], errors, unit="%", source=described_by(name),
            note=f"from {30 * i} to {30 * (i + 1)} degrees of trunk flexion on the way down",
            unseen=reason if short else unseen(repetitions, "lumbar"),
        )  # fmt: skip


def _filmed_through(repetitions: Repetitions, rows: NDArray[np.bool_], reading: Reading) -> bool:
    """Whether an angle is known in these rows without a long gap."""
    times = repetitions.times[rows & np.isfinite(reading.smooth)]
    if len(times) < 4:
        return False
    return bool(np.diff(times).max() <= max(0.5, 3.0 * repetitions.spacing))


def _legs(repetitions: Repetitions, findings: Findings, word: str, *, hip: bool = True) -> None:
    """Peaks of hips and knees of both sides, and left less right."""
    for joint in ("hip", "knee") if hip else ("knee",):
        rows = {}
        for side in ("right", "left"):
            rows[side] = repetitions.change(repetitions.angles[f"{joint}_flexion_{side}"])
            _plain(
                findings, f"peak_{joint}_{word}_{side}_deg", rows[side], "expert",
                unseen(repetitions, f"{joint}_{side}"),
            )  # fmt: skip
        both = Row(
            rows["left"].values - rows["right"].values, np.hypot(rows["right"].errors, rows["left"].errors)
        )
        unknown = ("only one leg was seen", "film from the front or from behind to compare the legs")
        findings.add(
            f"{joint}_asymmetry_deg", both.values, both.errors, unit="deg", source="expert", difference=True,
            note="left less right", unseen=unknown,
        )  # fmt: skip


def _fingers(repetitions: Repetitions, findings: Findings) -> None:
    """Height of the lower index fingertip above the floor at the peak, cm."""
    recording = repetitions.recording
    heights = [recording.joint(f"{side}_index")[:, 1] for side in ("right", "left")]
    lower = 100.0 * np.fmin(heights[0], heights[1])
    row = repetitions.at_peak(repetitions.reading_of(lower))
    note = "" if recording.height_known else f"a height of {recording.height_m:.2f} m was assumed"
    findings.add(
        "fingertips_to_floor_cm", row.values, height_error_cm(repetitions, row.values), unit="cm",
        source="perret_ffd", repeatable=True, note=note,
        unseen=("the hands were not seen at the lowest point", UNSEEN_ARMS[1]),
    )  # fmt: skip


def _hips_back(repetitions: Repetitions, findings: Findings) -> None:
    """By how much the hips went back over the feet, cm, from standing to the peak."""
    right, left = (repetitions.recording.joint(f"{side}_ankle")[:, 2] for side in ("right", "left"))
    forward = np.where(np.isnan(right), left, np.where(np.isnan(left), right, (right + left) / 2))
    row = repetitions.change(repetitions.reading_of(100.0 * forward))
    findings.add(
        "hips_back_cm", row.values, length_error_cm(repetitions, row, sideways=False), unit="cm",
        source="sfma",
        unseen=("the feet were not seen", "film the whole body, feet included, from the side"),
    )  # fmt: skip


def _arms(repetitions: Repetitions, findings: Findings) -> None:
    """Elevation of both arms at the peak of the backward bend (SFMA: arms reach and maintain 170 degrees)."""
    right, left = (repetitions.angles[f"arm_elevation_{side}"] for side in ("right", "left"))
    for side, reading in (("right", right), ("left", left)):
        _plain(findings, f"arm_elevation_{side}_deg", repetitions.at_peak(reading), "sfma", UNSEEN_ARMS)
    seen = [side for side in ("right", "left") if f"arm_elevation_{side}_deg" in findings.values]
    both = repetitions.at_peak(both_sides(right, left))
    note = f"only the {seen[0]} arm was seen" if len(seen) == 1 else "the mean of both arms"
    findings.add(
        "arm_elevation_deg", both.values, both.errors, unit="deg", source="sfma", note=note,
        unseen=UNSEEN_ARMS,
    )  # fmt: skip


def _leaves_neutral(repetitions: Repetitions, k: int, hip: Reading, lumbar: Reading) -> float:
    """Hip flexion of one bow, from standing, where the low back leaves neutral; NaN if it never does."""
    down = repetitions.between(repetitions.phases[k].start_s, repetitions.phases[k].peak_s)
    bent = np.abs(lumbar.smooth - repetitions.standing(lumbar)[k])
    out = np.flatnonzero(down & (bent > _NEUTRAL_DEG))
    return float(hip.smooth[out[0]] - repetitions.standing(hip)[k]) if len(out) else float("nan")
