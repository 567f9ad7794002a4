"""Recognition: a clearly other movement is named, and nobody who does the right one badly is turned away."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from tests.back import recordings
from tests.back.recordings import (
    MAKERS,
    bouts_of,
    make,
    mirrored,
    of_motion,
    ordinary,
    shifted,
    times_of,
    without,
)

from mitate.back.movement import MOVEMENTS
from mitate.back.recognise import recognise, wrong_movement
from mitate.errors import InputError
from mitate.simulate.movements import sample_faults, sample_motion

BENDS = {"forward_bend", "waiters_bow"}


@pytest.mark.parametrize("movement", MOVEMENTS)
@pytest.mark.parametrize("noise", [0.0, 4.0])
def test_an_ordinary_film_of_each_movement_is_recognised(movement: str, noise: float) -> None:
    recording, _ = ordinary(movement, noise=noise)
    shares = recognise(recording)
    assert shares[0][0] == movement
    assert shares[0][1] > 0.9
    assert {name for name, _ in shares} == set(MOVEMENTS)
    assert math.isclose(sum(share for _, share in shares), 1.0)
    assert [share for _, share in shares] == sorted((share for _, share in shares), reverse=True)


@pytest.mark.parametrize("movement", MOVEMENTS)
@pytest.mark.parametrize("named", MOVEMENTS)
def test_a_clearly_other_movement_is_named(movement: str, named: str) -> None:
    recording, _ = ordinary(movement, noise=2.0)
    found = wrong_movement(recording, named)
    if named == movement or (named, movement) == ("forward_bend", "waiters_bow"):
        assert found is None
    else:
        assert found == movement


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_nobody_is_turned_away_for_doing_it_badly(movement: str) -> None:
    for seed in range(40):
        faults = sample_faults(np.random.default_rng(1000 + seed), movement)
        motion = sample_motion(np.random.default_rng(seed), movement, age=18.0 + 1.8 * seed, faults=faults)
        recording = of_motion(motion, noise=2.0, seed=seed)
        assert wrong_movement(recording, movement) is None, (seed, faults)


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_simulated_people_are_mostly_recognised_and_hardly_ever_taken_for_another(movement: str) -> None:
    first: Counter[str] = Counter()
    called: Counter[str] = Counter()
    for seed in range(30):
        motion = sample_motion(np.random.default_rng(seed), movement, age=20.0 + 2 * seed)
        recording = of_motion(motion, noise=2.0, seed=seed)
        shares = recognise(recording)
        first[shares[0][0] if shares else "none"] += 1
        others = {wrong_movement(recording, named) for named in MOVEMENTS}
        called.update(str(name) for name in others - {None, movement})
    family = BENDS if movement in BENDS else {movement}
    assert sum(first[name] for name in family) >= 28
    assert sum(count for name, count in called.items() if name not in family) <= 1


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_a_mirror_a_later_clock_and_another_direction_change_nothing(movement: str) -> None:
    recording, _ = ordinary(movement, noise=1.0)
    here = recognise(recording)
    turned = shifted(recording, {"trunk_rotation": 170.0, "pelvis_rotation": 170.0}, 40.0)
    for other in (mirrored(recording), turned):
        for (one, share), (two, same) in zip(here, recognise(other), strict=True):
            assert one == two
            assert math.isclose(share, same, abs_tol=1e-6)


@pytest.mark.parametrize("depth", [15.0, 20.0, 30.0])
def test_a_stiff_bend_is_still_a_bend(depth: float) -> None:
    times = times_of(16)
    angles = recordings.forward_bend(times, bouts_of(3), pelvis=depth / 2, lumbar=depth / 2, knees=20)
    assert wrong_movement(make(times, angles, noise=3.0), "forward_bend") is None


@pytest.mark.parametrize("lumbar", [0.0, 15.0, 30.0])
def test_a_bow_with_a_round_back_is_still_a_bow(lumbar: float) -> None:
    times = times_of(16)
    angles = recordings.waiters_bow(times, bouts_of(3), hips=55, lumbar=lumbar)
    assert wrong_movement(make(times, angles, noise=3.0), "waiters_bow") is None


def test_bending_to_the_floor_is_no_bow() -> None:
    times = times_of(16)
    angles = recordings.forward_bend(times, bouts_of(3), pelvis=65, lumbar=55)
    assert wrong_movement(make(times, angles), "waiters_bow") == "forward_bend"


def test_bending_with_bent_knees_is_no_squat_and_squatting_with_a_lean_no_bend() -> None:
    times = times_of(16)
    bent = make(times, recordings.forward_bend(times, bouts_of(3), knees=35))
    assert wrong_movement(bent, "forward_bend") is None
    assert wrong_movement(bent, "squat") == "forward_bend"
    leaning = make(times, recordings.squat(times, bouts_of(3), deep=95, tilt=45, lumbar=20))
    assert wrong_movement(leaning, "squat") is None
    assert wrong_movement(leaning, "forward_bend") == "squat"


def test_a_turn_that_appears_in_a_deep_bend_only_is_none() -> None:
    times = times_of(16)
    angles = recordings.forward_bend(times, bouts_of(3))
    deep = angles["trunk_inclination"] > 70
    wild = np.where(deep, 80 * np.sin(40 * times), 0.0)
    found = recognise(make(times, {**angles, "trunk_rotation": wild, "trunk_list": wild}))
    assert found[0][0] == "forward_bend"


def test_a_low_back_that_is_not_seen_leaves_the_depth_to_tell_a_bow() -> None:
    for movement in ("forward_bend", "waiters_bow"):
        recording, _ = ordinary(movement)
        assert recognise(without(recording, -1, 100, ["lumbar_flexion"]))[0][0] == movement


def test_nobody_and_nobody_moving() -> None:
    recording, _ = ordinary("squat")
    unseen = without(recording, -1, 100)
    still = make(times_of(10), {})
    for nothing in (unseen, still):
        assert recognise(nothing) == ()
        assert wrong_movement(nothing, "squat") is None


def test_an_unknown_name_is_refused() -> None:
    recording, _ = ordinary("squat")
    with pytest.raises(InputError, match="no movement"):
        wrong_movement(recording, "star jump")
    assert set(MAKERS) == set(MOVEMENTS)
