from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate import video
from mitate.errors import InputError, RefusalError
from mitate.face.clip import FaceClip
from mitate.face.quality import QualityLimits
from mitate.face.refusals import INSTRUCTIONS
from mitate.face.select import Networks, read_clip, read_frames, spread

Image = NDArray[np.uint8]
Film = Callable[..., Iterator[Image]]
RATE = 10.0


def choose(pictures: Iterator[Image] | list[Image], networks: Networks, **options: object) -> FaceClip:
    frames = [video.Frame(image=picture, time_s=i / RATE, index=i) for i, picture in enumerate(pictures)]
    return read_frames(
        frames,
        path=Path("film.mp4"),
        duration_s=len(frames) / RATE,
        networks=networks,
        **options,  # type: ignore[arg-type]
    )


def refused(pictures: Iterator[Image] | list[Image], networks: Networks) -> RefusalError:
    with pytest.raises(RefusalError) as caught:
        choose(pictures, networks)
    error = caught.value
    assert error.where == "film.mp4"
    assert error.todo == INSTRUCTIONS[error.reason][1]
    return error


@pytest.fixture(scope="module")
def clip_file(portrait: Callable[[str], Image], film: Film, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "a.mp4"
    video.write(path, film(portrait("person_a_2"), 60), frame_rate=RATE)
    return path


def test_a_real_file(clip_file: Path, networks: Networks) -> None:
    done: list[float] = []
    clip = read_clip(clip_file, count=12, size=80, networks=networks, progress=done.append)
    assert clip.crops.shape == (12, 80, 80, 3)
    assert clip.crops.dtype == np.uint8
    assert len(clip) == len(clip.times_s) == len(clip.angles) == len(clip.quality) == 12
    assert (np.diff(clip.times_s) > 0).all()
    assert np.diff(clip.times_s).max() < 3 * 6.0 / 12
    assert np.linalg.norm(clip.identity) == pytest.approx(1, abs=1e-5)
    assert (np.abs(clip.angles[:, 0]) < 15).all()
    report = clip.report
    assert report.used == 12 <= report.usable <= report.looked_at <= 37
    assert report.detected == 1
    assert report.tracked == report.looked_at - 1
    assert json.loads(json.dumps(report.as_dict()))["turned_deg"] == 0
    assert done == sorted(done)
    assert done[-1] == 1


def test_the_same_file_gives_the_same_frames(clip_file: Path, networks: Networks) -> None:
    first, second = (read_clip(clip_file, count=8, networks=networks) for _ in range(2))
    assert np.array_equal(first.crops, second.crops)
    assert np.array_equal(first.identity, second.identity)


def test_a_photo_gives_one_frame(
    networks: Networks, portrait: Callable[[str], Image], tmp_path: Path
) -> None:
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), cv2.cvtColor(portrait("person_b_2"), cv2.COLOR_RGB2BGR))
    clip = read_clip(path, networks=networks)
    assert len(clip) == 1
    assert clip.report.least_likeness == 1
    assert clip.report.warnings == ()


def test_crops_are_upright_whatever_way_up(
    networks: Networks, portrait: Callable[[str], Image], film: Film
) -> None:
    upright = choose(film(portrait("person_b_1"), 6), networks)
    for quarters, turned in ((1, 270), (2, 180), (3, 90)):
        pictures = [np.ascontiguousarray(np.rot90(f, quarters)) for f in film(portrait("person_b_1"), 6)]
        clip = choose(pictures, networks)
        assert clip.report.turned_deg == turned
        assert np.abs(clip.crops.astype(int) - upright.crops.astype(int)).mean() < 6


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("too_dark", lambda f: (f * 0.15).astype(np.uint8)),
        ("too_bright", lambda f: np.clip(f * 2.2, 0, 255).astype(np.uint8)),
        ("blurred", lambda f: cv2.GaussianBlur(f, (0, 0), 6)),
        ("no_face", lambda f: np.full_like(f, 127)),
    ],
)
def test_refusals(
    reason: str,
    change: Callable[[Image], Image],
    networks: Networks,
    portrait: Callable[[str], Image],
    film: Film,
) -> None:
    assert refused([change(f) for f in film(portrait("person_a_2"), 8)], networks).reason == reason


def test_too_small_and_too_many(networks: Networks, portrait: Callable[[str], Image], film: Film) -> None:
    assert refused(film(portrait("person_a_2"), 6, scale=0.15), networks).reason == "too_small"
    pairs = zip(film(portrait("person_a_2"), 6), film(portrait("person_b_1"), 6), strict=True)
    both = [np.hstack([a[:, 120:520], b[:, 120:520]]) for a, b in pairs]
    assert refused(both, networks).reason == "several_faces"


def test_no_frames_at_all(networks: Networks) -> None:
    assert refused([], networks).reason == "no_face"


def test_turned_away_is_not_frontal(networks: Networks, portrait: Callable[[str], Image], film: Film) -> None:
    """The man who looks 12 degrees to his right, under limits that ask for less."""
    frames = [
        video.Frame(image=f, time_s=0.1 * i, index=i) for i, f in enumerate(film(portrait("person_a_2"), 5))
    ]
    with pytest.raises(RefusalError, match="straight into the camera") as caught:
        read_frames(
            frames, path=Path("x"), duration_s=0.5, networks=networks, limits=QualityLimits(most_yaw=6)
        )
    assert caught.value.reason == "not_frontal"


def test_a_filmed_picture_is_remarked_on(
    networks: Networks, portrait: Callable[[str], Image], film: Film
) -> None:
    frames = (
        video.Frame(image=picture, time_s=0.2 * i, index=i)
        for i, picture in enumerate(film(portrait("person_a_2"), 60))
    )
    clip = read_frames(frames, path=Path("x"), duration_s=12.0, count=10, networks=networks)
    assert any("film of a picture" in said for said in clip.report.warnings)


def test_half_a_minute_of_a_picture_is_refused(
    networks: Networks, portrait: Callable[[str], Image], film: Film
) -> None:
    frames = (
        video.Frame(image=picture, time_s=0.3 * i, index=i)
        for i, picture in enumerate(film(portrait("person_a_2"), 100))
    )
    with pytest.raises(RefusalError, match="Film the person") as caught:
        read_frames(frames, path=Path("x"), duration_s=30.0, count=10, networks=networks)
    assert caught.value.reason == "flat_picture"


def test_a_face_that_blinks_and_turns_is_not_taken_for_a_picture(networks: Networks) -> None:
    """The seven seconds of an example film, shown at a quarter of its speed."""
    path = Path(__file__).parents[2] / "examples/two-patients/videos/sim-460-0000_d000-pre.mp4"
    frames = (dataclasses.replace(frame, time_s=5 * frame.time_s) for frame in video.frames(path))
    clip = read_frames(frames, path=path, duration_s=35.0, count=10, networks=networks)
    assert clip.report.warnings == ()


def test_a_film_of_a_profile_only_is_refused(networks: Networks) -> None:
    pytest.importorskip("embreex", reason="a profile is rendered, which needs the simulate extra")
    from mitate.simulate.capture import CaptureProfile, sample_frames
    from mitate.simulate.face_cohort import sitter_for
    from mitate.simulate.head import load_head
    from mitate.simulate.person import sample_person

    sitter = sitter_for(sample_person(load_head(), 460, 0), 0, 1, CaptureProfile())
    states = sample_frames(np.random.default_rng(0), sitter.conditions, 6)
    pictures = [
        sitter.picture(dataclasses.replace(state, yaw=65.0 + i), 320, 320, 70.0)
        for i, state in enumerate(states)
    ]
    error = refused(pictures, networks)
    assert error.reason in ("not_frontal", "no_face")


def test_a_passage_without_the_person_is_left_out(
    networks: Networks, portrait: Callable[[str], Image], film: Film
) -> None:
    grey = [np.full((480, 640, 3), 127, np.uint8)] * 5
    clip = choose(chain(film(portrait("person_b_1"), 8), grey, film(portrait("person_b_1"), 8)), networks)
    assert clip.report.refused == {"no_face": 5}
    assert clip.report.used == 16


def test_arguments(tmp_path: Path, networks: Networks) -> None:
    with pytest.raises(InputError, match="at least 1"):
        read_clip(tmp_path / "x.mp4", count=0, networks=networks)
    with pytest.raises(InputError):
        read_clip(tmp_path / "absent.mp4", networks=networks)


times_and_ranks = st.lists(st.tuples(st.floats(0, 180), st.floats(0, 1)), max_size=60)


@given(times_and_ranks, st.integers(1, 40))
def test_spread_takes_distinct_frames_in_order(frames: list[tuple[float, float]], count: int) -> None:
    times, ranks = [t for t, _ in frames], [r for _, r in frames]
    taken = spread(times, ranks, count)
    assert len(taken) == len(set(taken)) == min(count, len(frames))
    assert [times[i] for i in taken] == sorted(times[i] for i in taken)
    if frames:
        assert max(ranks) == max(ranks[i] for i in taken)


def test_spread_takes_the_best_of_each_stretch() -> None:
    rng = np.random.default_rng(3)
    times, ranks = np.linspace(0, 100, 300), rng.uniform(size=300)
    taken = spread(times.tolist(), ranks.tolist(), 20)
    for i, stretch in enumerate(np.array_split(np.arange(300), 20)):
        best = stretch[np.argmax(ranks[stretch])]
        assert abs(times[taken[i]] - times[best]) < 0.5


def test_results_are_frozen(clip_file: Path, networks: Networks) -> None:
    clip = read_clip(clip_file, count=2, networks=networks)
    with pytest.raises(dataclasses.FrozenInstanceError):
        clip.path = Path("other")  # type: ignore[misc]
