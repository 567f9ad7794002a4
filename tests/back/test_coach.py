"""The coach counts, measures and corrects a stick figure, a film's poses and a camera's alike."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.back.coaching import SQUAT, Pose, course, evenly, exercise, seen, squat, words

from mitate.back.coach import Coach, Coached, needs_spine, target_count, target_seconds, watch
from mitate.back.coach_course import side_of_file
from mitate.back.coach_film import turned_back
from mitate.back.coach_told import FILES, in_words, write_set_files
from mitate.back.exercise import CoachFault, CoachPlan, Exercise
from mitate.body.clip import PoseReport, PoseTrack
from mitate.cli.printing import plain
from mitate.errors import InputError

DAY = datetime.date(2026, 11, 22)
CLIP = (
    Path(__file__).parents[2] / "../shared/data/tfjs_pose_reference/pose-detection/test_data/pose_squats.mp4"
)
LEGS = CoachPlan(
    signal="hip_flexion_difference",
    view="side",
    least=25.0,
    target=(40.0, 90.0),
    faults=(
        CoachFault(name="knee", signal="knee_flexion_left", more_than=40.0, say=words("k"), see=words("k")),
    ),
)
TURNS = CoachPlan(signal="trunk_turn", view="front", least=20.0, target=(30.0, 60.0), faults=())


def track_of(poses: list[Pose], times: np.ndarray) -> PoseTrack:
    pixels, world, visibility = seen(poses)
    count = len(times)
    return PoseTrack(
        path=Path("made.mp4"),
        width=640,
        height=640,
        times_s=np.asarray(times, np.float64),
        points=pixels.astype(np.float32),
        visibility=visibility.astype(np.float32),
        world=world.astype(np.float32),
        score=np.ones(count, np.float32),
        regions=(None,) * count,
        report=PoseReport(float(times[-1]), count, count, 0, {}, 0, 0.0, 0.0, 0.1),
    )


def squats(count: int, *, lean: float = 25.0, rate: float = 10.0, lasts: float = 3.0) -> PoseTrack:
    times = np.arange(0, evenly(count, lasts)[-1] + lasts + 1.2, 1 / rate)
    return track_of([squat(depth, lean=lean) for depth in course(times, evenly(count, lasts), lasts)], times)


@given(st.integers(1, 8), st.sampled_from([6.0, 10.0, 25.0]), st.floats(2, 5))
@settings(max_examples=5)
def test_squats_are_counted_with_their_range_and_tempo(count: int, rate: float, lasts: float) -> None:
    done = watch(squats(count, rate=rate, lasts=lasts), exercise(SQUAT), today=DAY)
    assert len(done.repetitions) == count
    _, hold, _ = done.tempo_s
    assert hold < 0.5
    for one in done.repetitions:
        assert one.range == pytest.approx(32.6, abs=4)  # of 100 that the legs are long
        assert 0.7 * lasts < one.out_s + one.back_s < 1.1 * lasts


def test_a_film_and_a_camera_are_told_the_same() -> None:
    track = squats(4, lean=70)
    coach = Coach(exercise(SQUAT), today=DAY)
    live = [
        coach.feed(float(time), track.points[i], track.world[i], track.visibility[i])
        for i, time in enumerate(track.times_s)
    ]
    film = watch(track, exercise(SQUAT), today=DAY)
    result = coach.result()
    assert result.events == film.events
    assert result.repetitions == film.repetitions
    assert tuple(event for event in live if event) == film.events
    np.testing.assert_array_equal(result.course, film.course)
    assert result.as_dict() == film.as_dict()


def test_every_repetition_is_said_when_it_is_done_and_the_end_of_the_set() -> None:
    done = watch(squats(5), exercise(SQUAT, repetitions=5), today=DAY)
    kinds = [event.kind for event in done.events]
    assert kinds == ["repetition"] * 5 + ["target"]
    for event, one in zip(done.events, done.repetitions, strict=False):
        assert one.peak_s < event.time_s < one.end_s + 0.6


def test_a_fault_is_seen_said_and_has_its_moments() -> None:
    done = watch(squats(5, lean=70), exercise(SQUAT, repetitions=9), today=DAY)
    assert list(done.faults) == ["leans"]
    assert len(done.faults["leans"]) == 5
    said = [event for event in done.events if event.kind == "correction"]
    assert [event.fault for event in said] == ["leans", "leans"]
    assert said[1].count - said[0].count >= 3
    assert done.progress()["faults"] == {"leans": 1.0}


def legs(sides: str) -> PoseTrack:
    times = np.arange(0, evenly(len(sides))[-1] + 4, 0.1)
    courses = {side: np.zeros(len(times)) for side in "lr"}
    for side, start in zip(sides, evenly(len(sides)), strict=True):
        courses[side] += 60 * course(times, [start])
    poses = [
        Pose(hip=(l_, r), knee=(l_, r), yaw=80) for l_, r in zip(courses["l"], courses["r"], strict=True)
    ]
    return track_of(poses, times)


def test_sides_are_told_apart_and_a_fault_is_looked_for_on_the_side_that_moves() -> None:
    done = watch(legs("lrrl"), exercise(LEGS, per_side=True), today=DAY)
    assert [one.side for one in done.repetitions] == ["left", "right", "right", "left"]
    assert [one.faults for one in done.repetitions] == [("knee",)] * 4
    progress = done.progress()
    assert (progress["left"], progress["right"], progress["target"]) == (2, 2, 10)
    assert side_of_file(exercise(LEGS, per_side=True)) == "left"


@given(st.lists(st.sampled_from([-1.0, 1.0]), min_size=1, max_size=6), st.floats(-30, 30))
@settings(max_examples=5)
def test_turns_to_both_sides_are_counted_from_wherever_the_person_stands(
    signs: list[float], yaw: float
) -> None:
    times = np.arange(0, evenly(len(signs))[-1] + 4, 0.1)
    turned = sum(sign * 45 * course(times, [at]) for sign, at in zip(signs, evenly(len(signs)), strict=True))
    track = track_of([Pose(shoulder_turn=float(t), yaw=yaw) for t in np.asarray(turned)], times)
    done = watch(track, exercise(TURNS, per_side=True), today=DAY)
    assert [one.side for one in done.repetitions] == ["left" if sign > 0 else "right" for sign in signs]


def test_who_leaves_the_picture_is_told_so_and_what_they_did_is_kept() -> None:
    track = squats(3)
    hidden = track.visibility.copy()
    hidden[track.times_s > evenly(3, 3.0)[1] + 3.2] = 0.0
    done = watch(replace(track, visibility=hidden), exercise(SQUAT), today=DAY)
    assert len(done.repetitions) == 2
    assert [event.fault for event in done.events if event.kind == "unseen"] == ["nobody"]
    assert done.unseen_s > 2
    feet = track.visibility.copy()
    feet[:, 27:] = 0.0
    done = watch(replace(track, visibility=feet), exercise(SQUAT), today=DAY)
    assert {event.fault for event in done.events} == {"feet"}
    assert not done.repetitions


def test_a_position_is_held_for_seconds_and_judged_every_ten() -> None:
    fault = CoachFault(name="leans", signal="trunk_lean", more_than=15.0, say=words("up"), see=words("l"))
    one = exercise(CoachPlan(signal="", view="side", faults=(fault,)), repetitions=1)
    import msgspec

    one = msgspec.structs.replace(one, dose=msgspec.structs.replace(one.dose, hold_s=20.0))
    times = np.arange(0, 33, 0.2)
    done = watch(track_of([Pose(lean=25, yaw=90)] * len(times), times), one, today=DAY)
    assert done.held_s == pytest.approx(32.8, abs=0.3)
    assert (target_seconds(one), target_count(one)) == (20.0, 0)
    assert [stretch.faults for stretch in done.stretches] == [("leans",)] * 3
    assert "target" in [event.kind for event in done.events]
    assert "20" in in_words(done)


def test_a_signal_of_the_spine_is_counted_where_it_is_given_and_said_not_to_be_seen_where_not() -> None:
    one = exercise(CoachPlan(signal="lumbar_flexion", view="side", least=5.0, target=(8.0, 25.0), faults=()))
    assert needs_spine(one)
    times = np.arange(0, 12, 0.1)
    bent = 20 * course(times, evenly(3))
    pixels, world, visibility = seen([Pose(yaw=90)] * len(times))
    coach = Coach(one, today=DAY)
    for i, time in enumerate(times):
        coach.feed(float(time), pixels[i], world[i], visibility[i], {"lumbar_flexion": float(bent[i])})
    assert len(coach.result().repetitions) == 3
    blind = watch(track_of([Pose(yaw=90)] * len(times), times), one, today=DAY)
    assert [event.fault for event in blind.events] == ["signal"]
    assert "count" in in_words(blind)


def test_what_was_done_is_told_in_words_and_files(tmp_path: Path) -> None:
    done = watch(squats(4, lean=70), exercise(SQUAT), today=DAY)
    english, japanese = in_words(done), in_words(done, "ja")
    assert "4 of 5 repetitions" in english
    assert "next time: up" in english
    assert "5回のうち4回" in japanese
    told = plain(done.as_dict())
    write_set_files(done, tmp_path / "set", told)
    assert sorted(file.name for file in (tmp_path / "set").iterdir()) == sorted(FILES)
    read = json.loads((tmp_path / "set" / "coach.json").read_text(encoding="utf-8"))
    assert read["repetitions"] == 4
    assert read["date"] == "2026-11-22"


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_points_of_a_turned_picture_are_turned_back(turns: int) -> None:
    picture = np.zeros((6, 9))
    picture[4, 7] = 1.0
    turned = np.rot90(picture, turns)
    row, column = np.argwhere(turned == 1.0)[0]
    flat, deep = turned_back(np.array([[column, row]], float), np.array([[0.0, 1.0, 2.0]]), turns, (9, 6))
    np.testing.assert_allclose(flat, [[7.0, 4.0]])
    angle = np.radians(90 * turns)
    np.testing.assert_allclose(deep, [[np.sin(angle), np.cos(angle), 2.0]], atol=1e-9)


def test_a_set_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="1 to 1000"):
        Coach(exercise(SQUAT), target=0)
    nothing = Coach(exercise(SQUAT), today=DAY).result()
    assert nothing.progress()["range_share"] is None
    assert isinstance(nothing, Coached)


def test_the_squats_of_a_real_clip_are_counted(weights_ready: None) -> None:
    if not CLIP.exists():
        pytest.skip("the shared clip of squats is not here")
    one: Exercise = exercise(SQUAT)
    done = watch(CLIP, one, today=DAY)
    assert len(done.repetitions) == 2  # a third is not whole
    assert done.events[-1].kind != "unseen"
