from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate import video
from mitate.body import read
from mitate.body.points import INDEX
from mitate.body.pose2d import Pose
from mitate.body.read import Networks, read_poses
from mitate.body.sides import torso_length
from mitate.body.whole import check_film
from mitate.errors import InputError, RefusalError

Pixels = NDArray[np.uint8]
Pictures = Callable[[str, int], list[Pixels]]
RealFilm = Callable[[str], Path]
MAIN = [*range(INDEX["left_shoulder"], INDEX["left_pinky"]), *range(INDEX["left_hip"], len(INDEX))]


def test_every_frame_of_an_exercise(bodies: Networks, real_film: RealFilm) -> None:
    told: list[float] = []
    track = read_poses(real_film("exercise"), networks=bodies, progress=told.append)
    assert len(track) == 120
    assert (track.width, track.height) == (576, 576)
    assert track.seen.all()
    assert track.gaps == ()
    assert track.report.detected == 1
    assert track.report.tracked == 119
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert np.isfinite(track.points[:, : INDEX["left_knee"]]).mean() > 0.99
    assert track.report.jumps < 0.002
    assert ((track.visibility >= 0) & (track.visibility <= 1)).all()
    np.testing.assert_array_equal(np.isnan(track.points[..., 0]), np.isnan(track.world[..., 0]))


def test_sides_swapped_by_the_network_are_put_right(bodies: Networks, real_film: RealFilm) -> None:
    """A man who faces the camera throughout; his masked face makes the network take him for turned round."""
    track = read_poses(real_film("balance"), networks=bodies)
    assert 20 < track.report.swapped < 50
    for part in ("shoulder", "hip"):
        left, right = (track.points[:, INDEX[f"{side}_{part}"], 0] for side in ("left", "right"))
        assert not (left < right).any()
    # half-way between the two sides it gives points that belong to neither
    assert 0.01 < track.report.jumps < 0.05
    steps = np.linalg.norm(
        np.diff(track.points[:, [INDEX["left_wrist"], INDEX["left_knee"]]], axis=0), axis=2
    )
    assert float(np.nanmax(steps)) < 40  # px; 250 before


def test_smoothing_halves_the_jitter_and_moves_nothing(bodies: Networks, real_film: RealFilm) -> None:
    raw = read_poses(real_film("exercise"), networks=bodies, smooth=False)
    smooth = read_poses(real_film("exercise"), networks=bodies)
    shaking = [float(np.nanmedian(np.abs(np.diff(t.points, 2, axis=0)))) for t in (raw, smooth)]
    assert shaking[1] < 0.5 * shaking[0]
    assert float(np.nanmedian(np.abs(raw.points - smooth.points))) < 2.0


def test_a_part_of_a_film_with_its_masks(bodies: Networks, real_film: RealFilm) -> None:
    track = read_poses(
        real_film("squats"), start_s=2.0, stop_s=4.0, spacing_s=0.5, masks=True, networks=bodies
    )
    assert 3 <= len(track) <= 5
    assert track.times_s[0] >= 2.0
    assert track.times_s[-1] <= 4.0
    for i in range(len(track)):
        mask = track.mask(i)
        assert mask.shape == (1280, 720)
        x, y = np.round(track.points[i, INDEX["left_hip"]]).astype(int)
        assert mask[y, x] > 127


def test_a_summary_of_each_pose_instead_of_its_mask(
    bodies: Networks, pictures: Pictures, tmp_path: Path
) -> None:
    shown = pictures("exercise", 12)
    shown[4:7] = [np.full_like(shown[0], 120)] * 3
    video.write(tmp_path / "film.mp4", shown, frame_rate=30)

    def coarse(pose: Pose) -> NDArray[np.float32]:
        return np.asarray(pose.mask.reshape(4, 64, 4, 64).mean(axis=(1, 3)), np.float32)

    track = read_poses(tmp_path / "film.mp4", masks=True, per_pose=coarse, networks=bodies)
    assert track.extras is not None
    assert track.masks is not None
    assert track.extras.shape == (12, 4, 4)
    assert track.extras.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(track.extras).all(axis=(1, 2)), ~track.seen)
    whole = track.masks[track.seen].mean(axis=(1, 2))
    np.testing.assert_allclose(track.extras[track.seen].mean(axis=(1, 2)), whole, rtol=1e-5)
    assert read_poses(tmp_path / "film.mp4", networks=bodies).extras is None


def test_gaps_are_marked_and_not_filled(bodies: Networks, pictures: Pictures, tmp_path: Path) -> None:
    shown = pictures("exercise", 30)
    shown[10:15] = [np.full_like(shown[0], 120)] * 5
    video.write(tmp_path / "gap.mp4", shown, frame_rate=30)
    track = read_poses(tmp_path / "gap.mp4", networks=bodies)
    np.testing.assert_array_equal(np.flatnonzero(~track.seen), range(10, 15))
    assert np.isnan(track.points[10:15]).all()
    assert not track.visibility[10:15].any()
    np.testing.assert_allclose(track.gaps, [(10 / 30, 14 / 30)], atol=1e-3)
    assert track.report.missed == {"no_person": 5}
    assert any("not seen in 5 of 30" in said for said in track.report.warnings)


def test_half_a_person_has_no_legs(bodies: Networks, pictures: Pictures, tmp_path: Path) -> None:
    halves = [picture[:300] for picture in pictures("squats", 5)]  # 360 x 640, cut at the hips
    video.write(tmp_path / "half.mp4", halves, frame_rate=5)
    track = read_poses(tmp_path / "half.mp4", networks=bodies)
    assert track.seen.all()
    assert np.isnan(track.points[:, INDEX["left_ankle"] :]).all()
    assert not track.visibility[:, INDEX["left_ankle"] :].any()
    assert (track.visibility[:, [INDEX["left_shoulder"], INDEX["right_shoulder"]]] > 0.9).all()
    assert any("the feet are not seen in 100 %" in said for said in track.report.warnings)


@pytest.mark.parametrize("kind", ["noise", "blank"])
def test_nobody_is_refused(kind: str, bodies: Networks, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    shape = (240, 320, 3)
    films = {
        "noise": [rng.integers(0, 255, shape).astype(np.uint8) for _ in range(12)],
        "blank": [np.full(shape, 90, np.uint8)] * 12,
    }
    video.write(tmp_path / "film.mp4", films[kind], frame_rate=10)
    with pytest.raises(
        RefusalError, match=r"no person is seen in 12 of 12 frames\. Film one person"
    ) as refused:
        read_poses(tmp_path / "film.mp4", networks=bodies)
    assert refused.value.reason == "no_person"


def test_two_people_side_by_side_are_refused(bodies: Networks, pictures: Pictures, tmp_path: Path) -> None:
    both = [np.hstack([picture, picture[:, ::-1]]) for picture in pictures("squats", 5)]
    video.write(tmp_path / "both.mp4", both, frame_rate=5)
    with pytest.raises(RefusalError, match="several people of like size") as refused:
        read_poses(tmp_path / "both.mp4", networks=bodies)
    assert refused.value.reason == "several_people"


def test_a_real_film_of_two_people(bodies: Networks, real_film: RealFilm) -> None:
    path = real_film("two_people")
    with pytest.raises(RefusalError) as refused:
        read_poses(path, spacing_s=0.1, networks=bodies)
    assert refused.value.reason == "several_people"
    alone = read_poses(path, stop_s=1.8, spacing_s=0.1, networks=bodies)
    assert alone.seen.mean() > 0.8


def test_a_photo_is_one_frame(bodies: Networks, real_film: RealFilm) -> None:
    track = read_poses(real_film("squats").with_name("pose.jpg"), networks=bodies)
    assert len(track) == 1
    assert track.seen.all()
    assert track.report.spacing_s == 0.0


def test_slow_motion_is_read_at_sixty_a_second(bodies: Networks, pictures: Pictures, tmp_path: Path) -> None:
    video.write(tmp_path / "fast.mp4", pictures("exercise", 24), frame_rate=240)
    assert len(read_poses(tmp_path / "fast.mp4", networks=bodies)) <= 8


@pytest.mark.parametrize("spacing_s", [0.0, -1.0])
def test_an_impossible_spacing(
    spacing_s: float, bodies: Networks, pictures: Pictures, tmp_path: Path
) -> None:
    video.write(tmp_path / "film.mp4", pictures("exercise", 3), frame_rate=30)
    with pytest.raises(InputError, match="spacing"):
        read_poses(tmp_path / "film.mp4", spacing_s=spacing_s, networks=bodies)


def test_a_long_film_is_read_no_more_than_so_often(
    bodies: Networks, real_film: RealFilm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "MOST_FRAMES", 20)
    track = read_poses(real_film("squats"), networks=bodies)
    assert 10 <= len(track) <= 21
    assert track.times_s[-1] > 12.0
    assert track.seen.all()


def test_more_masks_than_can_be_held(
    bodies: Networks, real_film: RealFilm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "MOST_MASKS", 20)
    with pytest.raises(InputError, match=r"more than the 20 that can be held\. Read a shorter part"):
        read_poses(real_film("squats"), masks=True, networks=bodies)
    assert len(read_poses(real_film("squats"), masks=True, spacing_s=1.0, networks=bodies)) <= 14


def test_a_long_film_says_that_it_was_looked_at_seldom(
    bodies: Networks, pictures: Pictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video.write(tmp_path / "long.mp4", pictures("exercise", 60), frame_rate=30)
    monkeypatch.setattr(read, "MOST_FRAMES", 20)
    assert read_poses(tmp_path / "long.mp4", networks=bodies).report.warnings == (
        "the film is long, so only 10 frames a second were looked at: "
        "give the part with the movement to see all",
    )
    assert read_poses(tmp_path / "long.mp4", networks=bodies, stop_s=0.9).report.warnings == ()
    assert read_poses(tmp_path / "long.mp4", networks=bodies, spacing_s=0.5).report.warnings == ()


def test_five_frames_a_second_are_enough_to_follow(
    bodies: Networks, pictures: Pictures, tmp_path: Path
) -> None:
    shown = pictures("exercise", 60)
    video.write(tmp_path / "30.mp4", shown, frame_rate=30)
    video.write(tmp_path / "5.mp4", shown[::6], frame_rate=5)
    often, seldom = (read_poses(tmp_path / f"{rate}.mp4", networks=bodies, smooth=False) for rate in (30, 5))
    assert len(seldom) == 10
    assert seldom.seen.all()
    assert seldom.report.camera.kind == often.report.camera.kind == "steady"
    torso = torso_length(often.points)
    assert torso is not None
    away = np.linalg.norm(seldom.points - often.points[::6], axis=2)[:, MAIN]
    assert float(np.nanmedian(away)) < 0.02 * torso
    assert float(np.nanpercentile(away, 95)) < 0.1 * torso


def test_a_landscape_film_of_a_portrait_scene(bodies: Networks, pictures: Pictures, tmp_path: Path) -> None:
    shown = pictures("squats", 12)  # 360 x 640
    wide = [np.pad(picture, ((0, 0), (390, 390), (0, 0)), mode="edge") for picture in shown]
    video.write(tmp_path / "portrait.mp4", shown, frame_rate=5)
    video.write(tmp_path / "landscape.mp4", wide, frame_rate=5)
    tall, broad = (
        read_poses(tmp_path / f"{name}.mp4", networks=bodies) for name in ("portrait", "landscape")
    )
    assert (broad.width, broad.height) == (1140, 640)
    assert broad.seen.all()
    torso = torso_length(tall.points)
    assert torso is not None
    away = np.linalg.norm(broad.points - [390, 0] - tall.points, axis=2)[:, MAIN]
    assert float(np.nanmedian(away)) < 0.02 * torso


def test_a_person_who_walks_out_of_the_picture(bodies: Networks, pictures: Pictures, tmp_path: Path) -> None:
    shown = pictures("squats", 1)[0]
    high, wide = shown.shape[:2]
    room = np.hstack([shown[:, :90], shown, np.repeat(shown[:, -1:], 360, axis=1)])
    # a window over a still picture: to the person it is the same whether they walk or the camera turns
    left = [int(np.clip(12 * i - 60, 0, 360)) for i in range(40)]
    video.write(tmp_path / "leaves.mp4", [room[:, 90 + x : 90 + x + wide] for x in left], frame_rate=15)
    track = read_poses(tmp_path / "leaves.mp4", networks=bodies)
    assert track.seen[:10].all()
    assert not track.seen[-5:].any()
    assert track.gaps[-1][1] == pytest.approx(track.times_s[-1])
    assert track.report.missed["no_person"] >= 5
    x = track.points[..., 0]
    assert float(np.nanmin(x)) > -0.02 * high
    assert float(np.nanmax(x)) < wide + 0.02 * high
    assert track.report.camera.kind != "steady"


def test_a_film_of_one_picture(bodies: Networks, pictures: Pictures, tmp_path: Path) -> None:
    video.write(tmp_path / "one.mp4", pictures("squats", 1), frame_rate=30)
    track = read_poses(tmp_path / "one.mp4", networks=bodies)
    assert len(track) == 1
    assert track.seen.all()
    assert track.report.camera.kind == "unknown"
    with pytest.raises(RefusalError, match=r"too short .*: 1 frame with the person in 0\.0 s"):
        check_film(track)


def test_nobody_to_be_seen_in_the_dark(bodies: Networks, pictures: Pictures, tmp_path: Path) -> None:
    dark = [np.asarray(picture / 64, np.uint8) for picture in pictures("squats", 6)]
    video.write(tmp_path / "dark.mp4", dark, frame_rate=5)
    with pytest.raises(RefusalError, match=r"to see anybody in 6 of 6 frames\. Put on more light") as refused:
        read_poses(tmp_path / "dark.mp4", networks=bodies)
    assert refused.value.reason == "too_dark"


def test_not_a_film(bodies: Networks, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_text("not a film")
    with pytest.raises(InputError, match="not a photo or video"):
        read_poses(tmp_path / "film.mp4", networks=bodies)
