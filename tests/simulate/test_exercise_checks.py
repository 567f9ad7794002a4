"""A good motion has no defects; broken ones have the defect that was put in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.simulate.exercise_cases import CASES

from mitate.simulate.exercise_checks import check_motion, far_from_wanted
from mitate.simulate.exercise_motion import ExerciseMotion
from mitate.simulate.exercise_pose import DOFS, Array

Moved = Callable[[str], ExerciseMotion]


def _kinds(motion: ExerciseMotion) -> set[str]:
    return {defect.kind for defect in check_motion(motion, motion.rig.shape)}


def _with(motion: ExerciseMotion, change: Callable[[Array], None]) -> ExerciseMotion:
    variables = motion.variables.copy()
    change(variables)
    return replace(motion, variables=variables)


@pytest.mark.parametrize("name", sorted(CASES))
def test_good_motions_have_no_defects(moved: Moved, name: str) -> None:
    motion = moved(name)
    assert [str(d) for d in check_motion(motion, motion.rig.shape)] == []


def test_sinking_floating_and_sliding_are_seen(moved: Moved) -> None:
    motion = moved("hinge")

    def sink(v: Array) -> None:
        v[:, len(DOFS) + 1] -= 0.05

    def rise(v: Array) -> None:
        v[:, len(DOFS) + 1] += 0.05

    def slide(v: Array) -> None:
        v[:, len(DOFS)] += np.linspace(0.0, 0.2, len(v))

    assert {"below_floor", "floats"} <= _kinds(_with(motion, sink))
    assert "floats" in _kinds(_with(motion, rise))
    assert "slips" in _kinds(_with(motion, slide))


def test_a_joint_beyond_its_limit_and_a_jump_are_seen(moved: Moved) -> None:
    motion = moved("hinge")

    def overstretch(v: Array) -> None:
        v[:, DOFS.index("elbow_flexion_left")] = -20.0

    def jump(v: Array) -> None:
        v[20:, DOFS.index("shoulder_flexion_left")] += 30.0

    assert "limit" in _kinds(_with(motion, overstretch))
    assert "jerk" in _kinds(_with(motion, jump))


def test_a_hand_in_the_belly_and_crossed_thighs_are_seen(moved: Moved) -> None:
    motion = moved("hinge")

    def into_belly(v: Array) -> None:
        v[:, DOFS.index("shoulder_rotation_left")] = 80.0
        v[:, DOFS.index("shoulder_flexion_left")] = -5.0
        v[:, DOFS.index("elbow_flexion_left")] = 85.0

    def crossed(v: Array) -> None:
        for side in ("left", "right"):
            v[:, DOFS.index(f"hip_abduction_{side}")] = -12.0

    for change, part in ((into_belly, "left_"), (crossed, "right_shank")):
        broken = _with(motion, change)
        found = [d for d in check_motion(broken, motion.rig.shape) if d.kind == "through"]
        assert any(part in d.part for d in found), part


def test_going_through_the_wall_is_seen(moved: Moved) -> None:
    motion = moved("wall_slide")

    def back(v: Array) -> None:
        v[:, len(DOFS) + 2] -= 0.05

    assert "through_wall" in _kinds(_with(motion, back))


def test_angles_that_contacts_took_away_are_told(moved: Moved) -> None:
    motion = moved("hinge")
    asked = tuple(wanted + 40.0 * (np.arange(len(DOFS)) == 0) for wanted in motion.wanted)
    told = far_from_wanted(replace(motion, wanted=asked))
    assert len(told) == 2
    assert "pelvis_tilt" in told[0]
    assert far_from_wanted(motion) == ()
