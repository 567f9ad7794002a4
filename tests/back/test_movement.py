"""Repetitions: found whatever the frame rate, noise, pauses and gaps, and never where there is none."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.back import recordings
from tests.back.recordings import (
    SIDED,
    Bout,
    cut,
    make,
    mirrored,
    ordinary,
    shifted,
    times_of,
    without,
)

from mitate.back.movement import MOVEMENTS, Phase, course, excursions, find_repetitions
from mitate.errors import InputError, RefusalError
from mitate.simulate.movements import sample_motion

POSITIVE = {"rotation": "left", "side_bend": "right", "one_leg_stance": "right"}
OTHER = {"left": "right", "right": "left", "": ""}


def check(found: tuple[Phase, ...], bouts: tuple[Bout, ...], movement: str, within: float = 0.5) -> None:
    assert len(found) == len(bouts)
    for phase, bout in zip(found, bouts, strict=True):
        assert abs(phase.start_s - bout.start) < within
        assert abs(phase.peak_s - bout.peak) < 0.35
        assert abs(phase.end_s - bout.end) < within
        side = POSITIVE.get(movement, "")
        assert phase.side == (side if bout.size > 0 else OTHER[side])


@pytest.mark.parametrize("movement", MOVEMENTS)
@pytest.mark.parametrize("rate", [5.0, 12.0, 30.0, 60.0])
def test_every_repetition_is_found_at_any_frame_rate(movement: str, rate: float) -> None:
    recording, bouts = ordinary(movement, rate=rate)
    check(find_repetitions(recording, movement), bouts, movement, within=0.25)


@pytest.mark.parametrize("movement", MOVEMENTS)
@pytest.mark.parametrize("rate", [10.0, 30.0])
@pytest.mark.parametrize("noise", [2.0, 4.0])
def test_noise_of_a_few_degrees_changes_little(movement: str, rate: float, noise: float) -> None:
    for seed in range(3):
        recording, bouts = ordinary(movement, rate=rate, noise=noise, seed=seed)
        check(find_repetitions(recording, movement), bouts, movement, within=1.7)


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_repetitions_of_simulated_people_are_found(movement: str) -> None:
    right = 0
    for seed in range(20):
        motion = sample_motion(np.random.default_rng(seed), movement, age=20.0 + 3 * seed)
        recording = recordings.of_motion(motion, noise=1.0, seed=seed)
        with contextlib.suppress(RefusalError):  # a degree or two of bend is none
            found = find_repetitions(recording, movement)
            wanted = [(one.peak_s, one.side) for one in motion.repetitions]
            close = [
                abs(one.peak_s - peak) < 0.4 and one.side == side
                for one, (peak, side) in zip(found, wanted, strict=False)
            ]
            right += len(found) == len(wanted) and all(close)
    assert right >= 18


@given(offset=st.floats(-720, 720), seconds=st.floats(0, 1000))
@settings(max_examples=25)
def test_a_turn_of_the_whole_person_and_a_later_clock_change_nothing(offset: float, seconds: float) -> None:
    recording, _ = ordinary("rotation", noise=1.0)
    turned = {"trunk_rotation": offset, "pelvis_rotation": offset}
    moved = shifted(recording, turned, seconds)
    wrapped = {name: (values + 180) % 360 - 180 for name, values in moved.angles.items()}
    found = find_repetitions(replace(moved, angles=wrapped), "rotation")
    for one, other in zip(find_repetitions(recording, "rotation"), found, strict=True):
        assert one.side == other.side
        for a, b in ((one.start_s, other.start_s), (one.peak_s, other.peak_s), (one.end_s, other.end_s)):
            assert abs(a + seconds - b) < 1e-6


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_a_mirror_swaps_the_sides(movement: str) -> None:
    recording, _ = ordinary(movement, noise=1.0)
    for one, other in zip(
        find_repetitions(recording, movement), find_repetitions(mirrored(recording), movement), strict=True
    ):
        assert other == replace(one, side=OTHER[one.side])


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_a_film_run_backwards_holds_the_same_repetitions(movement: str) -> None:
    recording, _ = ordinary(movement)
    last = float(recording.times_s[-1])
    angles = {name: values[::-1].copy() for name, values in recording.angles.items()}
    backwards = find_repetitions(replace(recording, angles=angles), movement)
    for one, other in zip(find_repetitions(recording, movement), reversed(backwards), strict=True):
        assert one.side == other.side
        assert abs(one.start_s - (last - other.end_s)) < 0.15
        assert abs(one.peak_s - (last - other.peak_s)) < 0.15
        assert abs(one.end_s - (last - other.start_s)) < 0.15


@pytest.mark.parametrize("movement", ["forward_bend", "squat"])
def test_what_the_film_begins_or_ends_in_the_middle_of_is_left_out(movement: str) -> None:
    recording, bouts = ordinary(movement)
    short = cut(recording, bouts[0].peak, bouts[-1].peak)
    found = find_repetitions(short, movement)
    assert len(found) == 1
    assert abs(found[0].peak_s - bouts[1].peak) < 0.1


def test_a_gap_at_the_peak_takes_that_repetition_only() -> None:
    recording, bouts = ordinary("forward_bend", noise=1.0)
    found = find_repetitions(without(recording, bouts[1].peak - 0.7, bouts[1].peak + 0.7), "forward_bend")
    assert [round(one.peak_s, 1) for one in found] == [round(bouts[i].peak, 1) for i in (0, 2)]


def test_a_gap_between_repetitions_makes_none_up() -> None:
    times = times_of(20)
    bouts = (Bout(2.0), Bout(14.0))
    recording = make(times, recordings.forward_bend(times, bouts))
    check(find_repetitions(without(recording, 7.0, 13.0), "forward_bend"), bouts, "forward_bend")


def test_the_way_down_and_a_later_way_up_are_no_bend() -> None:
    times = times_of(12)
    recording = make(times, recordings.forward_bend(times, [Bout(2.0, there=1.5, hold=5.0, back=1.5)]))
    with pytest.raises(RefusalError, match="from its start to its end") as refusal:
        find_repetitions(without(recording, 4.5, 7.5), "forward_bend")
    assert refusal.value.reason == "no_movement"


def test_short_gaps_are_no_matter() -> None:
    recording, bouts = ordinary("forward_bend", noise=1.0)
    for k in range(12):
        recording = without(recording, 0.5 + 1.1 * k, 0.8 + 1.1 * k)
    check(find_repetitions(recording, "forward_bend"), bouts, "forward_bend")


@pytest.mark.parametrize("there", [0.6, 8.0])
@pytest.mark.parametrize("hold", [0.0, 5.0])
def test_slow_and_quick_people(there: float, hold: float) -> None:
    bouts = (Bout(2.0, 1.0, there, hold, there), Bout(5.0 + 2 * there + hold, 1.0, there, hold, there))
    times = times_of(bouts[-1].end + 2)
    recording = make(times, recordings.forward_bend(times, bouts), noise=2.0)
    check(find_repetitions(recording, "forward_bend"), bouts, "forward_bend", within=0.15 * there + 0.4)


def test_a_stop_half_way_is_part_of_the_repetition() -> None:
    times = times_of(14)
    two = [Bout(1.0, 0.5, 1.2, 8.4, 1.2), Bout(4.0, 0.5, 1.2, 2.4, 1.2)]
    recording = make(times, recordings.forward_bend(times, two), noise=2.0)
    (only,) = find_repetitions(recording, "forward_bend")
    assert abs(only.start_s - 1.0) < 0.4
    assert abs(only.peak_s - 6.4) < 0.3
    assert abs(only.end_s - 11.8) < 0.4


def test_leaning_back_after_the_bend_is_no_repetition_and_no_part_of_it() -> None:
    times = times_of(16)
    bend, lean = Bout(4.0), Bout(9.0, -0.1, hold=3.0)
    recording = make(times, recordings.forward_bend(times, [bend, lean]), noise=1.0)
    check(find_repetitions(recording, "forward_bend"), (bend,), "forward_bend")


def test_a_stiff_and_a_stiff_sided_person() -> None:
    times = times_of(16)
    bouts = (Bout(1.5), Bout(7.0))
    stiff = make(times, recordings.forward_bend(times, bouts, pelvis=12, lumbar=8), noise=2.0)
    check(find_repetitions(stiff, "forward_bend"), bouts, "forward_bend", within=1.0)
    uneven = (Bout(1.5, 1.0), Bout(7.0, -0.3))
    turned = make(times, recordings.rotation(times, uneven), noise=2.0)
    check(find_repetitions(turned, "rotation"), uneven, "rotation", within=0.8)


def test_touching_and_going_without_standing_still() -> None:
    times = times_of(15)
    gone = 0.5 - 0.5 * np.cos(2 * np.pi * np.clip(times - 1.5, 0, 12) / 3.0)
    recording = make(times, {"trunk_inclination": 100 * gone}, noise=2.0)
    found = find_repetitions(recording, "forward_bend")
    assert [round(one.peak_s) for one in found] == [3, 6, 9, 12]


def test_half_an_hour_of_standing_around_one_bend() -> None:
    times = times_of(1800, 10.0)
    bout = Bout(900.0)
    recording = make(times, recordings.forward_bend(times, [bout]), noise=2.0)
    check(find_repetitions(recording, "forward_bend"), (bout,), "forward_bend")


@pytest.mark.parametrize("movement", MOVEMENTS)
@pytest.mark.parametrize("noise", [0.0, 4.0])
def test_who_stands_still_makes_no_movement(movement: str, noise: float) -> None:
    times = times_of(20)
    with pytest.raises(RefusalError) as refusal:
        find_repetitions(make(times, {}, noise=noise), movement)
    assert refusal.value.reason == "no_movement"
    assert refusal.value.todo is not None


@pytest.mark.parametrize("length", [0.0, 0.1, 0.5])
def test_nobody_seen_and_films_of_a_moment_are_refused(length: float) -> None:
    recording, _ = ordinary("squat")
    for short in (cut(recording, 3.0, 3.0 + length), without(recording, -1.0, 100.0)):
        with pytest.raises(RefusalError, match="not seen long enough"):
            find_repetitions(short, "squat")


def test_an_unknown_movement_is_named_with_the_nearest() -> None:
    recording, _ = ordinary("squat")
    with pytest.raises(InputError, match="squat"):
        find_repetitions(recording, "squats")
    with pytest.raises(InputError):
        course(recording, "jump")


def test_a_squat_seen_from_the_side_needs_one_knee_only() -> None:
    recording, bouts = ordinary("squat")
    half = without(recording, -1, 100, ["knee_flexion_left"])
    check(find_repetitions(half, "squat"), bouts, "squat")


def test_excursions_are_the_amounts_to_both_sides() -> None:
    recording, _ = ordinary("side_bend")
    up, down = excursions(recording.times_s, course(recording, "side_bend"), both_sides=True)
    assert abs(up - 30) < 1
    assert abs(down - 30) < 1
    assert all(np.isnan(excursions(recording.times_s, np.full(len(recording), np.nan), both_sides=True)))


def test_sides_belong_to_the_movements_with_sides() -> None:
    for movement in MOVEMENTS:
        recording, _ = ordinary(movement)
        sides = {one.side for one in find_repetitions(recording, movement)}
        assert sides == ({"left", "right"} if movement in SIDED else {""})


@pytest.mark.parametrize("turned", [90.0, -90.0])
def test_who_comes_and_goes_turned_away_is_measured_between(turned: float) -> None:
    times = times_of(24)
    bouts = tuple(Bout(4.0 + 4.2 * k, size) for k, size in enumerate((0.5, -0.5, 0.5, -0.5)))
    angles = recordings.rotation(times, bouts)
    away = turned * (1 - recordings.minimum_jerk((times - 1.0) / 1.2))
    away += turned * recordings.minimum_jerk((times - 21.8) / 1.0)
    recording = make(times, {**angles, "trunk_rotation": angles["trunk_rotation"] + away}, noise=1.0)
    check(find_repetitions(recording, "rotation"), bouts, "rotation")


def test_steps_are_no_standing_on_one_leg() -> None:
    times = times_of(22)
    bouts = tuple(Bout(6.0 + 7.0 * k, size, hold=3.0) for k, size in enumerate((1.0, -1.0)))
    angles = recordings.one_leg_stance(times, bouts)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        steps = np.where(times < 4.0, np.maximum(sign * np.sin(2 * np.pi * times), 0.0), 0.0)
        angles[f"knee_flexion_{side}"] = angles[f"knee_flexion_{side}"] + 55 * steps
        angles[f"hip_flexion_{side}"] = angles[f"hip_flexion_{side}"] + 25 * steps
    recording = make(times, angles, noise=1.0)
    check(find_repetitions(recording, "one_leg_stance"), bouts, "one_leg_stance")
