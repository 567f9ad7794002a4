from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate import video
from mitate.body.clip import PoseReport, PoseTrack
from mitate.body.points import INDEX, POINTS
from mitate.body.read import Networks, read_poses
from mitate.body.region import Region
from mitate.body.steady import CameraMotion, Moment
from mitate.body.whole import HANDS, WHOLE_BODY, check_film, check_whole
from mitate.errors import InputError, RefusalError

COUNT = 40
STANDING = np.array([[360.0, 400.0 + 15.0 * place] for place in range(33)], np.float32)
RealFilm = Callable[[str], Path]
Pictures = Callable[[str, int], list[NDArray[np.uint8]]]


@pytest.fixture(scope="module")
def track() -> PoseTrack:
    """Forty frames of a person who is seen whole."""
    report = PoseReport(
        duration_s=4.0,
        looked_at=COUNT,
        tracked=COUNT,
        detected=0,
        missed={},
        swapped=0,
        jumps=0.0,
        company=0.0,
        spacing_s=0.1,
        height_px=400.0,
        light=180.0,
        camera=CameraMotion("steady"),
    )
    return PoseTrack(
        path=Path("film.mp4"),
        width=720,
        height=1280,
        times_s=np.arange(COUNT) / 10,
        points=np.tile(STANDING, (COUNT, 1, 1)),
        visibility=np.ones((COUNT, 33), np.float32),
        world=np.ones((COUNT, 33, 3), np.float32),
        score=np.ones(COUNT, np.float32),
        regions=(Region((360.0, 640.0), 560.0, 0.0),) * COUNT,
        report=report,
    )


def _without(track: PoseTrack, names: Sequence[str], frames: slice = slice(None)) -> PoseTrack:
    """Those whose name holds one of `names` are out of the picture in some frames."""
    places = [place for name, place in INDEX.items() if any(one in name for one in names)]
    points, visibility = track.points.copy(), track.visibility.copy()
    points[frames, places], visibility[frames, places] = np.nan, 0.0
    return replace(track, points=points, visibility=visibility)


def test_a_whole_person_is_whole(track: PoseTrack) -> None:
    check_whole(track, POINTS, share=1.0)
    assert check_film(track, WHOLE_BODY + HANDS) == ()


@pytest.mark.parametrize(
    ("names", "needed", "said"),
    [
        (("ankle", "heel", "foot"), WHOLE_BODY, "the feet are missing"),
        (("wrist", "pinky", "thumb", "index"), ("shoulder", *HANDS), "the hands are missing"),
        (("nose", "eye", "ear", "mouth"), WHOLE_BODY, "the head is missing"),
        (("knee", "ankle", "heel", "foot"), WHOLE_BODY, "the knees and feet are missing"),
        (("hip", "knee", "ankle", "heel", "foot"), WHOLE_BODY, "the hips, knees and feet are missing"),
        (("right_ankle",), ("left_ankle", "right_ankle"), "the feet are missing"),
    ],
)
def test_what_is_missing_is_named(
    names: Sequence[str], needed: Sequence[str], said: str, track: PoseTrack
) -> None:
    with pytest.raises(RefusalError) as refused:
        check_whole(_without(track, names), needed)
    assert refused.value.reason == "half_body"
    assert str(refused.value).startswith(f"film.mp4: not all of the body is seen: {said}. Stand further away")


def test_how_often_it_is_missing(track: PoseTrack) -> None:
    with pytest.raises(RefusalError, match=r"the feet are missing in 25 % of the frames\."):
        check_whole(_without(track, ["foot"], slice(10)))
    check_whole(_without(track, ["foot"], slice(10)), share=0.7)
    check_whole(_without(track, ["foot"], slice(8)))


@given(hidden=st.lists(st.sampled_from(["left", "right"]), min_size=COUNT, max_size=COUNT))
def test_one_side_of_the_body_is_enough(hidden: list[str], track: PoseTrack) -> None:
    """A film from the side shows one side, and the other after turning round."""
    visibility = track.visibility.copy()
    for i, side in enumerate(hidden):
        visibility[i, [place for name, place in INDEX.items() if side in name]] = 0.1
    seen = replace(track, visibility=visibility)
    check_whole(seen, WHOLE_BODY + HANDS, share=1.0)
    with pytest.raises(RefusalError):
        check_whole(seen, ("left_ankle", "right_ankle"), share=1.0)


def test_only_the_frames_of_the_movement_are_judged(track: PoseTrack) -> None:
    """At both ends of a film people walk to the camera that they set up alone."""
    coming = _without(_without(track, ["foot"], slice(10)), ["foot"], slice(30, None))
    with pytest.raises(RefusalError):
        check_whole(coming)
    moving = np.zeros(COUNT, bool)
    moving[10:30] = True
    check_whole(coming, frames=moving, share=1.0)
    assert check_film(coming, frames=moving) == ()


def test_frames_without_the_person_are_not_judged(track: PoseTrack) -> None:
    gone = _without(track, [""], slice(30, None))
    score = track.score.copy()
    score[30:] = 0.0
    check_whole(replace(gone, score=score), share=1.0)
    with pytest.raises(InputError, match="no frame with the person"):
        check_whole(replace(track, score=np.zeros(COUNT, np.float32)))


def test_something_without_a_body_is_nobody(track: PoseTrack) -> None:
    """A network that is shown a thing may believe in a person, but sees no point of it."""
    with pytest.raises(RefusalError) as refused:
        check_whole(replace(track, visibility=np.full_like(track.visibility, 0.2)))
    assert refused.value.reason == "no_person"


def test_an_unknown_point(track: PoseTrack) -> None:
    with pytest.raises(InputError, match="no point 'tail'"):
        check_whole(track, ["tail"])


@pytest.mark.parametrize(
    ("change", "reason", "said"),
    [
        ({"height_px": 60.0}, "too_small", "too small in the picture: about 60 pixels high. Stand nearer"),
        ({"light": 12.0}, "too_dark", r"the picture is too dark\. Put on more light"),
        (
            {"camera": CameraMotion("moving", shift=0.5)},
            "moving_camera",
            r"the background shifts by 50 % of the person's height\. Stand the phone on something firm",
        ),
    ],
)
def test_what_makes_a_film_useless(
    change: dict[str, object], reason: str, said: str, track: PoseTrack
) -> None:
    with pytest.raises(RefusalError, match=said) as refused:
        check_film(replace(track, report=replace(track.report, **change)))  # type: ignore[arg-type]
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"height_px": 120.0}, "the person is small, about 120 pixels high"),
        ({"light": 45.0}, "the person is dark"),
        ({"camera": CameraMotion("shaking", turn_deg=2.0)}, "not quite still: the background turns by 2°"),
    ],
)
def test_what_is_only_said(change: dict[str, object], said: str, track: PoseTrack) -> None:
    warnings = check_film(replace(track, report=replace(track.report, **change)))  # type: ignore[arg-type]
    assert len(warnings) == 1
    assert said in warnings[0]


def test_a_camera_that_is_moved_after_the_movement(track: PoseTrack) -> None:
    moments = tuple(Moment(i / 10, 0, x=0.0 if i < 30 else 0.1 * (i - 30)) for i in range(0, COUNT, 2))
    camera = CameraMotion("moving", shift=0.8, compared=19, tried=19, moments=moments)
    moved = replace(track, report=replace(track.report, camera=camera))
    with pytest.raises(RefusalError, match="the camera moves"):
        check_film(moved)
    assert check_film(moved, frames=np.arange(COUNT) < 29) == ()


def test_nothing_is_said_of_what_nobody_looked_at(track: PoseTrack) -> None:
    report = replace(track.report, height_px=None, light=None, camera=CameraMotion("unknown"))
    assert check_film(replace(track, report=report)) == ()


@pytest.mark.parametrize(("step", "frames"), [(1, 1), (1, 4), (1, 9), (13, 4)])
def test_a_film_too_short_for_a_movement(step: int, frames: int, track: PoseTrack) -> None:
    score = np.zeros(COUNT, np.float32)
    score[: step * frames : step] = 1.0
    with pytest.raises(
        RefusalError, match=rf"too short to show a movement: {frames} frames? with"
    ) as refused:
        check_film(replace(track, score=score))
    assert refused.value.reason == "too_short"


@pytest.mark.parametrize("name", ["squats", "balance", "exercise"])
def test_real_films_of_whole_people(name: str, bodies: Networks, real_film: RealFilm) -> None:
    assert check_film(read_poses(real_film(name), networks=bodies), WHOLE_BODY + HANDS) == ()


def test_a_real_film_of_half_a_person(bodies: Networks, pictures: Pictures, tmp_path: Path) -> None:
    halves = [picture[:300] for picture in pictures("squats", 12)]  # cut at the hips
    video.write(tmp_path / "half.mp4", halves, frame_rate=5)
    with pytest.raises(RefusalError, match="the hips, knees and feet are missing") as refused:
        check_film(read_poses(tmp_path / "half.mp4", networks=bodies))
    assert refused.value.reason == "half_body"


@pytest.mark.parametrize(("height", "reason"), [(60, "too_small"), (110, None)])
def test_a_real_film_made_small(
    height: int, reason: str | None, bodies: Networks, pictures: Pictures, tmp_path: Path
) -> None:
    """the woman is about 364 px high in a picture of 640."""
    shown = pictures("squats", 12)
    wide, high = (2 * round(side * height / 728) for side in shown[0].shape[1::-1])
    small = [
        np.asarray(cv2.resize(one, (wide, high), interpolation=cv2.INTER_AREA), np.uint8) for one in shown
    ]
    video.write(tmp_path / "small.mp4", small, frame_rate=5)
    track = read_poses(tmp_path / "small.mp4", networks=bodies)
    assert track.report.height_px == pytest.approx(height, rel=0.1)
    if reason is None:
        assert any("is small" in said for said in check_film(track))
        return
    with pytest.raises(RefusalError) as refused:
        check_film(track)
    assert refused.value.reason == reason


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_real_film_on_its_side(turns: int, bodies: Networks, pictures: Pictures, tmp_path: Path) -> None:
    turned = [np.ascontiguousarray(np.rot90(picture, turns)) for picture in pictures("squats", 12)]
    video.write(tmp_path / "turned.mp4", turned, frame_rate=5)
    with pytest.raises(RefusalError, match="Hold the phone upright") as refused:
        check_film(read_poses(tmp_path / "turned.mp4", networks=bodies))
    assert refused.value.reason == "turned"


def test_a_real_film_in_the_dark(bodies: Networks, pictures: Pictures, tmp_path: Path) -> None:
    dark = [(255 * (picture / 255) * 0.12).astype(np.uint8) for picture in pictures("squats", 12)]
    video.write(tmp_path / "dark.mp4", dark, frame_rate=5)
    with pytest.raises(RefusalError) as refused:
        check_film(read_poses(tmp_path / "dark.mp4", networks=bodies))
    assert refused.value.reason == "too_dark"
