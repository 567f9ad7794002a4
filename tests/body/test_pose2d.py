from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.body.points import INDEX
from mitate.body.pose2d import Pose
from mitate.body.read import Networks, read_poses
from mitate.body.region import Region

Pixels = NDArray[np.uint8]
Pictures = Callable[[str, int], list[Pixels]]
SHOULDERS, HIPS = [11, 12], [23, 24]


def _pose(bodies: Networks, picture: Pixels) -> Pose:
    (person,) = bodies.detector(picture)
    return bodies.pose(picture, bodies.pose(picture, person.region).following)


def test_agrees_with_the_stored_output_of_blazepose(
    bodies: Networks, real_film: Callable[[str], Path]
) -> None:
    """The reference comes from the authors' own runtime (browser, full model), with their own smoothing.

    Measured: median distance 0.026 of the torso's length (6 px), 95th percentile 0.082; 3-D median 0.05 m.
    """
    path = real_film("squats")
    stored = np.array(json.loads(path.with_name("pose_squats.full.json").read_text(encoding="utf-8")))
    stored_world = np.array(
        json.loads(path.with_name("pose_squats_3d.full.json").read_text(encoding="utf-8"))
    )
    track = read_poses(path, networks=bodies)
    assert len(track) == len(stored) == 65
    torso = np.linalg.norm(
        stored[:, SHOULDERS, :2].mean(axis=1) - stored[:, HIPS, :2].mean(axis=1), axis=1, keepdims=True
    )
    apart = np.linalg.norm(track.points - stored[..., :2], axis=2) / torso
    assert float(np.nanmedian(apart)) < 0.035
    assert float(np.nanpercentile(apart, 95)) < 0.11
    # the stored metres have y down and z away from the camera
    in_depth = np.linalg.norm(track.world - stored_world * [1, -1, -1], axis=2)
    assert float(np.nanmedian(in_depth)) < 0.07


def test_a_turned_picture_gives_a_turned_pose(bodies: Networks, pictures: Pictures) -> None:
    (picture,) = pictures("squats", 1)
    pose = _pose(bodies, picture)
    side = np.ascontiguousarray(np.rot90(picture, -1))  # clockwise: x, y become height - 1 - y, x
    x, y = pose.region.centre
    height = picture.shape[0]
    turned = bodies.pose(side, Region((height - 1 - y, x), pose.region.size, pose.region.rotation + 90))
    expected = np.stack([height - 1 - pose.points[:, 1], pose.points[:, 0]], axis=1)
    assert float(np.abs(turned.points - expected).max()) < 0.01 * pose.region.size
    world = np.stack([pose.world[:, 1], -pose.world[:, 0], pose.world[:, 2]], axis=1)
    np.testing.assert_allclose(turned.world, world, atol=0.05)


def test_looking_again_where_the_pose_says_changes_little(bodies: Networks, pictures: Pictures) -> None:
    for picture in pictures("squats", 20)[::5]:
        pose = _pose(bodies, picture)
        again = bodies.pose(picture, pose.following)
        assert float(np.median(np.linalg.norm(again.points - pose.points, axis=1))) < 0.01 * pose.region.size
        assert pose.score > 0.99


def test_the_mask_holds_the_body_and_not_the_corners(bodies: Networks, pictures: Pictures) -> None:
    (picture,) = pictures("squats", 1)
    pose = _pose(bodies, picture)
    mask = pose.mask_in((picture.shape[0], picture.shape[1]))
    assert mask.shape == picture.shape[:2]
    for name in ("nose", "left_shoulder", "right_hip", "left_knee", "right_knee"):
        x, y = np.round(pose.points[INDEX[name]]).astype(int)
        assert mask[y, x] > 127, name
    assert 0.05 < float((mask > 127).mean()) < 0.4
    assert not mask[:20, :20].any()


def test_no_body_is_not_believed(bodies: Networks) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (400, 400, 3)).astype(np.uint8)
    for picture in (noise, np.zeros_like(noise)):
        assert bodies.pose(picture, Region((200.0, 200.0), 350.0, 0.0)).score < 0.1


def test_metres_have_y_up_and_z_towards_the_camera(
    bodies: Networks, real_film: Callable[[str], Path]
) -> None:
    frames = list(video.frames(real_film("squats"), spacing_s=0.4, max_side=640))
    poses = [_pose(bodies, frame.image) for frame in frames[:6]]
    for pose in poses:
        head, foot = pose.world[INDEX["nose"]], pose.world[INDEX["left_ankle"]]
        assert head[1] > 0.4
        assert foot[1] < -0.3
    # the nose of a man who looks into the camera is nearer to it than his ears
    first = poses[0].world
    assert first[INDEX["nose"], 2] > first[[INDEX["left_ear"], INDEX["right_ear"]], 2].mean()
