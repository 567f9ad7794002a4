"""How pelvis and low back move together in a forward bend: who leads, judder, and the knees on the way up.

Wattananon P et al., BMC Musculoskelet Disord 2017;18:455 (98 people): in the angle-angle diagram of pelvis
and lumbar spine the coupling angle is the direction of travel; 45 degrees is equal movement, more is more
pelvis.
59 degrees or more within the first 38 % of the forward bend is an altered lumbopelvic rhythm: their figure 5
shows it on the way *down*, where the low back leads in most people. Judder is six or more local minima in the
phase plane of the lumbar spine (angle and velocity) and fifteen or more local minima and maxima of the
coupling angle. Reversal on return, knees that bend suddenly on the way up: JOSPT 2012;42:A1-57.

Ours, as the parts of the paper that we could read do not say it: lumbar flexion is on the horizontal axis and
pelvic tilt on the vertical; the coupling angle is taken over pieces of 12 degrees of trunk movement (a fifth
of the way in a small bend) and the 38 % are of the trunk's way in degrees, which a pause does not change; the
counts are over both ways, hold left out, in speeds taken over 0.2 s; and an extreme counts only where it
stands out from the noise of this recording four times (of the coupling angle, three times).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks, savgol_coeffs, savgol_filter

from mitate.back.measurement import Findings
from mitate.back.measures_common import knees, unseen
from mitate.back.readings import Repetitions, Row

__all__ = ["coupling_angle", "measure_return"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

EARLY_SHARE = 0.38
"""Of a way, within which the largest coupling angle counts as early."""

_PIECE_DEG = 12.0
_LIGHT_S = 0.1  # each way: two thirds of a ripple's speed is left at 3 Hz, half at 4 Hz
_LEAST_RATE = 15.0  # rows a second from which judder can be seen
_OUT_OF_NOISE, _TURN_OUT_OF_NOISE = 4.0, 3.0
_LEAST_SPEED = 8.0  # degrees a second that a dip in speed must have
_MOST_NOISE = 60.0  # degrees a second: in more, half of the dips of a clear judder are missed
_LEAST_TURN = 6.0  # degrees that an extreme of the coupling angle must stand out
_KNEES_DEG = 3.0  # what unsteady angles alone make of a rise


def coupling_angle(pelvis: Array, lumbar: Array) -> Array:
    """Direction of steps in the angle-angle diagram, degrees from -180 to 180.

    Args:
        pelvis, lumbar: (...,) by how much each moved in the direction of the movement.

    Returns:
        0 where only the low back moves, 45 where both do alike, 90 where only the pelvis does, beyond where
        the low back goes against it.
    """
    return np.asarray(np.degrees(np.arctan2(pelvis, lumbar)), dtype=np.float64)


def measure_return(repetitions: Repetitions, findings: Findings) -> None:
    """Early coupling down and up, judder, and the knees on the way up."""
    _early(repetitions, findings)
    _judder(repetitions, findings)
    _knee_bend(repetitions, findings)


def _early(repetitions: Repetitions, findings: Findings) -> None:
    """``early_coupling_angle_deg`` down, as published; ``return_coupling_angle_deg`` up, without a norm."""
    names = {
        "early_coupling_angle_deg": (
            "aberrant_kinematics",
            "on the way down, as the source's figure 5 shows it",
        ),
        "return_coupling_angle_deg": ("cpg2012_aberrant", "on the way up: no limit was published for it"),
    }
    for way, (name, (source, note)) in enumerate(names.items()):
        values, errors = np.full(len(repetitions), np.nan), np.full(len(repetitions), np.nan)
        for k in range(len(repetitions)):
            values[k], errors[k] = _largest_coupling(repetitions, repetitions.ways(k)[way], back=way == 1)
        findings.add(
            name, values, errors, unit="deg", source=source, note=note, unseen=unseen(repetitions, "lumbar")
        )  # fmt: skip


def _largest_coupling(repetitions: Repetitions, rows: Mask, *, back: bool) -> tuple[float, float]:
    """The largest coupling angle within the early part of one way, and its error; NaN where not seen."""
    pelvis, lumbar = repetitions.angles["pelvis_tilt"], repetitions.angles["lumbar_flexion"]
    known = np.flatnonzero(rows & np.isfinite(pelvis.smooth) & np.isfinite(lumbar.smooth))
    if len(known) < 6 or len(known) < 0.7 * rows.sum():
        return np.nan, np.nan
    sign = -1.0 if back else 1.0
    p, low = sign * pelvis.smooth[known], sign * lumbar.smooth[known]
    trunk = p + low
    piece = min(_PIECE_DEG, 0.2 * float(np.ptp(trunk)))
    first = float(trunk[0])
    early = np.flatnonzero(trunk > first + EARLY_SHARE * float(trunk.max() - first))
    last = int(early[0]) if len(early) else len(trunk) - 1
    found = []
    for i in range(last):
        beyond = np.flatnonzero(trunk[i : last + 1] >= trunk[i] + piece)
        if len(beyond):
            j = i + int(beyond[0])
            found.append(float(coupling_angle(p[j] - p[i], low[j] - low[i])))
    if not found:
        return np.nan, np.nan
    whole = max(float(np.hypot(np.ptp(p), np.ptp(low))), 1.0)
    steady = float(np.hypot(np.median(pelvis.error[known]), np.median(lumbar.error[known]))) / whole
    jitter = _jitter(repetitions, rows) / max(piece, 1.0)
    return max(found), float(np.degrees(np.hypot(0.5 * steady, jitter)))


def _jitter(repetitions: Repetitions, rows: Mask) -> float:
    """Noise that the smoothing leaves of pelvis and low back, degrees."""
    each = []
    for name in ("pelvis_tilt", "lumbar_flexion"):
        reading = repetitions.angles[name]
        away = (reading.raw - reading.smooth)[rows]
        away = away[np.isfinite(away)]
        each.append(1.4826 * float(np.median(np.abs(away))) if len(away) else 0.0)
    return 0.4 * float(np.hypot(each[0], each[1]))


def _judder(repetitions: Repetitions, findings: Findings) -> None:
    """Counts of dips in lumbar speed and of extremes of the coupling angle, a repetition, both ways."""
    names = ("judder_phase_minima", "judder_coupling_extrema")
    rate = 1.0 / repetitions.spacing
    if rate < _LEAST_RATE:
        reason = f"{rate:.0f} pictures a second are too few to see a movement judder"
        for name in names:
            findings.miss(name, reason, f"film with {_LEAST_RATE:.0f} pictures a second or more")
        return
    counts = np.full((2, len(repetitions)), np.nan)
    noisy = False
    for k in range(len(repetitions)):
        parts = [_ripples(repetitions, rows) for rows in repetitions.ways(k)]
        noisy |= any(part is not None and part[2] * _OUT_OF_NOISE > _MOST_NOISE for part in parts)
        if all(part is not None and part[2] * _OUT_OF_NOISE <= _MOST_NOISE for part in parts):
            for i in range(2):
                counts[i, k] = sum(part[i] for part in parts if part is not None)
    lacking = unseen(repetitions, "lumbar")
    if noisy:
        lacking = (
            "the angle of the low back is too unsteady to tell judder from noise",
            "film closer, in light",
        )
    for name, each in zip(names, counts, strict=True):
        findings.add(
            name, each, np.where(np.isfinite(each), 1.0, np.nan), unit="count", source="aberrant_kinematics",
            note="there and back; what stands out from the noise of this film", unseen=lacking,
        )  # fmt: skip


def _ripples(repetitions: Repetitions, rows: Mask) -> tuple[int, int, float] | None:
    """Dips of lumbar speed, extremes of the coupling angle, noise of the speed; None where not seen."""
    p, low = repetitions.angles["pelvis_tilt"].raw, repetitions.angles["lumbar_flexion"].raw
    known = np.flatnonzero(rows & np.isfinite(p) & np.isfinite(low))
    if len(known) < 12 or np.diff(repetitions.times[known]).max() > 3.0 * repetitions.spacing:
        return None
    step = repetitions.spacing
    even = np.arange(repetitions.times[known[0]], repetitions.times[known[-1]], step)
    reach = max(2, round(_LIGHT_S / step))
    if len(even) < 2 * reach + 3:
        return None
    speeds, noises = [], []
    for values in (p, low):
        level = np.interp(even, repetitions.times[known], values[known])
        speeds.append(np.asarray(savgol_filter(level, 2 * reach + 1, 2, deriv=1, delta=step)))
        kernel = savgol_coeffs(2 * reach + 1, 2, deriv=1, delta=step)
        noises.append(_white_noise(values[known]) * float(np.sqrt((kernel**2).sum())))
    direction = 1.0 if np.sum(speeds[0] + speeds[1]) >= 0 else -1.0
    pelvic, lumbar = direction * speeds[0], direction * speeds[1]
    inner = slice(reach // 2, len(even) - reach // 2)
    dips, _ = find_peaks(-lumbar[inner], prominence=max(_LEAST_SPEED, _OUT_OF_NOISE * noises[1]))
    return len(dips), _turns(pelvic[inner], lumbar[inner], float(np.hypot(noises[0], noises[1]))), noises[1]


def _turns(pelvic: Array, lumbar: Array, noise: float) -> int:
    """Local minima and maxima of the coupling angle where the movement is fast enough to have one."""
    fast = np.hypot(pelvic, lumbar) > max(_LEAST_SPEED, 2.0 * noise)
    if fast.sum() < 5:
        return 0
    angle = np.degrees(np.unwrap(np.arctan2(pelvic[fast], lumbar[fast])))
    unsure = np.degrees(noise / max(float(np.median(np.hypot(pelvic[fast], lumbar[fast]))), 1.0))
    least = max(_LEAST_TURN, _TURN_OUT_OF_NOISE * unsure)
    return sum(len(find_peaks(sign * angle, prominence=least)[0]) for sign in (1.0, -1.0))


def _white_noise(values: Array) -> float:
    """Standard deviation of the noise from row to row, by third differences (movement has little of them)."""
    away = np.abs(np.diff(values, n=3))
    return 1.4826 * float(np.median(away)) / np.sqrt(20.0) if len(away) else 0.0


def _knee_bend(repetitions: Repetitions, findings: Findings) -> None:
    """``knee_bend_on_return_deg``: how far the knees bend again on the way up, from their straightest."""
    reading = knees(repetitions)
    values, errors = np.full(len(repetitions), np.nan), np.full(len(repetitions), np.nan)
    for k in range(len(repetitions)):
        back = repetitions.ways(k)[1]
        bent = reading.smooth[back]
        known = bent[np.isfinite(bent)]
        if len(known) < max(4, 0.7 * back.sum()):
            continue
        values[k] = float(np.max(known - np.minimum.accumulate(known)))
        errors[k] = np.hypot(_KNEES_DEG, 0.2 * float(np.nanmedian(reading.error[back])))
    row = Row(values, errors)
    findings.add(
        "knee_bend_on_return_deg", row.values, row.errors, unit="deg", source="cpg2012_aberrant",
        note="of both knees, from the straightest they had been on the way up",
        unseen=unseen(repetitions, "knees"),
    )  # fmt: skip
