from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mitate.body.coco import COCO_POINTS, COCO_SKELETON, CocoFrame, coco_document, write_coco
from mitate.body.points import INDEX, POINTS
from mitate.errors import InputError


def frame(**known: tuple[float, float]) -> CocoFrame:
    points = np.full((len(POINTS), 2), np.nan)
    for name, place in known.items():
        points[INDEX[name]] = place
    return CocoFrame("a.png", 640, 480, points, 0.75)


def test_a_pose_in_cocos_order(tmp_path: Path) -> None:
    path = tmp_path / "poses.json"
    write_coco(path, [frame(nose=(10, 20), left_hip=(30.25, 60), left_heel=(500, 500)), frame()])
    document = json.loads(path.read_text(encoding="utf-8"))
    assert [image["id"] for image in document["images"]] == [1, 2]
    [annotation] = document["annotations"]  # the second picture has nobody in it
    assert annotation["num_keypoints"] == 2
    assert annotation["bbox"] == [10, 20, 20.25, 40]  # the heel is not one of COCO's points
    assert annotation["area"] == 810
    assert annotation["score"] == 0.75
    table = np.array(annotation["keypoints"]).reshape(17, 3)
    np.testing.assert_array_equal(table[0], [10, 20, 2])
    np.testing.assert_array_equal(table[COCO_POINTS.index("left_hip")], [30.25, 60, 2])
    assert table[:, 2].sum() == 4
    assert not table[table[:, 2] == 0].any()


def test_every_blazepose_point_of_coco_lands_in_its_place() -> None:
    points = np.arange(66.0).reshape(33, 2)
    document = coco_document([CocoFrame("a.png", 100, 100, points)])
    table = np.array(document["annotations"][0]["keypoints"]).reshape(17, 3)
    for name, row in zip(COCO_POINTS, table, strict=True):
        np.testing.assert_array_equal(row[:2], points[INDEX[name]])
    assert "score" not in document["annotations"][0]
    assert document["categories"][0]["keypoints"] == list(COCO_POINTS)


def test_the_published_skeleton_joins_known_points() -> None:
    assert len(COCO_SKELETON) == 19
    assert {point for bone in COCO_SKELETON for point in bone} == set(range(1, 18))
    names = {frozenset((COCO_POINTS[a - 1], COCO_POINTS[b - 1])) for a, b in COCO_SKELETON}
    assert frozenset(("left_knee", "left_ankle")) in names


def test_what_coco_cannot_hold() -> None:
    with pytest.raises(InputError, match="COCO needs these points too: left_eye"):
        coco_document([], names=("nose",))
    with pytest.raises(InputError, match=r"a\.png: points must be 33 × 2"):
        coco_document([CocoFrame("a.png", 1, 1, np.zeros((17, 2)))])
