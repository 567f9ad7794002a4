from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.simulate.movement_faults import (
    FAULTS,
    MOVEMENTS,
    NECK_MOVEMENTS,
    checked_faults,
    faults_of,
    sample_faults,
)
from mitate.simulate.movements import Motion, sample_motion

CLINICAL = MOVEMENTS[:-1]
SEEDS = st.integers(0, 2**32 - 1)


def motion(seed: int, movement: str, *, age: float = 45.0, **faults: float) -> Motion:
    return sample_motion(np.random.default_rng(seed), movement, age=age, faults=faults)


def median_truth(movement: str, name: str, **faults: float) -> float:
    return float(np.median([motion(seed, movement, **faults).truth()[name] for seed in range(40)]))


LOWERS = [
    ("forward_bend", "lumbar_too_little", "peak_lumbar_flexion_deg"),
    ("forward_bend", "pelvis_too_little", "peak_pelvic_flexion_deg"),
    ("forward_bend", "stops_short", "peak_trunk_flexion_deg"),
    ("backward_bend", "lumbar_too_little", "peak_lumbar_extension_deg"),
    ("backward_bend", "arms_short_of_overhead", "arm_elevation_deg"),
    ("rotation", "pelvis_too_little", "pelvic_rotation_deg"),
    ("rotation", "lumbar_too_little", "lumbar_rotation_deg"),
    ("side_bend", "lumbar_too_little", "lumbar_side_bend_deg"),
    ("waiters_bow", "bow_no_hips", "bow_hip_flexion_deg"),
    ("squat", "squat_shallow", "peak_knee_flexion_deg"),
]
RAISES = [
    ("forward_bend", "lumbar_too_much", "peak_lumbar_flexion_deg"),
    ("forward_bend", "pelvis_too_much", "peak_pelvic_flexion_deg"),
    ("backward_bend", "lumbar_too_much", "peak_lumbar_extension_deg"),
    ("rotation", "lumbar_too_much", "spine_pelvis_rotation_ratio"),
    ("side_bend", "lumbar_too_much", "lumbar_side_bend_deg"),
    ("waiters_bow", "bow_rounds_back", "bow_lumbar_change_deg"),
    ("squat", "squat_rounds", "squat_lumbar_change_deg"),
    ("one_leg_stance", "stance_drops_pelvis", "pelvic_drop_deg"),
]


@pytest.mark.parametrize(
    ("movement", "fault", "name", "sign"), [(*row, -1) for row in LOWERS] + [(*row, 1) for row in RAISES]
)
def test_a_stronger_fault_changes_its_measure_more(movement: str, fault: str, name: str, sign: int) -> None:
    medians = [median_truth(movement, name, **{fault: strength}) for strength in (0.0, 0.3, 0.6, 1.0)]
    assert np.all(sign * np.diff(medians) > 0)


@given(seed=SEEDS, row=st.sampled_from([(*r, -1) for r in LOWERS] + [(*r, 1) for r in RAISES]))
@settings(deadline=None, max_examples=60)
def test_in_no_person_does_a_fault_work_backwards(seed: int, row: tuple[str, str, str, int]) -> None:
    movement, fault, name, sign = row
    without, half, whole = (motion(seed, movement, **{fault: s}).truth()[name] for s in (0.0, 0.5, 1.0))
    # Sway at another moment of the peak, and a limit that is reached, may take back a little.
    slack = 0.05 if name.endswith("ratio") else 2.5
    assert sign * (half - without) > -slack
    assert sign * (whole - half) > -slack


def largest(found: Motion, name: str) -> float:
    return float(np.abs(found.dof[name] - found.standing[name]).max())


@pytest.mark.parametrize(
    ("movement", "fault", "name", "least"),
    [
        ("forward_bend", "knees_bend", "knee_flexion_left", 25.0),
        ("forward_bend", "shifts_sideways", "lumbar_bending", 5.0),
        ("forward_bend", "rotates_in_bend", "pelvis_rotation", 6.0),
        ("squat", "rotates_in_bend", "thoracic_rotation", 6.0),
        ("one_leg_stance", "stance_shifts_far", "thigh_abduction_right", 3.5),
    ],
)
def test_a_fault_is_seen_in_the_joint_it_names(movement: str, fault: str, name: str, least: float) -> None:
    more = [
        largest(motion(seed, movement, **{fault: 1.0}), name) - largest(motion(seed, movement), name)
        for seed in range(20)
    ]
    assert np.median(more) > least


@pytest.mark.parametrize("strength", [-1.0, 1.0])
def test_signed_faults_go_to_the_side_of_their_sign(strength: float) -> None:
    for seed in range(10):
        plain, shifted = motion(seed, "forward_bend"), motion(seed, "forward_bend", shifts_sideways=strength)
        moved = shifted.dof["lumbar_bending"] - plain.dof["lumbar_bending"]
        assert moved[np.abs(moved).argmax()] * strength > 0


@pytest.mark.parametrize(("strength", "less", "more"), [(0.8, "right", "left"), (-0.8, "left", "right")])
@pytest.mark.parametrize(
    ("movement", "name"), [("side_bend", "lumbar_side_bend"), ("rotation", "pelvic_rotation")]
)
def test_one_side_moves_less(movement: str, name: str, strength: float, less: str, more: str) -> None:
    for seed in range(10):
        truth = motion(seed, movement, one_side_less=strength).truth()
        assert truth[f"{name}_{less}_deg"] < 0.8 * truth[f"{name}_{more}_deg"] + 2.0


def test_hips_go_back_unless_that_is_the_fault() -> None:
    back = {}
    for strength in (0.0, 1.0):
        found = [motion(seed, "forward_bend", no_posterior_shift=strength) for seed in range(20)]
        back[strength] = np.median([_lean(one) for one in found])
    assert back[0.0] > 4.0
    assert back[1.0] < 0.0


def _lean(found: Motion) -> float:
    """Degrees that hip over ankle goes back: thigh and shank lean by their mean."""
    at = found.repetitions[0].peak_s, found.repetitions[0].start_s
    thigh, knee = (
        np.interp(at, found.times_s, found.dof[f"{name}_right"])
        for name in ("thigh_inclination", "knee_flexion")
    )
    return float((thigh[0] - 0.5 * knee[0]) - (thigh[1] - 0.5 * knee[1]))


def test_judder_ripples_the_return_only() -> None:
    def turns(found: Motion, back: bool) -> int:
        phase = found.repetitions[0]
        length = phase.end_s - phase.peak_s if back else phase.peak_s - phase.start_s
        middle = (phase.peak_s + phase.end_s if back else phase.start_s + phase.peak_s) / 2
        rows = np.abs(found.times_s - middle) < 0.35 * length
        speed = np.diff(found.dof["lumbar_flexion"][rows])
        return int((np.diff(np.sign(np.diff(speed))) != 0).sum())

    plain, shaky = (
        [motion(seed, "forward_bend", **faults) for seed in range(20)] for faults in ({}, {"judder": 1.0})
    )
    assert np.median([turns(one, True) for one in shaky]) >= 6
    assert np.median([turns(one, True) for one in plain]) <= 3
    assert np.median([turns(one, False) for one in shaky]) <= 3


def test_reversal_lets_the_pelvis_come_up_first() -> None:
    def gone(found: Motion, name: str) -> float:
        phase = found.repetitions[-1]
        early = phase.peak_s + 0.45 * (phase.end_s - phase.peak_s)
        peak, now, end = np.interp((phase.peak_s, early, phase.end_s), found.times_s, found.dof[name])
        return float((peak - now) / (peak - end))

    for seed in range(10):
        found, plain = motion(seed, "forward_bend", reversal=1.0), motion(seed, "forward_bend")
        lead, usual = (gone(one, "pelvis_tilt") - gone(one, "lumbar_flexion") for one in (found, plain))
        assert lead > usual
        assert lead > 0.05


def _early_middle_late(found: Motion) -> list[float]:
    phase = found.repetitions[0]
    down = (found.times_s >= phase.start_s) & (found.times_s <= phase.peak_s)
    lumbar, pelvis = (found.dof[name][down] for name in ("lumbar_flexion", "pelvis_tilt"))
    gone = lumbar + pelvis - lumbar[0] - pelvis[0]
    at = [int(np.argmax(gone >= share * gone.max())) for share in (0.0, 0.27, 0.54, 0.81)]
    return [float((lumbar[j] - lumbar[i]) / max(0.5, pelvis[j] - pelvis[i])) for i, j in pairwise(at)]


def test_a_pelvis_that_leads_turns_the_rhythm_round() -> None:
    ratios = [_early_middle_late(motion(seed, "forward_bend", pelvis_leads=1.0)) for seed in range(40)]
    early, _, late = np.median(ratios, axis=0)
    # 59 degrees of coupling angle are a lumbar movement of 0.6 of the pelvis's.
    assert early < 0.6 < late


def test_faults_belong_to_movements_and_say_where_they_come_from() -> None:
    every = (*MOVEMENTS, *NECK_MOVEMENTS)
    assert {name for movement in every for name in faults_of(movement)} == set(FAULTS)
    assert faults_of("free") == ()
    for fault in FAULTS.values():
        assert fault.meaning
        assert fault.source
        assert set(fault.movements) <= {*CLINICAL, *NECK_MOVEMENTS}
    assert checked_faults("rotation", {"stops_short": 0.0, "one_side_less": -0.5}) == {"one_side_less": -0.5}


@given(seed=SEEDS, movement=st.sampled_from((*MOVEMENTS, *NECK_MOVEMENTS)))
@settings(deadline=None)
def test_faults_by_chance_can_be_put_in(seed: int, movement: str) -> None:
    drawn = sample_faults(np.random.default_rng(seed), movement)
    assert checked_faults(movement, drawn) == drawn
    assert len(drawn) <= 2
