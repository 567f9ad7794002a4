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
from tests.back import recordings
from tests.back.recordings import (
    Bout,
    bouts_of,
    curve,
    make,
    mirrored,
    of_motion,
    ordinary,
    shifted,
    swayed_feet,
    times_of,
    without,
)

import mitate.back.norms as norms_module
from mitate.back import norms
from mitate.back.measure import Measure, Measures, NotMeasured, measure
from mitate.back.measurement import REPEATABILITY, Findings, most_error
from mitate.back.movement import MOVEMENTS
from mitate.back.rhythm_of_return import coupling_angle
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


def test_standing_bent_is_taken_off() -> None:
    recording, _ = ordinary("forward_bend")
    stooped = shifted(recording, {"trunk_inclination": 12.0, "lumbar_flexion": 9.0, "pelvis_tilt": 3.0})
    bent = measure(stooped, "forward_bend").values
    for name, one in measure(recording, "forward_bend").values.items():
        assert bent[name].value == pytest.approx(one.value, abs=1e-3)


def test_the_error_is_the_recordings_own_and_the_spread() -> None:
    times = times_of(20)
    same, uneven = bouts_of(3), bouts_of(sizes=(0.8, 1.0, 1.2))
    for bouts, spread in ((same, 0.0), (uneven, 111 * 0.2 / math.sqrt(3))):
        recording = make(times, recordings.forward_bend(times, bouts), error=4.0)
        one = measure(recording, "forward_bend").values["peak_trunk_flexion_deg"]
        assert one.error == pytest.approx(math.hypot(4.0, spread), abs=0.3)
        assert one.each == pytest.approx([111 * bout.size for bout in bouts], abs=1.5)


def test_twice_the_frames_make_an_error_no_smaller() -> None:
    errors = [
        measure(ordinary("squat", rate=rate)[0], "squat").values["peak_knee_flexion_deg"].error
        for rate in (15.0, 60.0)
    ]
    assert errors[0] == pytest.approx(errors[1], abs=0.1)


def test_what_is_too_unsure_is_not_given() -> None:
    times = times_of(16)
    angles = recordings.forward_bend(times, bouts_of(3))
    found = measure(make(times, angles, error={"lumbar_flexion": 14.0}), "forward_bend")
    assert "peak_trunk_flexion_deg" in found.values
    lacking = found.missing["peak_lumbar_flexion_deg"]
    assert "off by 14 deg" in lacking.reason
    assert "from the side" in lacking.todo
    assert "lumbar_contribution_percent" in found.missing


def test_limits_of_errors() -> None:
    assert most_error(10, "deg") == 8
    assert most_error(-40, "deg") == 10
    assert most_error(400, "deg") == 15
    assert most_error(3, "cm") == 4
    assert most_error(7, "count") == math.inf


@pytest.mark.parametrize("hidden", ["", "the arms cover the back"])
def test_a_back_that_is_not_seen_gives_no_number(hidden: str) -> None:
    recording, _ = ordinary("forward_bend")
    covered = replace(
        without(recording, -1, 100, ["lumbar_flexion", "thoracic_flexion"]), curve_hidden=hidden
    )
    found = measure(covered, "forward_bend")
    assert found.values["peak_trunk_flexion_deg"].value == pytest.approx(111, abs=1)
    for name in (
        "peak_lumbar_flexion_deg",
        "lumbar_contribution_percent",
        "lumbar_share_early_percent",
        "early_coupling_angle_deg",
        "judder_phase_minima",
        "range_lumbar_deg",
        "peak_thoracic_flexion_deg",
    ):
        assert (hidden or "was not seen") in found.missing[name].reason, name


def test_a_repetition_whose_peak_is_hidden_gives_none() -> None:
    recording, bouts = ordinary("forward_bend")
    part = without(recording, bouts[1].peak - 0.9, bouts[1].peak + 0.9, ["lumbar_flexion"])
    found = measure(part, "forward_bend")
    assert found.values["peak_trunk_flexion_deg"].n == 3
    assert found.values["peak_lumbar_flexion_deg"].n == 2
    assert found.values["peak_lumbar_flexion_deg"].value == pytest.approx(52, abs=0.5)


def test_nothing_seen_and_no_such_movement() -> None:
    recording, _ = ordinary("squat")
    with pytest.raises(RefusalError):
        measure(without(recording, -1, 100), "squat")
    with pytest.raises(InputError):
        measure(recording, "handstand")


def test_one_repetition_gives_values_and_no_variation() -> None:
    times = times_of(7)
    found = measure(make(times, recordings.forward_bend(times, [Bout(1.0)])), "forward_bend")
    assert found.values["peak_trunk_flexion_deg"].n == 1
    assert "takes 3 repetitions" in found.missing["peak_variation_percent"].reason


def test_variation_of_the_depth() -> None:
    times = times_of(30)
    bouts = bouts_of(sizes=(0.8, 1.0, 1.2, 1.0, 0.9))
    found = measure(make(times, recordings.forward_bend(times, bouts)), "forward_bend")
    wanted = 100 * np.std([0.8, 1.0, 1.2, 1.0, 0.9], ddof=1) / 0.98
    assert found.values["peak_variation_percent"].value == pytest.approx(wanted, abs=1)
    assert found.values["peak_variation_percent"].n == 5


def test_the_low_back_first_shows_in_rhythm_and_coupling() -> None:
    times = times_of(16)
    leads = {}
    for lead in (-0.6, 0.0, 0.6):
        angles = recordings.forward_bend(times, bouts_of(3), lead=lead)
        found = measure(make(times, angles), "forward_bend")
        shares = [found.values[f"lumbar_share_{part}_percent"].value for part in ("early", "middle", "late")]
        leads[lead] = (shares, found.values["early_coupling_angle_deg"].value)
    assert leads[0.6][0][0] > leads[0.6][0][1] > leads[0.6][0][2]
    assert leads[-0.6][0][0] < leads[-0.6][0][1] < leads[-0.6][0][2]
    assert leads[0.0][0] == pytest.approx([100 * 52 / 111] * 3, abs=0.5)
    assert leads[0.6][1] < 45 < leads[0.0][1] < 59 < leads[-0.6][1]


def test_a_short_bend_has_no_late_rhythm() -> None:
    times = times_of(16)
    angles = recordings.forward_bend(times, bouts_of(3), pelvis=30, lumbar=22)
    found = measure(make(times, angles), "forward_bend")
    assert "lumbar_share_early_percent" in found.values
    assert "bends by 52 degrees only" in found.missing["lumbar_share_middle_percent"].reason
    assert "bends by 52 degrees only" in found.missing["lumbar_share_late_percent"].reason


def test_coupling_angles_of_plain_steps() -> None:
    angles = coupling_angle(np.array([0.0, 1.0, 1.0, 1.0, -1.0]), np.array([1.0, 1.0, 0.0, -1.0, 0.0]))
    assert angles == pytest.approx([0, 45, 90, 135, -90])


@pytest.mark.parametrize(("noise", "least"), [(0.0, 1.0), (1.0, 1.0)])
def test_judder_is_counted_and_smooth_movement_has_none(noise: float, least: float) -> None:
    times = times_of(16)
    bouts = tuple(replace(bout, back=2.4) for bout in bouts_of(3, rest=0.0))
    bouts = tuple(replace(bout, start=1.0 + 5.0 * k) for k, bout in enumerate(bouts))
    angles = recordings.forward_bend(times, bouts)
    smooth = measure(make(times, angles, noise=noise), "forward_bend").values
    assert smooth["judder_phase_minima"].value <= least
    ripple = np.zeros(len(times))
    for bout in bouts:
        since = times - (bout.end - bout.back)
        ripple += np.where((since > 0.2) & (since < 2.2), 2.5 * np.sin(2 * np.pi * 4.0 * since), 0.0)
    shaky = {**angles, "lumbar_flexion": angles["lumbar_flexion"] + ripple}
    shaky["trunk_inclination"] = shaky["pelvis_tilt"] + shaky["lumbar_flexion"]
    found = measure(make(times, shaky, noise=noise), "forward_bend").values
    assert 6 <= found["judder_phase_minima"].value <= 10
    assert 12 <= found["judder_coupling_extrema"].value <= 20


def test_judder_needs_pictures_and_quiet_angles() -> None:
    few = measure(ordinary("forward_bend", rate=10.0)[0], "forward_bend")
    assert "10 pictures a second" in few.missing["judder_phase_minima"].reason
    noisy = measure(ordinary("forward_bend", noise=6.0)[0], "forward_bend")
    assert "too unsteady" in noisy.missing["judder_coupling_extrema"].reason


def test_knees_that_help_on_the_way_up() -> None:
    times = times_of(16)
    bouts = bouts_of(3)
    angles = recordings.forward_bend(times, bouts)
    helped = curve(times, [Bout(bout.end - 1.4, 14.0, 0.5, 0.1, 0.5) for bout in bouts])
    for side in ("right", "left"):
        angles[f"knee_flexion_{side}"] = angles[f"knee_flexion_{side}"] + helped
    found = measure(make(times, angles), "forward_bend").values["knee_bend_on_return_deg"]
    assert 10 < found.value < 15


def test_fingers_and_hips_over_the_floor() -> None:
    times = times_of(16)
    bouts = bouts_of(3)
    gone = curve(times, bouts)
    places = {}
    for side, far in (("right", 0.02), ("left", 0.0)):
        x, y, z = recordings.STANDING[f"{side}_index"]
        places[f"{side}_index"] = np.stack(
            [np.full_like(gone, x), y + (0.14 + far - y) * gone, z + 0.3 * gone], 1
        )
        x, y, z = recordings.STANDING[f"{side}_ankle"]
        places[f"{side}_ankle"] = np.stack([np.full_like(gone, x), np.full_like(gone, y), z + 0.09 * gone], 1)
    for known in (True, False):
        recording = make(times, recordings.forward_bend(times, bouts), joints=places, height_known=known)
        found = measure(recording, "forward_bend").values
        assert found["fingertips_to_floor_cm"].value == pytest.approx(14, abs=0.5)
        assert found["hips_back_cm"].value == pytest.approx(9, abs=0.3)
        assert ("assumed" in found["fingertips_to_floor_cm"].note) != known
    hands = np.full((len(times), 3), np.nan)
    nobody = make(
        times, recordings.forward_bend(times, bouts), joints={"left_index": hands, "right_index": hands}
    )
    assert "hands" in measure(nobody, "forward_bend").missing["fingertips_to_floor_cm"].reason


def test_hidden_arms_are_said() -> None:
    recording, _ = ordinary("backward_bend")
    one = measure(without(recording, -1, 100, ["arm_elevation_left"]), "backward_bend")
    assert one.values["arm_elevation_deg"].note == "only the right arm was seen"
    none = measure(
        without(recording, -1, 100, ["arm_elevation_left", "arm_elevation_right"]), "backward_bend"
    )
    assert none.missing["arm_elevation_deg"].reason == "the arms were not seen"


@pytest.mark.parametrize("yaw", [5.0, 178.0])
def test_the_navel_moves_over_the_foot(yaw: float) -> None:
    bouts = bouts_of(sizes=(1.0, -1.0, 1.0, -1.0))
    times = times_of(bouts[-1].end + 1)
    gone = curve(times, bouts)
    sway = -0.08 * np.maximum(gone, 0) + 0.05 * np.maximum(-gone, 0)  # to the left; right feet first
    angles = recordings.one_leg_stance(times, bouts)
    recording = make(times, angles, joints=swayed_feet(sway), yaw=yaw)
    found = measure(recording, "one_leg_stance")
    assert found.values["navel_shift_right_cm"].value == pytest.approx(8, abs=0.3)
    assert found.values["navel_shift_left_cm"].value == pytest.approx(5, abs=0.3)
    assert found.values["navel_shift_cm"].value == pytest.approx(8, abs=0.3)
    assert found.values["navel_shift_difference_cm"].value == pytest.approx(3, abs=0.4)
    beside = measure(replace(recording, yaw=np.full(len(times), 85.0)), "one_leg_stance")
    for name in ("navel_shift_cm", "navel_shift_difference_cm"):
        assert "from the front" in beside.missing[name].todo


def test_one_side_only() -> None:
    times = times_of(14)
    recording = make(times, recordings.rotation(times, bouts_of(2)))
    found = measure(recording, "rotation")
    assert "left only" in found.values["pelvic_rotation_deg"].note
    assert "to the right" in found.missing["pelvic_rotation_right_deg"].reason
    assert "pelvic_rotation_asymmetry_deg" in found.missing


def test_a_stiff_side_shows() -> None:
    bouts = bouts_of(sizes=(1.0, -0.6, 1.0, -0.6))
    times = times_of(bouts[-1].end + 1)
    found = measure(make(times, recordings.rotation(times, bouts)), "rotation").values
    assert found["pelvic_rotation_left_deg"].value == pytest.approx(55, abs=1)
    assert found["pelvic_rotation_right_deg"].value == pytest.approx(33, abs=1)
    assert found["pelvic_rotation_asymmetry_deg"].value == pytest.approx(22, abs=1)
    assert found["pelvic_rotation_deg"].value == pytest.approx(44, abs=1)


def test_rotation_of_the_low_back_is_never_given() -> None:
    found = measure(ordinary("rotation", error=0.1)[0], "rotation")
    assert "one camera" in found.missing["lumbar_rotation_deg"].reason


def test_a_bow_that_rounds_half_way() -> None:
    times = times_of(16)
    bouts = bouts_of(3)
    gone = curve(times, bouts)
    angles = recordings.waiters_bow(times, bouts)
    angles["lumbar_flexion"] = 30 * np.maximum(gone - 0.5, 0)
    angles["trunk_inclination"] = angles["pelvis_tilt"] + angles["lumbar_flexion"]
    found = measure(make(times, angles), "waiters_bow").values
    assert found["bow_lumbar_change_deg"].value == pytest.approx(15, abs=0.5)
    assert found["bow_neutral_hip_flexion_deg"].value == pytest.approx(60 * (0.5 + 1 / 3), abs=4)
    assert found["bow_neutral_hip_flexion_deg"].note == ""


def test_speed_and_time_of_both_ways() -> None:
    times = times_of(22)
    bouts = tuple(Bout(1.0 + 6.5 * k, 1.0, 1.5, 1.0, 3.0) for k in range(3))
    found = measure(make(times, recordings.forward_bend(times, bouts)), "forward_bend").values
    assert found["peak_speed_there_deg_s"].value == pytest.approx(111 * 1.875 / 1.5, rel=0.08)
    assert found["peak_speed_back_deg_s"].value == pytest.approx(111 * 1.875 / 3.0, rel=0.08)
    assert found["duration_there_s"].value < found["duration_back_s"].value
    assert found["duration_there_s"].value == pytest.approx(1.5 * 0.81, abs=0.3)
    assert found["duration_back_s"].value == pytest.approx(3.0 * 0.81, abs=0.3)


def test_leaning_after_the_bend_does_not_count_as_standing() -> None:
    times = times_of(16)
    angles = recordings.forward_bend(times, [Bout(1.0), Bout(5.5), Bout(10.0)])
    late = measure(make(times, angles), "forward_bend")
    assert late.values["peak_trunk_flexion_deg"].each == pytest.approx([111] * 3, abs=1)


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_plots_have_a_value_for_each_row(movement: str) -> None:
    recording, _ = ordinary(movement, rate=15.0)
    found = measure(recording, movement)
    assert set(found.series) == {"times_s", "course", "speed", *ANGLES}
    for values in found.series.values():
        assert values.shape == (len(recording),)
    assert isinstance(found, Measures)


def test_json_of_measures() -> None:
    found = measure(ordinary("rotation")[0], "rotation").as_dict()
    assert found["movement"] == "rotation"
    assert {one["side"] for one in found["repetitions"]} == {"left", "right"}
    assert found["measures"]["pelvic_rotation_deg"]["unit"] == "deg"
    assert set(found["not_measured"]["lumbar_rotation_deg"]) == {"name", "reason", "todo"}


def test_findings_keep_a_name_in_one_place() -> None:
    findings = Findings("squat")
    findings.add("x_deg", np.array([np.nan]), np.array([1.0]), unit="deg", source="expert")
    assert isinstance(findings.missing["x_deg"], NotMeasured)
    findings.add("x_deg", np.array([50.0, np.nan]), np.array([1.0, 2.0]), unit="deg", source="expert")
    assert isinstance(findings.values["x_deg"], Measure)
    assert "x_deg" not in findings.missing
    findings.miss("x_deg", "why", "what")
    assert "x_deg" not in findings.values


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


def test_a_single_repetition_says_so() -> None:
    times = times_of(7)
    found = measure(make(times, recordings.forward_bend(times, [Bout(1.0)])), "forward_bend")
    assert "one repetition" in found.values["peak_trunk_flexion_deg"].note


@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_swinging_from_side_to_side_without_a_stop_is_measured_from_the_middle(noise: float) -> None:
    times = times_of(20)
    swing = 50 * np.sin(np.pi * (times - 1) / 2) * ((times > 1) & (times < 17))
    recording = make(times, {"trunk_rotation": 1.4 * swing, "pelvis_rotation": swing}, noise=noise)
    found = measure(recording, "rotation")
    assert [one.side for one in found.phases] == ["left", "right"] * 4
    for side in ("left", "right"):
        assert found.values[f"pelvic_rotation_{side}_deg"].value == pytest.approx(50, abs=3.5)


def test_bending_again_and_again_without_a_stop_is_measured_from_the_first_standing() -> None:
    times = times_of(20)
    gone = 0.5 - 0.5 * np.cos(2 * np.pi * np.clip(times - 1, 0, 18) / 3)
    found = measure(make(times, {"trunk_inclination": 100 * gone}, noise=2.0), "forward_bend")
    assert found.values["peak_trunk_flexion_deg"].n == 6
    assert found.values["peak_trunk_flexion_deg"].value == pytest.approx(100, abs=1)
