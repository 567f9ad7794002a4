from __future__ import annotations

from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate import video
from mitate.errors import InputError
from mitate.face.embed import same_person
from mitate.face.select import read_clip
from mitate.simulate.capture import CaptureProfile, FrameState, sample_conditions
from mitate.simulate.clips import FilmPlan, film, film_states, simulate_clip
from mitate.simulate.person import Person

PLAN = FilmPlan(participants=1, days=1, seed=460, seconds=3.0, width=192, height=256)


def _film(seed: int, seconds: float, rate: float = 15.0) -> list[FrameState]:
    rng = np.random.default_rng(seed)
    profile = CaptureProfile()
    return film_states(rng, sample_conditions(rng, profile), seconds, rate, profile)


@given(seed=st.integers(0, 1000), seconds=st.floats(0.1, 30), rate=st.floats(5, 30))
@settings(max_examples=40)
def test_a_film_has_its_length_and_goes_smoothly(seed: int, seconds: float, rate: float) -> None:
    states = _film(seed, seconds, rate)
    assert len(states) == max(1, round(seconds * rate))
    for a, b in pairwise(states):
        assert abs(a.pitch - b.pitch) * rate < 40  # degrees a second
        assert abs(a.yaw - b.yaw) * rate < 900  # a short clip has a short look to the side
        assert max(abs(p - q) for p, q in zip(a.shift, b.shift, strict=True)) * rate < 0.8
        smile = "mouthSmileLeft"
        assert abs(a.actions[smile] - b.actions[smile]) * rate < 0.4
    assert len({s.seed for s in states}) == len(states)  # each frame has noise of its own


def test_a_film_is_mostly_frontal_and_looks_aside_now_and_then() -> None:
    yaw = np.array([s.yaw for k in range(20) for s in _film(k, 60)])
    assert np.mean(np.abs(yaw) <= 8.0) > 0.85
    for seed in range(20):
        aside = np.abs([s.yaw for s in _film(seed, 60)]) > 20
        assert 3 <= int(np.sum(np.diff(aside.astype(int)) == 1)) + int(aside[0]) <= 6
        assert 2.0 < aside.sum() / 15 < 12.0
    for seed in range(20):  # a short film has its look, too
        assert np.abs([s.yaw for s in _film(seed, 7)]).max() > 15


def test_people_blink_fifteen_to_twenty_times_a_minute() -> None:
    for seed in range(10):
        closed = np.array([s.actions["eyeBlinkLeft"] for s in _film(seed, 180, 60)]) > 0.7
        begins = np.flatnonzero(np.diff(closed.astype(int)) == 1)
        assert 13 <= len(begins) / 3 <= 22
        assert closed.sum() / 60 / len(begins) == pytest.approx(0.15, abs=0.06)  # seconds a blink


def test_a_film_spreads_as_single_frames_do() -> None:
    """So that an encoder trained on single frames meets nothing new in films."""
    pitch = np.array([[s.pitch for s in _film(k, 10)] for k in range(150)])
    assert np.std(pitch) == pytest.approx(np.hypot(4, 2) * 0.78, rel=0.15)  # nearer the middle, limited to 8
    assert np.abs(pitch).max() <= 8


def test_the_same_person_and_visit_give_the_same_pixels(person: Person) -> None:
    def some(visit: int, plan: FilmPlan = PLAN) -> bytes:
        return b"".join(picture.tobytes() for picture in islice(film(person, visit, plan), 3))

    assert some(0) == some(0)
    assert some(0) != some(1)
    assert some(0) == some(0, replace(PLAN, participants=5, seed=1))  # the person brings the seed
    first = next(film(person, 0, PLAN))
    assert first.shape == (256, 192, 3)
    assert first.dtype == np.uint8


def test_a_film_goes_through_the_whole_pipeline(person: Person, weights_ready: None, tmp_path: Path) -> None:
    clips = []
    for visit in (0, 1):
        path = tmp_path / f"{visit}.mp4"
        assert simulate_clip(person, visit, path, PLAN) == 45
        info = video.probe(path)
        assert (info.width, info.height, info.codec) == (192, 256, "h264")
        assert info.frame_rate == pytest.approx(15)
        clips.append(read_clip(path, count=30))
    for clip in clips:
        assert len(clip) == 30
        assert clip.report.refused.get("no_face", 0) == 0
        assert np.abs(clip.angles[:, 0]).max() <= 15
        assert clip.report.eye_distance == pytest.approx(0.28 * 192, rel=0.15)
    assert same_person(clips[0].identity, clips[1].identity)


@pytest.mark.parametrize(
    "wrong",
    [
        {"participants": 0},
        {"days": 0},
        {"seed": -1},
        {"seconds": 0.0},
        {"seconds": float("nan")},
        {"frame_rate": 0.5},
        {"width": 481},
        {"height": 10_000},
    ],
)
def test_a_film_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        replace(PLAN, **wrong)  # type: ignore[arg-type]  # that is the point
