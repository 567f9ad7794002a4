"""Measures: the truth, the same whatever does not matter, and a reason where there is none."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.back.recordings import (
    mirrored,
    of_motion,
    ordinary,
    shifted,
    without,
)

import mitate.back.norms as norms_module
from mitate.back import norms
from mitate.back.measure import Measures, measure
from mitate.back.measurement import REPEATABILITY
from mitate.back.movement import MOVEMENTS
from mitate.body.recording import ANGLES
from mitate.errors import InputError, RefusalError
from mitate.simulate.movements import sample_motion

SOURCES = Path(norms_module.__file__).parent / "knowledge" / "sources.kb"
KEYS = set(re.findall(r"^(?:source|convention) (\w+)", SOURCES.read_text("utf-8"), flags=re.M))
TRUTHS: dict[str, dict[str, float]] = {
    "forward_bend": {
        "peak_trunk_flexion_deg": 111,
        "peak_lumbar_flexion_deg": 52,
        "peak_pelvic_flexion_deg": 59,
        "lumbar_contribution_percent": 100 * 52 / 111,
        "peak_hip_flexion_right_deg": 67,
        "peak_knee_flexion_left_deg": 5,
        "peak_thoracic_flexion_deg": 8,
        "range_trunk_deg": 111,
        "range_lumbar_deg": 52,
        "range_pelvis_deg": 59,
        "hip_asymmetry_deg": 0,
        "knee_bend_on_return_deg": 0,
        "early_coupling_angle_deg": math.degrees(math.atan2(59, 52)),
        "judder_phase_minima": 0,
    },
    "backward_bend": {
        "peak_trunk_extension_deg": 37,
        "peak_lumbar_extension_deg": 25,
        "peak_pelvic_extension_deg": 12,
        "peak_hip_extension_deg": 18,
        "arm_elevation_deg": 172,
    },
    "rotation": {
        "shoulder_rotation_deg": 55 * 1.42,
        "shoulder_rotation_left_deg": 55 * 1.42,
        "pelvic_rotation_right_deg": 55,
        "spine_rotation_deg": 55 * 0.42,
        "spine_pelvis_rotation_ratio": 0.42,
        "pelvic_rotation_asymmetry_deg": 0,
    },
    "side_bend": {
        "lumbar_side_bend_deg": 25,
        "lumbar_side_bend_left_deg": 25,
        "trunk_side_bend_right_deg": 30,
        "pelvic_side_bend_deg": 5,
        "trunk_side_bend_asymmetry_deg": 0,
    },
    "waiters_bow": {
        "bow_hip_flexion_deg": 60,
        "bow_lumbar_change_deg": 4,
        "bow_neutral_hip_flexion_deg": 60,
        "bow_trunk_flexion_deg": 56,
    },
    "one_leg_stance": {
        "pelvic_drop_deg": 4,
        "pelvic_drop_left_deg": 4,
        "lifted_hip_flexion_deg": 55,
        "lifted_knee_flexion_right_deg": 73,
    },
    "squat": {
        "peak_knee_flexion_deg": 110,
        "peak_hip_flexion_deg": 110,
        "squat_trunk_flexion_deg": 35,
        "squat_lumbar_change_deg": 10,
        "squat_pelvic_tilt_deg": 25,
        "knee_asymmetry_deg": 0,
    },
}
SIMULATED = {
    "forward_bend": ("peak_trunk_flexion_deg", "peak_lumbar_flexion_deg", "lumbar_contribution_percent"),
    "backward_bend": ("peak_trunk_extension_deg", "peak_lumbar_extension_deg", "arm_elevation_deg"),
    "rotation": ("shoulder_rotation_deg", "pelvic_rotation_left_deg", "pelvic_rotation_right_deg"),
    "side_bend": ("lumbar_side_bend_deg", "trunk_side_bend_left_deg", "trunk_side_bend_right_deg"),
    "waiters_bow": ("bow_hip_flexion_deg",),
    "one_leg_stance": ("pelvic_drop_deg",),
    "squat": ("peak_knee_flexion_deg", "peak_hip_flexion_deg"),
}


def tolerance(name: str) -> float:
    return 0.03 if name.endswith("ratio") else 4.0 if "coupling" in name else 1.0


@pytest.mark.parametrize("movement", MOVEMENTS)
@pytest.mark.parametrize("rate", [12.0, 30.0, 60.0])
def test_smooth_curves_give_their_truth_at_any_frame_rate(movement: str, rate: float) -> None:
    recording, bouts = ordinary(movement, rate=rate)
    found = measure(recording, movement)
    assert len(found.phases) == len(bouts)
    for name, truth in TRUTHS[movement].items():
        if name not in found.missing or "judder" not in name:
            assert abs(found.values[name].value - truth) < tolerance(name), name


@pytest.mark.parametrize("movement", MOVEMENTS)
@pytest.mark.parametrize("noise", [2.0, 4.0])
def test_noise_neither_moves_nor_widens_a_measure_much(movement: str, noise: float) -> None:
    away: dict[str, list[float]] = {}
    for seed in range(6):
        recording, _ = ordinary(movement, noise=noise, seed=seed)
        values = measure(recording, movement).values
        for name, truth in TRUTHS[movement].items():
            if name in values and not name.startswith(("range", "early", "judder", "knee_bend")):
                away.setdefault(name, []).append(values[name].value - truth)
    for name, errors in away.items():
        assert abs(np.median(errors)) < (0.1 if name.endswith("ratio") else 0.6 * noise), name


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_of_simulated_people_measures_agree_with_what_is_true_of_them(movement: str) -> None:
    away: dict[str, list[float]] = {}
    for seed in range(15):
        motion = sample_motion(np.random.default_rng(seed), movement, age=25.0 + 4 * seed)
        try:
            found = measure(of_motion(motion, noise=1.0, seed=seed), movement)
        except RefusalError:
            continue
        truth = motion.truth()
        for name in set(truth) & set(found.values):
            away.setdefault(name, []).append(abs(found.values[name].value - truth[name]))
    assert set(SIMULATED[movement]) <= set(away)
    for name, errors in away.items():
        assert len(errors) >= 8, name
        assert np.median(errors) < (0.05 if name.endswith("ratio") else 1.5), name


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_every_measure_has_unit_error_source_and_a_norm_where_it_bears_its_name(movement: str) -> None:
    recording, _ = ordinary(movement, noise=1.0)
    found = measure(replace(recording, yaw=np.full(len(recording), 10.0)), movement)
    assert set(found.values).isdisjoint(found.missing)
    for name, one in found.values.items():
        assert one.name == name
        assert one.movement == movement
        assert one.source in KEYS, one.source
        assert math.isfinite(one.value)
        assert one.error >= 0
        assert 1 <= one.n <= len(found.phases)
        assert one.mdc is None or one.mdc == REPEATABILITY[one.unit][0]
        ending = {"deg": "_deg", "%": "_percent", "cm": "_cm", "deg/s": "_deg_s", "s": "_s"}.get(one.unit, "")
        assert name.endswith(ending)
        if name in norms.measures():
            assert name in norms.measures(movement) or name in norms.measures("return_from_bend")
            graded = norms.grade(name, one.value)
            assert graded.unit == one.unit
            assert one.source == graded.source
            assert one.mdc in (None, graded.mdc)
    for lacking in found.missing.values():
        assert lacking.reason
        assert lacking.todo


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_each_norm_of_the_movement_is_measured_or_said_not_to_be(movement: str) -> None:
    recording, _ = ordinary(movement)
    found = measure(recording, movement)
    for name in norms.measures(movement):
        assert (name in found.values) != (name in found.missing), name


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_a_mirror_swaps_left_and_right(movement: str) -> None:
    recording, _ = ordinary(movement, noise=2.0)
    there, back = measure(recording, movement), measure(mirrored(recording), movement)
    assert set(there.missing) == {_other(name) for name in back.missing}
    for name, one in there.values.items():
        other = back.values[_other(name)]
        sign = -1.0 if "asymmetry" in name else 1.0
        assert one.value == pytest.approx(sign * other.value, abs=1e-4)
        assert one.error == pytest.approx(other.error, abs=1e-4)


@given(offset=st.floats(-400, 400), seconds=st.floats(0, 500))
@settings(max_examples=15)
def test_where_the_person_faces_and_when_is_no_matter(offset: float, seconds: float) -> None:
    recording, _ = ordinary("rotation", noise=1.0)
    moved = shifted(recording, {"trunk_rotation": offset, "pelvis_rotation": offset}, seconds)
    here, there = measure(recording, "rotation"), measure(moved, "rotation")
    for name, one in here.values.items():
        assert one.value == pytest.approx(there.values[name].value, abs=1e-3)


def test_nothing_seen_and_no_such_movement() -> None:
    recording, _ = ordinary("squat")
    with pytest.raises(RefusalError):
        measure(without(recording, -1, 100), "squat")
    with pytest.raises(InputError):
        measure(recording, "handstand")


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_plots_have_a_value_for_each_row(movement: str) -> None:
    recording, _ = ordinary(movement, rate=15.0)
    found = measure(recording, movement)
    assert set(found.series) == {"times_s", "course", "speed", *ANGLES}
    for values in found.series.values():
        assert values.shape == (len(recording),)
    assert isinstance(found, Measures)


def _other(name: str) -> str:
    pairs = {"left": "right", "right": "left"}
    return "_".join(pairs.get(word, word) for word in name.split("_"))


@pytest.mark.parametrize("seed", range(21))
def test_holes_anywhere_leave_numbers_or_a_refusal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    movement = MOVEMENTS[seed % 7]
    recording, _ = ordinary(movement, noise=rng.uniform(0, 5), rate=rng.uniform(4, 50), seed=seed)
    n = len(recording)
    angles = {name: np.where(rng.random(n) < rng.choice([0, 0, 0.5]), np.nan, values)
              for name, values in recording.angles.items()}  # fmt: skip
    errors = {name: np.where(rng.random(n) < rng.choice([0, 0, 0.3, 1]), np.nan, values)
              for name, values in recording.angle_errors.items()}  # fmt: skip
    joints = np.where(rng.random(recording.joints.shape) < 0.2, np.nan, recording.joints)
    holed = replace(recording, angles=angles, angle_errors=errors, joints=joints)
    try:
        found = measure(holed, movement)
    except RefusalError as refusal:
        assert refusal.reason == "no_movement"  # noqa: PT017
        return
    for one in found.values.values():
        assert math.isfinite(one.value)
        assert math.isfinite(one.error)
